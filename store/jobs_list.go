package store

import (
	"context"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// maxJobs is how many jobs a team's list names, maxAllJobs that of all; the oldest go first.
	maxJobs    = 1000
	maxAllJobs = 10_000
	// maxJobsRead is how many one question may look at.
	maxJobsRead = 500
)

// list notes a job in the list of all, and in that of the team whose token asked for it. A list may name jobs that never
// came to be, or are kept no longer.
func (j *Jobs) list(ctx context.Context, job bot.Job) error {
	lists := map[string]int64{keyJobsAll: maxAllJobs}
	if job.By != nil && job.By.Team != "" {
		lists[keyJobsTeam(job.By.Team)] = maxJobs
	}
	pipe := j.client.Pipeline()
	for key, most := range lists {
		pipe.ZAddNX(ctx, key, redis.Z{Score: float64(job.Created.UnixMilli()), Member: string(job.ID)})
		pipe.ZRemRangeByRank(ctx, key, 0, -most-1)
		pipe.Expire(ctx, key, jobChatLife)
	}
	_, err := pipe.Exec(ctx)
	return failed(err, "list job "+string(job.ID))
}

// List gives the jobs that are wanted, the newest first, up to n, and the cursor of what follows; empty at the end. They
// are those that the team's tokens asked for; without a team, all. A page may have fewer than n, or none, and still be
// followed by others. Invalid is a cursor that is none of ours.
func (j *Jobs) List(
	ctx context.Context, team bot.TeamID, cursor string, n int, wanted func(bot.Job) bool,
) (page []bot.Job, next string, err error) {
	key := keyJobsAll
	if team != "" {
		key = keyJobsTeam(team)
	}
	for read := 0; read < maxJobsRead; read += listPage {
		spots, end, err := places(ctx, j.client, key, cursor)
		if err != nil {
			return nil, "", err
		}
		for i, at := range spots {
			job, err := j.wanted(ctx, bot.JobID(at.id), wanted)
			if err != nil {
				return nil, "", err
			}
			if job == nil {
				continue
			}
			if page = append(page, *job); len(page) < n {
				continue
			}
			if end && i == len(spots)-1 {
				return page, "", nil
			}
			return page, at.cursor(), nil
		}
		if end {
			return page, "", nil
		}
		cursor = spots[len(spots)-1].cursor()
	}
	return page, cursor, nil
}

// wanted gives a job that is kept and wanted, or nil.
func (j *Jobs) wanted(ctx context.Context, id bot.JobID, wanted func(bot.Job) bool) (*bot.Job, error) {
	job, err := j.Load(ctx, id)
	switch {
	case bot.KindOf(err) == bot.NotFound:
		return nil, nil //nolint:nilnil // what is kept no longer is not wanted
	case err != nil:
		return nil, err
	case !wanted(job):
		return nil, nil //nolint:nilnil // as it says
	}
	return &job, nil
}
