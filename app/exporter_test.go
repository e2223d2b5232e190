package app_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/app"
	"recallbot/audit"
	"recallbot/bot"
	"recallbot/cli"
	"recallbot/store"
)

// fakeAudit is the audit as an exporter sees it, with one position for all replicas.
type fakeAudit struct {
	mu      sync.Mutex
	records []store.AuditRecord
	place   store.Position
	holder  string
	until   time.Time
	broken  bool
}

func (s *fakeAudit) put(numbers ...int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range numbers {
		id := strconv.Itoa(len(s.records)+1) + "-0"
		s.records = append(s.records, store.AuditRecord{ID: id, N: n, JSON: []byte(`{"n":` + strconv.FormatInt(n, 10) + `}`)})
	}
}

func (s *fakeAudit) rest(from store.Position) []store.AuditRecord {
	i := slices.IndexFunc(s.records, func(r store.AuditRecord) bool { return r.ID == from.ID })
	return s.records[i+1:]
}

func (s *fakeAudit) Acquire(_ context.Context, holder string, life time.Duration) (store.ExporterState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return store.ExporterState{}, errors.New("away")
	}
	v := store.ExporterState{From: s.place, Held: s.holder == holder || time.Now().After(s.until)}
	if v.Held {
		s.holder, s.until = holder, time.Now().Add(life)
	}
	if left := s.rest(s.place); len(left) > 0 {
		v.Since, v.Last = time.Now(), left[len(left)-1].N
	}
	return v, nil
}

func (s *fakeAudit) Next(_ context.Context, from store.Position, n int) ([]store.AuditRecord, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.rest(from)
	return left[:min(n, len(left))], nil
}

func (s *fakeAudit) Advance(_ context.Context, holder string, to store.Position) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder != holder {
		return false, nil
	}
	s.place = to
	return true, nil
}

func (s *fakeAudit) Release(_ context.Context, holder string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder == holder {
		s.until = time.Time{}
	}
	return nil
}

// target receives the records.
type target struct {
	mu      sync.Mutex
	down    bool
	numbers []int64
	missing []app.Span
	tries   int
}

func (t *target) take(_ context.Context, records []store.AuditRecord, missing []app.Span) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tries++
	if t.down {
		return errors.New("no")
	}
	for _, r := range records {
		t.numbers = append(t.numbers, r.N)
	}
	t.missing = append(t.missing, missing...)
	return nil
}

func row(from, to int64) []int64 {
	var all []int64
	for n := from; n <= to; n++ {
		all = append(all, n)
	}
	return all
}

func TestExporterSendsAllInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kept, to := &fakeAudit{}, &target{down: true}
		kept.put(0, 0)
		kept.put(row(1, 250)...)
		ctx, stop := context.WithCancel(t.Context())
		var replicas sync.WaitGroup
		for range 2 {
			o := app.NewExporter(kept, to.take, slog.New(slog.DiscardHandler))
			replicas.Go(func() { o.Run(ctx) })
		}
		time.Sleep(10 * time.Minute)
		to.mu.Lock()
		if len(to.numbers) != 0 || to.tries < 10 || to.tries > 40 {
			t.Errorf("while it was down: %v, %d tries", to.numbers, to.tries)
		}
		to.down = false
		to.mu.Unlock()
		kept.mu.Lock()
		kept.broken = true
		kept.mu.Unlock()
		time.Sleep(10 * time.Minute)
		kept.mu.Lock()
		kept.broken = false
		kept.mu.Unlock()
		time.Sleep(2 * time.Minute)
		kept.put(row(251, 300)...)
		stop() // what came in the last moment goes out too
		replicas.Wait()
		if diff := cmp.Diff(append([]int64{0, 0}, row(1, 300)...), to.numbers); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if len(to.missing) != 0 {
			t.Errorf("missing: %v", to.missing)
		}
	})
}

