package search

import (
	"context"
	"iter"
	"time"

	"recallbot/bot"
)

const (
	// maxTopics is the most topics of a chat that are read, maxReplies the most messages of each.
	maxTopics  = 100
	maxReplies = 2000
	// lookAhead is how many pages of a chat are read before the first message where the order matters: a chat lists a topic by
	// its first message, and the replies are newer.
	lookAhead = 4
	// maxDeferred is the most messages that wait for their topics.
	maxDeferred = 10_000
)

// found is a message with its origin.
type found struct {
	bot.Seen

	// listing is the topic whose listing has it; empty for the chat's. An unlisted message is only in the index.
	listing  bot.ThreadID
	unlisted bool
	// indexed is the message in the index.
	indexed bot.Message
}

// scan merges the platform's listings with the index, the newest first and each message once. Messages of the same millisecond
// come in the order chat, topics, index.
type scan struct {
	*Selector

	scope  Scope
	within *timeRange
	chat   *listing
	topics []*listing
	opened map[bot.ThreadID]bool
	// replied are the topics that have messages, with true for those that were opened.
	replied map[bot.Hash]bool
	index   func() (bot.Message, error, bool)
	close   func()
	known   *found // the next one of the index
	// deferred are messages in topics that are not opened yet; over is set when only they are left.
	deferred []bot.Message
	over     bool
	seen     map[bot.Hash]struct{}
	looked   int
	pages    int
	last     time.Time
	// ordered leaves out messages that come out of order.
	ordered bool
	// denied is why the history can't be read.
	denied error
	unseen map[bot.Unseen]bool
}

// begin opens a scan of the time range. It must be closed.
func (s *Selector) begin(ctx context.Context, scope Scope, within *timeRange) *scan {
	c := &scan{
		Selector: s, scope: scope, within: within, opened: map[bot.ThreadID]bool{}, replied: map[bot.Hash]bool{},
		seen: map[bot.Hash]struct{}{}, unseen: map[bot.Unseen]bool{},
		ordered: scope.Filter.Last > 0 || scope.Filter.Dup,
	}
	c.chat = &listing{query: bot.HistoryQuery{Chat: scope.Chat, Since: within.since, Until: within.until}}
	if scope.Filter.Thread {
		c.chat.query = bot.HistoryQuery{Chat: scope.Chat, Topic: scope.Topic}
		c.opened[scope.Topic], c.replied[bot.HashOf(scope.Topic)] = true, true
	}
	c.openNamed()
	c.index, c.close = iter.Pull2(s.index.Walk(ctx, scope.Chat, within.since, within.until))
	return c
}

// next gives the next message; ok is false at the end.
func (c *scan) next(ctx context.Context) (m found, ok bool, err error) {
	for {
		m, ok, err := c.newest(ctx)
		if err != nil || !ok {
			return found{}, false, err
		}
		hash := bot.HashOf(m.ID)
		if _, twice := c.seen[hash]; twice || c.defers(m) {
			continue
		}
		if c.looked == maxScanned {
			c.unseen[bot.UnseenOlder] = true
			return found{}, false, nil
		}
		c.looked++
		c.note(m, hash)
		if late := !c.last.IsZero() && m.At.After(c.last); late && c.ordered && m.listing != c.chat.query.Topic {
			c.unseen[bot.UnseenTopics] = true
			continue
		}
		c.last = m.At
		return m, true, nil
	}
}

// newest takes the newest message, and at the end the deferred ones.
func (c *scan) newest(ctx context.Context) (m found, ok bool, err error) {
	if !c.over {
		if err := c.fill(ctx); err != nil {
			return found{}, false, err
		}
		if m, ok := c.pick(); ok {
			return m, true, nil
		}
		c.over = true
	}
	if len(c.deferred) == 0 {
		return found{}, false, nil
	}
	m = c.indexed(c.deferred[0])
	c.deferred = c.deferred[1:]
	return m, true, nil
}

// defers defers a message of the index whose topic may still be opened and listed with its content. It does nothing where the
// order matters.
func (c *scan) defers(m found) bool {
	if !m.unlisted || m.Thread == 0 || c.replied[m.Thread] || c.ordered || c.over || !c.readable() || len(c.deferred) == maxDeferred {
		return false
	}
	c.deferred = append(c.deferred, m.Message)
	return true
}

