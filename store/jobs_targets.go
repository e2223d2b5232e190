package store

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// arrangeLua changes the order of targets unless the job was saved meanwhile.
// KEYS: the job, its targets. ARGV: the version it was loaded with, the index of the first, the targets.
// Returns 1, or 0 if the job was saved, or has fewer targets.
const arrangeLua = `
if redis.call('HGET', KEYS[1], 'v') ~= ARGV[1] then return 0 end
if redis.call('LLEN', KEYS[2]) < ARGV[2] + #ARGV - 2 then return 0 end
for i = 3, #ARGV do redis.call('LSET', KEYS[2], ARGV[2] + i - 3, ARGV[i]) end
return 1`

// Reset deletes the job's targets, and for a new job also the list of shown messages.
func (j *Jobs) Reset(ctx context.Context, job bot.Job) error {
	key := keyJob(job.Chat, job.ID)
	keys := []string{key + partTargets, key + partFailed}
	if job.State == bot.JobNew {
		keys = append(keys, key+partShown)
	}
	return failed(j.client.Del(ctx, keys...).Err(), "reset the targets of job "+string(job.ID))
}

// Append appends targets.
func (j *Jobs) Append(ctx context.Context, job bot.Job, targets []bot.Target) error {
	if len(targets) == 0 {
		return nil
	}
	values, err := encodeTargets(targets)
	if err != nil {
		return err
	}
	key := keyJob(job.Chat, job.ID) + partTargets
	_, err = j.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.RPush(ctx, key, values...)
		p.PExpire(ctx, key, jobStateTTL(job))
		return nil
	})
	return failed(err, "add targets to job "+string(job.ID))
}

// Page returns up to n targets from an index on.
func (j *Jobs) Page(ctx context.Context, job bot.Job, from, n int) ([]bot.Target, error) {
	if n <= 0 {
		return nil, nil
	}
	values, err := j.client.LRange(ctx, keyJob(job.Chat, job.ID)+partTargets, int64(from), int64(from+n-1)).Result()
	if err != nil {
		return nil, failed(err, "read the targets of job "+string(job.ID))
	}
	return decodeTargets(job.ID, values)
}

// Arrange replaces the targets from an index on by the same ones in another order. It does nothing if the job was saved since it
// was loaded.
func (j *Jobs) Arrange(ctx context.Context, job bot.Job, from int, targets []bot.Target) error {
	values, err := encodeTargets(targets)
	if err != nil {
		return err
	}
	key := keyJob(job.Chat, job.ID)
	args := append([]any{job.Version, from}, values...)
	return failed(j.arrange.Run(ctx, j.client, []string{key, key + partTargets}, args...).Err(), "arrange the targets of job "+string(job.ID))
}

// Fail stores which targets between two indexes (the second excluded) can be tried again; it replaces what was stored for them.
func (j *Jobs) Fail(ctx context.Context, job bot.Job, from, to int, indexes []int) error {
	key := keyJob(job.Chat, job.ID) + partFailed
	members := make([]redis.Z, len(indexes))
	for i, index := range indexes {
		members[i] = redis.Z{Score: float64(index), Member: index}
	}
	_, err := j.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.ZRemRangeByScore(ctx, key, strconv.Itoa(from), "("+strconv.Itoa(to))
		if len(members) > 0 {
			p.ZAdd(ctx, key, members...)
			p.PExpire(ctx, key, jobStateTTL(job))
		}
		return nil
	})
	return failed(err, "store the failed targets of job "+string(job.ID))
}

// Failed returns up to n targets of Fail after the first skip, in their order.
func (j *Jobs) Failed(ctx context.Context, job bot.Job, skip, n int) ([]bot.Target, error) {
	if n <= 0 {
		return nil, nil
	}
	op, key := "read the failed targets of job "+string(job.ID), keyJob(job.Chat, job.ID)
	indexes, err := j.client.ZRange(ctx, key+partFailed, int64(skip), int64(skip+n-1)).Result()
	if err != nil || len(indexes) == 0 {
		return nil, failed(err, op)
	}
	found := make([]*redis.StringCmd, len(indexes))
	_, err = j.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, text := range indexes {
			index, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return err
			}
			found[i] = p.LIndex(ctx, key+partTargets, index)
		}
		return nil
	})
	if err != nil {
		return nil, failed(err, op)
	}
	values := make([]string, len(found))
	for i, cmd := range found {
		values[i] = cmd.Val()
	}
	return decodeTargets(job.ID, values)
}

// Show stores that messages were shown in the job's preview.
func (j *Jobs) Show(ctx context.Context, job bot.Job, ids []bot.MessageID) error {
	if len(ids) == 0 {
		return nil
	}
	key := keyJob(job.Chat, job.ID) + partShown
	_, err := j.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.SAdd(ctx, key, members(ids)...)
		p.PExpire(ctx, key, jobStateTTL(job))
		return nil
	})
	return failed(err, "store the shown messages of job "+string(job.ID))
}

// Shown returns for each message whether it was shown.
func (j *Jobs) Shown(ctx context.Context, job bot.Job, ids []bot.MessageID) ([]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	shown, err := j.client.SMIsMember(ctx, keyJob(job.Chat, job.ID)+partShown, members(ids)...).Result()
	return shown, failed(err, "load the shown messages of job "+string(job.ID))
}

func members(ids []bot.MessageID) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	return list
}

func encodeTargets(targets []bot.Target) ([]any, error) {
	values := make([]any, len(targets))
	for i, target := range targets {
		data, err := json.Marshal(target)
		if err != nil {
			return nil, bot.Errorf(bot.Internal, "encode target %s: %w", target.Message.ID, err)
		}
		values[i] = data
	}
	return values, nil
}

func decodeTargets(id bot.JobID, values []string) ([]bot.Target, error) {
	targets := make([]bot.Target, len(values))
	for i, value := range values {
		if err := json.Unmarshal([]byte(value), &targets[i]); err != nil {
			return nil, bot.Errorf(bot.Internal, "read a target of job %s: %w", id, err)
		}
	}
	return targets, nil
}
