package scenarios_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/sandbox"
)

// TestTerminatedInTheMiddle sends SIGTERM while a recall waits for the platform. The bot must give the work back and exit in
// time, and the next bot must carry it out.
func TestTerminatedInTheMiddle(t *testing.T) {
	t.Parallel()
	s := newChatEnv(t)
	first := s.newProcess()
	s.balancer.set(first.addr)
	s.SetEventURL(s.balancer.url)
	held := make(chan struct{})
	defer s.Fault(sandbox.FaultSpec{API: apis["delete"], Hold: held, Times: 1, CutBefore: true})()
	s.say("/recall", s.post)
	s.await("the recall has begun", func(st sandbox.State) bool { return st.InFlight(apis["delete"]) == 1 })

	begun := time.Now()
	if code := first.terminate(); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, s.tail())
	}
	if took := time.Since(begun); took > shutdownLimit {
		t.Errorf("it took %s to end, at most %s are allowed", took, shutdownLimit)
	}
	close(held)
	left, err := s.backlog()
	if err != nil || left != 1 {
		t.Errorf("%d pieces of work were given back, want 1 (%v)", left, err)
	}
	s.balancer.set(s.newProcess().addr)
	s.await("the post is recalled", func(st sandbox.State) bool { return st.Recalled(s.post) })
	s.waitIdle()
	if records := s.records(s.post); len(records) != 1 || records[0].Result != bot.Done {
		t.Errorf("the audit says %+v, want one recall", records)
	}
	s.log.wantNoSecrets(t, s.secrets(), s.texts)
}

// TestTerminatedWhileRedisIsFrozen sends SIGTERM while Redis does not answer: without work, and with a recall that waits for the
// platform or for Redis. The bot must exit in time, and the next bot must carry the recall out.
func TestTerminatedWhileRedisIsFrozen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, api string
		goesOn    bool // the call returns before SIGTERM, so that the recall waits for Redis
	}{
		{name: "idle"}, {name: "in a call of the platform", api: "delete"}, {name: "waiting for Redis", api: "chat", goesOn: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newChatEnv(t)
			p := s.newProcess()
			s.balancer.set(p.addr)
			s.SetEventURL(s.balancer.url)
			s.await("the bot asks who it is", func(st sandbox.State) bool { return st.CallCount(apis["self"]) > 0 })
			release := func() {}
			if c.api != "" {
				held := make(chan struct{})
				release = sync.OnceFunc(func() { close(held) })
				defer s.Fault(sandbox.FaultSpec{API: apis[c.api], Hold: held, Times: 1, CutBefore: !c.goesOn})()
				s.say("/recall", s.post)
				s.await("the call has begun", func(st sandbox.State) bool { return st.InFlight(apis[c.api]) == 1 })
			}
			s.server.Freeze()
			if c.goesOn {
				release()
			}
			begun := time.Now()
			code := p.terminate()
			took := time.Since(begun)
			t.Logf("it took %s", took)
			if took > shutdownLimit || code != 0 {
				t.Errorf("it took %s to end, at most %s are allowed, with exit code %d\n%s", took, shutdownLimit, code, s.tail())
			}
			release()
			s.server.Thaw()
			if c.api == "" {
				s.say("/recall", s.post)
			}
			s.balancer.set(s.newProcess().addr)
			s.await("the post is recalled", func(st sandbox.State) bool { return st.Recalled(s.post) })
			s.waitIdle()
			if records := s.records(s.post); len(records) != 1 || records[0].Result != bot.Done {
				t.Errorf("the audit says %+v, want one recall", records)
			}
		})
	}
}

// TestTerminatedAtRest checks that an idle bot exits, and accepts no more events.
func TestTerminatedAtRest(t *testing.T) {
	t.Parallel()
	s := newChatEnv(t)
	p := s.newProcess()
	s.balancer.set(p.addr)
	s.SetEventURL(s.balancer.url)
	if code := p.terminate(); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, s.tail())
	}
	s.say("/recall", s.post)
	s.await("the event is tried", func(st sandbox.State) bool { return len(st.Deliveries()) > 0 })
	s.balancer.set(s.newProcess().addr)
	s.await("the post is recalled", func(st sandbox.State) bool { return st.Recalled(s.post) })
}

