package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

const (
	tamperCap = 30
	// tamperRecords is more than the cap, so that there are older acts.
	tamperRecords = 60
	tamperKey     = bot.Secret("0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f")
)

// redisKey is the value of a key: a string, the fields of a hash, or the entries of a stream.
type redisKey struct {
	text    string
	fields  map[string]string
	entries []redis.XMessage
}

// tampering is an audit that is changed in Redis.
type tampering struct {
	*store.Store

	t *testing.T
	// older is a copy of all keys with fewer records, now one of the unchanged keys.
	older, now map[string]redisKey
	// bare is set while strings are deleted too.
	bare bool
	made int
}

// TestTampering changes one stream of the audit in many ways; Verify must report each.
func TestTampering(t *testing.T) {
	t.Parallel()
	newTampering(t, open(t, redistest.Start(t).URL(), tamperConfig(tamperKey))).stream("{audit}")
}

// TestTamperingSlow changes every key of the audit, on every server, and without a key for the chain.
func TestTamperingSlow(t *testing.T) {
	t.Parallel()
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		newTampering(t, open(t, redistest.Start(t).URL(), tamperConfig(tamperKey))).all()
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		newTampering(t, open(t, redistest.StartCluster(t), tamperConfig(tamperKey))).all()
	})
	for name, key := range map[string]bot.Secret{"embedded": tamperKey, "without a key": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newTampering(t, open(t, "", tamperConfig(key))).all()
		})
	}
}

func tamperConfig(key bot.Secret) store.Config {
	return store.Config{IndexCap: 200, IndexRetention: time.Hour, AuditCap: tamperCap, AuditKey: key}
}

func newTampering(t *testing.T, s *store.Store) *tampering {
	t.Helper()
	m := &tampering{Store: s, t: t}
	log := store.NewAudit(s)
	for i := range tamperRecords {
		e := audit.Entry{Chat: bot.ChatID("oc_" + strconv.Itoa(i%2)), Code: i, Who: "ou_1", Result: bot.Done}
		if i%5 > 1 {
			e.Result = bot.Refused
		}
		wantRecord(t, log, fmt.Sprint("tamper/", i), e, true)
		if i == tamperRecords/2 {
			m.older = m.copy()
		}
	}
	out := store.NewExporter(s, "file")
	_, err := out.Acquire(t.Context(), "a", time.Minute)
	must(t, err)
	_, err = out.Advance(t.Context(), "a", store.Position{ID: "1-0", N: tamperRecords})
	must(t, err)
	m.now = m.copy()
	return m
}

func (m *tampering) all() {
	m.t.Helper()
	m.check("nothing was done", false, func() {})
	for _, key := range []string{"{audit}", "{audit}:a", "{audit}:c:oc_0", "{audit}:c:oc_0:r", "{audit}:c:oc_1", "{audit}:c:oc_1:r"} {
		m.stream(key)
	}
	for name, change := range m.heads() {
		m.check("{audit}:head: "+name, true, change)
		m.check("{audit}:head: "+name+", and another process records", true, func() { change(); m.record(store.NewReplica(m.Store)) })
	}
	for name, change := range m.together() {
		m.check(name, true, change)
		m.check(name+", and a process that knows the end records", true, func() { m.record(store.NewAudit(m.Store)); m.restore(); change(); m.record(store.NewAudit(m.Store)) })
	}
	// Only a process that knows the newer end can detect this.
	m.check("everything is older", false, m.restoreOlder)
	m.check("everything is older, and a process that knows the end records", true, func() {
		log := store.NewAudit(m.Store)
		m.record(log)
		m.restoreOlder()
		m.record(log)
	})
	m.restoreOlder()
	if report, err := store.NewAudit(m.Store).Verify(m.t.Context(), tamperRecords); err != nil || len(report.Breaks) == 0 {
		m.t.Errorf("everything is older, and the last number is given: %+v, %v", report, err)
	}
	for _, key := range []string{"{audit}:k:tamper/0", "{audit}:k:tamper/59", "{audit}:o:file:l"} { // these don't name a record
		m.check(key+": deleted", false, func() { m.del(key) })
	}
	m.check("an exporter sends all again", false, func() { m.del("{audit}:o:file") })
	m.check("an exporter is ahead", true, func() { m.hset("{audit}:o:file", "n", tamperRecords+1) })
}

func (m *tampering) stream(key string) {
	m.t.Helper()
	for name, change := range m.streams(key) {
		m.check(key+": "+name, true, change)
	}
}

