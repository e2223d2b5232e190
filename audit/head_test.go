package audit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/audit"
	"recallbot/bot"
)

// TestAppendLimits: acts and refusals have separate limits, and records are deleted in small steps.
func TestAppendLimits(t *testing.T) {
	t.Parallel()
	sealer, end := audit.NewSealer([]byte("key")), audit.NewSealer([]byte("key")).OpenEnd(audit.Link{}, "", 1)
	record := func(result bot.Result, n int, limit int64) {
		t.Helper()
		for range n {
			_, head, err := sealer.Append(audit.Entry{Result: result}, end, limit)
			if err != nil {
				t.Fatal(err)
			}
			end = audit.End{Head: head}
		}
	}
	for _, row := range []struct {
		result  bot.Result
		n       int
		limit   int64
		want    audit.Head
		comment string
	}{
		{bot.Done, 30, 100, audit.Head{First: 1, Acts: 30, FirstAct: 1}, "all is kept"},
		{bot.Refused, 200, 100, audit.Head{First: 131, Acts: 30, FirstAct: 1, Refusals: 200}, "refusals displace no acts"},
		{bot.Done, 90, 100, audit.Head{First: 221, Acts: 120, FirstAct: 21, Refusals: 200}, "acts displace acts"},
		{bot.Done, 1, 10, audit.Head{First: 241, Acts: 121, FirstAct: 41, Refusals: 200}, "a lower limit is reached in steps"},
		{bot.Done, 1, 1000, audit.Head{First: 241, Acts: 122, FirstAct: 41, Refusals: 200}, "deleted records stay deleted"},
	} {
		record(row.result, row.n, row.limit)
		row.want.Link = end.Link
		if diff := cmp.Diff(row.want, end.Head); diff != "" {
			t.Errorf("%s: -want +got\n%s", row.comment, diff)
		}
	}
}

// TestOpenEnd: without the key no head has a valid seal.
func TestOpenEnd(t *testing.T) {
	t.Parallel()
	sealer, plain := audit.NewSealer([]byte("key"), []byte("old key")), audit.NewSealer()
	head := audit.Head{Link: audit.Link{N: 9, Hash: "h9"}, First: 3, Acts: 7, FirstAct: 2, Refusals: 2}
	good := sealer.SealHead(head)
	other := head
	other.First = 1
	record, _, err := sealer.Append(audit.Entry{Result: bot.Done}, audit.End{Head: head}, 100)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]struct {
		sealer audit.Sealer
		newest audit.Link
		sealed string
		want   audit.SealMark
	}{
		"unchanged":                  {sealer, head.Link, good, ""},
		"sealed with the old key":    {sealer, head.Link, audit.NewSealer([]byte("old key")).SealHead(head), ""},
		"no key anywhere":            {plain, head.Link, plain.SealHead(head), ""},
		"no head":                    {sealer, head.Link, "", audit.SealBegins},
		"the key is new":             {sealer, head.Link, plain.SealHead(head), audit.SealBegins},
		"older versions recorded":    {sealer, audit.Link{N: 11, Hash: "h11"}, good, audit.SealResumed},
		"set back":                   {sealer, audit.Link{N: 8, Hash: "h8"}, good, audit.SealBroken},
		"another record":             {sealer, audit.Link{N: 9, Hash: "x9"}, good, audit.SealBroken},
		"another key":                {sealer, head.Link, audit.NewSealer([]byte("mine")).SealHead(head), audit.SealBroken},
		"a higher first record":      {sealer, head.Link, strings.Replace(good, `"first":3`, `"first":8`, 1), audit.SealBroken},
		"the seal of another":        {sealer, head.Link, strings.Replace(sealer.SealHead(other), `"first":1`, `"first":3`, 1), audit.SealBroken},
		"a record for a head":        {sealer, head.Link, string(record), audit.SealBroken},
		"a record's hash for a seal": {sealer, head.Link, hashOf(t, record) + " " + string(record), audit.SealBroken},
		"rubbish":                    {sealer, head.Link, "rubbish", audit.SealBroken},
		"harmful numbers": {
			sealer, head.Link, `x {"n":9,"hash":"h9","first":99,"acts":-4,"first_act":1000000,"refusals":77}`, audit.SealBroken,
		},
	}
	for name, row := range rows {
		end := row.sealer.OpenEnd(row.newest, row.sealed, 2)
		if end.Mark != row.want || end.Link != row.newest {
			t.Errorf("%s: %+v, want the mark %q", name, end, row.want)
		}
		if end.First < 1 || end.First > end.N+1 || end.FirstAct < 1 || end.FirstAct > end.Acts+1 || end.Acts < 0 || end.Acts > end.N {
			t.Errorf("%s: impossible numbers: %+v", name, end)
		}
	}
	if end := sealer.OpenEnd(head.Link, good, 2); end.Head != head {
		t.Errorf("got %+v", end)
	}
	if end := sealer.OpenEnd(audit.Link{N: 200}, good, 101); end.First != 101 || end.FirstAct != 8 {
		t.Errorf("after records of an older version: %+v", end)
	}
}
