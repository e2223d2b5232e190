package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/web"
)

// fullToken is a token of team A with all scopes.
func fullToken() bot.Token { return bot.Token{ID: "all", Team: "A", Scopes: bot.TokenScopes()} }

// caller makes calls with one token.
type caller struct {
	backend *backend
	served  http.Handler
	bearer  string
}

func newCaller() *caller {
	o := newBackend()
	o.seed()
	return &caller{o, apiOf(o), o.issue(fullToken())}
}

// call makes a call with headers, given as "Name: value".
func (c *caller) call(t *testing.T, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, "/api/v1"+path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+c.bearer)
	req.Header.Set("Content-Type", "application/json")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
	}
	answer := &deadlineRecorder{httptest.NewRecorder()}
	c.served.ServeHTTP(answer, req)
	return answer.ResponseRecorder
}

// wantProblem checks that an answer is a problem (RFC 9457), and returns it.
func wantProblem(t *testing.T, answer *httptest.ResponseRecorder, status int) web.Problem {
	t.Helper()
	var p web.Problem
	if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil {
		t.Fatalf("HTTP %d with no problem: %v\n%s", answer.Code, err, answer.Body)
	}
	if kind := answer.Header().Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("a problem comes as %q", kind)
	}
	if answer.Code != status || p.Status != status || p.Title != http.StatusText(status) || p.Type != "about:blank" {
		t.Errorf("HTTP %d with %+v, want %d", answer.Code, p, status)
	}
	return p
}

func TestProblems(t *testing.T) {
	t.Parallel()
	post := func(body string) [3]string { return [3]string{"POST", "/posts", body} }
	recalls := func(body string) [3]string { return [3]string{"POST", "/recalls", body} }
	for _, tt := range []struct {
		name   string
		call   [3]string
		status int
		place  string
	}{
		{"no JSON", post(`{`), 400, "body"},
		{"no target", post(`{"text":"x"}`), 422, "body"},
		{"nothing to say", post(`{"chats":["oc_1"]}`), 422, "body"},
		{"two things to say", post(`{"chats":["oc_1"],"text":"x","image_key":"img"}`), 422, "body"},
		{"a card that is no object", post(`{"chats":["oc_1"],"card":"x"}`), 422, "body"},
		{"a target twice", post(`{"chats":["oc_1","oc_1"],"text":"x"}`), 422, "body.chats[1]"},
		{"a target of the wrong kind", post(`{"users":["oc_1"],"text":"x"}`), 422, "body.users[0]"},
		{"a target that is none", post(`{"chats":["oc_1/../x"],"text":"x"}`), 422, "body.chats[0]"},
		{"an unknown field", post(`{"chats":["oc_1"],"text":"x","nope":1}`), 422, "body.nope"},
		{"a time that is none", post(`{"chats":["oc_1"],"text":"x","expire_in":"soon"}`), 422, "body.expire_in"},
		{"a time in the past", post(`{"chats":["oc_1"],"text":"x","expire_in":"-1h"}`), 422, "body.expire_in"},
		{"an author who is no person", post(`{"chats":["oc_1"],"text":"x","author":"cli_1"}`), 422, "body.author"},
		{"a group with a slash", post(`{"chats":["oc_1"],"text":"x","group":"a/b"}`), 422, "body.group"},
		{"registered twice", [3]string{"POST", "/posts/register", `{"messages":[{"message_id":"om_1"},{"message_id":"om_1"}]}`}, 422, "body.messages[1]"},
		{"nothing to recall", recalls(`{}`), 422, "body"},
		{"two things to recall", recalls(`{"chat":"oc_1","group":"g"}`), 422, "body"},
		{"a filter without a chat", recalls(`{"group":"g","filter":"--last 3"}`), 422, "body.filter"},
		{"a filter with a typo", recalls(`{"chat":"oc_1","filter":"--lsat 3"}`), 422, "body.filter"},
		{"an empty filter", recalls(`{"chat":"oc_1"}`), 422, "body.filter"},
		{"a message that is none", recalls(`{"messages":["oc_1"]}`), 422, "body.messages[0]"},
		{"a message twice", recalls(`{"messages":["om_1","om_1"]}`), 422, "body.messages[1]"},
		{"an address that may not be told", recalls(`{"messages":["om_A"],"notify":{"url":"https://10.0.0.1/x"}}`), 422, "body.notify.url"},
		{"an address that is none", recalls(`{"messages":["om_A"],"notify":{"url":"%zz"}}`), 422, "body.notify.url"},
		{"an unknown group", recalls(`{"group":"nope"}`), 404, ""},
		{"an unknown recall", [3]string{"GET", "/recalls/nope", ""}, 404, ""},
		{"a recall that ended", [3]string{"DELETE", "/recalls/doneA", ""}, 409, ""},
		{"an undo too early", [3]string{"POST", "/recalls/runningA/undo", ""}, 409, ""},
		{"a bad limit", [3]string{"GET", "/posts?limit=0", ""}, 422, "query.limit"},
		{"a state that is none", [3]string{"GET", "/recalls?state=over", ""}, 422, "query.state"},
		{"a bad cursor", [3]string{"GET", "/audit?cursor=!", ""}, 422, "query.cursor"},
		{"another bad cursor", [3]string{"GET", "/chats/oc_here/messages?cursor=YWJj", ""}, 422, "query.cursor"},
		{"an unknown switch", [3]string{"GET", "/posts?nope=1", ""}, 422, "query.nope"},
		{"an unknown route", [3]string{"GET", "/nope", ""}, 404, ""},
		{"an unknown method", [3]string{"PUT", "/posts", ""}, 405, ""},
		{"too large a body", post(`{"chats":["oc_1"],"text":"` + strings.Repeat("x", 1<<20) + `"}`), 413, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := wantProblem(t, newCaller().call(t, tt.call[0], tt.call[1], tt.call[2]), tt.status)
			if tt.place != "" && (len(p.Errors) == 0 || p.Errors[0].Location != tt.place || p.Errors[0].Message == "") {
				t.Errorf("the problem names %+v, want %s", p.Errors, tt.place)
			}
		})
	}
}

