package store

import (
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/store/redisclock"
)

// The windows of bot.CallsPerSecond and bot.CallsPerMinute are a little longer, because calls don't arrive at the time they are sent.
// A burst may go at once, so that one request does not wait; further calls are spread evenly.
const (
	secondWindow = 1080 * time.Millisecond
	minuteWindow = 60*time.Second + 500*time.Millisecond
	burst        = 5
	burstWindow  = burst * 20 * time.Millisecond
)

// resourceWindow is the window of bot.SendsPerSecond. It is longer because the wait for the API's limit follows.
const resourceWindow = 1100 * time.Millisecond

const (
	// callsTTL is the TTL of an API's slots: longer than any forward step of Redis's clock.
	callsTTL = 26 * time.Hour
	// resourceTTL is the TTL of the slots of one chat or message.
	resourceTTL = 2 * time.Minute
)

// rule is a rate limit: a maximum of calls in each of three windows.
type rule struct {
	burst, short, long                   int
	burstWindow, shortWindow, longWindow time.Duration
	// ttl is the TTL of the slots.
	ttl time.Duration
}

// isResourceLimit reports whether the limit is that of one chat or message.
func isResourceLimit(api string) bool {
	return strings.HasPrefix(api, bot.LimitSends) || strings.HasPrefix(api, bot.LimitEdits)
}

func ruleOf(api string) rule {
	if isResourceLimit(api) {
		return rule{bot.SendsPerSecond, bot.SendsPerSecond, bot.SendsPerSecond, resourceWindow, resourceWindow, resourceWindow, resourceTTL}
	}
	return rule{burst, bot.CallsPerSecond, bot.CallsPerMinute, burstWindow, secondWindow, minuteWindow, callsTTL}
}

// reserveLua reserves the next slots. All times are in microseconds unless said.
// KEYS: clock; log of slots, newest first; end of the pause.
// ARGV, after those of redisclock: number of slots, minimum and maximum ahead, maximum ahead of a stored slot or pause, TTL in
// milliseconds, then length and calls of each window: burst, short, long.
// Returns now and the slots; if none is near enough, now and minus the time until the first.
const reserveLua = redisclock.Lua + `
local function after(index, window)
  local slot = redis.call('LINDEX', KEYS[2], index)
  return slot and slot + window or 0
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

// pauseLua starts a pause, or makes it longer.
// KEYS: clock; end of the pause.
// ARGV, after those of redisclock: length of the pause in microseconds, TTL in milliseconds. Returns now.
const pauseLua = redisclock.Lua + `
save(now)
redis.call('PEXPIRE', KEYS[1], ARGV[7])
local till = now + ARGV[6]
if till > tonumber(redis.call('GET', KEYS[2]) or 0) then
  redis.call('SET', KEYS[2], string.format('%.0f', till), 'PX', ARGV[7])
end
return {now}`
