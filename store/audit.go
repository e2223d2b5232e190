package store

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// auditOnceTTL is longer than any work may be repeated.
	auditOnceTTL = 12 * time.Hour
	// A chat's own records: how many, and for how long after the last one.
	auditChatCap = 1000
	auditChatTTL = 90 * 24 * time.Hour
	// auditField is the one field of a record in its stream.
	auditField = "e"
	// auditPage is the most records that Recent gives at once.
	auditPage = 1000
)

// Audit is the record of every attempt: one stream of all, and one per chat, both capped. The records form one chain,
// whichever replica makes them.
type Audit struct {
	client redis.UniversalClient
	keeper redis.Scripter
	limit  int64
	sealer bot.Sealer
	record *redis.Script
	// turn holds what this Audit knows of the end of the chain, and lets one record at a time be put behind it: two that
	// tried together would be one for nothing.
	turn chan bot.Link
}

// NewAudit makes the audit of an open store.
func NewAudit(s *Store) *Audit {
	a := &Audit{
		client: s.client, keeper: s.Durable(), limit: s.cfg.AuditCap, sealer: s.cfg.Sealer(), record: redis.NewScript(recordLua),
		turn: make(chan bot.Link, 1),
	}
	a.turn <- bot.Link{}
	return a
}

// recordLua appends a record to the stream of all and to its chat's, under the same id, unless the same work did so
// before, or the chain has another end than the record was made for. Of the records before the chain, and of those that
// the cap took, it counts how many there were. Where the work made a record before, it writes all the same, see Durable.
// KEYS: what the work made, all records, the end of the chain, the chat's records (absent without a chat).
// ARGV: the record, cap of all, cap of a chat, life of what the work made and of a chat's records in milliseconds, number
// and hash of the record before, number and hash of this one.
// Returns what became of it (0 the work made a record before, 1 kept, 2 the chain has another end), and number and hash
// of the end.
const recordLua = `
local made = redis.call('GET', KEYS[1])
if made then
  redis.call('SET', KEYS[1], made, 'KEEPTTL')
  return {0, ARGV[6], ARGV[7]}
end
local last = redis.call('HMGET', KEYS[3], 'n', 'h')
local n, h = last[1] or '0', last[2] or ''
if n ~= ARGV[6] or h ~= ARGV[7] then return {2, n, h} end
local long = redis.call('XLEN', KEYS[2])
if n == '0' then redis.call('HSET', KEYS[3], 'older', long) end
local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'e', ARGV[1])
redis.call('HSET', KEYS[3], 'n', ARGV[8], 'h', ARGV[9])
redis.call('HINCRBY', KEYS[3], 'cut', long + 1 - redis.call('XLEN', KEYS[2]))
if KEYS[4] then
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[3], id, 'e', ARGV[1])
  redis.call('PEXPIRE', KEYS[4], ARGV[5])
end
redis.call('SET', KEYS[1], id, 'PX', ARGV[4])
return {1, ARGV[8], ARGV[9]}`

// What became of a record.
const (
	recordKept  = 1
	recordMoved = 2
)

// Record keeps an entry and reports true. The key names the piece of work that makes it: work that runs again within 12
// hours records nothing more, and Record reports false. The entry's place in the chain is found in one round trip, and in
// one more for each record that another replica puts there meanwhile.
func (a *Audit) Record(ctx context.Context, key string, e bot.AuditEntry) (bool, error) {
	op := "record " + key + " in the audit"
	var last bot.Link
	select {
	case last = <-a.turn:
	case <-ctx.Done():
		return false, failed(ctx.Err(), op)
	}
	defer func() { a.turn <- last }()
	keys := []string{keyAuditOnce(key), keyAudit, keyAuditHead}
	if e.Chat != "" {
		keys = append(keys, keyAuditChat(e.Chat))
	}
	for {
		data, next, err := a.sealer.Seal(e, last)
		if err != nil {
			return false, err
		}
		answer, err := a.record.Run(ctx, a.keeper, keys, data, a.limit, auditChatCap, auditOnceTTL.Milliseconds(),
			auditChatTTL.Milliseconds(), last.N, last.Hash, next.N, next.Hash).Slice()
		if err != nil {
			return false, failed(err, op)
		}
		became, end, err := readRecorded(answer)
		if err != nil {
			return false, bot.Errorf(bot.Internal, "%s: %w", op, err)
		}
		last = end
		if became != recordMoved {
			return became == recordKept, nil
		}
	}
}

var errRecorded = errors.New("the script answered something else")

func readRecorded(answer []any) (became int64, end bot.Link, err error) {
	if len(answer) != 3 {
		return 0, bot.Link{}, errRecorded
	}
	became, ok1 := answer[0].(int64)
	n, ok2 := answer[1].(string)
	hash, ok3 := answer[2].(string)
	number, err := strconv.ParseInt(n, 10, 64)
	if !ok1 || !ok2 || !ok3 || err != nil {
		return 0, bot.Link{}, errRecorded
	}
	return became, bot.Link{N: number, Hash: hash}, nil
}

// Recent gives up to n entries, the newest first: of one chat, or of all when chat is empty; those older than the entry
// with the id before, when that is not empty. At most 1000 come at once.
func (a *Audit) Recent(ctx context.Context, chat bot.ChatID, n int, before string) ([]bot.AuditEntry, error) {
	if n <= 0 {
		return nil, nil
	}
	from := "+"
	if before != "" {
		if !isRecordID(before) {
			return nil, bot.Errorf(bot.Invalid, "read the audit before %q: that is no id of a record", before)
		}
		from = "(" + before
	}
	key := keyAudit
	if chat != "" {
		key = keyAuditChat(chat)
	}
	records, err := a.client.XRevRangeN(ctx, key, from, "-", int64(min(n, auditPage))).Result()
	if err != nil {
		return nil, failed(err, "read the audit")
	}
	entries := make([]bot.AuditEntry, 0, len(records))
	for _, r := range records {
		text, _ := r.Values[auditField].(string)
		var e bot.AuditEntry
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			return nil, bot.Errorf(bot.Internal, "read the audit record %s: %w", r.ID, err)
		}
		e.ID = r.ID
		entries = append(entries, e)
	}
	return entries, nil
}

// isRecordID tells the ids of a stream from anything else that somebody may have typed.
func isRecordID(id string) bool {
	ms, seq, ok := strings.Cut(id, "-")
	if !ok {
		return false
	}
	_, err1 := strconv.ParseUint(ms, 10, 64)
	_, err2 := strconv.ParseUint(seq, 10, 64)
	return err1 == nil && err2 == nil
}
