package store

import (
	"context"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// maxJobs is the maximum of jobs in a team's list, maxAllJobs that in the list of all; the oldest are removed.
	maxJobs    = 1000
	maxAllJobs = 10_000
	// maxJobsRead is the maximum of jobs that List reads.
	maxJobsRead = 500
)

// addToLists adds a job to the list of all, and to that of the team whose token requested it. Lists may have ids of jobs that were never
// stored or have expired.
func (j *Jobs) addToLists(ctx context.Context, job bot.Job) error {
	lists := map[string]int64{keyJobsAll: maxAllJobs}
	if job.By != nil && job.By.Team != "" {
		lists[keyJobsTeam(job.By.Team)] = maxJobs
	}
	pipe := j.client.Pipeline()
	for key, limit := range lists {
		pipe.ZAddNX(ctx, key, redis.Z{Score: float64(job.Created.UnixMilli()), Member: string(job.ID)})
		pipe.ZRemRangeByRank(ctx, key, 0, -limit-1)
		pipe.Expire(ctx, key, jobChatTTL)
	}
	_, err := pipe.Exec(ctx)
	return failed(err, "list job "+string(job.ID))
}

// List returns up to n jobs for which wanted is true, newest first, and the cursor of the next page, "" at the end. With a team, only
// jobs that its tokens requested. A page may have fewer than n jobs, or none, and not be the last. A bad cursor is Invalid.
func (j *Jobs) List(
	ctx context.Context, team bot.TeamID, cursor string, n int, wanted func(bot.Job) bool,
) (page []bot.Job, next string, err error) {
	key := keyJobsAll
	if team != "" {
		key = keyJobsTeam(team)
	}
	for read := 0; read < maxJobsRead; read += listPage {
		spots, end, err := readList(ctx, j.client, key, cursor)
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

// wanted loads a job; nil if it does not exist or is not wanted.
func (j *Jobs) wanted(ctx context.Context, id bot.JobID, wanted func(bot.Job) bool) (*bot.Job, error) {
	job, err := j.Load(ctx, id)
	switch {
	case bot.KindOf(err) == bot.NotFound:
		return nil, nil //nolint:nilnil // see above
	case err != nil:
		return nil, err
	case !wanted(job):
		return nil, nil //nolint:nilnil // see above
	}
	return &job, nil
}
