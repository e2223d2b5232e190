package queue

import (
	"github.com/redis/go-redis/v9"

	"recallbot/store/redisclock"
)

// scripts are the moves of items, each atomic. Delays are in milliseconds from now, by the clock of Redis (see redisclock), so
// that the clocks of replicas are never compared. Times to be due are rounded up and now is rounded down: no item runs early.
type scripts struct {
	put, putAt, cancel, tick, claim, restartLeases, requeue, deadLetter, replay, deleteConsumers, stats *redis.Script
}

func newScripts() scripts {
	return scripts{
		put:             redis.NewScript(putScript),
		putAt:           redis.NewScript(putAtScript),
		cancel:          redis.NewScript(cancelScript),
		tick:            redis.NewScript(tickScript),
		claim:           redis.NewScript(claimScript),
		restartLeases:   redis.NewScript(restartLeasesScript),
		requeue:         redis.NewScript(requeueScript),
		deadLetter:      redis.NewScript(deadLetterScript),
		replay:          redis.NewScript(replayScript),
		deleteConsumers: redis.NewScript(deleteConsumersScript),
		stats:           redis.NewScript(statsScript),
	}
}

// putScript adds a job unless one of its dedupe ids is known, and remembers all of them. It writes in both cases, because WAIT
// waits only for writes.
//
//	KEYS: 1 stream, 2... dedupe ids
//	ARGV: 1 job, 2 milliseconds to remember the ids
//	returns: 1 added, 0 known
const putScript = `
local seen = false
for i = 2, #KEYS do
  if not redis.call('SET', KEYS[i], '1', 'PX', ARGV[2], 'NX') then seen = true end
end
if seen then
  redis.call('SET', KEYS[2], '1', 'KEEPTTL')
  return 0
end
redis.call('XADD', KEYS[1], '*', 'job', ARGV[1])
return 1
`

// putAtScript adds or replaces a delayed job.
//
//	KEYS: 1 clock, 2 delayed, 3 jobs
//	ARGV, after those of redisclock: 6 job id, 7 milliseconds from now, 8 job
//	returns: now
const putAtScript = redisclock.Lua + `
save(now)
redis.call('ZADD', KEYS[2], string.format('%.0f', math.ceil(now / 1000) + ARGV[7]), ARGV[6])
redis.call('HSET', KEYS[3], ARGV[6], ARGV[8])
return {now}
`

// cancelScript deletes a job that is not due yet.
//
//	KEYS: 1 delayed, 2 jobs
//	ARGV: 1 job id
//	returns: 1 deleted, 0 not found
const cancelScript = `
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('ZREM', KEYS[1], ARGV[1])
`

// countLua defines count, which counts items in all places in one step, so that an item that moves is counted once.
//
//	returns: entries in the stream, those of them that are pending, delayed, dead, age of the oldest entry in milliseconds
const countLua = `
local function count(stream, delayed, dead, pending, now)
  local age = 0
  local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  if first then age = math.max(0, now - string.match(first[1], '^%d+')) end
  return redis.call('XLEN', stream), pending, redis.call('ZCARD', delayed), redis.call('XLEN', dead), age
end
`

// tickScript moves due jobs to the stream, and looks for entries whose leases have ended.
//
//	KEYS: 1 clock, 2 delayed, 3 jobs, 4 stream, 5 dead
//	ARGV, after those of redisclock: 6 maximum of jobs, 7 group, 8 consumer, 9 lease in milliseconds
//	returns: now, Redis's time in microseconds, milliseconds until the next job is due or -1 if there is none, number of pending
//	entries of other consumers, 1 if a lease has ended, and what count returns
const tickScript = redisclock.Lua + countLua + `
if redis.call('EXISTS', KEYS[2]) == 1 or now - server ~= tonumber(off) then save(now) end
local due = math.floor(now / 1000)
local ids = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', due), 'LIMIT', 0, ARGV[6])
for _, id in ipairs(ids) do
  local job = redis.call('HGET', KEYS[3], id)
  redis.call('ZREM', KEYS[2], id)
  redis.call('HDEL', KEYS[3], id)
  if job then redis.call('XADD', KEYS[4], '*', 'job', job) end
end
local first, wait = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES'), -1
if first[2] then wait = math.max(0, first[2] - due) end
local pending, others, overdue = 0, 0, 0
local all = redis.pcall('XPENDING', KEYS[4], ARGV[7])
if not all.err and all[1] > 0 then
  pending = all[1]
  others = pending
  for _, consumer in ipairs(all[4]) do
    if consumer[1] == ARGV[8] then others = others - consumer[2] end
  end
  overdue = #redis.call('XPENDING', KEYS[4], ARGV[7], 'IDLE', ARGV[9], '-', '+', 1)
end
return {now, server, wait, others, overdue, count(KEYS[4], KEYS[2], KEYS[5], pending, math.floor(server / 1000))}
`

