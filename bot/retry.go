package bot

import (
	"cmp"
	"context"
	"time"
)

// Retry is how Try retries.
type Retry struct {
	// Tries is the number of tries; 0 is until the context ends.
	Tries int
	// First is the wait after the first Unavailable; it doubles up to Max. After RateLimited the wait is its RetryAfter, at most
	// Max.
	First, Max time.Duration
}

// Try calls do until it succeeds or fails for good, or until the tries are used up. It returns do's last error.
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
