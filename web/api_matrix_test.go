package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/web"
)

const matrixPath = "testdata/api_matrix.txt"

// matrixOwners are the owners of posts and jobs: two teams, the operator, and no team for messages that no team
// posted.
func matrixOwners() []string { return []string{"A", "B", "operator", "nobody"} }

// matrixTokens are tokens of each team with each scope, bound to no chat, to mainChat and to otherChat.
func matrixTokens() []bot.Token {
	var tokens []bot.Token
	for _, team := range []bot.TeamID{"A", "B", ""} {
		for _, scope := range bot.TokenScopes() {
			for i, chats := range [][]bot.ChatID{nil, {mainChat}, {otherChat}} {
				id := fmt.Sprintf("%s%s%d", strings.ToLower(string(team)), strings.ReplaceAll(string(scope), ":", ""), i)
				tokens = append(tokens, bot.Token{ID: bot.TokenID(id), Team: team, Scopes: []bot.TokenScope{scope}, Chats: chats})
			}
		}
	}
	return tokens
}

// seed replaces the contents of the backend by a sent post, a group, jobs and a record of each owner.
func (o *backend) seed() {
	o.posts, o.entries, o.recalls = nil, nil, nil
	clear(o.jobs)
	clear(o.once)
	for i, team := range []bot.TeamID{"A", "B", ""} {
		name := matrixOwners()[i]
		o.posts = append(o.posts, bot.Post{
			ID: bot.PostID("p_" + name), Message: bot.MessageID("om_" + name), State: bot.PostSent, Group: "release", Team: team, Chat: mainChat,
			Kind: bot.KindOwn, Sent: time.UnixMilli(int64(1000 + i)),
		})
		by := &bot.Principal{Token: "t" + bot.TokenID(name), Team: team, Any: true}
		o.jobs["running"+bot.JobID(name)] = bot.Job{
			ID: "running" + bot.JobID(name), Kind: bot.JobClean, State: bot.JobRunning, By: by, Chat: mainChat, Version: 1,
		}
		o.jobs["done"+bot.JobID(name)] = bot.Job{
			ID: "done" + bot.JobID(name), Kind: bot.JobClean, State: bot.JobDone, By: by, Chat: mainChat, Version: 1,
		}
		o.entries = append(o.entries, audit.Entry{Team: team, Token: by.Token, Chat: mainChat, Message: bot.MessageID("om_" + name)})
	}
	o.unownedMessages = []bot.Message{{ID: "om_nobody", Chat: mainChat, Kind: bot.KindOwn, At: time.UnixMilli(900)}}
	person := bot.Job{ID: "runningnobody", Kind: bot.JobClean, State: bot.JobRunning, Who: "ou_1", Chat: mainChat, Version: 1}
	o.jobs[person.ID] = person
	person.ID, person.State = "donenobody", bot.JobDone
	o.jobs[person.ID] = person
	o.entries = append(o.entries, audit.Entry{Who: "ou_1", Chat: mainChat, Message: "om_nobody"})
	o.kept[mainChat] = 1
}

// matrixCall is a call about an owner's resource. If shows is set and the answer contains it, a + is added to the
// status.
type matrixCall struct {
	name, method, path, body, shows string
}

func matrixCalls() []matrixCall {
	return []matrixCall{
		{"post", "POST", "/posts", `{"chats":["oc_here"],"text":"hi"}`, ""},
		{"register", "POST", "/posts/register", `{"messages":[{"message_id":"om_WHOSE","chat_id":"oc_here"}]}`, ""},
		{"list posts", "GET", "/posts", "", `"p_WHOSE"`},
		{"read post", "GET", "/posts/p_WHOSE", "", ""},
		{"read by message", "GET", "/posts/om_WHOSE", "", ""},
		{"recall post", "DELETE", "/posts/p_WHOSE", "", ""},
		{"recall message", "DELETE", "/posts/om_WHOSE", "", ""},
		{"recall group", "DELETE", "/groups/release?team=TEAM", "", ""},
		{"preview named", "POST", "/recalls", `{"messages":["om_WHOSE"]}`, ""},
		{"recall named", "POST", "/recalls", `{"messages":["om_WHOSE"],"confirm":true}`, ""},
		{"recall of group", "POST", "/recalls", `{"group":"release","team":"TEAM","confirm":true}`, ""},
		{"preview chat", "POST", "/recalls", `{"chat":"oc_here","filter":"--bot me"}`, `"om_WHOSE"`},
		{"list jobs", "GET", "/recalls", "", `"runningWHOSE"`},
		{"read job", "GET", "/recalls/runningWHOSE", "", ""},
		{"watch job", "GET", "/recalls/doneWHOSE/events", "", ""},
		{"stop job", "DELETE", "/recalls/runningWHOSE", "", ""},
		{"undo job", "POST", "/recalls/doneWHOSE/undo", "", ""},
		{"audit", "GET", "/audit", "", `"om_WHOSE"`},
		{"chats", "GET", "/chats", "", `"oc_here"`},
		{"messages", "GET", "/chats/oc_here/messages", "", `"om_WHOSE"`},
	}
}

