package jobs

import (
	"context"
	"maps"
	"slices"
	"time"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// gather finds the job's targets and decides who has to agree.
func (s *step) gather(ctx context.Context) (more bool, err error) {
	job := s.job
	found, cancel := s.untilStopped(ctx)
	defer cancel()
	if err := s.Workers[job.Kind].Gather(found, &job); err != nil {
		return s.notGathered(ctx, found, err)
	}
	settings, err := s.Settings(ctx, job.Chat)
	if err != nil {
		return false, err
	}
	where, err := s.approvalIn(ctx, job, settings)
	if err != nil {
		return false, err
	}
	if reason := unasked(job, where); reason != "" {
		return s.end(ctx, bot.JobFailed, denied(reason))
	}
	alone, err := s.alone(ctx, job, where)
	if err != nil {
		return false, err
	}
	saved, err := s.save(ctx, func(kept *bot.Job) {
		kept.Total, kept.Preview, kept.Found, kept.Alone = job.Total, job.Preview, s.Now(), alone
		kept.Stalled = time.Time{}
		s.setAgreement(kept, settings, where != "")
	})
	if saved && s.job.State.Ended() && s.Observe != nil {
		s.Observe(s.job, nil)
	}
	return true, err
}

// unasked is why a job can't run that needs a person's consent and can't ask for it; empty if it can run. Approval is the chat that
// requires one: an API call has no chat for the card, and admins of another group do not approve.
func unasked(job bot.Job, approval bot.ChatID) bot.Reason {
	switch {
	case job.Silent() && slices.Contains(job.Preview.Unseen, bot.UnseenBots):
		return bot.ReasonUnknownBot
	case approval != "" && (job.By != nil || approval != job.Chat):
		return bot.ReasonNeedsApproval
	default:
		return ""
	}
}

// setAgreement makes the job wait for a confirmation or an approval, if it needs one.
func (s *step) setAgreement(job *bot.Job, settings bot.Settings, approval bool) {
	switch {
	case job.Total == 0 && !runsEmpty(*job), job.Filter.DryRun && job.Kind == bot.JobClean:
		s.close(job, bot.JobDone)
	case needsConfirmation(*job, settings), approval && job.Alone:
		job.State, job.Key, job.Expires = bot.JobAsked, s.Key(), s.Now().Add(offerTTL)
	default:
		s.proceed(job, approval)
	}
}

// runsEmpty reports whether a job without targets may still find some: a batch may not be sent yet, and accepted posts of a
// group may not be listed yet.
func runsEmpty(job bot.Job) bool { return job.Kind == bot.JobBatch || job.Group != "" }

// needsConfirmation reports a clean-up of many messages, without conditions, with a late or ambiguous command, or where the
// pins or the bots are not known for certain. Retries and silent jobs need none.
func needsConfirmation(job bot.Job, settings bot.Settings) bool {
	if job.Kind != bot.JobClean || job.Of != "" || job.Silent() {
		return false
	}
	late := job.Created.Sub(job.Asked) > confirmAfter
	blind := slices.Contains(job.Preview.Unseen, bot.UnseenPins) || slices.Contains(job.Preview.Unseen, bot.UnseenBots)
	return late || blind || job.Unsure || job.Filter.Everywhere || job.Total >= settings.ConfirmsFrom() || (!job.Filter.Narrows() && !job.Filter.Yes)
}

// approvalIn is the chat whose settings require a second person's approval; empty where none do.
func (j *Engine) approvalIn(ctx context.Context, job bot.Job, settings bot.Settings) (bot.ChatID, error) {
	switch {
	case job.Kind == bot.JobClean:
		if needsApproval(job, settings) {
			return job.Chat, nil
		}
		return "", nil
	case job.Kind != bot.JobPosts || job.Approver != "":
		return "", nil
	}
	for _, chat := range slices.Sorted(maps.Keys(job.Chats)) {
		set, err := j.Settings(ctx, chat)
		if err != nil {
			return "", err
		}
		if set.ApproveFrom > 0 && job.Chats[chat] >= set.ApproveFrom {
			return chat, nil
		}
	}
	return "", nil
}

// alone reports whether only the person who asked could approve. They may confirm it themselves then, since they could also
// switch the setting off.
func (j *Engine) alone(ctx context.Context, job bot.Job, where bot.ChatID) (bool, error) {
	if where == "" || where != job.Chat || job.By != nil {
		return false, nil
	}
	return j.Rights.Alone(ctx, job.Who, job.Chat, job.P2P)
}

func needsApproval(job bot.Job, settings bot.Settings) bool {
	return job.Kind == bot.JobClean && job.Via != bot.ViaLifetime && job.Approver == "" && settings.ApproveFrom > 0 && job.Total >= settings.ApproveFrom
}

// notGathered ends the job after a final error of gathering, or where it was stopped meanwhile.
func (s *step) notGathered(ctx, found context.Context, why error) (more bool, err error) {
	switch {
	case found.Err() != nil && ctx.Err() == nil && s.stopped():
		return s.end(ctx, bot.JobStopped, nil)
	case bot.Retryable(why):
		return false, why
	default:
		return s.end(ctx, bot.JobFailed, why)
	}
}

// untilStopped gives a context that ends when the job is to stop.
func (s *step) untilStopped(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	finished := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-s.stop:
			cancel()
		case <-finished:
		}
	}()
	return ctx, func() {
		close(finished)
		<-done
		cancel()
	}
}

