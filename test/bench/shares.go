package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"recallbot/store"
)

// benchShares counts the calls of jobs at the same rate limit, each on its own replica. Equal shares are best.
func benchShares(ctx context.Context, _ *report, o options) error {
	const jobs, callers = 3, 8
	server, err := startRedis(ctx)
	if err != nil {
		return err
	}
	defer server.close() //nolint:errcheck // a temporary directory
	opened, err := store.Open(ctx, store.RedisConfig{URL: store.URL("redis://" + server.addr)}, store.DefaultConfig(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer opened.Close() //nolint:errcheck // as above
	fmt.Printf("\nshares: turns of %d jobs with %d callers each at one limit, in %s\n", jobs, callers, o.round)
	for range o.rounds {
		counts := callsPerJob(ctx, opened, o.round, jobs, callers)
		slices.Sort(counts)
		fmt.Printf("  %v  least to most %.2f\n", counts, float64(counts[0])/float64(counts[jobs-1]))
	}
	return ctx.Err()
}

// callsPerJob returns the number of calls that each job makes within a time.
func callsPerJob(ctx context.Context, opened *store.Store, within time.Duration, jobs, callers int) []int64 {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	counts := make([]atomic.Int64, jobs)
	var wg sync.WaitGroup
	for i := range counts {
		limiter := store.NewLimiter(opened).Bulk()
		for range callers {
			wg.Go(func() {
				for limiter.Wait(ctx, "message.delete") == nil {
					counts[i].Add(1)
				}
			})
		}
	}
	wg.Wait()
	sums := make([]int64, jobs)
	for i := range counts {
		sums[i] = counts[i].Load()
	}
	return sums
}
