package app_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/queue"
	"recallbot/redistest"
	"recallbot/store"
)

// openTools gives the tools, what they print, and the store that they look into.
func openTools(t *testing.T) (*app.Tools, *bytes.Buffer, *store.Store) {
	t.Helper()
	config := app.Defaults()
	config.Redis.URL = store.URL(redistest.Start(t).URL())
	opened, err := store.Open(t.Context(), config.Redis, config.Store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	out := new(bytes.Buffer)
	tools, err := app.OpenTools(t.Context(), config, out)
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

// An entry that never was work stays where it is, says so, and holds up none of the others.
func TestReplayOfAllPassesWhatIsNoWork(t *testing.T) {
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

// The store gives a thousand records at once; whoever asks for more gets more.
func TestAuditPrintsAsManyAsAsked(t *testing.T) {
	t.Parallel()
	tools, out, opened := openTools(t)
	audit := store.NewAudit(opened)
	const all = 1100
	for i := range all {
		entry := bot.AuditEntry{Who: "ou_1", Message: bot.MessageID("om_" + strconv.Itoa(i)), Result: bot.Done}
		if _, err := audit.Record(t.Context(), strconv.Itoa(i), entry); err != nil {
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

// The records in Redis are verified against what the store counts: a deletion shows wherever it is, and trimming does not.
func TestVerifyLooksIntoRedis(t *testing.T) {
	t.Parallel()
	tools, out, opened := openTools(t)
	audit, client := store.NewAudit(opened), opened.Client()
	for i := range 7 {
		if _, err := audit.Record(t.Context(), strconv.Itoa(i), bot.AuditEntry{Code: i}); err != nil {
			t.Fatal(err)
		}
	}
	verify := func(whole bool, says string) {
		t.Helper()
		out.Reset()
		if got, err := tools.Verify(t.Context()); err != nil || got != whole || !strings.Contains(out.String(), says) {
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
}
