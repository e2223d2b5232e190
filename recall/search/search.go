// Package search finds the messages that a filter selects, in the platform's history and in the index.
package search

import (
	"context"
	"iter"
	"log/slog"
	"runtime"
	"time"

	"recallbot/bot"
)

const (
	// maxScanned is the most messages of one search.
	maxScanned = 50_000
	// maxWork bounds the matching of expressions in one search, in program steps times bytes: some seconds of CPU time. Only a
	// few searches at a time do matches above smallWork.
	maxWork   = 1 << 30
	smallWork = 1 << 18
	// maxCompleted is the most posts that are read one by one.
	maxCompleted = 100
	// maxOthersAge is the age up to which the platform lets managers recall other people's messages.
	maxOthersAge = 365 * 24 * time.Hour
)

// History reads a chat's messages from the platform. Where the app may not, errors are final, mostly Denied.
type History interface {
	History(ctx context.Context, q bot.HistoryQuery) (bot.HistoryPage, error)
	Pinned(ctx context.Context, chat bot.ChatID) (map[bot.MessageID]bool, error)
	// Post gives one message with its content.
	Post(ctx context.Context, id bot.MessageID) (bot.Seen, error)
}

// retryingHistory retries transient failures: starting a search again would read every page again.
type retryingHistory struct{ history History }

// readRetry retries for some 20 seconds.
func readRetry() bot.Retry {
	return bot.Retry{Tries: maxReadTries, First: 200 * time.Millisecond, Max: maxReadWait}
}

func (h retryingHistory) History(ctx context.Context, q bot.HistoryQuery) (bot.HistoryPage, error) {
	return bot.Try(ctx, readRetry(), func() (bot.HistoryPage, error) { return h.history.History(ctx, q) })
}

func (h retryingHistory) Pinned(ctx context.Context, chat bot.ChatID) (map[bot.MessageID]bool, error) {
	return bot.Try(ctx, readRetry(), func() (map[bot.MessageID]bool, error) { return h.history.Pinned(ctx, chat) })
}

func (h retryingHistory) Post(ctx context.Context, id bot.MessageID) (bot.Seen, error) {
	return bot.Try(ctx, readRetry(), func() (bot.Seen, error) { return h.history.Post(ctx, id) })
}

// Walker reads a chat's messages from the index.
type Walker interface {
	// Walk yields a chat's messages without the recalled ones, the newest first, from before back to since, both inclusive. It
	// ends after the first error.
	Walk(ctx context.Context, chat bot.ChatID, since, before time.Time) iter.Seq2[bot.Message, error]
	// Known gives each message, zero where the index does not have it. Recalled ones have Gone set.
	Known(ctx context.Context, ids []bot.MessageID) ([]bot.Message, error)
}

// Scope is a filter with its context.
type Scope struct {
	Chat bot.ChatID
	// Topic is the topic of the command, for Filter.Thread.
	Topic bot.ThreadID
	// Command is the message that asked, and Asked its time. Neither it nor newer messages are selected.
	Command bot.MessageID
	Asked   time.Time
	// Ranked is set where our bot may recall other people's messages, by itself or as the owner who asks.
	Ranked   bool
	Settings bot.Settings
	Filter   bot.Filter
	// Hidden, when set, reports which messages of a page must not be selected, nor counted.
	Hidden func(ctx context.Context, page []bot.Message) ([]bool, error)
}

// Selector finds the messages of filters. It is safe for concurrent use.
type Selector struct {
	history History
	index   Walker
	bots    BotsFunc
	self    bot.AppID
	log     *slog.Logger
	// matching limits the searches that match long texts, so that CPUs are left for events.
	matching chan struct{}
}

// BotsFunc gives the bots of a chat; none where they can't be had. Its errors are transient.
type BotsFunc func(ctx context.Context, chat bot.ChatID) ([]bot.ChatBot, error)

