package app

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"recallbot/bot"
	"recallbot/store"
)

const (
	// exportEvery is how often an exporter looks for records of other replicas, and renews its lock.
	exportEvery = time.Second
	// exportBatch is how many records are sent together at most.
	exportBatch = 100
	// The waits between tries grow from exportMinWait to exportMaxWait.
	exportMinWait = time.Second
	exportMaxWait = time.Minute
	// exportLast is how long the last records may take at shutdown. Those that are not sent then are sent later.
	exportLast = 500 * time.Millisecond
)

// exporterStore knows what was sent, for all replicas; store.Exporter does.
type exporterStore interface {
	Acquire(ctx context.Context, holder string, life time.Duration) (store.ExporterState, error)
	Next(ctx context.Context, from store.Position, n int) ([]store.AuditRecord, error)
	Advance(ctx context.Context, holder string, to store.Position) (bool, error)
	Release(ctx context.Context, holder string) error
}

// batch is what is sent together: records, and the numbers that are missing before or between them for good.
type batch struct {
	records []store.AuditRecord
	missing []span
}

// span is a range of numbers, both ends included.
type span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// exporter sends all records of the audit to one target, in order, each at least once: its position is saved after the target
// has accepted them. One replica at a time sends. Recording does not wait for it.
type exporter struct {
	name   string
	kept   exporterStore
	send   func(ctx context.Context, b batch) error
	holder string
	// life is for how long a replica holds the exporter's lock; another takes over after that. One send takes half of it at most.
	life    time.Duration
	metrics *outMetrics
	log     *slog.Logger
	now     func() time.Time
	wakeup  chan struct{}

	// fails counts failures in a row. Nothing is sent before rest.
	fails int
	rest  time.Time
	// away lasts while Redis can't be reached, unsent while the records can't be sent.
	away, unsent *bot.Incident
}

// wake makes the exporter look for records right away.
func (o *exporter) wake() {
	select {
	case o.wakeup <- struct{}{}:
	default:
	}
}

// run sends until ctx is done, and then once more what is left.
func (o *exporter) run(ctx context.Context) {
	ticker := time.NewTicker(exportEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		o.drain(ctx)
		select {
		case <-ctx.Done():
		case <-o.wakeup:
		case <-ticker.C:
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), exportLast)
	defer cancel()
	o.drain(last)
	if err := o.kept.Release(last, o.holder); err != nil {
		o.log.WarnContext(ctx, "audit exporter lock not released", "exporter", o.name, "error", err)
	}
}

// drain sends batch after batch until all is sent, or one fails.
func (o *exporter) drain(ctx context.Context) {
	for o.sendNext(ctx) {
	}
}

// sendNext sends one batch, and reports whether there may be another.
func (o *exporter) sendNext(ctx context.Context) (more bool) {
	state, err := o.kept.Acquire(ctx, o.holder, o.life)
	o.reportRedis(ctx, err)
	if err != nil {
		return false
	}
	o.metrics.lag(o.name, state, o.now())
	if !state.Held || state.Since.IsZero() || o.now().Before(o.rest) {
		return false
	}
	records, err := o.kept.Next(ctx, state.From, exportBatch)
	if err != nil || len(records) == 0 {
		o.reportRedis(ctx, err)
		return false
	}
	b := batch{records, o.gaps(ctx, state.From.N, records)}
	if !o.trySend(ctx, b) {
		return false
	}
	last := records[len(records)-1]
	noted, err := o.kept.Advance(ctx, o.holder, store.Position{ID: last.ID, N: cmp.Or(last.N, state.From.N)})
	o.reportRedis(ctx, err)
	if err == nil && noted {
		o.metrics.exported(o.name, b)
	}
	return err == nil && noted
}

// trySend sends a batch. After a failure, it sets the time of the next try.
func (o *exporter) trySend(ctx context.Context, b batch) bool {
	sending, cancel := context.WithTimeout(ctx, o.life/2)
	defer cancel()
	err := o.send(sending, b)
	o.unsent.Report(ctx, "", err, slog.String("exporter", o.name))
	if err == nil {
		o.fails, o.rest = 0, time.Time{}
		return true
	}
	o.fails++
	o.metrics.failed(o.name)
	wait := exportMaxWait
	if shift := o.fails - 1; shift < 6 {
		wait = exportMinWait << shift
	}
	wait = wait/2 + rand.N(wait/2) //nolint:gosec // spreads load, guards nothing
	o.rest = o.now().Add(wait)
	return false
}

// reportRedis reports whether Redis answered.
func (o *exporter) reportRedis(ctx context.Context, err error) {
	if ctx.Err() == nil {
		o.away.Report(ctx, "", err, slog.String("exporter", o.name))
	}
}

// gaps are the numbers that are missing between the last record that was sent and these, and between these: the cap or a person
// deleted them before they were sent. A new exporter has no gap before its first record.
func (o *exporter) gaps(ctx context.Context, last int64, records []store.AuditRecord) []span {
	var missing []span
	for _, r := range records {
		switch {
		case r.N == 0:
			continue
		case last > 0 && r.N > last+1:
			missing = append(missing, span{last + 1, r.N - 1})
			o.log.ErrorContext(ctx, "audit records deleted before export", "exporter", o.name, "from", last+1, "to", r.N-1)
		case r.N <= last:
			o.log.ErrorContext(ctx, "audit numbers restarted", "exporter", o.name, "after", last, "with", r.N)
		}
		last = r.N
	}
	return missing
}
