package store_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

// TestAuditChain plays on stores of their own: the chain is one for all chats.
func TestAuditChain(t *testing.T) {
	t.Parallel()
	servers := map[string]func(testing.TB) string{
		"embedded": func(testing.TB) string { return "" },
		"redis":    func(tb testing.TB) string { tb.Helper(); return redistest.Start(tb).URL() },
		"cluster":  func(tb testing.TB) string { tb.Helper(); return redistest.StartCluster(tb) },
	}
	for server, start := range servers {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			s := open(t, start(t), store.Config{
				IndexCap: 200, IndexRetention: time.Hour, AuditCap: 200, AuditKey: bot.Secret(strings.Repeat("0f", 32)),
			})
			// In this order: each goes on where the one before left the chain.
			testChainBegins(t, s)
			testChainOfMany(t, s)
			testOutlet(t, s)
			testChainIsCut(t, s)
			testChainShowsDeletions(t, s)
		})
	}
}

// chainOf looks at the chain as it is kept.
func chainOf(t *testing.T, s *store.Store) audit.ChainReport {
	t.Helper()
	report, err := store.NewAudit(s).Verify(t.Context(), 0)
	must(t, err)
	return report
}

// entriesOf are the ids of the entries of a stream.
func entriesOf(t *testing.T, s *store.Store, stream string) []string {
	t.Helper()
	messages, err := s.Client().XRange(t.Context(), stream, "-", "+").Result()
	must(t, err)
	ids := make([]string, len(messages))
	for i, m := range messages {
		ids[i] = m.ID
	}
	return ids
}

// testChainBegins: what was recorded before there was a chain stays what it is.
func testChainBegins(t *testing.T, s *store.Store) {
	t.Helper()
	if end, err := store.NewAudit(s).End(t.Context()); err != nil || end.N != 0 || end.Mark != audit.SealBegins {
		t.Errorf("an empty audit has the end %+v, %v", end, err)
	}
	for i := range 3 {
		must(t, s.Client().Do(t.Context(), "XADD", "{audit}", "*", "e", `{"code":`+strconv.Itoa(i)+`}`).Err())
	}
	wantRecord(t, store.NewAudit(s), "first", audit.Entry{Code: 7}, true)
	want := audit.ChainReport{Records: 1, First: 1, Last: 1, Older: 3}
	if diff := cmp.Diff(want, chainOf(t, s)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// testChainOfMany: several replicas, each with several workers, make one chain.
func testChainOfMany(t *testing.T, s *store.Store) {
	t.Helper()
	const replicas, workers, each = 3, 4, 10
	chat := newChat()
	var all sync.WaitGroup
	for r := range replicas {
		log := store.NewReplica(s)
		for w := range workers {
			all.Go(func() {
				for i := range each {
					fresh, err := log.Record(t.Context(), fmt.Sprint(r, w, i), audit.Entry{Chat: chat, Code: i})
					if err != nil || !fresh {
						t.Errorf("record: %v, %v", fresh, err)
					}
				}
			})
		}
	}
	all.Wait()
	const sum = 1 + replicas*workers*each
	want := audit.ChainReport{Records: sum, First: 1, Last: sum, Older: 3}
	if diff := cmp.Diff(want, chainOf(t, s)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	wantRecord(t, store.NewAudit(s), "0 0 0", audit.Entry{}, false)
}

func testOutlet(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, out := t.Context(), store.NewExporter(s, "out")
	first := wantVisit(t, out, "a", store.ExporterState{Held: true, From: store.Position{ID: "0-0"}, Last: 121})
	wantVisit(t, out, "b", store.ExporterState{Held: false, From: store.Position{ID: "0-0"}, Last: 121})
	if age := time.Since(first.Since); age < -time.Minute || age > time.Hour {
		t.Errorf("the oldest record is %s old", age)
	}
	var numbers []int64
	for place := first.From; ; {
		records, err := out.Next(ctx, place, 50)
		must(t, err)
		if len(records) == 0 {
			break
		}
		for _, r := range records {
			numbers = append(numbers, r.N)
			place = store.Position{ID: r.ID, N: r.N}
		}
		for holder, want := range map[string]bool{"b": false, "a": true} {
			if noted, err := out.Advance(ctx, holder, place); err != nil || noted != want {
				t.Errorf("%s advances: %v, %v", holder, noted, err)
			}
		}
	}
	if !slices.IsSorted(numbers) || len(numbers) != 124 || numbers[3] != 1 {
		t.Errorf("went out: %v", numbers)
	}
	must(t, out.Release(ctx, "b"))
	last := wantVisit(t, out, "a", store.ExporterState{Held: true, From: store.Position{N: 121}, Last: 121})
	if !last.Since.IsZero() {
		t.Errorf("all is out, and the oldest that is not is of %s", last.Since)
	}
	must(t, out.Release(ctx, "a"))
	wantVisit(t, out, "b", store.ExporterState{Held: true, From: store.Position{N: 121}, Last: 121})
	wantVisit(t, store.NewExporter(s, "another"), "c", store.ExporterState{Held: true, From: store.Position{ID: "0-0"}, Last: 121})
}

// wantVisit looks at all but what depends on the clock; a place without id stands for any.
func wantVisit(t *testing.T, out *store.Exporter, holder string, want store.ExporterState) store.ExporterState {
	t.Helper()
	got, err := out.Acquire(t.Context(), holder, time.Minute)
	must(t, err)
	want.Since = got.Since
	if want.From.ID == "" {
		want.From.ID = got.From.ID
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s visits: -want +got\n%s", holder, diff)
	}
	return got
}

// testChainIsCut: what the cap takes leaves no flaw.
func testChainIsCut(t *testing.T, s *store.Store) {
	t.Helper()
	log := store.NewAudit(s)
	for i := range 300 {
		wantRecord(t, log, "cut/"+strconv.Itoa(i), audit.Entry{Code: i}, true)
	}
	report := chainOf(t, s)
	if len(report.Breaks) != 0 || report.First != 222 || report.Last != 421 || report.Records != 200 || report.Older != 0 || report.OlderActs != 0 {
		t.Errorf("%+v", report)
	}
}

// testChainShowsDeletions: the oldest, one between, the newest.
func testChainShowsDeletions(t *testing.T, s *store.Store) {
	t.Helper()
	ids, first := entriesOf(t, s, "{audit}"), chainOf(t, s).First
	for _, at := range []int{0, 1, 10, len(ids) - 1} {
		must(t, s.Client().XDel(t.Context(), "{audit}", ids[at]).Err())
	}
	want := []audit.Break{
		{Flaw: audit.FlawMissing, From: first, To: first + 1},
		{Flaw: audit.FlawMissing, From: first + 10, To: first + 10},
		{Flaw: audit.FlawMissing, From: 421, To: 421},
	}
	if diff := cmp.Diff(want, chainOf(t, s).Breaks); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
