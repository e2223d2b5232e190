package store_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

const password = "p@ss:w/rd"

// escaped is the percent-encoded password.
const escaped = "p%40ss%3Aw%2Frd"

func TestOpenWithPassword(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--requirepass", password)
	s := open(t, "redis://:"+escaped+"@"+server.Addr()+"/3", config())
	must(t, s.Ready(t.Context()))
	if s.Embedded() {
		t.Error("a real Redis counts as embedded")
	}
	wrong := strings.Replace(escaped, "p%40ss", "secret", 1)
	_, err := store.Open(t.Context(), store.RedisConfig{URL: store.URL("redis://:" + wrong + "@" + server.Addr())}, config(), slog.New(slog.DiscardHandler))
	wantKind(t, err, bot.Unavailable)
	if f := store.Fault(err); f.Name != "redis_password" {
		t.Errorf("finding %+v", f)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error quotes the password: %v", err)
	}
}

func TestOpenSentinel(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, redistest.StartSentinel(t, server), config())
	must(t, s.Ready(t.Context()))
	testAddFindList(t, s)
}

func TestOpenUnreachable(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Kill()
	_, err := store.Open(t.Context(), store.RedisConfig{URL: store.URL(server.URL())}, config(), slog.New(slog.DiscardHandler))
	wantKind(t, err, bot.Unavailable)
}

func TestOpenEmbedded(t *testing.T) {
	t.Parallel()
	s := open(t, "", config())
	if !s.Embedded() {
		t.Error("without an address the store is not embedded")
	}
	// Its clock runs: keys expire.
	once := store.NewOnce(s)
	_, err := once.First(t.Context(), "key", time.Second)
	must(t, err)
	deadline := time.Now().Add(maxWait)
	for {
		first, err := once.First(t.Context(), "key", time.Second)
		must(t, err)
		if first {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing ever expires")
		}
	}
}

func TestNewEnough(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"6.2.0": false, "6.0.16": false, "5.0.14": false, "7.0.15": true, "10.1": true, "7": true, "unknown": true, "8.rc1": true,
	} {
		if got := store.NewEnough(version); got != want {
			t.Errorf("%s: %v", version, got)
		}
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	s := open(t, "", config())
	var mu sync.Mutex
	seen := map[string]int{}
	s.Observe(func(op string, _ time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		seen[op]++
	})
	x := store.NewIndex(s)
	must(t, x.Add(t.Context(), personMessage(newChat(), 0)))
	_, _, err := x.Find(t.Context(), "om_1")
	must(t, err)
	mu.Lock()
	defer mu.Unlock()
	if seen["pipeline"] == 0 || seen["hget"] == 0 {
		t.Errorf("observed %v", seen)
	}
}

func TestURLs(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"redis://localhost":             "localhost:6379 db=0",
		"redis://localhost:7000/2":      "localhost:7000 db=2",
		"redis://u:" + escaped + "@h":   "h:6379 db=0 user=u password=" + password,
		"redis://:p@[::1]:7000":         "[::1]:7000 db=0 password=p",
		"redis://[::1]":                 "[::1]:6379 db=0",
		"redis://:a@b@h":                "h:6379 db=0 password=a@b",
		"rediss://h":                    "h:6379 db=0 tls",
		"rediss+sentinel://a,b/main":    "a:26379,b:26379 db=0 master=main tls",
		"rediss+cluster://a,b":          "a:6379,b:6379 db=0 cluster tls",
		"redis+ring://a,b":              "error: must begin with redis://",
		"redis+sentinel://a,b:1/main":   "a:26379,b:1 db=0 master=main",
		"redis+sentinel://u:p@a/main/4": "a:26379 db=4 master=main user=u password=p",
		"redis+cluster://a:1,b:2,c":     "a:1,b:2,c:6379 db=0 cluster",
		"redis+cluster://a/0":           "a:6379 db=0 cluster",
		"redis+cluster://a/1":           "error: takes no path",
		"redis+sentinel://a":            "error: the name of the master",
		"redis+sentinel://a/main/x":     "error: number of a database",
		"redis://a,b":                   "error: takes one host",
		"redis://":                      "error: has no host",
		"redis://a/-1":                  "error: number of a database",
		"redis://a:x":                   "error: bad port",
		"redis://a:99999":               "error: bad port",
		"redis://a?db=1":                "error: takes no parameters",
		"redis://u:%zz@a":               "error: can't be read",
		"http://a":                      "error: must begin with redis://",
		"localhost:6379":                "error: must begin with redis://",
		"redis://:a#b@h":                "error: percent-encode",
		"redis://:a/b@h/0":              "error: percent-encode",
		"redis+cluster://:a?b@h,i":      "error: percent-encode",
		"redis+cluster://a,,b":          "error: has no host",
	} {
		got, err := store.Describe(store.URL(url))
		if text, wantsError := strings.CutPrefix(want, "error: "); wantsError {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v, want %q", url, err, text)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", url, got, err, want)
		}
	}
}

func TestURLIsMasked(t *testing.T) {
	t.Parallel()
	type config struct{ URL store.URL }
	for _, url := range []store.URL{"redis://user:secret@host/1", "redis://:secret@sec@host", "redis://host?password=secret", "secret@host"} {
		var text, asJSON bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("open", "url", url, "config", config{url})
		slog.New(slog.NewJSONHandler(&asJSON, nil)).Info("open", "url", url, "config", config{url})
		data, err := json.Marshal(config{url})
		must(t, err)
		for _, printed := range []string{
			text.String(), asJSON.String(), string(data), url.String(), fmt.Sprintf("%v %+v %#v %q %x", url, config{url}, config{url}, url, url),
		} {
			if strings.Contains(printed, "sec") || strings.Contains(printed, "user") {
				t.Errorf("%q is printed as %s", string(url), printed)
			}
		}
	}
	if got := store.URL("redis://user:secret@host:1/2").String(); got != "redis://***@host:1/2" {
		t.Errorf("masked as %s", got)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	must(t, store.DefaultConfig().Validate())
	must(t, store.RedisConfig{}.Validate())
	must(t, store.RedisConfig{URL: "redis://localhost"}.Validate())
	err := store.Config{AuditKey: "short", AuditOldKey: "short too"}.Validate()
	for _, key := range []string{
		"store.index_cap", "store.index_retention", "store.audit_cap", "store.audit_key", "store.audit_old_key",
	} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s is not named in %v", key, err)
		}
	}
	err = store.RedisConfig{URL: "redis://:secret@host:port"}.Validate()
	if err == nil || !strings.Contains(err.Error(), "redis.url") || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}
