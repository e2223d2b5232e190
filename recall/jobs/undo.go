package jobs

import (
	"cmp"
	"context"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// undoPage is the most posts of a page: at five a second, some seconds of work.
const undoPage = 20

// ArchiveReader reads the archive.
type ArchiveReader interface {
	// Count gives the number of posts of a take, and the numbers of its messages that can't be restored, by cause. Posts gives
	// up to n posts from an index on, the oldest first.
	Count(ctx context.Context, chat bot.ChatID, take bot.JobID) (kept int, lost bot.Counts, err error)
	Posts(ctx context.Context, chat bot.ChatID, take bot.JobID, from, n int) ([]bot.Archived, error)
	// Claim lets only one job restore a take; Release ends the claim of a job that restored nothing.
	Claim(ctx context.Context, chat bot.ChatID, take, by bot.JobID) (bool, error)
	Release(ctx context.Context, chat bot.ChatID, take, by bot.JobID) error
}

// Successors are the messages as which posts of a take were restored.
type Successors interface {
	SetRestoredAs(ctx context.Context, chat bot.ChatID, take bot.JobID, id, successor bot.MessageID) error
	// RestoredAs gives the empty id for posts that were not restored.
	RestoredAs(ctx context.Context, chat bot.ChatID, take bot.JobID, ids ...bot.MessageID) ([]bot.MessageID, error)
}

// RestoredPosts updates posts of the API that were restored, so that they keep their team, group and author.
type RestoredPosts interface {
	// Of finds the post of a message; nil where there is none.
	Of(ctx context.Context, id bot.MessageID) (*bot.Post, error)
	// Restored stores that a post was restored as another message. It is idempotent.
	Restored(ctx context.Context, id bot.PostID, was bot.MessageID, is bot.Message) error
	// Withdrawn reports whether the post's group was recalled since then.
	Withdrawn(ctx context.Context, post bot.Post, since time.Time) (bool, error)
}

// UndoDeps are the dependencies of Undo.
type UndoDeps struct {
	Archive    ArchiveReader
	Successors Successors
	// Repost posts an archived post again. Invalid means that the platform does not accept it.
	Repost   func(ctx context.Context, post bot.Repost) (bot.Message, error)
	Recaller *recall.Recaller
	// Find finds a message in the index.
	Find  func(ctx context.Context, id bot.MessageID) (bot.Message, bool, error)
	Posts RestoredPosts
	// Note is the text that is added to a restored post; empty where the post has it already.
	Note func(ctx context.Context, job bot.Job, post bot.Archived) string
	// Button is the button by which a post's author recalls it.
	Button func(ctx context.Context, post bot.Post) bot.Button
}

// Undo is the Worker that restores what a job or a command recalled.
type Undo struct{ UndoDeps }

// NewUndo makes the worker.
func NewUndo(deps UndoDeps) *Undo { return &Undo{deps} }

// Gather counts the archived posts. Before the first page it claims them, so that no other job restores them.
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

// Page restores the next posts one by one, in their order.
func (u *Undo) Page(
	ctx context.Context, job bot.Job, again bool, stop <-chan struct{},
) (settled int, counts bot.Counts, err error) {
	posts, err := u.Archive.Posts(ctx, job.Chat, job.Of, job.Next, undoPage)
	if err != nil {
		return 0, nil, err
	}
	if len(posts) == 0 { // they have just expired
		left := job.Total - job.Next
		return left, bot.Counts{bot.CauseLost: left}, nil
	}
	counts = bot.Counts{}
	for _, post := range posts {
		if isClosed(stop) || ctx.Err() != nil {
			return settled, counts, interrupted(ctx, "undo "+string(job.Of))
		}
		cause, err := u.retry(ctx, stop, func() (bot.Cause, error) { return u.one(ctx, job, post, again) })
		if err != nil || cause == "" {
			return settled, counts, err
		}
		counts[cause]++
		settled++
	}
	return settled, counts, u.unclaim(ctx, job, settled, counts)
}

// retry tries again after a short wait for the rate limit; a longer one is left to the queue. The cause is empty where the page
// is to end first.
func (u *Undo) retry(ctx context.Context, stop <-chan struct{}, try func() (bot.Cause, error)) (bot.Cause, error) {
	for {
		cause, err := try()
		if bot.KindOf(err) != bot.RateLimited {
			return cause, err
		}
		wait := max(bot.Detail(err).RetryAfter, minWait)
		if wait > recall.MaxWait {
			return "", err
		}
		if !pause(ctx, stop, wait) {
			return "", interrupted(ctx, "wait for the rate limit")
		}
	}
}

// unclaim releases the claim after the last page, where no post was restored.
func (u *Undo) unclaim(ctx context.Context, job bot.Job, settled int, counts bot.Counts) error {
	all := plus(job.Counts, counts)
	if job.Next+settled < job.Total || all[bot.CauseRestored]+all[bot.CauseBare] > 0 {
		return nil
	}
	return u.Archive.Release(ctx, job.Chat, job.Of, job.ID)
}

// restoration is the restoring of one post.
type restoration struct {
	bot.Archived

	// posted is the post of the API, if it is one.
	posted *bot.Post
	// is is the restored message; root and parent are the restored messages that it answered.
	is           bot.Message
	root, parent bot.MessageID
	// notRecalled is set where the message still exists.
	notRecalled bool
	// withdrawn is set where its group was recalled since the job was made.
	withdrawn bool
}

// one restores a post, unless an earlier run did.
func (u *Undo) one(ctx context.Context, job bot.Job, post bot.Archived, again bool) (bot.Cause, error) {
	c, err := u.load(ctx, job, post)
	if err != nil {
		return "", err
	}
	switch {
	case c.notRecalled:
		return bot.CauseStillThere, nil
	case c.withdrawn && c.is.ID == "":
		return bot.CauseGone, nil
	}
	req := u.request(job, c, again)
	out, err := u.Recaller.Restore(ctx, req, func(ctx context.Context) error { return u.restore(ctx, job, c) })
	if err != nil && out.Result == "" {
		return "", err
	}
	if out.Result != bot.Restored || !c.withdrawn {
		return restoredCause(out, post), nil
	}
	req.Target, req.Known, req.Redelivered = c.is.ID, &c.is, true
	_, err = u.Recaller.Recall(ctx, req)
	return bot.CauseGone, err
}

// load finds what is known of a post to restore.
func (u *Undo) load(ctx context.Context, job bot.Job, post bot.Archived) (*restoration, error) {
	successors, err := u.Successors.RestoredAs(ctx, job.Chat, job.Of, post.ID, post.Root, post.Parent)
	if err != nil {
		return nil, err
	}
	known, found, err := u.Find(ctx, post.ID)
	if err != nil {
		return nil, err
	}
	post.Sender = cmp.Or(post.Sender, known.Sender) // the platform does not know the author
	c := &restoration{Archived: post, is: post.Message, root: successors[1], parent: successors[2], notRecalled: found && !known.Gone}
	c.is.ID, c.is.At = successors[0], time.Time{}
	c.posted, err = u.Posts.Of(ctx, post.ID)
	if err == nil && c.posted == nil && c.is.ID != "" { // an earlier run may have restored it
		c.posted, err = u.Posts.Of(ctx, c.is.ID)
	}
	if err != nil || c.posted == nil {
		return c, err
	}
	c.Sender = cmp.Or(c.Sender, bot.HashOf(c.posted.Author))
	c.withdrawn, err = u.Posts.Withdrawn(ctx, *c.posted, job.Created)
	return c, err
}

// restore posts it again, stores its successor, and updates its post of the API. A concurrent recall of its group either finds
// it, or is found here.
func (u *Undo) restore(ctx context.Context, job bot.Job, c *restoration) (err error) {
	if c.is.ID == "" {
		if err := u.post(ctx, job, c); err != nil {
			return err
		}
	}
	if c.posted == nil {
		return nil
	}
	if err := u.Posts.Restored(ctx, c.posted.ID, c.ID, c.is); err != nil {
		return err
	}
	c.withdrawn, err = u.Posts.Withdrawn(ctx, *c.posted, job.Created)
	return err
}

func (u *Undo) post(ctx context.Context, job bot.Job, c *restoration) error {
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
	msg, err := u.Repost(ctx, again)
	if err != nil {
		return err
	}
	c.is = msg
	return u.Successors.SetRestoredAs(ctx, job.Chat, job.Of, c.ID, msg.ID)
}

// targetsFor are the messages to which a restored post may reply: its parent, restored or as it was, and in a topic the topic's
// first message.
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

func (u *Undo) request(job bot.Job, c *restoration, again bool) recall.Request {
	return recall.Request{
		CauseID: bot.EventID("job/" + string(job.ID)), Via: bot.ViaUndo, Who: job.Who, By: job.By, Asked: job.Asked, Chat: job.Chat,
		P2P: job.P2P, Target: c.ID, Known: &c.Message, Posted: c.posted, Command: job.Command, Comment: job.Comment, Job: job.ID, Redelivered: again, Last: job.Last,
	}
}

func restoredCause(out recall.Outcome, post bot.Archived) bot.Cause {
	switch {
	case out.Result == bot.Restored && !hasRoomForNote(post.Type):
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

// hasRoomForNote reports whether a message of the type has text to which the note can be added.
func hasRoomForNote(kind string) bool {
	return kind == "text" || kind == "post" || kind == "interactive"
}
