package handlers

import (
	"context"
	"strconv"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall/watch"
)

const (
	// defaultTry is how far a rehearsal looks back where nothing else is said, maxTry the most.
	defaultTry = 7 * 24 * time.Hour
	maxTry     = 90 * 24 * time.Hour
	// tryTime is how long a rehearsal may take, tryLife how long its buttons work, triedLife how long its result is remembered.
	tryTime   = time.Minute
	tryLife   = time.Hour
	triedLife = 30 * 24 * time.Hour
	// tryShown is the least time between two changes of a card that shows how far a rehearsal or a report is.
	tryShown = 2 * time.Second
)

// Reader reads the history of a chat.
type Reader interface {
	Read(
		ctx context.Context, chat bot.ChatID, since, until time.Time, matches func(bot.Seen) bool, more func(read int) (bool, error),
	) (found []watch.Entry, part bool, err error)
	Indexed(ctx context.Context, chat bot.ChatID, since, until time.Time) ([]watch.Entry, error)
}

// reading is a read of a chat's history under way, whose card shows how far it is.
type reading struct {
	w     *WatchRules
	to    recipient
	key   string
	ref   bot.CardRef
	began time.Time
	shown time.Time
	title text.Key
}

// begin sends the card with the button that stops the reading: in the two-person chat, where it can be edited, else as a reply.
func (w *WatchRules) begin(ctx context.Context, to recipient, title text.Key) (*reading, error) {
	key, _, err := newState(ctx, w.Answers.Once, "reading", to.work, to.person, tryLife)
	if err != nil {
		return nil, err
	}
	r := &reading{w: w, to: to, key: key, began: w.Now(), shown: w.Now(), title: title}
	first := w.Answers.locale(to.lang).Reading(title, 0, key)
	r.ref, err = w.Answers.Cards.TellCard(ctx, to.person, first, string(to.work)+"/reading")
	switch {
	case err == nil:
		return r, w.Answers.lookElsewhere(ctx, to)
	case bot.Retryable(err) || to.command == "":
		return nil, err
	}
	r.ref, err = w.Answers.Cards.PostCard(ctx, bot.Place{Chat: to.chat, Message: to.command}, to.person, first, string(to.work)+"/reading")
	return r, err
}

// more shows how far the reading is, and reports whether it goes on.
func (r *reading) more(ctx context.Context) func(read int) (bool, error) {
	return func(read int) (bool, error) {
		now := r.w.Now()
		if now.Sub(r.shown) < tryShown {
			return now.Sub(r.began) < tryTime, nil
		}
		r.shown = now
		stopped, err := r.w.Answers.Once.Kept(ctx, stateKey("reading_stop", r.key))
		if err != nil || stopped != "" || now.Sub(r.began) >= tryTime {
			return false, err
		}
		return true, retryableOnly(r.w.Answers.Cards.EditCard(ctx, r.ref, r.w.Answers.locale(r.to.lang).Reading(r.title, read, r.key)))
	}
}

// end shows the result.
func (r *reading) end(ctx context.Context, shown bot.Card) error {
	if err := pause(ctx, r.shown.Add(time.Second).Sub(r.w.Now())); err != nil {
		return err
	}
	err := r.w.Answers.Cards.EditCard(ctx, r.ref, shown)
	if err == nil || bot.Retryable(err) {
		return err
	}
	_, err = r.w.Answers.show(ctx, r.to, shown)
	return err
}

// stop ends a reading for the person who began it.
func (w *WatchRules) stop(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	to := w.Answers.presser(ctx, d, body)
	who, ok, err := keptState[bot.UserID](ctx, w.Answers.Once, stateKey("reading", body.Press.Key))
	switch {
	case err != nil:
		return err
	case !ok:
		return w.Answers.refuse(ctx, to, bot.ReasonStale)
	case who != body.By:
		return w.Answers.refuse(ctx, to, bot.ReasonNotYours)
	}
	_, err = w.Answers.Once.Keep(ctx, stateKey("reading_stop", body.Press.Key), "yes", tryLife)
	return err
}

// try rehearses a rule on the history of the chat.
func (w *WatchRules) try(ctx context.Context, to recipient, said bot.Said, order command.WatchOrder) error {
	chat := said.Message.Chat
	rule, known, err := w.tried(ctx, chat, order)
	if err != nil {
		return err
	}
	if !known {
		return w.Answers.tell(ctx, to, w.Answers.say(to, text.WatchUnknown, "name", text.Plain(order.Name)))
	}
	since := said.Message.At.Add(-defaultTry)
	if !order.Since.IsZero() {
		since = later(order.Since, said.Message.At.Add(-maxTry))
	}
	r, err := w.begin(ctx, to, text.TryTitle)
	if err != nil {
		return err
	}
	matches := func(m bot.Seen) bool { return w.Rules.Matches(rule, m) }
	found, part, err := w.Reader.Read(ctx, chat, since, said.Message.At, matches, r.more(ctx))
	if bot.KindOf(err) == bot.Denied {
		if rule.ReadsText() {
			return r.end(ctx, card.Note(w.Answers.say(to, text.TryBlind)))
		}
		found, err = w.Reader.Indexed(ctx, chat, since, said.Message.At)
	}
	if err != nil {
		return err
	}
	done := watch.Rehearse(rule, found, w.Answers.Defaults().Zone)
	done.At, done.Since, done.Part = said.Message.At, since, part
	if order.Name != "" {
		if err := w.remember(ctx, chat, rule.Name, done); err != nil {
			return err
		}
	}
	return r.end(ctx, w.Answers.locale(to.lang).Rehearsal(card.Tried{Rehearsal: done, Rule: rule, Chat: chat, ChatName: w.Answers.chatName(ctx, to, chat), Now: w.Now()}))
}

// tried is the rule of a rehearsal: that of the chat, a ready-made one, or the one in the command.
func (w *WatchRules) tried(ctx context.Context, chat bot.ChatID, order command.WatchOrder) (bot.WatchRule, bool, error) {
	if order.Name == "" {
		return order.Rule, true, nil
	}
	set, err := w.Settings.Settings(ctx, chat)
	rule, known := set.Rule(order.Name)
	if !known {
		rule, known = command.ReadyRule(order.Name)
	}
	return rule, known, err
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func triedKey(chat bot.ChatID, rule string) string { return "tried/" + string(chat) + "/" + rule }

// remember keeps the result of the last rehearsal of a rule.
func (w *WatchRules) remember(ctx context.Context, chat bot.ChatID, rule string, done watch.Rehearsal) error {
	if err := w.Answers.Once.Forget(ctx, triedKey(chat, rule)); err != nil {
		return err
	}
	_, err := keepState(ctx, w.Answers.Once, triedKey(chat, rule), done, triedLife)
	return err
}

// lastTry says what the last rehearsal of a rule found; empty if there was none.
func (w *WatchRules) lastTry(ctx context.Context, to recipient, chat bot.ChatID, rule string) (string, error) {
	done, ok, err := keptState[watch.Rehearsal](ctx, w.Answers.Once, triedKey(chat, rule))
	if err != nil || !ok {
		return "", err
	}
	in := w.Answers.locale(to.lang)
	return w.Answers.say(to, text.TriedBefore, "at", in.Moment(done.At, w.Now()), "count", strconv.Itoa(done.Caught), "since", in.Moment(done.Since, w.Now())), nil
}