// offer shows the card that asks, once for each key, and ends the job when there is no answer in time.
func (s *step) offer(ctx context.Context) (more bool, err error) {
	if s.job.Offered == s.job.Key {
		if s.Now().Before(s.job.Expires) {
			return false, s.Steps.PutAt(ctx, s.job.ID, s.job.Expires)
		}
		return s.end(ctx, bot.JobExpired, nil)
	}
	if err := s.settle(ctx); err != nil {
		return false, err
	}
	if err := s.gatherAgain(ctx); err != nil {
		return s.notGathered(ctx, ctx, err)
	}
	shown := s.job
	ref, err := s.Board.Ask(ctx, shown)
	if err != nil {
		if bot.Retryable(err) {
			return false, err
		}
		return s.end(ctx, bot.JobFailed, err)
	}
	return true, s.keep(ctx, func(job *bot.Job) { job.Ask, job.Offered = ref, shown.Key })
}

// gatherAgain finds the targets again for the texts in the card, which are not stored. The job then has the targets that
// the card shows.
func (s *step) gatherAgain(ctx context.Context) error {
	quotes := s.job.Kind == bot.JobClean && s.job.State != bot.JobApproval && s.job.Total > 0
	if !quotes || len(s.job.Preview.Groups) > 0 {
		return nil
	}
	job := s.job
	job.State = bot.JobNew
	if err := s.Workers[job.Kind].Gather(ctx, &job); err != nil {
		return err
	}
	return s.keep(ctx, func(kept *bot.Job) { kept.Total, kept.Preview = job.Total, job.Preview })
}

// settle removes the buttons of an earlier card that asked.
func (s *step) settle(ctx context.Context) error {
	if s.job.Offered == "" {
		return nil
	}
	if err := s.checkShown(ctx, "settle", s.Board.Settle(ctx, s.job)); err != nil {
		return err
	}
	return s.keep(ctx, func(job *bot.Job) { job.Offered = "" })
}

// waitForTurn starts the job if it is the first of the line. Otherwise it shows the job ahead, whose end wakes this one.
func (s *step) waitForTurn(ctx context.Context) (more bool, err error) {
	line, err := s.Line(ctx, s.job.Chat)
	if err != nil {
		return false, err
	}
	if len(line) == 0 || line[0].ID == s.job.ID {
		_, err := s.save(ctx, func(job *bot.Job) { job.State = bot.JobRunning })
		return true, err
	}
	if line[0].State == bot.JobWaiting {
		// The wake-up may have been lost.
		if err := s.Steps.Put(ctx, line[0].ID); err != nil {
			return false, err
		}
	}
	if err := s.settle(ctx); err != nil {
		return false, err
	}
	ref, err := s.Board.Show(ctx, s.job, &line[0])
	if err != nil {
		return false, s.checkShown(ctx, "line", err)
	}
	return false, s.keep(ctx, func(job *bot.Job) { job.Card = ref })
}

