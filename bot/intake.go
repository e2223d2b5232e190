package bot

import "context"

// MessageIndex is the index of messages. Both calls are idempotent.
type MessageIndex interface {
	Add(ctx context.Context, messages ...Message) error
	Forget(ctx context.Context, id MessageID) error
}

// RoleDropper drops the cached roles of a chat.
type RoleDropper interface {
	Drop(ctx context.Context, chat ChatID) error
}

// WorkQueue is the durable queue of events. Put reports false when an event with one of the seen ids was put before.
type WorkQueue interface {
	Put(ctx context.Context, e Event, seen ...string) (bool, error)
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
	index      MessageIndex
	roles      RoleDropper
	queue      WorkQueue
	dispatcher *Dispatcher
}

// NewIntake makes an intake.
func NewIntake(index MessageIndex, roles RoleDropper, queue WorkQueue, dispatcher *Dispatcher) *Intake {
	return &Intake{index: index, roles: roles, queue: queue, dispatcher: dispatcher}
}

// Keep returns nil once a crash can't lose the event. Its errors are Unavailable; the platform then sends the event again.
func (i *Intake) Keep(ctx context.Context, e Event) (Kept, error) {
	kept, err := i.note(ctx, e)
	if err != nil || !i.dispatcher.Wants(e) {
		return kept, err
	}
	seen := []string{string(e.ID)}
	if e.DedupeID != "" {
		seen = append(seen, e.DedupeID)
	}
	fresh, err := i.queue.Put(ctx, e, seen...)
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
		return KeptNoted, i.index.Add(ctx, body.Message)
	case Recalled:
		return KeptNoted, i.index.Forget(ctx, body.Message)
	case ChatUpdated:
		return KeptNoted, i.roles.Drop(ctx, body.Chat)
	default:
		return KeptIgnored, nil
	}
}
