package handlers

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall"
)

// caughtWithin is the time for which the list of rules says how much they caught.
const caughtWithin = 7 * 24 * time.Hour

// WatchRules is /recall watch, quarantine and release: the rules of a chat on the posts of bots.
type WatchRules struct {
	Answers  *Answers
	Settings Settings
	Rights   Rights
	Windows  Windows
	Notices  *WatchNotices
	// Rules judge single posts, Reader reads the history.
	Rules interface {
		Matches(rule bot.WatchRule, post bot.Seen) bool
	}
	Reader Reader
	// Visibility is how our own posts, or those of other bots, are seen, Poll how often chats are listed where they do not arrive as events.
	Visibility func(ctx context.Context, own bool) bot.Visibility
	Poll       time.Duration
	// AppOf finds the app id of a bot of a chat; empty where that can't be found out.
	AppOf func(ctx context.Context, chat bot.ChatID, ref bot.BotRef, who bot.UserID) (bot.AppID, error)
	// RemoveBot removes a bot from a chat.
	RemoveBot func(ctx context.Context, chat bot.ChatID, app bot.AppID) error
	Now       func() time.Time
}

// Handlers implements Behaviour.
func (w *WatchRules) Handlers() []bot.Handler {
	return []bot.Handler{
		w.Answers.command(bot.VerbWatch, w.watch), w.Answers.opened(bot.VerbWatch, w.watch),
		w.Answers.command(bot.VerbQuarantine, w.quarantine), w.Answers.command(bot.VerbRelease, w.release),
		w.Answers.pressed("rule_press", wantAction(bot.ActRule), w.press), w.Answers.pressed("reading_press", wantAction(bot.ActStopReading), w.stop),
	}
}

func (w *WatchRules) watch(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := w.Answers.recipient(ctx, d, said)
	order, err := command.ParseWatch(w.input(said))
	if err != nil {
		return w.fault(ctx, to, bot.VerbWatch, err)
	}
	if ok, err := w.Answers.allows(ctx, to, said); !ok {
		return err
	}
	switch order.Verb {
	case command.WatchTry:
		return w.try(ctx, to, said, order)
	case command.WatchList:
		shown, err := w.list(ctx, to, said.Message.Chat)
		if err != nil {
			return err
		}
		_, err = w.Answers.show(ctx, to, shown)
		return err
	default:
	}
	answer, err := w.change(ctx, d, to, said, func(set bot.Settings) (bot.Settings, error) { return apply(set, order, said) })
	if err != nil || answer != "" {
		return w.say(ctx, to, answer, err)
	}
	answer, err = w.changed(ctx, to, said.Message.Chat, order)
	return w.say(ctx, to, answer, err)
}

// press is a button of the list of rules: the list changes.
func (w *WatchRules) press(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	to := w.Answers.presser(ctx, d, body)
	said, err := w.Answers.saidBy(ctx, body)
	if err != nil {
		return w.Answers.denied(ctx, to, err)
	}
	if said.Message.Chat != body.Press.Chat {
		return w.Answers.refuse(ctx, to, bot.ReasonNotYours)
	}
	to.chat, to.noWhisper = said.Message.Chat, body.Chat != said.Message.Chat
	said.Command.Verb, said.Command.Args = bot.VerbWatch, strings.Fields(body.Press.Word)
	order, err := command.ParseWatch(w.input(said))
	if err != nil || order.Verb != command.WatchSwitch {
		return w.Answers.refuse(ctx, to, bot.ReasonStale)
	}
	answer, err := w.change(ctx, d, to, said, func(set bot.Settings) (bot.Settings, error) { return apply(set, order, said) })
	if err != nil || answer != "" {
		return w.say(ctx, to, answer, err)
	}
	shown, err := w.list(ctx, to, said.Message.Chat)
	if err != nil {
		return err
	}
	edited, err := w.Answers.replace(ctx, body, shown)
	if err != nil || edited {
		return err
	}
	_, err = w.Answers.show(ctx, to, shown)
	return err
}

func (w *WatchRules) say(ctx context.Context, to recipient, answer string, err error) error {
	if err != nil {
		return err
	}
	return w.Answers.tell(ctx, to, answer)
}

func (w *WatchRules) input(said bot.Said) command.FilterInput {
	return command.FilterInput{
		Verb: said.Command.Verb, Args: said.Command.Args, Mentions: said.Command.Mentions, Said: said.Message.At, Zone: w.Answers.Defaults().Zone,
	}
}

// apply makes the change of an order.
func apply(set bot.Settings, order command.WatchOrder, said bot.Said) (bot.Settings, error) {
	switch order.Verb {
	case command.WatchAdd:
		return withRule(set, order.Rule, said.By, said.Message.At)
	case command.WatchSwitch:
		return switched(set, order.Name, order.State, said.By, said.Message.At)
	default:
		return removed(set, order.Name)
	}
}

// change changes the settings for a person who may. It returns what is wrong, as a sentence; empty where the change is made.
func (w *WatchRules) change(
	ctx context.Context, d bot.Delivery, to recipient, said bot.Said, change func(bot.Settings) (bot.Settings, error),
) (answer string, err error) {
	if w.Now().Sub(said.Message.At) > maxCommandAge {
		return w.Answers.reason(to, bot.ReasonTooLate), nil
	}
	decision, _, err := w.Rights.Configure(ctx, recall.SettingRequest{
		CauseID: d.Event.ID, Via: bot.ViaSettings, Who: said.By, Asked: said.Message.At, Chat: said.Message.Chat, P2P: said.P2P,
		Command: said.Message.ID, Moderators: true, Change: change,
	})
	what := text.Plain(strings.Join(said.Command.Args, " "))
	switch {
	case errors.Is(err, errNoRule):
		return w.Answers.say(to, text.WatchUnknown, "name", what), nil
	case errors.Is(err, errManyRules):
		return w.Answers.say(to, text.WatchMany, "limit", strconv.Itoa(bot.MaxWatchRules)), nil
	case errors.Is(err, errNotQuarantined):
		return w.Answers.say(to, text.NotQuarantined, "bot", what), nil
	case err != nil:
		return "", err
	case !decision.Allow:
		return w.Answers.reason(to, decision.Reason), nil
	default:
		return "", nil
	}
}

