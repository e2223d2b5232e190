// Package search finds the messages that a clean-up means, in the platform's listing and in the index.
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
	// maxScanned is how many messages are looked at.
	maxScanned = 50_000
	// maxWork bounds what one selection matches with expressions, in steps of their programs for each byte: some seconds of a
	// processor. What is above littleWork is matched by a few at once.
	maxWork    = 1 << 30
	littleWork = 1 << 18
	// maxCompleted is how many posts are asked for one by one.
	maxCompleted = 100
	// othersAge is how old what others wrote may be: the platform recalls nothing older for managers.
	othersAge = 365 * 24 * time.Hour
)

// History is what the platform tells of a chat's messages. Where it may not be read, errors are final, most often Denied.
type History interface {
	History(ctx context.Context, q bot.HistoryQuery) (bot.HistoryPage, error)
	Pinned(ctx context.Context, chat bot.ChatID) (map[bot.MessageID]bool, error)
	// Post gives one message with what it says.
	Post(ctx context.Context, id bot.MessageID) (bot.Seen, error)
}

// again reads the platform again where it fails for the moment: whoever begins anew reads every page again.
type again struct{ reads History }

// readAgain is how often that is tried: some 20 seconds.
func readAgain() bot.Retry {
	return bot.Retry{Tries: maxTurns, First: 200 * time.Millisecond, Max: maxTurn}
}

func (h again) History(ctx context.Context, q bot.HistoryQuery) (bot.HistoryPage, error) {
	return bot.Try(ctx, readAgain(), func() (bot.HistoryPage, error) { return h.reads.History(ctx, q) })
}

func (h again) Pinned(ctx context.Context, chat bot.ChatID) (map[bot.MessageID]bool, error) {
	return bot.Try(ctx, readAgain(), func() (map[bot.MessageID]bool, error) { return h.reads.Pinned(ctx, chat) })
}

func (h again) Post(ctx context.Context, id bot.MessageID) (bot.Seen, error) {
	return bot.Try(ctx, readAgain(), func() (bot.Seen, error) { return h.reads.Post(ctx, id) })
}

// Walker is what the index knows of a chat's messages.
type Walker interface {
	// Walk goes through a chat's messages, the newest first, from before back to since, both inclusive; what was recalled
	// is not among them. It ends when the yield says so, or with the first error.
	Walk(ctx context.Context, chat bot.ChatID, since, before time.Time) iter.Seq2[bot.Message, error]
	// Known gives what is known of each message, zero where nothing is; those that were recalled have Gone set.
	Known(ctx context.Context, ids []bot.MessageID) ([]bot.Message, error)
}

// Scope says where a filter applies, and as of when.
type Scope struct {
	Chat bot.ChatID
	// Topic is where the command was said, for Filter.Thread.
	Topic bot.ThreadID
	// Command is the message that asked, and Asked its time: nothing newer is ever selected, nor the command itself.
	Command bot.MessageID
	Asked   time.Time
	// Ranked is set where our bot may take away what others wrote, by itself or as the owner who asks.
	Ranked   bool
	Settings bot.Settings
	Filter   bot.Filter
	// Hidden, when set, tells of each of some messages whether nothing may show that it is there.
	Hidden func(ctx context.Context, page []bot.Message) ([]bool, error)
}

// Selector finds the messages that filters mean. It is safe for concurrent use.
type Selector struct {
	history History
	index   Walker
	self    bot.AppID
	log     *slog.Logger
	// matching bounds how many match expressions with long texts at once, so that processors are left for events.
	matching chan struct{}
}

// NewSelector makes a selector; self is our own app.
func NewSelector(history History, index Walker, self bot.AppID, log *slog.Logger) *Selector {
	return &Selector{
		history: again{history}, index: index, self: self, log: log, matching: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), //nolint:mnd // half
	}
}

// Select streams what the filter means, the newest first and at most 50 at a time, to take, and tells what it found. The
// slice that take is given is only valid during the call. However much it finds, it holds a few pages of it. A reply in
// a topic whose first message is far older may come later than its time; where the order decides what is meant it is
// left out instead, and Unseen says so.
//
// Denied has ReasonNoHistory where texts must be read and the history may not be, ReasonUnknownStart where the message
// that a range begins or ends with is not in the chat, ReasonCopiedLink where its link says nothing, and ReasonUnknownBot where nobody can tell which app is meant:
// then nothing of what take was given may be recalled. Other errors may pass by themselves.
func (s *Selector) Select(
	ctx context.Context, scope Scope, take func(ctx context.Context, page []bot.Seen) error,
) (bot.Preview, error) {
	match, err := newMatcher(scope.Filter, s.self)
	if err != nil {
		return bot.Preview{}, err
	}
	within, err := s.reach(ctx, scope)
	if err != nil {
		return bot.Preview{}, err
	}
	if match.needsLearning() {
		if err := s.learn(ctx, scope, within, match); err != nil {
			return bot.Preview{}, err
		}
	}
	scan := s.begin(ctx, scope, within)
	defer scan.close()
	sel := &selection{
		Selector: s, scope: scope, within: within, match: match, scan: &filter{scan: scan, taken: map[bot.Hash64]bool{}},
		tally: newSummary(), take: take,
	}
	if err := sel.run(ctx); err != nil {
		return bot.Preview{}, err
	}
	return sel.tally.preview(scan.unseen), nil
}

