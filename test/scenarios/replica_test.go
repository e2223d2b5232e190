package scenarios_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"recallbot/app"
)

// shutdownLimit is three times the contract's limit for a shutdown, as the machine may be busy.
const shutdownLimit = 30 * time.Second

// replica is a bot that runs in this process.
type replica struct {
	t      testing.TB
	addr   string
	cancel context.CancelFunc
	done   chan error
}

// newReplica starts a bot with the env's configuration.
func (w *env) newReplica() *replica {
	w.t.Helper()
	source := app.NewSource("", w.environ, nil)
	config := w.config()
	// Not the test's context: it ends before the cleanups, which check the bot's shutdown.
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	bot, err := app.New(ctx, config, source, app.NewLogger(w.log, config.Log))
	if err != nil {
		cancel()
		w.t.Fatalf("start the bot: %v\n%s", err, w.tail())
	}
	r := &replica{t: w.t, addr: bot.Addr(), cancel: cancel, done: make(chan error, 1)}
	go func() { r.done <- bot.Run(ctx) }()
	w.t.Cleanup(r.stop)
	return r
}

func (r *replica) address() string { return r.addr }

// stop shuts the bot down as SIGTERM does. A second call does nothing.
func (r *replica) stop() {
	r.t.Helper()
	if r.cancel == nil {
		return
	}
	r.cancel()
	r.cancel = nil
	select {
	case err := <-r.done:
		if err != nil {
			r.t.Errorf("the bot stopped with: %v", err)
		}
	case <-time.After(shutdownLimit):
		r.t.Errorf("the bot did not stop within %s", shutdownLimit)
	}
}

// loadBalancer forwards requests to the replicas in turn. Its address is the one that the platform knows.
type loadBalancer struct {
	url string

	mu        sync.Mutex
	nextIndex int
	addrs     []string
	healthy   map[string]bool // nil without health checks
}

func newLoadBalancer(tb testing.TB) *loadBalancer {
	tb.Helper()
	f := &loadBalancer{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: f.next()})
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := httptest.NewServer(proxy)
	tb.Cleanup(server.Close)
	f.url = server.URL + "/webhook/event"
	return f
}

func (f *loadBalancer) set(addrs ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.addrs = addrs
}

func (f *loadBalancer) next() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	addrs := f.targets()
	if len(addrs) == 0 {
		return "127.0.0.1:1" // a port without a listener
	}
	f.nextIndex++
	return addrs[f.nextIndex%len(addrs)]
}

// targets returns the replicas that get requests.
func (f *loadBalancer) targets() []string {
	if f.healthy == nil {
		return f.addrs
	}
	return slices.DeleteFunc(slices.Clone(f.addrs), func(addr string) bool { return !f.healthy[addr] })
}
