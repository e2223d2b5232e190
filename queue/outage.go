package queue

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// outage logs once when Redis goes and once when it is back, however many goroutines meet it.
type outage struct {
	log *slog.Logger

	mu      sync.Mutex
	failing map[string]bool // the parts of a shift whose last call failed
	since   time.Time
}

func newOutage(log *slog.Logger) *outage {
	return &outage{log: log, failing: map[string]bool{}}
}

// report notes how the last call of a part went.
func (o *outage) report(ctx context.Context, part string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()

	before := len(o.failing)
	if err != nil {
		o.failing[part] = true
	} else {
		delete(o.failing, part)
	}
	switch after := len(o.failing); {
	case before == 0 && after > 0:
		o.since = time.Now()
		o.log.LogAttrs(ctx, slog.LevelError, "queue cannot reach redis", slog.String("part", part), slog.Any("error", err))
	case before > 0 && after == 0:
		o.log.LogAttrs(ctx, slog.LevelInfo, "queue reaches redis again", slog.Duration("after", time.Since(o.since)))
	}
}