// finish starts the chat's next job and shows the result of this one.
func (s *step) finish(ctx context.Context) error {
	if err := s.wakeNext(ctx, s.job.Chat); err != nil {
		return err
	}
	cleanup := s.job.Ended.Add(CleanupAfter)
	if s.job.Told {
		return s.afterTold(ctx, cleanup)
	}
	if err := s.announce(ctx); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	if err := s.recordEmpty(ctx); err != nil {
		return err
	}
	if err := s.showResult(ctx); err != nil {
		return err
	}
	if err := s.updateUndone(ctx); err != nil {
		return err
	}
	if err := s.keep(ctx, func(job *bot.Job) { job.Told = true }); err != nil || !s.wantsCleanup(ctx) {
		return err
	}
	return s.Steps.PutAt(ctx, s.job.ID, cleanup)
}

// afterTold updates the card after one of its buttons was used, or removes it when its time has come.
func (s *step) afterTold(ctx context.Context, cleanup time.Time) error {
	switch {
	case s.job.Again:
		return s.checkShown(ctx, "update", s.Board.Update(ctx, s.job))
	case s.Now().Before(cleanup) || !s.wantsCleanup(ctx):
		return nil
	default:
		return s.checkShown(ctx, "cleanup", s.Board.End(ctx, s.job))
	}
}

// announce calls Ended, before the result is shown: showing it may take long or fail.
func (s *step) announce(ctx context.Context) error {
	if s.Ended == nil || s.job.Announced {
		return nil
	}
	if err := s.Ended(ctx, s.job); err != nil {
		return err
	}
	return s.keep(ctx, func(job *bot.Job) { job.Announced = true })
}

// recordEmpty records a clean-up that found no message or could not begin.
func (s *step) recordEmpty(ctx context.Context) error {
	job := s.job
	nothing := job.State == bot.JobFailed || (job.State == bot.JobDone && job.Total == 0)
	if job.Kind != bot.JobClean || job.Via == bot.ViaLifetime || !nothing || job.Next > 0 {
		return nil
	}
	reason := job.Reason
	if reason == "" {
		reason = bot.ReasonNothingFound
	}
	return s.Rights.Refuse(ctx, recall.Request{
		CauseID: job.CauseID, Via: job.Via, Who: job.Who, By: job.By, Asked: job.Asked, Chat: job.Chat, P2P: job.P2P, Command: job.Command,
		Comment: job.Comment, Job: job.ID,
	}, policy.RuleNoTarget, reason)
}

// showResult shows the preview of a dry run, or how the job ended.
func (s *step) showResult(ctx context.Context) error {
	if s.job.State == bot.JobDone && s.job.Filter.DryRun && s.job.Kind == bot.JobClean && s.job.Total > 0 {
		if err := s.gatherAgain(ctx); err != nil {
			return err
		}
		_, err := s.Board.Ask(ctx, s.job)
		return s.checkShown(ctx, "dry run", err)
	}
	return s.checkShown(ctx, "end", s.Board.End(ctx, s.job))
}

// updateUndone removes the undo button of the job that was undone. A single command has no job.
func (s *step) updateUndone(ctx context.Context) error {
	if s.job.Kind != bot.JobUndo || s.job.Counts[bot.CauseRestored]+s.job.Counts[bot.CauseBare] == 0 {
		return nil
	}
	of, err := s.Store.Load(ctx, s.job.Of)
	if err != nil {
		return unlessGone(err)
	}
	return s.checkShown(ctx, "undone", s.Board.Update(ctx, of))
}

// wantsCleanup reports whether the job succeeded and the chat has the setting cleanup.
func (s *step) wantsCleanup(ctx context.Context) bool {
	if s.job.State != bot.JobDone || !WentWell(s.job) {
		return false
	}
	settings, err := s.Settings(ctx, s.job.Chat)
	return err == nil && settings.Cleanup
}

// WentWell reports whether no target of the job was left.
func WentWell(job bot.Job) bool {
	c := job.Counts
	return c[bot.CauseFailed]+c[bot.CauseNotAllowed]+c[bot.CauseTooOld]+c[bot.CauseNoRank]+c[bot.CausePerson]+
		c[bot.CauseLost]+c[bot.CauseLostType]+c[bot.CauseLostContent]+c[bot.CauseStillThere] == 0
}
