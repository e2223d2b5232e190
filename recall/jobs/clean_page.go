package jobs

import (
	"context"
	"sync"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

const (
	// inFlight is how many messages of a job are recalled at once: as many for each job, so that jobs share the limit
	// fairly.
	inFlight = 8
	minWait  = 10 * time.Millisecond
)

// Page recalls the next targets, several at a time, each through the one door.
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
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	if noteErr := c.note(ctx, s, settled); noteErr != nil {
		return 0, nil, noteErr
	}
	return settled, counts, err
}

// note keeps the order in which the targets were settled, where it is not theirs, and which of them can be tried again,
// and takes what was not recalled out of the archive.
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
	if c.Archive != nil && len(left) > 0 {
		if err := c.Archive.Drop(ctx, s.job.ID, s.job.Chat, left); err != nil {
			return err
		}
	}
	return c.Targets.Fail(ctx, s.job, s.job.Next, s.job.Next+settled, failed)
}

// ending is how it went with one target: a cause once it is settled, else why not, if anything was tried.
type ending struct {
	cause bot.Cause
	err   error
	// exhausted is set when it was tried as often as may be.
	exhausted bool
}

// page is one page on its way.
type page struct {
	clean   *Clean
	job     bot.Job
	again   bool
	stop    <-chan struct{}
	targets []bot.Target

	mu   sync.Mutex
	next int
	// halted is set when nothing more is begun: the platform is not there, or asks for a long wait.
	halted bool
	ends   []ending
}

// all recalls the targets in their order, a few at a time.
func (s *page) all(ctx context.Context) {
	var callers sync.WaitGroup
	for range min(inFlight, len(s.targets)) {
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
	if s.halted || s.next >= len(s.targets) || ctx.Err() != nil || s.isStopped() {
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

// one tries a target until it is settled, was tried often enough, or has to wait longer than a page may. A try that broke
// off may have recalled it all the same.
func (s *page) one(ctx context.Context, target bot.Target) ending {
	again := s.again
	for try := 1; ; {
		end := s.attempt(ctx, s.request(target, again))
		if end.err == nil {
			return end
		}
		detail := bot.Detail(end.err)
		wait := max(detail.RetryAfter, minWait)
		if detail.Kind != bot.RateLimited {
			if end.exhausted = try >= recall.MaxTries; end.exhausted {
				return end
			}
			wait, again = recall.TryWait<<(try-1), true
			try++
		}
		if wait > recall.MaxWait || !pause(ctx, s.stop, wait) {
			return end
		}
	}
}

// attempt makes one request. What an earlier run has recalled is in the index, and costs no call.
func (s *page) attempt(ctx context.Context, req recall.Request) ending {
	if req.Redelivered && req.Post == "" {
		known, found, err := s.clean.Index.Find(ctx, req.Target)
		if err != nil {
			return ending{err: err}
		}
		if req.Known != nil {
			req.Known.Gone = found && known.Gone
		}
	}
	out, err := s.clean.Door.Recall(ctx, req)
	if err != nil && out.Result == "" {
		return ending{err: err}
	}
	return ending{cause: causeOf(out)}
}

// request names the job as the work, so that a message is recorded once however often its page runs.
func (s *page) request(target bot.Target, again bool) recall.Request {
	job, known := s.job, target.Message
	req := recall.Request{
		CauseID: bot.EventID("job/" + string(job.ID)), Via: job.Via, Who: job.Who, By: job.By, Asked: job.Asked, Chat: job.Chat, P2P: job.P2P,
		Target: known.ID, Post: target.Post, Known: &known, Command: job.Command, Comment: job.Comment, Job: job.ID, Redelivered: again,
		Keep: job.Of != "",
	}
	if job.Kind == bot.JobPosts {
		req.Across(known)
	}
	if job.Approver != "" {
		req.With = []bot.UserID{job.Approver}
	}
	return req
}

// judge decides about what could not be settled: it is tried again later, unless that has gone on for too long. Then a
// message has failed, where the platform answered anything at all; where it did not, or our own store fails, the job has.
func (s *page) judge(ctx context.Context) error {
	if s.isStopped() {
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
			last.Last = true
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

// answered reports whether the platform settled anything of this page.
func (s *page) answered() bool {
	for _, end := range s.ends {
		if end.cause != "" {
			return true
		}
	}
	return false
}

// sort puts what is settled before what is not, and counts it.
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

func (s *page) isStopped() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// causeOf sorts an outcome into what is counted.
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
