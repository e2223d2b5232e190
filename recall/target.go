package recall

import (
	"context"
	"errors"

	"recallbot/bot"
)

// errNotOwn marks a message of which it is known only that our app did not send it.
var errNotOwn = errors.New("our app did not send it")

// target finds the target in the request, the index, or on the platform. A target that can't be identified has KindUnknown and no
// chat, and lookup is the cause. err is worth another try.
func (r *Recaller) target(ctx context.Context, req Request) (msg bot.Message, lookup, err error) {
	if req.Known != nil {
		return *req.Known, nil, nil
	}
	known, err := req.ahead.target.or(func() (indexed, error) { return r.find(ctx, req.Target) })
	if err != nil {
		return bot.Message{}, nil, err
	}
	if known.found && (known.msg.Kind != bot.KindUnknown || known.msg.Gone) {
		return known.msg, nil, nil
	}
	return r.lookUp(ctx, req)
}

// lookUp asks the platform for the target.
func (r *Recaller) lookUp(ctx context.Context, req Request) (msg bot.Message, lookup, err error) {
	msg, err = r.platform.Message(ctx, req.Target)
	switch {
	case err == nil:
		r.addToIndex(ctx, msg)
		return msg, nil, nil
	case bot.KindOf(err) == bot.NotFound:
		return bot.Message{ID: req.Target, Chat: req.Chat, Gone: true}, err, nil
	case req.retryLater(err):
		return bot.Message{}, nil, err
	case req.isReply():
		return r.lookUpSender(ctx, req, err)
	default:
		return bot.Message{ID: req.Target}, err, nil
	}
}

// lookUpSender asks whether our app sent a message that the app may not see and that a person replied to. Without the
// answer the recall would be blind, and in a group that our app created the platform then recalls any message.
func (r *Recaller) lookUpSender(ctx context.Context, req Request, unseen error) (msg bot.Message, lookup, err error) {
	own, err := r.platform.IsSender(ctx, req.Target)
	switch {
	case err == nil && own:
		return bot.Message{ID: req.Target, Chat: req.Chat, Kind: bot.KindOwn}, nil, nil
	case err == nil:
		return bot.Message{ID: req.Target}, &bot.Error{Kind: bot.Denied, Op: "look at " + string(req.Target), Err: errNotOwn}, nil
	case req.retryLater(err):
		return bot.Message{}, nil, err
	default:
		return bot.Message{ID: req.Target}, unseen, nil
	}
}

// Identify gives what is known of a message: KindUnknown and no chat where nothing is. An error is worth another try.
func (r *Recaller) Identify(ctx context.Context, id bot.MessageID) (bot.Message, error) {
	msg, _, err := r.target(ctx, Request{Target: id})
	return msg, err
}

// addToIndex keeps a message that was looked up: once it is recalled, a second run can't look it up. A failure is logged only.
func (r *Recaller) addToIndex(ctx context.Context, msg bot.Message) {
	if msg.Gone || msg.Chat == "" || msg.Kind == bot.KindUnknown || msg.At.IsZero() {
		return
	}
	if err := r.index.Add(ctx, msg); err != nil {
		r.log.WarnContext(ctx, "message not indexed", "message_id", string(msg.ID), "error", err)
	}
}

// isGone reports whether a recall without an answer has happened. Where the app may not look, it reports false and the recall is
// tried again: then the platform answers that the message is gone.
func (r *Recaller) isGone(ctx context.Context, id bot.MessageID) bool {
	msg, err := r.platform.Message(ctx, id)
	if err != nil {
		return bot.KindOf(err) == bot.NotFound
	}
	return msg.Gone
}
