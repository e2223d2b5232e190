package handlers

import (
	"context"
	"errors"
	"time"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

const (
	// maxCommandAge is how old a command may be when it is carried out: the platform redelivers for about seven hours.
	maxCommandAge = bot.MaxEventDelay
	// bestEffortAfter is how many runs wait for facts that the platform does not give, before a run goes on without them: about 45
	// seconds. After a shorter outage a command is late and not lost.
	bestEffortAfter = 7
)

// Recall is /recall as a reply: it recalls the message replied to, or in a topic, where a reply may quote no message, our newest
// post there.
type Recall struct {
	JobCards

	Answers  *Answers
	Recaller Recaller
	Rights   Rights
	// Read gives a message's content.
	Read func(ctx context.Context, id bot.MessageID) (bot.Seen, error)
	// Find finds a message in the index.
	Find func(ctx context.Context, id bot.MessageID) (bot.Message, bool, error)
	// NewestKnown finds our newest post of a topic, or without one of a chat, in the index that is not newer than a moment.
	NewestKnown func(ctx context.Context, chat bot.ChatID, thread bot.ThreadID, before time.Time) (bot.Message, bool, error)
	// NewestOwn finds the newest message of ours there on the platform that is not newer than a moment and is a post; Denied means
	// that we may not look, NotFound that there is none.
	NewestOwn func(
		ctx context.Context, chat bot.ChatID, thread bot.ThreadID, before time.Time, isPost func(context.Context, bot.Message) (bool, error),
	) (bot.Message, error)
}

// Handlers implements Behaviour.
func (r *Recall) Handlers() []bot.Handler {
	return []bot.Handler{
		bot.On("command_recall", isCommand(bot.VerbThis), r.handle), r.Answers.pressed("offer_press", wantAction(bot.ActThis), r.pressOffer),
	}
}

func (r *Recall) handle(ctx context.Context, d bot.Delivery, said bot.Said) error {
	req := request(d, said)
	if answered, err := r.prepare(ctx, d, said, &req); err != nil || answered {
		return err
	}
	card := &foundJob{}
	if said.Quotes() {
		req.Unless, card = r.unlessCard(said.Parent)
	}
	req.OwnOnly, req.OnAnswer = said.Command.Elsewhere, r.checkRemembered(d)
	out, err := r.Recaller.Recall(ctx, req)
	switch {
	case card.settles():
		return r.stopJob(ctx, d, said, card)
	case out.Result == "": // it failed, or it named another bot and is not about a post of ours
		return err
	case out.OK():
		return r.succeed(ctx, d, said, out)
	}
	if answerErr := r.Answers.outcome(ctx, r.Answers.recipient(ctx, d, said), out); answerErr != nil {
		return answerErr
	}
	return err
}

// prepare puts the target into the request. It reports true for a command that needs no recall and has its answer.
func (r *Recall) prepare(ctx context.Context, d bot.Delivery, said bot.Said, req *recall.Request) (answered bool, err error) {
	switch {
	case said.Parent == "" && said.Thread == "":
		return true, r.offer(ctx, r.Answers.recipient(ctx, d, said), said, *req)
	case r.Now().Sub(said.Message.At) > maxCommandAge:
		return true, r.Answers.reject(ctx, r.Answers.recipient(ctx, d, said), *req, policy.RuleTooLate, bot.ReasonTooLate)
	case said.Quotes():
		return false, nil
	}
	id, known, reason, err := r.target(ctx, req.CauseID, said)
	switch {
	case err != nil:
		return false, r.notFound(ctx, r.Answers.recipient(ctx, d, said), *req, err)
	case reason != "":
		return true, r.Answers.reject(ctx, r.Answers.recipient(ctx, d, said), *req, policy.RuleNoTarget, reason)
	}
	req.Target, req.Known = id, known
	return false, nil
}

// stopJob is /recall as a reply to the card of a job that has not ended.
func (r *Recall) stopJob(ctx context.Context, d bot.Delivery, said bot.Said, card *foundJob) error {
	if card.err != nil {
		return card.err
	}
	if err := r.stop(ctx, card.job, said.By); err != nil {
		return r.Answers.denied(ctx, r.Answers.recipient(ctx, d, said), err)
	}
	return r.Answers.done(ctx, said.Message.ID)
}

func request(d bot.Delivery, said bot.Said) recall.Request {
	via := bot.ViaReply
	if said.P2P {
		via = bot.ViaP2P
	}
	return recall.Request{
		CauseID: d.Event.ID, Via: via, Who: said.By, Asked: said.Message.At,
		Chat: said.Message.Chat, P2P: said.P2P, Target: said.Parent, Command: said.Message.ID,
		Comment: said.Command.Reason, Redelivered: d.Redelivered, BestEffort: d.Attempt > bestEffortAfter, Last: d.Last,
	}
}

// target is the post that a command in a topic means. The choice is stored, because after the recall a second run would find the
// next newest. Known is nil if an earlier run chose.
func (r *Recall) target(
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

// newestOwn finds the newest own post of the topic, or of the chat: from the platform, or from the index if the platform may not be asked.
func (r *Recall) newestOwn(ctx context.Context, said bot.Said) (bot.Message, bot.Reason, error) {
	msg, err := r.NewestOwn(ctx, said.Message.Chat, said.Thread, said.Message.At, r.isPost)
	switch {
	case err == nil:
		return msg, "", nil
	case bot.KindOf(err) == bot.NotFound:
		return bot.Message{}, bot.ReasonNothingHere, nil
	case bot.Retryable(err):
		return bot.Message{}, "", err
	}
	msg, found, err := r.NewestKnown(ctx, said.Message.Chat, said.Thread, said.Message.At)
	if err != nil || found {
		return msg, "", err
	}
	return bot.Message{}, bot.ReasonTopicUnseen, nil
}

// isPost reports whether a message of ours is a post and no answer, by the index, else by the message itself.
func (r *Recall) isPost(ctx context.Context, m bot.Message) (bool, error) {
	known, found, err := r.Find(ctx, m.ID)
	if err != nil || !found || known.Kind != bot.KindOwn {
		return !m.Answer, err
	}
	return !known.Answer, nil
}

// notFound returns the error for another run; in the last run it answers.
func (r *Recall) notFound(ctx context.Context, to recipient, req recall.Request, err error) error {
	if !req.Last || bot.KindOf(err) == bot.RateLimited {
		return err
	}
	return errors.Join(err, r.Answers.reject(ctx, to, req, policy.RuleNoTarget, bot.ReasonUnavailable))
}

// succeed puts the emoji of success on the command, and recalls the command where the bot may. It returns an error only for a
// rate limit, because the recall is done.
func (r *Recall) succeed(ctx context.Context, d bot.Delivery, said bot.Said, out recall.Outcome) error {
	if err := r.Answers.done(ctx, said.Message.ID); err != nil || !out.Ranked {
		return err
	}
	tidy := request(d, said)
	tidy.Via, tidy.Target, tidy.Known = bot.ViaTidy, said.Message.ID, &said.Message
	_, err := r.Recaller.Recall(ctx, tidy)
	if bot.KindOf(err) == bot.RateLimited {
		return err
	}
	if err != nil {
		r.Answers.Log.WarnContext(ctx, "command not recalled", "message_id", string(said.Message.ID), "error", err)
	}
	return nil
}