// note remembers that a message was given, and the topics that have messages.
func (c *scan) note(m found, hash bot.Hash) {
	switch {
	case !m.unlisted:
		c.seen[hash] = struct{}{}
	case m.Thread != 0 && !c.replied[m.Thread]:
		c.replied[m.Thread] = false
	}
}

// markTaken makes sure that a message is not given again. An unlisted one may come again before, with its content, from a topic
// that is opened later.
func (c *scan) markTaken(m found) { c.seen[bot.HashOf(m.ID)] = struct{}{} }

// readable reports whether the history was not refused so far.
func (c *scan) readable() bool { return c.denied == nil }

// noteUnreadTopics notes whether a topic with messages was not read.
func (c *scan) noteUnreadTopics() {
	for _, opened := range c.replied {
		if !opened && c.readable() {
			c.unseen[bot.UnseenTopics] = true
		}
	}
}

// fill reads ahead until each listing has its next message.
func (c *scan) fill(ctx context.Context) error {
	ahead := 1
	if c.ordered && !c.scope.Filter.Thread {
		ahead = lookAhead
	}
	for !c.chat.ended && (c.chat.head() == nil || len(c.chat.pages) < ahead) {
		if err := c.read(ctx, c.chat); err != nil {
			return err
		}
	}
	for _, topic := range c.topics {
		for !topic.ended && topic.head() == nil {
			if err := c.read(ctx, topic); err != nil {
				return err
			}
		}
	}
	if c.known == nil {
		return c.walk()
	}
	return nil
}

// pick takes the newest of the next messages.
func (c *scan) pick() (found, bool) {
	var from *listing
	best := c.chat.head()
	if best != nil {
		from = c.chat
	}
	open := c.topics[:0]
	for _, topic := range c.topics {
		head := topic.head()
		if head == nil {
			continue
		}
		open = append(open, topic)
		if best == nil || head.At.After(best.At) {
			best, from = head, topic
		}
	}
	clear(c.topics[len(open):])
	c.topics = open
	if c.known != nil && (best == nil || c.known.At.After(best.At)) {
		m := *c.known
		c.known = nil
		return m, true
	}
	if best == nil {
		return found{}, false
	}
	m := *best
	*best = found{}
	from.drop()
	return m, true
}

// walk reads the next message of the index.
func (c *scan) walk() error {
	for {
		m, err, ok := c.index()
		if err != nil || !ok {
			return err
		}
		if c.scope.Filter.Thread && !bot.Is(m.Thread, c.scope.Topic) {
			continue
		}
		if m.Chat != c.scope.Chat || m.ID == "" || m.At.IsZero() || m.Gone {
			continue
		}
		known := c.indexed(m)
		c.known = &known
		return nil
	}
}

// indexed is a message that only the index has.
func (c *scan) indexed(m bot.Message) found {
	known := found{Seen: bot.Seen{Message: m}, unlisted: true, indexed: m}
	if m.Kind == bot.KindOwn {
		known.From = string(c.self)
	}
	return known
}

// openNamed opens the topics of the command and of the ends of the range: their first messages may be older than the range.
func (c *scan) openNamed() {
	c.open(c.scope.Topic)
	for _, b := range []*bound{c.within.from, c.within.to} {
		if b != nil {
			c.open(b.listing)
		}
	}
}

// openAll opens the topics whose first message the page has.
func (c *scan) openAll(page []found) {
	for i := range page {
		if !page[i].At.Before(c.within.since) {
			c.open(page[i].Topic)
		}
	}
}

func (c *scan) open(topic bot.ThreadID) {
	if topic == "" || c.opened[topic] || c.scope.Filter.Thread {
		return
	}
	if len(c.opened) == maxTopics {
		c.unseen[bot.UnseenTopics] = true
		return
	}
	c.opened[topic], c.replied[bot.HashOf(topic)] = true, true
	c.topics = append(c.topics, &listing{query: bot.HistoryQuery{Chat: c.scope.Chat, Topic: topic}, limit: maxReplies})
}