// TestRedisDoesNotAnswerSlow freezes redis-server under hundreds of events. Each must be refused within the platform's three
// seconds, goroutines must not pile up, and all events must be processed after Redis is back.
//
//nolint:paralleltest // it measures: others would hold up its answers
func TestRedisDoesNotAnswerSlow(t *testing.T) {
	const (
		events = 300
		most   = 3 * time.Second
	)
	s := newChatEnv(t)
	s.processes = true
	s.start(1)
	s.waitIdle()
	s.Shuffle(time.Millisecond) // then they come side by side
	s.server.Freeze()
	s.say("/recall", s.post)
	for range events {
		s.say("good morning everybody", "")
	}
	s.await("every event is refused", func(st sandbox.State) bool { return len(st.Deliveries()) >= events })
	if n, err := s.metric("go_goroutines", ""); err != nil || n == 0 || n > 3*events {
		t.Errorf("%v goroutines (%v)", n, err)
	}
	refused := s.Deliveries()[:events]
	s.server.Thaw()
	s.await("the post is recalled", func(st sandbox.State) bool { return st.Recalled(s.post) })
	s.waitIdle()
	for _, d := range refused {
		if d.Status != http.StatusServiceUnavailable || d.Latency > most {
			t.Errorf("answered %d after %s (%s)", d.Status, d.Latency, d.Err)
		}
	}
	known, err := s.probe.index.List(t.Context(), bot.ChatID(s.chat))
	if err != nil || len(known) != events+1 { // the command is indexed; the post is recalled
		t.Errorf("the index knows %d messages, want %d (%v)", len(known), events+1, err)
	}
	if records := s.records(s.post); len(records) != 1 {
		t.Errorf("the audit says %+v, want one record", records)
	}
	s.close()
}

// TestRedisOutageIsLoggedOnce checks that each component logs an outage of Redis once, and its end once.
func TestRedisOutageIsLoggedOnce(t *testing.T) {
	t.Parallel()
	s := newChatEnv(t)
	s.start(1)
	s.waitIdle()
	s.server.Kill()
	gone, said := time.Now(), 0
	s.poll("the outage has lasted for a while", func() bool {
		if status, body := s.readyz(); status != http.StatusServiceUnavailable || !strings.Contains(body, `"redis":"not ready: away"`) {
			return false
		}
		if said++; said < 20 {
			s.say("good morning everybody", "")
		}
		return time.Since(gone) > 4*time.Second
	})
	s.server.Restart()
	for _, message := range []string{"queue reaches redis again", "ready again", "events stored again"} {
		s.poll(message, func() bool {
			_, _ = s.readyz()
			return strings.Contains(s.log.String(), `"msg":"`+message+`"`)
		})
	}
	counts := map[string]int{}
	for line := range strings.Lines(s.log.String()) {
		var record struct{ Level, Msg, Queue, Outlet, Check string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if record.Level == "WARN" || record.Level == "ERROR" {
			counts[record.Msg+" "+record.Queue+record.Outlet+record.Check]++
		}
	}
	for message, n := range counts {
		if n > 1 {
			t.Errorf("%q is logged %d times", message, n)
		}
	}
}

// readyz reads /readyz of the first bot.
func (w *env) readyz() (int, string) {
	w.t.Helper()
	status, body, err := get(w.t.Context(), "http://"+w.bots[0].address()+"/readyz", "")
	if err != nil {
		w.t.Fatal(err)
	}
	return status, body
}

// TestRedisIsKilledUnderLoadSlow kills redis-server with kill -9 during commands, and restarts it. Each command must be carried
// out once.
func TestRedisIsKilledUnderLoadSlow(t *testing.T) {
	t.Parallel()
	s := newChatEnv(t)
	s.start(2)
	const each = 30
	var posts []string
	post := func() {
		id, err := s.Post(sandbox.PostSpec{Chat: s.chat, Text: "the numbers of the wrong quarter"})
		if err != nil {
			t.Fatal(err)
		}
		posts = append(posts, id)
		s.say("/recall", id)
	}
	for range each {
		post()
	}
	s.await("some are answered", func(st sandbox.State) bool { return len(st.Deliveries()) > each/2 })
	s.server.Kill()
	for range each {
		post()
	}
	s.await("one is refused", func(st sandbox.State) bool {
		for _, d := range st.Deliveries() {
			if d.Status == 503 {
				return true
			}
		}
		return false
	})
	s.server.Restart()
	for _, id := range posts {
		s.await("every post is recalled", func(st sandbox.State) bool { return st.Recalled(id) })
	}
	s.waitIdle()
	for _, id := range posts {
		if records := s.records(id); len(records) != 1 {
			t.Errorf("the audit says %+v of %s, want one record", records, id)
		}
	}
	if n := s.deadLetters(); n != 0 {
		t.Errorf("%d dead letters", n)
	}
	if m, _ := s.Message(s.post); m.Deleted {
		t.Error("another post is recalled")
	}
	s.close()
}
