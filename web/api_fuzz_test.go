package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"recallbot/web"
)

// FuzzAPI: every answer is a success or a problem, never a 500, and has nothing of team B.
func FuzzAPI(f *testing.F) {
	for _, call := range matrixCalls() {
		for _, who := range matrixOwners() {
			about := call.about(who)
			f.Add(about.method, about.path, about.body, "k", "wait=0")
		}
	}
	f.Add("POST", "/posts", `{"chats":["oc_here"],"card":{"a":[[[[]]]]}}`, "", "wait=x, respond-async")
	f.Add("POST", "/posts", `{"chats":["oc_here"],"text":"\ud800"}`, strings.Repeat("k", 300), "")
	f.Add("GET", "/audit?cursor=LTE", "", "", "")
	f.Add("GET", "/chats/oc_here/messages?cursor=OTk5OTk5OTk5OTk5OTk5OTkuMQ", "", "", "")
	o := newBackend()
	served, bearer := apiOf(o), o.issue(fullToken())
	f.Fuzz(func(t *testing.T, method, path, body, key, prefer string) {
		o.seed()
		// Skip paths that no client can send, and waits.
		target := "/api/v1" + path
		req, err := http.NewRequestWithContext(t.Context(), method, "http://localhost"+target, strings.NewReader(body))
		if err != nil || strings.Contains(prefer, "wait") && !strings.Contains(prefer, "wait=0") || strings.HasSuffix(req.URL.Path, "/events") {
			return
		}
		req.Header.Set("Authorization", "Bearer "+bearer)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
		req.Header.Set("Prefer", prefer)
		answer := &deadlineRecorder{httptest.NewRecorder()}
		served.ServeHTTP(answer, req)
		if answer.Code >= http.StatusInternalServerError {
			t.Fatalf("HTTP %d: %s", answer.Code, answer.Body)
		}
		if strings.HasPrefix(req.URL.Path, "/api/") && answer.Code >= http.StatusBadRequest {
			var p web.Problem
			if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil || p.Status != answer.Code {
				t.Fatalf("HTTP %d is no problem: %v %s", answer.Code, err, answer.Body)
			}
		}
		if strings.Contains(answer.Body.String(), `"p_B"`) {
			t.Fatalf("team A is shown what team B posted: %s", answer.Body)
		}
	})
}
