package recall

import (
	"cmp"
	"context"
	"time"

	"recallbot/bot"
)

// keepTimeout bounds the read of a target's content, and then its storing.
const keepTimeout = 2 * time.Second

// ArchiveWriter stores what a job or a command recalls: our own posts with their content, and for the other messages why
// they can't be restored.
type ArchiveWriter interface {
	// Keep is called before they are recalled, Drop for those that were not recalled after all.
	Keep(ctx context.Context, take bot.JobID, chat bot.ChatID, posts []bot.Seen, lost map[bot.MessageID]bot.Cause) error
	Drop(ctx context.Context, take bot.JobID, chat bot.ChatID, ids []bot.MessageID) error
}

// Archive keeps our posts for an undo. Without a Writer nothing is kept.
type Archive struct {
	Writer ArchiveWriter
	// Read gives a message of ours with its content; for cards, the original JSON.
	Read func(ctx context.Context, id bot.MessageID) (bot.Seen, error)
}

// TakeOf is the id under which the target of a single command or reaction is archived. It is short, since people type it.
func TakeOf(work bot.EventID) bot.JobID { return bot.JobIDOf("take", work) }

// takeOf is the id under which the request archives its target; empty where it does not. Jobs archive their targets
// themselves, except those that they try again.
func (r *Recaller) takeOf(req Request) bot.JobID {
	switch {
	case r.archive.Writer == nil || r.archive.Read == nil || req.Via == bot.ViaTidy:
		return ""
	case req.Job == "":
		return TakeOf(req.CauseID)
	case req.Keep:
		return req.Job
	default:
		return ""
	}
}

// Archivable divides messages into posts that can be restored, and the others with the causes why they can't.
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

// keep archives a target before it is recalled. It gives the id under which an undo finds it, empty where it can't be restored.
func (r *Recaller) keep(ctx context.Context, req Request, target bot.Message) bot.JobID {
	take, chat := r.takeOf(req), cmp.Or(target.Chat, req.Chat)
	if take == "" || chat == "" {
		return ""
	}
	post := bot.Seen{Message: target}
	if target.Kind == bot.KindOwn && !target.Answer {
		post = r.read(ctx, target)
	}
	posts, lost := Archivable([]bot.Seen{post})
	kept := r.store(ctx, take, chat, posts, lost) && len(posts) > 0
	if target.Kind != bot.KindOwn || (!kept && !req.Redelivered) {
		return ""
	}
	return take
}

// store writes to the archive. A failure is logged and does not block the recall.
func (r *Recaller) store(
	ctx context.Context, take bot.JobID, chat bot.ChatID, posts []bot.Seen, lost map[bot.MessageID]bot.Cause,
) bool {
	ctx, cancel := context.WithTimeout(ctx, keepTimeout)
	defer cancel()
	err := r.archive.Writer.Keep(ctx, take, chat, posts, lost)
	if err != nil {
		r.log.WarnContext(ctx, "recall not archived", "job", string(take), "error", err)
	}
	return err == nil
}

// read adds the content to a post of ours, where the platform gives it within keepTimeout.
func (r *Recaller) read(ctx context.Context, target bot.Message) bot.Seen {
	ctx, cancel := context.WithTimeout(ctx, keepTimeout)
	defer cancel()
	post, err := bot.Try(ctx, bot.Retry{First: TryWait, Max: keepTimeout}, func() (bot.Seen, error) {
		return r.archive.Read(ctx, target.ID)
	})
	if err != nil || post.Gone {
		r.log.InfoContext(ctx, "post not archived", "message_id", string(target.ID), "error", err)
		return bot.Seen{Message: target}
	}
	target.Answer = post.Answer
	post.Message = target
	return post
}

// drop removes from the archive a target that this request did not recall.
func (r *Recaller) drop(ctx context.Context, req Request, out Outcome) {
	take, chat := r.takeOf(req), cmp.Or(out.Target.Chat, req.Chat)
	if take == "" || chat == "" {
		return
	}
	if err := r.archive.Writer.Drop(ctx, take, chat, []bot.MessageID{out.Target.ID}); err != nil {
		r.log.WarnContext(ctx, "archived post not dropped", "message_id", string(out.Target.ID), "error", err)
	}
}

// Restore decides whether a message may be posted again, by the rules for recalling it, calls post, and records.
// Request.Target is the message as it was. Known must be set, and Posted where it was a post of the API. Errors are those of
// Recall.
func (r *Recaller) Restore(ctx context.Context, req Request, post func(context.Context) error) (Outcome, error) {
	out, err := r.restore(ctx, req, post)
	return r.finish(ctx, req, out, err)
}

func (r *Recaller) restore(ctx context.Context, req Request, post func(context.Context) error) (Outcome, error) {
	target := *req.Known
	target.Gone = false
	out, err := r.decideKnown(ctx, req, target, req.Posted)
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
