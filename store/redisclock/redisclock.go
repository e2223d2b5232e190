// Package redisclock counts time in Redis in such a way that a step of Redis's clock, or a failover to a server that has
// another time, neither holds up what is kept there by time nor brings it forward.
//
// What is counted is Redis's own time plus a difference, which is kept beside the data. A process that sees the counted time
// go otherwise than its own clock changes the difference, before anything is done by it. The counted time never goes back
// behind the last use of it.
package redisclock

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// tolerance is what the two clocks may differ by unnoticed, in microseconds.
const tolerance = 100_000

// Lua begins a script that Run runs. It gives the script told, which is Redis's time, now, which is the counted time, both in
// microseconds, and count(now), which must be called wherever something is kept or done by that time.
//
//	KEYS: 1 the count
//	ARGV: 1 and 2 the least and the most that the caller expects now to be, or both 0, 3 the difference that the caller has
//	seen, 4 what is to be added to that, 5 the caller's wall clock, or 0
//	returns early when now is not what is expected: 0, now, the difference
const Lua = `
local time = redis.call('TIME')
local told = time[1] * 1000000 + time[2]
local kept = redis.call('HMGET', KEYS[1], 'used', 'off', 'wall')
local used, off, wall = tonumber(kept[1] or 0), kept[2] or '0', tonumber(kept[3] or 0)
local now = told + off
if ARGV[3] == off then
  now = now + ARGV[4]
elseif ARGV[2] == '0' then
  if wall > 0 and tonumber(ARGV[5]) > 0 then now = math.min(now, used + ARGV[5] - wall) end
elseif now < tonumber(ARGV[1]) or now > tonumber(ARGV[2]) then
  return {0, now, tonumber(off)}
end
now = math.max(now, used)
local function count(now)
  redis.call('HSET', KEYS[1], 'used', string.format('%.0f', now), 'off', string.format('%.0f', now - told), 'wall', ARGV[5])
end
`

// Clock is what this process knows of a counted time. It is safe for concurrent use.
type Clock struct {
	// Sleeps is set where the time counts for which this machine was suspended. Our monotonic clock does not show it; a
	// wall clock that went on together with Redis's does.
	Sleeps bool
	// Blind is set where Redis's time is taken as it is, but for steps back.
	Blind bool

	started time.Time
	mu      sync.Mutex
	known   bool
	// ahead and aheadWall are the counted time less our monotonic and our wall clock, in microseconds.
	ahead, aheadWall int64
}

// New makes the clock of a process that knows nothing yet.
func New() *Clock { return &Clock{started: time.Now()} }

// Answer is what a script answered.
type Answer struct {
	// Numbers begin with the counted time.
	Numbers []int64

	started time.Time
	ahead   int64
}

// Local is the time of ours at which the counted time is at.
func (a Answer) Local(at int64) time.Time {
	return a.started.Add(time.Duration(at-a.ahead) * time.Microsecond)
}

// Run runs a script that begins with Lua; keys[0] is the count, and args follow the five of Lua. What it answers must be
// numbers, of which the first is now.
func (c *Clock) Run(
	ctx context.Context, client redis.Scripter, script *redis.Script, keys []string, args ...any,
) (Answer, error) {
	seen, step := "", int64(0)
	for {
		asked := time.Now()
		all := append(c.args(asked, seen, step), args...)
		numbers, err := script.Run(ctx, client, keys, all...).Int64Slice()
		if err != nil {
			return Answer{}, err
		}
		answered := time.Now()
		if len(numbers) == 3 && numbers[0] == 0 {
			seen, step = strconv.FormatInt(numbers[2], 10), c.step(asked, answered, numbers[1])
			continue
		}
		return Answer{Numbers: numbers, started: c.started, ahead: c.learn(asked, answered, numbers[0])}, nil
	}
}

// args are those that Lua wants. Who knows nothing yet goes by the wall clocks: its own, and that of who was here last.
func (c *Clock) args(at time.Time, seen string, step int64) []any {
	least, most, ok := c.expected(at)
	switch {
	case ok:
		return []any{least - tolerance, most + tolerance, seen, step, at.UnixMicro()}
	case c.Blind:
		return []any{0, 0, seen, step, 0}
	default:
		return []any{0, 0, seen, step, at.UnixMicro()}
	}
}

// expected is the least and the most that the counted time should be at a time of ours.
func (c *Clock) expected(at time.Time) (least, most int64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mono, wall := c.mono(at)+c.ahead, at.UnixMicro()+c.aheadWall
	if !c.Sleeps {
		return mono, mono, c.known
	}
	return min(mono, wall), max(mono, wall), c.known
}

// step is what must be added to the counted time, which was now at some time between asked and answered: nothing where that
// may just have been told late.
func (c *Clock) step(asked, answered time.Time, now int64) int64 {
	least, from, _ := c.expected(asked)
	_, most, _ := c.expected(answered)
	switch {
	case now < least-tolerance:
		return least - now
	case now > most+tolerance:
		return from - now
	default:
		return 0
	}
}

// learn takes the counted time that was told, and gives how far that is ahead of our monotonic clock. It was read after we
// asked and before we were answered. The difference that we believe in is moved into these bounds: a quick answer pins it
// down, a slow one does no harm, and clocks that drift apart are followed.
func (c *Clock) learn(asked, answered time.Time, told int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	least, most := told-c.mono(answered), told-c.mono(asked)
	minWall, maxWall := told-answered.UnixMicro(), told-asked.UnixMicro()
	if !c.known {
		// As if Redis had read its clock last of all: then nothing of ours comes early.
		c.known, c.ahead, c.aheadWall = !c.Blind, least, minWall
	}
	c.ahead = min(max(c.ahead, least), most)
	c.aheadWall = min(max(c.aheadWall, minWall), maxWall)
	return c.ahead
}

// mono is our monotonic clock, in microseconds.
func (c *Clock) mono(at time.Time) int64 { return at.Sub(c.started).Microseconds() }
