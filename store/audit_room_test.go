package store_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

// TestRefusalsDisplaceNoActs: many refusals don't delete acts.
func TestRefusalsDisplaceNoActs(t *testing.T) {
	t.Parallel()
	for server, url := range map[string]string{"embedded": "", "redis": redistest.Start(t).URL()} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			s := open(t, url, tamperConfig(bot.Secret(strings.Repeat("0f", 32))))
			log, ctx := store.NewAudit(s), t.Context()
			for i := range tamperCap + 30 { // the oldest 30 go
				wantRecord(t, log, fmt.Sprint("act/", i), audit.Entry{Chat: "oc_1", Code: i, Result: bot.Done}, true)
				wantRecord(t, log, fmt.Sprint("no/", i), audit.Entry{Chat: "oc_1", Result: bot.Refused}, true)
			}
			for i := range 1500 {
				wantRecord(t, log, fmt.Sprint("flood/", i), audit.Entry{Chat: "oc_1", Who: "ou_1", Result: bot.Refused}, true)
			}
			if n := len(codesOf(t, log, "oc_1")); n != tamperCap+30 {
				t.Errorf("the chat's record has %d acts", n)
			}
			var want []int
			for i := range tamperCap {
				want = append(want, tamperCap+29-i)
			}
			if diff := cmp.Diff(want, codesOf(t, log, "")); diff != "" {
				t.Errorf("the acts of all: -want +got\n%s", diff)
			}
			for key, most := range map[string]int64{"{audit}": tamperCap, "{audit}:a": tamperCap, "{audit}:c:oc_1": 1100, "{audit}:c:oc_1:r": 1100} {
				if n := s.Client().XLen(ctx, key).Val(); n > most {
					t.Errorf("%s has %d entries", key, n)
				}
			}
			report := verifyChain(t, s)
			if len(report.Breaks) != 0 || report.Records != tamperCap || report.OlderActs != tamperCap {
				t.Errorf("%+v", report)
			}
			wantSent(t, store.NewExporter(s, "late"), 2*tamperCap)
		})
	}
}

// wantSent reads all records with an exporter, in order.
func wantSent(t *testing.T, out *store.Exporter, want int) {
	t.Helper()
	visit, err := out.Acquire(t.Context(), "a", time.Minute)
	must(t, err)
	var last store.AuditRecord
	sent := 0
	for place := visit.From; ; place = (store.Position{ID: last.ID, N: last.N}) {
		records, err := out.Next(t.Context(), place, 7)
		must(t, err)
		for _, r := range records {
			if r.N <= last.N {
				t.Errorf("record %d comes after %d", r.N, last.N)
			}
			last = r
			sent++
		}
		if len(records) == 0 {
			break
		}
	}
	if oldest := visit.Since; sent != want || oldest.IsZero() {
		t.Errorf("%d records, want %d", sent, want)
	}
}

// codesOf reads the codes of all acts, page by page.
func codesOf(t *testing.T, log *store.Audit, chat bot.ChatID) []int {
	t.Helper()
	var codes []int
	last := ""
	for {
		page, err := log.Recent(t.Context(), chat, 70, last)
		must(t, err)
		if len(page) == 0 {
			return codes
		}
		for _, e := range page {
			if last != "" && store.CompareIDs(e.ID, last) >= 0 {
				t.Fatalf("%s comes after %s", e.ID, last)
			}
			if last = e.ID; e.Result == bot.Done {
				codes = append(codes, e.Code)
			}
		}
	}
}

// TestRecordRoundTrips: one round trip for each record, also for the first of a chat and when the cap deletes others.
func TestRecordRoundTrips(t *testing.T) {
	t.Parallel()
	s := open(t, redistest.Start(t).URL(), tamperConfig(""))
	log := store.NewAudit(s)
	wantRecord(t, log, "first", audit.Entry{}, true) // loads the script
	trips := 0
	s.Observe(func(string, time.Duration) { trips++ })
	for i := range 2 * tamperCap {
		e := audit.Entry{Chat: bot.ChatID("oc_" + strconv.Itoa(i)), Result: bot.Done}
		if i%2 == 0 {
			e.Result = bot.Refused
		}
		wantRecord(t, log, strconv.Itoa(i), e, true)
	}
	if trips != 2*tamperCap {
		t.Errorf("%d round trips for %d records", trips, 2*tamperCap)
	}
}

// oldRecordLua is the script of the version before the head was sealed.
const oldRecordLua = `
local last = redis.call('HMGET', KEYS[3], 'n', 'h')
local n, h = last[1] or '0', last[2] or ''
if n ~= ARGV[6] or h ~= ARGV[7] then return {2, n, h} end
local long = redis.call('XLEN', KEYS[2])
if n == '0' then redis.call('HSET', KEYS[3], 'older', long) end
local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'e', ARGV[1])
redis.call('HSET', KEYS[3], 'n', ARGV[8], 'h', ARGV[9])
redis.call('HINCRBY', KEYS[3], 'cut', long + 1 - redis.call('XLEN', KEYS[2]))
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[3], id, 'e', ARGV[1])
redis.call('PEXPIRE', KEYS[4], ARGV[5])
redis.call('SET', KEYS[1], id, 'PX', ARGV[4])
return {1, ARGV[8], ARGV[9]}`

