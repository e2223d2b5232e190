package recall

import (
	"cmp"
	"context"
	"errors"
	"time"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// target learns whose message it is: from the request, the index, then the platform. A message that can't be
// identified comes back with KindUnknown and no chat, and lookup says why; err is set when it is worth trying again.
func (r *Recaller) target(ctx context.Context, req Request) (msg bot.Message, lookup, err error) {
	if req.Known != nil {
		return *req.Known, nil, nil
	}
	msg, found, err := r.index.Find(ctx, req.Target)
	if err != nil {
		return bot.Message{}, nil, err
	}
	if found && (msg.Kind != bot.KindUnknown || msg.Gone) {
		return msg, nil, nil
	}
	return r.lookUp(ctx, req)
}

// lookUp is target for a message that is not in the index.
func (r *Recaller) lookUp(ctx context.Context, req Request) (msg bot.Message, lookup, err error) {
	msg, err = r.platform.Message(ctx, req.Target)
	switch {
	case err == nil:
		r.learned(ctx, msg)
		return msg, nil, nil
	case bot.KindOf(err) == bot.NotFound:
		return bot.Message{ID: req.Target, Chat: req.Chat, Gone: true}, err, nil
	case req.waits(err):
		return bot.Message{}, nil, err
	case req.isReply():
		return r.replied(ctx, req, err)
	default:
		return bot.Message{ID: req.Target}, err, nil
	}
}

// isReply reports whether a person replied to the target, in the chat that the signed event names.
func (req Request) isReply() bool {
	return req.By == nil && req.Chat != "" && (req.Via == bot.ViaReply || req.Via == bot.ViaP2P)
}

// errNotOwn is a message of which no more is known than that our app did not send it.
var errNotOwn = errors.New("our app did not send it")

// notOwn reports whether our app is known not to have sent the target. A message that the platform shows without a sender
// is of the group itself.
func (req Request) notOwn(target bot.Message, lookup error) bool {
	shown := lookup == nil && req.Known == nil
	return errors.Is(lookup, errNotOwn) || (shown && target.Kind == bot.KindUnknown)
}

// replied asks whether our app sent a message that the platform does not show us and that a person replied to. Without the
// answer it would be recalled blindly, and in a group that our app created the platform then recalls anybody's message.
func (r *Recaller) replied(ctx context.Context, req Request, unseen error) (msg bot.Message, lookup, err error) {
	own, err := r.platform.IsSender(ctx, req.Target)
	switch {
	case err == nil && own:
		return bot.Message{ID: req.Target, Chat: req.Chat, Kind: bot.KindOwn}, nil, nil
	case err == nil:
		return bot.Message{ID: req.Target}, &bot.Error{Kind: bot.Denied, Op: "look at " + string(req.Target), Err: errNotOwn}, nil
	case req.waits(err):
		return bot.Message{}, nil, err
	default:
		return bot.Message{ID: req.Target}, unseen, nil
	}
}

// Identify gives what is known of a message: KindUnknown and no chat where nobody can tell. An error is worth another try.
func (r *Recaller) Identify(ctx context.Context, id bot.MessageID) (bot.Message, error) {
	msg, _, err := r.target(ctx, Request{Target: id})
	return msg, err
}

// learned keeps what the platform said of a message: once it is gone, a second run may not learn any more whose it was
// and where. That it could not be kept costs no more than that.
func (r *Recaller) learned(ctx context.Context, msg bot.Message) {
	if msg.Gone || msg.Chat == "" || msg.Kind == bot.KindUnknown || msg.At.IsZero() {
		return
	}
	if err := r.index.Add(ctx, msg); err != nil {
		r.log.WarnContext(ctx, "message that was looked up is not kept", "message_id", string(msg.ID), "error", err)
	}
}

// recall asks the platform and reads its answer.
func (r *Recaller) recall(ctx context.Context, req Request, facts policy.Facts, out Outcome) (Outcome, error) {
	if take, chat := r.take(req), cmp.Or(out.Target.Chat, req.Chat); take != "" && chat != "" {
		kept := r.keep(ctx, take, chat, out.Target) || req.Redelivered
		if kept && out.Target.Kind == bot.KindOwn {
			out.Take = take
		}
	}
	err := r.send(ctx, req, facts, &out)
	if err == nil {
		return r.done(ctx, req, out, bot.Done)
	}
	detail := bot.Detail(err)
	switch {
	case detail.Kind == bot.NotFound:
		return r.done(ctx, req, out, gone(req))
	case detail.MayHaveActed && r.acted(ctx, req.Target):
		return r.done(ctx, req, out, bot.Done)
	case bot.Retryable(err):
		return out, err
	default:
		return out.failed(err), nil
	}
}

// gone is the result for a message that is gone before we ask: where an earlier run of the same work may have asked,
// that run did it.
func gone(req Request) bot.Result {
	if req.Redelivered {
		return bot.Done
	}
	return bot.AlreadyGone
}

// wasGone is the outcome for a message that is known to be gone.
func (r *Recaller) wasGone(req Request, out Outcome) Outcome {
	out.Result = gone(req)
	if out.Result == bot.AlreadyGone {
		out.As = ""
		return out
	}
	if out.Target.Kind == bot.KindOwn {
		out.Take = r.take(req)
	}
	return out
}

// How a recall that fails for the moment is tried again at once.
const (
	// MaxTries is how often.
	MaxTries = 3
	// TryWait is the first wait in between; it doubles.
	TryWait = 200 * time.Millisecond
	// MaxWait is how long the rate limit is waited for at once. A longer wait is left to the queue.
	MaxWait = 2 * time.Second
)

// Insist makes a request that somebody waits for: what fails for the moment is tried a few times at once, and has failed
// after that. recall is Recaller.Recall or RecallBatch.
func Insist(
	ctx context.Context, req Request, recall func(context.Context, Request) (Outcome, error),
) (Outcome, error) {
	tries := 0
	return bot.Try(ctx, bot.Retry{Tries: MaxTries, First: TryWait, Max: MaxWait}, func() (Outcome, error) {
		tries++
		req.Redelivered, req.Last = req.Redelivered || tries > 1, tries == MaxTries
		return recall(ctx, req)
	})
}

// acted looks whether a recall whose answer was lost has happened all the same. Where we may not look, the answer is
// no, and the recall is tried again: then the platform says that the message is gone.
func (r *Recaller) acted(ctx context.Context, id bot.MessageID) bool {
	msg, err := r.platform.Message(ctx, id)
	if err != nil {
		return bot.KindOf(err) == bot.NotFound
	}
	return msg.Gone
}

// done notes in the index that the message is gone. That it could not be noted loses nothing: the platform says it
// again when somebody asks.
func (r *Recaller) done(ctx context.Context, req Request, out Outcome, result bot.Result) (Outcome, error) {
	out.Result = result
	if err := r.index.Forget(ctx, req.Target); err != nil {
		r.log.WarnContext(ctx, "recalled message stays in the index", "message_id", string(req.Target), "error", err)
	}
	return out, nil
}

func (o Outcome) failed(err error) Outcome {
	detail := bot.Detail(err)
	o.Result, o.Code, o.LogID = bot.Failed, detail.Code, detail.LogID
	o.Reason = detail.Reason
	switch {
	case o.Reason != "":
	case detail.Kind == bot.Unavailable:
		o.Reason = bot.ReasonUnavailable
	default:
		o.Reason = bot.ReasonOther
	}
	return o
}

// refused completes a refusal with what the platform said when it was asked about the target or the roles.
func (o Outcome) refused(lookup, unasked error) Outcome {
	o.Result = bot.Refused
	cause := lookup
	if o.Reason == bot.ReasonUnchecked && unasked != nil {
		cause = unasked
	}
	if cause != nil && (o.Reason == bot.ReasonUnchecked || o.Target.Kind == bot.KindUnknown) {
		detail := bot.Detail(cause)
		o.Code, o.LogID = detail.Code, detail.LogID
	}
	return o
}

// waits reports whether the request is made again later because of the error. A platform that says nothing of its
// own, because it can't be reached, cuts the line, or a gateway answers in its place, is waited for even in a hurry: it
// could not pass on a refusal either.
func (req Request) waits(err error) bool {
	return bot.Retryable(err) && (!req.BestEffort || Unreachable(err) || bot.KindOf(err) == bot.RateLimited)
}

// Unreachable errors are of a platform, or another system, that said nothing of its own.
func Unreachable(err error) bool {
	detail := bot.Detail(err)
	return detail.Kind == bot.Unavailable && detail.Code == 0 && detail.LogID == ""
}

// IsOurs are the failures of our own store: the platform says something, or at least why it did not.
func IsOurs(err error) bool {
	detail := bot.Detail(err)
	return detail.Kind == bot.Unavailable && detail.Reason == ""
}

// Across makes the request one for a target in its own chat, wherever the job was asked for. What nobody could identify is
// looked up once more.
func (req *Request) Across(known bot.Message) {
	req.Chat, req.P2P, req.Keep = known.Chat, false, true
	if known.Kind == bot.KindUnknown {
		req.Known = nil
	}
}