// streams are ways to change a stream.
func (m *tampering) streams(key string) map[string]func() {
	was := m.now[key].entries
	if len(was) < 9 {
		m.t.Fatalf("%s has %d entries", key, len(was))
	}
	put := func(entries ...redis.XMessage) func() {
		return func() { m.put(key, redisKey{entries: entries}) }
	}
	with := func(text string) []redis.XMessage {
		changed := slices.Clone(was)
		changed[3] = entryOf(changed[3].ID, text)
		return changed
	}
	text := func(i int) string { return was[i].Values["e"].(string) }
	swapped := with(text(4))
	swapped[4] = entryOf(was[4].ID, text(3))
	ways := map[string]func(){
		"deleted":            func() { m.del(key) },
		"the oldest gone":    put(was[1:]...),
		"the oldest 5 gone":  put(was[5:]...),
		"the newest gone":    put(was[:len(was)-1]...),
		"the newest 5 gone":  put(was[:len(was)-5]...),
		"one gone":           put(slices.Delete(slices.Clone(was), 3, 4)...),
		"one left":           put(was[:1]...),
		"another person's":   put(with(strings.Replace(text(3), "ou_1", "ou_2", 1))...),
		"no record":          put(with("{}")...),
		"no JSON":            put(with("oops")...),
		"two changed places": put(swapped...),
		"one twice":          put(append(slices.Clone(was), entryOf("9999999999999-0", text(3)))...),
		"one is invented":    put(append(slices.Clone(was), entryOf("9999999999999-0", `{"n":61,"who":"ou_2","hash":"00"}`))...),
		"one has no number":  put(append(slices.Clone(was), entryOf("9999999999999-0", `{"who":"ou_2"}`))...),
	}
	// There were no older acts then.
	if older, known := m.older[key]; known {
		ways["an older copy"] = func() { m.put(key, older) }
	}
	for _, other := range []string{"{audit}", "{audit}:a", "{audit}:c:oc_0", "{audit}:c:oc_0:r", "{audit}:c:oc_1", "{audit}:c:oc_1:r"} {
		if other != key {
			ways["what "+other+" has"] = func() { m.put(key, m.now[other]) }
			if strings.Contains(key, ":c:") && strings.Contains(other, ":c:") {
				mixed := append(slices.Clone(was), m.now[other].entries[3])
				slices.SortFunc(mixed, func(a, b redis.XMessage) int { return store.CompareIDs(a.ID, b.ID) })
				ways["with one of "+other] = put(mixed...)
			}
		}
	}
	return ways
}

// heads are ways to change the end.
func (m *tampering) heads() map[string]func() {
	const head = "{audit}:head"
	ways := map[string]func(){
		"deleted":       func() { m.del(head) },
		"an older copy": func() { m.put(head, m.older[head]) },
		"set back":      func() { m.hset(head, "n", tamperRecords-1, "h", m.hashOf(tamperRecords-1)) },
		"set forward":   func() { m.hset(head, "n", tamperRecords+1) },
		"no number":     func() { m.hset(head, "n", "0") },
	}
	for _, field := range []string{"n", "h", "s"} {
		ways["without "+field] = func() { must(m.t, m.Client().HDel(m.t.Context(), head, field).Err()) }
		ways["with an older "+field] = func() { m.hset(head, field, m.older[head].fields[field]) }
	}
	return ways
}

// together are changes of several keys that are consistent with each other.
func (m *tampering) together() map[string]func() {
	const head = "{audit}:head"
	all, acts := m.now["{audit}"].entries, m.now["{audit}:a"].entries
	return map[string]func(){
		"the newest are gone and the end is set back": func() {
			m.put("{audit}", redisKey{entries: all[:len(all)-5]})
			m.hset(head, "n", tamperRecords-5, "h", m.hashOf(tamperRecords-5))
		},
		"the same, without a seal": func() {
			m.put("{audit}", redisKey{entries: all[:len(all)-5]})
			m.hset(head, "n", tamperRecords-5, "h", m.hashOf(tamperRecords-5))
			must(m.t, m.Client().HDel(m.t.Context(), head, "s").Err())
		},
		"the oldest are gone and more are said to be": func() {
			m.put("{audit}", redisKey{entries: all[5:]})
			m.put("{audit}:a", redisKey{entries: acts[len(acts)-1:]})
			must(m.t, m.Client().HIncrBy(m.t.Context(), head, "cut", 5).Err())
		},
		"all and its end are older":           func() { m.put("{audit}", m.older["{audit}"]); m.put(head, m.older[head]); m.del("{audit}:a") },
		"all and its end are gone":            func() { m.del("{audit}", "{audit}:a", head) },
		"only an exporter's position is left": func() { m.keep("{audit}:o:file") },
		"all is gone but that work was recorded": func() {
			m.keep("{audit}:k:tamper/59")
		},
		"all is gone but a chat": func() { m.keep("{audit}:c:oc_0") },
		"chats have each other's": func() {
			m.put("{audit}:c:oc_0", m.now["{audit}:c:oc_1"])
			m.put("{audit}:c:oc_1", m.now["{audit}:c:oc_0"])
		},
		"a record is gone from all and its chat": func() {
			m.without("{audit}", all[20].ID)
			m.without("{audit}:c:oc_0", all[20].ID)
			m.without("{audit}:c:oc_1", all[20].ID)
		},
		"a chat is gone": func() { m.del("{audit}:c:oc_0", "{audit}:c:oc_0:r") },
	}
}

