package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/audit"
	"recallbot/bot"
)

const (
	// auditOnceTTL is longer than work may be redelivered.
	auditOnceTTL = 12 * time.Hour
	// A chat's streams: maximum of records, and TTL after the last one.
	auditChatCap = 1000
	auditChatTTL = 90 * 24 * time.Hour
	// auditField is the field of a stream entry that has the record.
	auditField = "e"
	// AuditPage is the maximum of records that Recent returns.
	AuditPage = 1000
)

// Audit is the record of all attempts: one stream for all chats, and two per chat, of acts and of refusals, all capped. Acts that
// are older than the stream for all chats move to a stream of their own, so that a flood of refusals does not displace acts. The
// records of all replicas form one chain.
type Audit struct {
	client  redis.UniversalClient
	durable redis.Scripter
	limit   int64
	sealer  audit.Sealer
	record  *redis.Script
	log     *slog.Logger
	// end has what this process knows of the end of the chain. Taking it from the channel is the lock: of two appends at the
	// same time one would fail.
	end chan chainEnd
}

// chainEnd is the end of the chain as this process knows it.
type chainEnd struct {
	audit.End

	// sealed is the head as it is stored in Redis.
	sealed string
	// newest is the newest record that was seen.
	newest audit.Link
	// chats are the numbers of the newest records of this process, by stream of a chat.
	chats map[string]int64
}

// maxChatsKnown is the maximum of chainEnd.chats.
const maxChatsKnown = 10_000

func newChain(sealer audit.Sealer) chan chainEnd {
	end := make(chan chainEnd, 1)
	end <- chainEnd{End: sealer.OpenEnd(audit.Link{}, "", 1), chats: map[string]int64{}}
	return end
}

// NewAudit returns the audit of an open store.
func NewAudit(s *Store) *Audit {
	return &Audit{
		client: s.client, durable: s.Durable(), limit: s.cfg.AuditCap, sealer: s.cfg.Sealer(), record: redis.NewScript(recordLua),
		log: s.log, end: s.chain,
	}
}

// recordLua appends a record to the stream for all chats and to that of its chat, with the same id, unless the same work has done so
// before or the chain has another end than expected. It deletes the oldest records over the cap, moves the acts among them that
// must be kept to the stream of older acts, and counts the deleted ones. It always writes, see Durable.
// KEYS: the record of the work, all records, the end of the chain, older acts, the chat's stream for this record and its other
// one (both absent without a chat).
// ARGV: the record, cap of all, numbers of the oldest record and of the oldest act to keep, cap of a chat, TTLs of the record of
// the work and of a chat's streams in milliseconds, number, hash and seal of the expected end, and of the new one.
// Returns the outcome (0 recorded before, 1 recorded, 2 another end), and for 2 number, hash and seal of the end, the number of
// deleted records, and the number of records from before the chain.
const recordLua = `
local made = redis.call('GET', KEYS[1])
if made then
  redis.call('SET', KEYS[1], made, 'KEEPTTL')
  return {0}
end
local last = redis.call('HMGET', KEYS[3], 'n', 'h', 's', 'cut', 'older')
local n, h, s = last[1] or '0', last[2] or '', last[3] or ''
if n ~= ARGV[8] or h ~= ARGV[9] or s ~= ARGV[10] then return {2, n, h, s, last[4] or '0', last[5] or '0'} end
local long = redis.call('XLEN', KEYS[2])
if n == '0' then redis.call('HSET', KEYS[3], 'older', long) end
local id = redis.call('XADD', KEYS[2], '*', 'e', ARGV[1])
local function oldest(key)
  local entry = redis.call('XRANGE', key, '-', '+', 'COUNT', 1)[1]
  if not entry then return nil end
  local ok, record = pcall(cjson.decode, entry[2][2])
  if not ok or type(record) ~= 'table' then record = {} end
  return entry, tonumber(record.n), tonumber(record.act) or 0
end
for i = 1, 25 do
  local entry, number, act = oldest(KEYS[2])
  if not entry or (number and number >= tonumber(ARGV[3])) then break end
  if not number and redis.call('XLEN', KEYS[2]) <= tonumber(ARGV[2]) then break end
  if act >= tonumber(ARGV[4]) then redis.call('XADD', KEYS[4], entry[1], 'e', entry[2][2]) end
  redis.call('XDEL', KEYS[2], entry[1])
end
for i = 1, 25 do
  local entry, _, act = oldest(KEYS[4])
  if not entry or act >= tonumber(ARGV[4]) then break end
  redis.call('XDEL', KEYS[4], entry[1])
end
redis.call('HSET', KEYS[3], 'n', ARGV[11], 'h', ARGV[12], 's', ARGV[13])
redis.call('HINCRBY', KEYS[3], 'cut', long + 1 - redis.call('XLEN', KEYS[2]))
if KEYS[5] then
  redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[5], id, 'e', ARGV[1])
  redis.call('PEXPIRE', KEYS[5], ARGV[7])
  redis.call('PEXPIRE', KEYS[6], ARGV[7])
end
redis.call('SET', KEYS[1], id, 'PX', ARGV[6])
return {1}`