func TestWrongTokens(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{
		"none": "Authorization: ", "another scheme": "Authorization: Basic rb_all_good", "a wrong secret": "Authorization: Bearer rb_all_wrong",
	} {
		answer := newCaller().call(t, "GET", "/posts", "", header)
		wantProblem(t, answer, http.StatusUnauthorized)
		if !strings.HasPrefix(answer.Header().Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: no WWW-Authenticate", name)
		}
	}
	c := newCaller()
	for range 3 {
		c.call(t, "GET", "/posts", "", "Authorization: Bearer rb_all_guess")
	}
	answer := c.call(t, "GET", "/posts", "", "Authorization: Bearer rb_all_guess")
	wantProblem(t, answer, http.StatusTooManyRequests)
	if wait := answer.Header().Get("Retry-After"); wait != "42" {
		t.Errorf("after wrong tokens the wait is %q seconds", wait)
	}
	if answer := c.call(t, "GET", "/posts", ""); answer.Code != http.StatusOK {
		t.Errorf("a valid token is answered %d after wrong ones", answer.Code)
	}
	if seen := c.backend.seen; seen["get-posts 401"] != 3 || seen["get-posts 429"] != 1 {
		t.Errorf("observed %v", seen)
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	c := newCaller()
	token := fullToken()
	token.Rate = 2
	c.bearer = c.backend.issue(token)
	for range 2 {
		if answer := c.call(t, "GET", "/posts", ""); answer.Code != http.StatusOK {
			t.Fatalf("HTTP %d", answer.Code)
		}
	}
	answer := c.call(t, "GET", "/posts", "")
	wantProblem(t, answer, http.StatusTooManyRequests)
	if wait := answer.Header().Get("Retry-After"); wait != "7" {
		t.Errorf("the token is to wait %q seconds", wait)
	}
	// Alertmanager repeats after 5xx, not after 4xx.
	answer = c.call(t, "POST", "/alertmanager?chat=oc_here", "{}")
	wantProblem(t, answer, http.StatusServiceUnavailable)
	if wait := answer.Header().Get("Retry-After"); wait != "7" {
		t.Errorf("monitoring is to wait %q seconds", wait)
	}
}

func TestRedisAway(t *testing.T) {
	t.Parallel()
	c := newCaller()
	c.backend.down = errDown
	answer := c.call(t, "GET", "/posts", "")
	p := wantProblem(t, answer, http.StatusServiceUnavailable)
	if answer.Header().Get("Retry-After") == "" || strings.Contains(p.Detail, "refused") {
		t.Errorf("headers %v, detail %q", answer.Header(), p.Detail)
	}
}

func TestCrossSiteRequests(t *testing.T) {
	t.Parallel()
	answer := newCaller().call(t, "POST", "/posts", `{"chats":["oc_1"],"text":"x"}`, "Sec-Fetch-Site: cross-site", "Origin: https://evil.example")
	wantProblem(t, answer, http.StatusForbidden)
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	c, body := newCaller(), `{"chats":["oc_here"],"text":"hi"}`
	before := len(c.backend.posts)
	first := c.call(t, "POST", "/posts", body, "Idempotency-Key: k1")
	again := c.call(t, "POST", "/posts", body, "Idempotency-Key: k1")
	if first.Code != http.StatusAccepted || again.Code != http.StatusAccepted || len(c.backend.posts) != before+1 {
		t.Fatalf("HTTP %d and %d made %d posts", first.Code, again.Code, len(c.backend.posts)-before)
	}
	if first.Header().Get("Idempotent-Replay") != "" || again.Header().Get("Idempotent-Replay") != "true" {
		t.Errorf("Idempotent-Replay is %q and %q", first.Header().Get("Idempotent-Replay"), again.Header().Get("Idempotent-Replay"))
	}
	wantProblem(t, c.call(t, "POST", "/posts", `{"chats":["oc_here"],"text":"bye"}`, "Idempotency-Key: k1"), http.StatusConflict)
	c.call(t, "POST", "/posts", body, "Idempotency-Key: k2")
	c.call(t, "POST", "/posts", body)
	c.call(t, "POST", "/posts", body)
	if made := len(c.backend.posts) - before; made != 4 {
		t.Errorf("%d posts, want one for each key and each call without", made)
	}
}

// TestIdempotencyKeyExpires: after 24 hours the same key, even with another body, is a new call, though its first
// post is stored for longer.
func TestIdempotencyKeyExpires(t *testing.T) {
	t.Parallel()
	c := newCaller()
	const key = "Idempotency-Key: nightly"
	first := c.call(t, "POST", "/recalls", `{"group":"release","confirm":true}`, key)
	post := c.call(t, "POST", "/posts", `{"chats":["oc_here"],"text":"hi"}`, key+"-post")
	jobs, posts := len(c.backend.jobs), len(c.backend.posts)
	c.backend.mu.Lock()
	clear(c.backend.once)
	c.backend.mu.Unlock()
	again := c.call(t, "POST", "/recalls", `{"group":"release","confirm":true,"reason":"another"}`, key)
	repost := c.call(t, "POST", "/posts", `{"chats":["oc_here"],"text":"hi"}`, key+"-post")
	for _, answer := range []*httptest.ResponseRecorder{first, post, again, repost} {
		if answer.Code != http.StatusAccepted || answer.Header().Get("Idempotent-Replay") != "" {
			t.Errorf("HTTP %d, Idempotent-Replay %q", answer.Code, answer.Header().Get("Idempotent-Replay"))
		}
	}
	if len(c.backend.jobs) != jobs+1 || len(c.backend.posts) != posts+1 {
		t.Errorf("a day later there are %d more recalls and %d more posts, want 1 each", len(c.backend.jobs)-jobs, len(c.backend.posts)-posts)
	}
}

func TestWaitForPosts(t *testing.T) {
	t.Parallel()
	c := newCaller()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for {
			c.backend.mu.Lock()
			n := len(c.backend.posts)
			c.backend.mu.Unlock()
			if n == 4 {
				c.backend.send()
				return
			}
			select {
			case <-t.Context().Done():
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	answer := c.call(t, "POST", "/posts", `{"chats":["oc_here"],"text":"hi"}`, "Prefer: wait=30")
	<-sent
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `"state":"sent"`) {
		t.Errorf("HTTP %d %s", answer.Code, answer.Body)
	}
	answer = c.call(t, "POST", "/posts", `{"chats":["oc_here"],"text":"hi"}`, "Prefer: wait=1")
	if answer.Code != http.StatusAccepted || !strings.Contains(answer.Body.String(), `"state":"queued"`) {
		t.Errorf("HTTP %d %s", answer.Code, answer.Body)
	}
	var first struct{ Posts []web.Post }
	if err := json.Unmarshal(answer.Body.Bytes(), &first); err != nil {
		t.Fatal(err)
	}
	answer = c.call(t, "DELETE", "/posts/"+string(first.Posts[0].ID), "")
	if !strings.Contains(answer.Body.String(), `"outcome":"cancelled","rule":"team"`) {
		t.Errorf("HTTP %d %s", answer.Code, answer.Body)
	}
	last := c.backend.entries[len(c.backend.entries)-1]
	if last.Result != bot.Cancelled || string(last.Message) != string(first.Posts[0].ID) || last.Team != "A" || last.Rule != "team" {
		t.Errorf("on record is %+v", last)
	}
}

// TestRecallPostOfAnotherTeam: a post that another team only registered may be recalled with recall:any; one that it
// sent may not.
func TestRecallPostOfAnotherTeam(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		scope      bot.TokenScope
		registered bool
		status     int
	}{
		{bot.ScopeRecallAny, true, http.StatusOK},
		{bot.ScopeRecallAny, false, http.StatusNotFound},
		{bot.ScopeRecallOwn, true, http.StatusNotFound},
	} {
		c := newCaller()
		post := bot.Post{ID: "p_b", Message: "om_b", Chat: mainChat, Team: "B", State: bot.PostSent, Sent: time.Now(), Registered: row.registered}
		c.backend.posts = append(c.backend.posts, post)
		c.bearer = c.backend.issue(bot.Token{ID: "t9", Team: "A", Scopes: []bot.TokenScope{row.scope}, Rate: 100})
		if answer := c.call(t, "DELETE", "/posts/om_b", ""); answer.Code != row.status {
			t.Errorf("%s, registered %t: HTTP %d %s", row.scope, row.registered, answer.Code, answer.Body)
		}
	}
}

func TestListMessagesPages(t *testing.T) {
	t.Parallel()
	c := newCaller()
	at := time.UnixMilli(5000)
	for i := range 10 {
		m := bot.Message{ID: bot.MessageID(fmt.Sprint("om_m", i)), Chat: otherChat, Kind: bot.KindOwn, At: at, Answer: i%4 == 1}
		c.backend.unownedMessages = append(c.backend.unownedMessages, m)
	}
	seen, path := map[bot.MessageID]bool{}, "/chats/oc_elsewhere/messages?limit=3"
	for range 9 {
		var page struct {
			Items []web.Message `json:"items"`
			Next  string        `json:"next_cursor"`
		}
		if err := json.Unmarshal(c.call(t, "GET", path, "").Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Items {
			if seen[m.ID] || m.ID == "om_m1" || m.ID == "om_m5" || m.ID == "om_m9" {
				t.Errorf("%s is on two pages, or an answer of ours", m.ID)
			}
			seen[m.ID] = true
		}
		if page.Next == "" {
			break
		}
		path = "/chats/oc_elsewhere/messages?limit=3&cursor=" + page.Next
	}
	if len(seen) != 7 {
		t.Errorf("%d messages in all pages, want 7", len(seen))
	}
}

func TestDocsAreServed(t *testing.T) {
	t.Parallel()
	c := newCaller()
	for path, kind := range map[string]string{"/openapi.json": "application/json", "/openapi.yaml": "application/yaml", "/docs": "text/html"} {
		answer := c.call(t, "GET", path, "", "Authorization: ")
		if answer.Code != http.StatusOK || !strings.HasPrefix(answer.Header().Get("Content-Type"), kind) || answer.Body.Len() < 1000 {
			t.Errorf("%s: HTTP %d %s, %d bytes", path, answer.Code, answer.Header().Get("Content-Type"), answer.Body.Len())
		}
	}
	page := c.call(t, "GET", "/docs", "").Body.String()
	for _, far := range []string{"http://", "https://", "//cdn", "src=", "@import"} {
		if strings.Contains(page, far) {
			t.Errorf("the page loads something from elsewhere: %s", far)
		}
	}
}

// TestHEAD: HEAD is answered like GET without the body, except for the OAuth callback.
func TestHEAD(t *testing.T) {
	t.Parallel()
	d := describe(t)
	bearer := d.issue(fullToken())
	head := func(method, target string) (int, string, http.Header) {
		req, err := http.NewRequestWithContext(t.Context(), method, d.url+target, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+bearer)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body), resp.Header
	}
	targets := []string{"/healthz", "/readyz", "/metrics", "/", "/nothing", "/api/v1/docs", "/api/v1/openapi.json", "/api/v1/openapi.yaml", "/api/v1/nothing", "/webhook/event"}
	for operation, call := range validCalls() {
		if strings.HasPrefix(operation, "GET ") {
			targets = append(targets, call.target, call.target+"?bogus=1")
		}
	}
	targets = append(targets, "/api/v1/recalls/doneB", "/api/v1/posts/p_B")
	for _, target := range targets {
		want, _, header := head(http.MethodGet, target)
		got, body, headed := head(http.MethodHead, target)
		if got != want || body != "" || headed.Get("Content-Type") != header.Get("Content-Type") {
			t.Errorf("HEAD %s = %d %q %s, and GET %d %s", target, got, body, headed.Get("Content-Type"), want, header.Get("Content-Type"))
		}
	}
	if status, _, _ := head(http.MethodHead, "/api/v1/recalls/runningA/events"); status != http.StatusOK { // does not wait for the end
		t.Errorf("HEAD of a stream = %d", status)
	}
	if status, _, _ := head(http.MethodHead, "/oauth/callback?state=s&code=c"); status != http.StatusMethodNotAllowed {
		t.Errorf("HEAD of the page of consent = %d", status)
	}
}

// TestBodyErrors: each body error has its own status.
func TestBodyErrors(t *testing.T) {
	t.Parallel()
	d := describe(t)
	bearer := d.issue(fullToken())
	send := func(target, body string) (int, string) {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(d.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: bot\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n%s", target, bearer, body); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		said, _ := io.ReadAll(resp.Body) // the connection may be closed meanwhile
		return resp.StatusCode, string(said)
	}
	for _, tt := range []struct {
		name, target, body string
		status             int
		want               string
	}{
		{"an event that never comes", "/webhook/event", "Content-Length: 9\r\n\r\n", 408, "did not come in time"},
		{"a large event that never comes", "/webhook/event", "Content-Length: 99999\r\n\r\n", 408, "did not come in time"},
		{"a call in broken chunks", "/api/v1/posts", "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "The body is missing."},
		{"a call that is too large", "/api/v1/posts", "Content-Length: 1048577\r\n\r\n" + strings.Repeat("x", 1<<20+1), 413, "larger than 1048576 bytes"},
	} {
		if status, text := send(tt.target, tt.body); status != tt.status || !strings.Contains(text, tt.want) {
			t.Errorf("%s: %d %s, want %d %s", tt.name, status, text, tt.status, tt.want)
		}
	}
}

// TestProblemDetails: details explain an expired token, a wrong one, too many wrong ones, a filter and an id of an
// example.
func TestProblemDetails(t *testing.T) {
	t.Parallel()
	c := newCaller()
	c.backend.expired = map[string]string{"rb_old_good": "it has expired"}
	for bearer, want := range map[string]string{
		"rb_old_good": "This token is no longer valid: it has expired.", "": "The token is missing, wrong, expired or revoked.", "rb_x_wrong": "The token is missing, wrong, expired or revoked.",
	} {
		c.bearer = bearer
		if p := wantProblem(t, c.call(t, "GET", "/posts", ""), http.StatusUnauthorized); !strings.HasPrefix(p.Detail, want) {
			t.Errorf("%q is told %q", bearer, p.Detail)
		}
	}
	c.bearer = "rb_x_wrong"
	for range 3 {
		c.call(t, "GET", "/posts", "")
	}
	if p := wantProblem(t, c.call(t, "GET", "/posts", ""), http.StatusTooManyRequests); !strings.Contains(p.Detail, "Too many wrong tokens") || !regexp.MustCompile(`not checked for \d+m?s?\.`).MatchString(p.Detail) {
		t.Errorf("after wrong tokens: %q", p.Detail)
	}
	c.bearer = c.backend.issue(fullToken()) // a valid token works from the same address
	if answer := c.call(t, "GET", "/posts", ""); answer.Code != http.StatusOK {
		t.Errorf("a good token after wrong ones: HTTP %d %s", answer.Code, answer.Body)
	}
	clear(c.backend.wrong)
	for call, want := range map[[3]string]string{
		{"POST", "/recalls", `{"chat":"oc_here","filter":"--bto me"}`}:                               "body.filter: said of filter_unknown --bto",
		{"POST", "/recalls", `{"chat":"oc_REPLACE_ME","filter":"--bot me"}`}:                         "body.chat: oc_REPLACE_ME is a placeholder",
		{"POST", "/posts", `{"chats":["oc_here","oc_YOUR_CHAT"],"text":"x"}`}:                        "body.chats[1]: oc_YOUR_CHAT is a placeholder",
		{"POST", "/alertmanager?chat=oc_REPLACE_ME", validCalls()["POST /api/v1/alertmanager"].body}: "query.chat: oc_REPLACE_ME is a placeholder",
		{"POST", "/alertmanager", validCalls()["POST /api/v1/alertmanager"].body}:                    "query.chat: chat is missing",
	} {
		p := wantProblem(t, c.call(t, call[0], call[1], call[2]), http.StatusUnprocessableEntity)
		if len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Location+": "+p.Errors[0].Message, want) || p.Detail != p.Errors[0].Message {
			t.Errorf("%v: %+v, want %s", call, p, want)
		}
	}
	failed := bot.Post{ID: "p_failed", Team: "A", Chat: mainChat, State: bot.PostFailed, Reason: bot.ReasonBadRequest, Code: 230034}
	c.backend.posts = append(c.backend.posts, failed)
	if body := c.call(t, "GET", "/posts/p_failed", "").Body.String(); !strings.Contains(body, `"detail":"said of bad_request 230034"`) {
		t.Errorf("a post that failed: %s", body)
	}
	c.backend.jobs["failed"] = bot.Job{ID: "failed", Kind: bot.JobClean, State: bot.JobFailed, By: &bot.Principal{Team: "A"}, Chat: mainChat, Reason: bot.ReasonNotInChat, Code: 230002}
	if body := c.call(t, "GET", "/recalls/failed", "").Body.String(); !strings.Contains(body, `"detail":"said of not_in_chat 230002"`) {
		t.Errorf("a recall that failed: %s", body)
	}
}

// TestTrace: each call has a span with its operation and status, and its work is within the span.
func TestTrace(t *testing.T) {
	t.Parallel()
	o := newBackend()
	o.seed()
	var traced []string
	parts := o.api()
	parts.Trace = func(ctx context.Context, operation string) (context.Context, func(int)) {
		return ctx, func(status int) { traced = append(traced, fmt.Sprint(operation, " ", status)) }
	}
	served := web.New(web.Deps{
		API: parts, Logger: slog.New(slog.DiscardHandler), Metrics: http.NotFoundHandler(), Ready: map[string]func(context.Context) error{},
	}).Handler()
	c := &caller{o, served, o.issue(fullToken())}
	c.call(t, "GET", "/posts", "")
	c.call(t, "GET", "/posts/p_B", "")
	if want := []string{"get-posts 200", "get-posts-id 404"}; !slices.Equal(traced, want) {
		t.Errorf("traced are %q, want %q", traced, want)
	}
}

// TestDocsPageHasEveryOperation: the page has a place and a Chinese text for each operation and each group.
func TestDocsPageHasEveryOperation(t *testing.T) {
	t.Parallel()
	c := newCaller()
	page := c.call(t, "GET", "/docs", "").Body.String()
	var described struct {
		Info  struct{ Description string }
		Tags  []struct{ Name string }
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(c.call(t, "GET", "/openapi.json", "", "Authorization: ").Body.Bytes(), &described); err != nil {
		t.Fatal(err)
	}
	known := func(key string) {
		if !strings.Contains(page, " "+key+": '") && !strings.Contains(page, "'"+key+"': '") {
			t.Errorf("the page has no words for %s", key)
		}
	}
	for _, tag := range described.Tags {
		known(tag.Name)
	}
	for _, methods := range described.Paths {
		for _, operation := range methods {
			known(operation.OperationID)
		}
	}
	for _, said := range []string{"Authorization: Bearer rb_", "recallbot token create", "application/problem+json", "next_cursor"} {
		if !strings.Contains(page, said) || !strings.Contains(described.Info.Description, said) {
			t.Errorf("the page or the description says nothing of %s", said)
		}
	}
}
