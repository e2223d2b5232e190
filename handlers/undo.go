package handlers

import (
	"cmp"
	"context"
	"crypto/subtle"
	"strings"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
)

// Archive keeps the posts that jobs and commands recalled; what one of them recalled is a take.
type Archive interface {
	// Newest is a chat's newest take, or empty.
	Newest(ctx context.Context, chat bot.ChatID) (bot.JobID, error)
	// Count is how many posts of a take can be restored, and how many of its messages can't, by causes.
	Count(ctx context.Context, chat bot.ChatID, take bot.JobID) (kept int, lost bot.Counts, err error)
	// Restorer is the job that restores a take, or empty.
	Restorer(ctx context.Context, chat bot.ChatID, take bot.JobID) (bot.JobID, error)
	// Posts gives up to n posts from an index on.
	Posts(ctx context.Context, chat bot.ChatID, take bot.JobID, from, n int) ([]bot.Archived, error)
}

// maxOwnUndo is how many posts, all of them theirs, a person who may not recall here can restore at once.
const maxOwnUndo = 50

// Undo is /recall undo, and the button of that name: what a job or a command recalled in this chat is posted again.
type Undo struct {
	Answers *Answers
	Rights  Rights
	Jobs    Jobs
	Once    Once
	// Archive is nil where it is off.
	Archive Archive
}

// Handlers implements Behaviour.
func (u *Undo) Handlers() []bot.Handler {
	return []bot.Handler{u.Answers.command(bot.VerbUndo, u.undo), u.Answers.pressed("undo_press", u.wantPress, u.press)}
}

func (u *Undo) undo(ctx context.Context, d bot.Delivery, said bot.Said) error {
	take := bot.JobID("")
	if args := said.Command.Args; len(args) > 0 {
		take = bot.JobID(strings.ToLower(args[0]))
	}
	_, err := u.start(ctx, u.Answers.recipient(ctx, d, said), take, jobs.Request{
		Kind: bot.JobUndo, CauseID: d.Event.ID, Who: said.By, Via: bot.ViaUndo, Chat: said.Message.Chat, Topic: said.Thread,
		P2P: said.P2P, Command: said.Message.ID, Asked: said.Message.At, Comment: said.Command.Reason,
		Language: string(commandLanguage(said)),
	})
	return err
}

func (u *Undo) wantPress(body bot.Pressed) bool {
	return body.By != "" && body.Press.Action == bot.ActUndo && body.Press.Job != "" && body.Press.Key != ""
}

// press undoes the job of a card; the key proves that it is the job's last card.
func (u *Undo) press(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	to := u.Answers.presser(ctx, d, body)
	job, err := u.Jobs.Find(ctx, body.Press.Job)
	if err != nil {
		return u.Answers.denied(ctx, to, err)
	}
	asked, err := u.Once.Kept(ctx, askUndoKey(body.Message))
	if err != nil {
		return err
	}
	isQuestion := asked == string(job.ID)
	if !isKeyOf(job, body.Press.Key) || !job.State.Ended() || job.Chat != body.Chat && !isQuestion {
		return u.Answers.refuse(ctx, to, bot.ReasonStale)
	}
	if isQuestion {
		to.chat, to.noWhisper = job.Chat, job.Chat != body.Chat
	}
	if err := keepCard(ctx, u.Once, job, bot.CardRef{ID: body.Message, Chat: body.Chat}, pressedCard); err != nil {
		return err
	}
	started, err := u.start(ctx, to, job.ID, jobs.Request{
		Kind: bot.JobUndo, CauseID: d.Event.ID, Who: body.By, Via: bot.ViaUndo, Chat: job.Chat, Topic: job.Topic, P2P: job.P2P,
		Command: job.Command, CommandBy: cmp.Or(job.CommandBy, job.Who), Asked: body.At, Language: job.Language,
	})
	if started && isQuestion && err == nil {
		_, err = u.Answers.replace(ctx, body, card.Note(u.Answers.say(to, text.Confirmed)))
	}
	return err
}

// isKeyOf reports whether a button has the key of the job.
func isKeyOf(job bot.Job, key string) bool {
	return job.Key != "" && subtle.ConstantTimeCompare([]byte(job.Key), []byte(key)) == 1
}

// start makes a job that restores a take, if the person may; it reports false if it answered instead. Without a name it is the last
// recall; if that can't be restored, the command is refused, and no earlier recall is used instead. A command may be answered with a
// question.
func (u *Undo) start(ctx context.Context, to recipient, named bot.JobID, req jobs.Request) (started bool, err error) {
	if u.Archive == nil {
		return false, u.Answers.refuse(ctx, to, bot.ReasonArchiveOff)
	}
	take, err := u.target(ctx, named, req)
	if err != nil {
		return false, err
	}
	decision, err := u.may(ctx, take, req)
	if err != nil {
		return false, err
	}
	if !decision.Allow {
		return false, u.refuse(ctx, to, req, decision)
	}
	reason, err := u.obstacle(ctx, take, named, req)
	if err != nil {
		return false, err
	}
	if reason != "" {
		return false, u.Answers.refuse(ctx, to, reason)
	}
	if to.command != "" {
		if asked, err := u.ask(ctx, to, take, req); asked || err != nil {
			return false, err
		}
	}
	req.Of = take
	_, err = u.Jobs.Start(ctx, req)
	return err == nil, u.Answers.denied(ctx, to, err)
}

