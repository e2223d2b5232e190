package scenarios_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recallbot/app"
	"recallbot/sandbox"
	"recallbot/test/redistest"
)

const (
	// waitTimeout is the timeout of all waits. It is long, as the machine may be busy.
	waitTimeout = 90 * time.Second
	// redisPassword is a secret that the logs must not hold.
	redisPassword = "a-password-of-redis"
	// ownerKey encrypts the grants of owners, archiveKey recalled posts; hooksSecret signs webhooks.
	ownerKey    = "101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f"
	archiveKey  = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	hooksSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// envOptions are the options of newEnv.
type envOptions struct {
	platform sandbox.Config
	// redis uses a real Redis instead of the embedded store.
	redis bool
	// env are environment variables for the bot; see set.
	env []string
}

// env is a sandbox with our bot, run as in production: events come over HTTP, encrypted and signed, and calls go to the open
// API. Tests observe the bot from outside only.
type env struct {
	*sandbox.Feishu

	t         testing.TB
	api       string
	server    *redistest.Server // nil on the embedded store
	probe     *storeProbe
	environ   []string
	audit     string // file of JSON lines
	log       *logs
	bots      []instance
	jobs      bool     // the test runs jobs: waitIdle waits for their queue too
	idleAt    activity // the activity at the last waitIdle
	processes bool     // run each bot as its own process
	args      []string // of `recallbot serve`, if processes is set
	balancer  *loadBalancer
	token     string   // the access token of another service of our app
	texts     []string // message texts, which the logs must not hold
}

// newEnv returns an env without people, chats and a running bot; start runs the bot.
func newEnv(tb testing.TB, p envOptions) *env {
	tb.Helper()
	if p.platform.EncryptKey == "" {
		p.platform.EncryptKey = "an-encrypt-key-of-the-app"
	}
	if p.platform.RetryAfter == nil {
		p.platform.RetryAfter = []time.Duration{
			50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond,
			800 * time.Millisecond, 1600 * time.Millisecond, 3 * time.Second, 3 * time.Second, 3 * time.Second,
		}
	}
	f, err := sandbox.New(p.platform)
	if err != nil {
		tb.Fatal(err)
	}
	http := httptest.NewServer(f.Handler())
	w := &env{Feishu: f, t: tb, api: http.URL, log: &logs{}, audit: filepath.Join(tb.TempDir(), "audit.jsonl"), balancer: newLoadBalancer(tb)}
	tb.Cleanup(func() {
		f.Close()
		http.Close()
	})
	cfg := f.Config()
	w.set("FEISHU_BASE_URL", http.URL)
	w.set("FEISHU_APP_ID", cfg.AppID)
	w.set("FEISHU_APP_SECRET", cfg.AppSecret)
	w.set("FEISHU_VERIFICATION_TOKEN", cfg.VerificationToken)
	w.set("FEISHU_ENCRYPT_KEY", cfg.EncryptKey)
	w.set("SERVER_LISTEN", "127.0.0.1:0")
	w.set("AUDIT_FILE", w.audit)
	w.set("CHAT_LANGUAGE", "en")
	w.set("LOG_LEVEL", "debug")
	w.set("QUEUE_LEASE", "1s")
	if p.redis {
		w.server = redistest.Start(tb, "--requirepass", redisPassword)
		w.set("REDIS_URL", "redis://:"+redisPassword+"@"+w.server.Addr())
	}
	f.SetRedirects(w.balancer.baseURL() + "/oauth/callback")
	w.environ = append(w.environ, p.env...)
	return w
}

// set sets a key of the bot's configuration.
func (w *env) set(key, value string) { w.environ = append(w.environ, "RECALLBOT_"+key+"="+value) }

// instance is a running bot, in this process or in its own.
type instance interface {
	address() string
	// stop shuts it down as SIGTERM does.
	stop()
}

// start runs n replicas of the bot, which get the events in turn.
func (w *env) start(n int) {
	w.t.Helper()
	if w.probe == nil {
		w.probe = w.openProbe()
	}
	for range n {
		w.bots = append(w.bots, w.newBot())
	}
	w.routeEvents()
	w.await("the bot asks who it is", func(s sandbox.State) bool { return s.CallCount(apis["self"]) >= n })
}

func (w *env) newBot() instance {
	w.t.Helper()
	if w.processes {
		return w.newProcess()
	}
	return w.newReplica()
}

// routeEvents sends events to the bots: through the load balancer, or over their websockets.
func (w *env) routeEvents() {
	w.t.Helper()
	w.balancer.set(addresses(w.bots)...) // browsers use it too
	if w.config().Feishu.Transport == "websocket" {
		w.await("the bots are connected", func(s sandbox.State) bool { return s.Sockets() == len(w.bots) })
		return
	}
	w.SetEventURL(w.balancer.url)
}

func addresses(bots []instance) []string {
	addrs := make([]string, len(bots))
	for i, b := range bots {
		addrs[i] = b.address()
	}
	return addrs
}

// config is the bot's configuration, read as the bot reads it.
func (w *env) config() app.Config {
	w.t.Helper()
	config, err := app.LoadValid("", w.environ)
	if err != nil {
		w.t.Fatalf("configuration: %v", err)
	}
	return config
}

// restart stops every replica as SIGTERM does and starts it again.
func (w *env) restart() {
	w.t.Helper()
	for i, b := range w.bots {
		b.stop()
		w.bots[i] = w.newBot()
	}
	w.routeEvents()
}

// await waits for a condition in the sandbox; what describes it.
func (w *env) await(what string, ok func(sandbox.State) bool) {
	w.t.Helper()
	if !w.awaitState(ok) {
		w.t.Fatalf("%s: not within %s\n%s", what, waitTimeout, w.tail())
	}
}

// awaitState waits for a condition in the sandbox, and reports whether it came within waitTimeout.
func (w *env) awaitState(ok func(sandbox.State) bool) bool {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), waitTimeout)
	defer cancel()
	return w.Wait(ctx, ok) == nil
}

