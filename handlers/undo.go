package handlers

import (
	"cmp"
	"context"
	"crypto/subtle"
	"strings"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
)

// Takes are what jobs and commands took, as the archive keeps it.
type Takes interface {
	// Newest is a chat's newest take, whatever it took and whatever became of that, or empty.
	Newest(ctx context.Context, chat bot.ChatID) (bot.JobID, error)
	// Count is how many posts of a take can come back, and how many of its messages can't, by causes.
	Count(ctx context.Context, chat bot.ChatID, take bot.JobID) (kept int, lost bot.Counts, err error)
	// Undoing is the job that posts a take again, or empty.
	Undoing(ctx context.Context, chat bot.ChatID, take bot.JobID) (bot.JobID, error)
	// Posts gives up to n posts from an index on.
	Posts(ctx context.Context, chat bot.ChatID, take bot.JobID, from, n int) ([]bot.Archived, error)
}

// maxOwn is how many posts somebody without a say may have posted again at once, all of them theirs.
const maxOwn = 50

// undos is /recall undo, and the button of that name: what a job or a command took in this chat is posted again.
type undos struct {
	Parts
	answers *answers
}

func (u *undos) undo(ctx context.Context, d bot.Delivery, said bot.Said) error {
	take := bot.JobID("")
	if args := said.Command.Args; len(args) > 0 {
		take = bot.JobID(strings.ToLower(args[0]))
	}
	return u.start(ctx, u.answers.recipient(ctx, d, said), take, jobs.Request{
		Kind: bot.JobUndo, CauseID: d.Event.ID, Who: said.By, Via: bot.ViaUndo, Chat: said.Message.Chat, Topic: said.Thread,
		P2P: said.P2P, Command: said.Message.ID, Asked: said.Message.At, Comment: said.Command.Reason,
		Language: string(chosen(said)),
	})
}

func (u *undos) wantPress(body bot.Pressed) bool {
	return body.By != "" && body.Press.Action == bot.ActUndo && body.Press.Job != "" && body.Press.Key != ""
}

// press undoes the job of a card; the key shows that the card was really that job's last one.
func (u *undos) press(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	to := recipient{
		work: d.Event.ID, person: body.By, chat: body.Chat, lang: u.answers.language(ctx, body.Chat, ""),
	}
	job, err := u.Jobs.Find(ctx, body.Press.Job)
	if err != nil {
		return u.answers.denied(ctx, to, err)
	}
	known := job.Key != "" && subtle.ConstantTimeCompare([]byte(job.Key), []byte(body.Press.Key)) == 1
	if !known || !job.State.Ended() || job.Chat != body.Chat {
		return u.answers.refuse(ctx, to, bot.ReasonStale)
	}
	if job.Card.ID == "" {
		if err := keepCard(ctx, u.Once, job, bot.CardRef{ID: body.Message, Chat: body.Chat}); err != nil {
			return err
		}
	}
	return u.start(ctx, to, job.ID, jobs.Request{
		Kind: bot.JobUndo, CauseID: d.Event.ID, Who: body.By, Via: bot.ViaUndo, Chat: job.Chat, Topic: job.Topic, P2P: job.P2P,
		Command: job.Command, CommandBy: cmp.Or(job.CommandBy, job.Who), Asked: body.At, Language: job.Language,
	})
}

// start has a take posted again by a job, where whoever asks may. Without a name it is the last recall: one that can't come
// back is refused, and never another one taken in its place.
func (u *undos) start(ctx context.Context, to recipient, named bot.JobID, req jobs.Request) error {
	if u.Archive == nil {
		return u.answers.refuse(ctx, to, bot.ReasonArchiveOff)
	}
	take, err := u.meant(ctx, named, req)
	if err != nil {
		return err
	}
	decision, err := u.may(ctx, take, req)
	if err != nil {
		return err
	}
	if !decision.Allow {
		return u.refuse(ctx, to, req, decision)
	}
	reason, err := u.obstacle(ctx, take, req)
	if err != nil {
		return err
	}
	if reason == bot.ReasonNothingKept && named == "" && take != "" {
		reason, err = u.whyLost(ctx, take, req)
	}
	if err != nil {
		return err
	}
	if reason != "" {
		return u.answers.refuse(ctx, to, reason)
	}
	req.Of = take
	_, err = u.Jobs.Start(ctx, req)
	return u.answers.denied(ctx, to, err)
}

// meant is the take that was named, or the chat's newest. The choice stands: a second run would find another one.
func (u *undos) meant(ctx context.Context, named bot.JobID, req jobs.Request) (bot.JobID, error) {
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

// obstacle is why a take can't come back, if so.
func (u *undos) obstacle(ctx context.Context, take bot.JobID, req jobs.Request) (bot.Reason, error) {
	if take == "" {
		return bot.ReasonNothingKept, nil
	}
	by, err := u.Archive.Undoing(ctx, req.Chat, take)
	if err != nil {
		return "", err
	}
	if by != "" {
		return u.undone(ctx, by, req)
	}
	return u.keepsNothing(ctx, take, req)
}

// keepsNothing is why nothing of a take is kept that could come back, if so.
func (u *undos) keepsNothing(ctx context.Context, take bot.JobID, req jobs.Request) (bot.Reason, error) {
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
		return bot.ReasonNotEnded, nil // one of this chat ends before the undo has its turn
	case kept > 0:
		return "", nil
	case here || lost.Sum() > 0:
		return bot.ReasonNothingKept, nil
	default:
		return bot.ReasonNoJob, nil
	}
}

// find gives the job of a take, if there is one.
func (u *undos) find(ctx context.Context, take bot.JobID) (job bot.Job, found bool, err error) {
	job, err = u.Jobs.Find(ctx, take)
	if bot.KindOf(err) == bot.NotFound {
		return bot.Job{}, false, nil
	}
	return job, err == nil, err
}

// whyLost is why nothing of the last recall can come back.
func (u *undos) whyLost(ctx context.Context, take bot.JobID, req jobs.Request) (bot.Reason, error) {
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

// undone: a take comes back once, but for an earlier run of this very work.
func (u *undos) undone(ctx context.Context, by bot.JobID, req jobs.Request) (bot.Reason, error) {
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

// may allows whoever has a say in the chat, and the author of all that would come back.
func (u *undos) may(ctx context.Context, take bot.JobID, req jobs.Request) (policy.Decision, error) {
	decision, err := u.Recaller.May(ctx, req.Who, req.Chat, req.P2P)
	if err != nil || decision.Allow || take == "" {
		return decision, err
	}
	posts, err := u.Archive.Posts(ctx, req.Chat, take, 0, maxOwn+1)
	if err != nil || len(posts) == 0 || len(posts) > maxOwn {
		return decision, err
	}
	for _, post := range posts {
		if !bot.Is(post.Sender, req.Who) {
			return decision, nil
		}
	}
	return policy.Decision{Allow: true, Rule: policy.RuleAuthor}, nil
}

// refuse records and tells that nothing comes back.
func (u *undos) refuse(ctx context.Context, to recipient, req jobs.Request, decision policy.Decision) error {
	refused := recall.Request{
		CauseID: req.CauseID, Via: bot.ViaUndo, Who: req.Who, Asked: req.Asked, Chat: req.Chat, P2P: req.P2P, Command: req.Command,
		Comment: req.Comment,
	}
	if err := u.Recaller.Refuse(ctx, refused, decision.Rule, decision.Reason); err != nil {
		return err
	}
	return u.answers.refuse(ctx, to, decision.Reason)
}