// The outcomes of recordLua.
const (
	recordKept     = 1
	recordOtherEnd = 2
)

// Record appends an entry to the audit and returns true. The key identifies the work: if the same work has recorded an entry within
// 12 hours, Record appends nothing and returns false. It takes one round trip, and one more for each record that another replica
// appends meanwhile.
func (a *Audit) Record(ctx context.Context, key string, e audit.Entry) (bool, error) {
	op := "record " + key + " in the audit"
	var end chainEnd
	select {
	case end = <-a.end:
	case <-ctx.Done():
		return false, failed(ctx.Err(), op)
	}
	defer func() { a.end <- end }()
	keys := auditKeys(key, e)
	if e.ChatPrev = 0; e.Chat != "" {
		e.ChatPrev = end.chats[keys[len(keys)-2]]
	}
	for {
		record, head, err := a.sealer.Append(e, end.End, a.limit)
		if err != nil {
			return false, err
		}
		sealed := a.sealer.SealHead(head)
		answer, err := a.record.Run(ctx, a.durable, keys, record, a.limit, head.First, head.FirstAct, auditChatCap,
			auditOnceTTL.Milliseconds(), auditChatTTL.Milliseconds(), end.N, end.Hash, end.sealed, head.N, head.Hash, sealed).Slice()
		if err != nil {
			return false, failed(err, op)
		}
		became, found, err := parseRecorded(answer)
		switch {
		case err != nil:
			return false, bot.Errorf(bot.Internal, "%s: %w", op, err)
		case became == recordKept:
			a.warnChanged(ctx, end.End)
			end = chainEnd{audit.End{Head: head}, sealed, head.Link, end.chats}
			if e.Chat != "" {
				end.setChat(keys[len(keys)-2])
			}
			return true, nil
		case became != recordOtherEnd:
			return false, nil
		}
		end = end.withFound(a.sealer, found)
	}
}

func auditKeys(key string, e audit.Entry) []string {
	keys := []string{keyAuditOnce(key), keyAudit, keyAuditHead, keyAuditActs}
	acts := keyAuditChat(e.Chat)
	switch {
	case e.Chat == "":
		return keys
	case e.Refused():
		return append(keys, acts+partRefusals, acts)
	default:
		return append(keys, acts, acts+partRefusals)
	}
}

// withFound returns the end that was found in Redis. If it is behind the newest known record it was set back: by a person, or by a
// failover of Redis that lost the newest records.
func (e chainEnd) withFound(sealer audit.Sealer, found auditHead) chainEnd {
	end := chainEnd{found.open(sealer), found.sealed, e.newest, e.chats}
	switch {
	case end.N < e.newest.N || (end.N == e.newest.N && end.Hash != e.newest.Hash):
		end.Seen = e.newest.N
	case end.Mark != audit.SealBroken:
		end.newest = end.Link
	}
	return end
}