// check changes an unchanged audit and checks whether Verify reports it.
func (m *tampering) check(name string, want bool, change func()) {
	m.t.Helper()
	m.restore()
	change()
	report, err := store.NewAudit(m.Store).Verify(m.t.Context(), 0)
	must(m.t, err)
	if got := len(report.Breaks)+len(report.Unreadable) > 0; got != want {
		m.t.Errorf("%s: reported: %t\n%+v", name, got, report)
	}
}

// record appends a record of new work.
func (m *tampering) record(log *store.Audit) {
	m.t.Helper()
	m.made++
	wantRecord(m.t, log, fmt.Sprint("more/", m.made), audit.Entry{Chat: "oc_0", Result: bot.Done}, true)
}

// restoreOlder replaces all keys by the older copy.
func (m *tampering) restoreOlder() {
	m.t.Helper()
	m.del(slices.Collect(maps.Keys(m.now))...)
	m.bare = true
	for key, value := range m.older {
		m.put(key, value)
	}
}

func (m *tampering) hashOf(n int) string {
	for _, e := range m.now["{audit}"].entries {
		text, _ := e.Values["e"].(string)
		if _, rest, ok := strings.Cut(text, fmt.Sprintf(`"n":%d,`, n)); ok {
			_, hash, _ := strings.Cut(rest, `"hash":"`)
			hash, _, _ = strings.Cut(hash, `"`)
			return hash
		}
	}
	m.t.Fatalf("record %d does not exist", n)
	return ""
}

func entryOf(id, text string) redis.XMessage {
	return redis.XMessage{ID: id, Values: map[string]any{"e": text}}
}

func (m *tampering) del(keys ...string) {
	m.t.Helper()
	must(m.t, m.Client().Del(m.t.Context(), keys...).Err())
}

func (m *tampering) hset(key string, fields ...any) {
	m.t.Helper()
	must(m.t, m.Client().HSet(m.t.Context(), key, fields...).Err())
}

// without deletes an entry of a stream.
func (m *tampering) without(key, id string) {
	m.t.Helper()
	must(m.t, m.Client().XDel(m.t.Context(), key, id).Err())
}

// keep deletes all keys but one.
func (m *tampering) keep(key string) {
	m.t.Helper()
	all := maps.Clone(m.now)
	delete(all, key)
	m.del(slices.Collect(maps.Keys(all))...)
	m.bare = true
}

func (m *tampering) restore() {
	m.t.Helper()
	for key, value := range m.now {
		if value.text == "" || m.bare {
			m.put(key, value)
		}
	}
	m.bare = false
}

// put sets a key to a value.
func (m *tampering) put(key string, value redisKey) {
	m.t.Helper()
	ctx := m.t.Context()
	_, err := m.Client().Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, key)
		if value.text != "" {
			p.Set(ctx, key, value.text, time.Hour)
		}
		if len(value.fields) > 0 {
			p.HSet(ctx, key, value.fields)
		}
		for _, e := range value.entries {
			p.XAdd(ctx, &redis.XAddArgs{Stream: key, ID: e.ID, Values: e.Values})
		}
		return nil
	})
	must(m.t, err)
}

// copy returns all keys of the audit.
func (m *tampering) copy() map[string]redisKey {
	m.t.Helper()
	ctx, all := m.t.Context(), map[string]redisKey{}
	for _, key := range m.names(ctx) {
		var value redisKey
		kind, err := m.Client().Type(ctx, key).Result()
		must(m.t, err)
		switch kind {
		case "string":
			value.text, err = m.Client().Get(ctx, key).Result()
		case "hash":
			value.fields, err = m.Client().HGetAll(ctx, key).Result()
		default:
			value.entries, err = m.Client().XRange(ctx, key, "-", "+").Result()
		}
		must(m.t, err)
		all[key] = value
	}
	return all
}

func (m *tampering) names(ctx context.Context) []string {
	cluster, ok := m.Client().(*redis.ClusterClient)
	if !ok {
		names, err := m.Client().Keys(ctx, "{audit}*").Result()
		must(m.t, err)
		return names
	}
	var all []string
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		names, err := node.Keys(ctx, "{audit}*").Result()
		if len(names) > 0 { // all keys are on one node
			all = names
		}
		return errors.Join(err)
	})
	must(m.t, err)
	return all
}
