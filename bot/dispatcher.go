package bot

import (
	"context"
	"errors"
	"fmt"
)

// Delivery is one run of an event's work.
type Delivery struct {
	Event Event
	// Attempt counts the runs that failed before, and this one: the first is 1.
	Attempt int
	// Redelivered is set when an earlier run of the same work may have acted.
	Redelivered bool
	// Last is set when there is no further attempt.
	Last bool
}

// Handler is one behaviour. Want must be pure and quick: it runs before the platform gets its answer. An event that no handler
// wants is not queued.
type Handler struct {
	Name   string
	Want   func(Event) bool
	Handle func(context.Context, Delivery) error
}

// On makes a handler for one type of event body.
func On[T any](name string, want func(T) bool, handle func(context.Context, Delivery, T) error) Handler {
	return Handler{
		Name: name,
		Want: func(e Event) bool {
			body, ok := e.Body.(T)
			return ok && want(body)
		},
		Handle: func(ctx context.Context, d Delivery) error {
			body, ok := d.Event.Body.(T)
			if !ok {
				return Errorf(Internal, "handler %s got a %T", name, d.Event.Body)
			}
			return handle(ctx, d, body)
		},
	}
}

// Dispatcher passes an event to each handler that wants it.
type Dispatcher struct{ handlers []Handler }

// NewDispatcher makes a dispatcher for handlers, whose names must differ.
func NewDispatcher(handlers ...Handler) (*Dispatcher, error) {
	names := map[string]bool{}
	for _, h := range handlers {
		if names[h.Name] {
			return nil, Errorf(Internal, "two handlers are named %q", h.Name)
		}
		names[h.Name] = true
	}
	return &Dispatcher{handlers}, nil
}

// Wants reports whether any handler wants the event.
func (d *Dispatcher) Wants(e Event) bool {
	for _, h := range d.handlers {
		if h.Want(e) {
			return true
		}
	}
	return false
}

// Dispatch runs every handler that wants the event. It joins their errors, each prefixed with the handler's name.
func (d *Dispatcher) Dispatch(ctx context.Context, delivery Delivery) error {
	var errs []error
	for _, h := range d.handlers {
		if !h.Want(delivery.Event) {
			continue
		}
		if err := h.Handle(ctx, delivery); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", h.Name, err))
		}
	}
	return errors.Join(errs...)
}