// selection is one run of Select.
type selection struct {
	*Selector

	scope  Scope
	within *timeRange
	match  *matcher
	scan   *filter
	tally  *summary
	pinned map[bot.MessageID]bool
	page   []bot.Seen
	take   func(ctx context.Context, page []bot.Seen) error
	// work is what was matched with expressions so far.
	work int
	// completed is how many posts were asked for one by one.
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
	if err := s.match.understood(s.scope.Chat); err != nil {
		return err
	}
	if !s.match.ours() {
		s.scan.missed() // what we post ourselves the index knows
	}
	return s.flush(ctx)
}

// look decides about one message, and tells whether enough was found.
func (s *selection) look(ctx context.Context, m found) (enough bool, err error) {
	switch where := s.within.place(m); {
	case where == beyond:
		s.scan.over = true // what was put aside is left
		return false, nil
	case where == outside, m.Gone, m.Answer:
		return false, nil
	}
	free, err := s.turn(ctx, s.match.work(m))
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
		s.tally.scanned++
	}
	if !wanted {
		return false, nil
	}
	s.scan.settle(m)
	return s.offer(ctx, m)
}

// turn waits for the turn to match a message, and counts the work.
func (s *selection) turn(ctx context.Context, work int) (free func(), err error) {
	if s.work += work; work < littleWork {
		return func() {}, nil
	}
	select {
	case s.matching <- struct{}{}:
		return func() { <-s.matching }, nil
	case <-ctx.Done():
		return nil, bot.Errorf(bot.Unavailable, "select: %w", ctx.Err())
	}
}

// offer takes what the filter means, unless it is to be skipped.
func (s *selection) offer(ctx context.Context, m found) (enough bool, err error) {
	cause, err := s.skips(ctx, m)
	if err != nil {
		return false, err
	}
	if cause != "" {
		s.tally.skipped[cause]++
		return false, nil
	}
	if s.tally.total == bot.MaxLast {
		s.scan.unseen[bot.UnseenMore] = true
		return true, nil
	}
	seen, err := s.complete(ctx, m)
	if err != nil || seen.Gone {
		return false, err
	}
	s.tally.add(seen)
	if s.page = append(s.page, seen); len(s.page) == pageSize {
		err = s.flush(ctx)
	}
	return s.tally.total == s.scope.Filter.Last, err
}

// complete learns what a post of ours says that only the index knows, so that it can be shown and come back, and whether
// it still stands. It asks for a few only: each is a call.
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

// skips says why a message that the filter means is not taken all the same; empty where it is.
func (s *selection) skips(ctx context.Context, m found) (bot.Cause, error) {
	if m.Kind == bot.KindPerson && !s.scope.Settings.People {
		return bot.CausePerson, nil
	}
	if m.Kind != bot.KindOwn {
		switch {
		case !s.scope.Ranked:
			return bot.CauseNoRank, nil
		case m.At.Before(s.scope.Asked.Add(-othersAge)):
			return bot.CauseTooOld, nil
		}
	}
	if s.scope.Filter.WithPinned {
		return "", nil
	}
	if err := s.learnPins(ctx); err != nil {
		return "", err
	}
	if s.pinned[m.ID] {
		return bot.CausePinned, nil
	}
	return "", nil
}

// learnPins asks once, when there is something to take.
func (s *selection) learnPins(ctx context.Context) error {
	if s.pinned != nil {
		return nil
	}
	pinned, err := s.history.Pinned(ctx, s.scope.Chat)
	if bot.Retryable(err) {
		return err
	}
	if err != nil {
		s.log.InfoContext(ctx, "pins may not be read", "chat_id", string(s.scope.Chat), "error", err)
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

// refusal is a selection that can't be made; cause is what the platform said, if anything.
func refusal(chat bot.ChatID, reason bot.Reason, cause error) error {
	e := &bot.Error{Kind: bot.Denied, Op: "select in " + string(chat), Reason: reason, Err: cause}
	if cause != nil {
		detail := bot.Detail(cause)
		e.Code, e.LogID = detail.Code, detail.LogID
	}
	return e
}
