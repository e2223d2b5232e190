package sandbox_test

import (
	"testing"
	"time"

	"recallbot/sandbox"
)

const recallAPI = "DELETE /open-apis/im/v1/messages/:message_id"

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		spec         sandbox.FaultSpec
		status, code int // 0 0: no response
		gone         bool
	}{
		{"none matches", sandbox.FaultSpec{API: getInfo, Code: 1}, 200, 0, true},
		{"a code", sandbox.FaultSpec{API: recallAPI, Code: 230049, Msg: "busy"}, 400, 230049, false},
		{"a status", sandbox.FaultSpec{Status: 502, HTML: true}, 502, 0, false},
		{"a rate limit", sandbox.FaultSpec{API: recallAPI, Code: 99991400, RateReset: "0.5"}, 429, 99991400, false},
		{"a body of its own", sandbox.FaultSpec{API: recallAPI, Body: new("{}")}, 200, 0, false},
		{"cut before acting", sandbox.FaultSpec{API: recallAPI, CutBefore: true}, 0, 0, false},
		{"cut after acting", sandbox.FaultSpec{API: recallAPI, CutAfter: true}, 0, 0, true},
		{"a delay only", sandbox.FaultSpec{API: recallAPI, Delay: time.Millisecond}, 200, 0, true},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, sandbox.Config{})
			s.token = s.login()
			id := s.post(sandbox.PostSpec{Text: "x"})
			remove := s.Fault(tc.spec)
			got, err := s.try(s.token, "DELETE", "/open-apis/im/v1/messages/"+id, nil)
			if (err != nil) != (tc.status == 0) || got.status != tc.status || got.Code != tc.code {
				t.Errorf("status %d code %d err %v, want %d %d", got.status, got.Code, err, tc.status, tc.code)
			}
			if tc.spec.HTML != (got.header.Get("Content-Type") == "text/html; charset=utf-8") {
				t.Errorf("content type = %q", got.header.Get("Content-Type"))
			}
			if got.header.Get("X-Ogw-Ratelimit-Reset") != tc.spec.RateReset {
				t.Errorf("reset = %q", got.header.Get("X-Ogw-Ratelimit-Reset"))
			}
			if m := mustMessage(t, s, id); m.Deleted != tc.gone {
				t.Errorf("recalled = %v, want %v", m.Deleted, tc.gone)
			}
			calls := s.Calls()
			if last := calls[len(calls)-1]; last.API != recallAPI || last.Status != tc.status || last.Code != tc.code {
				t.Errorf("recorded %+v", last)
			}
			remove()
			again := s.call("DELETE", "/open-apis/im/v1/messages/"+id, nil)
			if want := map[bool]int{true: 230110}[tc.gone]; again.Code != want {
				t.Errorf("after the fault: %d, want %d", again.Code, want)
			}
		})
	}
}

func TestFaultSelectsByTargetAndTimes(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	first, second := s.post(sandbox.PostSpec{Text: "1"}), s.post(sandbox.PostSpec{Text: "2"})
	s.Fault(sandbox.FaultSpec{API: recallAPI, Target: first, Times: 2, Status: 500, Code: 1})
	for i, want := range []int{1, 1, 0} {
		if got := s.call("DELETE", "/open-apis/im/v1/messages/"+first, nil); got.Code != want {
			t.Errorf("try %d: %d, want %d", i+1, got.Code, want)
		}
	}
	if got := s.call("DELETE", "/open-apis/im/v1/messages/"+second, nil); got.Code != 0 {
		t.Errorf("the other message: %d", got.Code)
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	s.token = s.login()
	id := s.post(sandbox.PostSpec{Text: "x"})
	hold := make(chan struct{})
	s.Fault(sandbox.FaultSpec{API: recallAPI, Hold: hold})
	answered := make(chan reply, 1)
	go func() {
		r, err := s.try(s.token, "DELETE", "/open-apis/im/v1/messages/"+id, nil)
		if err != nil {
			t.Errorf("held call: %v", err)
		}
		answered <- r
	}()
	s.waitState("arrived", func(st sandbox.State) bool { return st.InFlight(recallAPI) == 1 })
	if mustMessage(t, s, id).Deleted {
		t.Error("acted while held")
	}
	close(hold)
	if r := <-answered; r.Code != 0 || !mustMessage(t, s, id).Deleted {
		t.Errorf("after the hold: %d", r.Code)
	}
}

func TestDownAndUp(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	s.token = s.login()
	s.Down(true)
	if _, err := s.try(s.token, "GET", "/open-apis/bot/v3/info", nil); err == nil {
		t.Error("an answer while down")
	}
	s.Down(false)
	if r := s.call("GET", "/open-apis/bot/v3/info", nil); r.status != 200 {
		t.Errorf("status %d when up again", r.status)
	}
}
