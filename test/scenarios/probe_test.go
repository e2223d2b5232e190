package scenarios_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
	"recallbot/store/queue"
)

// storeProbe looks into the bot's Redis from outside, as an operator would; nil on the embedded store, into which nobody
// can look.
type storeProbe struct {
	store *store.Store
	queue *queue.Queue
	jobs  *queue.Queue
	index *store.Index
}

func (w *env) openProbe() *storeProbe {
	w.t.Helper()
	config := w.config()
	if config.Redis.URL == "" {
		return nil
	}
	opened, err := store.Open(w.t.Context(), config.Redis, config.Store, slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatalf("look into Redis: %v", err)
	}
	w.t.Cleanup(func() { _ = opened.Close() }) // Redis may be gone by then
	work := func(name string) *queue.Queue { return queue.New(opened.Client(), queue.Config{Name: name}) }
	return &storeProbe{opened, work("work"), work("jobs"), store.NewIndex(opened)}
}

// backlog is how much work is not finished: on a Redis what is there, on the embedded store what the bot's metrics
// tell.
func (w *env) backlog() (int64, error) {
	if w.probe != nil {
		s, err := w.probe.queue.Stats(w.t.Context())
		return s.Waiting + s.InFlight + s.Delayed, err
	}
	if failed, last := w.refusedEvents(); failed {
		return w.gaugedBacklog(last)
	}
	m, err := w.metrics()
	if err != nil {
		return 0, err
	}
	queued := m.sum("recallbot_events_total", `result="queued"`)
	for _, outcome := range []string{"done", "given_up"} {
		queued -= m.sum("recallbot_work_total", `outcome="`+outcome+`"`) - m.stepsEnded(outcome)
	}
	return int64(queued), nil
}

// refusedEvents reports whether an event was refused for a while, and when the last one was delivered.
func (w *env) refusedEvents() (failed bool, last time.Time) {
	for _, d := range w.Deliveries() {
		failed = failed || d.Status != http.StatusOK
		last = d.Start
	}
	return failed, last
}

// gaugedBacklog is the backlog as the bot's gauges tell it, once a second. It is needed where a refused event may have been
// queued all the same, which the counts don't show.
func (w *env) gaugedBacklog(last time.Time) (int64, error) {
	const afresh = 3 * time.Second
	if time.Since(last) < afresh {
		return 1, nil
	}
	m, err := w.metrics()
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, state := range []string{"waiting", "in_flight", "delayed"} {
		sum += m.sum("recallbot_work_items", `state="`+state+`"`)
	}
	return int64(sum), nil
}

// deadLetters is how many pieces of work were given up.
func (w *env) deadLetters() int64 {
	w.t.Helper()
	if w.probe != nil {
		s, err := w.probe.queue.Stats(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		return s.Dead
	}
	dead, err := w.metric("recallbot_work_total", `outcome="given_up"`)
	if err != nil {
		w.t.Fatal(err)
	}
	return int64(dead)
}

// metric is the sum over all replicas of a metric's series that carry the label.
func (w *env) metric(name, label string) (float64, error) {
	m, err := w.metrics()
	return m.sum(name, label), err
}

// metrics are the lines of all replicas.
type metrics []string

func (w *env) metrics() (metrics, error) {
	var all metrics
	for _, b := range w.bots {
		text, err := scrape(w.t.Context(), b.address())
		if err != nil {
			return nil, err
		}
		all = append(all, strings.Split(text, "\n")...)
	}
	return all, nil
}

func scrape(ctx context.Context, addr string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/metrics", nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

// sum adds up a metric's series that carry the label.
func (m metrics) sum(name, label string) float64 {
	sum := 0.0
	for _, line := range m {
		labels, value, _ := strings.Cut(line, " ")
		if series, _, _ := strings.Cut(labels, "{"); series == name && strings.Contains(labels, label) {
			n, _ := strconv.ParseFloat(value, 64)
			sum += n
		}
	}
	return sum
}

// stepsEnded is how many steps of jobs have ended in a way: they are counted with the other work.
func (m metrics) stepsEnded(outcome string) float64 {
	sum := 0.0
	for _, kind := range []string{"job", "job_later"} {
		sum += m.sum("recallbot_work_total", `outcome="`+outcome+`",type="`+kind+`"`)
	}
	return sum
}

// records reads the audit, oldest first: those about one message, or of a command that named none, or all when it is
// empty. That the bot took the command itself away is left out.
func (w *env) records(message string) []audit.Entry {
	w.t.Helper()
	w.poll("every record is in the file", w.auditFileComplete)
	var found []audit.Entry
	for _, e := range w.auditLines() {
		about := e.Message
		if about == "" {
			about = e.Command
		}
		if e.Via != bot.ViaTidy && (message == "" || string(about) == message) {
			found = append(found, e)
		}
	}
	return found
}

// auditLines reads the file of JSON lines, each record once: after a crash the last ones may be written again. A last line
// without its end is being written.
func (w *env) auditLines() []audit.Entry {
	w.t.Helper()
	text, err := os.ReadFile(w.audit)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []audit.Entry
	seen := map[string]bool{}
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		var e audit.Entry
		if err := json.Unmarshal(line, &e); err != nil {
			w.t.Fatalf("audit line %q: %v", line, err)
		}
		if !seen[e.Hash] {
			all = append(all, e)
		}
		seen[e.Hash] = true
	}
	return all
}

// auditFileComplete reports whether the newest record is in the file: on a Redis by its number, on the embedded store by how
// many the bot says it has made and written.
func (w *env) auditFileComplete() bool {
	w.t.Helper()
	if w.probe != nil {
		end, err := store.NewAudit(w.probe.store).End(w.t.Context())
		return err == nil && (end.N == 0 || slices.ContainsFunc(w.auditLines(), func(e audit.Entry) bool { return e.N == end.N }))
	}
	made, err := w.metric("recallbot_audit_records_total", "")
	if err != nil {
		return false
	}
	written, err := w.metric("recallbot_audit_sent_total", `outlet="file"`)
	return err == nil && written >= made
}
