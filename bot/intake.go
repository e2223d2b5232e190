package bot

import "context"

// MessageIndex is what intake needs of the index. Both calls may be repeated without harm.
type MessageIndex interface {
	Add(ctx context.Context, messages ...Message) error
	Forget(ctx context.Context, id MessageID) error
}

// RoleDropper forgets what is known of a chat's roles.
type RoleDropper interface {
	Drop(ctx context.Context, chat ChatID) error
}

// WorkQueue keeps work until it is done. Put reports false when work with one of the seen ids was put before.
type WorkQueue interface {
	Put(ctx context.Context, e Event, seen ...string) (bool, error)
}

// Kept says what became of an event at intake.
type Kept string

// What can become of an event.
const (
	// KeptIgnored events concern nobody.
	KeptIgnored Kept = "ignored"
	// KeptNoted events are in the index or the caches, and that is all there is to do.
	KeptNoted Kept = "noted"
	// KeptQueued events wait for a worker.
	KeptQueued Kept = "queued"
	// KeptRepeated events were queued before.
	KeptRepeated Kept = "repeated"
)

// Intake makes an event safe before it is answered: what it says of messages and chats is noted at once, and what
// needs work goes to the queue, once.
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

// Keep returns nil only when the event is safe: a crash right after loses nothing. Its errors are Unavailable; the
// platform then sends the event again.
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

// note does what may be done twice: it is done before the queue is asked whether the event came before.
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
