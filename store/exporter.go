package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// AuditRecord is a record for an exporter.
type AuditRecord struct {
	// ID sorts as the records do. N is the record's number; 0 for a record from before the chain.
	ID string
	N  int64
	// JSON is the record as it is stored, with its id.
	JSON []byte
}

// Position is the last record that an exporter has sent.
type Position struct {
	ID string
	N  int64
}

// ExporterState is the result of Acquire.
type ExporterState struct {
	// Held reports whether the holder has the lock.
	Held bool
	From Position
	// Last is the number of the newest record.
	Last int64
	// Since is the time of the oldest record that is not sent; zero if there is none.
	Since time.Time
}

// Exporter reads all records in order, for sending. Its position is shared by all replicas, and one of them at a time has the
// lock.
type Exporter struct {
	client  redis.UniversalClient
	name    string
	acquire *redis.Script
	advance *redis.Script
	release *redis.Script
}

// NewExporter returns an exporter of an open store.
func NewExporter(s *Store, name string) *Exporter {
	return &Exporter{
		client: s.client, name: name, acquire: redis.NewScript(acquireLua), advance: redis.NewScript(advanceLua),
		release: redis.NewScript(unlockLua),
	}
}

// acquireLua locks an exporter for a holder, or renews the lock, and reads its state.
// KEYS: the lock, the position, the end of the chain, all records, older acts. ARGV: the holder, TTL in milliseconds.
// Returns whether the holder has the lock, id and number of the position, the newest number, and the id of the next record or "".
const acquireLua = `
local holder = redis.call('GET', KEYS[1])
local held = 0
if not holder or holder == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  held = 1
end
local position = redis.call('HMGET', KEYS[2], 'id', 'n')
local id = position[1] or '0-0'
local first = ''
for _, key in ipairs({KEYS[5], KEYS[4]}) do
  local following = redis.call('XRANGE', key, '(' .. id, '+', 'COUNT', 1)
  if following[1] and first == '' then first = following[1][1] end
end
return {held, id, position[2] or '0', redis.call('HGET', KEYS[3], 'n') or '0', first}`

// advanceLua stores the position if the holder has the lock.
// KEYS: the lock, the position. ARGV: the holder, id and number. Returns 1, or 0 if another holder has the lock.
const advanceLua = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], 'id', ARGV[2], 'n', ARGV[3])
return 1`

// Acquire locks the exporter for the holder, or renews the lock, and returns its state.
func (o *Exporter) Acquire(ctx context.Context, holder string, ttl time.Duration) (ExporterState, error) {
	op, key := "lock the exporter "+o.name, keyExporter(o.name)
	answer, err := o.acquire.Run(ctx, o.client, []string{key + partExporterLock, key, keyAuditHead, keyAudit, keyAuditActs},
		holder, ttl.Milliseconds()).Slice()
	if err != nil {
		return ExporterState{}, failed(err, op)
	}
	state, err := parseExporterState(answer)
	if err != nil {
		return ExporterState{}, bot.Errorf(bot.Internal, "%s: %w", op, err)
	}
	return state, nil
}

func parseExporterState(answer []any) (ExporterState, error) {
	if len(answer) != 5 {
		return ExporterState{}, errScriptResult
	}
	var texts [4]string
	held, ok := answer[0].(int64)
	for i := range texts {
		text, isText := answer[i+1].(string)
		texts[i], ok = text, ok && isText
	}
	n, err1 := strconv.ParseInt(texts[1], 10, 64)
	last, err2 := strconv.ParseInt(texts[2], 10, 64)
	if !ok || err1 != nil || err2 != nil {
		return ExporterState{}, errors.Join(errScriptResult, err1, err2)
	}
	return ExporterState{Held: held == 1, From: Position{texts[0], n}, Last: last, Since: recordTime(texts[3])}, nil
}

// Next returns up to n records after a position, oldest first, also from the stream of older acts.
func (o *Exporter) Next(ctx context.Context, from Position, n int) ([]AuditRecord, error) {
	var acts, all *redis.XMessageSliceCmd
	_, err := o.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		all = p.XRangeN(ctx, keyAudit, "("+from.ID, "+", int64(n)) // first, because records move from this stream to the other
		acts = p.XRangeN(ctx, keyAuditActs, "("+from.ID, "+", int64(n))
		return nil
	})
	if err != nil {
		return nil, failed(err, "read records for the exporter "+o.name)
	}
	messages := slices.Concat(acts.Val(), all.Val())
	slices.SortStableFunc(messages, func(a, b redis.XMessage) int { return compareIDs(a.ID, b.ID) })
	messages = slices.CompactFunc(messages, func(a, b redis.XMessage) bool { return a.ID == b.ID })
	records := make([]AuditRecord, min(n, len(messages)))
	for i := range records {
		records[i] = recordOf(messages[i])
	}
	return records, nil
}

// Advance stores the position. It returns false if another holder has the lock.
func (o *Exporter) Advance(ctx context.Context, holder string, to Position) (bool, error) {
	key := keyExporter(o.name)
	stored, err := o.advance.Run(ctx, o.client, []string{key + partExporterLock, key}, holder, to.ID, to.N).Bool()
	return stored, failed(err, "advance the exporter "+o.name)
}

// Release unlocks the exporter.
func (o *Exporter) Release(ctx context.Context, holder string) error {
	return failed(o.release.Run(ctx, o.client, []string{keyExporter(o.name) + partExporterLock}, holder).Err(), "unlock the exporter "+o.name)
}
