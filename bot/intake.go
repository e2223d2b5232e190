package bot

import (
	"context"
	"errors"
)

// MessageIndex is the index of messages. Both calls are idempotent.
type MessageIndex interface {
	Add(ctx context.Context, messages ...Message) error
	Forget(ctx context.Context, id MessageID) error
}

// Kept is what intake did with an event.
type Kept string

// What intake does with events.
const (
	// KeptIgnored events are dropped.
	KeptIgnored Kept = "ignored"
	// KeptNoted events changed the index or a cache, and need no work.
	KeptNoted Kept = "noted"
	// KeptQueued events are in the queue.
	KeptQueued Kept = "queued"
	// KeptRepeated events were queued before.
	KeptRepeated Kept = "repeated"
)

// Intake stores an event before the platform gets its answer: it updates the index and the caches, and queues what needs
// work, once.
type Intake struct {
	// Index is updated by what happens to messages.
	Index MessageIndex
	// DropRoles drops the cached roles of a chat.
	DropRoles func(ctx context.Context, chat ChatID) error
	// Put puts an event into the durable queue. It reports false when an event with one of the seen ids was put before.
	Put func(ctx context.Context, e Event, seen ...string) (bool, error)
	// Note has the rules on bots' posts judge an event's message. What it returns waits for that, and returns the event with what they need of it;
	// nil where no rule is about the message.
	Note func(ctx context.Context, e Event) (noted func() (Event, error), err error)
	// Dispatcher knows which events need work.
	Dispatcher *Dispatcher
}

// Keep returns nil once a crash can't lose the event. Its errors are Unavailable; the platform then sends the event again.
func (i *Intake) Keep(ctx context.Context, e Event) (Kept, error) {
	noted, err := i.Note(ctx, e)
	if err != nil {
		return "", err
	}
	if noted == nil {
		return i.keep(ctx, e)
	}
	if i.Dispatcher.Wants(e) {
		if e, err = noted(); err != nil {
			return "", err
		}
		return i.keep(ctx, e)
	}
	// The index is written while the rules judge the message.
	kept, err := i.note(ctx, e)
	e, judgeErr := noted()
	if err := errors.Join(err, judgeErr); err != nil {
		return "", err
	}
	if i.Dispatcher.Wants(e) {
		return i.put(ctx, e)
	}
	return kept, nil
}

func (i *Intake) keep(ctx context.Context, e Event) (Kept, error) {
	if !i.Dispatcher.Wants(e) {
		return i.note(ctx, e)
	}
	if _, command := e.Body.(Said); command {
		// The work begins while the index is written: its handler has the command from the event.
		kept, err := i.put(ctx, e)
		if err != nil {
			return "", err
		}
		if _, err := i.note(ctx, e); err != nil {
			return "", err
		}
		return kept, nil
	}
	if _, err := i.note(ctx, e); err != nil {
		return "", err
	}
	return i.put(ctx, e)
}

// put queues an event, unless it was queued before.
func (i *Intake) put(ctx context.Context, e Event) (Kept, error) {
	seen := []string{string(e.ID)}
	if e.DedupeID != "" {
		seen = append(seen, e.DedupeID)
	}
	fresh, err := i.Put(ctx, e, seen...)
	switch {
	case err != nil:
		return "", err
	case !fresh:
		return KeptRepeated, nil
	default:
		return KeptQueued, nil
	}
}

// note updates the index and the caches. It is idempotent, since it runs for repeated events too.
func (i *Intake) note(ctx context.Context, e Event) (Kept, error) {
	switch body := e.Body.(type) {
	case Said:
		return KeptNoted, i.Index.Add(ctx, body.Message)
	case Recalled:
		return KeptNoted, i.Index.Forget(ctx, body.Message)
	case ChatUpdated:
		return KeptNoted, i.DropRoles(ctx, body.Chat)
	default:
		return KeptIgnored, nil
	}
}
