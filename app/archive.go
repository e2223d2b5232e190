package app

import (
	"context"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/store"
)

// newArchive opens the archive, or gives nil if it is off.
func newArchive(s *store.Store, config store.ArchiveConfig) (*store.Archive, error) {
	if !config.On() {
		return nil, nil //nolint:nilnil // nil means off
	}
	return store.NewArchive(s, config)
}

// chatArchive is the archive as the chat's behaviours see it.
func chatArchive(archive *store.Archive) handlers.Archive { //nolint:ireturn // a nil of the pointer would be no nil
	if archive == nil {
		return nil
	}
	return archive
}

// countArchived counts the archived messages of a recall; nil if the archive is off.
func countArchived(archive *store.Archive) func(context.Context, bot.ChatID, bot.JobID) (kept int, lost bot.Counts, err error) {
	if archive == nil {
		return nil
	}
	return archive.Count
}

// recallArchive is the archive as a recaller uses it: posts are read through its client.
func recallArchive(archive *store.Archive, client *feishu.Client) recall.Archive {
	if archive == nil {
		return recall.Archive{}
	}
	return recall.Archive{Writer: archive, Read: client.Post}
}

// undoWorker undoes jobs with the archive.
func undoWorker(archive *store.Archive, deps jobs.UndoDeps) jobs.Worker { //nolint:ireturn // one of two
	if archive == nil {
		return archiveOff{}
	}
	deps.Archive, deps.Successors = archive, archive
	return jobs.NewUndo(deps)
}

// archiveOff is the worker for undos that began before the archive was turned off.
type archiveOff struct{}

func (archiveOff) Gather(_ context.Context, job *bot.Job) error { return offFor(*job) }

func (archiveOff) Page(_ context.Context, job bot.Job, _ bool, _ <-chan struct{}) (int, bot.Counts, error) {
	return 0, nil, offFor(job)
}

func offFor(job bot.Job) error {
	return &bot.Error{Kind: bot.Denied, Op: "undo " + string(job.Of), Reason: bot.ReasonArchiveOff}
}
