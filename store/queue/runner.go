package queue

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"recallbot/bot"
)

const (
	// cancelTime is how long a cancelled handler has to return before its item is given back without it: a handler that
	// waits for Redis needs up to a second.
	cancelTime = 1100 * time.Millisecond
	// flushTime is how long a shutdown tries to write the last outcomes.
	flushTime = 700 * time.Millisecond
)

// runner is one call of Run.
type runner struct {
	q        *Queue
	handler  Handler
	inflight *inflight
	results  chan result // a send never blocks: each item in flight sends once, and a claim may add as many as a read
	outage   *bot.Incident
	workers  sync.WaitGroup
	reported time.Time // when Observer.Depth was last called
}

func newRunner(q *Queue, h Handler) *runner {
	return &runner{
		q:        q,
		handler:  h,
		inflight: newInflight(&q.cfg),
		results:  make(chan result, 2*q.cfg.InFlight),
		outage:   bot.NewIncident(q.cfg.Logger, slog.LevelError, "queue cannot reach redis", "queue reaches redis again"),
	}
}

// run works until ctx is done and then shuts down. Calls of Redis get contexts that outlive ctx: the entries of a cancelled read
// would be pending until their lease expires.
func (r *runner) run(ctx context.Context) error {
	redisCtx, cancelRedis := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRedis()
	work, cancelWork := context.WithCancel(redisCtx)
	defer cancelWork()

	var sources, writer, heartbeat sync.WaitGroup
	writer.Go(func() { r.writeResults(redisCtx) })
	heartbeat.Go(func() { r.heartbeat(redisCtx) })
	sources.Go(func() { r.fetchAll(ctx, work) })
	sources.Go(func() { r.schedule(ctx, work) })
	sources.Go(func() { r.maintain(ctx) })

	<-ctx.Done()
	grace := time.NewTimer(r.q.cfg.Grace)
	defer grace.Stop()
	r.giveBack(r.inflight.stop())
	sources.Wait()
	err := r.drain(grace.C, cancelWork)

	close(r.results)
	flush := time.AfterFunc(flushTime, cancelRedis)
	defer flush.Stop()
	writer.Wait()
	r.deleteOwnConsumer(redisCtx)
	cancelRedis()
	heartbeat.Wait()

	return err
}

// drain waits for the handlers until the grace is over, then cancels them and waits for cancelTime. It gives back the items whose
// handlers still run after that.
func (r *runner) drain(grace <-chan time.Time, cancelWork context.CancelFunc) error {
	idle := make(chan struct{})
	go func() {
		r.workers.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-grace:
	}
	cancelWork()
	last := time.NewTimer(cancelTime)
	defer last.Stop()
	select {
	case <-idle:
		return nil
	case <-last.C:
	}
	rest := r.inflight.decideRest()
	r.giveBack(rest)

	return fmt.Errorf("stop queue %s: %d handlers ignored the cancellation", r.q.cfg.Name, len(rest))
}

func (r *runner) giveBack(items []*inflightItem) {
	for _, it := range items {
		r.results <- result{item: it, decision: decision{
			outcome: GivenBack, fails: it.Attempt - 1, redelivered: it.begun || it.Redelivered,
		}}
	}
}

// spawn starts workers for the ready items, up to the limit. A worker handles one item after another until none is ready.
func (r *runner) spawn(ctx context.Context) {
	for first := r.inflight.next(); first != nil; first = r.inflight.next() {
		r.workers.Go(func() {
			for it := first; it != nil; {
				start := time.Now()
				if r.inflight.begin(it, start, r.q.cfg.Lease) {
					r.finish(ctx, it, start, r.handle(ctx, it, start))
				}
				it = r.inflight.finishAndNext(it, start, time.Now())
			}
		})
	}
}

// handle calls the handler. A panic of the handler becomes an error.
func (r *runner) handle(ctx context.Context, it *inflightItem, start time.Time) (err error) {
	if observer := r.q.cfg.Observer; observer != nil {
		observer.Started(it.Kind, max(0, start.Sub(it.Enqueued)))
	}
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		err = fmt.Errorf("panic: %v", p)
		r.q.cfg.Logger.LogAttrs(ctx, slog.LevelError, "handler panicked",
			slog.String("item_id", it.ID), slog.String("kind", it.Kind), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	}()

	return r.handler(ctx, it.Delivery)
}

// finish passes the outcome of a run on, unless the shutdown has decided the item.
func (r *runner) finish(ctx context.Context, it *inflightItem, start time.Time, err error) {
	cfg := &r.q.cfg
	now := time.Now()
	d := cfg.decide(ctx, &it.Delivery, err, now)
	if !r.inflight.decide(it) {
		return
	}
	r.results <- result{item: it, decision: d}
	if cfg.Observer != nil {
		cfg.Observer.Finished(it.Kind, d.outcome, now.Sub(start))
	}
	if d.outcome == GivenUp {
		cfg.Logger.LogAttrs(ctx, slog.LevelError, "item given up",
			slog.String("item_id", it.ID), slog.String("kind", it.Kind), slog.Int("attempt", it.Attempt), slog.Any("error", err))
	}
}
