package web

import (
	"context"
	"net/http"
	"slices"

	"recallbot/bot"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
)

type undoAnswer struct {
	Body struct {
		Recalls []Recall `json:"recalls" doc:"One for each chat"`
	}
}

// undoRecall is POST /recalls/{id}/undo.
func (a *api) undoRecall(ctx context.Context, in *recallInput) (*undoAnswer, error) {
	job, err := a.findRecall(ctx, in.ID)
	if err != nil {
		return nil, a.fail(ctx, "undo a recall", err)
	}
	switch {
	case a.CountArchived == nil:
		return nil, conflict(bot.ReasonArchiveOff, "The archive is off (archive.key is not set), so nothing is kept that could come back.")
	case !job.State.Ended():
		return nil, conflict("", "This recall is still running. Wait for its end, or stop it.")
	}
	chats, err := a.archivedChats(ctx, job)
	if err != nil {
		return nil, a.fail(ctx, "undo a recall", err)
	}
	if len(chats) == 0 {
		return nil, conflict(bot.ReasonNothingKept, "Nothing that this recall took is kept, so nothing can come back.")
	}
	return a.undo(ctx, job, chats)
}

func conflict(reason bot.Reason, detail string) *Problem {
	p := newProblem(http.StatusConflict, detail)
	p.Reason = string(reason)
	return p
}

// undo starts a job for each chat. It is a conflict if all of them exist already.
func (a *api) undo(ctx context.Context, job bot.Job, chats []bot.ChatID) (*undoAnswer, error) {
	answer, started := &undoAnswer{}, false
	for _, chat := range chats {
		asked := a.Now()
		undo, err := a.Jobs.Start(ctx, jobs.Request{
			Kind: bot.JobUndo, CauseID: bot.EventID("undo/" + string(job.ID) + "/" + string(chat)), Via: bot.ViaAPI,
			By: principalOf(ctx), Chat: chat, Asked: asked, Of: job.ID,
		})
		if err != nil {
			return nil, a.fail(ctx, "undo a recall", err)
		}
		started = started || undo.Asked.Equal(asked)
		answer.Body.Recalls = append(answer.Body.Recalls, a.recallOf(undo))
	}
	if !started {
		return nil, conflict(bot.ReasonUndone, "It is undone, or being undone, already.")
	}
	return answer, nil
}

// archivedChats are the chats with archived messages of the job that the token reaches.
func (a *api) archivedChats(ctx context.Context, job bot.Job) ([]bot.ChatID, error) {
	chats, err := a.chatsOf(ctx, job)
	if err != nil {
		return nil, err
	}
	var kept []bot.ChatID
	for _, chat := range chats {
		if chat == "" || slices.Contains(kept, chat) || !policy.Reaches(principalOf(ctx), chat) {
			continue
		}
		n, _, err := a.CountArchived(ctx, chat, job.ID)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			kept = append(kept, chat)
		}
	}
	return kept, nil
}

// chatsOf are the chats of a job, with duplicates.
func (a *api) chatsOf(ctx context.Context, job bot.Job) ([]bot.ChatID, error) {
	if job.Kind != bot.JobPosts {
		return []bot.ChatID{job.Chat}, nil
	}
	var chats []bot.ChatID
	if job.Group != "" {
		err := a.eachOfGroup(ctx, job.Team, job.Group, func(p bot.Post) error { chats = append(chats, p.Chat); return nil })
		return chats, err
	}
	for _, id := range job.Named {
		p, err := a.Book.Of(ctx, id)
		if err != nil {
			return nil, err
		}
		if p != nil {
			chats = append(chats, p.Chat)
		}
	}
	known, err := a.Index.Known(ctx, job.Named)
	for _, m := range known {
		chats = append(chats, m.Chat)
	}
	return chats, err
}
