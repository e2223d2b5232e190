package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// The platform's limit for most of its calls: 50 in a second and 1,000 in a minute, all replicas together. Calls do not
// arrive when they were sent, so that the windows we keep are a little longer. A few calls may go at once, so that nobody
// waits who asks for one thing; more than those are spread evenly.
const (
	perSecond    = 50
	perMinute    = 1000
	secondWindow = 1080 * time.Millisecond
	minuteWindow = 60*time.Second + 500*time.Millisecond
	burst        = 5
	burstWindow  = burst * 20 * time.Millisecond
)

// The platform's limit for what is sent into one chat, and for edits of one message: 5 in a second, all at once if need
// be. The window leaves room for the wait for the other limit, which comes after this one.
const (
	perLane    = 5
	laneWindow = 1100 * time.Millisecond
)

const (
	// horizon is how far ahead calls of the bulk lane are reserved: no single call ever waits longer for them.
	horizon = 200 * time.Millisecond
	// jitter spreads the calls of the bulk lane that wait for the same slot, so that each gets its share.
	jitter = 20 * time.Millisecond
	// askTime is what a caller leaves for asking Redis again, after a wait.
	askTime = 50 * time.Millisecond
	// longestWait is how far ahead calls may be reserved by those that set no deadline.
	longestWait = 10 * time.Minute
	// recheckBefore is how long before its slot a caller that has slept asks again whether calls are paused.
	recheckBefore = 500 * time.Millisecond
	// mostSlots is how many slots may be reserved at once: calls that come one by one must get through in between.
	mostSlots = 50
	// tolerance is how late a slot may be used. It is less than what the short window is longer than a second, so that
	// a replica that stalls can't call together with those that have the slots after its own.
	tolerance = 30 * time.Millisecond
	// mostMissed is how many slots in turn a caller may miss before it gives up.
	mostMissed = 10
	// longestLead is the most that a caller which missed a slot asks the next one to be ahead.
	longestLead = time.Second
)

// Lanes whose names begin like these have the limit of one chat's sends, or of one message's edits.
const (
	laneSends = "chat.send:"
	laneEdits = "message.edit:"
)

// rule is a limit: so many calls in each of three windows.
type rule struct {
	burst, short, long                   int
	burstWindow, shortWindow, longWindow time.Duration
}

func ruleOf(api string) rule {
	if strings.HasPrefix(api, laneSends) || strings.HasPrefix(api, laneEdits) {
		return rule{perLane, perLane, perLane, laneWindow, laneWindow, laneWindow}
	}
	return rule{burst, perSecond, perMinute, burstWindow, secondWindow, minuteWindow}
}

// Limiter shares the platform's limit between all replicas. A call is made only in a slot that was reserved for it in
// Redis: without Redis there is no slot, and no call.
type Limiter struct {
	client  redis.UniversalClient
	reserve *redis.Script
	pause   *redis.Script
	// bulk is set for calls that let single ones pass.
	bulk  bool
	clock *clock
}

// NewLimiter makes the limiter of an open store.
func NewLimiter(s *Store) *Limiter {
	return &Limiter{
		client:  s.client,
		reserve: redis.NewScript(reserveLua),
		pause:   redis.NewScript(pauseLua),
		clock:   &clock{started: time.Now()},
	}
}

// Bulk is the same limit for the many calls of jobs. They hold slots for a moment only, so that single calls pass them,
// and share what is left among all who wait, whichever replica they are on.
func (l *Limiter) Bulk() *Limiter {
	lane := *l
	lane.bulk = true
	return &lane
}

// reserveLua reserves the next slots by Redis's clock. All times are in microseconds.
// KEYS: log of slots, newest first; until when calls are paused.
// ARGV: slots wanted, how far ahead at least, how far ahead at most, then length and calls of each window: the burst,
// the short one and the long one.
// Returns now and the slots; when none is near enough, minus how long the first would be away.
const reserveLua = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local paused = tonumber(redis.call('GET', KEYS[2]) or 0)
local answer = {now}
local function after(index, span)
  local slot = redis.call('LINDEX', KEYS[1], index)
  return slot and slot + span or 0
