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
	// outletBatch is the most records that go out together.
	outletBatch = 100
	// The waits between tries grow from the first to the longest.
	outletFirstWait   = time.Second
	outletLongestWait = time.Minute
	// outletLast is how long the records of the last moment may take to go out at shutdown. Those that don't, go later.
	outletLast = 500 * time.Millisecond
)

// exporterStore knows what has gone out, for all replicas; store.Exporter does.
type exporterStore interface {
	Acquire(ctx context.Context, holder string, life time.Duration) (store.ExporterState, error)
	Next(ctx context.Context, from store.Position, n int) ([]store.AuditRecord, error)
	Advance(ctx context.Context, holder string, to store.Position) (bool, error)
	Release(ctx context.Context, holder string) error
}

// batch is what goes out together: records, and which numbers are missing before or between them for good.
type batch struct {
	records []store.AuditRecord
	missing []span
}

// span is a row of numbers.
type span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// exporter carries all records out of the audit by one way, in order, each at least once: what was sent is noted after it
// was taken. One replica at a time sends; nothing waits for it.
type exporter struct {
	name   string
	kept   exporterStore
	send   func(ctx context.Context, b batch) error
	holder string
	// life is how long a replica that died keeps the exporter. One send takes half of it at most.
	life    time.Duration
	metrics *outMetrics
	log     *slog.Logger
	now     func() time.Time
	wakeup  chan struct{}

	// fails is how often in a row it could not be sent, and rest until when it is not tried.
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

// run sends until ctx is done, and then what there is at that moment.
func (o *exporter) run(ctx context.Context) {
	ticker := time.NewTicker(exportEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		o.empty(ctx)
		select {
		case <-ctx.Done():
		case <-o.wakeup:
		case <-ticker.C:
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), outletLast)
	defer cancel()
	o.empty(last)
	if err := o.kept.Release(last, o.holder); err != nil {
		o.log.WarnContext(ctx, "audit outlet stays held for a moment", "outlet", o.name, "error", err)
	}
}

// empty sends batch after batch until all is out, or it can't go on.
func (o *exporter) empty(ctx context.Context) {
	for o.turn(ctx) {
	}
}

// turn sends one batch, and reports whether there may be another.
func (o *exporter) turn(ctx context.Context) (more bool) {
	visit, err := o.kept.Acquire(ctx, o.holder, o.life)
	o.reached(ctx, err)
	if err != nil {
		return false
	}
	o.metrics.lag(o.name, visit, o.now())
	if !visit.Held || visit.Since.IsZero() || o.now().Before(o.rest) {
		return false
	}
	records, err := o.kept.Next(ctx, visit.From, outletBatch)
	if err != nil || len(records) == 0 {
		o.reached(ctx, err)
		return false
	}
	b := batch{records, o.gaps(ctx, visit.From.N, records)}
	if !o.sent(ctx, b) {
		return false
	}
	last := records[len(records)-1]
	noted, err := o.kept.Advance(ctx, o.holder, store.Position{ID: last.ID, N: cmp.Or(last.N, visit.From.N)})
	o.reached(ctx, err)
	if err == nil && noted {
		o.metrics.carried(o.name, b)
	}
	return err == nil && noted
}

// sent tries to send, and after a failure lets some time pass before the next try.
func (o *exporter) sent(ctx context.Context, b batch) bool {
	sending, cancel := context.WithTimeout(ctx, o.life/2)
	defer cancel()
	err := o.send(sending, b)
	o.unsent.Report(ctx, "", err, slog.String("outlet", o.name))
	if err == nil {
		o.fails, o.rest = 0, time.Time{}
		return true
	}
	o.fails++
	o.metrics.failed(o.name)
	wait := outletLongestWait
	if shift := o.fails - 1; shift < 6 {
		wait = outletFirstWait << shift
	}
	wait = wait/2 + rand.N(wait/2) //nolint:gosec // spreads load, guards nothing
	o.rest = o.now().Add(wait)
	return false
}

// reached notes whether Redis answered.
func (o *exporter) reached(ctx context.Context, err error) {
	if ctx.Err() == nil {
		o.away.Report(ctx, "", err, slog.String("outlet", o.name))
	}
}

// gaps are the numbers that are missing between the last record that went out and these, and between these: the cap took
// them before they went out, or a person did. A new exporter misses none before its first record.
func (o *exporter) gaps(ctx context.Context, last int64, records []store.AuditRecord) []span {
	var missing []span
	for _, r := range records {
		switch {
		case r.N == 0:
			continue
		case last > 0 && r.N > last+1:
			missing = append(missing, span{last + 1, r.N - 1})
			o.log.ErrorContext(ctx, "audit records are gone before they were sent", "outlet", o.name, "from", last+1, "to", r.N-1)
		case r.N <= last:
			o.log.ErrorContext(ctx, "audit numbers begin anew", "outlet", o.name, "after", last, "with", r.N)
		}
		last = r.N
	}
	return missing
}
