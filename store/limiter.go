package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
	"recallbot/store/redisclock"
)

const (
	// bulkAhead is how far ahead bulk calls are reserved: a single call never waits longer for them.
	bulkAhead = 200 * time.Millisecond
	// jitter spreads bulk calls that wait for the same slot, so that each gets its share.
	jitter = 20 * time.Millisecond
	// redisTime is the time for a call of Redis after a wait.
	redisTime = 50 * time.Millisecond
	// maxWait is how far ahead calls without a deadline are reserved, and the longest pause.
	maxWait = 10 * time.Minute
	// recheckPause is how long before its slot a caller that has slept checks for a pause.
	recheckPause = 500 * time.Millisecond
	// maxSlots is the maximum of slots in one reservation, so that single calls get slots in between.
	maxSlots = 50
	// slotTolerance is how late a slot may be used. It is less than secondWindow minus a second, so that a replica that stalls does not
	// call together with later slots.
	slotTolerance = 30 * time.Millisecond
	// maxMissed is how many consecutive slots a caller may miss before it gives up.
	maxMissed = 10
	// maxLead is the maximum by which a caller that missed a slot reserves the next one ahead.
	maxLead = time.Second
)

// Limiter shares the platform's rate limits between all replicas. Each call needs a slot that is reserved in Redis: without Redis
// there are no calls. See docs/platform.md#rate-limits.
type Limiter struct {
	client  redis.UniversalClient
	reserve *redis.Script
	pause   *redis.Script
	// bulk is set for calls that give way to single ones.
	bulk   bool
	clocks *clocks
}

// clocks are the clocks of the APIs.
type clocks struct {
	mu    sync.Mutex
	byAPI map[string]*redisclock.Clock
}

// clock returns the clock of an API; a new one for the limit of one chat or message, of which there are many.
func (c *clocks) clock(api string) *redisclock.Clock {
	if isResourceLimit(api) {
		clock := redisclock.New()
		clock.TrustServer = true
		return clock
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byAPI[api] == nil {
		c.byAPI[api] = redisclock.New()
	}
	return c.byAPI[api]
}

// NewLimiter returns the limiter of an open store.
func NewLimiter(s *Store) *Limiter {
	return &Limiter{
		client:  s.client,
		reserve: redis.NewScript(reserveLua),
		pause:   redis.NewScript(pauseLua),
		clocks:  &clocks{byAPI: map[string]*redisclock.Clock{}},
	}
}

// Bulk returns a limiter with the same limits for the many calls of jobs: they reserve only bulkAhead, so that single calls go
// first, and share the rest between all callers of all replicas.
func (l *Limiter) Bulk() *Limiter {
	bulk := *l
	bulk.bulk = true
	return &bulk
}

// Slot allows one call between From and Till, by the local clock. Till may be past.
type Slot struct {
	From, Till time.Time
	// at is the slot by the clock in Redis, in microseconds.
	at int64
}

// Wait returns when the caller may call the API. It returns RateLimited, with RetryAfter, if that would be after ctx's deadline, and
// Unavailable if the process is too slow to use a slot in time. It gives unused slots back.
func (l *Limiter) Wait(ctx context.Context, api string) error {
	var lead time.Duration
	for missed := 0; missed < maxMissed; {
		asked := time.Now()
		slots, err := l.reserveAhead(ctx, api, 1, lead)
		if wait, ok := l.retryIn(ctx, err); ok {
			if err := sleep(ctx, wait); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		// If the answer was too late for the slot, the next one must be further ahead.
		lead = min(2*time.Since(asked), l.maxLead())
		ok, err := l.waitFor(ctx, api, slots[0])
		if ok {
			return nil
		}
		missed++
		if backErr := l.giveBack(ctx, api, slots[0]); err != nil || backErr != nil {
			return errors.Join(err, backErr)
		}
	}
	return bot.Errorf(bot.Unavailable, "wait for a call to %s: %d consecutive slots were missed", api, maxMissed)
}

// retryIn returns when a bulk call without a slot tries again: when the first free slot may be reserved. It returns false after the
// deadline, for single calls and for other errors.
func (l *Limiter) retryIn(ctx context.Context, err error) (time.Duration, bool) {
	if !l.bulk || err == nil || !errors.Is(err, errNoSlot) {
		return 0, false
	}
	wait := bot.Detail(err).RetryAfter + rand.N(jitter) //nolint:gosec // not for security
	if deadline, ok := ctx.Deadline(); ok && wait+redisTime >= time.Until(deadline) {
		return 0, false
	}
	return wait, true
}

// giveBack frees an unused slot, which would count in the minute's limit; also after ctx is done.
func (l *Limiter) giveBack(ctx context.Context, api string, s Slot) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ioTimeout)
	defer cancel()
	slot := strconv.FormatInt(s.at, 10)
	return failed(l.client.LRem(ctx, keyCalls(api), 1, slot).Err(), "give back a call to "+api)
}

