package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/client"
)

const token = "rb_t1_secret"

// bot responds without a network, so that synctest can fake time. Each response is used once, the last one
// repeatedly.
type bot struct {
	responses []response
	requests  []request
}

// request is a received request.
type request struct {
	Method, URL, Auth, Key, Prefer, LastEvent, Body string
	At                                              time.Time
}

func (b *bot) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	b.requests = append(b.requests, request{
		req.Method, req.URL.RequestURI(), req.Header.Get("Authorization"), req.Header.Get("Idempotency-Key"),
		req.Header.Get("Prefer"), req.Header.Get("Last-Event-ID"), string(body), time.Now(),
	})
	next := b.responses[min(len(b.requests), len(b.responses))-1]
	if next.err != nil {
		return nil, next.err
	}
	resp := &http.Response{StatusCode: next.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(next.body)), Request: req}
	if next.silent {
		resp.Body = silentBody(req.Context())
	}
	if next.replay {
		resp.Header.Set("Idempotent-Replay", "true")
	}
	if next.retry != "" {
		resp.Header.Set("Retry-After", next.retry)
	}
	return resp, nil
}

// silentBody blocks until the request is cancelled.
func silentBody(ctx context.Context) io.ReadCloser {
	reader, writer := io.Pipe()
	context.AfterFunc(ctx, func() { _ = writer.CloseWithError(ctx.Err()) })
	return reader
}

