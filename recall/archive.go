package recall

import (
	"cmp"
	"context"
	"time"

	"recallbot/bot"
)

// keepTime is how long a recall waits for what its target says, and then until that is kept.
const keepTime = 2 * time.Second

// Reads reads our posts with what they say.
type Reads interface {
	// Post gives a message with its content; for cards, the original JSON.
	Post(ctx context.Context, id bot.MessageID) (bot.Seen, error)
}

// ArchiveWriter notes what a job or a command takes: our own posts, with what they say, and why the others can't come back.
type ArchiveWriter interface {
	// Keep is called before they are recalled, Drop for those that were not recalled after all.
	Keep(ctx context.Context, take bot.JobID, chat bot.ChatID, posts []bot.Seen, lost map[bot.MessageID]bot.Cause) error
	Drop(ctx context.Context, take bot.JobID, chat bot.ChatID, ids []bot.MessageID) error
}

// TakeOf is the id under which is kept what a single command or reaction took: short, since people type it.
func TakeOf(work bot.EventID) bot.JobID { return bot.JobIDOf("take", work) }

// take is under which id is noted what a request takes; empty where nothing is. What jobs recall they have noted themselves,
// except what they try once more.
func (r *Recaller) take(req Request) bot.JobID {
	switch {
	case r.archive == nil || r.reads == nil || req.Via == bot.ViaTidy:
		return ""
	case req.Job == "":
		return TakeOf(req.CauseID)
	case req.Keep:
		return req.Job
	default:
		return ""
	}
}

// Archivable parts messages that are recalled into posts that can come back, and the others with the causes why they can't.
func Archivable(page []bot.Seen) (posts []bot.Seen, lost map[bot.MessageID]bot.Cause) {
	lost = map[bot.MessageID]bot.Cause{}
	for _, m := range page {
		switch {
		case m.Kind == bot.KindPerson:
			lost[m.ID] = bot.CausePerson
		case m.Kind == bot.KindBot:
			lost[m.ID] = bot.CauseOtherBot
		case m.Answer:
			lost[m.ID] = bot.CauseAnswer
		case m.Kind != bot.KindOwn || m.Body == "":
			lost[m.ID] = bot.CauseLost
		default:
			posts = append(posts, m)
		}
	}
	return posts, lost
}

// keep notes a target in the archive just before it is recalled, and reports whether it can come back.
func (r *Recaller) keep(ctx context.Context, take bot.JobID, chat bot.ChatID, target bot.Message) bool {
	post := bot.Seen{Message: target}
	if target.Kind == bot.KindOwn && !target.Answer {
		post = r.read(ctx, target)
	}
	posts, lost := Archivable([]bot.Seen{post})
	return r.store(ctx, take, chat, posts, lost) && len(posts) > 0
}

// store notes what is taken. A failure is logged and does not block the recall, nor hold it up for long.
func (r *Recaller) store(
	ctx context.Context, take bot.JobID, chat bot.ChatID, posts []bot.Seen, lost map[bot.MessageID]bot.Cause,
) bool {
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	err := r.archive.Keep(ctx, take, chat, posts, lost)
	if err != nil {
		r.log.WarnContext(ctx, "recall is not noted for an undo", "job", string(take), "error", err)
	}
	return err == nil
}

// read completes a post of ours with what it says, where the platform shows that in time.
func (r *Recaller) read(ctx context.Context, target bot.Message) bot.Seen {
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	// Until then, what fails for the moment is tried again: afterwards it could not come back.
	post, err := bot.Try(ctx, bot.Retry{First: TryWait, Max: keepTime}, func() (bot.Seen, error) { return r.reads.Post(ctx, target.ID) })
	if err != nil || post.Gone {
		r.log.InfoContext(ctx, "post is not kept", "message_id", string(target.ID), "error", err)
		return bot.Seen{Message: target}
	}
	target.Answer = post.Answer
	post.Message = target
	return post
}

// drop forgets what was noted of a target that this request did not take.
func (r *Recaller) drop(ctx context.Context, req Request, out Outcome) {
	take, chat := r.take(req), cmp.Or(out.Target.Chat, req.Chat)
	if take == "" || chat == "" {
		return
	}
	if err := r.archive.Drop(ctx, take, chat, []bot.MessageID{out.Target.ID}); err != nil {
		r.log.WarnContext(ctx, "post that stays is kept", "message_id", string(out.Target.ID), "error", err)
	}
}

// Restore decides on posting a message again as on recalling it, has it posted, and records. Request.Target is the
// message as it was, Known must be set, and Posted where it was a post of the API. Errors are those of Recall.
func (r *Recaller) Restore(ctx context.Context, req Request, post func(context.Context) error) (Outcome, error) {
	out, err := r.restore(ctx, req, post)
	return r.settle(ctx, req, out, err)
}

func (r *Recaller) restore(ctx context.Context, req Request, post func(context.Context) error) (Outcome, error) {
	target := *req.Known
	target.Gone = false
	out, err := r.judged(ctx, req, target, req.Posted)
	if err != nil || out.Result != "" {
		return out, err
	}
	err = post(ctx)
	switch {
	case err == nil:
		out.Result = bot.Restored
		return out, nil
	case bot.Retryable(err):
		return out, err
	default:
		return out.failed(err), nil
	}
}
