package handlers

import (
	"context"
	"strings"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/text"
)

func (w *WatchRules) quarantine(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := w.Answers.recipient(ctx, d, said)
	order, err := command.ParseQuarantine(w.input(said))
	if err != nil {
		return w.fault(ctx, to, bot.VerbQuarantine, err)
	}
	q := bot.Quarantine{Bot: order.Bot, Since: said.Message.At, Until: said.Message.At.Add(order.For), By: said.By, Remove: order.Remove}
	if q.Bot, err = w.withApp(ctx, said, q.Bot); err != nil {
		return err
	}
	answer, err := w.change(ctx, d, to, said, func(set bot.Settings) (bot.Settings, error) { return quarantined(set, q, w.Now()) })
	if err != nil || answer != "" {
		return w.say(ctx, to, answer, err)
	}
	if err := w.Notices.begin(ctx, said.Message.Chat, q); err != nil {
		return err
	}
	lines := []string{w.Answers.locale(to.lang).InQuarantine(q, w.Now())}
	warning, err := w.rankWarning(ctx, to, said.Message.Chat)
	switch {
	case err != nil:
		return err
	case warning != "":
		lines = append(lines, warning) // without a rank it can't be removed either
	case q.Remove:
		removed, err := w.remove(ctx, to, said.Message.Chat, q.Bot)
		if err != nil {
			return err
		}
		lines = append(lines, removed)
	}
	return w.Answers.tell(ctx, to, strings.Join(lines, "\n"))
}

// withApp adds the app id of a bot, where it can be found out: the history has no other id.
func (w *WatchRules) withApp(ctx context.Context, said bot.Said, ref bot.BotRef) (bot.BotRef, error) {
	if ref.App != "" || ref.Me || ref.Any {
		return ref, nil
	}
	app, err := w.AppOf(ctx, said.Message.Chat, ref, said.By)
	if bot.Retryable(err) {
		return ref, err
	}
	ref.App = app
	return ref, nil
}

// remove removes a bot from the chat, and says what became of it.
func (w *WatchRules) remove(ctx context.Context, to recipient, chat bot.ChatID, ref bot.BotRef) (string, error) {
	name := w.Answers.locale(to.lang).BotName(ref)
	if ref.App == "" {
		return w.Answers.say(to, text.BotUnknown, "bot", name), nil
	}
	err := w.RemoveBot(ctx, chat, ref.App)
	switch {
	case err == nil:
		return w.Answers.say(to, text.BotRemoved, "bot", name), nil
	case bot.Retryable(err):
		return "", err
	}
	w.Answers.Log.InfoContext(ctx, "bot not removed", "chat_id", string(chat), "error", err)
	detail := bot.Detail(err)
	return w.Answers.say(to, text.BotNotRemoved, "bot", name) + to.lang.Reference(detail.Code, detail.LogID), nil
}

func (w *WatchRules) release(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := w.Answers.recipient(ctx, d, said)
	order, err := command.ParseQuarantine(w.input(said))
	if err != nil {
		return w.fault(ctx, to, bot.VerbRelease, err)
	}
	before, err := w.Settings.Settings(ctx, said.Message.Chat)
	if err != nil {
		return err
	}
	answer, err := w.change(ctx, d, to, said, func(set bot.Settings) (bot.Settings, error) { return released(set, order.Bot, w.Now()) })
	if err != nil || answer != "" {
		return w.say(ctx, to, answer, err)
	}
	for _, q := range before.Quarantines {
		if q.Bot.Same(order.Bot) {
			if err := w.Notices.ended(ctx, said.Message.Chat, q); err != nil {
				return err
			}
		}
	}
	return w.Answers.tell(ctx, to, w.Answers.say(to, text.Released, "bot", w.Answers.locale(to.lang).BotName(order.Bot)))
}