// claimScript takes over entries whose leases have ended. It does nothing at another time than the caller expects: then Redis or
// the network stood still, or the clock was set, and the leases of live workers have ended too.
//
//	KEYS: 1 stream
//	ARGV: 1 group, 2 consumer, 3 lease in milliseconds, 4 maximum of entries, 5 and 6 earliest and latest time of Redis
//	returns: the entries
const claimScript = `
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
if now < tonumber(ARGV[5]) or now > tonumber(ARGV[6]) then return {} end
local first = redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[3], '-', '+', 1)[1]
if not first then return {} end
return redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], first[1], 'COUNT', ARGV[4])[2]
`

// restartLeasesScript lets the leases begin now that lie in the future because Redis's clock was set back.
//
//	KEYS: 1 stream
//	ARGV: 1 group
const restartLeasesScript = `
local from = '-'
while true do
  local page = redis.pcall('XPENDING', KEYS[1], ARGV[1], from, '+', 100)
  if page.err or #page == 0 then break end
  for _, entry in ipairs(page) do
    if entry[3] <= 0 then redis.call('XCLAIM', KEYS[1], ARGV[1], entry[2], 0, entry[1], 'JUSTID') end
    from = '(' .. entry[1]
  end
end
return 1
`

// requeueScript moves jobs from pending entries to the delayed set, or to the end of the stream if there is no delay. Entries
// that are not pending are skipped: another worker has acknowledged them, or the script was sent twice.
//
//	KEYS: 1 clock, 2 stream, 3 delayed, 4 jobs
//	ARGV, after those of redisclock: 6 group, then for each: entry, milliseconds from now, job
//	returns: now
const requeueScript = redisclock.Lua + `
save(now)
for i = 7, #ARGV, 3 do
  if redis.call('XACK', KEYS[2], ARGV[6], ARGV[i]) == 1 then
    redis.call('XDEL', KEYS[2], ARGV[i])
    local wait = tonumber(ARGV[i + 1])
    if wait > 0 then
      local id = 'r:' .. ARGV[i]
      redis.call('ZADD', KEYS[3], string.format('%.0f', math.ceil(now / 1000) + wait), id)
      redis.call('HSET', KEYS[4], id, ARGV[i + 2])
    else
      redis.call('XADD', KEYS[2], '*', 'job', ARGV[i + 2])
    end
  end
end
return {now}
`

// deadLetterScript moves pending entries to the dead letters and skips others, as requeueScript does.
//
//	KEYS: 1 stream, 2 dead
//	ARGV: 1 group, 2 maximum of dead letters, then for each: entry, job, reason
//	returns: number of entries moved
const deadLetterScript = `
local n = 0
for i = 3, #ARGV, 3 do
  if redis.call('XACK', KEYS[1], ARGV[1], ARGV[i]) == 1 then
    redis.call('XDEL', KEYS[1], ARGV[i])
    redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[2], '*', 'job', ARGV[i + 1], 'reason', ARGV[i + 2])
    n = n + 1
  end
end
return n
`

// replayScript moves a dead letter back to the stream.
//
//	KEYS: 1 dead, 2 stream
//	ARGV: 1 dead letter, 2 job
//	returns: 1 moved, 0 not found
const replayScript = `
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', 'job', ARGV[2])
return 1
`

// deleteConsumersScript deletes consumers without pending entries, in one step: XGROUP DELCONSUMER also deletes what is pending.
// A live consumer that is deleted is created again by its next read. miniredis has -1 for an unknown idle time.
//
//	KEYS: 1 stream
//	ARGV: 1 group, 2 minimum of milliseconds idle, 3 name of one consumer with any idle time, or empty for all
//	returns: number of consumers deleted
const deleteConsumersScript = `
local n = 0
for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local c = {}
  for i = 1, #info, 2 do c[info[i]] = info[i + 1] end
  local gone = c.name == ARGV[3]
  if ARGV[3] == '' then gone = c.idle < 0 or c.idle >= tonumber(ARGV[2]) end
  if gone and c.pending == 0 then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], c.name)
    n = n + 1
  end
end
return n
`

// statsScript counts items.
//
//	KEYS: 1 stream, 2 delayed, 3 dead
//	ARGV: 1 group
//	returns: what count returns
const statsScript = countLua + `
local t = redis.call('TIME')
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1])
if pending.err then pending = {0} end
return {count(KEYS[1], KEYS[2], KEYS[3], pending[1], t[1] * 1000 + math.floor(t[2] / 1000))}
`
