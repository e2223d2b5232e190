package scenarios_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/sandbox"
	"recallbot/store"
)

// together is how long a bot has to send all that needs no other answer first. It is less than the clock in Redis tolerates.
const together = 50 * time.Millisecond

// roundTrips counts how often a bot waits for Redis before its DELETE. It holds what the bot sends until no more comes, and lets it
// pass as one round trip.
type roundTrips struct {
	mu       sync.Mutex
	counting bool
	count    int
	held     chan struct{} // closed when what is held may pass; nil if nothing is
	quiet    *time.Timer
}

// start counts until the next DELETE.
func (r *roundTrips) start() {
	r.release() // what the last count still held
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counting, r.count = true, 0
}

func (r *roundTrips) counted() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// toRedis holds a chunk, unless it puts messages into the index: a command gets its place there while its work begins.
func (r *roundTrips) toRedis(chunk []byte, forward func() error) error {
	if bytes.Contains(chunk, []byte("hsetnx")) {
		return forward()
	}
	if held := r.hold(); held != nil {
		<-held
	}
	return forward()
}

func (r *roundTrips) hold() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !r.counting:
		return nil
	case r.held == nil:
		r.count++
		r.held = make(chan struct{})
		r.quiet = time.AfterFunc(together, r.release)
	default:
		r.quiet.Reset(together)
	}
	return r.held
}

func (r *roundTrips) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held != nil {
		close(r.held)
		r.held = nil
	}
}

// toPlatform ends the count.
func (r *roundTrips) toPlatform(chunk []byte, forward func() error) error {
	if bytes.HasPrefix(chunk, []byte("DELETE ")) {
		r.mu.Lock()
		r.counting = false
		r.mu.Unlock()
	}
	return forward()
}

// TestRoundTripsToTheRecall: from the event of a command to the DELETE the bot waits for Redis three times: to queue the
// event, to read all that the decision needs, and for a slot of the rate limit. The worker's read already waits when the event is
// queued. A post that only the platform knows costs a slot for the question, and its place in the index, which is not counted here.
func TestRoundTripsToTheRecall(t *testing.T) { //nolint:paralleltest // what the machine does besides adds to the round trips
	w := newEnv(t, envOptions{redis: true})
	w.probe = w.openProbe()
	trips := &roundTrips{}
	w.set("REDIS_URL", "redis://:"+redisPassword+"@"+newProxy(t, w.server.Addr(), trips.toRedis).addr)
	w.set("FEISHU_BASE_URL", "http://"+newProxy(t, strings.TrimPrefix(w.api, "http://"), trips.toPlatform).addr)
	w.start(1)
	owner := w.AddUser("Olga").OpenID
	chat, err := w.AddChat(sandbox.ChatSpec{Name: "Launch", Owner: owner})
	if err != nil {
		t.Fatal(err)
	}
	recalls := func(known bool) {
		post, err := w.Post(sandbox.PostSpec{Chat: chat, Text: "the numbers of the wrong quarter"})
		if err != nil {
			t.Fatal(err)
		}
		if known {
			own := bot.Message{ID: bot.MessageID(post), Chat: bot.ChatID(chat), Kind: bot.KindOwn, At: time.Now()}
			if err := store.NewIndex(w.probe.store).Add(t.Context(), own); err != nil {
				t.Fatal(err)
			}
		}
		trips.start()
		if _, err := w.Say(sandbox.SaySpec{Chat: chat, From: owner, Text: "/recall", ReplyTo: post}); err != nil {
			t.Fatal(err)
		}
		w.await("the post is recalled", func(s sandbox.State) bool { return s.Recalled(post) })
		w.waitIdle()
	}
	recalls(true) // the roles are cached now, and the connections open
	for _, row := range []struct {
		about string
		known bool
		want  int
	}{{"a post in the index", true, 3}, {"a post that only the platform knows", false, 4}} {
		best := 1000
		for range 40 { // a round trip of the bot's other work may come between
			recalls(row.known)
			if best = min(best, trips.counted()); best <= row.want {
				break
			}
		}
		if best != row.want {
			t.Errorf("%s: %d round trips to Redis before the DELETE, want %d", row.about, best, row.want)
		}
	}
}