func (b *bot) client(t *testing.T) *client.Client {
	t.Helper()
	c, err := client.New("https://bot.example.com/", token, client.Options{HTTP: &http.Client{Transport: b}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// response is a response of the bot: status, body and Retry-After; or a broken connection (err) or a silent one.
type response struct {
	status      int
	body, retry string
	err         error
	silent      bool
	// replay sets Idempotent-Replay.
	replay bool
}

func respond(status int, body string) response { return response{status: status, body: body} }
func busy(status int, retry string) response {
	return response{status: status, body: `{"title":"not now"}`, retry: retry}
}
func respondError(err error) response { return response{err: err} }
func newBot(answers ...response) *bot { return &bot{responses: answers} }

// TestEveryRoute: each method requests its route.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage(`{"version":"4"}`)
	rows := []struct {
		want string
		body string
		do   func(context.Context, *client.Client) error
	}{
		{"POST /api/v1/posts", `{"chats":["oc_1"],"text":"hi","undo":{"button":true}}`, func(ctx context.Context, c *client.Client) error {
			_, err := c.Post(ctx, client.PostOrder{Chats: []string{"oc_1"}, Text: "hi", Undo: &client.Undo{Button: true}})
			return err
		}},
		{"POST /api/v1/posts/register", `{"messages":[{"message_id":"om_1"}],"group":"g"}`, func(ctx context.Context, c *client.Client) error {
			_, err := c.Register(ctx, client.Registration{Messages: []client.MessageRef{{MessageID: "om_1"}}, Group: "g"})
			return err
		}},
		{"GET /api/v1/posts?cursor=x&group=a%2Fb&limit=5&state=sent", "", func(ctx context.Context, c *client.Client) error {
			_, err := c.PostsPage(ctx, client.PostsQuery{Group: "a/b", State: client.PostSent, PerPage: 5}, "x")
			return err
		}},
		{"GET /api/v1/posts/p_1", "", func(ctx context.Context, c *client.Client) error {
			_, err := c.FindPost(ctx, "p_1")
			return err
		}},
		{"DELETE /api/v1/posts/om_1", "", func(ctx context.Context, c *client.Client) error {
			_, err := c.TakeBack(ctx, "om_1")
			return err
		}},
		{"DELETE /api/v1/groups/release%2F42?team=docs", "", func(ctx context.Context, c *client.Client) error {
			_, err := c.RecallGroup(ctx, "release/42", "docs")
			return err
		}},
		{"POST /api/v1/recalls", `{"messages":["om_1"],"confirm":false}`, func(ctx context.Context, c *client.Client) error {
			_, err := c.Preview(ctx, client.RecallOrder{Messages: []string{"om_1"}})
			return err
		}},
		{"POST /api/v1/recalls", `{"chat":"oc_1","filter":"--bot me","confirm":true}`, func(ctx context.Context, c *client.Client) error {
			_, err := c.Recall(ctx, client.RecallOrder{Chat: "oc_1", Filter: "--bot me"})
			return err
		}},
		{"GET /api/v1/recalls/j1", "", func(ctx context.Context, c *client.Client) error {
			_, err := c.FindRecall(ctx, "j1")
			return err
		}},
		{"GET /api/v1/recalls?group=g&limit=7&state=done", "", func(ctx context.Context, c *client.Client) error {
			_, err := c.RecallsPage(ctx, client.RecallsQuery{State: client.RecallDone, Group: "g", PerPage: 7}, "")
			return err
		}},
		{"DELETE /api/v1/recalls/j1", "", func(ctx context.Context, c *client.Client) error {
			_, err := c.Stop(ctx, "j1")
			return err
		}},
		{"POST /api/v1/recalls/j1/undo", "", func(ctx context.Context, c *client.Client) error {
			_, err := c.Undo(ctx, "j1")
			return err
		}},
		{"GET /api/v1/audit?chat=oc_1&limit=9", "", func(ctx context.Context, c *client.Client) error {
			_, err := c.AuditPage(ctx, "oc_1", 9, "")
			return err
		}},
		{"GET /api/v1/chats", "", func(ctx context.Context, c *client.Client) error {
			for _, err := range c.Chats(ctx) {
				return err
			}
			return nil
		}},
		{"GET /api/v1/chats/oc_1/messages", "", func(ctx context.Context, c *client.Client) error {
			for _, err := range c.Messages(ctx, "oc_1") {
				return err
			}
			return nil
		}},
		{"POST /api/v1/alertmanager?chat=oc_1&resolved=10m", string(raw), func(ctx context.Context, c *client.Client) error {
			return c.Alertmanager(ctx, client.AlertOptions{Chat: "oc_1", Resolved: "10m"}, raw)
		}},
		{"POST /api/v1/grafana?again=same&chat=oc_1", string(raw), func(ctx context.Context, c *client.Client) error {
			return c.Grafana(ctx, client.AlertOptions{Chat: "oc_1", Again: "same"}, raw)
		}},
		{"GET /api/v1/openapi.json", "", func(ctx context.Context, c *client.Client) error {
			_, err := c.OpenAPI(ctx)
			return err
		}},
	}
	for _, row := range rows {
		t.Run(row.want, func(t *testing.T) {
			t.Parallel()
			b := newBot(respond(200, `{}`))
			if err := row.do(t.Context(), b.client(t)); err != nil {
				t.Fatal(err)
			}
			if len(b.requests) != 1 {
				t.Fatalf("%d requests, want 1", len(b.requests))
			}
			got := b.requests[0]
			if got.Method+" "+got.URL != row.want || got.Body != row.body || got.Auth != "Bearer "+token {
				t.Errorf("the bot saw %+v, want %s with %s", got, row.want, row.body)
			}
		})
	}
}

func TestPostRetriesWithOneKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBot(busy(503, "7"), respondError(io.ErrUnexpectedEOF), respond(429, ``),
			respond(202, `{"group":"g1","posts":[{"id":"p_1","state":"queued"}]}`))
		posted, err := b.client(t).Post(t.Context(), client.PostOrder{Chats: []string{"oc_1"}, Text: "hi", Wait: 1500 * time.Millisecond})
		if err != nil || posted.Group != "g1" || len(posted.Posts) != 1 || posted.Posts[0].State != client.PostQueued {
			t.Fatalf("got %+v, %v", posted, err)
		}
		if len(b.requests) != 4 {
			t.Fatalf("%d requests, want 4", len(b.requests))
		}
		for _, r := range b.requests {
			if r.Key == "" || r.Key != b.requests[0].Key || r.Body != b.requests[0].Body || r.Prefer != "wait=2" {
				t.Errorf("a repetition differs: %+v", r)
			}
		}
		if waited := b.requests[1].At.Sub(b.requests[0].At); waited < 7*time.Second {
			t.Errorf("waited %s, asked to wait 7s", waited)
		}
	})
}