// about is the call about an owner's resource.
func (c matrixCall) about(whose string) matrixCall {
	team := map[string]string{"A": "A", "B": "B"}[whose]
	fill := func(text string) string {
		return strings.NewReplacer("WHOSE", whose, "?team=TEAM", "?team="+team, "TEAM", team).Replace(text)
	}
	return matrixCall{c.name, c.method, fill(c.path), strings.ReplaceAll(fill(c.body), `,"team":""`, ""), fill(c.shows)}
}

// TestMatrix: what each token may do with each owner's resources. `go test ./web -run Matrix -update` rewrites the
// table; then each change in it must be right.
func TestMatrix(t *testing.T) {
	t.Parallel()
	tokens := matrixTokens()
	var lines []string
	for _, call := range matrixCalls() {
		for _, who := range matrixOwners() {
			lines = append(lines, matrixLine(t, call.about(who), who, tokens))
		}
	}
	if want := len(matrixCalls()) * len(matrixOwners()); len(lines) != want {
		t.Fatalf("%d rows, want %d", len(lines), want)
	}
	got := matrixHead() + strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(matrixPath, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(matrixPath)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(want), "\n") {
		if now := strings.Split(got, "\n"); i < len(now) && now[i] != line {
			t.Errorf("-table +server\n-%s\n+%s", line, now[i])
		}
	}
	if strings.Count(string(want), "\n") != strings.Count(got, "\n") {
		t.Error("the table has other rows than the test")
	}
}

func matrixHead() string {
	return `# What each token may do about everybody's things: the status of the answer, with + where a list shows the thing.
# Nine columns of three for each team: post, recall:own, recall:any, audit:read, each unbound, bound to the chat where the
# thing stands, bound to another chat. The table is compared with the server; no cell is missing.
#                          | team A: post | own | any | audit                      | team B: post | own | any | audit                      | operator: post | own | any | audit
`
}

// matrixLine makes the call with every token, each with a new backend.
func matrixLine(t *testing.T, call matrixCall, who string, tokens []bot.Token) string {
	t.Helper()
	var cells strings.Builder
	fmt.Fprintf(&cells, "%-16s %-9s", call.name, who)
	o := newBackend()
	served := apiOf(o)
	for i, token := range tokens {
		if i%12 == 0 {
			cells.WriteString(" |")
		}
		o.seed()
		status, body := ask(t, served, o.issue(token), call)
		cell := strconv.Itoa(status)
		if call.shows != "" && strings.Contains(body, call.shows) {
			cell += "+"
		}
		fmt.Fprintf(&cells, " %-4s", cell)
		wantNoForeignRecall(t, o, token, who, call.name)
	}
	return strings.TrimRight(cells.String(), " ")
}

// wantNoForeignRecall checks that the token recalled no message of another team and started no job about one.
func wantNoForeignRecall(t *testing.T, o *backend, token bot.Token, who, name string) {
	t.Helper()
	if token.Team == "" {
		return
	}
	for _, other := range []string{"A", "B", "operator"} {
		foreign := other != string(token.Team) && (other != "operator" || !token.May(bot.ScopeRecallAny))
		if foreign && slices.Contains(o.recalls, bot.MessageID("om_"+other)) {
			t.Errorf("%s of %s: the token %s recalled what %s posted", name, who, token.ID, other)
		}
	}
}

// ask makes a call.
func ask(t *testing.T, served http.Handler, bearer string, call matrixCall) (status int, body string) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), call.method, "/api/v1"+call.path, strings.NewReader(call.body))
	req.Header.Set("Authorization", "Bearer "+bearer)
	if call.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	answer := &deadlineRecorder{ResponseRecorder: httptest.NewRecorder()}
	served.ServeHTTP(answer, req)
	return answer.Code, answer.Body.String()
}

// deadlineRecorder is a recorder that accepts deadlines.
type deadlineRecorder struct{ *httptest.ResponseRecorder }

func (*deadlineRecorder) SetReadDeadline(time.Time) error { return nil }

func (*deadlineRecorder) SetWriteDeadline(time.Time) error { return nil }

// apiOf is a server for a backend.
func apiOf(o *backend) http.Handler {
	return web.New(web.Deps{
		API: o.api(), Logger: slog.New(slog.DiscardHandler), Metrics: http.NotFoundHandler(),
		Ready: map[string]func(context.Context) error{},
	}).Handler()
}
