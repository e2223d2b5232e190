package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"recallbot/bot"
)

const (
	// holdLife is how long a job stays with a replica that is heard of no more: less than the queue waits before it gives
	// the step to another one.
	holdLife = 3 * time.Second
	// watchEvery is how often whoever works on a job prolongs that and looks whether it is to stop.
	watchEvery = 250 * time.Millisecond
	// heldWait is when to look again at a job that another replica works on.
	heldWait = time.Second
	// maxAge is how old a job may become, however long the platform is away.
	maxAge = 24 * time.Hour
	// The waits for a platform that fails for the moment grow from the first to the longest, as for single commands.
	firstStall = 500 * time.Millisecond
	maxStall   = time.Minute
)

// step is one call of Step: the job as it was last kept, and the wish to stop it.
type step struct {
	*Engine

	job bot.Job
	// last is set when what is being done for the job is the last try: it began when Patience was over.
	last bool
	// stop is closed when the job is to stop, or is not ours any more: stopped says which.
	stop    chan struct{}
	stopped func() bool
}

// Step does what comes next for a job: gathers, asks, runs some pages, says how it ended. It may be called at any time
// and any number of times. Of its errors, RateLimited asks to be called again after RetryAfter, be it right now, and
// all others count as failures.
func (j *Engine) Step(ctx context.Context, id bot.JobID) error {
	job, err := j.Store.Load(ctx, id)
	if err != nil {
		return unlessGone(err)
	}
	holder := j.Key()
	held, stopped, err := j.Turns.Hold(ctx, job.Chat, id, holder, holdLife)
	if err != nil {
		return err
	}
	if !held {
		return later("wait for whoever works on job "+string(id), heldWait)
	}
	s := &step{Engine: j, stop: make(chan struct{})}
	work, end := context.WithCancel(ctx)
	var watching sync.WaitGroup
	flag := &once{closed: s.stop}
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
		if more, err = s.once(work); err != nil {
			more, err = s.wait(work, err)
		}
	}
	return err
}

// once takes the job one state further, and reports whether there is more to do right away.
func (s *step) once(ctx context.Context) (more bool, err error) {
	switch s.job.State {
	case bot.JobNew:
		return s.gather(ctx)
	case bot.JobAsked, bot.JobApproval:
		return s.offer(ctx)
	case bot.JobWaiting:
		return s.await(ctx)
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

// wait has a step that failed transiently called again, later and later, and ends the job after the last try. A try that began
// before Patience was over is not the last one, however late it failed. How a job ended is told for a day.
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
		return false, &bot.Error{Kind: bot.Expired, Op: "say how job " + string(s.job.ID) + " ended", Err: why}
	case !ended && s.last:
		return s.end(ctx, bot.JobFailed, why)
	case !ended && s.isLast():
		return true, nil
	}
	s.Log.WarnContext(ctx, "job waits", "job", string(s.job.ID), "error", why)
	s.showWait(ctx)
	return false, later("wait for what fails for job "+string(s.job.ID), min(max(waited, firstStall), maxStall))
}

// showWait updates the card of a running job to say that it waits. If that fails too, the next wait tries again.
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

// watch keeps the job with us, and passes on that it is to stop.
func (s *step) watch(ctx context.Context, job bot.Job, holder string, flag *once) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	unwatched := bot.NewIncident(s.Log, slog.LevelWarn, "job is not watched", "job is watched again")
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		held, stopped, err := s.Turns.Hold(ctx, job.Chat, job.ID, holder, holdLife)
		if ctx.Err() != nil {
			return
		}
		unwatched.Report(ctx, "", err, slog.String("job", string(job.ID)))
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

// release is made even when the step was cut off: the job need not wait for the hold to run out.
func (j *Engine) release(ctx context.Context, job bot.Job, holder string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := j.Turns.Release(ctx, job.Chat, job.ID, holder); err != nil {
		j.Log.WarnContext(ctx, "job stays held for a moment", "job", string(job.ID), "error", err)
	}
}

// save keeps the job as changed. It reports false when somebody else was faster: then the job is read again.
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

// keep is save for a change that holds whatever others have changed.
func (s *step) keep(ctx context.Context, change func(*bot.Job)) error {
	for range maxClashes {
		if saved, err := s.save(ctx, change); err != nil || saved {
			return err
		}
	}
	return bot.Errorf(bot.Unavailable, "change job %s: others change it all the time", s.job.ID)
}

// end closes the job; the next round says so.
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

// GiveUp ends a job whose steps fail again and again, or for good.
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

// shown sorts the errors of a board: what may pass is worth another call, anything else is logged and forgotten.
func (j *Engine) shown(ctx context.Context, what string, err error) error {
	if err == nil || bot.Retryable(err) {
		return err
	}
	j.Log.WarnContext(ctx, "job not shown", slog.String("what", what), slog.Any("error", err))
	return nil
}

// once is a channel that is closed once, with what that means.
type once struct {
	mu      sync.Mutex
	closed  chan struct{}
	raised  bool
	meaning bool
}

func (o *once) raise(meaning bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.raised {
		close(o.closed)
	}
	o.raised, o.meaning = true, o.meaning || meaning
}

// set reports whether it was raised and meant.
func (o *once) set() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.raised && o.meaning
}
