package handlers

import (
	"context"
	"slices"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// reactions recalls a bot's post when somebody who may puts one of the chat's emoji on it, or where the chat has a
// quorum, when enough people do. An emoji that no chat wants, and any reaction of an app, ends before it becomes work.
type reactions struct {
	Parts
	answers *answers
	// usual are the emoji of the chats that chose none.
	usual []string
}

func (r *reactions) want(body bot.Reacted) bool { return body.By != "" && r.anywhere(body.Emoji) }

// wantBack wants a reaction that was taken back where it may have been counted.
func (r *reactions) wantBack(body bot.Unreacted) bool {
	return body.By != "" && r.Settings.Quorums() && r.anywhere(body.Emoji)
}

func (r *reactions) anywhere(emoji string) bool {
	return emoji != "" && (slices.Contains(r.usual, emoji) || r.Settings.Emoji(emoji))
}

// handle is never in a hurry: whoever reacts waits for no words, so what can't be learned now is tried again.
func (r *reactions) handle(ctx context.Context, d bot.Delivery, body bot.Reacted) error {
	req := recall.Request{
		CauseID: d.Event.ID, Via: bot.ViaReaction, Who: body.By, Asked: body.At, Target: body.Message,
		Wanted: func(set bot.Settings) bool { return set.Wants(body.Emoji, r.usual) }, OnAnswer: r.unnoted(d), Redelivered: d.Redelivered, Last: d.Last,
	}
	if r.Now().Sub(body.At) > lateness {
		return r.Recaller.Refuse(ctx, req, policy.RuleTooLate, bot.ReasonTooLate)
	}
	job, chat, found, err := r.jobOf(ctx, body.Message)
	if err != nil {
		return err
	}
	if found {
		return r.stopJob(ctx, d, body, job, chat)
	}
	out, err := r.Recaller.Recall(ctx, req)
	if out.Result == "" || out.OK() {
		return err
	}
	if unable(out) {
		set, err := r.Settings.Settings(ctx, out.Target.Chat)
		if err != nil {
			return err
		}
		switch {
		case set.Quorum > 0 && countable(out):
			return r.count(ctx, d, body, req, set.Quorum)
		case set.Quorum > 0: // where all are asked to react, nobody is told off for it
			return nil
		}
	}
	if answerErr := r.tell(ctx, d, body, out); answerErr != nil {
		return answerErr
	}
	return err
}

// stopJob is a reaction to the card of a job that has not ended.
func (r *reactions) stopJob(ctx context.Context, d bot.Delivery, body bot.Reacted, job bot.Job, chat bot.ChatID) error {
	set, err := r.Settings.Settings(ctx, chat)
	if err != nil || !set.Wants(body.Emoji, r.usual) {
		return err
	}
	err = r.stop(ctx, job, body.By)
	if detail := bot.Detail(err); detail.Kind == bot.Denied && set.Quorum == 0 {
		to := recipient{work: d.Event.ID, person: body.By, chat: chat, lang: r.answers.language(ctx, chat, ""), noWhisper: job.P2P}
		return r.answers.reaction(ctx, to, recall.Outcome{Reason: detail.Reason})
	}
	return final(err)
}

// unable are refusals for want of a right.
func unable(out recall.Outcome) bool {
	right := out.Reason == bot.ReasonNoRight || out.Reason == bot.ReasonUnchecked
	return out.Result == bot.Refused && right && out.Target.Chat != ""
}

// countable are posts that enough people together may recall: ours, and other bots' where our bot has rank.
func countable(out recall.Outcome) bool {
	return out.Target.Kind == bot.KindOwn && !out.Target.Answer || (out.Target.Kind == bot.KindBot && out.Ranked)
}

// count counts the person in, and recalls when there are enough. Before that nobody is told anything.
func (r *reactions) count(
	ctx context.Context, d bot.Delivery, body bot.Reacted, req recall.Request, quorum int,
) error {
	people, err := r.Votes.Vote(ctx, body.Message, body.By, body.Emoji, body.At, true)
	if err != nil || len(people) < quorum {
		return err
	}
	req.Via, req.With = bot.ViaQuorum, people
	out, err := r.Recaller.Recall(ctx, req)
	if out.Result == "" || out.OK() {
		return err
	}
	if answerErr := r.tell(ctx, d, body, out); answerErr != nil {
		return answerErr
	}
	return err
}

// takeBack counts the person out, as far as this emoji goes.
func (r *reactions) takeBack(ctx context.Context, _ bot.Delivery, body bot.Unreacted) error {
	_, err := r.Votes.Vote(ctx, body.Message, body.By, body.Emoji, body.At, false)
	return err
}

// tell tells a request from an everyday reaction: an emoji on a person's message, or on one that nobody can identify,
// was hardly meant for us.
func (r *reactions) tell(ctx context.Context, d bot.Delivery, body bot.Reacted, out recall.Outcome) error {
	if out.Target.Kind != bot.KindOwn && out.Target.Kind != bot.KindBot {
		return nil
	}
	chat := out.Target.Chat
	to := recipient{work: d.Event.ID, person: body.By, chat: chat, lang: r.answers.language(ctx, chat, "")}
	if out.Chat != nil {
		to.noWhisper = out.Chat.P2P || out.Chat.Topics
	}
	return r.answers.reaction(ctx, to, out)
}