func TestExporterNamesMissingRecords(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	kept, to := &fakeAudit{}, &target{}
	o := app.NewExporter(kept, to.take, slog.New(slog.NewTextHandler(&log, nil)))
	kept.put(5, 6) // a new exporter does not miss what was before
	o.Empty(t.Context())
	kept.put(9, 10, 12)
	o.Empty(t.Context())
	kept.put(1, 2)
	o.Empty(t.Context())
	kept.put(3) // logged once
	o.Empty(t.Context())
	if diff := cmp.Diff([]app.Span{{From: 7, To: 8}, {From: 11, To: 11}}, to.missing); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, want := range []string{"deleted before export", "from=7 to=8", "from=11 to=11", "numbers restarted", "after=12 with=1"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log.String())
		}
	}
	if n := strings.Count(log.String(), "numbers restarted"); n != 1 {
		t.Errorf("logged %d times that numbers restarted", n)
	}
	if diff := cmp.Diff([]int64{5, 6, 9, 10, 12, 1, 2, 3}, to.numbers); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// A file that ends in the middle of a line gets the rest of its records on lines of their own.
func TestAuditFileAfterATornLine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	records := chainRecords(t, 4)
	for i, text := range []string{"", string(records[0].JSON) + "\n" + string(records[1].JSON[:9])} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		send, shut, err := app.OpenAuditFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records[i:] {
			if err := send(t.Context(), []store.AuditRecord{r}); err != nil {
				t.Fatal(err)
			}
		}
		if err := shut(); err != nil {
			t.Fatal(err)
		}
		out := new(bytes.Buffer)
		whole, err := cli.VerifyFiles(app.Defaults(), []string{path}, 0, out)
		if err != nil || !whole || !strings.Contains(out.String(), "4 records, 1 to 4: none is missing") {
			t.Errorf("%v, %v: %s", whole, err, out)
		}
	}
}

func chainRecords(t *testing.T, n int) []store.AuditRecord {
	t.Helper()
	var last audit.Link
	all := make([]store.AuditRecord, n)
	for i := range all {
		data, next, err := audit.NewSealer().Seal(audit.Entry{Who: "ou_1", Code: i}, last)
		if err != nil {
			t.Fatal(err)
		}
		all[i], last = store.AuditRecord{N: next.N, JSON: data}, next
	}
	return all
}

func TestVerifyFiles(t *testing.T) {
	t.Parallel()
	records := chainRecords(t, 6)
	lines := make([]string, len(records))
	for i, r := range records {
		lines[i] = string(r.JSON) + "\n"
	}
	for name, c := range map[string]struct {
		files []string
		whole bool
		says  string
	}{
		"whole":       {[]string{strings.Join(lines, "")}, true, "6 records, 1 to 6: none is missing"},
		"of replicas": {[]string{lines[0] + lines[3] + lines[4], lines[1] + lines[2] + lines[4] + lines[5]}, true, "6 records, 1 to 6"},
		"half of it":  {[]string{lines[0] + lines[3]}, false, "records 2 to 3 are missing"},
		"changed":     {[]string{lines[0] + strings.Replace(lines[1], "ou_1", "ou_2", 1) + lines[2]}, false, "record 2 (FILE0:2) was changed"},
		"empty":       {[]string{""}, true, "no records"},
		"rubbish":     {[]string{"rubbish\n"}, false, "FILE0:1: no record can be read there"},
	} {
		var paths []string
		for i, text := range c.files {
			path := filepath.Join(t.TempDir(), strconv.Itoa(i))
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		out := new(bytes.Buffer)
		whole, err := cli.VerifyFiles(app.Defaults(), paths, 0, out)
		if says := strings.ReplaceAll(c.says, "FILE0", paths[0]); err != nil || whole != c.whole || !strings.Contains(out.String(), says) {
			t.Errorf("%s: %v, %v: %s", name, whole, err, out)
		}
	}
	if _, err := cli.VerifyFiles(app.Defaults(), []string{"missing"}, 0, new(bytes.Buffer)); bot.KindOf(err) != bot.Invalid {
		t.Errorf("a file that is not there: %v", err)
	}
}