end
for i = 1, tonumber(ARGV[1]) do
  local slot = math.max(now + ARGV[2], paused, after(0, 0),
    after(ARGV[5] - 1, ARGV[4]), after(ARGV[7] - 1, ARGV[6]), after(ARGV[9] - 1, ARGV[8]))
  if slot - now > tonumber(ARGV[3]) then
    if i == 1 then answer[2] = now - slot end
    break
  end
  redis.call('LPUSH', KEYS[1], string.format('%.0f', slot))
  answer[i + 1] = slot
end
redis.call('LTRIM', KEYS[1], 0, ARGV[9] - 1)
redis.call('PEXPIRE', KEYS[1], math.ceil((after(0, ARGV[8]) - now) / 1000) + 1000)
return answer`

// pauseLua lets nobody call for a time, and never shortens a pause.
// KEYS: until when calls are paused. ARGV: for how long, in microseconds. Returns until when.
const pauseLua = `
local time = redis.call('TIME')
local till = time[1] * 1000000 + time[2] + ARGV[1]
local paused = tonumber(redis.call('GET', KEYS[1]) or 0)
if paused >= till then return paused end
redis.call('SET', KEYS[1], string.format('%.0f', till), 'PX', math.ceil(ARGV[1] / 1000))
return till`

// Slot is permission for one call, made between From and Till by our clock. Till may be past already.
type Slot struct {
	From, Till time.Time
	// clock is the slot in microseconds of Redis's clock.
	clock int64
}

// Wait returns when a call to the API may be made, at once, by this caller. It gives RateLimited, with RetryAfter, when
// that would be after ctx's deadline, and Unavailable when this machine is too slow to meet any slot. A slot that came to
// nothing is given back.
func (l *Limiter) Wait(ctx context.Context, api string) error {
	var lead time.Duration
	for missed := 0; missed < mostMissed; {
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
		lead = min(2*time.Since(asked), l.longestLead())
		ok, err := l.await(ctx, api, slots[0])
		if ok {
			return nil
		}
		missed++
		if backErr := l.giveBack(ctx, api, slots[0]); err != nil || backErr != nil {
			return errors.Join(err, backErr)
		}
	}
	return bot.Errorf(bot.Unavailable, "wait for a call to %s: %d slots in turn were missed", api, mostMissed)
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

// longestLead is the most that a caller which missed a slot asks the next one to be ahead.
func (l *Limiter) longestLead() time.Duration {
	if l.bulk {
		return horizon / 2
	}
	return longestLead
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
	longest, rule := longestWait, ruleOf(api)
	if l.bulk {
		longest = horizon
	}
	if deadline, ok := ctx.Deadline(); ok {
		longest = max(min(longest, time.Until(deadline)), 0)
	}
	asked := time.Now()
	answer, err := l.reserve.Run(ctx, l.client, []string{keyCalls(api), keyPause(api)},
		min(max(n, 1), mostSlots), lead.Microseconds(), longest.Microseconds(), rule.burstWindow.Microseconds(), rule.burst,
		rule.shortWindow.Microseconds(), rule.short, rule.longWindow.Microseconds(), rule.long).Int64Slice()
	if err != nil {
		return nil, failed(err, "reserve a call to "+api)
	}
	if len(answer) < 2 {
		return nil, bot.Errorf(bot.Internal, "reserve a call to %s: the script answered %d numbers", api, len(answer))
	}
	if answer[1] < 0 {
		return nil, &bot.Error{
			Kind:       bot.RateLimited,
			Op:         "reserve a call to " + api,
			RetryAfter: l.ahead(time.Duration(-answer[1]) * time.Microsecond),
			Err:        errNoSlot,
		}
	}
	l.clock.learn(asked, time.Now(), answer[0])
	slots := make([]Slot, len(answer)-1)
	for i, at := range answer[1:] {
		from := l.clock.local(at)
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
	return failed(l.pause.Run(ctx, l.client, []string{keyPause(api)}, d.Microseconds()).Err(), "pause calls to "+api)
}

// pausedAfter reports whether calls are paused beyond that microsecond of Redis's clock.
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
