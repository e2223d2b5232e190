package recall

import (
	"context"
	"time"

	"recallbot/bot"
)

// undoPage is how many posts a page of an undo restores at most: at five a second, some seconds of work.
const undoPage = 20

// Shelf gives back what the archive keeps.
type Shelf interface {
	// Count is how many posts of a take are kept, Posts gives up to n of them from an index on, the oldest first.
	Count(ctx context.Context, chat bot.ChatID, take bot.JobID) (int, error)
	Posts(ctx context.Context, chat bot.ChatID, take bot.JobID, from, n int) ([]bot.Archived, error)
	// Claim lets one job alone post a take again; Release ends that for a job that posted nothing.
	Claim(ctx context.Context, chat bot.ChatID, take, by bot.JobID) (bool, error)
	Release(ctx context.Context, chat bot.ChatID, take, by bot.JobID) error
}

// Successors remember as what a post of a take was posted again.
type Successors interface {
	Became(ctx context.Context, chat bot.ChatID, take bot.JobID, id, anew bot.MessageID) error
	// Anew gives the empty id for those that were not.
	Anew(ctx context.Context, chat bot.ChatID, take bot.JobID, ids ...bot.MessageID) ([]bot.MessageID, error)
}

// Reposts posts again. Invalid means that the platform can't take such a post, or not any more.
type Reposts interface {
	Repost(ctx context.Context, post bot.Repost) (bot.Message, error)
}

// RestoreDoor is the one door for posting again: Recaller.
type RestoreDoor interface {
	Restore(ctx context.Context, req Request, post func(context.Context) error) (Outcome, error)
}

// UndoParts are what undoing needs.
type UndoParts struct {
	Shelf      Shelf
	Successors Successors
	Reposts    Reposts
	Door       RestoreDoor
	Index      Known
	// Mark is what a restored post says of having been posted at that time.
	Mark func(ctx context.Context, job bot.Job, at time.Time) string
}

// Undo is the Worker that posts again what a job or a command took.
type Undo struct{ UndoParts }

// NewUndo makes the worker.
func NewUndo(parts UndoParts) *Undo { return &Undo{parts} }

// Gather counts what is kept; just before the first page it claims it, so that nobody else posts it too.
func (u *Undo) Gather(ctx context.Context, job *bot.Job) error {
	op := "undo " + string(job.Of)
	if job.State == bot.JobRunning {
		mine, err := u.Shelf.Claim(ctx, job.Chat, job.Of, job.ID)
		if err != nil {
			return err
		}
		if !mine {
			return &bot.Error{Kind: bot.Denied, Op: op, Reason: bot.ReasonUndone}
		}
	}
	n, err := u.Shelf.Count(ctx, job.Chat, job.Of)
	if err != nil {
		return err
	}
	if n == 0 {
		return &bot.Error{Kind: bot.NotFound, Op: op, Reason: bot.ReasonNothingKept}
	}
	job.Total, job.Preview.Total = n, n
	return nil
}

// Page restores the next posts one after the other, so that they stand in their order.
func (u *Undo) Page(
	ctx context.Context, job bot.Job, again bool, stop <-chan struct{},
) (settled int, counts bot.Counts, err error) {
	posts, err := u.Shelf.Posts(ctx, job.Chat, job.Of, job.Next, undoPage)
	if err != nil {
		return 0, nil, err
	}
	if len(posts) == 0 { // they were kept until just now
		left := job.Total - job.Next
		return left, bot.Counts{bot.CauseLost: left}, nil
	}
	counts = bot.Counts{}
	for _, post := range posts {
		if halted(ctx, stop) {
			return settled, counts, stopped(ctx, "undo "+string(job.Of))
		}
		cause, err := u.patiently(ctx, stop, func() (bot.Cause, error) { return u.one(ctx, job, post, again) })
		if err != nil || cause == "" {
			return settled, counts, err
		}
		counts[cause]++
		settled++
	}
	return settled, counts, u.unclaim(ctx, job, settled, counts)
}

// patiently tries again after a short wait for the rate limit; a longer one is left to the queue. There is
// no cause where the page is to end meanwhile.
func (u *Undo) patiently(ctx context.Context, stop <-chan struct{}, try func() (bot.Cause, error)) (bot.Cause, error) {
	for {
		cause, err := try()
		if err == nil || bot.KindOf(err) != bot.RateLimited {
			return cause, err
		}
		wait := max(bot.Detail(err).RetryAfter, shortestWait)
		if wait > longestWait {
			return "", err
		}
		if !pause(ctx, stop, wait) {
			return "", stopped(ctx, "wait for the rate limit")
		}
	}
}