// poll waits for a condition outside the sandbox: in Redis, in a file, in another process.
func (w *env) poll(what string, ok func() bool) {
	w.t.Helper()
	if !eventually(ok) {
		w.t.Fatalf("%s: not within %s\n%s", what, waitTimeout, w.tail())
	}
}

// eventually polls a condition, with growing pauses, and reports whether it came within waitTimeout.
func eventually(ok func() bool) bool {
	const first, longest = 2 * time.Millisecond, 50 * time.Millisecond
	deadline := time.After(waitTimeout)
	for wait := first; !ok(); wait = min(2*wait, longest) {
		select {
		case <-deadline:
			return false
		case <-time.After(wait):
		}
	}
	return true
}

// waitIdle waits until every event is answered, all work is done, and that has caused no new events.
func (w *env) waitIdle() {
	w.t.Helper()
	for !w.idleAt.idle || w.idleAt != w.activity() {
		w.await("every event is answered", allAnswered)
		before := len(w.Deliveries())
		w.poll("all work is done", func() bool {
			left, err := w.backlog()
			return err == nil && left == 0
		})
		w.waitJobs()
		quiet := false
		w.withState(func(s sandbox.State) { quiet = allAnswered(s) && len(s.Deliveries()) == before })
		if quiet {
			w.idleAt = w.activity()
			return
		}
	}
}

// withState calls at with a consistent state of the sandbox.
func (w *env) withState(at func(sandbox.State)) {
	w.t.Helper()
	w.await("look", func(s sandbox.State) bool { at(s); return true })
}

// allAnswered reports whether the platform has nothing left to deliver: the last attempt of each event was answered, and not
// with a 5xx.
func allAnswered(s sandbox.State) bool {
	if !s.Idle() {
		return false
	}
	last := map[string]sandbox.Delivery{}
	for _, d := range s.Deliveries() {
		last[d.EventID] = d
	}
	for _, d := range last {
		if d.Status == 0 || d.Status >= 500 {
			return false
		}
	}
	return true
}

// secrets returns the secrets that the log must not hold.
func (w *env) secrets() []string {
	cfg := w.Config()
	return []string{cfg.AppSecret, cfg.EncryptKey, cfg.VerificationToken, redisPassword, ownerKey}
}

// close stops the bots, and checks that their log holds no secrets and texts.
func (w *env) close() {
	w.t.Helper()
	for _, b := range w.bots {
		b.stop()
	}
	w.bots = nil
	w.log.wantNoSecrets(w.t, w.secrets(), w.texts)
}

// tail returns the end of the log, and the audit file, for the message of a failure.
func (w *env) tail() string {
	lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
	lines = lines[max(0, len(lines)-30):]
	var b strings.Builder
	b.WriteString("log:\n" + strings.Join(lines, "\n") + "\naudit:\n")
	text, _ := os.ReadFile(w.audit)
	b.Write(text)
	return b.String()
}

// replaceFile writes a file and moves it to the path, so that the bot never reads a part of it.
func replaceFile(tb testing.TB, path, text string) {
	tb.Helper()
	if err := errors.Join(os.WriteFile(path+".new", []byte(text), 0o600), os.Rename(path+".new", path)); err != nil {
		tb.Fatal(err)
	}
}