// oldReplica is a replica of that version.
type oldReplica struct {
	client redis.UniversalClient
	sealer audit.Sealer
	made   int
}

func (r *oldReplica) record(ctx context.Context, t *testing.T, e audit.Entry) {
	t.Helper()
	n, _ := r.client.HGet(ctx, "{audit}:head", "n").Int64()
	hash := r.client.HGet(ctx, "{audit}:head", "h").Val()
	record, next, err := r.sealer.Seal(e, audit.Link{N: n, Hash: hash})
	must(t, err)
	r.made++
	keys := []string{fmt.Sprint("{audit}:k:former/", r.made), "{audit}", "{audit}:head", "{audit}:c:" + string(e.Chat)}
	became, err := redis.NewScript(oldRecordLua).Run(ctx, r.client, keys, record, tamperCap, 1000, 60_000, 60_000, n, hash,
		next.N, next.Hash).Slice()
	must(t, err)
	if became[0] != int64(1) {
		t.Fatalf("the old version does not record: %v", became)
	}
}

// TestOldVersionRecords: records of the old version can be read and verified, and both versions can append in turn, as in a rollout.
func TestOldVersionRecords(t *testing.T) {
	t.Parallel()
	for server, url := range map[string]string{"embedded": "", "redis": redistest.Start(t).URL()} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			key := strings.Repeat("0f", 32)
			s, ctx := open(t, url, tamperConfig(bot.Secret(key))), t.Context()
			old := &oldReplica{client: s.Client(), sealer: audit.NewSealer([]byte(strings.Repeat("\x0f", 32)))}
			whole := func(when string, records int) {
				t.Helper()
				if report := verifyChain(t, s); len(report.Breaks) > 0 || report.Records < records || report.Older > 0 {
					t.Errorf("%s: %+v", when, report)
				}
			}
			results := []bot.Result{bot.Done, bot.Refused}
			for i := range 30 {
				old.record(ctx, t, audit.Entry{Chat: "oc_1", Code: i, Result: results[i%2]})
			}
			whole("before", 30)
			for turn := range 8 { // up to over the cap
				log := store.NewReplica(s)
				for i := range 15 {
					wantRecord(t, log, fmt.Sprint(turn, "/", i), audit.Entry{Chat: "oc_1", Result: results[i%2]}, true)
				}
				whole("after new ones", min(30+20*turn, tamperCap))
				for range 7 {
					old.record(ctx, t, audit.Entry{Chat: "oc_1", Result: bot.Done})
				}
				whole("after old ones", min(30+20*turn, tamperCap))
			}
			ids := entryIDs(t, s, "{audit}")
			if got, err := store.NewAudit(s).Recent(ctx, "oc_1", 1000, ""); err != nil || len(got) != 30+8*22 {
				t.Errorf("the chat's record has %d, %v", len(got), err)
			}
			must(t, s.Client().XDel(ctx, "{audit}", ids[2]).Err())
			if report := verifyChain(t, s); len(report.Breaks) != 1 || report.Breaks[0].Flaw != audit.FlawMissing {
				t.Errorf("one is deleted: %+v", report)
			}
		})
	}
}

// TestOldVersionTampering: the begin of the sealed head can't be moved.
func TestOldVersionTampering(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "", tamperConfig(bot.Secret(strings.Repeat("0f", 32)))), t.Context()
	old := &oldReplica{client: s.Client(), sealer: audit.NewSealer([]byte(strings.Repeat("\x0f", 32)))}
	for range 20 {
		old.record(ctx, t, audit.Entry{Chat: "oc_1", Result: bot.Done})
	}
	for i := range 20 {
		wantRecord(t, store.NewAudit(s), strconv.Itoa(i), audit.Entry{Chat: "oc_1", Result: bot.Done}, true)
	}
	all, err := s.Client().XRange(ctx, "{audit}", "-", "+").Result()
	must(t, err)
	text, _ := all[29].Values["e"].(string)
	_, hash, _ := strings.Cut(text, `"hash":"`)
	for _, e := range all[30:] {
		must(t, s.Client().XDel(ctx, "{audit}", e.ID).Err())
	}
	must(t, s.Client().Del(ctx, "{audit}:c:oc_1").Err())
	must(t, s.Client().HDel(ctx, "{audit}:head", "s").Err())
	must(t, s.Client().HSet(ctx, "{audit}:head", "n", 30, "h", hash[:64]).Err())
	if report := verifyChain(t, s); len(report.Breaks) == 0 {
		t.Errorf("the head was removed, as the old version had none: %+v", report)
	}
	wantRecord(t, store.NewReplica(s), "more", audit.Entry{Result: bot.Done}, true)
	if report := verifyChain(t, s); len(report.Breaks) == 0 {
		t.Errorf("after a record of another process: %+v", report)
	}
}
