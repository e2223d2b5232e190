// Package redisclock is a clock in Redis that ignores steps of the server's clock, so that a step, or a failover to a server with
// another time, neither delays what is due nor makes it due early.
//
// The clock is Redis's TIME plus an offset, which is stored beside the data. A process for which the clock differs from its own
// clock adjusts the offset before it uses the time. The clock never goes back behind the last use.
package redisclock

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// tolerance is the difference of the two clocks, in microseconds, that is ignored.
const tolerance = 100_000

// Lua is the first part of a script for Run. It defines server, Redis's time, and now, the clock's time, both in microseconds, and
// save(now), which must be called when something is stored or done by that time.
//
//	KEYS: 1 the clock
//	ARGV: 1 and 2 earliest and latest now that the caller expects, or both 0; 3 the offset that the caller has seen; 4 a change
//	of that offset; 5 the caller's wall clock, or 0
//	returns early if now is not between them: 0, now, the offset
const Lua = `
local time = redis.call('TIME')
local server = time[1] * 1000000 + time[2]
local saved = redis.call('HMGET', KEYS[1], 'used', 'off', 'wall')
local used, off, wall = tonumber(saved[1] or 0), saved[2] or '0', tonumber(saved[3] or 0)
local now = server + off
if ARGV[3] == off then
  now = now + ARGV[4]
elseif ARGV[2] == '0' then
  if wall > 0 and tonumber(ARGV[5]) > 0 then now = math.min(now, used + ARGV[5] - wall) end
elseif now < tonumber(ARGV[1]) or now > tonumber(ARGV[2]) then
  return {0, now, tonumber(off)}
end
now = math.max(now, used)
local function save(now)
  redis.call('HSET', KEYS[1], 'used', string.format('%.0f', now), 'off', string.format('%.0f', now - server), 'wall', ARGV[5])
end
`

// Clock is what this process knows of one clock in Redis. It is safe for concurrent use.
type Clock struct {
	// CountSuspend makes the clock include the time for which this machine is suspended: the monotonic clock does not, the
	// wall clock does.
	CountSuspend bool
	// TrustServer makes the clock follow Redis's time, except for steps back.
	TrustServer bool

	started time.Time
	mu      sync.Mutex
	known   bool
	// ahead and aheadWall are the clock's time minus our monotonic and our wall clock, in microseconds.
	ahead, aheadWall int64
}

// New returns a clock that has not been read yet.
func New() *Clock { return &Clock{started: time.Now()} }

// Answer is the result of a script.
type Answer struct {
	// Numbers are what the script returned; the first is the clock's time.
	Numbers []int64

	started time.Time
	ahead   int64
}

// Local converts a time of the clock to local time.
func (a Answer) Local(at int64) time.Time {
	return a.started.Add(time.Duration(at-a.ahead) * time.Microsecond)
}

// Run runs a script that begins with Lua. keys[0] is the clock, and args follow the five of Lua. The script must return numbers,
// the first of them now.
func (c *Clock) Run(
	ctx context.Context, client redis.Scripter, script *redis.Script, keys []string, args ...any,
) (Answer, error) {
	offset, step := "", int64(0)
	for {
		asked := time.Now()
		all := append(c.args(asked, offset, step), args...)
		numbers, err := script.Run(ctx, client, keys, all...).Int64Slice()
		if err != nil {
			return Answer{}, err
		}
		answered := time.Now()
		if len(numbers) == 3 && numbers[0] == 0 {
			offset, step = strconv.FormatInt(numbers[2], 10), c.step(asked, answered, numbers[1])
			continue
		}
		return Answer{Numbers: numbers, started: c.started, ahead: c.learn(asked, answered, numbers[0])}, nil
	}
}

// args are the arguments of Lua. Before the first answer the wall clocks of this process and of the last one are compared.
func (c *Clock) args(at time.Time, offset string, step int64) []any {
	earliest, latest, ok := c.expected(at)
	switch {
	case ok:
		return []any{earliest - tolerance, latest + tolerance, offset, step, at.UnixMicro()}
	case c.TrustServer:
		return []any{0, 0, offset, step, 0}
	default:
		return []any{0, 0, offset, step, at.UnixMicro()}
	}
}

// expected is the range in which the clock's time should be at a local time.
func (c *Clock) expected(at time.Time) (earliest, latest int64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mono, wall := c.mono(at)+c.ahead, at.UnixMicro()+c.aheadWall
	if !c.CountSuspend {
		return mono, mono, c.known
	}
	return min(mono, wall), max(mono, wall), c.known
}

// step is the change of the offset that brings the clock, which was now at some time between asked and answered, into the
// expected range; 0 if it is in it.
func (c *Clock) step(asked, answered time.Time, now int64) int64 {
	earliest, afterStep, _ := c.expected(asked)
	_, latest, _ := c.expected(answered)
	switch {
	case now < earliest-tolerance:
		return earliest - now
	case now > latest+tolerance:
		return afterStep - now
	default:
		return 0
	}
}

// learn updates ahead with a time that the clock had between asked and answered, and returns it. It moves ahead only as far as
// these bounds require: a quick answer makes it exact, a slow one changes little, and drift is followed.
func (c *Clock) learn(asked, answered time.Time, now int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	minMono, maxMono := now-c.mono(answered), now-c.mono(asked)
	minWall, maxWall := now-answered.UnixMicro(), now-asked.UnixMicro()
	if !c.known {
		// The lower bounds: then nothing is due early.
		c.known, c.ahead, c.aheadWall = !c.TrustServer, minMono, minWall
	}
	c.ahead = min(max(c.ahead, minMono), maxMono)
	c.aheadWall = min(max(c.aheadWall, minWall), maxWall)
	return c.ahead
}

// mono is our monotonic clock, in microseconds.
func (c *Clock) mono(at time.Time) int64 { return at.Sub(c.started).Microseconds() }
