package handlers

import (
	"context"
	"errors"
	"slices"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall"
)

// Ask is the button by which a person who may not recall a message asks the moderators of the group to do it. They get a card with
// two buttons, once for each message; the first of them who answers decides.
type Ask struct {
	Answers  *Answers
	Recaller Recaller
	Rights   Rights
	// Read gives a message's content.
	Read func(ctx context.Context, id bot.MessageID) (bot.Seen, error)
}

// Handlers implements Behaviour.
func (q *Ask) Handlers() []bot.Handler {
	return []bot.Handler{
		q.Answers.pressed("ask_press", wantAction(bot.ActAsk), q.ask), q.Answers.pressed("asked_press", wantAction(bot.ActRecall, bot.ActLeave), q.decide),
	}
}

// wantAction is the condition for a press of one of the actions with a key.
func wantAction(actions ...bot.Action) func(bot.Pressed) bool {
	return func(body bot.Pressed) bool {
		return body.By != "" && body.Press.Key != "" && slices.Contains(actions, body.Press.Action)
	}
}

// ask sends the card to the moderators, and tells the person whom it was sent to.
func (q *Ask) ask(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	to := q.Answers.presser(ctx, d, body)
	about, ok, err := keptState[asked](ctx, q.Answers.Once, stateKey("ask", body.Press.Key))
	switch {
	case err != nil:
		return err
	case !ok:
		return q.Answers.refuse(ctx, to, bot.ReasonStale)
	case about.Who != body.By:
		return q.Answers.refuse(ctx, to, bot.ReasonNotYours)
	}
	to.lang = about.Lang
	once := "asked/" + string(about.Message)
	work, err := q.Answers.Once.Keep(ctx, once, string(d.Event.ID), askLife)
	if err != nil {
		return err
	}
	if work != string(d.Event.ID) {
		return q.Answers.tell(ctx, to, q.Answers.say(to, text.AskedBefore))
	}
	latest, err := q.Answers.Once.Keep(ctx, "ask_by/"+string(body.By), work, askQuiet)
	if err != nil {
		return err
	}
	if latest != work {
		return errors.Join(q.Answers.Once.Forget(ctx, once), q.Answers.tell(ctx, to, q.Answers.say(to, text.AskedTooOften)))
	}
	people, err := q.send(ctx, body.Press.Key, about)
	if err != nil {
		return err
	}
	said := q.Answers.say(to, text.AskedNobody)
	if len(people) > 0 {
		said = q.Answers.say(to, text.Asked, "people", to.lang.List(people))
	}
	edited, err := q.Answers.replace(ctx, body, card.Note(said))
	if err != nil || edited {
		return err
	}
	return q.Answers.tell(ctx, to, said)
}

// send sends the card to each moderator in the two-person chat, and gives those who got it, as mentions.
func (q *Ask) send(ctx context.Context, key string, about asked) (people []string, err error) {
	var refs []bot.CardRef
	lang := q.Answers.language(ctx, about.Chat, "")
	shown := q.card(ctx, key, about, lang)
	for _, id := range q.Answers.moderators(ctx, about.Chat, about.Who) {
		ref, err := q.Answers.Cards.TellCard(ctx, id, shown, "asked/"+string(about.Message)+"/"+string(id))
		switch {
		case err == nil:
			people, refs = append(people, bot.Mention(id)), append(refs, ref)
		case bot.Retryable(err):
			return nil, err
		default:
			q.Answers.Log.InfoContext(ctx, "moderator not asked", "user_id", string(id), "error", err)
		}
	}
	return people, keepState(ctx, q.Answers.Once, "asked_cards/"+string(about.Message), refs, askLife)
}

// card is what the moderators get.
func (q *Ask) card(ctx context.Context, key string, about asked, lang text.Language) bot.Card {
	to := recipient{chat: about.Chat, lang: lang}
	asks := card.Question{Who: about.Who, Chat: q.Answers.chatName(ctx, to, about.Chat), Key: key}
	if seen, err := q.Read(ctx, about.Message); err == nil {
		asks.Excerpt, asks.At = bot.Abbreviate(seen.Text, maxExcerpt), seen.At
	}
	return q.Answers.locale(lang).Question(asks)
}

// decide recalls the message, or leaves it, for a person who may; and says so on all cards and to the person who asked.
func (q *Ask) decide(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	to := q.Answers.presser(ctx, d, body)
	about, ok, err := keptState[asked](ctx, q.Answers.Once, stateKey("ask", body.Press.Key))
	if err != nil {
		return err
	}
	if !ok {
		return q.Answers.refuse(ctx, to, bot.ReasonStale)
	}
	to.chat, to.noWhisper = about.Chat, true
	decided, done := text.AskedLeft, q.leave
	if body.Press.Action == bot.ActRecall {
		decided, done = text.AskedRecalled, q.recall
	}
	if ok, err := done(ctx, d, to, about); !ok {
		return err
	}
	first, err := q.Answers.Once.Keep(ctx, "asked_done/"+string(about.Message), string(d.Event.ID), askLife)
	if err != nil || first != string(d.Event.ID) {
		return err
	}
	if err := q.showDecision(ctx, about, decided, body.By); err != nil {
		return err
	}
	asker := recipient{work: d.Event.ID, person: about.Who, chat: about.Chat, lang: about.Lang}
	return q.Answers.tell(ctx, asker, q.Answers.say(asker, decided, "who", bot.Mention(body.By)))
}

// recall recalls the message, and reports false if it did not: then the person has the reason, or another run is needed.
func (q *Ask) recall(ctx context.Context, d bot.Delivery, to recipient, about asked) (bool, error) {
	body, _ := d.Event.Body.(bot.Pressed)
	out, err := q.Recaller.Recall(ctx, recall.Request{
		CauseID: d.Event.ID, Via: bot.ViaButton, Who: to.person, Asked: body.At, Chat: about.Chat, Target: about.Message,
		Redelivered: d.Redelivered, BestEffort: d.Attempt > bestEffortAfter, Last: d.Last,
	})
	if out.OK() || err != nil && out.Result == "" {
		return out.OK(), err
	}
	return false, errors.Join(q.Answers.outcome(ctx, to, out), err)
}

// leave reports whether the person may decide that the message stays. If not, it answers with the reason.
func (q *Ask) leave(ctx context.Context, _ bot.Delivery, to recipient, about asked) (bool, error) {
	may, err := q.Rights.May(ctx, to.person, about.Chat, false)
	if err != nil || may.Allow {
		return err == nil, err
	}
	return false, q.Answers.refuse(ctx, to, may.Reason)
}

// showDecision replaces all cards of a question by the decision. It returns an error only for a rate limit.
func (q *Ask) showDecision(ctx context.Context, about asked, decided text.Key, who bot.UserID) error {
	if err := afterPress(ctx); err != nil {
		return err
	}
	refs, _, err := keptState[[]bot.CardRef](ctx, q.Answers.Once, "asked_cards/"+string(about.Message))
	if err != nil {
		return err
	}
	to := recipient{lang: q.Answers.language(ctx, about.Chat, "")}
	shown := card.Note(q.Answers.say(to, decided, "who", bot.Mention(who)))
	for _, ref := range refs {
		if err := q.Answers.Cards.EditCard(ctx, ref, shown); bot.KindOf(err) == bot.RateLimited {
			return err
		} else if err != nil {
			q.Answers.Log.InfoContext(ctx, "card not updated", "message_id", string(ref.ID), "error", err)
		}
	}
	return nil
}
