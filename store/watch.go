package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// watchLate is how much longer than its time a window is kept, for posts whose events come late.
	watchLate = time.Hour
	// maxWindow is the maximum of posts in a window; the oldest are dropped.
	maxWindow = 4000
	// firstScriptKey is where the first key is in an EVALSHA.
	firstScriptKey = 3
	// watchHour is the time of the cap of a rule's recalls.
	watchHour = time.Hour
)

// Windows are the recent posts that rules count, without their content: ids, times and verdicts. It is safe for concurrent use.
type Windows struct {
	client redis.UniversalClient
	batch  *redis.AutoPipeliner
	judge  *redis.Script
	spend  *redis.Script
}

// NewWindows returns the windows of an open store.
func NewWindows(s *Store) *Windows {
	return &Windows{client: s.client, batch: s.batch, judge: redis.NewScript(judgeLua), spend: redis.NewScript(spendLua)}
}

// judgeLua adds a message to windows and decides in which of them it is over the threshold. Posts that two replicas judge at once are decided
// one after the other. Times are the posts' own: a late post is compared with those after it, too. Posts of one millisecond are in the order in which
// they come: the score of each is some microseconds more than that of the one before.
// KEYS: windows. ARGV: id, sender (empty for a person), time in ms, maximum of posts, then for each window: its length in ms, how many posts may stay,
// or for a loop how many turns are too many, 1 for a loop, TTL in ms. Returns 1 or 0 for each; for a known post the same as before.
const judgeLua = `
local id, sender, at = ARGV[1], ARGV[2], tonumber(ARGV[3])
local tail = id .. ' ' .. sender .. ' '
local function read(command, key, first, last, count, loop)
  if not loop then return redis.call(command, key, first, last, 'WITHSCORES', 'LIMIT', 0, count) end
  local all, size = {}, 2 * count
  for offset = 0, 1000, size do -- until the first person: what is beyond is another loop
    local part = redis.call(command, key, first, last, 'WITHSCORES', 'LIMIT', offset, size)
    local person = false
    for i = 1, #part do
      all[#all + 1] = part[i]
      person = person or i % 2 == 1 and string.find(part[i], '^%S+  ')
    end
    if person or #part < 2 * size then break end
  end
  return all
end
local function judge(key, within, count, loop)
  local earlier = read('ZREVRANGEBYSCORE', key, '(' .. (at + 1), '(' .. (at + 1 - within), count, loop)
  local later = read('ZRANGEBYSCORE', key, at + 1, '(' .. (at + within), count, loop)
  local times, senders, place = {}, {}, at
  if earlier[2] and tonumber(earlier[2]) >= at then place = math.min(tonumber(earlier[2]) + 0.001, at + 0.999) end
  local function take(member, time)
    times[#times + 1] = math.floor(tonumber(time))
    senders[#senders + 1] = loop and string.match(member, '^%S+ (%S*)')
  end
  for i = #earlier - 1, 1, -2 do take(earlier[i], earlier[i + 1]) end
  take(tail, at)
  local this = #times
  for i = 1, #later - 1, 2 do take(later[i], later[i + 1]) end
  if not loop then
    for from = math.max(1, this - count), this do
      local to = from + count
      if to <= #times and times[to] - times[from] < within then return true, place end
    end
    return false, place
  end
  local first, last = this, this
  while first > 1 and senders[first - 1] ~= '' do first = first - 1 end
  while last < #times and senders[last + 1] ~= '' do last = last + 1 end
  for from = first, this do
    local turns = 1
    for i = from + 1, last do
      if times[i] - times[from] >= within then break end
      if senders[i] ~= senders[i - 1] then turns = turns + 1 end
      if i >= this and turns >= count then return true, place end
    end
  end
  return false, place
end
local verdicts = {}
for n, key in ipairs(KEYS) do
  local arg = 4 * n
  local known = sender ~= '' and redis.call('ZMSCORE', key, tail .. 's', tail .. 'g') or {}
  if known[1] then
    verdicts[n] = 0
  elseif known[2] then
    verdicts[n] = 1
  else
    local over, place = false, at
    if sender ~= '' then
      over, place = judge(key, tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2]), ARGV[arg + 3] == '1')
    end
    redis.call('ZADD', key, place, tail .. (over and 'g' or 's'))
    if at % 16 == 0 then -- now and then: it costs a call
      redis.call('ZREMRANGEBYRANK', key, 0, -1 - tonumber(ARGV[4]))
    end
    redis.call('PEXPIRE', key, ARGV[arg + 4])
    verdicts[n] = over and 1 or 0
  end
end
return verdicts`

// spendLua spends one of a rule's recalls of an hour.
// KEYS: recalls. ARGV: id, now in ms, the hour in ms, maximum. Returns 1, or 0 if there is none left; for a known id the same as before.
const spendLua = `
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', tonumber(ARGV[2]) - tonumber(ARGV[3]))
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`