// setChat stores the newest record as the newest of a chat's stream.
func (e chainEnd) setChat(stream string) {
	if len(e.chats) >= maxChatsKnown {
		for other := range e.chats { // any one
			delete(e.chats, other)
			break
		}
	}
	e.chats[stream] = e.N
}

// warnChanged logs that a record was appended to an end that was changed.
func (a *Audit) warnChanged(ctx context.Context, end audit.End) {
	if end.Seen > 0 || end.Mark == audit.SealBroken {
		a.log.ErrorContext(ctx, "end of the audit chain was changed", "after", end.N, "seal", string(end.Mark), "seen", end.Seen)
	}
}

var errScriptResult = errors.New("unexpected result of the script")

func parseRecorded(answer []any) (became int64, found auditHead, err error) {
	const headFields = 5
	if len(answer) == 0 {
		return 0, found, errScriptResult
	}
	became, ok := answer[0].(int64)
	if !ok || (became == recordOtherEnd) != (len(answer) == 1+headFields) {
		return 0, found, errScriptResult
	}
	if became == recordOtherEnd {
		found, err = parseHead(answer[1:])
	}
	return became, found, err
}

// Recent returns up to n entries, newest first: of one chat, or of all if chat is empty; if before is not empty, only entries
// older than that id. It returns at most AuditPage.
func (a *Audit) Recent(ctx context.Context, chat bot.ChatID, n int, before string) ([]audit.Entry, error) {
	const op = "read the audit"
	if n <= 0 {
		return nil, nil
	}
	from := "+"
	switch {
	case before == firstRecordID:
		return nil, nil
	case before != "" && !isRecordID(before):
		return nil, bot.Errorf(bot.Invalid, "cursor must be the next_cursor of an earlier answer")
	case before != "":
		from = "(" + before
	}
	keys := [2]string{keyAudit, keyAuditActs}
	if chat != "" {
		keys = [2]string{keyAuditChat(chat), keyAuditChat(chat) + partRefusals}
	}
	n = min(n, AuditPage)
	var found [2]*redis.XMessageSliceCmd
	_, err := a.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			found[i] = p.XRevRangeN(ctx, key, from, "-", int64(n))
		}
		return nil
	})
	if err != nil {
		return nil, failed(err, op)
	}
	messages := slices.Concat(found[0].Val(), found[1].Val())
	slices.SortStableFunc(messages, func(a, b redis.XMessage) int { return compareIDs(b.ID, a.ID) })
	messages = slices.CompactFunc(messages, func(a, b redis.XMessage) bool { return a.ID == b.ID })
	entries := make([]audit.Entry, 0, n)
	for _, m := range messages[:min(n, len(messages))] {
		text, _ := m.Values[auditField].(string)
		var e audit.Entry
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			return nil, bot.Errorf(bot.Internal, "%s record %s: %w", op, m.ID, err)
		}
		e.ID = m.ID
		entries = append(entries, e)
	}
	return entries, nil
}

// firstRecordID is lower than all ids; as an exclusive bound Redis returns an error for it.
const firstRecordID = "0-0"

// isRecordID reports whether id is an id of a stream entry as Redis writes it.
func isRecordID(id string) bool {
	_, _, ok := readRecordID(id)
	return ok
}

func readRecordID(id string) (ms, seq uint64, ok bool) {
	first, second, _ := strings.Cut(id, "-")
	ms, err1 := strconv.ParseUint(first, 10, 64)
	seq, err2 := strconv.ParseUint(second, 10, 64)
	return ms, seq, err1 == nil && err2 == nil && id == fmt.Sprint(ms, "-", seq)
}

func compareIDs(a, b string) int {
	ms1, seq1, _ := readRecordID(a)
	ms2, seq2, _ := readRecordID(b)
	return cmp.Or(cmp.Compare(ms1, ms2), cmp.Compare(seq1, seq2))
}