// NewSelector makes a selector; self is our own app.
func NewSelector(history History, index Walker, bots BotsFunc, self bot.AppID, log *slog.Logger) *Selector {
	return &Selector{
		history: retryingHistory{history}, index: index, bots: bots, self: self, log: log, matching: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), //nolint:mnd // half
	}
}

// Select passes the messages of the filter to take, the newest first and at most 50 at a time. The slice is valid only during
// the call. Only a few pages are in memory at a time. A reply in a topic whose first message is far older may come out of
// order. Where the filter depends on the order, it is left out and Preview.Unseen has UnseenTopics.
//
// Denied has ReasonNoHistory where the filter depends on texts and the history can't be read, ReasonUnknownStart where a
// message of the range is not in the chat, ReasonCopiedLink where it was not found by its link, and ReasonUnknownBot where the
// app of a name is not certain. Then no message may be recalled, although take was called. Other errors are transient.
func (s *Selector) Select(
	ctx context.Context, scope Scope, take func(ctx context.Context, page []bot.Seen) error,
) (bot.Preview, error) {
	match, err := newMatcher(scope.Filter, s.self)
	if err != nil {
		return bot.Preview{}, err
	}
	within, err := s.timeRangeOf(ctx, scope)
	if err != nil {
		return bot.Preview{}, err
	}
	if match.namesApps() {
		if err := s.learnApps(ctx, scope, within, match); err != nil {
			return bot.Preview{}, err
		}
	}
	scan := s.begin(ctx, scope, within)
	defer scan.close()
	sel := &selection{
		Selector: s, scope: scope, within: within, match: match, scan: &filter{scan: scan, taken: map[bot.Hash]bool{}},
		summary: newSummary(), take: take,
	}
	if err := sel.run(ctx); err != nil {
		return bot.Preview{}, err
	}
	if match.names.assumed {
		scan.unseen[bot.UnseenBots] = true
	}
	if sel.summary.hasNameless() {
		bots, _ := s.bots(ctx, scope.Chat) // a name is missing then
		if app := match.names.identify(bots); app != "" {
			scan.unseen[bot.UnseenNames] = true
		}
	}
	return sel.summary.preview(scan.unseen, match.names.called), nil
}

// selection is one run of Select.
type selection struct {
	*Selector

	scope   Scope
	within  *timeRange
	match   *matcher
	scan    *filter
	summary *summary
	pinned  map[bot.MessageID]bool
	page    []bot.Seen
	take    func(ctx context.Context, page []bot.Seen) error
	// work is the work so far, see maxWork.
	work int
	// completed is how many posts were read one by one.
	completed int
}

func (s *selection) run(ctx context.Context) error {
	for {
		m, ok, err := s.scan.next(ctx)
		if err != nil {
			return err
		}
		if s.scope.Filter.ReadsText() && s.scan.denied != nil {
			return refusal(s.scope.Chat, bot.ReasonNoHistory, s.scan.denied)
		}
		if !ok {
			break
		}
		done, err := s.look(ctx, m)
		if err != nil {
			return err
		}
		if done {
			break
		}
	}
	if err := s.match.checkNames(s.scope.Chat); err != nil {
		return err
	}
	if !s.match.ours() {
		s.scan.noteUnreadTopics() // the index has all own posts
	}
	return s.flush(ctx)
}

// look tests one message, and reports whether enough were found.
func (s *selection) look(ctx context.Context, m found) (enough bool, err error) {
	switch where := s.within.place(m); {
	case where == tooOld:
		s.scan.over = true // only deferred messages are left
		return false, nil
	case where == outside, m.Gone, m.Answer:
		return false, nil
	}
	free, err := s.waitForCPU(ctx, s.match.work(m))
	if err != nil {
		return false, err
	}
	defer free()
	if s.work > maxWork {
		s.scan.unseen[bot.UnseenOlder] = true
		return true, nil
	}
	wanted := m.Type != "system" && m.Type != "hongbao" && s.match.wants(m)
	if wanted || !m.unlisted {
		s.summary.scanned++
	}
	if !wanted {
		return false, nil
	}
	s.scan.markTaken(m)
	return s.offer(ctx, m)
}