func TestNotRetried(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection reset")
	rows := []struct {
		name   string
		answer response
		do     func(context.Context, *client.Client) error
		want   error
	}{
		{"an undo that may have begun", respondError(lost), func(ctx context.Context, c *client.Client) error {
			_, err := c.Undo(ctx, "j1")
			return err
		}, lost},
		{"a refusal", respond(403, `{}`), func(ctx context.Context, c *client.Client) error {
			_, err := c.TakeBack(ctx, "p_1")
			return err
		}, client.ErrForbidden},
		{"longer than there is patience", busy(429, "3600"), func(ctx context.Context, c *client.Client) error {
			_, err := c.FindPost(ctx, "p_1")
			return err
		}, client.ErrBusy},
		{"an odd answer", respond(200, `<html>`), func(ctx context.Context, c *client.Client) error {
			_, err := c.FindRecall(ctx, "j1")
			return err
		}, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBot(row.answer)
			err := row.do(t.Context(), b.client(t))
			if err == nil || (row.want != nil && !errors.Is(err, row.want)) {
				t.Errorf("error %v, want %v", err, row.want)
			}
			if len(b.requests) != 1 {
				t.Errorf("%d requests, want 1", len(b.requests))
			}
		})
	}
}

func TestMaxTries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBot(respond(503, `{"title":"Service Unavailable","detail":"Redis is away"}`))
		_, err := b.client(t).FindPost(t.Context(), "p_1")
		if !errors.Is(err, client.ErrUnavailable) || len(b.requests) != 4 {
			t.Errorf("%d requests and %v, want 4 and ErrUnavailable", len(b.requests), err)
		}
	})
}

func TestContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b := newBot(busy(503, "30"))
		if _, err := b.client(t).FindPost(ctx, "p_1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the context's", err)
		}
	})
}

func TestErrorFields(t *testing.T) {
	t.Parallel()
	b := newBot(respond(422, `{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"too old",
		"errors":[{"location":"body.chats","message":"none"}],"reason":"too_old","code":230009,"log_id":"L1"}`))
	_, err := b.client(t).TakeBack(t.Context(), "p_1")
	problem, ok := errors.AsType[*client.Error](err)
	if !ok {
		t.Fatalf("error %v", err)
	}
	want := &client.Error{
		Type: "about:blank", Title: "Unprocessable Entity", Status: 422, Detail: "too old", Reason: "too_old", Code: 230009,
		LogID: "L1", Errors: []client.Fault{{Location: "body.chats", Message: "none"}},
	}
	if diff := cmp.Diff(want, problem); diff != "" {
		t.Error(diff)
	}
	const text = "HTTP 422: Unprocessable Entity: too old: body.chats: none (too_old, code 230009, log id L1)"
	if err.Error() != text {
		t.Errorf("says %q, want %q", err, text)
	}
}

func TestErrorIs(t *testing.T) {
	t.Parallel()
	kinds := []error{
		client.ErrUnauthorized, client.ErrForbidden, client.ErrNotFound, client.ErrConflict, client.ErrInvalid, client.ErrBusy,
		client.ErrUnavailable,
	}
	for status, want := range map[int]error{
		401: client.ErrUnauthorized, 403: client.ErrForbidden, 404: client.ErrNotFound, 409: client.ErrConflict,
		400: client.ErrInvalid, 413: client.ErrInvalid, 422: client.ErrInvalid, 429: client.ErrBusy,
		500: client.ErrUnavailable, 502: client.ErrUnavailable, 503: client.ErrUnavailable,
	} {
		for _, kind := range kinds {
			if got := errors.Is(&client.Error{Status: status}, kind); got != errors.Is(kind, want) {
				t.Errorf("HTTP %d is %v: %t", status, kind, got)
			}
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	b := newBot(respond(200, `{"items":[{"id":"p_1"},{"id":"p_2"}],"next_cursor":"c2"}`), respond(200, `{"items":[{"id":"p_3"}]}`))
	var ids []string
	for post, err := range b.client(t).Posts(t.Context(), client.PostsQuery{Author: "ou_1"}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, post.ID)
	}
	if diff := cmp.Diff([]string{"p_1", "p_2", "p_3"}, ids); diff != "" {
		t.Error(diff)
	}
	if len(b.requests) != 2 || b.requests[1].URL != "/api/v1/posts?author=ou_1&cursor=c2" {
		t.Errorf("the bot saw %+v", b.requests)
	}
}

func TestPagesBreak(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  string
		bot   *bot
		take  int
		items int
		err   error
	}{
		{"by the caller", newBot(respond(200, `{"items":[{"id":"1"},{"id":"2"}],"next_cursor":"c"}`)), 1, 1, nil},
		{"with an error", newBot(respond(200, `{"items":[{"id":"1"}],"next_cursor":"c"}`), respond(401, ``)), 9, 1, client.ErrUnauthorized},
		{"repeated cursor", newBot(respond(200, `{"items":[{"id":"1"}],"next_cursor":"c"}`)), 9, 2, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			items, last := 0, error(nil)
			for _, err := range row.bot.client(t).Audit(t.Context(), "") {
				if err != nil {
					last = err
					continue
				}
				if items++; items == row.take {
					break
				}
			}
			if items != row.items || !errors.Is(last, row.err) {
				t.Errorf("%d items and %v, want %d and %v", items, last, row.items, row.err)
			}
		})
	}
}

