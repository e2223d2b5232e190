package jobs

import (
	"context"
	"sync"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

const (
	// maxInflight is how many messages of a job are recalled concurrently. It is the same for each job, so that jobs share the
	// rate limit.
	maxInflight = 8
	minWait     = 10 * time.Millisecond
)

// Page recalls the next targets, several at a time.
func (c *Clean) Page(
	ctx context.Context, job bot.Job, again bool, stop <-chan struct{},
) (settled int, counts bot.Counts, err error) {
	targets, err := c.Targets.Page(ctx, job, job.Next, stepSize)
	if err != nil {
		return 0, nil, err
	}
	if len(targets) == 0 {
		return 0, nil, bot.Errorf(bot.Internal, "job %s has no target %d", job.ID, job.Next)
	}
	s := &page{clean: c, job: job, again: again, stop: stop, targets: targets, ends: make([]ending, len(targets))}
	s.all(ctx)
	err = s.judge(ctx)
	settled, counts = s.sort()
	if settled == 0 {
		return 0, nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	if noteErr := c.note(ctx, s, settled); noteErr != nil {
		return 0, nil, noteErr
	}
	return settled, counts, err
}

// note stores the order in which the targets were finished and which of them can be tried again. It removes from the archive
// what was not recalled.
func (c *Clean) note(ctx context.Context, s *page, settled int) error {
	var failed []int
	var left []bot.MessageID
	for i, end := range s.ends[:settled] {
		switch end.cause {
		case bot.CauseRecalled, bot.CauseCancelled:
			continue
		case bot.CauseFailed, bot.CauseNotAllowed, bot.CauseNoRank:
			failed = append(failed, s.job.Next+i)
		default:
		}
		left = append(left, s.targets[i].Message.ID)
	}
	if settled < len(s.targets) {
		if err := c.Targets.Arrange(ctx, s.job, s.job.Next, s.targets); err != nil {
			return err
		}
	}
	if c.Archive != nil && len(left) > 0 && !s.job.Filter.Everywhere {
		if err := c.Archive.Drop(ctx, s.job.ID, s.job.Chat, left); err != nil {
			return err
		}
	}
	return c.Targets.Fail(ctx, s.job, s.job.Next, s.job.Next+settled, failed)
}

// ending is the result of one target: its cause once it is finished, else the error of the last try.
type ending struct {
	cause bot.Cause
	err   error
	// exhausted is set after the last try.
	exhausted bool
}

// page is a running page.
type page struct {
	clean   *Clean
	job     bot.Job
	again   bool
	stop    <-chan struct{}
	targets []bot.Target

	mu   sync.Mutex
	next int
	// halted is set when no more targets are begun: the platform does not answer, or asks for a long wait.
	halted bool
	ends   []ending
}

// all recalls the targets in order, maxInflight at a time.
func (s *page) all(ctx context.Context) {
	var callers sync.WaitGroup
	for range min(maxInflight, len(s.targets)) {
		callers.Go(func() {
			for i, ok := s.take(ctx); ok; i, ok = s.take(ctx) {
				end := s.one(ctx, s.targets[i])
				s.put(i, end)
			}
		})
	}
	callers.Wait()
}

func (s *page) take(ctx context.Context) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.halted || s.next >= len(s.targets) || ctx.Err() != nil || isClosed(s.stop) {
		return 0, false
	}
	s.next++
	return s.next - 1, true
}

func (s *page) put(i int, end ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends[i] = end
	s.halted = s.halted || recall.Unreachable(end.err) || bot.KindOf(end.err) == bot.RateLimited
}

// one tries a target until it is finished, the tries are used up, or the wait is longer than a page may take.
func (s *page) one(ctx context.Context, target bot.Target) ending {
	req := s.request(target, s.again)
	for try := 1; ; {
		end := s.attempt(ctx, req)
		if end.err == nil {
			return end
		}
		req.Redelivered = req.Redelivered || recall.MayHaveActed(req, end.err)
		detail := bot.Detail(end.err)
		wait := max(detail.RetryAfter, minWait)
		if detail.Kind != bot.RateLimited {
			if end.exhausted = try >= recall.MaxTries; end.exhausted {
				return end
			}
			wait = recall.TryWait << (try - 1)
			try++
		}
		if wait > recall.MaxWait || !pause(ctx, s.stop, wait) {
			return end
		}
	}
}

// attempt makes one request. Where an earlier run has recalled the target, the index has it, and the platform is not called.
func (s *page) attempt(ctx context.Context, req recall.Request) ending {
	if req.Redelivered && req.Post == "" {
		known, found, err := s.clean.Find(ctx, req.Target)
		if err != nil {
			return ending{err: err}
		}
		if req.Known != nil {
			req.Known.Gone = found && known.Gone
		}
	}
	out, err := s.clean.Recall(ctx, req)
	if err != nil && out.Result == "" {
		return ending{err: err}
	}
	return ending{cause: causeOf(out)}
}

// request has the job as its cause, so that a message is recorded once however often its page runs.
func (s *page) request(target bot.Target, again bool) recall.Request {
	job, known := s.job, target.Message
	req := recall.Request{
		CauseID: bot.EventID("job/" + string(job.ID)), Via: job.Via, Who: job.Who, By: job.By, Asked: job.Asked, Chat: job.Chat, P2P: job.P2P,
		Target: known.ID, Post: target.Post, Known: &known, Command: job.Command, Comment: job.Comment, Job: job.ID, Redelivered: again,
		Keep: job.Of != "",
	}
	if job.Kind == bot.JobPosts || job.Filter.Everywhere {
		req.Across(known)
	}
	if job.Approver != "" {
		req.With = []bot.UserID{job.Approver}
	}
	return req
}

// judge returns the error for which unfinished targets are tried again later. With job.Last set, a message has failed where the
// platform gave an answer; without one, or where our own store fails, the job has.
func (s *page) judge(ctx context.Context) error {
	if isClosed(s.stop) {
		return nil
	}
	if ctx.Err() != nil {
		return bot.Errorf(bot.Unavailable, "page of job %s: %w", s.job.ID, ctx.Err())
	}
	var why error
	for i, end := range s.ends {
		switch {
		case end.err == nil:
		case bot.KindOf(end.err) == bot.RateLimited:
			return end.err
		case end.exhausted && s.job.Last && !recall.IsOurs(end.err) && (s.answered() || !recall.Unreachable(end.err)):
			last := s.request(s.targets[i], true)
			last.Last, last.Before = true, end.err
			s.ends[i] = s.attempt(ctx, last)
			why = first(why, s.ends[i].err)
		default:
			why = first(why, end.err)
		}
	}
	return why
}

func first(err, next error) error {
	if err != nil {
		return err
	}
	return next
}

// answered reports whether any target of this page is finished.
func (s *page) answered() bool {
	for _, end := range s.ends {
		if end.cause != "" {
			return true
		}
	}
	return false
}

// sort puts the finished targets first, and counts them.
func (s *page) sort() (int, bot.Counts) {
	counts := bot.Counts{}
	targets, ends := make([]bot.Target, 0, len(s.targets)), make([]ending, 0, len(s.ends))
	for _, settled := range []bool{true, false} {
		for i, end := range s.ends {
			if settled != (end.cause != "") {
				continue
			}
			targets, ends = append(targets, s.targets[i]), append(ends, end)
			if settled {
				counts[end.cause]++
			}
		}
	}
	s.targets, s.ends = targets, ends
	return counts.Sum(), counts
}

// causeOf is the cause under which an outcome is counted.
func causeOf(out recall.Outcome) bot.Cause {
	switch out.Result {
	case bot.Done:
		return bot.CauseRecalled
	case bot.AlreadyGone:
		return bot.CauseGone
	case bot.DryRun:
		return bot.CauseDryRun
	case bot.Asked:
		return bot.CauseAsked
	case bot.Cancelled:
		return bot.CauseCancelled
	case bot.Refused:
		return refusalOf(out.Reason)
	default:
	}
	switch out.Reason {
	case bot.ReasonTooOld:
		return bot.CauseTooOld
	case bot.ReasonNotAllowed:
		return bot.CauseNotAllowed
	default:
		return bot.CauseFailed
	}
}

func refusalOf(reason bot.Reason) bot.Cause {
	switch reason {
	case bot.ReasonNoRank:
		return bot.CauseNoRank
	case bot.ReasonPerson:
		return bot.CausePerson
	case bot.ReasonPinned:
		return bot.CausePinned
	default:
		return bot.CauseNotAllowed
	}
}
