package store

import (
	"strings"
	"time"

	"recallbot/store/redisclock"
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
	// callsLife is how long the calls to an API are remembered: longer than Redis's clock may ever step ahead.
	callsLife = 26 * time.Hour
	// lanesLife is that of the many lanes, which come and go.
	lanesLife = 2 * time.Minute
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
	// life is how long the calls are remembered when there are no more.
	life time.Duration
}

func isLane(api string) bool {
	return strings.HasPrefix(api, laneSends) || strings.HasPrefix(api, laneEdits)
}

func ruleOf(api string) rule {
	if isLane(api) {
		return rule{perLane, perLane, perLane, laneWindow, laneWindow, laneWindow, lanesLife}
	}
	return rule{burst, perSecond, perMinute, burstWindow, secondWindow, minuteWindow, callsLife}
}

// reserveLua reserves the next slots by the counted time. All times are in microseconds.
// KEYS: count; log of slots, newest first; until when calls are paused.
// ARGV, after those of redisclock: slots wanted, how far ahead at least, how far ahead at most, how far ahead a slot or the end
// of a pause can be at all, how long all this is kept in milliseconds, then length and calls of each window: the burst, the
// short one and the long one.
// Returns now and the slots; when none is near enough, minus how long the first would be away.
const reserveLua = redisclock.Lua + `
local function after(index, span)
  local slot = redis.call('LINDEX', KEYS[2], index)
  return slot and slot + span or 0
end
local paused = tonumber(redis.call('GET', KEYS[3]) or 0)
if after(0, 0) > now + ARGV[9] then now = after(0, 0) end
if paused > now + ARGV[9] then
  redis.call('DEL', KEYS[3])
  paused = 0
end
save(now)
local answer = {now}
for i = 1, tonumber(ARGV[6]) do
  local slot = math.max(now + ARGV[7], paused, after(0, 0),
    after(ARGV[12] - 1, ARGV[11]), after(ARGV[14] - 1, ARGV[13]), after(ARGV[16] - 1, ARGV[15]))
  if slot - now > tonumber(ARGV[8]) then
    if i == 1 then answer[2] = now - slot end
    break
  end
  redis.call('LPUSH', KEYS[2], string.format('%.0f', slot))
  answer[i + 1] = slot
end
redis.call('LTRIM', KEYS[2], 0, ARGV[16] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[10])
redis.call('PEXPIRE', KEYS[2], ARGV[10])
return answer`

// pauseLua lets nobody call for a time, and never shortens a pause.
// KEYS: count; until when calls are paused.
// ARGV, after those of redisclock: for how long, in microseconds; how long this is kept in milliseconds. Returns now.
const pauseLua = redisclock.Lua + `
save(now)
redis.call('PEXPIRE', KEYS[1], ARGV[7])
local till = now + ARGV[6]
if till > tonumber(redis.call('GET', KEYS[2]) or 0) then
  redis.call('SET', KEYS[2], string.format('%.0f', till), 'PX', ARGV[7])
end
return {now}`