// waitForCPU adds to the work, and for large work waits until few other searches match.
func (s *selection) waitForCPU(ctx context.Context, work int) (free func(), err error) {
	if s.work += work; work < smallWork {
		return func() {}, nil
	}
	select {
	case s.matching <- struct{}{}:
		return func() { <-s.matching }, nil
	case <-ctx.Done():
		return nil, bot.Errorf(bot.Unavailable, "select: %w", ctx.Err())
	}
}

// offer takes a message of the filter, or counts why it is skipped.
func (s *selection) offer(ctx context.Context, m found) (enough bool, err error) {
	cause, err := s.skipCause(ctx, m)
	if err != nil {
		return false, err
	}
	if cause != "" {
		s.summary.skipped[cause]++
		return false, nil
	}
	if s.summary.total == bot.MaxLast {
		s.scan.unseen[bot.UnseenMore] = true
		return true, nil
	}
	seen, err := s.complete(ctx, m)
	if err != nil || seen.Gone {
		return false, err
	}
	s.summary.add(seen)
	if s.page = append(s.page, seen); len(s.page) == pageSize {
		err = s.flush(ctx)
	}
	return s.summary.total == s.scope.Filter.Last, err
}

// complete reads the content of our post that only the index has, for the preview and the archive, and whether it was
// recalled. Each is a call, so it reads at most maxCompleted.
func (s *selection) complete(ctx context.Context, m found) (bot.Seen, error) {
	if !m.unlisted || m.Kind != bot.KindOwn || !s.scan.readable() || s.completed == maxCompleted {
		return m.Seen, nil
	}
	s.completed++
	post, err := s.history.Post(ctx, m.ID)
	if bot.Retryable(err) {
		return m.Seen, err
	}
	if err != nil {
		m.Gone = bot.Detail(err).Reason == bot.ReasonGone
	} else if post.Chat == m.Chat {
		m.Seen = s.scan.add(post, m.Message)
	}
	return m.Seen, nil
}

// skipCause is why a message of the filter is not recalled; empty where it is.
func (s *selection) skipCause(ctx context.Context, m found) (bot.Cause, error) {
	if m.Kind == bot.KindPerson && !s.scope.Settings.People {
		return bot.CausePerson, nil
	}
	if m.Kind != bot.KindOwn {
		switch {
		case !s.scope.Ranked:
			return bot.CauseNoRank, nil
		case m.At.Before(s.scope.Asked.Add(-maxOthersAge)):
			return bot.CauseTooOld, nil
		}
	}
	if s.scope.Filter.WithPinned {
		return "", nil
	}
	if err := s.loadPins(ctx); err != nil {
		return "", err
	}
	if s.pinned[m.ID] {
		return bot.CausePinned, nil
	}
	return "", nil
}

// loadPins reads the pins at the first message of the filter.
func (s *selection) loadPins(ctx context.Context) error {
	if s.pinned != nil {
		return nil
	}
	pinned, err := s.history.Pinned(ctx, s.scope.Chat)
	if bot.Retryable(err) {
		return err
	}
	if err != nil {
		s.log.InfoContext(ctx, "pins not readable", "chat_id", string(s.scope.Chat), "error", err)
		s.scan.unseen[bot.UnseenPins] = true
	}
	if s.pinned = pinned; pinned == nil {
		s.pinned = map[bot.MessageID]bool{}
	}
	return nil
}

func (s *selection) flush(ctx context.Context) error {
	if len(s.page) == 0 {
		return nil
	}
	err := s.take(ctx, s.page)
	clear(s.page)
	s.page = s.page[:0]
	return err
}

// refusal is the error of a filter that can't be applied; cause is the platform's error, if any.
func refusal(chat bot.ChatID, reason bot.Reason, cause error) error {
	e := &bot.Error{Kind: bot.Denied, Op: "select in " + string(chat), Reason: reason, Err: cause}
	if cause != nil {
		detail := bot.Detail(cause)
		e.Code, e.LogID = detail.Code, detail.LogID
	}
	return e
}
