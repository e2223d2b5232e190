package jobs

import (
	"context"
	"maps"
	"time"

	"recallbot/bot"
)

const (
	// stepSize is the most targets of a page, and the most that a crash repeats.
	stepSize = 50
	// stepTime is how long a step runs before it gives its worker to another job.
	stepTime = 10 * time.Second
	// saveTimeout bounds the saving of a page's result after the step was cancelled.
	saveTimeout = time.Second
)

// run does page after page until the job is done or stopped, or stepTime is over.
func (s *step) run(ctx context.Context) (more bool, err error) {
	if s.Now().Sub(s.job.Created) > maxAge {
		return s.end(ctx, bot.JobFailed, &bot.Error{Kind: bot.Unavailable, Op: "finish the job in a day", Reason: bot.ReasonUnavailable})
	}
	again := s.job.Ready && s.job.Tried > s.job.Next
	if !again {
		if ready, err := s.begin(ctx); err != nil || !ready {
			return true, err
		}
	}
	display := s.display(ctx)
	defer display.close()
	till := s.Now().Add(stepTime)
	for goesOn := true; ; {
		if halted, more, err := s.halted(ctx, display, goesOn); halted || err != nil {
			return more, err
		}
		goesOn, again, err = s.page(ctx, display, pageResult{again, till})
		if err != nil || s.job.State != bot.JobRunning {
			return err == nil, err
		}
	}
}

// halted reports whether the job or the step ends before the next page, with what Step returns then.
func (s *step) halted(ctx context.Context, display *display, goesOn bool) (halted, more bool, err error) {
	switch {
	case s.stopped():
		more, err = s.ended(ctx, display, bot.JobStopped, nil)
		return true, more, err
	case s.job.Next >= s.job.Total:
		more, err = s.ended(ctx, display, bot.JobDone, nil)
		return true, more, err
	case isClosed(s.stop), !goesOn:
		return true, false, later("go on with job "+string(s.job.ID), 0)
	}
	lacking, err := s.missing(ctx)
	switch {
	case err != nil || lacking == "":
		return false, false, err
	case lacking == bot.ReasonNeedsApproval && s.job.By == nil:
		more, err = s.askApproval(ctx, display)
	default:
		more, err = s.ended(ctx, display, bot.JobFailed, denied(lacking))
	}
	return true, more, err
}

// missing checks before each page the API token, and the approval where the chat requires one. It gives what is missing. The
// rights of the person who asked are checked for each message.
func (s *step) missing(ctx context.Context) (bot.Reason, error) {
	if s.job.By != nil {
		by, err := s.Rights.Current(ctx, s.job.By)
		switch {
		case err != nil:
			return "", err
		case by.Over:
			return bot.ReasonTokenOver, nil
		}
	}
	if s.job.Approver != "" {
		approver, err := s.Rights.May(ctx, s.job.Approver, s.job.Chat, s.job.P2P)
		if err != nil || approver.Allow {
			return "", err
		}
		return s.missingApproval(ctx)
	}
	settings, err := s.Settings(ctx, s.job.Chat)
	left := s.job
	left.Total -= left.Next
	if err != nil || !needsApproval(left, settings) {
		return "", err
	}
	return s.missingApproval(ctx)
}

// missingApproval is empty where no other person could approve.
func (s *step) missingApproval(ctx context.Context) (bot.Reason, error) {
	alone, err := s.alone(ctx, s.job, s.job.Chat)
	if err != nil || alone {
		return "", err
	}
	return bot.ReasonNeedsApproval, nil
}

// askApproval makes a running job wait for a second person's approval of the rest.
func (s *step) askApproval(ctx context.Context, display *display) (more bool, err error) {
	display.close()
	_, err = s.save(ctx, func(job *bot.Job) {
		display.copyTo(job)
		job.Approver = ""
		s.proceed(job, true)
	})
	return true, err
}

