package handlers

import (
	"context"
	"slices"
	"time"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// Reactions recalls a bot's post when a person who may puts one of the chat's emoji on it, or, if the chat has a quorum, when
// enough people do. An emoji that no chat has set, and any reaction of an app, is dropped before it becomes work.
type Reactions struct {
	JobCards

	Answers  *Answers
	Recaller Recaller
	Settings Settings
	// Vote stores that a person reacted, or removed the reaction, and gives all people whose reactions are there.
	Vote func(ctx context.Context, id bot.MessageID, who bot.UserID, emoji string, at time.Time, present bool) ([]bot.UserID, error)
}

// Handlers implements Behaviour.
func (r *Reactions) Handlers() []bot.Handler {
	return []bot.Handler{bot.On("reaction", r.want, r.handle), bot.On("unreaction", r.wantUnreacted, r.unreact)}
}

func (r *Reactions) want(body bot.Reacted) bool { return body.By != "" && r.anywhere(body.Emoji) }

// wantUnreacted wants the removal of a reaction that may have been counted.
func (r *Reactions) wantUnreacted(body bot.Unreacted) bool {
	return body.By != "" && r.Settings.Quorums() && r.anywhere(body.Emoji)
}

func (r *Reactions) anywhere(emoji string) bool {
	return emoji != "" && (slices.Contains(r.Answers.Defaults().Emoji, emoji) || r.Settings.Emoji(emoji))
}

// handle never sets BestEffort: a person who reacts waits for no answer, so what is unknown now is tried again.
func (r *Reactions) handle(ctx context.Context, d bot.Delivery, body bot.Reacted) error {
	req := recall.Request{
		CauseID: d.Event.ID, Via: bot.ViaReaction, Who: body.By, Asked: body.At, Target: body.Message,
		Wanted: func(set bot.Settings) bool { return set.Wants(body.Emoji, r.Answers.Defaults().Emoji) }, OnAnswer: r.checkRemembered(d), Redelivered: d.Redelivered, Last: d.Last,
	}
	if r.Now().Sub(body.At) > maxCommandAge {
		return r.Recaller.Refuse(ctx, req, policy.RuleTooLate, bot.ReasonTooLate)
	}
	unless, card := r.unlessCard(body.Message)
	req.Unless = unless
	out, err := r.Recaller.Recall(ctx, req)
	switch {
	case card.err != nil:
		return card.err
	case card.found:
		return r.stopJob(ctx, d, body, card.job, card.chat)
	case out.Result == "" || out.OK():
		return err
	}
	if lacksRight(out) {
		set, err := r.Settings.Settings(ctx, out.Target.Chat)
		if err != nil {
			return err
		}
		switch {
		case set.Quorum > 0 && countable(out):
			return r.count(ctx, d, body, req, set.Quorum)
		case set.Quorum > 0: // all may react here, so there is no answer to a single reaction
			return nil
		}
	}
	if answerErr := r.tell(ctx, d, body, out); answerErr != nil {
		return answerErr
	}
	return err
}

// stopJob is a reaction to the card of a job that has not ended.
func (r *Reactions) stopJob(ctx context.Context, d bot.Delivery, body bot.Reacted, job bot.Job, chat bot.ChatID) error {
	set, err := r.Settings.Settings(ctx, chat)
	if err != nil || !set.Wants(body.Emoji, r.Answers.Defaults().Emoji) {
		return err
	}
	err = r.stop(ctx, job, body.By)
	if detail := bot.Detail(err); err != nil && detail.Kind == bot.Denied && set.Quorum == 0 {
		to := recipient{work: d.Event.ID, person: body.By, chat: chat, lang: r.Answers.language(ctx, chat, ""), p2p: job.P2P}
		return r.Answers.reaction(ctx, to, recall.Outcome{Reason: detail.Reason})
	}
	return retryableOnly(err)
}

// lacksRight reports a refusal because the person has no right, or the right could not be checked.
func lacksRight(out recall.Outcome) bool {
	right := out.Reason == bot.ReasonNoRight || out.Reason == bot.ReasonUnchecked
	return out.Result == bot.Refused && right && out.Target.Chat != ""
}

// countable reports whether a quorum may recall the post: ours, and other bots' where our bot has rank.
func countable(out recall.Outcome) bool {
	return out.Target.Kind == bot.KindOwn && !out.Target.Answer || (out.Target.Kind == bot.KindBot && out.Ranked)
}

// count adds the person's vote, and recalls when there are enough. Before that there is no answer.
func (r *Reactions) count(
	ctx context.Context, d bot.Delivery, body bot.Reacted, req recall.Request, quorum int,
) error {
	people, err := r.Vote(ctx, body.Message, body.By, body.Emoji, body.At, true)
	if err != nil || len(people) < quorum {
		return err
	}
	req.Via, req.With, req.Unless = bot.ViaQuorum, people, nil
	out, err := r.Recaller.Recall(ctx, req)
	if out.Result == "" || out.OK() {
		return err
	}
	if answerErr := r.tell(ctx, d, body, out); answerErr != nil {
		return answerErr
	}
	return err
}

// unreact removes the person's vote with this emoji.
func (r *Reactions) unreact(ctx context.Context, _ bot.Delivery, body bot.Unreacted) error {
	_, err := r.Vote(ctx, body.Message, body.By, body.Emoji, body.At, false)
	return err
}

// tell answers only if the target is a bot's post: an emoji on a person's message, or on one of an unknown sender, was probably not
// meant as a command.
func (r *Reactions) tell(ctx context.Context, d bot.Delivery, body bot.Reacted, out recall.Outcome) error {
	if out.Target.Kind != bot.KindOwn && out.Target.Kind != bot.KindBot {
		return nil
	}
	chat := out.Target.Chat
	to := recipient{work: d.Event.ID, person: body.By, chat: chat, lang: r.Answers.language(ctx, chat, "")}
	if out.Chat != nil {
		to.p2p, to.noWhisper = out.Chat.P2P, out.Chat.Topics
	}
	return r.Answers.reaction(ctx, to, out)
}
