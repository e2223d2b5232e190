package jobs

import (
	"context"
	"maps"
	"time"

	"recallbot/bot"
)

const (
	// stepSize is the most that a page settles, and what a kill repeats at most.
	stepSize = 50
	// turnLength is how long a step runs before it gives its worker to another job.
	turnLength = 10 * time.Second
	// saveTime is how long a page's result may take to be kept when the step is cut off.
	saveTime = time.Second
)

// run settles page after page until the job is done, is stopped, or has had its turn.
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
	till := s.Now().Add(turnLength)
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

// halted reports whether the job, or its turn, is over before the next page; more and err are then what Step returns.
func (s *step) halted(ctx context.Context, display *display, goesOn bool) (halted, more bool, err error) {
	switch {
	case s.stopped():
		more, err = s.ended(ctx, display, bot.JobStopped, nil)
		return true, more, err
	case s.job.Next >= s.job.Total:
		more, err = s.ended(ctx, display, bot.JobDone, nil)
		return true, more, err
	case s.raised(), !goesOn:
		return true, false, later("go on with job "+string(s.job.ID), 0)
	}
	lacking, err := s.lacking(ctx)
	switch {
	case err != nil || lacking == "":
		return false, false, err
	case lacking == bot.ReasonNeedsApproval && s.job.By == nil:
		more, err = s.askAgain(ctx, display)
	default:
		more, err = s.ended(ctx, display, bot.JobFailed, denied(lacking))
	}
	return true, more, err
}

// lacking looks before each page whether what the job rests on still holds, and gives what is missing: the API token that
// asked for it, or a second person's approval where the chat wants one. What the person who asked may, is judged for each
// message.
func (s *step) lacking(ctx context.Context) (bot.Reason, error) {
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
		return s.lackingApproval(ctx)
	}
	settings, err := s.Settings.Settings(ctx, s.job.Chat)
	left := s.job
	left.Total -= left.Next
	if err != nil || !needsApproval(left, settings) {
		return "", err
	}
	return s.lackingApproval(ctx)
}

// lackingApproval is empty where there is nobody who could approve.
func (s *step) lackingApproval(ctx context.Context) (bot.Reason, error) {
	alone, err := s.alone(ctx, s.job, s.job.Chat)
	if err != nil || alone {
		return "", err
	}
	return bot.ReasonNeedsApproval, nil
}

// askAgain has a second person approve what is left of a running job.
func (s *step) askAgain(ctx context.Context, display *display) (more bool, err error) {
	display.close()
	_, err = s.save(ctx, func(job *bot.Job) {
		display.into(job)
		job.Approver = ""
		s.pass(job, true)
	})
	return true, err
}

// begin notes that the next page is tried, and gathers for the last time before the first one: what somebody agreed to
// is compared with what still matches.
func (s *step) begin(ctx context.Context) (ready bool, err error) {
	if s.job.Ready {
		return s.save(ctx, func(job *bot.Job) { job.Tried = pageEnd(*job) })
	}
	job := s.job
	found, cancel := s.whileWanted(ctx)
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

// pageResult is what is to be known of a page: whether an earlier run may have acted on it, and how long the turn is.
type pageResult struct {
	again bool
	till  time.Time
}

// page settles one page and keeps how it went, even when the step is cut off meanwhile. It reports whether the next page
// may follow: this one ended of itself, and there is time. What failed for the moment holds up nothing else: it stands at
// the beginning of the next page, where it is tried again.
func (s *step) page(ctx context.Context, display *display, p pageResult) (goesOn, again bool, err error) {
	settled, counts, again, pageErr := s.work(ctx, p)
	clean := pageErr == nil && !s.raised()
	if clean && settled == 0 {
		return false, false, bot.Errorf(bot.Internal, "page of job %s at %d of %d: nothing settled", s.job.ID, s.job.Next, s.job.Total)
	}
	goesOn = clean && s.Now().Before(p.till) && !s.leaving()
	saved, err := s.turn(ctx, func(job *bot.Job) {
		advance(job, settled, counts)
		switch {
		case goesOn:
			job.Tried = pageEnd(*job)
		case clean && !again:
			job.Tried = job.Next
		}
		display.into(job)
	})
	if err != nil || !saved {
		return false, false, err
	}
	display.update(s.job)
	s.observe(counts)
	return goesOn, again, pageErr
}

// work settles messages of one page. It reports again where some of them failed transiently.
func (s *step) work(ctx context.Context, p pageResult) (settled int, counts bot.Counts, again bool, err error) {
	s.last = s.isLast()
	job := s.job
	job.Last = s.last
	settled, counts, err = s.Workers[job.Kind].Page(ctx, job, p.again, s.stop)
	if settled > 0 && bot.KindOf(err) == bot.Unavailable {
		s.Log.WarnContext(ctx, "messages of a job are tried again", "job", string(job.ID), "error", err)
		return settled, counts, true, nil
	}
	return settled, counts, false, err
}

// observe tells what a page settled.
func (s *step) observe(counts bot.Counts) {
	if s.Observe != nil && len(counts) > 0 {
		s.Observe(s.job, counts)
	}
}

// advance notes what a page settled.
func advance(job *bot.Job, settled int, counts bot.Counts) {
	job.Next = min(job.Next+settled, job.Total)
	job.Counts = plus(job.Counts, counts)
	if counts.Sum() > counts[bot.CauseFailed] {
		job.Stalled = time.Time{}
	}
}

// turn is save for the result of a page.
func (s *step) turn(ctx context.Context, change func(*bot.Job)) (bool, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	return s.save(ctx, change)
}

// ended closes the job with the card that was shown last.
func (s *step) ended(ctx context.Context, display *display, state bot.JobState, why error) (more bool, err error) {
	display.close()
	display.into(&s.job)
	return s.end(ctx, state, why)
}

// pageEnd is up to where the next page goes.
func pageEnd(job bot.Job) int { return min(job.Next+stepSize, job.Total) }

// raised reports whether the page was told to end early.
func (s *step) raised() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// leaving reports whether this process is about to end.
func (s *step) leaving() bool {
	select {
	case <-s.Leaving:
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