// changed is the answer to a change of a rule.
func (w *WatchRules) changed(ctx context.Context, to recipient, chat bot.ChatID, order command.WatchOrder) (string, error) {
	name := text.Plain(order.Name)
	if order.Verb == command.WatchRemove {
		return w.Answers.say(to, text.WatchRemoved, "name", name), nil
	}
	lines := []string{w.Answers.say(to, text.WatchAdded, "name", name)}
	if order.Verb == command.WatchSwitch {
		lines[0] = w.Answers.say(to, text.WatchSwitched, "name", name, "state", w.Answers.say(to, text.WatchState(order.State)))
	}
	if order.State == bot.WatchOn {
		caught, err := w.Windows.Caught(ctx, chat, []string{order.Name}, w.Now().Add(-caughtWithin))
		if err != nil {
			return "", err
		}
		lines = append(lines, w.Answers.say(to, text.WatchCaught, "count", strconv.Itoa(caught[order.Name])))
		tried, err := w.lastTry(ctx, to, chat, order.Name)
		if err != nil {
			return "", err
		}
		if tried != "" {
			lines = append(lines, tried)
		}
	}
	warnings, err := w.warnings(ctx, to, chat, order.Name)
	return strings.Join(append(lines, warnings...), "\n"), err
}

// warnings say why a rule can't do what it is for: our bot can't see the posts, or can't recall them.
func (w *WatchRules) warnings(ctx context.Context, to recipient, chat bot.ChatID, name string) ([]string, error) {
	set, err := w.Settings.Settings(ctx, chat)
	if err != nil {
		return nil, err
	}
	rule, _ := set.Rule(name)
	warnings := w.unseen(ctx, to, rule)
	if rule.Means(false) {
		rank, err := w.rankWarning(ctx, to, chat)
		if err != nil {
			return nil, err
		}
		if rank != "" {
			warnings = append(warnings, rank)
		}
	}
	return warnings, nil
}

// unseen says which of the posts that rules are about our bot can't see.
func (w *WatchRules) unseen(ctx context.Context, to recipient, rules ...bot.WatchRule) []string {
	var said []string
	for _, own := range []bool{false, true} {
		about := slices.ContainsFunc(rules, func(r bot.WatchRule) bool { return r.Means(own) })
		if seen := w.Visibility(ctx, own); about && seen != bot.VisibilityEvents && seen != bot.VisibilityPolled {
			said = append(said, w.Answers.say(to, text.Visibility(seen, own)))
		}
	}
	return said
}

// visibility says how the posts of other bots are seen, and which posts that rules are about can't be seen.
func (w *WatchRules) visibility(ctx context.Context, to recipient, rules []bot.WatchRule) string {
	said := w.unseen(ctx, to, rules...)
	others := w.Answers.say(to, text.Visibility(w.Visibility(ctx, false), false), "time", to.lang.Duration(w.Poll))
	if !slices.Contains(said, others) {
		said = append([]string{others}, said...)
	}
	return strings.Join(said, "\n")
}

// rankWarning warns where our bot can't recall the posts of other bots.
func (w *WatchRules) rankWarning(ctx context.Context, to recipient, chat bot.ChatID) (string, error) {
	may, err := w.Rights.May(ctx, to.person, chat, false)
	if err != nil || may.Ranked || may.AsOwner {
		return "", err
	}
	return w.Answers.say(to, text.WatchRank), nil
}

// list is the card with the rules and quarantines of a chat.
func (w *WatchRules) list(ctx context.Context, to recipient, chat bot.ChatID) (bot.Card, error) {
	set, err := w.Settings.Settings(ctx, chat)
	if err != nil {
		return bot.Card{}, err
	}
	var names []string
	for _, rule := range set.Watch {
		names = append(names, rule.Name)
	}
	caught, err := w.Windows.Caught(ctx, chat, names, w.Now().Add(-caughtWithin))
	if err != nil {
		return bot.Card{}, err
	}
	view := card.Rules{Chat: chat, Rules: set.Watch, Caught: caught, Quarantines: running(set.Quarantines, w.Now()), Now: w.Now()}
	for _, ready := range command.ReadyRules() {
		if _, ok := set.Rule(ready.Name); !ok {
			view.Ready = append(view.Ready, ready)
		}
	}
	view.Visibility = w.visibility(ctx, to, view.Rules)
	view.Warning, err = w.rankWarning(ctx, to, chat)
	return w.Answers.locale(to.lang).Rules(view), err
}

// fault answers what is wrong with the command.
func (w *WatchRules) fault(ctx context.Context, to recipient, verb bot.Verb, err error) error {
	wrong, ok := errors.AsType[*bot.FilterError](err)
	if !ok {
		return err
	}
	said := []string{to.lang.Filter(wrong), "", w.Answers.say(to, text.HelpExamples), w.Answers.say(to, text.Examples(verb))}
	return w.Answers.tell(ctx, to, strings.Join(said, "\n"))
}
