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
	// Dispatcher knows which events need work.
	Dispatcher *Dispatcher
}

// Keep returns nil once a crash can't lose the event. Its errors are Unavailable; the platform then sends the event again.
func (i *Intake) Keep(ctx context.Context, e Event) (Kept, error) {
	if !i.Dispatcher.Wants(e) {
		return i.note(ctx, e)
	}
	if _, ok := e.Body.(Said); ok {
		return i.keepCommand(ctx, e)
	}
	if _, err := i.note(ctx, e); err != nil {
		return "", err
	}
	return i.put(ctx, e)
}

// keepCommand notes and queues a message at once, so that both take one round trip. The work may begin before the message is in
// the index: a handler has its command from the event. Where one of the two fails, the event comes again.
func (i *Intake) keepCommand(ctx context.Context, e Event) (Kept, error) {
	noted := make(chan error, 1)
	go func() {
		_, err := i.note(ctx, e)
		noted <- err
	}()
	kept, err := i.put(ctx, e)
	if err := errors.Join(<-noted, err); err != nil {
		return "", err
	}
	return kept, nil
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

// note updates the index and the caches. It is idempotent, since it runs before the queue drops repeated events.
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