// begin saves that the next page is tried. Before the first one it gathers again, for what still matches of the preview.
func (s *step) begin(ctx context.Context) (ready bool, err error) {
	if s.job.Ready {
		return s.save(ctx, func(job *bot.Job) { job.Tried = pageEnd(*job) })
	}
	job := s.job
	found, cancel := s.untilStopped(ctx)
	defer cancel()
	if err := s.Workers[job.Kind].Gather(found, &job); err != nil {
		_, err := s.notGathered(ctx, found, err)
		return false, err
	}
	return s.save(ctx, func(kept *bot.Job) {
		kept.Total, kept.Preview, kept.Ready, kept.Next, kept.Counts = job.Total, job.Preview, true, 0, nil
		kept.Began, kept.Tried, kept.Stalled = s.Now(), pageEnd(*kept), time.Time{}
	})
}

// pageResult is whether an earlier run may have acted on the page, and when the step ends.
type pageResult struct {
	again bool
	till  time.Time
}

// page does one page and saves the result, even when the step is cancelled. goesOn reports whether the next page may follow.
// Targets that failed transiently are the first of the next page.
func (s *step) page(ctx context.Context, display *display, p pageResult) (goesOn, again bool, err error) {
	settled, counts, again, pageErr := s.work(ctx, p)
	clean := pageErr == nil && !isClosed(s.stop)
	if clean && settled == 0 {
		return false, false, bot.Errorf(bot.Internal, "page of job %s at %d of %d: nothing settled", s.job.ID, s.job.Next, s.job.Total)
	}
	goesOn = clean && s.Now().Before(p.till) && !isClosed(s.Leaving)
	saved, err := s.saveResult(ctx, func(job *bot.Job) {
		addResult(job, settled, counts)
		switch {
		case goesOn:
			job.Tried = pageEnd(*job)
		case clean && !again:
			job.Tried = job.Next
		}
		display.copyTo(job)
	})
	if err != nil || !saved {
		return false, false, err
	}
	display.update(s.job)
	s.observe(counts)
	return goesOn, again, pageErr
}

// work runs the Worker for one page. It reports again where some targets failed transiently.
func (s *step) work(ctx context.Context, p pageResult) (settled int, counts bot.Counts, again bool, err error) {
	s.last = s.isLast()
	job := s.job
	job.Last = s.last
	settled, counts, err = s.Workers[job.Kind].Page(ctx, job, p.again, s.stop)
	if settled > 0 && bot.KindOf(err) == bot.Unavailable {
		s.Log.WarnContext(ctx, "job messages retried", "job", string(job.ID), "error", err)
		return settled, counts, true, nil
	}
	return settled, counts, false, err
}

func (s *step) observe(counts bot.Counts) {
	if s.Observe != nil && len(counts) > 0 {
		s.Observe(s.job, counts)
	}
}

// addResult adds a page's counts to the job.
func addResult(job *bot.Job, settled int, counts bot.Counts) {
	job.Next = min(job.Next+settled, job.Total)
	job.Counts = plus(job.Counts, counts)
	if counts.Sum() > counts[bot.CauseFailed] {
		job.Stalled = time.Time{}
	}
}

// saveResult is save with a context that survives the step's.
func (s *step) saveResult(ctx context.Context, change func(*bot.Job)) (bool, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	return s.save(ctx, change)
}

// ended ends the job with the card that was shown last.
func (s *step) ended(ctx context.Context, display *display, state bot.JobState, why error) (more bool, err error) {
	display.close()
	display.copyTo(&s.job)
	return s.end(ctx, state, why)
}

// pageEnd is the end of the next page.
func pageEnd(job bot.Job) int { return min(job.Next+stepSize, job.Total) }

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func plus(a, b bot.Counts) bot.Counts {
	sum := make(bot.Counts, len(a)+len(b))
	maps.Copy(sum, a)
	for cause, n := range b {
		sum[cause] += n
	}
	return sum
}
