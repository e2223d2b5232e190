package handlers

import (
	"context"
	"errors"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

const (
	// lateness is how old a command may be when it is carried out: the platform delivers for some seven hours.
	lateness = bot.MaxEventDelay
	// patience is how many runs may wait for what the platform fails to tell, before it is taken as not known: some
	// three quarters of a minute. While it fails for less, a command is late and not lost.
	patience = 7
)

// recalls is /recall as a reply: the message replied to goes, or in a topic, where a reply names no message in
// particular, the newest post of ours.
type recalls struct {
	Parts
	answers *answers
}

func (r *recalls) this(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to, req := r.answers.recipient(ctx, d, said), request(d, said)
	if said.Parent == "" && said.Thread == "" {
		return r.refuse(ctx, to, req, policy.RuleNoTarget, bot.ReasonNoTarget)
	}
	if r.Now().Sub(said.Message.At) > lateness {
		return r.refuse(ctx, to, req, policy.RuleTooLate, bot.ReasonTooLate)
	}
	if said.Quotes() {
		job, _, found, err := r.jobOf(ctx, said.Parent)
		if err != nil {
			return err
		}
		if found {
			return r.stopJob(ctx, to, job, said)
		}
		return r.take(ctx, d, said, to, req)
	}
	id, known, reason, err := r.meant(ctx, d.Event.ID, said)
	if err != nil {
		return r.notFound(ctx, to, req, err)
	}
	if reason != "" {
		return r.refuse(ctx, to, req, policy.RuleNoTarget, reason)
	}
	req.Target, req.Known = id, known
	return r.take(ctx, d, said, to, req)
}

// take recalls the message that the command means, and answers.
func (r *recalls) take(ctx context.Context, d bot.Delivery, said bot.Said, to recipient, req recall.Request) error {
	req.OwnOnly, req.OnAnswer = said.Command.Elsewhere, r.unnoted(d)
	out, err := r.Recaller.Recall(ctx, req)
	if err != nil && out.Result == "" {
		return err
	}
	if out.Result == "" {
		return nil // it named another bot, and is not about a post of ours
	}
	if out.OK() {
		return r.succeed(ctx, d, said, out)
	}
	if answerErr := r.answers.outcome(ctx, to, out); answerErr != nil {
		return answerErr
	}
	return err
}

// stopJob is /recall as a reply to the card of a job that has not ended.
func (r *recalls) stopJob(ctx context.Context, to recipient, job bot.Job, said bot.Said) error {
	if err := r.stop(ctx, job, said.By); err != nil {
		return r.answers.denied(ctx, to, err)
	}
	return r.answers.done(ctx, said.Message.ID)
}

func request(d bot.Delivery, said bot.Said) recall.Request {
	via := bot.ViaReply
	if said.P2P {
		via = bot.ViaP2P
	}
	return recall.Request{
		CauseID: d.Event.ID, Via: via, Who: said.By, Asked: said.Message.At,
		Chat: said.Message.Chat, P2P: said.P2P, Target: said.Parent, Command: said.Message.ID,
		Comment: said.Command.Reason, Redelivered: d.Redelivered, BestEffort: d.Attempt > patience, Last: d.Last,
	}
}

// meant is the post that a command in a topic means. The choice stands: once it is recalled, a second run would find
// the next newest. Known is nil when an earlier run chose.
func (r *recalls) meant(
	ctx context.Context, work bot.EventID, said bot.Said,
) (id bot.MessageID, known *bot.Message, reason bot.Reason, err error) {
	key := "meant/" + string(work)
	kept, err := r.Once.Kept(ctx, key)
	if err != nil || kept != "" {
		return bot.MessageID(kept), nil, "", err
	}
	msg, reason, err := r.newestOwn(ctx, said)
	if err != nil || reason != "" {
		return "", nil, reason, err
	}
	kept, err = r.Once.Keep(ctx, key, string(msg.ID), remember)
	if err != nil || kept != string(msg.ID) {
		return bot.MessageID(kept), nil, "", err
	}
	return msg.ID, &msg, "", nil
}

// newestOwn finds the newest own post of the topic: the platform knows best, the index where it may not be asked.
func (r *recalls) newestOwn(ctx context.Context, said bot.Said) (bot.Message, bot.Reason, error) {
	msg, err := r.Topics.NewestOwn(ctx, said.Thread, said.Message.At, r.isPost)
	switch {
	case err == nil:
		return msg, "", nil
	case bot.KindOf(err) == bot.NotFound:
		return bot.Message{}, bot.ReasonNothingHere, nil
	case later(err):
		return bot.Message{}, "", err
	}
	msg, found, err := r.OwnPosts.NewestOwn(ctx, said.Message.Chat, said.Thread, said.Message.At)
	if err != nil || found {
		return msg, "", err
	}
	return bot.Message{}, bot.ReasonTopicUnseen, nil
}

// isPost tells a post of ours from what our bot says itself: the index knows, and where it doesn't the message shows it.
func (r *recalls) isPost(ctx context.Context, m bot.Message) (bool, error) {
	known, found, err := r.Messages.Find(ctx, m.ID)
	if err != nil || !found || known.Kind != bot.KindOwn {
		return !m.Answer, err
	}
	return !known.Answer, nil
}

// notFound leaves it to another run to find the post, and tells the person when there will be none.
func (r *recalls) notFound(ctx context.Context, to recipient, req recall.Request, err error) error {
	if !req.Last || bot.KindOf(err) == bot.RateLimited {
		return err
	}
	return errors.Join(err, r.refuse(ctx, to, req, policy.RuleNoTarget, bot.ReasonUnavailable))
}

// refuse records and tells that nothing was tried.
func (r *recalls) refuse(
	ctx context.Context, to recipient, req recall.Request, rule policy.Rule, reason bot.Reason,
) error {
	if err := r.Recaller.Refuse(ctx, req, rule, reason); err != nil {
		return err
	}
	return r.answers.refuse(ctx, to, reason)
}

// succeed is quiet: a sign on the command, and the command itself goes where the bot may take it away. Neither is
// worth another run of a recall that is done, unless the platform only asks to wait.
func (r *recalls) succeed(ctx context.Context, d bot.Delivery, said bot.Said, out recall.Outcome) error {
	if err := r.answers.done(ctx, said.Message.ID); err != nil || !out.Ranked {
		return err
	}
	tidy := request(d, said)
	tidy.Via, tidy.Target, tidy.Known = bot.ViaTidy, said.Message.ID, &said.Message
	_, err := r.Recaller.Recall(ctx, tidy)
	if bot.KindOf(err) == bot.RateLimited {
		return err
	}
	if err != nil {
		r.Logger.WarnContext(ctx, "command stays in the chat", "message_id", string(said.Message.ID), "error", err)
	}
	return nil
}