// ask shows how many messages of a clean-up can be restored, where that is not all of them, or many.
func (u *Undo) ask(ctx context.Context, to recipient, take bot.JobID, req jobs.Request) (asked bool, err error) {
	kept, lost, err := u.Archive.Count(ctx, req.Chat, take)
	if err != nil || kept < bot.DefaultConfirmFrom && lost.Sum() == 0 {
		return false, err
	}
	job, found, err := u.find(ctx, take)
	if err != nil || !found || job.Chat != req.Chat || !job.State.Ended() || job.Key == "" {
		return false, err
	}
	ref, err := u.Answers.show(ctx, to, u.Answers.locale(to.lang).AskUndo(job, kept, lost))
	if err != nil || ref.ID == "" {
		return true, err
	}
	_, err = u.Once.Keep(ctx, askUndoKey(ref.ID), string(job.ID), jobCardLife)
	return true, err
}

// askUndoKey is the key of a card that asks whether to restore a job.
func askUndoKey(id bot.MessageID) string { return "ask_undo/" + string(id) }

// target is the take that was named, or the chat's newest. The choice is stored, because a second run could find another one.
func (u *Undo) target(ctx context.Context, named bot.JobID, req jobs.Request) (bot.JobID, error) {
	if named != "" {
		return named, nil
	}
	key := "undo/" + string(req.CauseID)
	kept, err := u.Once.Kept(ctx, key)
	if err != nil || kept != "" {
		return bot.JobID(kept), err
	}
	newest, err := u.Archive.Newest(ctx, req.Chat)
	if err != nil || newest == "" {
		return "", err
	}
	kept, err = u.Once.Keep(ctx, key, string(newest), remember)
	return bot.JobID(kept), err
}

// obstacle is the reason why a take, which was named or is the last one, can't be restored; empty if it can.
func (u *Undo) obstacle(ctx context.Context, take, named bot.JobID, req jobs.Request) (bot.Reason, error) {
	if take == "" {
		return bot.ReasonNothingKept, nil
	}
	by, err := u.Archive.Restorer(ctx, req.Chat, take)
	if err != nil {
		return "", err
	}
	if by != "" {
		return u.undone(ctx, by, req)
	}
	reason, err := u.notRestorable(ctx, take, req)
	if err != nil || reason != bot.ReasonNothingKept || named != "" {
		return reason, err
	}
	return u.whyLost(ctx, take, req)
}

// notRestorable is the reason why no post of a take can be restored; empty if one can.
func (u *Undo) notRestorable(ctx context.Context, take bot.JobID, req jobs.Request) (bot.Reason, error) {
	kept, lost, err := u.Archive.Count(ctx, req.Chat, take)
	if err != nil {
		return "", err
	}
	job, found, err := u.find(ctx, take)
	if err != nil {
		return "", err
	}
	here := found && job.Chat == req.Chat
	switch {
	case kept > 0 && found && !here && !job.State.Ended():
		return bot.ReasonNotEnded, nil // a job of this chat ends before the undo runs
	case kept > 0:
		return "", nil
	case here || lost.Sum() > 0:
		return bot.ReasonNothingKept, nil
	default:
		return bot.ReasonNoJob, nil
	}
}

// find gives the job of a take, if there is one.
func (u *Undo) find(ctx context.Context, take bot.JobID) (job bot.Job, found bool, err error) {
	job, err = u.Jobs.Find(ctx, take)
	if bot.KindOf(err) == bot.NotFound {
		return bot.Job{}, false, nil
	}
	return job, err == nil, err
}

// whyLost is the reason why no post of the last recall can be restored.
func (u *Undo) whyLost(ctx context.Context, take bot.JobID, req jobs.Request) (bot.Reason, error) {
	_, lost, err := u.Archive.Count(ctx, req.Chat, take)
	if err != nil {
		return "", err
	}
	for cause, reason := range map[bot.Cause]bot.Reason{
		bot.CausePerson: bot.ReasonTookPerson, bot.CauseOtherBot: bot.ReasonTookBot, bot.CauseAnswer: bot.ReasonTookAnswer,
		bot.CauseAsked: bot.ReasonTookBatch,
	} {
		if lost[cause] == lost.Sum() {
			return reason, nil
		}
	}
	return bot.ReasonTookUnkept, nil
}

// undone is the reason if a take was restored before, other than by an earlier run of this work.
func (u *Undo) undone(ctx context.Context, by bot.JobID, req jobs.Request) (bot.Reason, error) {
	job, err := u.Jobs.Find(ctx, by)
	switch {
	case err != nil && bot.KindOf(err) != bot.NotFound:
		return "", err
	case err == nil && job.CauseID == req.CauseID:
		return "", nil
	default:
		return bot.ReasonUndone, nil
	}
}

// may allows people who may recall in the chat, and the author of all posts of the take.
func (u *Undo) may(ctx context.Context, take bot.JobID, req jobs.Request) (policy.Decision, error) {
	decision, err := u.Rights.May(ctx, req.Who, req.Chat, req.P2P)
	if err != nil || decision.Allow || take == "" {
		return decision, err
	}
	posts, err := u.Archive.Posts(ctx, req.Chat, take, 0, maxOwnUndo+1)
	if err != nil || len(posts) == 0 || len(posts) > maxOwnUndo {
		return decision, err
	}
	for _, post := range posts {
		if !bot.Is(post.Sender, req.Who) {
			return decision, nil
		}
	}
	return policy.Decision{Allow: true, Rule: policy.RuleAuthor}, nil
}

// refuse records that nothing is restored, and answers with the reason.
func (u *Undo) refuse(ctx context.Context, to recipient, req jobs.Request, decision policy.Decision) error {
	refused := recall.Request{
		CauseID: req.CauseID, Via: bot.ViaUndo, Who: req.Who, Asked: req.Asked, Chat: req.Chat, P2P: req.P2P, Command: req.Command,
		Comment: req.Comment,
	}
	return u.Answers.reject(ctx, to, refused, decision.Rule, decision.Reason)
}
