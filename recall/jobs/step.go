package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"recallbot/bot"
)

const (
	// maxAge is the longest life of a job, also while the platform is unavailable.
	maxAge = 24 * time.Hour
	// The waits after transient failures grow from the first to the longest, as for single commands.
	firstStall = 500 * time.Millisecond
	maxStall   = time.Minute
)

// step is one call of Step, with the job as it was last saved.
type step struct {
	*Engine

	job bot.Job
	// last is set when the present try is the last one: it began after Patience was over.
	last bool
	// stop is closed when the job is to stop, or its hold was lost. stopped reports the former.
	stop    chan struct{}
	stopped func() bool
}

// Step does what comes next for a job: it gathers, asks, runs some pages, or shows the result. It may be called at any time and
// any number of times. RateLimited asks for another call after RetryAfter, which may be 0. Other errors are failures.
func (j *Engine) Step(ctx context.Context, id bot.JobID) error {
	job, err := j.Store.Load(ctx, id)
	if err != nil {
		return unlessGone(err)
	}
	holder := j.Key()
	held, stopped, err := j.Turns.Hold(ctx, job.Chat, id, holder, bot.HoldTTL)
	if err != nil {
		return err
	}
	if !held {
		return later("wait for the replica that holds job "+string(id), bot.HeldWait)
	}
	s := &step{Engine: j, stop: make(chan struct{})}
	work, end := context.WithCancel(ctx)
	var watching sync.WaitGroup
	flag := &signal{closed: s.stop}
	s.stopped = flag.set
	if stopped {
		flag.raise(true)
	}
	watching.Go(func() { s.watch(work, job, holder, flag) })
	defer func() {
		end()
		watching.Wait()
		j.release(ctx, job, holder)
	}()
	if s.job, err = j.Store.Load(ctx, id); err != nil {
		return unlessGone(err)
	}
	for more := true; more && err == nil; {
		s.last = s.isLast()
		if more, err = s.advance(work); err != nil {
			more, err = s.wait(work, err)
		}
	}
	return err
}

// advance takes the job one state further, and reports whether there is more to do now.
func (s *step) advance(ctx context.Context) (more bool, err error) {
	switch s.job.State {
	case bot.JobNew:
		return s.gather(ctx)
	case bot.JobAsked, bot.JobApproval:
		return s.offer(ctx)
	case bot.JobWaiting:
		return s.waitForTurn(ctx)
	case bot.JobRunning:
		return s.run(ctx)
	default:
		return false, s.finish(ctx)
	}
}

// isLast reports whether a try that begins now is the last one.
func (s *step) isLast() bool {
	return !s.job.Stalled.IsZero() && s.Now().Sub(s.job.Stalled) >= s.Patience
}

// wait makes a step that failed transiently run again after a growing wait, and ends the job after the last try. A try that
// began before Patience was over is not the last one. Showing the result is tried for maxAge.
func (s *step) wait(ctx context.Context, why error) (more bool, err error) {
	if bot.KindOf(why) != bot.Unavailable || ctx.Err() != nil {
		return false, why
	}
	ended, since := s.job.State.Ended(), s.job.Stalled
	if ended {
		since = s.job.Ended
	} else if since.IsZero() {
		since = s.Now()
		if err := s.keep(ctx, func(job *bot.Job) { job.Stalled = since }); err != nil {
			return false, why
		}
	}
	waited := max(s.Now().Sub(since), 0)
	switch {
	case ended && waited > maxAge:
		return false, &bot.Error{Kind: bot.Expired, Op: "show the result of job " + string(s.job.ID), Err: why}
	case !ended && s.last:
		return s.end(ctx, bot.JobFailed, why)
	case !ended && s.isLast():
		return true, nil
	}
	s.Log.WarnContext(ctx, "job waits", "job", string(s.job.ID), "error", why)
	s.showWait(ctx)
	return false, later("retry job "+string(s.job.ID), min(max(waited, firstStall), maxStall))
}

// showWait shows in the card of a running job that it waits. After a failure the next wait tries again.
func (s *step) showWait(ctx context.Context) {
	if s.job.State != bot.JobRunning {
		return
	}
	card, err := s.Board.Show(ctx, s.job, nil)
	if err == nil && card != s.job.Card {
		err = s.keep(ctx, func(job *bot.Job) { job.Card = card })
	}
	if err != nil {
		s.Log.DebugContext(ctx, "wait not shown", "job", string(s.job.ID), "error", err)
	}
}