func TestNewArguments(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"", "bot.example.com", "ftp://bot", "https://", "https://bot?x=1", "http://[::1"} {
		if _, err := client.New(server, token, client.Options{}); err == nil {
			t.Errorf("the server %q passes", server)
		}
	}
	for _, bad := range []string{"", "two words", "line\n"} {
		if _, err := client.New("https://bot", bad, client.Options{}); err == nil {
			t.Errorf("the token %q passes", bad)
		}
	}
}

// TestServerWithPath: the bot may be behind a proxy, and the address may include the API's path.
func TestServerWithPath(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"https://example.com/bots/one", "https://example.com/bots/one/api/v1/"} {
		b := newBot(respond(200, `{}`))
		c, err := client.New(server, token, client.Options{HTTP: &http.Client{Transport: b}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.FindPost(t.Context(), "p_1"); err != nil || b.requests[0].URL != "/bots/one/api/v1/posts/p_1" {
			t.Errorf("%s: %v, %+v", server, err, b.requests)
		}
	}
}

func TestEmptyIDs(t *testing.T) {
	t.Parallel()
	b := newBot(respond(200, `{}`))
	for _, id := range []string{"", ".", ".."} {
		if _, err := b.client(t).RecallGroup(t.Context(), id, ""); err == nil {
			t.Errorf("%q passes for a group", id)
		}
	}
	if len(b.requests) != 0 {
		t.Errorf("the bot saw %+v", b.requests)
	}
}

// TestErrorTextWithoutRepetition: a detail that equals an error's message appears once, with the place.
func TestErrorTextWithoutRepetition(t *testing.T) {
	t.Parallel()
	e := &client.Error{
		Title: "Unprocessable Entity", Status: 422, Detail: "I don't know “--bto”.", Reason: "filter_unknown",
		Errors: []client.Fault{{Location: "body.filter", Message: "I don't know “--bto”."}, {Location: "body.team", Message: "none"}},
	}
	const want = "HTTP 422: Unprocessable Entity: body.filter: I don't know “--bto”.: body.team: none (filter_unknown)"
	if got := e.Error(); got != want {
		t.Errorf("says %q, want %q", got, want)
	}
	if got := (&client.Error{Title: "Not Found", Status: 404, Detail: "Not Found"}).Error(); got != "HTTP 404: Not Found" {
		t.Errorf("says %q", got)
	}
}

// TestPostReplayed: Replayed means that an earlier call used the key, not an earlier attempt of this call.
func TestPostReplayed(t *testing.T) {
	t.Parallel()
	const posted = `{"group":"g","posts":[]}`
	lost := response{err: errors.New("connection reset")}
	for name, row := range map[string]struct {
		answers []response
		want    bool
	}{
		"new":                   {[]response{{status: 202, body: posted}}, false},
		"known":                 {[]response{{status: 202, body: posted, replay: true}}, true},
		"known since this call": {[]response{lost, {status: 202, body: posted, replay: true}}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := &bot{responses: row.answers}
			got, err := b.client(t).Post(t.Context(), client.PostOrder{Text: "hi", Key: "k"})
			if err != nil || got.Replayed != row.want {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		})
	}
}
