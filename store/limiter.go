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
	// horizon is how far ahead calls of the bulk lane are reserved: no single call ever waits longer for them.
	horizon = 200 * time.Millisecond
	// jitter spreads the calls of the bulk lane that wait for the same slot, so that each gets its share.
	jitter = 20 * time.Millisecond
	// askTime is what a caller leaves for asking Redis again, after a wait.
	askTime = 50 * time.Millisecond
	// maxWait is how far ahead calls may be reserved by those that set no deadline, and how long they may be paused.
	maxWait = 10 * time.Minute
	// recheckBefore is how long before its slot a caller that has slept asks again whether calls are paused.
	recheckBefore = 500 * time.Millisecond
	// maxSlots is how many slots may be reserved at once: calls that come one by one must get through in between.
	maxSlots = 50
	// tolerance is how late a slot may be used. It is less than what the short window is longer than a second, so that
	// a replica that stalls can't call together with those that have the slots after its own.
	tolerance = 30 * time.Millisecond
	// maxMissed is how many slots in turn a caller may miss before it gives up.
	maxMissed = 10
	// maxLead is the most that a caller which missed a slot asks the next one to be ahead.
	maxLead = time.Second
)

// Limiter shares the platform's limit between all replicas. A call is made only in a slot that was reserved for it in
// Redis: without Redis there is no slot, and no call.
type Limiter struct {
	client  redis.UniversalClient
	reserve *redis.Script
	pause   *redis.Script
	// bulk is set for calls that let single ones pass.
	bulk   bool
	clocks *clocks
}

// clocks are those by which each API's calls are counted.
type clocks struct {
	mu sync.Mutex
	of map[string]*redisclock.Clock
}

// clock is the clock of an API. What is known of a lane's is not kept.
func (c *clocks) clock(api string) *redisclock.Clock {
	if isLane(api) {
		lane := redisclock.New()
		lane.TrustServer = true
		return lane
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of[api] == nil {
		c.of[api] = redisclock.New()
	}
	return c.of[api]
}

// NewLimiter makes the limiter of an open store.
func NewLimiter(s *Store) *Limiter {
	return &Limiter{
		client:  s.client,
		reserve: redis.NewScript(reserveLua),
		pause:   redis.NewScript(pauseLua),
		clocks:  &clocks{of: map[string]*redisclock.Clock{}},
	}
}

// Bulk is the same limit for the many calls of jobs. They hold slots for a moment only, so that single calls pass them,
// and share what is left among all who wait, whichever replica they are on.
func (l *Limiter) Bulk() *Limiter {
	lane := *l
	lane.bulk = true
	return &lane
}

// Slot is permission for one call, made between From and Till by our clock. Till may be past already.
type Slot struct {
	From, Till time.Time
	// clock is the slot in microseconds of the counted time.
	clock int64
}

// Wait returns when a call to the API may be made, at once, by this caller. It gives RateLimited, with RetryAfter, when
// that would be after ctx's deadline, and Unavailable when this machine is too slow to meet any slot. A slot that came to
// nothing is given back.
func (l *Limiter) Wait(ctx context.Context, api string) error {
	var lead time.Duration
	for missed := 0; missed < maxMissed; {
		asked := time.Now()
		slots, err := l.ask(ctx, api, 1, lead)
		if wait, ok := l.queues(ctx, err); ok {
			if err := sleep(ctx, wait); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		// Whoever misses a slot because the answer came too late asks for one further ahead.
		lead = min(2*time.Since(asked), l.maxLead())
		ok, err := l.await(ctx, api, slots[0])
		if ok {
			return nil
		}
		missed++
		if backErr := l.giveBack(ctx, api, slots[0]); err != nil || backErr != nil {
			return errors.Join(err, backErr)
		}
	}
	return bot.Errorf(bot.Unavailable, "wait for a call to %s: %d slots in turn were missed", api, maxMissed)
}

// queues reports whether a bulk call that found no slot asks again, and after what wait: just when the first free slot
// comes near enough to be reserved, if that is before the deadline.
func (l *Limiter) queues(ctx context.Context, err error) (time.Duration, bool) {
	if !l.bulk || err == nil || !errors.Is(err, errNoSlot) {
		return 0, false
	}
	wait := bot.Detail(err).RetryAfter + rand.N(jitter) //nolint:gosec // spreads load, guards nothing
	if deadline, ok := ctx.Deadline(); ok && wait+askTime >= time.Until(deadline) {
		return 0, false
	}
	return wait, true
}

// giveBack frees a slot in which nobody calls: it would count against the minute. Where the caller was cut off that is
// done all the same.
func (l *Limiter) giveBack(ctx context.Context, api string, s Slot) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ioTimeout)
	defer cancel()
	slot := strconv.FormatInt(s.clock, 10)
	return failed(l.client.LRem(ctx, keyCalls(api), 1, slot).Err(), "give back a call to "+api)
}

