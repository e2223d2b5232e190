package store

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// jobTTL is the TTL of a job after its last change, previewLife that of an unconfirmed one.
	jobTTL     = 7 * 24 * time.Hour
	previewTTL = time.Hour
	// jobChatTTL is the TTL of a job's chat: longer than any job.
	jobChatTTL = 9 * 24 * time.Hour
	// jobStopTTL is the TTL of a request to stop: longer than a job may run.
	jobStopTTL = 25 * time.Hour
)

// Jobs stores jobs, the queue of each chat, and the targets of each job.
type Jobs struct {
	client  redis.UniversalClient
	create  *redis.Script
	save    *redis.Script
	hold    *redis.Script
	release *redis.Script
	arrange *redis.Script
}

// NewJobs returns the jobs of an open store.
func NewJobs(s *Store) *Jobs {
	return &Jobs{
		client: s.client, create: redis.NewScript(createJobLua), save: redis.NewScript(saveJobLua),
		hold: redis.NewScript(lockJobLua), release: redis.NewScript(unlockLua), arrange: redis.NewScript(arrangeLua),
	}
}

// createJobLua stores a new job unless one exists.
// KEYS: the job. ARGV: the job, its TTL in milliseconds. Returns the stored job.
const createJobLua = `
local kept = redis.call('HGET', KEYS[1], 'd')
if kept then return kept end
redis.call('HSET', KEYS[1], 'v', '1', 'd', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return ARGV[1]`

// saveJobLua stores a changed job, unless its version changed, and adds it to or removes it from its chat's queue and the list
// of jobs that wait for an answer.
// KEYS: the job, the queue, then the job's other keys: targets, failures, what was shown; jobs that wait for an answer.
// ARGV: the version it was loaded with, the new one, the job, its id, 1 if it is in the queue, 1 if it ended, the TTL
// of the job and of the lists in milliseconds, 1 if it waits for an answer.
// Returns 1, or 0 when the version changed.
const saveJobLua = `
if redis.call('HGET', KEYS[1], 'v') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[2], 'd', ARGV[3])
for list, listed in pairs({[KEYS[2]] = ARGV[5], [KEYS[6]] = ARGV[9]}) do
  if listed ~= '1' then
    redis.call('LREM', list, 0, ARGV[4])
  elseif not redis.call('LPOS', list, ARGV[4]) then
    redis.call('RPUSH', list, ARGV[4])
  end
end
if ARGV[6] == '1' then
  redis.call('DEL', KEYS[5])
  if redis.call('EXISTS', KEYS[4]) == 0 then redis.call('DEL', KEYS[3]) end
end
for i = 1, 6 do redis.call('PEXPIRE', KEYS[i], (i == 2 or i == 6) and ARGV[8] or ARGV[7]) end
return 1`

// lockJobLua locks a job for a holder, or renews the lock.
// KEYS: the lock, the request to stop. ARGV: the holder, TTL in milliseconds.
// Returns whether the holder has the lock, and whether the job must stop.
const lockJobLua = `
local holder = redis.call('GET', KEYS[1])
local held = 0
if not holder or holder == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  held = 1
end
return {held, redis.call('EXISTS', KEYS[2])}`