// watch renews the hold of the job, and raises the signal when the job is to stop or the hold is lost.
func (s *step) watch(ctx context.Context, job bot.Job, holder string, flag *signal) {
	ticker := time.NewTicker(bot.HoldEvery)
	defer ticker.Stop()
	notHeld := bot.NewIncident(s.Log, slog.LevelWarn, "job hold not renewed", "job hold renewed again")
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		held, stopped, err := s.Turns.Hold(ctx, job.Chat, job.ID, holder, bot.HoldTTL)
		if ctx.Err() != nil {
			return
		}
		notHeld.Report(ctx, "", err, slog.String("job", string(job.ID)))
		switch {
		case err != nil:
		case !held || stopped:
			flag.raise(held && stopped)
			if !held {
				return
			}
		}
	}
}

// release releases the hold, also after ctx was cancelled.
func (j *Engine) release(ctx context.Context, job bot.Job, holder string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := j.Turns.Release(ctx, job.Chat, job.ID, holder); err != nil {
		j.Log.WarnContext(ctx, "job not released", "job", string(job.ID), "error", err)
	}
}

// save saves a change of the job. It reports false where the job was changed concurrently; it is loaded again then.
func (s *step) save(ctx context.Context, change func(*bot.Job)) (bool, error) {
	job := s.job
	change(&job)
	saved, err := s.Store.Save(ctx, &job)
	if err != nil {
		return false, err
	}
	if saved {
		s.job = job
		return true, nil
	}
	job, err = s.Store.Load(ctx, s.job.ID)
	if err == nil {
		s.job = job
	}
	return false, err
}

// keep is save for a change that does not depend on concurrent ones.
func (s *step) keep(ctx context.Context, change func(*bot.Job)) error {
	for range maxConflicts {
		if saved, err := s.save(ctx, change); err != nil || saved {
			return err
		}
	}
	return bot.Errorf(bot.Unavailable, "change job %s: too many concurrent changes", s.job.ID)
}

// end ends the job. The next round shows the result.
func (s *step) end(ctx context.Context, state bot.JobState, why error) (more bool, err error) {
	if leaver, ok := s.Workers[s.job.Kind].(Leaver); ok && s.job.Ready && s.job.Next < s.job.Total {
		if err := leaver.Leave(ctx, s.job); err != nil {
			return false, err
		}
	}
	saved, err := s.save(ctx, func(job *bot.Job) {
		s.close(job, state)
		if why != nil {
			detail := bot.Detail(why)
			job.Reason, job.Code, job.LogID = reasonOf(detail), detail.Code, detail.LogID
		}
	})
	if saved && s.Observe != nil {
		s.Observe(s.job, nil)
	}
	return true, err
}

// GiveUp ends a job whose steps keep failing, or fail for good.
func (j *Engine) GiveUp(ctx context.Context, id bot.JobID, why error) error {
	job, err := j.Store.Load(ctx, id)
	if err != nil {
		return unlessGone(err)
	}
	s := &step{Engine: j, job: job}
	if job.State.Ended() {
		return j.wakeNext(ctx, job.Chat)
	}
	if _, err := s.end(ctx, bot.JobFailed, why); err != nil {
		return err
	}
	j.Log.ErrorContext(ctx, "job given up", "job", string(id), "error", why)
	return j.Steps.Put(ctx, id)
}

func reasonOf(detail *bot.Error) bot.Reason {
	switch {
	case detail.Reason != "":
		return detail.Reason
	case detail.Kind == bot.Unavailable:
		return bot.ReasonUnavailable
	default:
		return bot.ReasonOther
	}
}

// later asks for another call of Step.
func later(op string, wait time.Duration) error {
	return &bot.Error{Kind: bot.RateLimited, Op: op, RetryAfter: max(wait, 0)}
}

func unlessGone(err error) error {
	if bot.KindOf(err) == bot.NotFound {
		return nil
	}
	return err
}

// checkShown returns an error of the board that is worth another call. Other errors are logged.
func (j *Engine) checkShown(ctx context.Context, what string, err error) error {
	if err == nil || bot.Retryable(err) {
		return err
	}
	j.Log.WarnContext(ctx, "job not shown", slog.String("what", what), slog.Any("error", err))
	return nil
}

// signal is a channel that is closed once, with a meaning.
type signal struct {
	mu      sync.Mutex
	closed  chan struct{}
	raised  bool
	meaning bool
}

func (o *signal) raise(meaning bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.raised {
		close(o.closed)
	}
	o.raised, o.meaning = true, o.meaning || meaning
}

// set reports whether it was raised with the meaning.
func (o *signal) set() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.raised && o.meaning
}
