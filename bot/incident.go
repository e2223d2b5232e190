package bot

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"
)

// Incident logs once when something begins to fail and once when it works again. It has parts, and lasts as long as any of
// them fails. It is safe for concurrent use.
type Incident struct {
	log   *slog.Logger
	level slog.Level
	// begins and ends are the messages.
	begins, ends string
	// forget is the age at which a part's failure no longer counts; 0 is never.
	forget time.Duration

	mu       sync.Mutex
	failing  map[string]time.Time // the time of the last failure, by part
	since    time.Time
	failures int
	ended    time.Time
}

// NewIncident makes an incident that has not begun. Its first message has the level, its last one the level info.
func NewIncident(log *slog.Logger, level slog.Level, begins, ends string) *Incident {
	return &Incident{log: log, level: level, begins: begins, ends: ends, failing: map[string]time.Time{}}
}

// ForgetAfter makes the incident ignore failures that are older than d once another part works: what failed may have been taken
// over by another replica, which reports to its own incident. It is called before the first report, and returns the incident.
func (i *Incident) ForgetAfter(d time.Duration) *Incident {
	i.forget = d
	return i
}

// Report notes the result of a part's last try; attrs are added to the first message.
func (i *Incident) Report(ctx context.Context, part string, err error, attrs ...slog.Attr) {
	i.ReportOf(ctx, part, time.Now(), err, attrs...)
}

// ReportOf is Report for overlapping tries, with the time at which the try began. It ignores a failure that began before the
// last incident ended, and a success that began before the part's last failure.
func (i *Incident) ReportOf(ctx context.Context, part string, began time.Time, err error, attrs ...slog.Attr) {
	i.mu.Lock()
	defer i.mu.Unlock()
	lasted := len(i.failing) > 0
	switch {
	case err != nil && !lasted && began.Before(i.ended), err == nil && began.Before(i.failing[part]):
		return
	case err == nil:
		delete(i.failing, part)
		maps.DeleteFunc(i.failing, func(_ string, last time.Time) bool { return i.forget > 0 && time.Since(last) > i.forget })
	default:
		i.failing[part] = time.Now()
		i.failures++
	}
	switch {
	case err != nil && !lasted:
		i.since, i.failures = time.Now(), 1
		//nolint:sloglint // the caller of NewIncident has fixed messages
		i.log.LogAttrs(ctx, i.level, i.begins, append(attrs, slog.Any("error", err))...)
	case lasted && len(i.failing) == 0:
		i.ended = time.Now()
		//nolint:sloglint // the caller of NewIncident has fixed messages
		i.log.LogAttrs(ctx, slog.LevelInfo, i.ends, append(attrs,
			slog.Duration("after", time.Since(i.since)), slog.Int("failures", i.failures))...)
	}
}