// unlockLua unlocks a job. KEYS: the lock. ARGV: the holder. Returns 1, or 0 if another holder has it.
const unlockLua = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`

// Create stores a new job unless one with its id exists, and returns the stored one.
func (j *Jobs) Create(ctx context.Context, job bot.Job) (bot.Job, error) {
	op := "create job " + string(job.ID)
	job.Version = 1
	data, err := json.Marshal(job)
	if err != nil {
		return bot.Job{}, bot.Errorf(bot.Internal, "%s: %w", op, err)
	}
	if err := j.addToLists(ctx, job); err != nil {
		return bot.Job{}, err
	}
	// The chat first: Load needs it.
	if err := j.client.Set(ctx, keyJobChat(job.ID), string(job.Chat), jobChatTTL).Err(); err != nil {
		return bot.Job{}, failed(err, op)
	}
	kept, err := j.create.Run(ctx, j.client, []string{keyJob(job.Chat, job.ID)}, data, jobStateTTL(job).Milliseconds()).Text()
	if err != nil {
		return bot.Job{}, failed(err, op)
	}
	return decodeJob(job.ID, kept)
}

// Load returns a job, or NotFound.
func (j *Jobs) Load(ctx context.Context, id bot.JobID) (bot.Job, error) {
	op := "load job " + string(id)
	chat, err := j.client.Get(ctx, keyJobChat(id)).Result()
	if errors.Is(err, redis.Nil) {
		return bot.Job{}, bot.Errorf(bot.NotFound, "%s", op)
	}
	if err != nil {
		return bot.Job{}, failed(err, op)
	}
	data, err := j.client.HGet(ctx, keyJob(bot.ChatID(chat), id), "d").Result()
	if errors.Is(err, redis.Nil) {
		return bot.Job{}, bot.Errorf(bot.NotFound, "%s of %s", op, chat)
	}
	if err != nil {
		return bot.Job{}, failed(err, op)
	}
	return decodeJob(id, data)
}

// Save stores a changed job, increments its version, and adds it to or removes it from its chat's queue. It returns false if the job
// was saved elsewhere since it was loaded.
func (j *Jobs) Save(ctx context.Context, job *bot.Job) (bool, error) {
	op, next := "save job "+string(job.ID), *job
	next.Version++
	data, err := json.Marshal(next)
	if err != nil {
		return false, bot.Errorf(bot.Internal, "%s: %w", op, err)
	}
	key := keyJob(job.Chat, job.ID)
	saved, err := j.save.Run(ctx, j.client,
		[]string{key, keyJobQueue(job.Chat), key + partTargets, key + partFailed, key + partShown, keyJobsUnanswered(job.Chat)},
		job.Version, next.Version, data, string(job.ID), flag(inQueue(job.State)), flag(job.State.Ended()),
		jobStateTTL(*job).Milliseconds(), jobTTL.Milliseconds(), flag(unanswered(job.State)),
	).Bool()
	if err != nil {
		return false, failed(err, op)
	}
	if saved {
		*job = next
	}
	return saved, nil
}

// Line returns the ids of the chat's jobs that wait or run, in their order.
func (j *Jobs) Line(ctx context.Context, chat bot.ChatID) ([]bot.JobID, error) {
	return j.readIDs(ctx, keyJobQueue(chat))
}

// Asking returns the ids of the chat's jobs that wait for a confirmation or an approval.
func (j *Jobs) Asking(ctx context.Context, chat bot.ChatID) ([]bot.JobID, error) {
	return j.readIDs(ctx, keyJobsUnanswered(chat))
}

func (j *Jobs) readIDs(ctx context.Context, key string) ([]bot.JobID, error) {
	names, err := j.client.LRange(ctx, key, 0, -1).Result()
	if err != nil {
		return nil, failed(err, "read the jobs of "+key)
	}
	ids := make([]bot.JobID, len(names))
	for i, name := range names {
		ids[i] = bot.JobID(name)
	}
	return ids, nil
}

// Leave removes a job from its chat's queue, and from the jobs that wait for an answer.
func (j *Jobs) Leave(ctx context.Context, chat bot.ChatID, id bot.JobID) error {
	pipe := j.client.TxPipeline()
	pipe.LRem(ctx, keyJobQueue(chat), 0, string(id))
	pipe.LRem(ctx, keyJobsUnanswered(chat), 0, string(id))
	_, err := pipe.Exec(ctx)
	return failed(err, "remove job "+string(id)+" from the queue")
}

// Hold locks a job for a holder, or renews the lock. It returns whether the holder has the lock, and whether the job must stop.
func (j *Jobs) Hold(
	ctx context.Context, chat bot.ChatID, id bot.JobID, holder string, ttl time.Duration,
) (held, stopped bool, err error) {
	key := keyJob(chat, id)
	answer, err := j.hold.Run(ctx, j.client, []string{key + partLock, key + partStop}, holder, ttl.Milliseconds()).BoolSlice()
	if err != nil {
		return false, false, failed(err, "lock job "+string(id))
	}
	if len(answer) != 2 {
		return false, false, bot.Errorf(bot.Internal, "lock job %s: the script returned %d flags", id, len(answer))
	}
	return answer[0], answer[1], nil
}

// Release unlocks a job that the holder has locked.
func (j *Jobs) Release(ctx context.Context, chat bot.ChatID, id bot.JobID, holder string) error {
	return failed(j.release.Run(ctx, j.client, []string{keyJob(chat, id) + partLock}, holder).Err(), "unlock job "+string(id))
}

// Stop asks the worker of a job to stop.
func (j *Jobs) Stop(ctx context.Context, chat bot.ChatID, id bot.JobID) error {
	return failed(j.client.Set(ctx, keyJob(chat, id)+partStop, "1", jobStopTTL).Err(), "stop job "+string(id))
}

// jobStateTTL is the TTL of a job in its state.
func jobStateTTL(job bot.Job) time.Duration {
	switch job.State {
	case bot.JobNew, bot.JobAsked, bot.JobApproval:
		return previewTTL
	default:
		return jobTTL
	}
}

func inQueue(state bot.JobState) bool { return state == bot.JobWaiting || state == bot.JobRunning }

func unanswered(state bot.JobState) bool { return state == bot.JobAsked || state == bot.JobApproval }

func flag(set bool) string { return strconv.Itoa(map[bool]int{true: 1}[set]) }

func decodeJob(id bot.JobID, data string) (bot.Job, error) {
	var job bot.Job
	if err := json.Unmarshal([]byte(data), &job); err != nil {
		return bot.Job{}, bot.Errorf(bot.Internal, "read job %s: %w", id, err)
	}
	return job, nil
}
