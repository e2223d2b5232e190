package scenarios_test

import (
	"bytes"
	"encoding/json"
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

// storeProbe reads the bot's Redis from outside. It is nil for the embedded store, which can't be read from outside.
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

// backlog returns the number of unfinished work items: from Redis, or for the embedded store from the bot's metrics.
func (w *env) backlog() (int64, error) {
	if w.probe != nil {
		s, err := w.probe.queue.Stats(w.t.Context())
		if err != nil || s.Delayed == 0 {
			return s.Waiting + s.InFlight, err
		}
		later, err := w.watchTimers()
		return s.Waiting + s.InFlight + s.Delayed - later, err
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

// watchTimers counts the ends of quarantines and the weekly reports, which are delayed items of the queue.
func (w *env) watchTimers() (int64, error) {
	ids, err := w.probe.store.Client().ZRange(w.t.Context(), "{work}:delayed", 0, -1).Result()
	timers := slices.DeleteFunc(ids, func(id string) bool {
		return !strings.HasPrefix(id, "p:quarantine/") && !strings.HasPrefix(id, "p:report/")
	})
	return int64(len(timers)), err
}

// refusedEvents reports whether an attempt of an event was refused, and the time of the last delivery.
func (w *env) refusedEvents() (failed bool, last time.Time) {
	for _, d := range w.Deliveries() {
		failed = failed || d.Status != http.StatusOK
		last = d.Start
	}
	return failed, last
}

// gaugedBacklog reads the backlog from the bot's gauges, which are updated once a second. The counters are wrong after a
// refused event: it may have been queued.
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

// deadLetters returns the number of dead letters of the work queue.
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

// metric returns the sum of a metric's series with the label, over all replicas.
func (w *env) metric(name, label string) (float64, error) {
	m, err := w.metrics()
	return m.sum(name, label), err
}

// metrics are the lines of /metrics of all replicas.
type metrics []string

func (w *env) metrics() (metrics, error) {
	var all metrics
	for _, b := range w.bots {
		_, text, err := get(w.t.Context(), "http://"+b.address()+"/metrics", "")
		if err != nil {
			return nil, err
		}
		all = append(all, strings.Split(text, "\n")...)
	}
	return all, nil
}

// sum returns the sum of a metric's series with the label.
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

// stepsEnded returns the number of jobs' steps and of timers for rules with the outcome. The metric counts them together with other work.
func (m metrics) stepsEnded(outcome string) float64 {
	sum := 0.0
	for _, kind := range []string{"job", "job_later", "watch.due"} {
		sum += m.sum("recallbot_work_total", `outcome="`+outcome+`",type="`+kind+`"`)
	}
	return sum
}

// records returns the audit's records of a message, oldest first, or all if message is empty. A record without a message
// counts for its command. Records of the recall of the command itself are left out.
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

// auditLines reads the audit file, each record once: after a crash, the last ones may be repeated. It ignores an incomplete
// last line.
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

// auditFileComplete reports whether the newest record is in the audit file: by its number in Redis, or for the embedded store
// by the bot's metrics.
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