// maxLead is the most that a caller which missed a slot asks the next one to be ahead.
func (l *Limiter) maxLead() time.Duration {
	if l.bulk {
		return horizon / 2
	}
	return maxLead
}

// await sleeps until the slot and reports whether it may be used: not after it, and not in a pause that began since.
func (l *Limiter) await(ctx context.Context, api string, s Slot) (bool, error) {
	if wait := time.Until(s.From) - recheckBefore; wait > recheckBefore {
		if err := sleep(ctx, wait); err != nil {
			return false, err
		}
		paused, err := l.pausedAfter(ctx, api, s.clock)
		if err != nil || paused {
			return false, err
		}
	}
	if err := sleep(ctx, time.Until(s.From)); err != nil {
		return false, err
	}
	return time.Now().Before(s.Till), nil
}

// Reserve gives the next slots for calls to the API: up to n, at least one, as many as come before ctx's deadline and 50
// at most. A slot that nobody calls in is wasted. It gives RateLimited, with RetryAfter, when there is none before the
// deadline.
func (l *Limiter) Reserve(ctx context.Context, api string, n int) ([]Slot, error) {
	return l.ask(ctx, api, n, 0)
}

// ask reserves slots that are at least lead ahead.
func (l *Limiter) ask(ctx context.Context, api string, n int, lead time.Duration) ([]Slot, error) {
	longest, rule := maxWait, ruleOf(api)
	if l.bulk {
		longest = horizon
	}
	if deadline, ok := ctx.Deadline(); ok {
		longest = max(min(longest, time.Until(deadline)), 0)
	}
	answer, err := l.clocks.clock(api).Run(ctx, l.client, l.reserve, []string{keyCount(api), keyCalls(api), keyPause(api)},
		min(max(n, 1), maxSlots), lead.Microseconds(), longest.Microseconds(), (maxWait + maxLead).Microseconds(),
		rule.life.Milliseconds(), rule.burstWindow.Microseconds(), rule.burst, rule.shortWindow.Microseconds(), rule.short,
		rule.longWindow.Microseconds(), rule.long)
	if err != nil {
		return nil, failed(err, "reserve a call to "+api)
	}
	found := answer.Numbers[1:]
	if len(found) == 0 {
		return nil, bot.Errorf(bot.Internal, "reserve a call to %s: the script answered no slot", api)
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
		slots[i] = Slot{From: from, Till: from.Add(tolerance), clock: at}
	}
	return slots, nil
}

// ahead is when to ask again for a slot that is so far away: in the bulk lane, as soon as it may be reserved.
func (l *Limiter) ahead(away time.Duration) time.Duration {
	if l.bulk {
		return max(away-horizon, 0)
	}
	return away
}

var errNoSlot = errors.New("no call is free before the deadline")

// Pause keeps every replica from calling the API for d, as the platform asked. It never shortens a pause.
func (l *Limiter) Pause(ctx context.Context, api string, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	_, err := l.clocks.clock(api).Run(ctx, l.client, l.pause, []string{keyCount(api), keyPause(api)},
		min(d, maxWait).Microseconds(), ruleOf(api).life.Milliseconds())
	return failed(err, "pause calls to "+api)
}

// pausedAfter reports whether calls are paused beyond that microsecond of the counted time.
func (l *Limiter) pausedAfter(ctx context.Context, api string, clock int64) (bool, error) {
	till, err := l.client.Get(ctx, keyPause(api)).Int64()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return till > clock, failed(err, "look for a pause of "+api)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return &bot.Error{Kind: bot.RateLimited, Op: "wait for a slot", RetryAfter: jitter, Err: ctx.Err()}
		}
		return &bot.Error{Kind: bot.Unavailable, Op: "wait for a slot", Err: ctx.Err()}
	}
}
