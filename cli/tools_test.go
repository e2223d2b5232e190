package cli_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"recallbot/app"
	"recallbot/audit"
	"recallbot/bot"
	"recallbot/cli"
	"recallbot/store"
	"recallbot/store/queue"
	"recallbot/test/redistest"
)

// openTools returns Tools, their output, and the store that they work on.
func openTools(t *testing.T) (*cli.Tools, *bytes.Buffer, *store.Store) {
	t.Helper()
	config := app.Defaults()
	config.Redis.URL = store.URL(redistest.Start(t).URL())
	opened, err := store.Open(t.Context(), config.Redis, config.Store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	out := new(bytes.Buffer)
	tools, err := cli.OpenTools(t.Context(), config, out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(tools.Close(), opened.Close()); err != nil {
			t.Error(err)
		}
	})
	return tools, out, opened
}

// An entry that can't be decoded stays and is reported; the others are replayed.
func TestReplayOfAllSkipsUndecodableEntries(t *testing.T) {
	t.Parallel()
	tools, out, opened := openTools(t)
	client := opened.Client()
	for _, job := range []string{"{\"id\":\"e1\"}\n{}", "rubbish", "{\"id\":\"e2\"}\n{}"} {
		if err := client.Do(t.Context(), "XADD", "{work}:dead", "*", "job", job, "reason", "test").Err(); err != nil {
			t.Fatal(err)
		}
	}
	err := tools.Replay(t.Context(), "all")
	if err == nil || !strings.Contains(err.Error(), queue.ErrUndecodable.Error()) {
		t.Errorf("replay of all = %v, want what is left and why", err)
	}
	waiting, dead := client.XLen(t.Context(), "{work}:stream").Val(), client.XLen(t.Context(), "{work}:dead").Val()
	if got := out.String(); waiting != 2 || dead != 1 || got != "replayed 2\n" {
		t.Errorf("%d waiting, %d dead, said %q; want 2, 1 and the number", waiting, dead, got)
	}
}

// TestDeadLettersOfEveryQueue lists, replays and drops dead letters of each queue, by id and with all.
func TestDeadLettersOfEveryQueue(t *testing.T) {
	t.Parallel()
	tools, out, opened := openTools(t)
	client := opened.Client()
	for name, prefix := range map[string]string{
		"work": "", "jobs": "jobs/", "hooks": "hooks/", "posts": "posts/", "timers": "timers/", "alerts": "alerts/",
	} {
		stream, dead := "{"+name+"}:stream", "{"+name+"}:dead"
		var ids []string
		for range 4 {
			id, err := client.Do(t.Context(), "XADD", dead, "*", "job", "{\"id\":\"e1\"}\n{}", "reason", "test").Text()
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, prefix+id)
		}
		out.Reset()
		if err := tools.DeadLetters(t.Context(), true); err != nil || strings.Count(out.String(), `"`+ids[0]+`"`) != 1 || strings.Count(out.String(), "\n") != len(ids) {
			t.Errorf("%s: the list is %s, %v; want %v", name, out, err, ids)
		}
		err := errors.Join(tools.Replay(t.Context(), ids[0]), tools.Drop(t.Context(), ids[1]))
		if waiting, left := client.XLen(t.Context(), stream).Val(), client.XLen(t.Context(), dead).Val(); err != nil || waiting != 1 || left != 2 {
			t.Errorf("%s: %d waiting, %d dead letters, %v; want one replayed, one dropped, two left", name, waiting, left, err)
		}
		err = errors.Join(tools.Replay(t.Context(), "all"), tools.Drop(t.Context(), "all"))
		if waiting, left := client.XLen(t.Context(), stream).Val(), client.XLen(t.Context(), dead).Val(); err != nil || waiting != 3 || left != 0 {
			t.Errorf("%s: %d waiting, %d dead letters, %v; want all replayed", name, waiting, left, err)
		}
	}
}

// The store returns at most a thousand records per page; the command reads several pages.
func TestAuditPrintsAsManyAsAsked(t *testing.T) {
	t.Parallel()
	tools, out, opened := openTools(t)
	log := store.NewAudit(opened)
	const all = 1100
	for i := range all {
		entry := audit.Entry{Who: "ou_1", Message: bot.MessageID("om_" + strconv.Itoa(i)), Result: bot.Done}
		if _, err := log.Record(t.Context(), strconv.Itoa(i), entry); err != nil {
			t.Fatal(err)
		}
	}
	for n, want := range map[int]int{0: 0, 3: 3, 1050: 1050, 5000: all} {
		out.Reset()
		if err := tools.Audit(t.Context(), "", n, true); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("asked for %d records, got %d, want %d", n, got, want)
		}
	}
}

// The records in Redis are verified against the store's counters: any deletion is found, and trimming is none.
func TestVerifyOfRedis(t *testing.T) {
	t.Parallel()
	tools, out, opened := openTools(t)
	log, client := store.NewAudit(opened), opened.Client()
	for i := range 7 {
		if _, err := log.Record(t.Context(), strconv.Itoa(i), audit.Entry{Code: i}); err != nil {
			t.Fatal(err)
		}
	}
	verify := func(whole bool, says string) {
		t.Helper()
		out.Reset()
		if got, err := tools.Verify(t.Context(), 0); err != nil || got != whole || !strings.Contains(out.String(), says) {
			t.Errorf("verify = %v, %v, says %q; want %v, %q", got, err, out, whole, says)
		}
	}
	verify(true, "7 records, 1 to 7: none is missing, none was changed")
	entries := client.XRange(t.Context(), "{audit}", "-", "+").Val()
	client.XDel(t.Context(), "{audit}", entries[3].ID)
	verify(false, "the chain is broken, first at:\nrecord 4 is missing\n")
	client.XDel(t.Context(), "{audit}", entries[0].ID, entries[6].ID)
	verify(false, "first at:\nrecord 1 is missing\nrecord 4 is missing\nrecord 7 is missing\n")
	client.Do(t.Context(), "XADD", "{audit}", "*", "e", `{"who":"ou_1"}`)
	verify(false, "an entry without a number")
	client.HSet(t.Context(), "{audit}:head", "n", 6)
	verify(false, "the end of the record is not sealed as it was left")
	keys := client.Keys(t.Context(), "{audit}*").Val()
	client.Del(t.Context(), slices.DeleteFunc(keys, func(k string) bool { return k == "{audit}:k:3" })...)
	verify(false, "there are no records, and what the bot did in the last 12 hours shows that there were some")
	client.Del(t.Context(), "{audit}:k:3")
	verify(true, "no records\nRedis alone can't tell")
	if whole, err := tools.Verify(t.Context(), 7); err != nil || whole || !strings.Contains(out.String(), "the number given as --last shows that there were some") {
		t.Errorf("verify with a number = %v, %v: %s", whole, err, out)
	}
}

// TestEveryFlawHasAText checks that each flaw has a sentence with the record's number.
func TestEveryFlawHasAText(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../audit/chain.go")
	if err != nil {
		t.Fatal(err)
	}
	flaws := regexp.MustCompile(`Flaw[A-Za-z]+ +Flaw = "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	if len(flaws) < 10 {
		t.Fatalf("%d flaws are found", len(flaws))
	}
	for _, found := range flaws {
		flaw := audit.Flaw(found[1])
		text := cli.BreakText(audit.Break{Flaw: flaw, From: 41, To: 57, Where: "there"})
		if len(text) < 20 || strings.HasSuffix(text, " ") || (flaw != audit.FlawForeign && !strings.Contains(text, "41")) {
			t.Errorf("of %s it says %q", flaw, text)
		}
	}
}
