package store

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// sweepEvery is how often buckets are swept, for any number of replicas.
	sweepEvery = 40 * time.Second
	// All buckets take a part of the retention, within these bounds.
	minSweepRound = time.Hour
	maxSweepRound = 12 * time.Hour
	// sweepBatch is the number of hashes that are swept together; it divides the number of buckets.
	sweepBatch = 32
	// sweepPage is the COUNT of HSCAN; Redis returns a compactly encoded hash whole.
	sweepPage = 512
	// goneTTL is how long a mark of a gone message is kept, so that a late event does not add it again.
	goneTTL = 24 * time.Hour
	// swept is the number of hashes: the buckets, and then the tables of chats.
	swept = buckets + chatTables
)

// RunSweeper removes expired entries from the buckets, a few buckets at a time, until ctx is done. All replicas may run it: they share
// the buckets. It also moves what is left of the old layout.
func (x *Index) RunSweeper(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	swept := bot.NewIncident(x.log, slog.LevelWarn, "index not swept", "index swept again")
	for {
		if err := errors.Join(x.moveNext(ctx), x.sweepNext(ctx, time.Now())); ctx.Err() == nil {
			swept.Report(ctx, "", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// sweepStep is how many hashes are swept at once.
func (x *Index) sweepStep() int {
	round := min(max(x.retention/24, minSweepRound), maxSweepRound)
	batches := int(swept*sweepEvery/(sweepBatch*round)) + 1
	return batches * sweepBatch
}

// sweepNext sweeps the next hashes unless another replica has just done so.
func (x *Index) sweepNext(ctx context.Context, now time.Time) error {
	// Shorter than the ticker's period, so that a single replica does not miss every second tick.
	err := x.client.SetArgs(ctx, keySweepLock, "1", redis.SetArgs{Mode: "NX", TTL: sweepEvery * 4 / 5}).Err()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		return failed(err, "lock the sweeper")
	}
	step := x.sweepStep()
	end, err := x.client.IncrBy(ctx, keySweepCursor, int64(step)).Result()
	if err != nil {
		return failed(err, "advance the sweeper")
	}
	for n := int(end) - step; n < int(end) && err == nil; n += sweepBatch {
		err = x.sweepHashes(ctx, n, sweepBatch, now)
	}
	return err
}

// Sweep removes expired entries from all buckets and tables; now is the time to compare with.
func (x *Index) Sweep(ctx context.Context, now time.Time) error {
	for n := 0; n < swept; n += sweepBatch {
		if err := x.sweepHashes(ctx, n, sweepBatch, now); err != nil {
			return err
		}
	}
	return nil
}

// keySwept is the key of a hash.
func keySwept(n int) string {
	if n %= swept; n < buckets {
		return keyBucket(n)
	}
	return keyChats(n - buckets)
}

// sweepHashes sweeps hashes together: one round trip to read a page of each, and one to remove.
func (x *Index) sweepHashes(ctx context.Context, first, count int, now time.Time) error {
	cursors := make(map[string]uint64, count)
	for n := first; n < first+count; n++ {
		cursors[keySwept(n)] = 0
	}
	return failed(scanHashes(ctx, x.client, cursors, func(pipe redis.Pipeliner, key, field, value string) {
		ends := x.entryEnds
		if !strings.HasPrefix(key, "b:") {
			ends = x.chatEnds
			if chat, _, ok := unpackChat(value); ok {
				pipe.ExpireNX(ctx, keyNewest(chat), x.newestTTL())
			}
		}
		end, ok := ends(value)
		if !ok {
			x.log.WarnContext(ctx, "index entry can't be read", "bucket", key)
		} else if now.After(end) {
			pipe.HDel(ctx, key, field)
		}
	}), "sweep buckets of the index")
}

// entryEnds is when the value of a message expires.
func (x *Index) entryEnds(value string) (end time.Time, ok bool) {
	e, _, ok := unpackValue("", value)
	if e.Gone {
		return e.since.Add(goneTTL), ok
	}
	return e.At.Add(x.retention), ok
}

// chatEnds is when a chat may be removed from its table: no value refers to it any more.
func (x *Index) chatEnds(value string) (end time.Time, ok bool) {
	_, registered, ok := unpackChat(value)
	return registered.Add(x.retention + goneTTL + chatMargin), ok
}

// scanHashes reads hashes page by page, and calls use for each field with a pipeline, which is executed after each round.
func scanHashes(ctx context.Context, client redis.UniversalClient, cursors map[string]uint64, use func(pipe redis.Pipeliner, key, field, value string)) error {
	for len(cursors) > 0 {
		pipe, scans := client.Pipeline(), make(map[string]*redis.ScanCmd, len(cursors))
		for key, cursor := range cursors {
			scans[key] = pipe.HScan(ctx, key, cursor, "", sweepPage)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
		clear(cursors)
		pipe = client.Pipeline()
		for key, scan := range scans {
			pairs, next := scan.Val() // alternating fields and values
			if next != 0 {
				cursors[key] = next
			}
			for i := 0; i+1 < len(pairs); i += 2 {
				use(pipe, key, pairs[i], pairs[i+1])
			}
		}
		if pipe.Len() == 0 {
			continue
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
