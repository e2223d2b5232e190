package recall

import (
	"context"
	"sync"

	"recallbot/bot"
)

// read is the result of a read that was made in advance; the zero value is none.
type read[T any] struct {
	value T
	err   error
	made  bool
}

// or gives the result, or makes the read now.
func (r read[T]) or(now func() (T, error)) (T, error) {
	if r.made {
		return r.value, r.err
	}
	return now()
}

// reads are what our store says about a request. None of them needs the result of another, so together they take one round trip.
// An error is met by the one who needs the value.
type reads struct {
	// unless is the answer of Request.Unless.
	unless bool
	target read[indexed]
	post   read[*bot.Post]
	// settings and roles are those of Request.Chat.
	settings read[bot.Settings]
	roles    read[cachedRoles]
}

// indexed is a message in the index; found is false where it has none.
type indexed struct {
	msg   bot.Message
	found bool
}

// readAhead reads what most decisions about the request need. Jobs and callers that know the target read the little that is left
// when they need it.
func (r *Recaller) readAhead(ctx context.Context, req Request) (got reads) {
	var all sync.WaitGroup
	if req.Known == nil && req.Job == "" {
		begin(&all, &got.target, func() (indexed, error) { return r.find(ctx, req.Target) })
		if r.posts != nil && (req.Who != "" || req.By != nil) {
			begin(&all, &got.post, func() (*bot.Post, error) { return r.posts.Of(ctx, req.Target) })
		}
		if r.settings != nil && req.Chat != "" {
			begin(&all, &got.settings, func() (bot.Settings, error) { return r.settings.Settings(ctx, req.Chat) })
		}
		if req.Who != "" && req.Chat != "" && !req.P2P {
			begin(&all, &got.roles, func() (cachedRoles, error) { return r.roles.load(ctx, req.Chat) })
		}
	}
	got.unless = req.Unless != nil && req.Unless(ctx)
	all.Wait()
	return got
}

func begin[T any](all *sync.WaitGroup, into *read[T], from func() (T, error)) {
	all.Go(func() {
		into.value, into.err = from()
		into.made = true
	})
}

func (r *Recaller) find(ctx context.Context, id bot.MessageID) (indexed, error) {
	msg, found, err := r.index.Find(ctx, id)
	return indexed{msg, found}, err
}
