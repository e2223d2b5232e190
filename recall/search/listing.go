package search

import (
	"context"
	"time"

	"recallbot/bot"
)

const (
	// maxPages bounds the calls, whatever the pages hold.
	maxPages = 2 * maxScanned / pageSize
	// pageSize is how many messages the platform lists at most in one answer, and how many are handed on at once.
	pageSize = 50
	// maxTurns is how often the platform is asked for a page when it fails for the moment, or it or our own share of its
	// limit asks to wait, and maxTurn the longest wait in between.
	maxTurns = 10
	maxTurn  = 5 * time.Second
)

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

// read reads a page of a listing. Where the platform may not be read the listing ends.
func (c *scan) read(ctx context.Context, l *listing) error {
	if c.pages >= maxPages {
		l.ended = true
		c.unseen[bot.UnseenOlder] = true
		return nil
	}
	c.pages++
	page, err := c.history.History(ctx, l.query)
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

func (c *scan) refused(ctx context.Context, l *listing, err error) error {
	if bot.Retryable(err) {
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
		known := known[i]
		if m.ID == "" || m.At.IsZero() || m.Chat != c.scope.Chat || known.Chat != "" && known.Chat != m.Chat {
			continue
		}
		joined = append(joined, found{Seen: c.add(m, known), listing: l.query.Topic, indexed: known})
	}
	return joined, nil
}

// add completes what the platform says of a message.
func (c *scan) add(m bot.Seen, known bot.Message) bot.Seen {
	m.Gone = m.Gone || known.Gone
	if m.Kind == bot.KindUnknown {
		m.Kind = known.Kind
	}
	if m.Thread == 0 {
		m.Thread = known.Thread
	}
	if known.Kind == bot.KindOwn {
		m.Answer = known.Answer // whoever makes a card may make it look like one of ours
	}
	if m.Sender == 0 && m.Kind == known.Kind {
		m.Sender = known.Sender // of our own posts: for whom we made them
	}
	if m.Kind == bot.KindOwn {
		m.From = string(c.self)
	}
	return m
}
