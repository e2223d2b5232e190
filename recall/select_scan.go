package recall

import (
	"context"
	"iter"
	"time"

	"recallbot/bot"
)

const (
	// mostTopics is how many topics of a chat are looked through, mostReplies how many messages of each.
	mostTopics  = 100
	mostReplies = 2000
	// lookAhead is how many pages of a chat are read before the first message is handed out where the order matters: a
	// topic stands there by its first message, and its replies are newer than that.
	lookAhead = 4
	// mostPages bounds the calls, whatever the pages hold.
	mostPages = 2 * mostScanned / pageSize
	// mostTurns is how often a page is asked for when the platform, or our own share of its limit, asks to wait, and
	// longestTurn the longest wait in between.
	mostTurns   = 10
	longestTurn = 5 * time.Second
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

// listing reads a chat or a topic on the platform, page by page.
type listing struct {
	query bot.HistoryQuery
	// most is how many messages are read; zero is all. read is how many were.
	most, read int
	pages      [][]found
	ended      bool
}

// head is the newest that was not handed out; nil at the end.
func (l *listing) head() *found {
	for len(l.pages) > 0 {
		if len(l.pages[0]) > 0 {
			return &l.pages[0][0]
		}
		l.pages[0] = nil
		l.pages = l.pages[1:]
	}
	return nil
}

func (l *listing) drop() { l.pages[0] = l.pages[0][1:] }

// scan merges what the platform lists and what the index knows, the newest first and each message once. At the same
// millisecond what the platform lists comes before what it does not, and the chat before its topics.
type scan struct {
	*Selector

	scope  Scope
	within *span
	chat   *listing
	topics []*listing
	opened map[bot.ThreadID]bool
	// replied are topics in which the index knows a message, with true for those that were opened.
	replied map[bot.Mark]bool
	index   func() (bot.Message, error, bool)
	close   func()
	known   *found // the index's next
	seen    map[bot.Mark]struct{}
	looked  int
	pages   int
	last    time.Time
	// ordered is set where what comes later than its time is left out.
	ordered bool
	// denied is why the platform may not be read.
	denied error
	unseen map[bot.Unseen]bool
}

// begin opens a scan of what is within. It must be closed.
func (s *Selector) begin(ctx context.Context, scope Scope, within *span) *scan {
	c := &scan{
		Selector: s, scope: scope, within: within, opened: map[bot.ThreadID]bool{}, replied: map[bot.Mark]bool{},
		seen: map[bot.Mark]struct{}{}, unseen: map[bot.Unseen]bool{},
		ordered: scope.Filter.Last > 0 || scope.Filter.Dup,
	}
	c.chat = &listing{query: bot.HistoryQuery{Chat: scope.Chat, Since: within.since, Until: within.until}}
	if scope.Filter.Thread {
		c.chat.query = bot.HistoryQuery{Chat: scope.Chat, Topic: scope.Topic}
		c.opened[scope.Topic], c.replied[bot.MarkOf(scope.Topic)] = true, true
	}
	c.openNamed()
	c.index, c.close = iter.Pull2(s.index.Walk(ctx, scope.Chat, within.since, within.until))
	return c
}

// next hands out the next message; ok is false after the last.
func (c *scan) next(ctx context.Context) (m found, ok bool, err error) {
	for {
		if err := c.fill(ctx); err != nil {
			return found{}, false, err
		}
		m, ok := c.pick()
		if !ok {
			return found{}, false, nil
		}
		mark := bot.MarkOf(m.ID)
		if _, twice := c.seen[mark]; twice {
			continue
		}
		if c.looked == mostScanned {
			c.unseen[bot.UnseenOlder] = true
			return found{}, false, nil
		}
		c.looked++
		if !m.unlisted {
			c.seen[mark] = struct{}{}
		} else if m.Thread != 0 {
			c.replied[m.Thread] = c.replied[m.Thread]
		}
		if late := !c.last.IsZero() && m.At.After(c.last); late && c.ordered && m.listing != c.chat.query.Topic {
			c.unseen[bot.UnseenTopics] = true
			continue
		}
		c.last = m.At
		return m, true, nil
	}
}

// settle keeps a message from being handed out again. One that only the index knows is until then: the topic that has its
// words may be opened later.
func (c *scan) settle(m found) { c.seen[bot.MarkOf(m.ID)] = struct{}{} }

// missed notes that a topic was not looked through in which there is something.
func (c *scan) missed() {
	for _, opened := range c.replied {
		if !opened && c.denied == nil {
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
	for i := 0; i < len(c.topics); i++ {
		topic := c.topics[i]
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
		c.known = &found{Seen: bot.Seen{Message: m}, unlisted: true, indexed: m}
		if m.Kind == bot.KindOwn {
			c.known.From = string(c.self)
		}
		return nil
	}
}

// read reads a page of a listing. Where the platform may not be read the listing ends.
func (c *scan) read(ctx context.Context, l *listing) error {
	if c.pages >= mostPages {
		l.ended = true
		c.unseen[bot.UnseenOlder] = true
		return nil
	}
	c.pages++
	page, err := c.ask(ctx, l.query)
	if err != nil {
		return c.refused(ctx, l, err)
	}
	joined, err := c.join(ctx, l, page.Messages)
	if err != nil {
		return err
	}
	l.read += len(page.Messages)
	l.query.Page = page.Next
	l.ended = page.Next == ""
	if l.query.Topic != "" && len(joined) > 0 && joined[len(joined)-1].At.Before(c.within.since) {
		l.ended = true // the platform knows no times in topics
	}
	if l.most > 0 && l.read >= l.most && !l.ended {
		l.ended = true
		c.unseen[bot.UnseenTopics] = true
	}
	l.pages = append(l.pages, joined)
	if l == c.chat {
		c.openAll(joined)
	}
	return nil
}

// ask waits for the rate limit by itself for a while, since whoever begins again reads every page again.
func (c *scan) ask(ctx context.Context, q bot.HistoryQuery) (bot.HistoryPage, error) {
	for try := 1; ; try++ {
		page, err := c.history.History(ctx, q)
		if err == nil || bot.KindOf(err) != bot.RateLimited || try == mostTurns {
			return page, err
		}
		timer := time.NewTimer(min(max(bot.Detail(err).RetryAfter, shortestWait), longestTurn))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return page, err
		}
	}
}

func (c *scan) refused(ctx context.Context, l *listing, err error) error {
	if transient(err) {
		return err
	}
	c.log.InfoContext(ctx, "history may not be read", "chat_id", string(l.query.Chat), "topic_id", string(l.query.Topic), "error", err)
	l.ended = true
	if l == c.chat {
		c.denied = err
		c.unseen[bot.UnseenHistory] = true
		return nil
	}
	c.unseen[bot.UnseenTopics] = true
	return nil
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
	if len(c.opened) == mostTopics {
		c.unseen[bot.UnseenTopics] = true
		return
	}
	c.opened[topic], c.replied[bot.MarkOf(topic)] = true, true
	c.topics = append(c.topics, &listing{query: bot.HistoryQuery{Chat: c.scope.Chat, Topic: topic}, most: mostReplies})
}

// join adds what the index knows to a page of the platform's, whose word counts; but what either calls gone is gone.
// What stands in another chat, or nobody knows when, is left out.
func (c *scan) join(ctx context.Context, l *listing, page []bot.Seen) ([]found, error) {
	ids := make([]bot.MessageID, len(page))
	for i, m := range page {
		ids[i] = m.ID
	}
	if len(ids) == 0 {
		return nil, nil
	}
	known, err := c.Selector.index.Known(ctx, ids)
	if err != nil {
		return nil, err
	}
	joined := make([]found, 0, len(page))
	for i, m := range page {
		k := known[i]
		if m.ID == "" || m.At.IsZero() || m.Chat != c.scope.Chat || k.Chat != "" && k.Chat != m.Chat {
			continue
		}
		m.Gone = m.Gone || k.Gone
		if m.Kind == bot.KindUnknown {
			m.Kind = k.Kind
		}
		if m.Thread == 0 {
			m.Thread = k.Thread
		}
		if m.Sender == 0 && m.Kind == k.Kind {
			m.Sender = k.Sender // of our own posts: for whom we made them
		}
		if m.Kind == bot.KindOwn {
			m.From = string(c.self)
		}
		joined = append(joined, found{Seen: m, listing: l.query.Topic, indexed: k})
	}
	return joined, nil
}
