package search

import (
	"context"
	"iter"
	"time"

	"recallbot/bot"
)

const (
	// maxTopics is how many topics of a chat are looked through, maxReplies how many messages of each.
	maxTopics  = 100
	maxReplies = 2000
	// lookAhead is how many pages of a chat are read before the first message is handed out where the order matters: a
	// topic stands there by its first message, and its replies are newer than that.
	lookAhead = 4
	// maxAside is how many messages wait for their topics.
	maxAside = 10_000
)

// found is a message on its way through a selection.
type found struct {
	bot.Seen

	// listing is the topic in whose listing the platform shows it; empty for the chat's own. Only the index knows an
	// unlisted one.
	listing  bot.ThreadID
	unlisted bool
	// indexed is what the index knows of it.
	indexed bot.Message
}

// scan merges what the platform lists and what the index knows, the newest first and each message once. At the same
// millisecond what the platform lists comes before what it does not, and the chat before its topics.
type scan struct {
	*Selector

	scope  Scope
	within *timeRange
	chat   *listing
	topics []*listing
	opened map[bot.ThreadID]bool
	// replied are topics in which the index knows a message, with true for those that were opened.
	replied map[bot.Hash64]bool
	index   func() (bot.Message, error, bool)
	close   func()
	known   *found // the index's next
	// aside are messages in topics that were not opened yet; over is set when they are all that is left.
	aside  []bot.Message
	over   bool
	seen   map[bot.Hash64]struct{}
	looked int
	pages  int
	last   time.Time
	// ordered is set where what comes later than its time is left out.
	ordered bool
	// denied is why the platform may not be read.
	denied error
	unseen map[bot.Unseen]bool
}

// begin opens a scan of what is within. It must be closed.
func (s *Selector) begin(ctx context.Context, scope Scope, within *timeRange) *scan {
	c := &scan{
		Selector: s, scope: scope, within: within, opened: map[bot.ThreadID]bool{}, replied: map[bot.Hash64]bool{},
		seen: map[bot.Hash64]struct{}{}, unseen: map[bot.Unseen]bool{},
		ordered: scope.Filter.Last > 0 || scope.Filter.Dup,
	}
	c.chat = &listing{query: bot.HistoryQuery{Chat: scope.Chat, Since: within.since, Until: within.until}}
	if scope.Filter.Thread {
		c.chat.query = bot.HistoryQuery{Chat: scope.Chat, Topic: scope.Topic}
		c.opened[scope.Topic], c.replied[bot.Hash64Of(scope.Topic)] = true, true
	}
	c.openNamed()
	c.index, c.close = iter.Pull2(s.index.Walk(ctx, scope.Chat, within.since, within.until))
	return c
}

// next hands out the next message; ok is false after the last.
func (c *scan) next(ctx context.Context) (m found, ok bool, err error) {
	for {
		m, ok, err := c.newest(ctx)
		if err != nil || !ok {
			return found{}, false, err
		}
		mark := bot.Hash64Of(m.ID)
		if _, twice := c.seen[mark]; twice || c.waits(m) {
			continue
		}
		if c.looked == maxScanned {
			c.unseen[bot.UnseenOlder] = true
			return found{}, false, nil
		}
		c.looked++
		c.note(m, mark)
		if late := !c.last.IsZero() && m.At.After(c.last); late && c.ordered && m.listing != c.chat.query.Topic {
			c.unseen[bot.UnseenTopics] = true
			continue
		}
		c.last = m.At
		return m, true, nil
	}
}

// newest takes the newest message, and once there are none any more those that were put aside.
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
	if len(c.aside) == 0 {
		return found{}, false, nil
	}
	m = c.indexed(c.aside[0])
	c.aside = c.aside[1:]
	return m, true, nil
}

// waits puts a message aside of which the listing of its topic, if it is opened yet, will say more. Where the order
// matters nothing waits.
func (c *scan) waits(m found) bool {
	if !m.unlisted || m.Thread == 0 || c.replied[m.Thread] || c.ordered || c.over || !c.readable() || len(c.aside) == maxAside {
		return false
	}
	c.aside = append(c.aside, m.Message)
	return true
}

// note remembers that a message was handed out, and the topics in which there is something.
func (c *scan) note(m found, mark bot.Hash64) {
	switch {
	case !m.unlisted:
		c.seen[mark] = struct{}{}
	case m.Thread != 0 && !c.replied[m.Thread]:
		c.replied[m.Thread] = false
	}
}

// settle keeps a message from being handed out again. One that only the index knows is until then: the topic that has its
// words may be opened later.
func (c *scan) settle(m found) { c.seen[bot.Hash64Of(m.ID)] = struct{}{} }

// readable reports whether the platform tells of the chat, as far as was tried.
func (c *scan) readable() bool { return c.denied == nil }

// missed notes that a topic was not looked through in which there is something.
func (c *scan) missed() {
	for _, opened := range c.replied {
		if !opened && c.readable() {
			c.unseen[bot.UnseenTopics] = true
		}
	}
}

// fill reads so far ahead that each listing shows its newest.
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

// pick takes the newest off the heads.
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

// walk looks up what comes next in the index.
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

// indexed is a message that only the index knows.
func (c *scan) indexed(m bot.Message) found {
	known := found{Seen: bot.Seen{Message: m}, unlisted: true, indexed: m}
	if m.Kind == bot.KindOwn {
		known.From = string(c.self)
	}
	return known
}

// openNamed begins the listings of the topics where the command was said and where the range begins and ends: their first
// messages may be older than the range.
func (c *scan) openNamed() {
	c.open(c.scope.Topic)
	for _, b := range []*bound{c.within.from, c.within.to} {
		if b != nil {
			c.open(b.listing)
		}
	}
}

// openAll begins the listings of the topics of which the chat shows the first message.
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
	c.opened[topic], c.replied[bot.Hash64Of(topic)] = true, true
	c.topics = append(c.topics, &listing{query: bot.HistoryQuery{Chat: c.scope.Chat, Topic: topic}, most: maxReplies})
}
