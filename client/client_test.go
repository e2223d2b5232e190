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

// bot answers requests without a network, so that time can be fake. Each answer is used once; the last one stays.
type bot struct {
	answers []answer
	seen    []request
}

// request is what came in.
type request struct {
	Method, URL, Auth, Key, Prefer, LastEvent, Body string
	At                                              time.Time
}

func (b *bot) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	b.seen = append(b.seen, request{
		req.Method, req.URL.RequestURI(), req.Header.Get("Authorization"), req.Header.Get("Idempotency-Key"),
		req.Header.Get("Prefer"), req.Header.Get("Last-Event-ID"), string(body), time.Now(),
	})
	next := b.answers[min(len(b.seen), len(b.answers))-1]
	if next.err != nil {
		return nil, next.err
	}
	resp := &http.Response{StatusCode: next.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(next.body)), Request: req}
	if next.dead {
		resp.Body = deadBody(req.Context())
	}
	if next.replay {
		resp.Header.Set("Idempotent-Replay", "true")
	}
	if next.retry != "" {
		resp.Header.Set("Retry-After", next.retry)
	}
	return resp, nil
}

// deadBody says nothing until the request is given up.
func deadBody(ctx context.Context) io.ReadCloser {
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

// answer is what the bot says: a status and a body, after which time to come again, or that the connection breaks (err)
// or falls silent (dead).
type answer struct {
	status      int
	body, retry string
	err         error
	dead        bool
	// replay says that the key came before.
	replay bool
}

func says(status int, body string) answer { return answer{status: status, body: body} }
func busy(status int, retry string) answer {
	return answer{status: status, body: `{"title":"not now"}`, retry: retry}
}
func fails(err error) answer           { return answer{err: err} }
func answering(answers ...answer) *bot { return &bot{answers: answers} }

// TestEveryRoute sees that each method asks for what the API has.
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
			b := answering(says(200, `{}`))
			if err := row.do(t.Context(), b.client(t)); err != nil {
				t.Fatal(err)
			}
			if len(b.seen) != 1 {
				t.Fatalf("%d requests, want 1", len(b.seen))
			}
			got := b.seen[0]
			if got.Method+" "+got.URL != row.want || got.Body != row.body || got.Auth != "Bearer "+token {
				t.Errorf("the bot saw %+v, want %s with %s", got, row.want, row.body)
			}
		})
	}
}

func TestAPostIsRepeatedUnderOneKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := answering(busy(503, "7"), fails(io.ErrUnexpectedEOF), says(429, ``),
			says(202, `{"group":"g1","posts":[{"id":"p_1","state":"queued"}]}`))
		posted, err := b.client(t).Post(t.Context(), client.PostOrder{Chats: []string{"oc_1"}, Text: "hi", Wait: 1500 * time.Millisecond})
		if err != nil || posted.Group != "g1" || len(posted.Posts) != 1 || posted.Posts[0].State != client.PostQueued {
			t.Fatalf("got %+v, %v", posted, err)
		}
		if len(b.seen) != 4 {
			t.Fatalf("%d requests, want 4", len(b.seen))
		}
		for _, r := range b.seen {
			if r.Key == "" || r.Key != b.seen[0].Key || r.Body != b.seen[0].Body || r.Prefer != "wait=2" {
				t.Errorf("a repetition differs: %+v", r)
			}
		}
		if waited := b.seen[1].At.Sub(b.seen[0].At); waited < 7*time.Second {
			t.Errorf("waited %s, asked to wait 7s", waited)
		}
	})
}

func TestWhatIsNotRepeated(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection reset")
	rows := []struct {
		name   string
		answer answer
		do     func(context.Context, *client.Client) error
		want   error
	}{
		{"an undo that may have begun", fails(lost), func(ctx context.Context, c *client.Client) error {
			_, err := c.Undo(ctx, "j1")
			return err
		}, lost},
		{"a refusal", says(403, `{}`), func(ctx context.Context, c *client.Client) error {
			_, err := c.TakeBack(ctx, "p_1")
			return err
		}, client.ErrForbidden},
		{"longer than there is patience", busy(429, "3600"), func(ctx context.Context, c *client.Client) error {
			_, err := c.FindPost(ctx, "p_1")
			return err
		}, client.ErrBusy},
		{"an odd answer", says(200, `<html>`), func(ctx context.Context, c *client.Client) error {
			_, err := c.FindRecall(ctx, "j1")
			return err
		}, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := answering(row.answer)
			err := row.do(t.Context(), b.client(t))
			if err == nil || (row.want != nil && !errors.Is(err, row.want)) {
				t.Errorf("error %v, want %v", err, row.want)
			}
			if len(b.seen) != 1 {
				t.Errorf("%d requests, want 1", len(b.seen))
			}
		})
	}
}

func TestTriesEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := answering(says(503, `{"title":"Service Unavailable","detail":"Redis is away"}`))
		_, err := b.client(t).FindPost(t.Context(), "p_1")
		if !errors.Is(err, client.ErrUnavailable) || len(b.seen) != 4 {
			t.Errorf("%d requests and %v, want 4 and ErrUnavailable", len(b.seen), err)
		}
	})
}

func TestACallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b := answering(busy(503, "30"))
		if _, err := b.client(t).FindPost(ctx, "p_1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the context's", err)
		}
	})
}

func TestAnErrorHoldsTheProblem(t *testing.T) {
	t.Parallel()
	b := answering(says(422, `{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"too old",
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

func TestKindsOfErrors(t *testing.T) {
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

func TestPagesAreFollowed(t *testing.T) {
	t.Parallel()
	b := answering(says(200, `{"items":[{"id":"p_1"},{"id":"p_2"}],"next_cursor":"c2"}`), says(200, `{"items":[{"id":"p_3"}]}`))
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
	if len(b.seen) != 2 || b.seen[1].URL != "/api/v1/posts?author=ou_1&cursor=c2" {
		t.Errorf("the bot saw %+v", b.seen)
	}
}

func TestPagesEnd(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  string
		bot   *bot
		take  int
		items int
		err   error
	}{
		{"with whoever listens", answering(says(200, `{"items":[{"id":"1"},{"id":"2"}],"next_cursor":"c"}`)), 1, 1, nil},
		{"with an error", answering(says(200, `{"items":[{"id":"1"}],"next_cursor":"c"}`), says(401, ``)), 9, 1, client.ErrUnauthorized},
		{"where a cursor leads to itself", answering(says(200, `{"items":[{"id":"1"}],"next_cursor":"c"}`)), 9, 2, nil},
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

func TestNewChecksWhatItIsGiven(t *testing.T) {
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

// TestServerBelowAPath: the bot may stand behind a proxy, and people paste the address with the API's own path.
func TestServerBelowAPath(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"https://example.com/bots/one", "https://example.com/bots/one/api/v1/"} {
		b := answering(says(200, `{}`))
		c, err := client.New(server, token, client.Options{HTTP: &http.Client{Transport: b}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.FindPost(t.Context(), "p_1"); err != nil || b.seen[0].URL != "/bots/one/api/v1/posts/p_1" {
			t.Errorf("%s: %v, %+v", server, err, b.seen)
		}
	}
}

func TestNothingIsNoName(t *testing.T) {
	t.Parallel()
	b := answering(says(200, `{}`))
	for _, id := range []string{"", ".", ".."} {
		if _, err := b.client(t).RecallGroup(t.Context(), id, ""); err == nil {
			t.Errorf("%q passes for a group", id)
		}
	}
	if len(b.seen) != 0 {
		t.Errorf("the bot saw %+v", b.seen)
	}
}

// TestAFaultIsSaidOnce: where the detail is that of the only place, the place is put before it.
func TestAFaultIsSaidOnce(t *testing.T) {
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

// TestPostTellsARepetition: what the bot knows from an earlier call is none of this one's doing; what it knows from an
// earlier try of this call is.
func TestPostTellsARepetition(t *testing.T) {
	t.Parallel()
	const posted = `{"group":"g","posts":[]}`
	lost := answer{err: errors.New("connection reset")}
	for name, row := range map[string]struct {
		answers []answer
		want    bool
	}{
		"new":                   {[]answer{{status: 202, body: posted}}, false},
		"known":                 {[]answer{{status: 202, body: posted, replay: true}}, true},
		"known since this call": {[]answer{lost, {status: 202, body: posted, replay: true}}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := &bot{answers: row.answers}
			got, err := b.client(t).Post(t.Context(), client.PostOrder{Text: "hi", Key: "k"})
			if err != nil || got.Replayed != row.want {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		})
	}
}
