package audit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"recallbot/audit"
	"recallbot/bot"
)

// sealRecords returns n records in a chain.
func sealRecords(t *testing.T, sealer audit.Sealer, n int) [][]byte {
	t.Helper()
	var last audit.Link
	all := make([][]byte, n)
	for i := range all {
		e := audit.Entry{
			At: time.UnixMilli(1700000000000 + int64(i)).UTC(), Who: "ou_1", Via: bot.ViaReply, Rule: "owner", Result: bot.Done,
			Comment: "a <b> & \u2028 \\u2028 ünï", Latency: int64(i),
		}
		data, next, err := sealer.Seal(e, last)
		if err != nil {
			t.Fatal(err)
		}
		all[i], last = data, next
	}
	return all
}

func check(sealer audit.Sealer, records [][]byte, from, to int64) audit.ChainReport {
	chain := audit.NewChain(sealer)
	for _, r := range records {
		chain.Add(r, "here")
	}
	return chain.Report(from, to)
}

func TestValidChain(t *testing.T) {
	t.Parallel()
	keyed, plain := audit.NewSealer([]byte("key")), audit.NewSealer()
	older := [][]byte{[]byte(`{"at":"2026-09-01T10:00:00Z"}`)}
	for name, sealer := range map[string]audit.Sealer{"keyed": keyed, "plain": plain} {
		records := sealRecords(t, sealer, 9)
		shuffled := slices.Concat(records[5:], records[3:7], records[:5])
		for what, c := range map[string]struct {
			records [][]byte
			want    audit.ChainReport
		}{
			"all":           {records, audit.ChainReport{Records: 9, First: 1, Last: 9}},
			"trimmed":       {records[4:], audit.ChainReport{Records: 5, First: 5, Last: 9}},
			"mixed, twice":  {shuffled, audit.ChainReport{Records: 9, First: 1, Last: 9}},
			"older records": {slices.Concat(older, records), audit.ChainReport{Records: 9, First: 1, Last: 9, Older: 1}},
			"none":          {nil, audit.ChainReport{}},
		} {
			if diff := cmp.Diff(c.want, check(sealer, c.records, 0, 0)); diff != "" {
				t.Errorf("%s, %s: -want +got\n%s", name, what, diff)
			}
		}
	}
}

