package store

import (
	"context"
	"encoding/json"
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

// Audit is the record of every attempt: one stream of all, and one per chat, both capped.
type Audit struct {
	client redis.UniversalClient
	keeper redis.Scripter
	limit  int64
	record *redis.Script
}

// NewAudit makes the audit of an open store.
func NewAudit(s *Store) *Audit {
	return &Audit{client: s.client, keeper: s.Durable(), limit: s.cfg.AuditCap, record: redis.NewScript(recordLua)}
}

// recordLua appends a record to the stream of all and to its chat's, under the same id, unless the same work did so
// before.
// KEYS: what the work made, all records, the chat's records (absent without a chat).
// ARGV: the record, cap of all, cap of a chat, life of what the work made and of a chat's records in milliseconds.
// Returns 1, or 0 when the work made a record before; it writes then too, see Durable.
const recordLua = `
local made = redis.call('GET', KEYS[1])
if made then
  redis.call('SET', KEYS[1], made, 'KEEPTTL')
  return 0
end
local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'e', ARGV[1])
if KEYS[3] then
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], id, 'e', ARGV[1])
  redis.call('PEXPIRE', KEYS[3], ARGV[5])
end
redis.call('SET', KEYS[1], id, 'PX', ARGV[4])
return 1`

// Record keeps an entry and reports true. The key names the piece of work that makes it: work that runs again within 12
// hours records nothing more, and Record reports false.
func (a *Audit) Record(ctx context.Context, key string, e bot.AuditEntry) (bool, error) {
	e.ID = ""
	data, err := json.Marshal(e)
	if err != nil {
		return false, bot.Errorf(bot.Internal, "encode the audit record %s: %w", key, err)
	}
	keys := []string{keyAuditOnce(key), keyAudit}
	if e.Chat != "" {
		keys = append(keys, keyAuditChat(e.Chat))
	}
	fresh, err := a.record.Run(ctx, a.keeper, keys, data, a.limit, auditChatCap,
		auditOnceTTL.Milliseconds(), auditChatTTL.Milliseconds()).Int()
	return fresh == 1, failed(err, "record "+key+" in the audit")
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