// unclaim lets somebody else try what this job, which is over, could not begin with: not one post came back.
func (u *Undo) unclaim(ctx context.Context, job bot.Job, settled int, counts bot.Counts) error {
	all := plus(job.Counts, counts)
	if job.Next+settled < job.Total || all[bot.CauseRestored]+all[bot.CauseBare] > 0 {
		return nil
	}
	return u.Shelf.Release(ctx, job.Chat, job.Of, job.ID)
}

// one restores a post, unless an earlier run did.
func (u *Undo) one(ctx context.Context, job bot.Job, post bot.Archived, again bool) (bot.Cause, error) {
	anew, err := u.Successors.Anew(ctx, job.Chat, job.Of, post.ID, post.Root, post.Parent)
	if err != nil {
		return "", err
	}
	if post.Message, err = u.author(ctx, post.Message); err != nil {
		return "", err
	}
	out, err := u.Door.Restore(ctx, u.request(job, post, again), func(ctx context.Context) error {
		if anew[0] != "" {
			return nil
		}
		return u.post(ctx, job, post, anew)
	})
	if err != nil {
		return "", err
	}
	return restoredCause(out, post), nil
}

// post posts it again, and remembers as what.
func (u *Undo) post(ctx context.Context, job bot.Job, post bot.Archived, anew []bot.MessageID) error {
	if post.Lost {
		return &bot.Error{Kind: bot.Invalid, Op: "read the kept " + string(post.ID), Reason: bot.ReasonNothingKept}
	}
	msg, err := u.Reposts.Repost(ctx, bot.Repost{
		Archived: post, To: targetsFor(post, anew[1], anew[2]), Mark: u.Mark(ctx, job, post.At),
		Key: "undo/" + string(job.ID) + "/" + string(post.ID),
	})
	if err != nil {
		return err
	}
	return u.Successors.Became(ctx, job.Chat, job.Of, post.ID, msg.ID)
}

// targetsFor are the messages that a restored post may answer: what it answered, as it is now, then as it was; in a
// topic also the topic's first message.
func targetsFor(post bot.Archived, root, parent bot.MessageID) []bot.MessageID {
	var to []bot.MessageID
	add := func(ids ...bot.MessageID) {
		for _, id := range ids {
			if id != "" && id != post.ID {
				to = append(to, id)
			}
		}
	}
	add(parent, post.Parent)
	if post.Topic != "" {
		add(root, post.Root)
	}
	return to
}

// author completes whose post it was: the platform says only that it was ours.
func (u *Undo) author(ctx context.Context, post bot.Message) (bot.Message, error) {
	if post.Sender != 0 {
		return post, nil
	}
	known, found, err := u.Index.Find(ctx, post.ID)
	if err == nil && found {
		post.Sender = known.Sender
	}
	return post, err
}

func (u *Undo) request(job bot.Job, post bot.Archived, again bool) Request {
	return Request{
		Work: bot.EventID("job/" + string(job.ID)), Via: bot.ViaUndo, Who: job.Who, By: job.By, Asked: job.Asked, Chat: job.Chat,
		P2P: job.P2P, Target: post.ID, Known: &post.Message, Command: job.Command, Words: job.Words, Job: job.ID, Again: again,
	}
}

func restoredCause(out Outcome, post bot.Archived) bot.Cause {
	switch {
	case out.Result == bot.Restored && !carriesMark(post.Type):
		return bot.CauseBare
	case out.Result == bot.Restored:
		return bot.CauseRestored
	case out.Result == bot.DryRun:
		return bot.CauseDryRun
	case out.Result == bot.Refused:
		return bot.CauseNotAllowed
	case lostFor(out.Reason):
		return bot.CauseLost
	default:
		return bot.CauseFailed
	}
}

// carriesMark reports whether a message of the type has room for the mark: what has no words has none.
func carriesMark(kind string) bool { return kind == "text" || kind == "post" || kind == "interactive" }

// lostFor are the reasons that lie in the post itself, so that it can never come back.
func lostFor(reason bot.Reason) bool {
	return reason == bot.ReasonNothingKept || reason == bot.ReasonType || reason == bot.ReasonBadRequest
}

func halted(ctx context.Context, stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	case <-ctx.Done():
		return true
	default:
		return false
	}
}
