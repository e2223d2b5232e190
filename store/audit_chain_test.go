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

// TestAuditChain has its own stores, because all chats share one chain.
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
			// In this order: each continues the chain of the one before.
			testChainStart(t, s)
			testChainConcurrent(t, s)
			testExporter(t, s)
			testChainCap(t, s)
			testChainDeletions(t, s)
		})
	}
}

func verifyChain(t *testing.T, s *store.Store) audit.ChainReport {
	t.Helper()
	report, err := store.NewAudit(s).Verify(t.Context(), 0)
	must(t, err)
	return report
}

func entryIDs(t *testing.T, s *store.Store, stream string) []string {
	t.Helper()
	messages, err := s.Client().XRange(t.Context(), stream, "-", "+").Result()
	must(t, err)
	ids := make([]string, len(messages))
	for i, m := range messages {
		ids[i] = m.ID
	}
	return ids
}

// testChainStart: records from before the chain are counted as older.
func testChainStart(t *testing.T, s *store.Store) {
	t.Helper()
	if end, err := store.NewAudit(s).End(t.Context()); err != nil || end.N != 0 || end.Mark != audit.SealBegins {
		t.Errorf("an empty audit has the end %+v, %v", end, err)
	}
	for i := range 3 {
		must(t, s.Client().Do(t.Context(), "XADD", "{audit}", "*", "e", `{"code":`+strconv.Itoa(i)+`}`).Err())
	}
	wantRecord(t, store.NewAudit(s), "first", audit.Entry{Code: 7}, true)
	want := audit.ChainReport{Records: 1, First: 1, Last: 1, Older: 3}
	if diff := cmp.Diff(want, verifyChain(t, s)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// testChainConcurrent: several replicas with several workers append to one chain.
func testChainConcurrent(t *testing.T, s *store.Store) {
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
	if diff := cmp.Diff(want, verifyChain(t, s)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	wantRecord(t, store.NewAudit(s), "0 0 0", audit.Entry{}, false)
}

func testExporter(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, out := t.Context(), store.NewExporter(s, "out")
	first := wantState(t, out, "a", store.ExporterState{Held: true, From: store.Position{ID: "0-0"}, Last: 121})
	wantState(t, out, "b", store.ExporterState{Held: false, From: store.Position{ID: "0-0"}, Last: 121})
	if age := time.Since(first.Since); age < -time.Minute || age > time.Hour {
		t.Errorf("the oldest record is %s old", age)
	}
	var numbers []int64
	for position := first.From; ; {
		records, err := out.Next(ctx, position, 50)
		must(t, err)
		if len(records) == 0 {
			break
		}
		for _, r := range records {
			numbers = append(numbers, r.N)
			position = store.Position{ID: r.ID, N: r.N}
		}
		for holder, want := range map[string]bool{"b": false, "a": true} {
			if stored, err := out.Advance(ctx, holder, position); err != nil || stored != want {
				t.Errorf("%s advances: %v, %v", holder, stored, err)
			}
		}
	}
	if !slices.IsSorted(numbers) || len(numbers) != 124 || numbers[3] != 1 {
		t.Errorf("read: %v", numbers)
	}
	must(t, out.Release(ctx, "b"))
	last := wantState(t, out, "a", store.ExporterState{Held: true, From: store.Position{N: 121}, Last: 121})
	if !last.Since.IsZero() {
		t.Errorf("nothing is left to send, and Since is %s", last.Since)
	}
	must(t, out.Release(ctx, "a"))
	wantState(t, out, "b", store.ExporterState{Held: true, From: store.Position{N: 121}, Last: 121})
	wantState(t, store.NewExporter(s, "another"), "c", store.ExporterState{Held: true, From: store.Position{ID: "0-0"}, Last: 121})
}

// wantState compares the state without Since; a position without id matches any id.
func wantState(t *testing.T, out *store.Exporter, holder string, want store.ExporterState) store.ExporterState {
	t.Helper()
	got, err := out.Acquire(t.Context(), holder, time.Minute)
	must(t, err)
	want.Since = got.Since
	if want.From.ID == "" {
		want.From.ID = got.From.ID
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s acquires: -want +got\n%s", holder, diff)
	}
	return got
}

// testChainCap: records deleted by the cap are no flaw.
func testChainCap(t *testing.T, s *store.Store) {
	t.Helper()
	log := store.NewAudit(s)
	for i := range 300 {
		wantRecord(t, log, "cap/"+strconv.Itoa(i), audit.Entry{Code: i}, true)
	}
	report := verifyChain(t, s)
	if len(report.Breaks) != 0 || report.First != 222 || report.Last != 421 || report.Records != 200 || report.Older != 0 || report.OlderActs != 0 {
		t.Errorf("%+v", report)
	}
}

// testChainDeletions deletes the oldest records, one between, and the newest.
func testChainDeletions(t *testing.T, s *store.Store) {
	t.Helper()
	ids, first := entryIDs(t, s, "{audit}"), verifyChain(t, s).First
	for _, at := range []int{0, 1, 10, len(ids) - 1} {
		must(t, s.Client().XDel(t.Context(), "{audit}", ids[at]).Err())
	}
	want := []audit.Break{
		{Flaw: audit.FlawMissing, From: first, To: first + 1},
		{Flaw: audit.FlawMissing, From: first + 10, To: first + 10},
		{Flaw: audit.FlawMissing, From: 421, To: 421},
	}
	if diff := cmp.Diff(want, verifyChain(t, s).Breaks); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
