package app

import (
	"context"

	"recallbot/app/telemetry"
	"recallbot/bot"
	"recallbot/store/queue"
)

// eventQueue queues events for the handlers.
type eventQueue struct {
	queue  *queue.Queue
	tracer *telemetry.Tracer
}

// Put queues an event; queue.per_chat limits how many events of a chat run at once.
func (q eventQueue) Put(ctx context.Context, e bot.Event, seen ...string) (bool, error) {
	payload, err := e.Encode()
	if err != nil {
		return false, err
	}
	ctx, end := q.tracer.Start(ctx, telemetry.Producer, "queue "+e.Type)
	item := queue.Item{ID: string(e.ID), Key: queueKey(e), Kind: e.Type, Trace: q.tracer.Carry(ctx), Payload: payload}
	fresh, err := q.queue.Put(ctx, item, seen...)
	if err != nil {
		err = bot.Errorf(bot.Unavailable, "queue event %s: %w", e.ID, err)
	}
	end(err)
	return fresh, err
}

// queueKey is the chat, or the person where the chat is unknown.
func queueKey(e bot.Event) string {
	switch body := e.Body.(type) {
	case bot.Reacted:
		return string(body.By)
	case bot.Unreacted:
		return string(body.By)
	case bot.Revoked:
		return string(body.Who)
	case bot.Said:
		if body.Command == nil { // a post for rules: a flood of them does not hold the chat's commands
			return watchKey(e.Where())
		}
		return string(e.Where())
	default:
		return string(e.Where())
	}
}

// watchKey is the key of the work about rules on bots' posts.
func watchKey(chat bot.ChatID) string { return "watch/" + string(chat) }

// eventWorker passes events to their handlers, which know whether an attempt is the last.
func eventWorker(dispatcher *bot.Dispatcher, maxAttempts int) worker {
	return worker{handle: func(ctx context.Context, d queue.Delivery) error {
		event, err := bot.DecodeEvent(bot.EventID(d.ID), d.Kind, d.Payload)
		if err != nil {
			return bot.Errorf(bot.Invalid, "%w", err)
		}
		return dispatcher.Dispatch(ctx, bot.Delivery{
			Event: event, Attempt: d.Attempt, Redelivered: d.Redelivered, Last: d.Attempt >= maxAttempts,
		})
	}}
}
