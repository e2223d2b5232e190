package store

import (
	"sync"
	"time"
)

// clock turns Redis's clock into ours. Each answer that tells Redis's time bounds the difference between the two: it was
// read after we asked and before we were answered. The difference that we believe in is moved into those bounds, so a
// quick answer pins it down, a slow one does no harm, and clocks that drift apart or are set anew are followed.
type clock struct {
	// started is where our monotonic clock counts from.
	started time.Time

	mu    sync.Mutex
	known bool
	// ahead is Redis's clock less ours, in microseconds.
	ahead int64
}

// learn takes the time that Redis told, in microseconds, between asked and answered.
func (c *clock) learn(asked, answered time.Time, told int64) {
	least := told - answered.Sub(c.started).Microseconds()
	most := told - asked.Sub(c.started).Microseconds()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		// As if Redis had read its clock last of all: then nothing of ours comes early.
		c.known, c.ahead = true, least
		return
	}
	c.ahead = min(max(c.ahead, least), most)
}

// local is the time of ours at which Redis's clock shows at. It may be used after learn only.
func (c *clock) local(at int64) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.started.Add(time.Duration(at-c.ahead) * time.Microsecond)
}
