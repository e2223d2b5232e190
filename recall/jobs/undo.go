package jobs

import (
	"cmp"
	"context"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// undoPage is how many posts a page of an undo restores at most: at five a second, some seconds of work.
const undoPage = 20

// ArchiveReader gives back what the archive keeps.
type ArchiveReader interface {
	// Count is how many posts of a take are kept, and how many messages it took that can't come back, by causes. Posts gives
	// up to n posts from an index on, the oldest first.
	Count(ctx context.Context, chat bot.ChatID, take bot.JobID) (kept int, lost bot.Counts, err error)
	Posts(ctx context.Context, chat bot.ChatID, take bot.JobID, from, n int) ([]bot.Archived, error)
	// Claim lets one job alone post a take again; Release ends that for a job that posted nothing.
	Claim(ctx context.Context, chat bot.ChatID, take, by bot.JobID) (bool, error)
	Release(ctx context.Context, chat bot.ChatID, take, by bot.JobID) error
}

// Successors remember as what a post of a take was posted again.
type Successors interface {
	SetRestoredAs(ctx context.Context, chat bot.ChatID, take bot.JobID, id, anew bot.MessageID) error
	// RestoredAs gives the empty id for those that were not.
	RestoredAs(ctx context.Context, chat bot.ChatID, take bot.JobID, ids ...bot.MessageID) ([]bot.MessageID, error)
}

// Reposts posts again. Invalid means that the platform can't take such a post, or not any more.
type Reposts interface {
	Repost(ctx context.Context, post bot.Repost) (bot.Message, error)
}

// Restorer is the one door for posting again, and for taking that back: Recaller.
type Restorer interface {
	Recaller
	Restore(ctx context.Context, req recall.Request, post func(context.Context) error) (recall.Outcome, error)
}

// PostFinder finds the post of the API that became a message; nil where there is none.
type PostFinder interface {
	Of(ctx context.Context, id bot.MessageID) (*bot.Post, error)
}

// Restored keeps posts of the API what they were when they stand again: their team's, their group's, their author's.
type Restored interface {
	// Restored notes that a post stands again, as another message. It may be called again.
	Restored(ctx context.Context, id bot.PostID, was bot.MessageID, is bot.Message) error
	// Withdrawn reports whether all of the post's group was taken back since then.
	Withdrawn(ctx context.Context, post bot.Post, since time.Time) (bool, error)
}

// UndoDeps are what undoing needs.
type UndoDeps struct {
	Archive    ArchiveReader
	Successors Successors
	Reposts    Reposts
	Door       Restorer
	Index      Known
	Posts      PostFinder
	Restored   Restored
	// Note is what a restored post says of itself; empty where it says so already.
	Note func(ctx context.Context, job bot.Job, post bot.Archived) string
	// Button is that by which a post's author takes it back.
	Button func(ctx context.Context, post bot.Post) bot.Button
}

// Undo is the Worker that posts again what a job or a command took.
type Undo struct{ UndoDeps }

// NewUndo makes the worker.
func NewUndo(parts UndoDeps) *Undo { return &Undo{parts} }

// Gather counts what is kept; just before the first page it claims it, so that nobody else posts it too.
func (u *Undo) Gather(ctx context.Context, job *bot.Job) error {
	op := "undo " + string(job.Of)
	if job.State == bot.JobRunning {
		mine, err := u.Archive.Claim(ctx, job.Chat, job.Of, job.ID)
		if err != nil {
			return err
		}
		if !mine {
			return &bot.Error{Kind: bot.Denied, Op: op, Reason: bot.ReasonUndone}
		}
	}
	n, lost, err := u.Archive.Count(ctx, job.Chat, job.Of)
	if err != nil {
		return err
	}
	if n == 0 {
		return &bot.Error{Kind: bot.NotFound, Op: op, Reason: bot.ReasonNothingKept}
	}
	job.Total, job.Preview.Total, job.Preview.Skipped = n, n, lost
	return nil
}

// Page restores the next posts one after the other, so that they stand in their order.
func (u *Undo) Page(
	ctx context.Context, job bot.Job, again bool, stop <-chan struct{},
) (settled int, counts bot.Counts, err error) {
	posts, err := u.Archive.Posts(ctx, job.Chat, job.Of, job.Next, undoPage)
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
		wait := max(bot.Detail(err).RetryAfter, minWait)
		if wait > recall.MaxWait {
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
	return u.Archive.Release(ctx, job.Chat, job.Of, job.ID)
}

// comeback is a post on its way back.
type comeback struct {
	bot.Archived

	// posted is what it is as a post of the API, if it is one.
	posted *bot.Post
	// is what it became; root and parent what it answered did.
	is           bot.Message
	root, parent bot.MessageID
	// stands is set where it was not recalled, or not yet.
	stands bool
	// withdrawn is set where its group was taken back while it came back.
	withdrawn bool
}

// one restores a post, unless an earlier run did.
func (u *Undo) one(ctx context.Context, job bot.Job, post bot.Archived, again bool) (bot.Cause, error) {
	c, err := u.comeback(ctx, job, post)
	if err != nil {
		return "", err
	}
	switch {
	case c.stands:
		return bot.CauseStands, nil
	case c.withdrawn && c.is.ID == "":
		return bot.CauseGone, nil
	}
	req := u.request(job, c, again)
	out, err := u.Door.Restore(ctx, req, func(ctx context.Context) error { return u.restore(ctx, job, c) })
	if err != nil && out.Result == "" {
		return "", err
	}
	if out.Result != bot.Restored || !c.withdrawn {
		return restoredCause(out, post), nil
	}
	req.Target, req.Known, req.Redelivered = c.is.ID, &c.is, true
	_, err = u.Door.Recall(ctx, req)
	return bot.CauseGone, err
}

// comeback learns what is known of a post that is to come back.
func (u *Undo) comeback(ctx context.Context, job bot.Job, post bot.Archived) (*comeback, error) {
	anew, err := u.Successors.RestoredAs(ctx, job.Chat, job.Of, post.ID, post.Root, post.Parent)
	if err != nil {
		return nil, err
	}
	known, found, err := u.Index.Find(ctx, post.ID)
	if err != nil {
		return nil, err
	}
	post.Sender = cmp.Or(post.Sender, known.Sender) // the platform says only that it was ours
	c := &comeback{Archived: post, is: post.Message, root: anew[1], parent: anew[2], stands: found && !known.Gone}
	c.is.ID, c.is.At = anew[0], time.Time{}
	c.posted, err = u.Posts.Of(ctx, post.ID)
	if err == nil && c.posted == nil && c.is.ID != "" { // an earlier run may have come that far
		c.posted, err = u.Posts.Of(ctx, c.is.ID)
	}
	if err != nil || c.posted == nil {
		return c, err
	}
	c.Sender = cmp.Or(c.Sender, bot.Hash64Of(c.posted.Author))
	c.withdrawn, err = u.Restored.Withdrawn(ctx, *c.posted, job.Created)
	return c, err
}

// restore posts it again and remembers as what, both once, and has it be what it was. Who takes its group back meanwhile
// either finds it, or is found here.
func (u *Undo) restore(ctx context.Context, job bot.Job, c *comeback) (err error) {
	if c.is.ID == "" {
		if err := u.post(ctx, job, c); err != nil {
			return err
		}
	}
	if c.posted == nil {
		return nil
	}
	if err := u.Restored.Restored(ctx, c.posted.ID, c.ID, c.is); err != nil {
		return err
	}
	c.withdrawn, err = u.Restored.Withdrawn(ctx, *c.posted, job.Created)
	return err
}

func (u *Undo) post(ctx context.Context, job bot.Job, c *comeback) error {
	if c.Lost {
		return &bot.Error{Kind: bot.Invalid, Op: "read the kept " + string(c.ID), Reason: bot.ReasonNothingKept}
	}
	again := bot.Repost{
		Archived: c.Archived, To: targetsFor(c.Archived, c.root, c.parent), Note: u.Note(ctx, job, c.Archived),
		Key: "undo/" + string(job.ID) + "/" + string(c.ID),
	}
	if c.posted != nil && c.posted.Undo && !c.posted.Bare {
		button := u.Button(ctx, *c.posted)
		again.Button = &button
	}
	msg, err := u.Reposts.Repost(ctx, again)
	if err != nil {
		return err
	}
	c.is = msg
	return u.Successors.SetRestoredAs(ctx, job.Chat, job.Of, c.ID, msg.ID)
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

func (u *Undo) request(job bot.Job, c *comeback, again bool) recall.Request {
	return recall.Request{
		CauseID: bot.EventID("job/" + string(job.ID)), Via: bot.ViaUndo, Who: job.Who, By: job.By, Asked: job.Asked, Chat: job.Chat,
		P2P: job.P2P, Target: c.ID, Known: &c.Message, Posted: c.posted, Command: job.Command, Comment: job.Comment, Job: job.ID, Redelivered: again, Last: job.Last,
	}
}

func restoredCause(out recall.Outcome, post bot.Archived) bot.Cause {
	switch {
	case out.Result == bot.Restored && !carriesMark(post.Type):
		return bot.CauseBare
	case out.Result == bot.Restored:
		return bot.CauseRestored
	case out.Result == bot.DryRun:
		return bot.CauseDryRun
	case out.Result == bot.Refused:
		return bot.CauseNotAllowed
	case out.Reason == bot.ReasonNothingKept:
		return bot.CauseLost
	case out.Reason == bot.ReasonType:
		return bot.CauseLostType
	case out.Reason == bot.ReasonBadRequest:
		return bot.CauseLostContent
	default:
		return bot.CauseFailed
	}
}

// carriesMark reports whether a message of the type has room for the mark: what has no words has none.
func carriesMark(kind string) bool { return kind == "text" || kind == "post" || kind == "interactive" }

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
