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
	// sweepEvery and sweepStep make a round through all buckets last a bit more than an hour, whatever the number of
	// replicas.
	sweepEvery = 500 * time.Millisecond
	sweepStep  = 8
	// sweepAtOnce is how many buckets Sweep takes together; it divides their number.
	sweepAtOnce = 64
	// sweepPage is how many entries are asked of a bucket at once; Redis gives a compactly stored one whole.
	sweepPage = 512
	// settleTime is for how long after a message was written its entry is left alone: the platform may deliver its
	// event up to seven hours late.
	settleTime = bot.MaxEventDelay
	// goneTime is for how long it is remembered that a message is gone, so that its late event can't bring it back.
	goneTime = 24 * time.Hour
)

// RunSweeper removes from the buckets what is past its time, a few buckets at a time, until ctx ends. All replicas may
// run it: they take turns.
func (x *Index) RunSweeper(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	swept := bot.NewIncident(x.log, slog.LevelWarn, "index could not be swept", "index is swept again")
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if err := x.sweepTurn(ctx, now); ctx.Err() == nil {
				swept.Report(ctx, "", err)
			}
		}
	}
}

// sweepTurn sweeps the next buckets, if no replica did within the last half second.
func (x *Index) sweepTurn(ctx context.Context, now time.Time) error {
	// A little less than the ticker's period, so that a replica alone does not miss every second turn.
	err := x.client.SetArgs(ctx, keySweepTurn, "1", redis.SetArgs{Mode: "NX", TTL: sweepEvery * 4 / 5}).Err()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		return failed(err, "take a turn in sweeping")
	}
	end, err := x.client.IncrBy(ctx, keySweepCursor, sweepStep).Result()
	if err != nil {
		return failed(err, "move the sweeper")
	}
	return x.sweepBuckets(ctx, int((end-sweepStep)%buckets), sweepStep, now)
}

// Sweep goes through all buckets at once, as if it were now.
func (x *Index) Sweep(ctx context.Context, now time.Time) error {
	for n := 0; n < buckets; n += sweepAtOnce {
		if err := x.sweepBuckets(ctx, n, sweepAtOnce, now); err != nil {
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

// sweepBuckets sweeps some buckets together: one round trip to read a page of each, one to look, one to remove.
func (x *Index) sweepBuckets(ctx context.Context, first, count int, now time.Time) error {
	cursors := map[string]uint64{}
	for n := first; n < first+count; n++ {
		cursors[keyBucketNo(n)] = 0
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

// settled is an entry that should have its place in a sorted set by now.
type settled struct {
	bucket, field string
	place         *redis.FloatCmd
}

func (x *Index) sweepPages(ctx context.Context, scans []scan, now time.Time) error {
	pipe := x.client.Pipeline()
	var old []settled
	for _, s := range scans {
		pairs, _ := s.answer.Val() // fields and values in turn
		for i := 0; i+1 < len(pairs); i += 2 {
			e, ok := readPair(pairs[i], pairs[i+1])
			switch {
			case !ok:
				x.log.WarnContext(ctx, "index entry can't be read", "bucket", s.bucket)
			case x.outlived(e, now):
				pipe.HDel(ctx, s.bucket, pairs[i])
				pipe.ZRem(ctx, keyChat(e.Chat), e.member())
			case !e.Gone && now.Sub(e.At) > settleTime:
				old = append(old, settled{s.bucket, pairs[i], pipe.ZScore(ctx, keyChat(e.Chat), e.member())})
			}
		}
	}
	if pipe.Len() == 0 {
		return nil
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	return x.removeLost(ctx, old)
}

// removeLost removes the entries that the cap, or the expiry of their chat, took out of the sorted set.
func (x *Index) removeLost(ctx context.Context, old []settled) error {
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

// outlived reports whether an entry is past its time.
func (x *Index) outlived(e entry, now time.Time) bool {
	if e.Gone {
		return now.Sub(e.since) > goneTime
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
