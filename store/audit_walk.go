package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/audit"
	"recallbot/bot"
)

// auditHead is the end of the chain in Redis: number and hash of the newest record, the sealed head, the number of deleted records,
// and the number of records from before the chain.
type auditHead struct {
	newest         audit.Link
	sealed         string
	deleted, older int64
}

func parseHead(values []any) (auditHead, error) {
	var texts [5]string
	for i, value := range values {
		texts[i], _ = value.(string)
	}
	var numbers [3]int64
	for i, text := range []string{texts[0], texts[3], texts[4]} {
		var err error
		if numbers[i], err = strconv.ParseInt(cmp.Or(text, "0"), 10, 64); err != nil {
			return auditHead{}, fmt.Errorf("%w: %w", errScriptResult, err)
		}
	}
	return auditHead{audit.Link{N: numbers[0], Hash: texts[1]}, texts[2], numbers[1], numbers[2]}, nil
}

func (h auditHead) open(sealer audit.Sealer) audit.End {
	return sealer.OpenEnd(h.newest, h.sealed, max(h.deleted-h.older, 0)+1)
}

// End returns the end of the chain, with the records that must exist.
func (a *Audit) End(ctx context.Context) (audit.End, error) {
	const op = "load the end of the audit"
	values, err := a.client.HMGet(ctx, keyAuditHead, "n", "h", "s", "cut", "older").Result()
	if err != nil {
		return audit.End{}, failed(err, op)
	}
	head, err := parseHead(values)
	if err != nil {
		return audit.End{}, bot.Errorf(bot.Internal, "%s: %w", op, err)
	}
	return head.open(a.sealer), nil
}

// Verify checks that all records, and those of each chat, exist and are unchanged. known is the number of a record that must
// exist, or 0.
func (a *Audit) Verify(ctx context.Context, known int64) (audit.ChainReport, error) {
	// Records are added and deleted meanwhile: the newest is checked with the end before, the oldest with the end after.
	before, err := a.End(ctx)
	if err != nil {
		return audit.ChainReport{}, err
	}
	v := audit.NewVerifier(a.sealer, before, auditChatCap)
	for _, stream := range []string{keyAudit, keyAuditActs} { // in this order, because records move from the first to the second
		if err := a.walk(ctx, stream, func(r AuditRecord) { v.Add(stream, audit.Stored{ID: r.ID, JSON: r.JSON}) }); err != nil {
			return audit.ChainReport{}, err
		}
	}
	keys, err := a.keys(ctx)
	if err != nil {
		return audit.ChainReport{}, err
	}
	if err := a.verifyChats(ctx, v, keys); err != nil {
		return audit.ChainReport{}, err
	}
	witnesses, err := a.witnesses(ctx, keys)
	if err != nil {
		return audit.ChainReport{}, err
	}
	if known > 0 {
		witnesses["the number given as --last"] = known
	}
	after, err := a.End(ctx)
	if err != nil {
		return audit.ChainReport{}, err
	}
	return v.Report(after, witnesses), nil
}

// verifyChats checks the streams of each chat, except those that may have expired.
func (a *Audit) verifyChats(ctx context.Context, v *audit.Verifier, keys []string) error {
	const margin = 24 * time.Hour // for a step of Redis's clock
	chats := v.Chats()
	for _, key := range keys {
		if chat, ok := strings.CutPrefix(key, keyAuditChat("")); ok {
			chats[bot.ChatID(strings.TrimSuffix(chat, partRefusals))] = ""
		}
	}
	for chat, newest := range chats {
		var streams [2][]audit.Stored
		for i, key := range []string{keyAuditChat(chat), keyAuditChat(chat) + partRefusals} {
			err := a.walk(ctx, key, func(r AuditRecord) { streams[i] = append(streams[i], audit.Stored{ID: r.ID, JSON: r.JSON}) })
			if err != nil {
				return err
			}
		}
		expired := newest != "" && time.Since(recordTime(newest)) > auditChatTTL-margin
		if !expired || len(streams[0])+len(streams[1]) > 0 {
			v.AddChat(chat, streams[0], streams[1])
		}
	}
	return nil
}

// witnesses are other keys that name a record, with its number: it must exist.
func (a *Audit) witnesses(ctx context.Context, keys []string) (map[string]int64, error) {
	known := map[string]int64{}
	for _, key := range keys {
		exporter, ok := strings.CutPrefix(key, keyExporter(""))
		switch {
		case ok && !strings.HasSuffix(exporter, partExporterLock):
			n, err := a.client.HGet(ctx, key, "n").Int64()
			if err != nil && !errors.Is(err, redis.Nil) {
				return nil, failed(err, "load the position of the exporter "+exporter)
			}
			known["the exporter "+exporter] = n
		case strings.HasPrefix(key, keyAuditOnce("")):
			known["what the bot did in the last 12 hours"] = 1
		}
	}
	return known, nil
}

// keys returns all keys of the audit.
func (a *Audit) keys(ctx context.Context) ([]string, error) {
	const op, page = "list the keys of the audit", 1000
	var node redis.Cmdable = a.client
	if cluster, ok := a.client.(*redis.ClusterClient); ok {
		master, err := cluster.MasterForKey(ctx, keyAudit)
		if err != nil {
			return nil, failed(err, op)
		}
		node = master
	}
	var keys []string
	found := node.Scan(ctx, 0, keyAudit+"*", page).Iterator()
	for found.Next(ctx) {
		keys = append(keys, found.Val())
	}
	return keys, failed(found.Err(), op)
}

// walk calls visit for each record of a stream, oldest first.
func (a *Audit) walk(ctx context.Context, stream string, visit func(AuditRecord)) error {
	for from := "-"; ; {
		messages, err := a.client.XRangeN(ctx, stream, from, "+", AuditPage).Result()
		if err != nil {
			return failed(err, "read "+stream)
		}
		if len(messages) == 0 {
			return nil
		}
		for _, m := range messages {
			visit(recordOf(m))
			from = "(" + m.ID
		}
	}
}

// recordOf adds the id to a record and leaves its JSON otherwise as it is, so that changes remain visible.
func recordOf(m redis.XMessage) AuditRecord {
	text, _ := m.Values[auditField].(string)
	r := AuditRecord{ID: m.ID, JSON: []byte(text)}
	var number struct {
		N int64 `json:"n"`
	}
	if json.Unmarshal(r.JSON, &number) != nil {
		return r
	}
	r.N = number.N
	if fields, ok := bytes.CutPrefix(r.JSON, []byte("{")); ok && len(fields) > 1 {
		r.JSON = append([]byte(`{"id":"`+m.ID+`",`), fields...)
	}
	return r
}

// recordTime is the time in a record's id, by Redis's clock; zero for an invalid id.
func recordTime(id string) time.Time {
	ms, _, _ := strings.Cut(id, "-")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n)
}
