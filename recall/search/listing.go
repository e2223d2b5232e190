package search

import (
	"context"
	"time"

	"recallbot/bot"
)

const (
	// maxPages is the most pages, also if they are not full.
	maxPages = 2 * maxScanned / pageSize
	// pageSize is the most messages of one answer of the platform, and of one call of take.
	pageSize = 50
	// maxReadTries is how often a page is tried after transient failures and rate limits, maxReadWait the longest wait in between.
	maxReadTries = 10
	maxReadWait  = 5 * time.Second
)

// listing is the listing of a chat or a topic, read page by page.
type listing struct {
	query bot.HistoryQuery
	// limit is the most messages to read; zero is all. read is how many were read.
	limit, read int
	pages       [][]found
	ended       bool
}

// head is the next message; nil at the end of the pages.
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

// read reads a page of a listing. After a final error the listing ends.
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
		l.ended = true // times have no effect in topics
	}
	if l.limit > 0 && l.read >= l.limit && !l.ended {
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
	c.log.InfoContext(ctx, "history not readable", "chat_id", string(l.query.Chat), "topic_id", string(l.query.Topic), "error", err)
	l.ended = true
	if l == c.chat {
		c.denied = err
		c.unseen[bot.UnseenHistory] = true
		return nil
	}
	c.unseen[bot.UnseenTopics] = true
	return nil
}

// join adds the index's data to a page of the platform. It leaves out messages of other chats and those without a time.
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

// add merges the index's data into a message. The platform's data counts, but a message that is gone in either is gone.
func (c *scan) add(m bot.Seen, known bot.Message) bot.Seen {
	m.Gone = m.Gone || known.Gone
	if m.Kind == bot.KindUnknown {
		m.Kind = known.Kind
	}
	if m.Thread == 0 {
		m.Thread = known.Thread
	}
	if known.Kind == bot.KindOwn {
		m.Answer = known.Answer // others can make a card that looks like an answer of ours
	}
	if m.Sender == 0 && m.Kind == known.Kind {
		m.Sender = known.Sender // the author of an own post
	}
	if m.Kind == bot.KindOwn {
		m.From = string(c.self)
	}
	return m
}
