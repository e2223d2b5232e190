package bot

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Incident logs once when something begins to fail and once when it works again, however often it is tried meanwhile. Its
// parts fail and work by themselves: it lasts as long as any of them fails. It is safe for concurrent use.
type Incident struct {
	log   *slog.Logger
	level slog.Level
	// begins and ends are the messages.
	begins, ends string

	mu       sync.Mutex
	failing  map[string]time.Time // the parts that fail, and when each did last
	since    time.Time
	failures int
	ended    time.Time
}

// NewIncident makes one that has not begun. The first message is logged on the level, the last one as information.
func NewIncident(log *slog.Logger, level slog.Level, begins, ends string) *Incident {
	return &Incident{log: log, level: level, begins: begins, ends: ends, failing: map[string]time.Time{}}
}

// Report notes how the last try of a part went; attrs are added to the first message.
func (i *Incident) Report(ctx context.Context, part string, err error, attrs ...slog.Attr) {
	i.ReportOf(ctx, part, time.Now(), err, attrs...)
}

// ReportOf is Report for one of many overlapping tries, with the time at which it began. A failure of a try that began before
// the last incident ended belongs to that incident, and a success of a try that began before the part's last failure ends none.
func (i *Incident) ReportOf(ctx context.Context, part string, began time.Time, err error, attrs ...slog.Attr) {
	i.mu.Lock()
	defer i.mu.Unlock()
	lasted := len(i.failing) > 0
	switch {
	case err != nil && !lasted && began.Before(i.ended), err == nil && began.Before(i.failing[part]):
		return
	case err == nil:
		delete(i.failing, part)
	default:
		i.failing[part] = time.Now()
		i.failures++
	}
	switch {
	case err != nil && !lasted:
		i.since, i.failures = time.Now(), 1
		//nolint:sloglint // whoever made it fixed the words
		i.log.LogAttrs(ctx, i.level, i.begins, append(attrs, slog.Any("error", err))...)
	case lasted && len(i.failing) == 0:
		i.ended = time.Now()
		//nolint:sloglint // whoever made it fixed the words
		i.log.LogAttrs(ctx, slog.LevelInfo, i.ends, append(attrs,
			slog.Duration("after", time.Since(i.since)), slog.Int("failures", i.failures))...)
	}
}
