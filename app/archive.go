package app

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/store"
)

// newArchive opens the archive, or gives nil where it is off.
func newArchive(s *store.Store, config store.ArchiveConfig) (*store.Archive, error) {
	if !config.On() {
		return nil, nil //nolint:nilnil // nil is an archive that is off
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

// addClient gives a recaller its client and the archive.
func addClient(door *recall.Deps, client *feishu.Client, archive *store.Archive) {
	door.Platform = client
	if archive != nil {
		door.Archive = recall.Archive{Writer: archive, Read: client.Post}
	}
}

// workers are those of undoing and of batches; the clean-ups' is made with the jobs.
func (a *App) workers(
	door *recall.Recaller, bulk *feishu.Client, archive *store.Archive,
) map[bot.JobKind]jobs.Worker {
	list := map[bot.JobKind]jobs.Worker{
		bot.JobBatch: jobs.NewBatch(jobs.BatchDeps{Recaller: door, Progress: bulk.BatchProgress, Now: time.Now, DryRun: a.live.dryRun.Load}),
		bot.JobUndo:  archiveOff{},
	}
	if archive != nil {
		list[bot.JobUndo] = jobs.NewUndo(jobs.UndoDeps{
			Archive: archive, Successors: archive, Repost: bulk.Repost, Recaller: door, Find: a.index.Find, Posts: a.posting,
			Note: a.live.chat.restoredNote, Button: a.live.chat.button,
		})
	}
	return list
}

// archiveOff is the worker for undos that were begun while the archive was still on.
type archiveOff struct{}

func (archiveOff) Gather(_ context.Context, job *bot.Job) error { return offFor(*job) }

func (archiveOff) Page(_ context.Context, job bot.Job, _ bool, _ <-chan struct{}) (int, bot.Counts, error) {
	return 0, nil, offFor(job)
}

func offFor(job bot.Job) error {
	return &bot.Error{Kind: bot.Denied, Op: "undo " + string(job.Of), Reason: bot.ReasonArchiveOff}
}
