package recall

import (
	"context"
	"time"

	"recallbot/bot"
)

// keepTime is how long a recall waits for what its target says.
const keepTime = 2 * time.Second

// Reads reads our posts with what they say.
type Reads interface {
	// Post gives a message with its content; for cards, the original JSON.
	Post(ctx context.Context, id bot.MessageID) (bot.Seen, error)
}

// TakeOf is the id under which is kept what a single command or reaction took: short, since people type it.
func TakeOf(work bot.EventID) bot.JobID { return jobID(JobRequest{Kind: "take", Work: work}) }

// take is under which id the target is kept when it is recalled; empty where it is not. What jobs recall they have kept
// themselves, except what they try once more.
func (r *Recaller) take(req Request, target bot.Message) bot.JobID {
	switch {
	case r.archive == nil || r.reads == nil || target.Kind != bot.KindOwn || target.Answer || req.Via == bot.ViaTidy:
		return ""
	case req.Job == "":
		return TakeOf(req.Work)
	case req.Keep:
		return req.Job
	default:
		return ""
	}
}

// keep keeps what the target says, just before it is recalled, and reports whether it could. That it can't hinders no
// recall, nor does it hold one up for long.
func (r *Recaller) keep(ctx context.Context, take bot.JobID, target bot.Message) bool {
	reading, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	post, err := r.reads.Post(reading, target.ID)
	if err == nil && (post.Body == "" || post.Gone || post.Answer) {
		return false
	}
	if err == nil {
		post.Message = target
		err = r.archive.Keep(ctx, take, target.Chat, []bot.Seen{post})
	}
	if err != nil {
		r.log.InfoContext(ctx, "post is not kept", "message_id", string(target.ID), "error", err)
	}
	return err == nil
}

// drop forgets what was kept of a target that stays.
func (r *Recaller) drop(ctx context.Context, req Request, target bot.Message) {
	take := r.take(req, target)
	if take == "" {
		return
	}
	if err := r.archive.Drop(ctx, take, target.Chat, []bot.MessageID{target.ID}); err != nil {
		r.log.WarnContext(ctx, "post that stays is kept", "message_id", string(target.ID), "error", err)
	}
}

// Restore decides on posting a message again as on recalling it, has it posted, and records. Request.Target is the
// message as it was, Known must be set. Errors are those of Recall.
func (r *Recaller) Restore(ctx context.Context, req Request, post func(context.Context) error) (Outcome, error) {
	out, err := r.restore(ctx, req, post)
	return r.settle(ctx, req, out, err)
}

func (r *Recaller) restore(ctx context.Context, req Request, post func(context.Context) error) (Outcome, error) {
	target := *req.Known
	target.Gone = false
	out, err := r.judged(ctx, req, target, nil)
	if err != nil || out.Result != "" {
		return out, err
	}
	err = post(ctx)
	switch {
	case err == nil:
		out.Result = bot.Restored
		return out, nil
	case transient(err):
		return out, err
	default:
		return out.failed(err), nil
	}
}
