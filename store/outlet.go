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

// AuditRecord is a record as it leaves the audit.
type AuditRecord struct {
	// ID sorts as the records do. N is the record's number; those before the chain have none.
	ID string
	N  int64
	// JSON is the record as it was kept, with its id.
	JSON []byte
}

// Place is up to where the records of an outlet have gone out.
type Place struct {
	ID string
	N  int64
}

// Visit is what an outlet finds.
type Visit struct {
	// Held is whether the outlet is the holder's.
	Held bool
	From Place
	// Last is the number of the newest record.
	Last int64
	// Since is when the oldest record was made that has not gone out; zero when all have.
	Since time.Time
}

// Exporter is a way by which all records leave the audit, in order: what has gone out is known to all replicas, and one of
// them at a time sends.
type Exporter struct {
	client  redis.UniversalClient
	name    string
	visit   *redis.Script
	advance *redis.Script
	release *redis.Script
}

// NewExporter makes an outlet of an open store.
func NewExporter(s *Store, name string) *Exporter {
	return &Exporter{
		client: s.client, name: name, visit: redis.NewScript(visitLua), advance: redis.NewScript(advanceLua),
		release: redis.NewScript(releaseJobLua),
	}
}

// visitLua takes an outlet for a holder, or prolongs that, and looks how far it is.
// KEYS: who holds it, its place, the end of the chain, all records, older acts. ARGV: the holder, for how long in
// milliseconds.
// Returns whether it is the holder's, id and number of its place, the newest number, and the id of what comes next, or "".
const visitLua = `
local holder = redis.call('GET', KEYS[1])
local held = 0
if not holder or holder == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  held = 1
end
local place = redis.call('HMGET', KEYS[2], 'id', 'n')
local id = place[1] or '0-0'
local first = ''
for _, key in ipairs({KEYS[5], KEYS[4]}) do
  local following = redis.call('XRANGE', key, '(' .. id, '+', 'COUNT', 1)
  if following[1] and first == '' then first = following[1][1] end
end
return {held, id, place[2] or '0', redis.call('HGET', KEYS[3], 'n') or '0', first}`

// advanceLua notes how far an outlet is, if it is still the holder's.
// KEYS: who holds it, its place. ARGV: the holder, id and number. Returns 1, or 0 when it is another's.
const advanceLua = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], 'id', ARGV[2], 'n', ARGV[3])
return 1`

// Visit takes the outlet for the holder for a time, or prolongs that, and looks how far it is.
func (o *Exporter) Visit(ctx context.Context, holder string, life time.Duration) (Visit, error) {
	op, key := "visit the outlet "+o.name, keyOutlet(o.name)
	answer, err := o.visit.Run(ctx, o.client, []string{key + partLease, key, keyAuditHead, keyAudit, keyAuditActs},
		holder, life.Milliseconds()).Slice()
	if err != nil {
		return Visit{}, failed(err, op)
	}
	visit, err := readVisit(answer)
	if err != nil {
		return Visit{}, bot.Errorf(bot.Internal, "%s: %w", op, err)
	}
	return visit, nil
}

func readVisit(answer []any) (Visit, error) {
	if len(answer) != 5 {
		return Visit{}, errRecorded
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
		return Visit{}, errors.Join(errRecorded, err1, err2)
	}
	return Visit{Held: held == 1, From: Place{texts[0], n}, Last: last, Since: recordTime(texts[3])}, nil
}

// Next gives up to n records behind a place, the oldest first: acts that are older than the records of all kinds before these.
func (o *Exporter) Next(ctx context.Context, from Place, n int) ([]AuditRecord, error) {
	var acts, all *redis.XMessageSliceCmd
	_, err := o.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		all = p.XRangeN(ctx, keyAudit, "("+from.ID, "+", int64(n)) // first: some move from these to those
		acts = p.XRangeN(ctx, keyAuditActs, "("+from.ID, "+", int64(n))
		return nil
	})
	if err != nil {
		return nil, failed(err, "read what goes to the outlet "+o.name)
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

// Advance notes that all up to a place has gone out. It reports false when the outlet is another holder's by now.
func (o *Exporter) Advance(ctx context.Context, holder string, to Place) (bool, error) {
	key := keyOutlet(o.name)
	noted, err := o.advance.Run(ctx, o.client, []string{key + partLease, key}, holder, to.ID, to.N).Bool()
	return noted, failed(err, "advance the outlet "+o.name)
}

// Release ends the holder's time.
func (o *Exporter) Release(ctx context.Context, holder string) error {
	return failed(o.release.Run(ctx, o.client, []string{keyOutlet(o.name) + partLease}, holder).Err(), "release the outlet "+o.name)
}
