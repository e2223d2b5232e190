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
	// A handler that was cancelled has this long to return before its item is given back over its head: one that waits for
	// Redis takes up to a second.
	cutTime = 1100 * time.Millisecond
	// What is decided at shutdown is tried to be written for this long.
	flushTime = 700 * time.Millisecond
)

// runner is one call of Run.
type runner struct {
	q        *Queue
	handler  Handler
	inflight *inflight
	results  chan result // as long as a hand is large: a send never waits, for each job in hand sends once
	out      *bot.Incident
	workers  sync.WaitGroup
}

func newRunner(q *Queue, h Handler) *runner {
	return &runner{
		q:        q,
		handler:  h,
		inflight: newInflight(&q.cfg),
		results:  make(chan result, q.cfg.InHand),
		out:      bot.NewIncident(q.cfg.Logger, slog.LevelError, "queue cannot reach redis", "queue reaches redis again"),
	}
}

// run works until ctx is done and then clears up. Redis is spoken to with contexts that outlive ctx: a read that is
// broken off would leave its items to wait for the end of their lease.
func (s *runner) run(ctx context.Context) error {
	base, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	work, cut := context.WithCancel(base)
	defer cut()

	var takers, settler, beater sync.WaitGroup
	settler.Go(func() { s.settle(base) })
	beater.Go(func() { s.heartbeat(base) })
	takers.Go(func() { s.take(ctx, work) })
	takers.Go(func() { s.schedule(ctx) })
	takers.Go(func() { s.maintain(ctx) })

	<-ctx.Done()
	grace := time.NewTimer(s.q.cfg.Grace)
	defer grace.Stop()
	s.giveBack(s.inflight.stop())
	takers.Wait()
	err := s.drain(grace.C, cut)

	close(s.results)
	flush := time.AfterFunc(flushTime, end)
	defer flush.Stop()
	settler.Wait()
	s.resign(base)
	end()
	beater.Wait()

	return err
}

// drain waits for the handlers: until the grace is over as they are, then cancelled. What is unsettled after that is
// given back.
func (s *runner) drain(grace <-chan time.Time, cut context.CancelFunc) error {
	idle := make(chan struct{})
	go func() {
		s.workers.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-grace:
	}
	cut()
	last := time.NewTimer(cutTime)
	defer last.Stop()
	select {
	case <-idle:
		return nil
	case <-last.C:
	}
	left := s.inflight.left()
	s.giveBack(left)

	return fmt.Errorf("stop queue %s: %d handlers ignored the cancellation", s.q.cfg.Name, len(left))
}

func (s *runner) giveBack(jobs []*job) {
	for _, j := range jobs {
		s.results <- result{job: j, verdict: verdict{
			outcome: GivenBack, fails: j.Attempt - 1, again: j.begun || j.Redelivered,
		}}
	}
}

// spawn starts workers for the jobs that are ready, as far as there may be workers.
func (s *runner) spawn(ctx context.Context) {
	for j := s.inflight.next(); j != nil; j = s.inflight.next() {
		s.workers.Go(func() { s.work(ctx, j) })
	}
}

// work runs one job after the other until none is ready.
func (s *runner) work(ctx context.Context, j *job) {
	for j != nil {
		start := time.Now()
		if s.inflight.begin(j, start, s.q.cfg.Lease) {
			s.handle(ctx, j, start)
		}
		j = s.inflight.follow(j, start, time.Now())
	}
}

func (s *runner) handle(ctx context.Context, j *job, start time.Time) {
	cfg := &s.q.cfg
	if cfg.Observer != nil {
		cfg.Observer.Started(j.Kind, max(0, start.Sub(j.Enqueued)))
	}
	err := s.call(ctx, j)
	now := time.Now()
	v := cfg.judge(ctx, &j.Delivery, err, now)
	if !s.inflight.settle(j) {
		return
	}
	s.results <- result{job: j, verdict: v}
	if cfg.Observer != nil {
		cfg.Observer.Finished(j.Kind, v.outcome, now.Sub(start))
	}
	if v.outcome == GivenUp {
		cfg.Logger.LogAttrs(ctx, slog.LevelError, "item given up",
			slog.String("item_id", j.ID), slog.String("kind", j.Kind), slog.Int("attempt", j.Attempt), slog.Any("error", err))
	}
}

// call turns a panic of the handler into an error; the worker lives on.
func (s *runner) call(ctx context.Context, j *job) (err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		err = fmt.Errorf("panic: %v", p)
		s.q.cfg.Logger.LogAttrs(ctx, slog.LevelError, "handler panicked",
			slog.String("item_id", j.ID), slog.String("kind", j.Kind), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	}()

	return s.handler(ctx, j.Delivery)
}
