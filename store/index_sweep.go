package store

import (
	"context"
	"errors"
	"log/slog"
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
	// sweepBatch is the number of buckets that are swept together; it divides the number of buckets.
	sweepBatch = 32
	// sweepPage is the COUNT of HSCAN; Redis returns a compactly encoded bucket whole.
	sweepPage = 512
	// minSweepAge is the minimum age of an entry that may be removed because it is in no set: the platform may deliver an event up
	// to seven hours late.
	minSweepAge = bot.MaxEventDelay
	// goneTTL is how long a mark of a gone message is kept, so that a late event does not add it again.
	goneTTL = 24 * time.Hour
)

// RunSweeper removes expired entries from the buckets, a few buckets at a time, until ctx is done. All replicas may run it: they share
// the buckets.
func (x *Index) RunSweeper(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	swept := bot.NewIncident(x.log, slog.LevelWarn, "index not swept", "index swept again")
	for {
		if err := x.sweepNext(ctx, time.Now()); ctx.Err() == nil {
			swept.Report(ctx, "", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// sweepStep is how many buckets are swept at once.
func (x *Index) sweepStep() int {
	round := min(max(x.retention/24, minSweepRound), maxSweepRound)
	batches := int(buckets*sweepEvery/(sweepBatch*round)) + 1
	return batches * sweepBatch
}

// sweepNext sweeps the next buckets unless another replica has just done so.
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
		err = x.sweepBuckets(ctx, n, sweepBatch, now)
	}
	return err
}

// Sweep removes expired entries from all buckets; now is the time to compare with.
func (x *Index) Sweep(ctx context.Context, now time.Time) error {
	for n := 0; n < buckets; n += sweepBatch {
		if err := x.sweepBuckets(ctx, n, sweepBatch, now); err != nil {
			return err
		}
	}
	return nil
}

// scan is a page of a bucket.
type scan struct {
	bucket string
	answer *redis.ScanCmd
}

// sweepBuckets sweeps buckets together: one round trip to read a page of each, one to check the sets, one to remove.
func (x *Index) sweepBuckets(ctx context.Context, first, count int, now time.Time) error {
	cursors := map[string]uint64{}
	for n := first; n < first+count; n++ {
		cursors[keyBucketNo(n%buckets)] = 0
	}
	for len(cursors) > 0 {
		scans, err := x.scan(ctx, cursors)
		if err != nil {
			return failed(err, "scan buckets of the index")
		}
		clear(cursors)
		for _, s := range scans {
			if _, next := s.answer.Val(); next != 0 {
				cursors[s.bucket] = next
			}
		}
		if err := x.sweepPages(ctx, scans, now); err != nil {
			return failed(err, "sweep buckets of the index")
		}
	}
	return nil
}

func (x *Index) scan(ctx context.Context, cursors map[string]uint64) ([]scan, error) {
	pipe := x.client.Pipeline()
	scans := make([]scan, 0, len(cursors))
	for bucket, cursor := range cursors {
		scans = append(scans, scan{bucket, pipe.HScan(ctx, bucket, cursor, "", sweepPage)})
	}
	_, err := pipe.Exec(ctx)
	return scans, err
}

// oldEntry is an entry that must be in a sorted set, because it is older than minSweepAge.
type oldEntry struct {
	bucket, field string
	place         *redis.FloatCmd
}

func (x *Index) sweepPages(ctx context.Context, scans []scan, now time.Time) error {
	pipe := x.client.Pipeline()
	var old []oldEntry
	for _, s := range scans {
		pairs, _ := s.answer.Val() // alternating fields and values
		for i := 0; i+1 < len(pairs); i += 2 {
			e, ok := readPair(pairs[i], pairs[i+1])
			switch {
			case !ok:
				x.log.WarnContext(ctx, "index entry can't be read", "bucket", s.bucket)
			case x.expired(e, now):
				pipe.HDel(ctx, s.bucket, pairs[i])
				pipe.ZRem(ctx, keyChat(e.Chat), e.member())
			case !e.Gone && now.Sub(e.At) > minSweepAge:
				old = append(old, oldEntry{s.bucket, pairs[i], pipe.ZScore(ctx, keyChat(e.Chat), e.member())})
			}
		}
	}
	if pipe.Len() == 0 {
		return nil
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	return x.removeDropped(ctx, old)
}

// removeDropped removes the entries that are no longer in a sorted set, because of its cap or TTL.
func (x *Index) removeDropped(ctx context.Context, old []oldEntry) error {
	pipe := x.client.Pipeline()
	for _, s := range old {
		if errors.Is(s.place.Err(), redis.Nil) {
			pipe.HDel(ctx, s.bucket, s.field)
		}
	}
	if pipe.Len() == 0 {
		return nil
	}
	_, err := pipe.Exec(ctx)
	return err
}

// expired reports whether an entry is older than its retention.
func (x *Index) expired(e entry, now time.Time) bool {
	if e.Gone {
		return now.Sub(e.since) > goneTTL
	}
	return now.Sub(e.At) > x.retention
}

func readPair(field, value string) (entry, bool) {
	id, rest, ok := unpackID(field)
	if !ok || rest != "" {
		return entry{}, false
	}
	return unpackValue(bot.MessageID(id), value)
}
