package cli_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recallbot/cli"
	"recallbot/client"
)

// harness is a Terminal with a fake API: "METHOD /path" -> answers in turn; the last one repeats.
type harness struct {
	*cli.Terminal

	out, side bytes.Buffer
	requests  []string
	bodies    []string
	replays   bool
}

type answers map[string][]string

func newHarness(t *testing.T, known answers) *harness {
	t.Helper()
	d := &harness{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		what := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/api/v1")
		d.requests, d.bodies = append(d.requests, what), append(d.bodies, string(body))
		list := known[what]
		if len(list) == 0 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if len(list) > 1 {
			known[what] = list[1:]
		}
		status, text, _ := strings.Cut(list[0], " ")
		code := map[string]int{"200": 200, "202": 202, "403": 403, "422": 422}[status]
		if text, d.replays = strings.CutPrefix(text, "again "); d.replays {
			w.Header().Set("Idempotent-Replay", "true")
		}
		if strings.HasPrefix(text, "event:") {
			w.Header().Set("Content-Type", "text/event-stream")
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	bot, err := client.New(server.URL, "rb_t1_secret", client.Options{Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	d.Terminal = &cli.Terminal{Bot: bot, Out: &d.out, ErrOut: &d.side, In: strings.NewReader("")}
	return d
}

// wantCode checks the exit code of a command.
func (d *harness) wantCode(t *testing.T, err error, code int) {
	t.Helper()
	got := cli.CodeDone
	if err != nil {
		exit, ok := errors.AsType[*cli.Exit](err)
		if !ok {
			t.Fatalf("an error without a code: %v", err)
		}
		got = exit.Code
	}
	if got != code {
		t.Errorf("exit code %d (%v), want %d; out %q, side %q", got, err, code, d.out.String(), d.side.String())
	}
}

// wantText checks what was printed.
func wantText(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}

const (
	preview = `200 {"count":12,"sample":[{"message_id":"om_1","chat_id":"oc_1","at":"2026-09-01T08:00:00Z","kind":"own"}],"skipped":{"pinned":1},"unseen":["unseen_older"],"estimated_seconds":3}`
	begun   = `202 {"id":"j1","state":"waiting","total":12}`
	done    = "200 event: progress\nid: 1\ndata: {\"id\":\"j1\",\"state\":\"running\",\"total\":12,\"settled\":6,\"eta_seconds\":2}\n\n" +
		"event: end\nid: 2\ndata: {\"id\":\"j1\",\"state\":\"done\",\"total\":12,\"settled\":12,\"counts\":{\"recalled\":11,\"already_gone\":1}}\n\n"
	halfway = "200 event: end\nid: 2\ndata: {\"id\":\"j1\",\"state\":\"done\",\"total\":2,\"settled\":2,\"counts\":{\"recalled\":1,\"too_old\":1}}\n\n"
	failed  = "200 event: end\nid: 2\ndata: {\"id\":\"j1\",\"state\":\"failed\",\"reason\":\"no_history\",\"code\":230027,\"log_id\":\"L\"}\n\n"
)

func TestRecallAsksAndShowsProgress(t *testing.T) {
	t.Parallel()
	d := newHarness(t, answers{"POST /recalls": {preview, begun}, "GET /recalls/j1/events": {done}})
	d.Interactive, d.In = true, strings.NewReader("y\n")
	err := d.Recall(t.Context(), cli.RecallRequest{RecallOrder: client.RecallOrder{Chat: "oc_1", Filter: "--bot me"}})
	d.wantCode(t, err, cli.CodeDone)
	wantText(t, d.side.String(), "12 messages would go, in about 3s", "om_1", "and 11 more", "stays: 1 pinned", "I did not look at older messages.",
		"Recall 12 messages? [y/N]", "▰▰▰▰▰▰▰▰▰▰▰▰▱▱▱▱▱▱▱▱▱▱▱▱ 6 of 12, 2s left", "12 of 12")
	wantText(t, d.out.String(), "j1 done, 1 already gone, 11 recalled")
	wantText(t, d.bodies[0], `"confirm":false`)
	wantText(t, d.bodies[1], `"confirm":true`)
}

func TestRecallExitCodes(t *testing.T) {
	t.Parallel()
	group := cli.RecallRequest{RecallOrder: client.RecallOrder{Group: "g"}}
	sure := group
	sure.Yes = true
	left := sure
	left.Detach = true
	rows := []struct {
		name  string
		known answers
		req   cli.RecallRequest
		json  bool
		code  int
		out   string
	}{
		{"done", answers{"POST /recalls": {begun}, "GET /recalls/j1/events": {done}}, sure, false, cli.CodeDone, "11 recalled"},
		{"in part", answers{"POST /recalls": {begun}, "GET /recalls/j1/events": {halfway}}, sure, false, cli.CodePartial, "1 too old"},
		{"not at all", answers{"POST /recalls": {begun}, "GET /recalls/j1/events": {failed}}, sure, false, cli.CodeFailed, "no history (code 230027, log id L)"},
		{"left alone", answers{"POST /recalls": {begun}}, left, false, cli.CodeDone, "j1 waiting"},
		{"as JSON", answers{"POST /recalls": {begun}, "GET /recalls/j1/events": {done}}, sure, true, cli.CodeDone, `"counts":{"already_gone":1,"recalled":11}`},
		{"not confirmed", answers{"POST /recalls": {preview}}, group, false, cli.CodeUnconfirmed, ""},
		{"a preview as JSON", answers{"POST /recalls": {preview}}, group, true, cli.CodeUnconfirmed, `"count":12`},
		{"nothing there", answers{"POST /recalls": {`200 {"count":0}`}}, group, false, cli.CodeNothing, ""},
		{"another team's", nil, sure, false, cli.CodeNothing, ""},
		{"not allowed", answers{"POST /recalls": {`403 {"title":"Forbidden"}`}}, sure, false, cli.CodeRefused, ""},
		{"an odd filter", answers{"POST /recalls": {`422 {"title":"Unprocessable","detail":"unknown filter"}`}}, sure, false, cli.CodeFailed, ""},
		{"said in two ways", nil, cli.RecallRequest{Targets: []string{"om_1"}, RecallOrder: client.RecallOrder{Group: "g"}}, false, cli.CodeUsage, ""},
		{"posts and messages", nil, cli.RecallRequest{Targets: []string{"om_1", "p_1"}}, false, cli.CodeUsage, ""},
		{"said in no way", nil, cli.RecallRequest{}, false, cli.CodeUsage, ""},
		{"a whole chat", nil, cli.RecallRequest{RecallOrder: client.RecallOrder{Chat: "oc_1"}}, false, cli.CodeUsage, ""},
		{"a filter for nothing", nil, cli.RecallRequest{Targets: []string{"om_1"}, RecallOrder: client.RecallOrder{Filter: "--bot me"}}, false, cli.CodeUsage, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t, row.known)
			d.JSON = row.json
			d.wantCode(t, d.Recall(t.Context(), row.req), row.code)
			wantText(t, d.out.String(), row.out)
			if row.code == cli.CodeUsage && len(d.requests) != 0 {
				t.Errorf("the bot was asked %v", d.requests)
			}
			if !row.req.Yes && strings.Contains(strings.Join(d.bodies, ""), `"confirm":true`) {
				t.Error("it was confirmed by nobody")
			}
		})
	}
}

func TestRecallOfPosts(t *testing.T) {
	t.Parallel()
	known := func() answers {
		return answers{
			"DELETE /posts/p_1": {`200 {"outcome":"already_gone","rule":"team","post":{"id":"p_1"}}`},
			"DELETE /posts/p_2": {`403 {"title":"Forbidden","reason":"no_right"}`},
		}
	}
	d := newHarness(t, known())
	d.wantCode(t, d.Recall(t.Context(), cli.RecallRequest{Targets: []string{"p_1"}, Yes: true}), cli.CodeDone)
	wantText(t, d.out.String(), "p_1 already gone")
	d = newHarness(t, known())
	err := d.Recall(t.Context(), cli.RecallRequest{Targets: []string{"p_1", "p_2"}, Yes: true})
	d.wantCode(t, err, cli.CodePartial)
	wantText(t, err.Error(), "p_2", "no_right")
	d = newHarness(t, known())
	d.wantCode(t, d.Recall(t.Context(), cli.RecallRequest{Targets: []string{"p_2"}, Yes: true}), cli.CodeRefused)
	d = newHarness(t, known())
	d.wantCode(t, d.Recall(t.Context(), cli.RecallRequest{Targets: []string{"p_1"}}), cli.CodeUnconfirmed)
	if len(d.requests) != 0 {
		t.Errorf("the bot was asked %v", d.requests)
	}
}

func TestPost(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "card.json")
	if err := os.WriteFile(file, []byte(`{"schema":"2.0"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	const queued = `202 {"group":"g","posts":[{"id":"p_1","state":"queued","chat_id":"oc_1"},{"id":"p_2","state":"sent","chat_id":"oc_2"}]}`
	to := client.PostOrder{Chats: []string{"oc_1"}}
	text, piped := to, to
	text.Text, piped.Text = "hi", "-"
	rows := []struct {
		name  string
		known answers
		req   cli.PostRequest
		code  int
		out   string
		body  string
	}{
		{"a text", answers{"POST /posts": {queued}}, cli.PostRequest{PostOrder: text}, cli.CodeDone, "group g", `"text":"hi"`},
		{"a card", answers{"POST /posts": {queued}}, cli.PostRequest{PostOrder: to, CardFile: file}, cli.CodeDone, "queued", `"card":{"schema":"2.0"}`},
		{"from a pipe", answers{"POST /posts": {queued}}, cli.PostRequest{PostOrder: piped}, cli.CodeDone, "group g", `"text":"piped"`},
		{
			"waited for",
			answers{"POST /posts": {queued}, "GET /posts/p_1": {
				`200 {"id":"p_1","state":"failed","error":{"reason":"not_in_chat","code":230002}}`,
			}},
			cli.PostRequest{PostOrder: text, Wait: true},
			cli.CodePartial, "not in chat (code 230002", `"text":"hi"`,
		},
		{"nothing", nil, cli.PostRequest{PostOrder: to}, cli.CodeUsage, "", ""},
		{"nowhere", nil, cli.PostRequest{PostOrder: client.PostOrder{Text: "hi"}}, cli.CodeUsage, "", ""},
		{"no such file", nil, cli.PostRequest{PostOrder: to, CardFile: file + "x"}, cli.CodeUsage, "", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t, row.known)
			d.In = strings.NewReader("piped")
			d.wantCode(t, d.Post(t.Context(), row.req), row.code)
			wantText(t, d.out.String(), row.out)
			wantText(t, strings.Join(d.bodies, "\n"), row.body)
		})
	}
}

// TestPostWithARepeatedKey checks that output and exit code distinguish new posts from those of an earlier call.
func TestPostWithARepeatedKey(t *testing.T) {
	t.Parallel()
	order := client.PostOrder{Chats: []string{"oc_1", "oc_2"}, Text: "hi", Key: "k"}
	for name, row := range map[string]struct {
		answer string
		code   int
		says   string
	}{
		"sent now":                     {`200 {"posts":[{"state":"sent"},{"state":"sent"}]}`, cli.CodeDone, "sent: 2 of 2"},
		"one of two":                   {`200 {"posts":[{"state":"sent"},{"state":"failed"}]}`, cli.CodePartial, "sent: 1 of 2"},
		"sent now, its time is over":   {`200 {"posts":[{"state":"recalled"},{"state":"sent"}]}`, cli.CodeDone, "sent: 2 of 2"},
		"sent earlier, still there":    {`200 again {"posts":[{"state":"sent"},{"state":"sent"}]}`, cli.CodeDone, "already sent earlier (idempotent replay)"},
		"sent earlier, and taken back": {`200 again {"posts":[{"state":"recalled"},{"state":"recalled"}]}`, cli.CodeFailed, "already sent earlier"},
		"sent earlier, one taken back": {`200 again {"posts":[{"state":"recalled"},{"state":"sent"}]}`, cli.CodePartial, "already sent earlier"},
		"earlier, and never sent":      {`200 again {"posts":[{"state":"cancelled"},{"state":"failed"}]}`, cli.CodeFailed, "already asked for earlier"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t, answers{"POST /posts": {row.answer}})
			d.wantCode(t, d.Post(t.Context(), cli.PostRequest{PostOrder: order, Wait: true}), row.code)
			wantText(t, d.side.String(), row.says)
			if d.replays && strings.Contains(d.side.String(), "sent: ") {
				t.Errorf("says %q", d.side.String())
			}
		})
	}
}

func TestListsAndUndo(t *testing.T) {
	t.Parallel()
	known := answers{
		"GET /posts":             {`200 {"items":[{"id":"p_1","state":"sent","user_id":"ou_1"},{"id":"p_2","state":"sent"}]}`},
		"GET /audit":             {`200 {"items":[{"via":"api","rule":"team","result":"recalled","token":"t1","latency_ms":7}]}`},
		"GET /recalls":           {`200 {"items":[{"id":"j1","kind":"posts","state":"done","group":"g","total":3,"settled":3,"counts":{"recalled":2,"too_old":1}},{"id":"j2","state":"running"}]}`},
		"POST /recalls/j1/undo":  {`202 {"recalls":[{"id":"u1","state":"waiting"},{"id":"u2","state":"waiting"}]}`},
		"GET /recalls/u1/events": {"200 event: end\ndata: {\"id\":\"u1\",\"state\":\"done\",\"counts\":{\"restored\":2}}\n\n"},
		"GET /recalls/u2/events": {"200 event: end\ndata: {\"id\":\"u2\",\"state\":\"failed\"}\n\n"},
	}
	d := newHarness(t, known)
	d.wantCode(t, d.Posts(t.Context(), client.PostsQuery{}, 1), cli.CodeDone)
	wantText(t, d.out.String(), "POST", "p_1", "ou_1")
	if strings.Contains(d.out.String(), "p_2") {
		t.Errorf("more than was asked for:\n%s", d.out.String())
	}
	d.JSON = true
	d.wantCode(t, d.Posts(t.Context(), client.PostsQuery{}, 9), cli.CodeDone)
	wantText(t, d.out.String(), `{"id":"p_2","state":"sent"`)
	d.wantCode(t, d.Audit(t.Context(), "", 5), cli.CodeDone)
	wantText(t, d.out.String(), `"result":"recalled"`)
	d.JSON = false
	d.wantCode(t, d.Audit(t.Context(), "", 5), cli.CodeDone)
	wantText(t, d.out.String(), "t1", "team")
	d.wantCode(t, d.Recalls(t.Context(), client.RecallsQuery{}, 1), cli.CodeDone)
	wantText(t, d.out.String(), "RECALL", "j1", "3/3", "2 recalled, 1 too old")
	if strings.Contains(d.out.String(), "j2") {
		t.Errorf("more than was asked for:\n%s", d.out.String())
	}
	d.wantCode(t, d.Undo(t.Context(), "j1", false), cli.CodePartial)
	wantText(t, d.out.String(), "u1 done, 2 restored", "u2 failed")
}

func TestInterruptedRecall(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := newHarness(t, answers{"POST /recalls": {begun}})
	err := d.Recall(ctx, cli.RecallRequest{RecallOrder: client.RecallOrder{Group: "g"}, Yes: true})
	d.wantCode(t, err, cli.CodeInterrupted)
	wantText(t, err.Error(), "goes on")
}

func TestUnreachableBot(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	bot, err := client.New(server.URL, "rb_t1_secret", client.Options{Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	d := &harness{Terminal: &cli.Terminal{Bot: bot, Out: io.Discard, ErrOut: io.Discard}}
	d.wantCode(t, d.Posts(t.Context(), client.PostsQuery{}, 1), cli.CodeNotNow)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("\ufeffrb_file \r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		name, token, tokenFile, flag, want string
	}{
		{"of the environment", "rb_env", "", "", "rb_env"},
		{"with a newline", "rb_env\n", "", "", "rb_env"},
		{"of a file of the environment", "", file, "", "rb_file"},
		{"of a file that is named", "rb_env", "", file, "rb_file"},
		{"none", "", "", "", ""},
		{"no such file", "", file + "x", "", ""},
	}
	for _, row := range rows {
		env := map[string]string{"RECALLBOT_API_TOKEN": row.token, "RECALLBOT_API_TOKEN_FILE": row.tokenFile}
		got, err := cli.Token(func(name string) string { return env[name] }, row.flag)
		if got != row.want || (err == nil) != (row.want != "") {
			t.Errorf("%s: %q, %v; want %q", row.name, got, err, row.want)
		}
	}
}