// Judge adds a message to windows of its chat. What it returns waits for the verdicts: in which of them it is over the threshold. A message that was
// judged before gets the same verdicts; a person's message only ends the turns of bots. Like Index.Add it shares round trips with other callers,
// and gives up as soon.
func (w *Windows) Judge(ctx context.Context, post bot.WindowPost, windows ...bot.WatchWindow) (verdicts func() ([]bool, error)) {
	keys := make([]string, len(windows))
	args := []any{string(post.ID), post.Sender, post.At.UnixMilli(), maxWindow}
	for i, window := range windows {
		when, count, loop := window.When, window.When.Count, 0
		if when.Kind == bot.WatchAgain {
			count--
		}
		if when.Kind == bot.WatchLoop {
			loop = 1
		}
		keys[i] = keyWindow(post.Chat, window.Name)
		args = append(args, when.Within.Milliseconds(), count, loop, (2*when.Within + watchLate).Milliseconds())
	}
	words := []any{"evalsha", w.judge.Hash(), len(keys)}
	for _, key := range keys {
		words = append(words, key)
	}
	over := redis.NewCmd(ctx, append(words, args...)...)
	over.SetFirstKeyPos(firstScriptKey)
	future := w.batch.Submit(ctx, over)
	return func() ([]bool, error) {
		ctx, cancel := context.WithTimeout(ctx, addTimeout)
		defer cancel()
		err := future.WaitContext(ctx)
		if redis.HasErrorPrefix(err, "NOSCRIPT") {
			over = w.judge.Run(ctx, w.client, keys, args...)
			err = over.Err()
		}
		if err != nil {
			return nil, failed(err, "judge "+string(post.ID))
		}
		verdicts, err := over.BoolSlice()
		return verdicts, failed(err, "judge "+string(post.ID))
	}
}

// Spend reports whether a rule of a chat may recall a message: at most so many in an hour. The same message counts once.
func (w *Windows) Spend(ctx context.Context, chat bot.ChatID, rule string, id bot.MessageID, limit int) (bool, error) {
	ok, err := w.spend.Run(ctx, w.client, []string{keyWatchHour(chat, rule)}, string(id), time.Now().UnixMilli(), watchHour.Milliseconds(), limit).Bool()
	return ok, failed(err, "count the recalls of a rule")
}

const (
	// caughtLife is how long what a rule caught is counted, maxCaught the maximum of it.
	caughtLife = 8 * 24 * time.Hour
	maxCaught  = 10_000
)

// Catch notes that a rule caught a post; again it changes nothing.
func (w *Windows) Catch(ctx context.Context, chat bot.ChatID, rule string, id bot.MessageID, at time.Time) error {
	pipe, key := w.client.Pipeline(), keyCaught(chat, rule)
	pipe.ZAdd(ctx, key, redis.Z{Score: float64(at.UnixMilli()), Member: string(id)})
	pipe.ZRemRangeByRank(ctx, key, 0, -1-maxCaught)
	pipe.PExpire(ctx, key, caughtLife)
	_, err := pipe.Exec(ctx)
	return failed(err, "note what a rule caught")
}

// Caught is how many posts each of the rules caught since a time.
func (w *Windows) Caught(ctx context.Context, chat bot.ChatID, rules []string, since time.Time) (map[string]int, error) {
	pipe, counts := w.client.Pipeline(), map[string]*redis.IntCmd{}
	for _, rule := range rules {
		counts[rule] = pipe.ZCount(ctx, keyCaught(chat, rule), strconv.FormatInt(since.UnixMilli(), 10), "+inf")
	}
	if len(rules) == 0 {
		return nil, nil
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, failed(err, "count what rules caught")
	}
	caught := map[string]int{}
	for rule, count := range counts {
		caught[rule] = int(count.Val())
	}
	return caught, nil
}

// cursorLife is how long it is remembered up to which message a chat was listed.
const cursorLife = 24 * time.Hour

// Cursor is the time of the newest message of a chat that was listed for rules; zero if it was not listed for a day.
func (w *Windows) Cursor(ctx context.Context, chat bot.ChatID) (time.Time, error) {
	ms, err := w.client.Get(ctx, keyWatchCursor(chat)).Int64()
	if errors.Is(err, redis.Nil) {
		return time.Time{}, nil
	}
	return time.UnixMilli(ms), failed(err, "load the cursor of a chat")
}

// SetCursor stores it.
func (w *Windows) SetCursor(ctx context.Context, chat bot.ChatID, at time.Time) error {
	return failed(w.client.Set(ctx, keyWatchCursor(chat), at.UnixMilli(), cursorLife).Err(), "store the cursor of a chat")
}
