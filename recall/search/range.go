package search

import (
	"context"
	"net/url"
	"time"

	"recallbot/bot"
)

// position is where a message stands, as far as a selection reaches.
type position uint8

const (
	outside position = iota
	inside
	// beyond is older than all that is meant: whatever follows is as well.
	beyond
)

// timeRange is how far a selection reaches. Messages come to it from the newest to the oldest.
type timeRange struct {
	// since and until bound the time, both inclusive; a zero since bounds nothing.
	since, until time.Time
	// command is the message that asked; from and to are the oldest and the newest that are meant, where such are named.
	command, from, to *bound
}

// bound is a message that bounds a selection. Where its listing is known, messages of the same millisecond can be told
// before and after it there, and nowhere else.
type bound struct {
	id      bot.MessageID
	at      time.Time
	listing bot.ThreadID
	listed  bool
	met     bool
}

// sibling is another message of the same millisecond in the same listing.
func (b *bound) sibling(m found) bool { return b.listed && !m.unlisted && m.listing == b.listing }

// meet notes where the listing shows the bound itself.
func (b *bound) meet(m found) {
	b.met = true
	b.listing, b.listed = m.listing, !m.unlisted
}

// newer reports whether the message is newer than the bound, as far as can be told: who stands at the same millisecond
// and can't be told to be older is.
func (b *bound) newer(m found) bool {
	return m.At.After(b.at) || m.At.Equal(b.at) && (!b.met || !b.sibling(m))
}

// place says where a message stands.
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
		return beyond
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
		return inside // what is older than it is beyond since
	}
}

// reach turns what the filter says of times and messages into a span. Nothing is taken before both ends are certain.
func (s *Selector) reach(ctx context.Context, scope Scope) (*timeRange, error) {
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

// lookUp asks the platform, then the index; nil where neither tells.
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

// search goes through the chat for a message. A link can be found only where the platform tells the links of messages.
func (s *Selector) search(ctx context.Context, scope Scope, ref bot.MessageRef) (*bound, error) {
	scope.Filter = bot.Filter{Thread: scope.Filter.Thread}
	scan := s.begin(ctx, scope, &timeRange{until: scope.Asked})
	defer scan.close()
	reason, looked, told := bot.ReasonUnknownStart, 0, false
	if ref.ID == "" {
		reason = bot.ReasonCopiedLink
	}
	for {
		m, ok, err := scan.next(ctx)
		if err != nil {
			return nil, err
		}
		looked, told = looked+1, told || m.Link != ""
		if !ok || ref.ID == "" && !told && looked > pageSize {
			return nil, refusal(scope.Chat, reason, scan.denied)
		}
		if isNamed(ref, m.Seen) {
			return &bound{id: m.ID, at: m.At, listing: m.listing, listed: !m.unlisted}, nil
		}
	}
}

// isNamed reports whether a message is the one that is named. Links to one message may differ in what stands around the
// token.
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
