package handlers

import (
	"context"
	"crypto/subtle"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
)

func (m *Mine) wantPress(body bot.Pressed) bool {
	switch body.Press.Action {
	case bot.ActTakeBack, bot.ActMine, bot.ActMineAll:
		return body.By != "" && body.Press.Post != "" && body.Press.Key != ""
	default:
		return false
	}
}

// press recalls the post of the button. The key proves that the button was made for that post; the Recaller decides whether the
// person may.
func (m *Mine) press(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	to := m.Answers.presser(ctx, d, body)
	post, err := m.Posts.Find(ctx, body.Press.Post)
	switch {
	case err != nil && bot.KindOf(err) == bot.NotFound:
		return m.Answers.refuse(ctx, to, bot.ReasonStale)
	case err != nil:
		return err
	case post.Key == "" || subtle.ConstantTimeCompare([]byte(post.Key), []byte(body.Press.Key)) != 1:
		return m.Answers.refuse(ctx, to, bot.ReasonStale)
	case m.Now().Sub(body.At) > maxCommandAge:
		return m.Answers.reject(ctx, to, recallRequest(d, body, post), policy.RuleTooLate, bot.ReasonTooLate)
	case body.Press.Action == bot.ActMineAll:
		return m.all(ctx, d, to, body, post)
	default:
		return m.one(ctx, d, to, body, post)
	}
}

// one recalls one post, sent or not. A batch send is recalled by a job, which shows the platform's progress.
func (m *Mine) one(ctx context.Context, d bot.Delivery, to recipient, body bot.Pressed, post bot.Post) error {
	if post.IsBatch() {
		return m.start(ctx, d, to, body, post, jobs.Request{Named: []bot.MessageID{post.Message}})
	}
	out, err := m.Recaller.Recall(ctx, recallRequest(d, body, post))
	if err != nil && out.Result == "" {
		return err
	}
	if !out.OK() {
		if answerErr := m.Answers.outcome(ctx, to, out); answerErr != nil {
			return answerErr
		}
		return err
	}
	if out.Result == bot.AlreadyGone {
		return m.updateCard(ctx, to, body, post, text.MineGone)
	}
	return m.updateCard(ctx, to, body, post, text.MineTakenBack)
}

// updateCard updates the card whose button was pressed, if that is not the post itself. It returns an error only for a rate limit,
// because the recall is done.
func (m *Mine) updateCard(ctx context.Context, to recipient, body bot.Pressed, post bot.Post, became text.Key) error {
	if post.Message != "" && body.Message == post.Message {
		return nil
	}
	shown, err := m.afterwards(ctx, to, body, became)
	if err != nil {
		return nil //nolint:nilerr // the recall is done
	}
	edited, err := m.Answers.replace(ctx, body, shown)
	if edited || err != nil {
		return err
	}
	switch {
	case body.Press.Action == bot.ActMine:
		_, err = m.Answers.show(ctx, to, shown)
		return retryableOnly(err)
	case became == text.MineGone:
		return m.Answers.tell(ctx, to, m.Answers.say(to, became))
	default:
		return nil
	}
}

// afterwards is the new content of the card whose button was pressed: the list without the post, or what became of the post.
func (m *Mine) afterwards(ctx context.Context, to recipient, body bot.Pressed, became text.Key) (bot.Card, error) {
	if body.Press.Action != bot.ActMine {
		return card.Note(m.Answers.say(to, became)), nil
	}
	only := body.Chat
	if chat, err := m.Answers.Chat(ctx, body.Chat, chatNameAge); err == nil && chat.P2P {
		only = ""
	}
	return m.card(ctx, to, only, defaultMine)
}

// all recalls the person's posts of a broadcast.
func (m *Mine) all(ctx context.Context, d bot.Delivery, to recipient, body bot.Pressed, post bot.Post) error {
	return m.start(ctx, d, to, body, post, jobs.Request{Group: post.Group, Team: post.Team})
}

// start begins a job for the author of the post.
func (m *Mine) start(
	ctx context.Context, d bot.Delivery, to recipient, body bot.Pressed, post bot.Post, req jobs.Request,
) error {
	if post.Author != body.By {
		refusal := recall.Request{
			CauseID: d.Event.ID, Via: bot.ViaButton, Who: body.By, Asked: body.At, Chat: body.Chat, Target: post.Message,
		}
		return m.Answers.reject(ctx, to, refusal, policy.RuleNobody, bot.ReasonNotYours)
	}
	req.Kind, req.CauseID, req.Who, req.Via = bot.JobPosts, d.Event.ID, body.By, bot.ViaButton
	req.Chat, req.Asked, req.Language = body.Chat, body.At, string(to.lang)
	if chat, err := m.Answers.Chat(ctx, body.Chat, chatNameAge); err == nil {
		req.P2P = chat.P2P
	}
	_, err := m.Jobs.Start(ctx, req)
	return m.Answers.denied(ctx, to, err)
}
