package search

import (
	"context"
	"net/url"
	"time"

	"recallbot/bot"
)

// position is where a message is relative to a time range.
type position uint8

const (
	outside position = iota
	inside
	// tooOld is before the range, and so are all further messages.
	tooOld
)

// timeRange is the range of a search. It gets messages from the newest to the oldest.
type timeRange struct {
	// since and until are inclusive; since may be zero.
	since, until time.Time
	// command is the message that asked; from and to are the oldest and the newest message of the range, or nil.
	command, from, to *bound
}

// bound is a message at the end of a range. Messages of the same millisecond can be ordered only within its listing.
type bound struct {
	id      bot.MessageID
	at      time.Time
	listing bot.ThreadID
	listed  bool
	met     bool
}

// sibling is another message of the same millisecond in the same listing.
func (b *bound) sibling(m found) bool { return b.listed && !m.unlisted && m.listing == b.listing }

// meet notes the listing of the bound.
func (b *bound) meet(m found) {
	b.met = true
	b.listing, b.listed = m.listing, !m.unlisted
}

// newer reports whether the message is newer than the bound. One with an equal timestamp counts as newer, unless the listing
// shows that it is older.
func (b *bound) newer(m found) bool {
	return m.At.After(b.at) || m.At.Equal(b.at) && (!b.met || !b.sibling(m))
}

// place is the position of a message.
func (s *timeRange) place(m found) position {
	for _, b := range []*bound{s.command, s.from, s.to} {
		if b != nil && b.id == m.ID {
			b.meet(m)
		}
	}
	switch {
	case m.ID == s.command.id, s.command.newer(m), m.At.After(s.until):
		return outside
	case !s.since.IsZero() && m.At.Before(s.since):
		return tooOld
	case s.to != nil && m.ID != s.to.id && s.to.newer(m):
		return outside
	}
	return s.fromPlace(m)
}

func (s *timeRange) fromPlace(m found) position {
	switch {
	case s.from == nil:
		return inside
	case m.ID == s.from.id:
		return inside
	case m.At.Equal(s.from.at) && (s.from.met || !s.from.sibling(m)):
		return outside
	default:
		return inside // older messages are before since
	}
}

// timeRangeOf makes the time range of a filter. It looks up the messages of both ends first.
func (s *Selector) timeRangeOf(ctx context.Context, scope Scope) (*timeRange, error) {
	f := scope.Filter
	if f.Thread && scope.Topic == "" {
		return nil, bot.Errorf(bot.Invalid, "select in a topic of %s: no topic", scope.Chat)
	}
	within := &timeRange{since: f.Since, until: scope.Asked, command: &bound{id: scope.Command, at: scope.Asked}}
	if !f.Until.IsZero() && f.Until.Before(scope.Asked) {
		within.until = f.Until
	}
	var err error
	if within.from, err = s.locate(ctx, scope, f.From); err != nil {
		return nil, err
	}
	if within.to, err = s.locate(ctx, scope, f.To); err != nil {
		return nil, err
	}
	if within.from != nil && within.from.at.After(within.since) {
		within.since = within.from.at
	}
	if within.to != nil && within.to.at.Before(within.until) {
		within.until = within.to.at
	}
	return within, nil
}

// locate finds the message that a range begins or ends with; nil where none is named.
func (s *Selector) locate(ctx context.Context, scope Scope, ref bot.MessageRef) (*bound, error) {
	if ref.IsZero() {
		return nil, nil
	}
	if ref.ID != "" {
		b, err := s.lookUp(ctx, scope, ref.ID)
		if b != nil || err != nil {
			return b, err
		}
	}
	return s.search(ctx, scope, ref)
}

// lookUp asks the platform, then the index; nil where neither has the message.
func (s *Selector) lookUp(ctx context.Context, scope Scope, id bot.MessageID) (*bound, error) {
	m, err := s.history.Post(ctx, id)
	if bot.Retryable(err) {
		return nil, err
	}
	b := &bound{id: id, listed: true}
	if m.Root != "" && m.Root != id {
		b.listing = m.Topic
	}
	if err != nil || m.Chat == "" || m.At.IsZero() {
		known, err := s.index.Known(ctx, []bot.MessageID{id})
		if err != nil || known[0].Chat == "" || known[0].At.IsZero() {
			return nil, err
		}
		m.Message, b.listed = known[0], false
	}
	if m.Chat != scope.Chat {
		return nil, refusal(scope.Chat, bot.ReasonUnknownStart, nil)
	}
	b.at = m.At
	return b, nil
}

// search reads the chat for a message. It finds a link only where the platform gives the links of messages.
func (s *Selector) search(ctx context.Context, scope Scope, ref bot.MessageRef) (*bound, error) {
	scope.Filter = bot.Filter{Thread: scope.Filter.Thread}
	scan := s.begin(ctx, scope, &timeRange{until: scope.Asked})
	defer scan.close()
	reason, looked, linked := bot.ReasonUnknownStart, 0, false
	if ref.ID == "" {
		reason = bot.ReasonCopiedLink
	}
	for {
		m, ok, err := scan.next(ctx)
		if err != nil {
			return nil, err
		}
		looked, linked = looked+1, linked || m.Link != ""
		if !ok || ref.ID == "" && !linked && looked > pageSize {
			return nil, refusal(scope.Chat, reason, scan.denied)
		}
		if isNamed(ref, m.Seen) {
			return &bound{id: m.ID, at: m.At, listing: m.listing, listed: !m.unlisted}, nil
		}
	}
}

// isNamed reports whether a message is the named one. Links to the same message have the same token.
func isNamed(ref bot.MessageRef, m bot.Seen) bool {
	if ref.ID != "" {
		return m.ID == ref.ID
	}
	if m.Link == "" {
		return false
	}
	token := tokenOf(ref.Link)
	return m.Link == ref.Link || token != "" && token == tokenOf(m.Link)
}

func tokenOf(link string) string {
	parsed, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return parsed.Query().Get("token")
}
