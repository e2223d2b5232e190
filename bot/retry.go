package bot

import (
	"cmp"
	"context"
	"time"
)

// Retry says how something that fails for the moment is tried again at once, by a caller who waits for it.
type Retry struct {
	// Tries is how often it is tried in all; 0 is until the context is done.
	Tries int
	// First is the first wait for a platform that is away; it doubles up to Max. A rate limit says its own wait, which may
	// not be longer than Max either.
	First, Max time.Duration
}

// Try calls do until it succeeds, fails for good, or was called often enough.
func Try[T any](ctx context.Context, r Retry, do func() (T, error)) (T, error) {
	away := r.First
	for n := 1; ; n++ {
		got, err := do()
		var wait time.Duration
		switch KindOf(err) {
		case Unavailable:
			wait, away = away, 2*away
		case RateLimited:
			wait = cmp.Or(max(Detail(err).RetryAfter, 0), r.First)
		default:
			return got, err
		}
		if n == r.Tries {
			return got, err
		}
		if Sleep(ctx, min(wait, r.Max)) != nil {
			return got, err
		}
		away = min(away, r.Max)
	}
}
