package scenarios_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"recallbot/sandbox"
)

// TestRollingRestartSlow replaces each of three replicas in turn, under a hundred events a second through a load balancer
// that checks /readyz. Each event must be answered 200 at its first delivery, and each command carried out.
//
//nolint:paralleltest // it measures: others would hold up its answers
func TestRollingRestartSlow(t *testing.T) {
	const replicas, posts = 3, 60
	w := newEnv(t, envOptions{redis: true})
	w.set("SERVER_DRAIN_DELAY", "2s")
	c := newLoad(t, w, posts)
	w.balancer.checkHealth(t)
	w.start(replicas)
	w.Shuffle(time.Millisecond) // then they come side by side
	w.poll("all replicas are in", func() bool { return w.balancer.readyCount() == replicas })

	stop := c.startTraffic()
	for i, old := range slices.Clone(w.bots) {
		w.bots[i] = w.newBot()
		w.balancer.set(append(addresses(w.bots), old.address())...)
		w.poll("the new replica is in", func() bool { return w.balancer.readyCount() == replicas+1 })
		old.stop()
		w.routeEvents()
	}
	commands := stop()
	w.waitIdle()
	for _, d := range w.Deliveries() {
		if d.Attempt > 1 || !d.OK() {
			t.Errorf("%s, attempt %d: %d %s", d.Type, d.Attempt, d.Status, d.Err)
		}
	}
	for _, id := range c.posts[:commands] {
		if m, _ := w.Message(id); !m.Deleted {
			t.Errorf("%s is still there", id)
		}
	}
	t.Logf("%d events, %d of them commands", len(w.Deliveries()), commands)
	w.close()
}

// startTraffic sends a hundred messages per second, every tenth of which is a command, until stop is called. Stop returns the
// number of commands.
func (c *load) startTraffic() (stop func() int) {
	ctx, cancel := context.WithCancel(c.t.Context())
	commands := 0
	var talk sync.WaitGroup
	talk.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			said := sandbox.SaySpec{Chat: c.chat, From: c.owner, Text: "talk among hundreds of posts"}
			if n%10 == 0 && commands < len(c.posts) {
				said.Text, said.ReplyTo = "/recall", c.posts[commands]
				commands++
			}
			if _, err := c.Say(said); err != nil {
				c.t.Error(err)
				return
			}
		}
	})
	return func() int {
		cancel()
		talk.Wait()
		return commands
	}
}

// checkHealth polls /readyz, and forwards requests only to replicas that are ready.
func (f *loadBalancer) checkHealth(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	f.mu.Lock()
	f.healthy = map[string]bool{}
	f.mu.Unlock()
	var watcher sync.WaitGroup
	watcher.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			f.mu.Lock()
			addrs := slices.Clone(f.addrs)
			f.mu.Unlock()
			healthy := map[string]bool{}
			for _, addr := range addrs {
				healthy[addr] = isReady(ctx, addr)
			}
			f.mu.Lock()
			f.healthy = healthy
			f.mu.Unlock()
		}
	})
	tb.Cleanup(func() {
		cancel()
		watcher.Wait()
	})
}

func isReady(ctx context.Context, addr string) bool {
	status, _, err := get(ctx, "http://"+addr+"/readyz", "")
	return err == nil && status == http.StatusOK
}

// readyCount returns the number of replicas that get requests.
func (f *loadBalancer) readyCount() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.targets())
}
