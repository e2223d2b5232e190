package handlers

import (
	"context"
	"crypto/subtle"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
)

func (m *mine) wantPress(body bot.Pressed) bool {
	switch body.Press.Action {
	case bot.ActTakeBack, bot.ActMine, bot.ActMineAll:
		return body.By != "" && body.Press.Post != "" && body.Press.Key != ""
	default:
		return false
	}
}

// press takes back what the button names. The key shows that the button was really made for that post; whether the person
// may, the one door says, whoever that person is.
func (m *mine) press(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	to := recipient{
		work: d.Event.ID, person: body.By, chat: body.Chat, lang: m.answers.language(ctx, body.Chat, ""),
	}
	post, err := m.Posts.Find(ctx, body.Press.Post)
	switch {
	case bot.KindOf(err) == bot.NotFound:
		return m.answers.refuse(ctx, to, bot.ReasonStale)
	case err != nil:
		return err
	case post.Key == "" || subtle.ConstantTimeCompare([]byte(post.Key), []byte(body.Press.Key)) != 1:
		return m.answers.refuse(ctx, to, bot.ReasonStale)
	case m.Now().Sub(body.At) > lateness:
		return m.refuse(ctx, to, takeBack(d, body, post))
	case body.Press.Action == bot.ActMineAll:
		return m.all(ctx, d, to, body, post)
	default:
		return m.one(ctx, d, to, body, post)
	}
}

func (m *mine) refuse(ctx context.Context, to recipient, req recall.Request) error {
	if err := m.Recaller.Refuse(ctx, req, policy.RuleTooLate, bot.ReasonTooLate); err != nil {
		return err
	}
	return m.answers.refuse(ctx, to, bot.ReasonTooLate)
}

// one takes back one post, sent or not. A batch send is recalled by a job, which shows how far the platform is.
func (m *mine) one(ctx context.Context, d bot.Delivery, to recipient, body bot.Pressed, post bot.Post) error {
	if post.IsBatch() {
		return m.start(ctx, d, to, body, post, jobs.Request{Named: []bot.MessageID{post.Message}})
	}
	out, err := m.Recaller.Recall(ctx, takeBack(d, body, post))
	if err != nil && out.Result == "" {
		return err
	}
	if !out.OK() {
		if answerErr := m.answers.outcome(ctx, to, out); answerErr != nil {
			return answerErr
		}
		return err
	}
	if out.Result == bot.AlreadyGone {
		return m.tidy(ctx, to, body, post, phraseGoneBefore)
	}
	return m.tidy(ctx, to, body, post, phraseTakenBack)
}

// tidy brings the card up to date whose button was pressed, where that is not the post itself. It is not worth another
// run of a recall that is done, unless the platform only asks to wait.
func (m *mine) tidy(ctx context.Context, to recipient, body bot.Pressed, post bot.Post, became phrase) error {
	if post.Message != "" && body.Message == post.Message {
		return nil
	}
	if err := afterPress(ctx); err != nil {
		return nil //nolint:nilerr // the recall is done
	}
	card, err := m.afterwards(ctx, to, body, became)
	if err != nil {
		return nil //nolint:nilerr // the recall is done
	}
	ref := bot.CardRef{ID: body.Message, Chat: body.Chat}
	err = m.Cards.EditCard(ctx, ref, card)
	if err == nil {
		return nil
	}
	if bot.KindOf(err) == bot.RateLimited {
		return err
	}
	// A card that one person alone sees can't be edited, but be taken away.
	ref.Private = true
	if err := m.Cards.DropWhisper(ctx, ref); err != nil {
		m.Logger.InfoContext(ctx, "card stays as it was", "message_id", string(ref.ID), "error", err)
	}
	switch {
	case body.Press.Action == bot.ActMine:
		_, err = m.answers.show(ctx, to, card)
		return final(err)
	case became == phraseGoneBefore:
		return m.answers.tell(ctx, to, m.answers.say(to, became))
	default:
		return nil
	}
}

// afterwards is the card whose button was pressed as it is to be: the list without the post, or what became of the post.
func (m *mine) afterwards(ctx context.Context, to recipient, body bot.Pressed, became phrase) (bot.Card, error) {
	if body.Press.Action != bot.ActMine {
		return bot.Card{Parts: []bot.CardPart{{Note: m.answers.say(to, became)}}}, nil
	}
	chat := body.Chat
	if room, err := m.Rooms.Chat(ctx, body.Chat, namesAge); err == nil && room.P2P {
		chat = ""
	}
	return m.card(ctx, to, chat, defaultMine)
}

// all takes back what the person had posted of a broadcast.
func (m *mine) all(ctx context.Context, d bot.Delivery, to recipient, body bot.Pressed, post bot.Post) error {
	return m.start(ctx, d, to, body, post, jobs.Request{Group: post.Group, Team: post.Team})
}

// start begins a job for the author of the post.
func (m *mine) start(
	ctx context.Context, d bot.Delivery, to recipient, body bot.Pressed, post bot.Post, req jobs.Request,
) error {
	if post.Author != body.By {
		refusal := recall.Request{
			CauseID: d.Event.ID, Via: bot.ViaButton, Who: body.By, Asked: body.At, Chat: body.Chat, Target: post.Message,
		}
		if err := m.Recaller.Refuse(ctx, refusal, policy.RuleNobody, bot.ReasonNotYours); err != nil {
			return err
		}
		return m.answers.refuse(ctx, to, bot.ReasonNotYours)
	}
	req.Kind, req.CauseID, req.Who, req.Via = bot.JobPosts, d.Event.ID, body.By, bot.ViaButton
	req.Chat, req.Asked, req.Language = body.Chat, body.At, string(to.lang)
	if room, err := m.Rooms.Chat(ctx, body.Chat, namesAge); err == nil {
		req.P2P = room.P2P
	}
	_, err := m.Jobs.Start(ctx, req)
	return m.answers.denied(ctx, to, err)
}
