package sandbox_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/sandbox"
)

func TestRetriesUntil200(t *testing.T) {
	t.Parallel()
	waits := []time.Duration{15 * time.Millisecond, 30 * time.Millisecond, 45 * time.Millisecond, 60 * time.Millisecond}
	tests := []struct {
		name   string
		status func(n int) int
		want   []int
	}{
		{"at once", func(int) int { return 200 }, []int{200}},
		{"third time", func(n int) int { return map[int]int{1: 500, 2: 302}[n] + map[bool]int{true: 200}[n > 2] }, []int{500, 302, 200}},
		{"never, then given up", func(int) int { return 503 }, []int{503, 503, 503, 503, 503}},
		{"204 is no 200", func(n int) int { return 204 - 4*(n-1) }, []int{204, 200}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, sandbox.Config{RetryAfter: waits, EncryptKey: "k"})
			h := listen(t, s)
			h.answer(func(n int, _ received) (int, string) { return tc.status(n), "" })
			s.say(sandbox.SaySpec{Text: "hi"})
			s.waitDeliveries(len(tc.want))
			s.Close() // no further attempts
			got := s.Deliveries()
			var status []int
			for i, d := range got {
				status = append(status, d.Status)
				if d.Attempt != i+1 || d.EventID != got[0].EventID {
					t.Errorf("attempt %d = %+v", i+1, d)
				}
				if i > 0 && d.Start.Sub(got[i-1].Start) < waits[i-1] {
					t.Errorf("attempt %d came after %s, want at least %s", i+1, d.Start.Sub(got[i-1].Start), waits[i-1])
				}
			}
			if !slices.Equal(status, tc.want) {
				t.Errorf("statuses = %v, want %v", status, tc.want)
			}
			nonces := map[string]bool{}
			for _, e := range h.events("im.message.receive_v1") {
				nonces[e.header.Get("X-Lark-Request-Nonce")] = true
			}
			if len(nonces) != len(tc.want) {
				t.Errorf("%d nonces in %d attempts", len(nonces), len(tc.want))
			}
		})
	}
}

func TestRetrySchedule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bare(t, sandbox.Config{EventURL: "http://127.0.0.1:1/"}) // nobody listens there
		olga := s.AddUser("Olga")
		chat := s.group(sandbox.ChatSpec{Owner: olga.OpenID})
		s.say(sandbox.SaySpec{Chat: chat, From: olga.OpenID, Text: "hi"})
		wait(t, 8*time.Hour)
		got := s.Deliveries()
		want := []time.Duration{0, 15 * time.Second, 5 * time.Minute, time.Hour, 6 * time.Hour}
		if len(got) != len(want) {
			t.Fatalf("%d attempts, want %d", len(got), len(want))
		}
		for i := 1; i < len(got); i++ {
			if after := got[i].Start.Sub(got[i-1].Start).Round(time.Second); after != want[i] {
				t.Errorf("attempt %d came after %s, want %s", i+1, after, want[i])
			}
		}
	})
}

func TestSlowAnswerIsRetried(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{AckWithin: 300 * time.Millisecond, RetryAfter: []time.Duration{time.Millisecond}})
	h := listen(t, s)
	release := make(chan struct{})
	h.answer(func(n int, _ received) (int, string) {
		if n == 1 {
			<-release
		}
		return http.StatusOK, ""
	})
	s.say(sandbox.SaySpec{Text: "hi"})
	got := s.waitDeliveries(2)
	close(release)
	if got[0].OK() || got[0].Err == "" || !got[1].OK() {
		t.Errorf("deliveries = %+v", got)
	}
}

func TestDuplicatesAndRedelivery(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	h := listen(t, s)
	s.Duplicate(true)
	s.say(sandbox.SaySpec{Text: "a"})
	s.Duplicate(false)
	s.DuplicateNewID(true)
	s.say(sandbox.SaySpec{Text: "b"})
	s.DuplicateNewID(false)
	first := s.waitDeliveries(4)[0].EventID
	s.must(s.Redeliver(first))
	s.waitDeliveries(5)
	got := h.events("im.message.receive_v1")
	id := func(i int) string { return got[i].Header.EventID }
	message := func(i int) any {
		m, _ := got[i].Event["message"].(map[string]any)
		return m["message_id"]
	}
	if id(0) != id(1) || id(2) == id(3) || message(2) != message(3) || id(4) != first {
		t.Errorf("ids = %s %s %s %s %s", id(0), id(1), id(2), id(3), id(4))
	}
	if err := s.Redeliver("nothing"); err == nil {
		t.Error("an unknown event was redelivered")
	}
}

func TestPauseAndShuffle(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{Seed: "shuffle"})
	h := listen(t, s)
	s.PauseEvents()
	var said []string
	for range 20 {
		said = append(said, s.say(sandbox.SaySpec{Text: "x"}))
	}
	if n := len(s.Deliveries()); n != 0 {
		t.Fatalf("%d attempts while paused", n)
	}
	s.ResumeEvents()
	s.waitDeliveries(20)
	order := func() (ids []string) {
		for _, e := range h.events("im.message.receive_v1") {
			m, _ := e.Event["message"].(map[string]any)
			id, _ := m["message_id"].(string)
			ids = append(ids, id)
		}
		return ids
	}
	if !slices.Equal(order(), said) {
		t.Error("a chat's events came in disorder")
	}
	s.Shuffle(50 * time.Millisecond)
	for range 20 {
		said = append(said, s.say(sandbox.SaySpec{Text: "x"}))
	}
	s.waitDeliveries(40)
	got := order()
	if slices.Equal(got, said) {
		t.Error("shuffled events came in order")
	}
	slices.Sort(got)
	slices.Sort(said)
	if !slices.Equal(got, said) {
		t.Error("shuffling lost or made events")
	}
}

func TestVerifyURL(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "a key"} {
		s := open(t, sandbox.Config{EncryptKey: key})
		h := listen(t, s)
		h.answer(func(_ int, e received) (int, string) {
			plain, err := decrypt(e.raw, key)
			if err != nil || e.header.Get("X-Lark-Signature") != "" {
				t.Errorf("challenge: %v, signature %q", err, e.header.Get("X-Lark-Signature"))
			}
			var in struct{ Challenge, Token, Type string }
			if err := json.Unmarshal(plain, &in); err != nil || in.Type != "url_verification" || in.Token != s.Config().VerificationToken {
				t.Errorf("challenge = %s", plain)
			}
			return http.StatusOK, `{"challenge":"` + in.Challenge + `"}`
		})
		if err := s.VerifyURL(t.Context()); err != nil {
			t.Errorf("key %q: %v", key, err)
		}
		h.answer(func(int, received) (int, string) { return http.StatusOK, `{"challenge":"other"}` })
		if err := s.VerifyURL(t.Context()); err == nil {
			t.Errorf("key %q: a wrong challenge was taken", key)
		}
	}
}

func TestDeliverRaw(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{EncryptKey: "k"})
	h := listen(t, s)
	plain, err := s.Envelope("im.message.receive_v1", map[string]any{"forged": true})
	s.must(err)
	body := s.Encrypt(plain)
	status, _, err := s.DeliverRaw(t.Context(), s.SignedHeader(body, time.Now()), body)
	if err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %v", status, err)
	}
	if got := h.events("im.message.receive_v1"); len(got) != 1 || got[0].Event["forged"] != true {
		t.Errorf("got %v", got)
	}
}