func (l *Limiter) maxLead() time.Duration {
	if l.bulk {
		return bulkAhead / 2
	}
	return maxLead
}

// waitFor sleeps until the slot. It returns false if the slot is over or a pause has begun.
func (l *Limiter) waitFor(ctx context.Context, api string, s Slot) (bool, error) {
	if wait := time.Until(s.From) - recheckPause; wait > recheckPause {
		if err := sleep(ctx, wait); err != nil {
			return false, err
		}
		paused, err := l.pausedAfter(ctx, api, s.at)
		if err != nil || paused {
			return false, err
		}
	}
	if err := sleep(ctx, time.Until(s.From)); err != nil {
		return false, err
	}
	return time.Now().Before(s.Till), nil
}

// Reserve reserves up to n slots for calls to the API before ctx's deadline, at least one and at most maxSlots. Unused slots are lost.
// It returns RateLimited, with RetryAfter, if there is none before the deadline.
func (l *Limiter) Reserve(ctx context.Context, api string, n int) ([]Slot, error) {
	return l.reserveAhead(ctx, api, n, 0)
}

// reserveAhead reserves slots that are at least lead ahead.
func (l *Limiter) reserveAhead(ctx context.Context, api string, n int, lead time.Duration) ([]Slot, error) {
	limit, rule := maxWait, ruleOf(api)
	if l.bulk {
		limit = bulkAhead
	}
	if deadline, ok := ctx.Deadline(); ok {
		limit = max(min(limit, time.Until(deadline)), 0)
	}
	answer, err := l.clocks.clock(api).Run(ctx, l.client, l.reserve, []string{keyClock(api), keyCalls(api), keyPause(api)},
		min(max(n, 1), maxSlots), lead.Microseconds(), limit.Microseconds(), (maxWait + maxLead).Microseconds(),
		rule.ttl.Milliseconds(), rule.burstWindow.Microseconds(), rule.burst, rule.shortWindow.Microseconds(), rule.short,
		rule.longWindow.Microseconds(), rule.long)
	if err != nil {
		return nil, failed(err, "reserve a call to "+api)
	}
	found := answer.Numbers[1:]
	if len(found) == 0 {
		return nil, bot.Errorf(bot.Internal, "reserve a call to %s: the script returned no slot", api)
	}
	if found[0] < 0 {
		return nil, &bot.Error{
			Kind:       bot.RateLimited,
			Op:         "reserve a call to " + api,
			RetryAfter: l.ahead(time.Duration(-found[0]) * time.Microsecond),
			Err:        errNoSlot,
		}
	}
	slots := make([]Slot, len(found))
	for i, at := range found {
		from := answer.Local(at)
		slots[i] = Slot{From: from, Till: from.Add(slotTolerance), at: at}
	}
	return slots, nil
}

// ahead is the wait before a slot that is so far away may be reserved.
func (l *Limiter) ahead(away time.Duration) time.Duration {
	if l.bulk {
		return max(away-bulkAhead, 0)
	}
	return away
}

var errNoSlot = errors.New("no call is free before the deadline")

// Pause stops calls of all replicas to the API for d, as the platform asked. It never shortens a pause.
func (l *Limiter) Pause(ctx context.Context, api string, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	_, err := l.clocks.clock(api).Run(ctx, l.client, l.pause, []string{keyClock(api), keyPause(api)},
		min(d, maxWait).Microseconds(), ruleOf(api).ttl.Milliseconds())
	return failed(err, "pause calls to "+api)
}

// pausedAfter reports whether calls are paused beyond that time of the clock in Redis, in microseconds.
func (l *Limiter) pausedAfter(ctx context.Context, api string, clock int64) (bool, error) {
	till, err := l.client.Get(ctx, keyPause(api)).Int64()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return till > clock, failed(err, "load the pause of "+api)
}

// sleep is bot.Sleep with errors of this package.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	err := bot.Sleep(ctx, d)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return &bot.Error{Kind: bot.RateLimited, Op: "wait for a slot", RetryAfter: jitter, Err: err}
	default:
		return &bot.Error{Kind: bot.Unavailable, Op: "wait for a slot", Err: err}
	}
}
