package handlers

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall"
)

// ttlAskLife is how long a question about a lifetime can be answered.
const ttlAskLife = 10 * time.Minute

// ttlQuestion is a lifetime that waits for an answer: posts are older than it already.
type ttlQuestion struct {
	Chat  bot.ChatID            `json:"chat"`
	P2P   bool                  `json:"p2p,omitempty"`
	Order command.LifetimeOrder `json:"order"`
}

// ask asks a person who may set lifetimes what to do about the posts that are older than the new one. It reports false where there
// are none, and where only new posts get lifetimes.
func (l *Lifetimes) ask(ctx context.Context, to recipient, req recall.SettingRequest, order command.LifetimeOrder) (asked bool, err error) {
	may, err := l.Rights.Manage(ctx, req.Who, req.Chat, req.P2P)
	if err != nil || !may.Allow || order.Off {
		return false, err
	}
	since, err := l.since(ctx, req, false)
	if err != nil || !since.IsZero() {
		return false, err
	}
	filter := filterOf(order.Lifetime)
	filter.Until = l.Now().Add(-order.Life)
	count, err := l.Count(ctx, req.Chat, filter, req.Asked)
	if err != nil {
		return true, l.Answers.denied(ctx, to, err)
	}
	if count == 0 {
		return false, nil
	}
	key, _, err := newState(ctx, l.Once, "ttl_ask", to.work, ttlQuestion{req.Chat, req.P2P, order}, ttlAskLife)
	if err != nil {
		return true, err
	}
	_, err = l.Answers.show(ctx, to, l.Answers.locale(to.lang).AskLifetime(count, order.Life, key))
	return true, err
}

// press sets the lifetime as the person chose, who must have the right now; once.
func (l *Lifetimes) press(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	to := l.Answers.presser(ctx, d, body)
	key := stateKey("ttl_ask", body.Press.Key)
	asked, ok, err := keptState[ttlQuestion](ctx, l.Once, key)
	if err != nil {
		return err
	}
	if !ok || asked.P2P && asked.Chat != body.Chat {
		return l.Answers.refuse(ctx, to, bot.ReasonStale)
	}
	to.chat, to.p2p, to.noWhisper = asked.Chat, asked.P2P, asked.Chat != body.Chat
	req := recall.SettingRequest{
		CauseID: d.Event.ID, Via: bot.ViaButton, Who: body.By, Asked: body.At, Chat: asked.Chat, P2P: asked.P2P, Change: asked.Order.Apply,
	}
	order := lifetimeOrder{LifetimeOrder: asked.Order, newOnly: body.Press.Word == card.NewPosts}
	may, err := l.Rights.Manage(ctx, body.By, asked.Chat, asked.P2P)
	if err != nil {
		return err
	}
	if !may.Allow {
		_, err := l.change(ctx, to, req, order) // which refuses and records it
		return err
	}
	used, err := l.Once.Keep(ctx, key+"/used", string(to.work), ttlAskLife)
	if err != nil {
		return err
	}
	if used != string(to.work) {
		return l.Answers.refuse(ctx, to, bot.ReasonStale)
	}
	done, err := l.change(ctx, to, req, order)
	if err != nil {
		return err
	}
	if !done {
		return l.Once.Forget(ctx, key+"/used") // so that it can be answered again
	}
	_, err = l.Answers.replace(ctx, body, card.Note(l.Answers.say(to, text.Confirmed)))
	return err
}
