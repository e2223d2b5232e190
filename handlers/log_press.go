package handlers

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/text"
)

// logLife is how long the buttons of a log work.
const logLife = 24 * time.Hour

// logView is what a log shows. It is stored for its buttons under the work that asked, so that of a press only the number of the page
// is taken from the button.
type logView struct {
	Chat  bot.ChatID    `json:"chat"`
	Asker bot.UserID    `json:"asker"`
	P2P   bool          `json:"p2p,omitempty"`
	Lang  text.Language `json:"lang,omitempty"`
	Count int           `json:"count,omitempty"`
	Who   bot.UserID    `json:"who,omitempty"`
	Since time.Time     `json:"since,omitzero"`
	// Until is the id of the newest record of the first page.
	Until string `json:"until,omitempty"`
	// Key is that of the buttons.
	Key string `json:"-"`
}

func (v logView) size() int { return min(cmp.Or(v.Count, defaultLog), command.MaxLog) }

func logKey(key string) string { return stateKey("log", key) }

// buttons lead to older acts, and back.
func (l *Log) buttons(ctx context.Context, to recipient, view logView, skip, total int) ([]bot.Button, error) {
	if view.Key == "" {
		view.Key = string(to.work)
		if _, err := keepState(ctx, l.Answers.Once, logKey(view.Key), view, logLife); err != nil {
			return nil, err
		}
	}
	var list []bot.Button
	add := func(said text.Key, skip int) {
		list = append(list, bot.Button{
			Text: l.Answers.say(to, said), Press: bot.Press{Action: bot.ActLog, Key: strconv.Itoa(skip) + " " + view.Key},
		})
	}
	if size := view.size(); skip+size < total {
		add(text.LogMore, skip+size)
	}
	if skip > 0 {
		add(text.LogBack, max(skip-view.size(), 0))
	}
	return list, nil
}

// viewOf gives what the log of a button shows, and where its page begins; false where it is not kept any more.
func (l *Log) viewOf(ctx context.Context, press bot.Press) (view logView, skip int, ok bool, err error) {
	page, key, _ := strings.Cut(press.Key, " ")
	skip, err = strconv.Atoi(page)
	if err != nil || key == "" {
		return view, 0, false, nil //nolint:nilerr // no button of ours
	}
	view, ok, err = keptState[logView](ctx, l.Answers.Once, logKey(key))
	view.Key = key
	return view, skip, ok, err
}

// press shows another page to the person who asked, if they may still read the log.
func (l *Log) press(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	view, skip, ok, err := l.viewOf(ctx, body.Press)
	if err != nil {
		return err
	}
	to := recipient{work: d.Event.ID, person: body.By, chat: cmp.Or(view.Chat, body.Chat), noWhisper: ok && (view.P2P || body.Chat != view.Chat)}
	to.lang = l.Answers.language(ctx, to.chat, view.Lang)
	reason := bot.ReasonStale
	if ok {
		reason, err = l.refusal(ctx, view, body)
	}
	if err != nil {
		return err
	}
	if reason != "" {
		return l.Answers.refuse(ctx, to, reason)
	}
	page, err := l.page(ctx, to, &view, skip)
	if err != nil {
		return err
	}
	shown := l.Answers.locale(to.lang).Log(page, l.Now())
	if edited, err := l.Answers.replace(ctx, body, shown); err != nil || edited {
		return err
	}
	_, err = l.Answers.show(ctx, to, shown)
	return retryableOnly(err)
}

// refusal is why a person may not see another page; empty if they may. The card is in the log's chat, or in the two-person chat of who
// asked; a copy elsewhere, which others may see, has no effect.
func (l *Log) refusal(ctx context.Context, view logView, body bot.Pressed) (bot.Reason, error) {
	if body.By != view.Asker {
		return bot.ReasonNotYours, nil
	}
	if body.Chat != view.Chat {
		chat, err := l.Answers.Chat(ctx, body.Chat, chatNameAge)
		switch {
		case bot.Retryable(err):
			return "", err
		case err != nil || view.P2P || !chat.P2P:
			return bot.ReasonStale, nil //nolint:nilerr // a chat that the bot is not in
		}
	}
	decision, err := l.Rights.May(ctx, body.By, view.Chat, view.P2P)
	if err != nil || decision.Allow {
		return "", err
	}
	return decision.Reason, nil
}