func TestInvalidChain(t *testing.T) {
	t.Parallel()
	sealer := audit.NewSealer([]byte("key"), []byte("old key"))
	records := sealRecords(t, sealer, 9)
	swapped := bytes.Replace(records[3], []byte("ou_1"), []byte("ou_2"), 1)
	forged := func(sealer audit.Sealer) [][]byte { // all records from 4 on, with another name
		last := audit.Link{N: 3, Hash: hashOf(t, records[2])}
		all := slices.Clone(records)
		for i := 3; i < len(all); i++ {
			data, next, err := sealer.Seal(audit.Entry{Who: "ou_2"}, last)
			if err != nil {
				t.Fatal(err)
			}
			all[i], last = data, next
		}
		return all
	}
	without := func(i, j int) [][]byte { return slices.Delete(slices.Clone(records), i, j) }
	with := func(r []byte) [][]byte { return slices.Concat(records[:3], [][]byte{r}, records[4:]) }
	foreign := slices.Insert(slices.Clone(records), 5, []byte(`{"who":"ou_2"}`))
	double := slices.Insert(slices.Clone(records), 5, forged(sealer)[3])
	twin := bytes.Replace(records[3], []byte(`{`), []byte(`{"who":"ou_2",`), 1)
	for name, c := range map[string]struct {
		records  [][]byte
		from, to int64
		want     []audit.Break
	}{
		"one is missing":          {without(4, 5), 0, 0, []audit.Break{{audit.FlawMissing, 5, 5, ""}}},
		"some are missing":        {without(2, 5), 1, 9, []audit.Break{{audit.FlawMissing, 3, 5, ""}}},
		"the oldest are missing":  {records[2:], 2, 9, []audit.Break{{audit.FlawMissing, 2, 2, ""}}},
		"the newest are missing":  {records[:7], 1, 9, []audit.Break{{audit.FlawMissing, 8, 9, ""}}},
		"all are missing":         {nil, 3, 9, []audit.Break{{audit.FlawMissing, 3, 9, ""}}},
		"one was changed":         {with(swapped), 0, 0, []audit.Break{{audit.FlawChanged, 4, 4, "here"}}},
		"a duplicate name":        {with(twin), 0, 0, []audit.Break{{audit.FlawMissing, 4, 4, ""}}},
		"one without a number":    {foreign, 0, 0, []audit.Break{{audit.FlawForeign, 0, 0, "here"}}},
		"two with one number":     {double, 0, 0, []audit.Break{{audit.FlawTwice, 4, 4, "here"}, {audit.FlawUnlinked, 5, 5, "here"}}},
		"rewritten from 4 on":     {with(forged(sealer)[3]), 0, 0, []audit.Break{{audit.FlawUnlinked, 5, 5, "here"}}},
		"rewritten without a key": {forged(audit.NewSealer())[:4], 0, 0, []audit.Break{{audit.FlawUnsealed, 4, 4, "here"}}},
		"rewritten, another key":  {forged(audit.NewSealer([]byte("mine")))[:4], 0, 0, []audit.Break{{audit.FlawChanged, 4, 4, "here"}}},
		"one is there twice":      {slices.Concat(records, sealRecords(t, sealer, 1)), 0, 0, nil},
	} {
		got := check(sealer, c.records, c.from, c.to).Breaks
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

// TestChainWithOldKeys: records that were sealed with the old key or without a key are valid.
func TestChainWithOldKeys(t *testing.T) {
	t.Parallel()
	var last audit.Link
	var records [][]byte
	for i, keys := range [][][]byte{nil, nil, {[]byte("one")}, {[]byte("two"), []byte("one")}} {
		data, next, err := audit.NewSealer(keys...).Seal(audit.Entry{Code: i}, last)
		if err != nil {
			t.Fatal(err)
		}
		records, last = append(records, data), next
	}
	report := check(audit.NewSealer([]byte("two"), []byte("one")), records, 1, 4)
	if len(report.Breaks) != 0 || report.Records != 4 {
		t.Errorf("%+v", report)
	}
}

// TestSealAsDocumented computes a hash as docs/webhooks.md describes.
func TestSealAsDocumented(t *testing.T) {
	t.Parallel()
	record := sealRecords(t, audit.NewSealer(), 1)[0]
	exact := `{"at":"2023-11-14T22:13:20Z","latency_ms":0,"n":1,"result":"recalled","rule":"owner","via":"reply","who":"ou_1",` +
		`"words":"a <b> & ` + "\u2028" + ` \\u2028 ünï"}`
	want := sha256.Sum256([]byte(exact))
	if got := hashOf(t, record); got != hex.EncodeToString(want[:]) {
		t.Errorf("hash %s of %s", got, record)
	}
}

func hashOf(t *testing.T, record []byte) string {
	t.Helper()
	var e audit.Entry
	if err := json.Unmarshal(record, &e); err != nil {
		t.Fatal(err)
	}
	return e.Hash
}

// TestReformattedRecord: a record that was parsed and encoded again is valid.
func TestReformattedRecord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.String().Draw(rt, "words")
		data, _, err := audit.NewSealer().Seal(audit.Entry{Comment: words, With: []bot.UserID{"ou_b", "ou_a"}}, audit.Link{})
		if err != nil {
			rt.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(data, &fields); err != nil {
			rt.Fatal(err)
		}
		fields["id"] = "1-0"
		again, err := json.MarshalIndent(fields, "", "  ")
		if err != nil {
			rt.Fatal(err)
		}
		chain := audit.NewChain(audit.NewSealer())
		chain.Add(again, "here")
		if r := chain.Report(1, 1); len(r.Breaks) != 0 || len(r.Unreadable) != 0 {
			rt.Fatalf("%q: %+v", again, r)
		}
	})
}

func FuzzChain(f *testing.F) {
	for _, seed := range []string{"", "{}", "null", `{"n":1,"hash":"x"}`, `{"n":1}{}`, `{"n":1e3}`, `{"n":-1}`, `[{"n":1}]`, `{"n":1,"n":2}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		chain := audit.NewChain(audit.NewSealer([]byte("a key")))
		chain.Add([]byte(line), "here")
		r := chain.Report(0, 0)
		if r.Records > 0 && len(r.Breaks) == 0 {
			t.Errorf("%q is a valid record", line)
		}
		if r.Records+r.Older+len(r.Unreadable) != 1 {
			t.Errorf("%q is counted %+v", strings.ToValidUTF8(line, "?"), r)
		}
	})
}
