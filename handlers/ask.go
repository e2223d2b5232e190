package handlers

import (
	"context"
	"errors"
	"strconv"
	"time"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall"
)

const (
	// askLife is how long moderators can be asked about a message, and how long they can answer.
	askLife = 24 * time.Hour
	// askQuiet is the least time between two questions of one person.
	askQuiet = time.Minute
	// maxAsks is how many questions the moderators of a group get within askWindow.
	maxAsks   = 10
	askWindow = time.Hour
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

// asked is a message that a person asks the moderators to recall.
type asked struct {
	Chat    bot.ChatID    `json:"chat"`
	Message bot.MessageID `json:"message"`
	Who     bot.UserID    `json:"who"`
	Lang    text.Language `json:"lang,omitempty"`
}

// askButton is the button that asks the moderators of a group to recall the message, if it is one of a bot there.
func (a *Answers) askButton(ctx context.Context, to recipient, out recall.Outcome) ([]bot.Button, error) {
	ofBot := out.Target.Kind == bot.KindOwn || out.Target.Kind == bot.KindBot
	if !ofBot || out.Target.Chat == "" || out.Chat == nil || out.Chat.P2P || len(a.helpers(ctx, out.Target.Chat, to.person)) == 0 {
		return nil, nil
	}
	key, _, err := newState(ctx, a.Once, "ask", to.work, asked{out.Target.Chat, out.Target.ID, to.person, to.lang}, askLife)
	if err != nil {
		return nil, err
	}
	return []bot.Button{{Text: a.say(to, text.AskButton), Press: bot.Press{Action: bot.ActAsk, Key: key}}}, nil
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
	not, err := q.notNow(ctx, about, string(d.Event.ID))
	if err != nil {
		return err
	}
	if not != "" {
		return q.Answers.tell(ctx, to, q.Answers.say(to, not))
	}
	said, err := q.send(ctx, to, body.Press.Key, about)
	if err != nil {
		return err
	}
	edited, err := q.Answers.replace(ctx, body, card.Note(said))
	if err != nil || edited {
		return err
	}
	return q.Answers.tell(ctx, to, said)
}

func askedKey(about asked) string { return "asked/" + string(about.Message) }

// notNow is why the moderators are not asked, as a sentence; empty if they are. They are asked once about a message.
func (q *Ask) notNow(ctx context.Context, about asked, work string) (text.Key, error) {
	first, err := q.Answers.Once.Keep(ctx, askedKey(about), work, askLife)
	if err != nil {
		return "", err
	}
	if first != work {
		return text.AskedBefore, nil
	}
	may, err := q.mayAsk(ctx, about, work)
	if may || err != nil {
		return "", err
	}
	return text.AskedTooOften, q.Answers.Once.Forget(ctx, askedKey(about))
}

// mayAsk reports whether the person and the group may ask again: a person once in askQuiet, a group maxAsks times in askWindow.
func (q *Ask) mayAsk(ctx context.Context, about asked, work string) (bool, error) {
	latest, err := q.Answers.Once.Keep(ctx, "ask_by/"+string(about.Who), work, askQuiet)
	if err != nil || latest != work {
		return false, err
	}
	for i := range maxAsks {
		used, err := q.Answers.Once.Keep(ctx, "ask_in/"+string(about.Chat)+"/"+strconv.Itoa(i), work, askWindow)
		if err != nil || used == work {
			return err == nil, err
		}
	}
	return false, nil
}

// send sends the card to each moderator in the two-person chat, and says who got it.
func (q *Ask) send(ctx context.Context, to recipient, key string, about asked) (said string, err error) {
	var people []string
	var refs []bot.CardRef
	lang := q.Answers.language(ctx, about.Chat, "")
	shown := q.card(ctx, key, about, lang)
	for _, id := range q.Answers.moderators(ctx, about.Chat, about.Who) {
		ref, err := q.Answers.Cards.TellCard(ctx, id, shown, "asked/"+key+"/"+string(id))
		switch {
		case err == nil:
			people, refs = append(people, bot.Mention(id)), append(refs, ref)
		case bot.Retryable(err):
			return "", err
		default:
			q.Answers.Log.InfoContext(ctx, "moderator not asked", "user_id", string(id), "error", err)
		}
	}
	if len(people) == 0 {
		return q.Answers.say(to, text.AskedNobody), q.Answers.Once.Forget(ctx, askedKey(about))
	}
	_, err = keepState(ctx, q.Answers.Once, stateKey("asked_cards", key), refs, askLife)
	return q.Answers.say(to, text.Asked, "people", to.lang.List(people)), err
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

// decision is what a moderator decided about a message.
type decision struct {
	Event bot.EventID `json:"event"`
	Says  text.Key    `json:"says"`
	Who   bot.UserID  `json:"who"`
}

// decide recalls the message, or leaves it, for a person who may; and says so on all cards and to the person who asked. The first
// decision holds, and a later press is answered with it.
func (q *Ask) decide(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	to, key := q.Answers.presser(ctx, d, body), body.Press.Key
	about, ok, err := keptState[asked](ctx, q.Answers.Once, stateKey("ask", key))
	if err != nil {
		return err
	}
	if !ok {
		return q.Answers.refuse(ctx, to, bot.ReasonStale)
	}
	to.chat, to.noWhisper = about.Chat, true
	may, err := q.Rights.May(ctx, body.By, about.Chat, false)
	if err != nil {
		return err
	}
	if !may.Allow {
		return q.refuse(ctx, d, to, about, may.Reason)
	}
	return q.carryOut(ctx, d, to, key, about)
}

// refuse answers a person who may not decide; a recall is refused and recorded as any other.
func (q *Ask) refuse(ctx context.Context, d bot.Delivery, to recipient, about asked, reason bot.Reason) error {
	if body, _ := d.Event.Body.(bot.Pressed); body.Press.Action == bot.ActLeave {
		return q.Answers.refuse(ctx, to, reason)
	}
	_, err := q.recall(ctx, d, to, about)
	return err
}

// carryOut does what a moderator decided, if it is the first decision.
func (q *Ask) carryOut(ctx context.Context, d bot.Delivery, to recipient, key string, about asked) error {
	body, _ := d.Event.Body.(bot.Pressed)
	recalls := body.Press.Action == bot.ActRecall
	mine := decision{Event: d.Event.ID, Says: text.AskedLeft, Who: body.By}
	if recalls {
		mine.Says = text.AskedRecalled
	}
	first, err := keepState(ctx, q.Answers.Once, stateKey("asked_done", key), mine, askLife)
	if err != nil {
		return err
	}
	if first.Event != d.Event.ID {
		return q.Answers.tell(ctx, to, q.Answers.say(to, first.Says, "who", bot.Mention(first.Who)))
	}
	if recalls {
		if done, err := q.recall(ctx, d, to, about); !done {
			return q.undecide(ctx, d, key, err)
		}
	}
	if err := q.showDecision(ctx, key, about, mine); err != nil {
		return err
	}
	asker := recipient{work: d.Event.ID, person: about.Who, chat: about.Chat, lang: about.Lang}
	return q.Answers.tell(ctx, asker, q.Answers.say(asker, mine.Says, "who", bot.Mention(body.By)))
}

// undecide makes a decision that could not be carried out open again, unless another run will try it.
func (q *Ask) undecide(ctx context.Context, d bot.Delivery, key string, err error) error {
	if err != nil && !d.Last {
		return err
	}
	return errors.Join(err, q.Answers.Once.Forget(ctx, stateKey("asked_done", key)))
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

// showDecision replaces all cards of a question by the decision. It returns an error only for a rate limit.
func (q *Ask) showDecision(ctx context.Context, key string, about asked, made decision) error {
	if err := afterPress(ctx); err != nil {
		return err
	}
	refs, _, err := keptState[[]bot.CardRef](ctx, q.Answers.Once, stateKey("asked_cards", key))
	if err != nil {
		return err
	}
	to := recipient{lang: q.Answers.language(ctx, about.Chat, "")}
	shown := card.Note(q.Answers.say(to, made.Says, "who", bot.Mention(made.Who)))
	for _, ref := range refs {
		if err := q.Answers.Cards.EditCard(ctx, ref, shown); bot.KindOf(err) == bot.RateLimited {
			return err
		} else if err != nil {
			q.Answers.Log.InfoContext(ctx, "card not updated", "message_id", string(ref.ID), "error", err)
		}
	}
	return nil
}
