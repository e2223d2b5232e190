package scenarios_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/sandbox"
)

// cancelledRecords returns the records of posts that were cancelled before they were sent, by the post's id.
func (e *authzEnv) cancelledRecords() map[string]audit.Entry {
	e.t.Helper()
	found := map[string]audit.Entry{}
	for _, entry := range e.records("") {
		if entry.Result == bot.Cancelled {
			found[string(entry.Message)] = entry
		}
	}
	return found
}

// TestClaimedChatIsNotTrusted registers messages of another chat under a chat that the token is bound to. Without
// im:message.group_msg the bot can't look the messages up. None must be recalled, although the bot is a manager there.
func TestClaimedChatIsNotTrusted(t *testing.T) {
	t.Parallel()
	e := newAuthzEnv(t, false, unlimited)
	mine := e.groups["plain"]
	_, bearer := e.newToken("red", "post,recall:own", mine)
	_, posting := e.newToken("blue", "post", mine)
	victim := func(from string) string {
		var id string
		var err error
		if from == "" {
			id, err = e.Post(sandbox.PostSpec{Chat: e.groups["foreign"], App: e.other.ID, Text: "the words of another bot"})
		} else {
			id, err = e.Say(sandbox.SaySpec{Chat: e.groups["foreign"], From: e.users[from], Text: "the words of a person"})
		}
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	registers := func(bearer, id string, more map[string]any) {
		body := map[string]any{"messages": []any{map[string]any{"message_id": id, "chat_id": mine}}}
		maps.Copy(body, more)
		a := e.api(bearer, http.MethodPost, "/posts/register", body)
		if a.status != http.StatusUnprocessableEntity && a.status != http.StatusForbidden {
			t.Errorf("register a message of others: HTTP %d %s, want 422, or 403", a.status, a.body)
		}
	}
	var victims []string
	for _, from := range []string{"Fay", ""} {
		for way, recalls := range map[string]func(id string){
			"by the post": func(id string) { e.api(bearer, http.MethodDelete, "/posts/"+id, nil) },
			"by its name": func(id string) {
				e.api(bearer, http.MethodPost, "/recalls", map[string]any{"messages": []string{id}, "confirm": true})
			},
			"by the group": func(id string) { e.api(bearer, http.MethodDelete, "/groups/of-"+id, nil) },
		} {
			id := victim(from)
			victims = append(victims, id)
			registers(bearer, id, map[string]any{"group": "of-" + id})
			recalls(id)
			e.waitQueuesIdle()
			if m, _ := e.Message(id); m.Deleted {
				t.Errorf("the message of %q is recalled %s", from, way)
			}
		}
		id := victim(from)
		victims = append(victims, id)
		registers(posting, id, map[string]any{"expire_in": "1s"})
		registers(bearer, id, map[string]any{"expire_in": "1s"})
		<-time.After(walkPause)
		e.waitQueuesIdle()
		if m, _ := e.Message(id); m.Deleted {
			t.Errorf("the message of %q is recalled by a lifetime", from)
		}
	}
	for _, call := range e.Calls() {
		if call.API == apis["delete"] && slices.ContainsFunc(victims, func(id string) bool { return strings.HasSuffix(call.Path, id) }) {
			t.Errorf("the platform was asked: DELETE %s, code %d", call.Path, call.Code)
		}
	}
	e.close()
}

// broadcast posts to the group "plain" under a group's name, with these authors, and returns the posts of each.
func (e *authzEnv) broadcast(bearer, group string, authors ...string) map[string][]apiPost { //nolint:unparam // it reads better with the group
	e.t.Helper()
	made := map[string][]apiPost{}
	for i, name := range authors {
		made[name] = append(made[name], e.createPosts(bearer, map[string]any{
			"chats": []string{e.groups["plain"]}, "text": fmt.Sprintf("%s post %d of %s", postMark, i, name), "group": group, "author": e.users[name],
		})...)
	}
	return made
}

// wantState checks that posts are in a state.
func (e *authzEnv) wantState(operator, what, state string, posts []apiPost) {
	e.t.Helper()
	states := map[string]int{}
	for _, p := range posts {
		states[e.getPost(operator, p.ID).State]++
	}
	if states[state] != len(posts) {
		e.t.Errorf("%s are %v, want all %d %s", what, states, len(posts), state)
	}
}

// TestAuthorCancelsTheirOwnPostsOnly checks that an author who recalls their posts of a broadcast does not cancel queued
// posts of other authors.
func TestAuthorCancelsTheirOwnPostsOnly(t *testing.T) {
	t.Parallel()
	e := newAuthzEnv(t, true, unlimited)
	_, operator := e.newToken("", "post,recall:any,audit:read")
	_, bearer := e.newToken("red", "post")
	plain := e.groups["plain"]
	sent := e.broadcast(bearer, "launch", "Anna", "Ben", "Ben")
	e.waitSent(operator)
	e.hold(plain)
	queued := e.broadcast(bearer, "launch", append(slices.Repeat([]string{"Ben"}, 35), "Anna")...)
	e.sayAs("Anna", e.private["Anna"], "/recall mine")
	e.press("Anna", e.findButton(e.private["Anna"], "mine_all", ""))
	cancelled := e.cancelledRecords()
	e.wantState(operator, "Ben's queued posts", "queued", queued["Ben"])
	e.wantState(operator, "Anna's queued post", "cancelled", queued["Anna"])
	record := cancelled[queued["Anna"][0].ID]
	if len(cancelled) != 1 || record.Rule != "author" || string(record.Who) != e.users["Anna"] || string(record.Chat) != plain {
		t.Errorf("cancelled, on record, are %+v", cancelled)
	}
	e.release(operator, plain)
	e.wantState(operator, "Anna's posts", "recalled", sent["Anna"])
	e.wantState(operator, "Ben's posts", "sent", append(sent["Ben"], queued["Ben"]...))
	e.close()
}

// TestTakeBackCancelsOneQueuedPost checks that the button "Take back" of a queued post cancels this post only.
func TestTakeBackCancelsOneQueuedPost(t *testing.T) {
	t.Parallel()
	e := newAuthzEnv(t, true, unlimited)
	_, operator := e.newToken("", "post,recall:any,audit:read")
	_, bearer := e.newToken("red", "post")
	plain := e.groups["plain"]
	sent := e.broadcast(bearer, "launch", "Anna", "Anna", "Anna")["Anna"]
	e.waitSent(operator)
	e.hold(plain)
	queued := e.broadcast(bearer, "launch", "Anna", "Anna")["Anna"]
	e.sayAs("Anna", e.private["Anna"], "/recall mine 20")
	e.press("Anna", e.findButton(e.private["Anna"], "mine", queued[0].ID))
	e.release(operator, plain)
	e.wantState(operator, "the post whose button was pressed", "cancelled", queued[:1])
	e.wantState(operator, "all others", "sent", append(sent, queued[1:]...))
	records := e.cancelledRecords()
	record := records[queued[0].ID]
	if len(records) != 1 || record.Rule != "author" || string(record.Who) != e.users["Anna"] || string(record.Chat) != plain {
		t.Errorf("on record are %+v", records)
	}
	e.close()
}

// TestApprovalHoldsForEveryJob checks that each kind of job needs the approval that the chat's settings require.
func TestApprovalHoldsForEveryJob(t *testing.T) {
	t.Parallel()
	e := newAuthzEnv(t, true, unlimited)
	_, operator := e.newToken("", "post,recall:any,audit:read")
	_, bearer := e.newToken("red", "post,recall:own")
	plain := e.groups["plain"]
	e.sayAs("Olga", plain, "/recall settings approve 3")
	posts := e.broadcast(bearer, "launch", slices.Repeat([]string{"Anna"}, 5)...)["Anna"]
	e.waitSent(operator)
	var messages []string
	for _, p := range posts {
		messages = append(messages, e.getPost(operator, p.ID).Message)
	}
	wantNotRecalled := func(way string) {
		e.waitQueuesIdle()
		for _, id := range messages {
			if m, _ := e.Message(id); m.Deleted {
				t.Fatalf("%s: a message is recalled without a second person", way)
			}
		}
	}
	wantNeedsApproval := func(way string, a apiAnswer) {
		e.waitQueuesIdle()
		var job struct{ ID, State, Reason string }
		if a.decode(e, &job); job.ID != "" {
			e.api(operator, http.MethodGet, "/recalls/"+job.ID, nil).decode(e, &job)
		}
		if a.status < http.StatusBadRequest && (job.State != "failed" || job.Reason != "needs_approval") {
			t.Errorf("%s: HTTP %d, the job is %+v", way, a.status, job)
		}
		wantNotRecalled(way)
	}
	for range 3 {
		id, err := e.Post(sandbox.PostSpec{Chat: plain, Text: "the words of another service", At: time.Now().Add(-time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, id)
	}
	wantNeedsApproval("by a filter", e.api(operator, http.MethodPost, "/recalls", map[string]any{"chat": plain, "filter": "--bot me", "confirm": true}))
	wantNeedsApproval("by names", e.api(bearer, http.MethodPost, "/recalls", map[string]any{"messages": messages[:len(posts)], "confirm": true}))
	wantNeedsApproval("by the group", e.api(bearer, http.MethodPost, "/recalls", map[string]any{"group": "launch", "confirm": true}))
	wantNeedsApproval("by the group at once", e.api(bearer, http.MethodDelete, "/groups/launch", nil))
	e.sayAs("Anna", e.private["Anna"], "/recall mine")
	e.press("Anna", e.findButton(e.private["Anna"], "mine_all", ""))
	wantNotRecalled("by the author")
	e.sayAs("Max", plain, "/recall ttl 10s")
	wantNotRecalled("by a lifetime")
	e.close()
}

// TestNoTeamRegistersTheBotsAnswers checks that answers and cards of the bot can't be registered as posts.
func TestNoTeamRegistersTheBotsAnswers(t *testing.T) {
	t.Parallel()
	e := newAuthzEnv(t, true, unlimited)
	_, bearer := e.newToken("red", "post,recall:own")
	e.sayAs("Olga", e.groups["ranked"], "/recall settings approve 2")
	for range 2 {
		if _, err := e.Post(sandbox.PostSpec{Chat: e.groups["ranked"], Text: "the words of another service", At: time.Now().Add(-time.Minute)}); err != nil {
			t.Fatal(err)
		}
	}
	e.sayAs("Max", e.groups["ranked"], "/recall 2")
	e.sayAs("Ben", e.private["Ben"], "/recall help")
	asks := e.findButton(e.groups["ranked"], "approve", "").card
	answers := append(e.Messages(e.private["Ben"])[1:], asks)
	for _, m := range answers {
		body := map[string]any{"messages": []any{map[string]any{"message_id": m.ID}}, "expire_in": "1s"}
		if a := e.api(bearer, http.MethodPost, "/posts/register", body); a.status != http.StatusUnprocessableEntity {
			t.Errorf("register %s of %s: HTTP %d, want 422", m.ID, m.Chat, a.status)
		}
		e.api(bearer, http.MethodDelete, "/posts/"+m.ID, nil)
		if now, _ := e.Message(m.ID); now.Deleted {
			t.Errorf("%s of %s is recalled", m.ID, m.Chat)
		}
	}
	if len(answers) != 2 {
		t.Errorf("the bot said %d things", len(answers))
	}
	e.close()
}

// TestRevokedTokenStopsItsJob checks that a job ends within a page after its token was revoked.
func TestRevokedTokenStopsItsJob(t *testing.T) {
	t.Parallel()
	const total, before, page = 400, 60, 50
	e := newAuthzEnv(t, true, sandbox.Limits{})
	id, bearer := e.newToken("red", "recall:any")
	if _, err := e.FloodOver(e.groups["plain"], e.Bot().ID, total, time.Minute); err != nil {
		t.Fatal(err)
	}
	e.waitQueuesIdle()
	a := e.api(bearer, http.MethodPost, "/recalls", map[string]any{"chat": e.groups["plain"], "filter": "--bot me", "confirm": true})
	if a.status != http.StatusAccepted {
		t.Fatalf("HTTP %d %s", a.status, a.body)
	}
	e.await("some are recalled", func(s sandbox.State) bool { return s.CallCount(apis["delete"]) >= before })
	e.revoke(id)
	then := e.CallCount(apis["delete"])
	e.waitQueuesIdle()
	if more := e.CallCount(apis["delete"]) - then; more > page {
		t.Errorf("%d more were recalled after the token was revoked, want at most %d", more, page)
	}
	e.close()
}

// TestRevokedTokenSeesNoMore checks that a stream of events ends when its token is revoked.
func TestRevokedTokenSeesNoMore(t *testing.T) {
	t.Parallel()
	e := newAuthzEnv(t, true, unlimited)
	_, asking := e.newToken("red", "recall:any")
	id, watching := e.newToken("red", "recall:any")
	if _, err := e.Post(sandbox.PostSpec{Chat: e.groups["plain"], Text: "one message"}); err != nil {
		t.Fatal(err)
	}
	e.waitQueuesIdle()
	held := make(chan struct{})
	e.Fault(sandbox.FaultSpec{API: apis["delete"], Hold: held})
	var job struct{ ID string }
	e.api(asking, http.MethodPost, "/recalls", map[string]any{"chat": e.groups["plain"], "filter": "--bot me", "confirm": true}).decode(e, &job)
	e.await("it is being recalled", func(s sandbox.State) bool { return s.InFlight(apis["delete"]) > 0 })
	stream := e.request(watching, http.MethodGet, "/recalls/"+job.ID+"/events", nil)
	defer func() { _ = stream.Body.Close() }()
	if _, err := stream.Body.Read(make([]byte, 1)); err != nil {
		t.Fatalf("the stream begins with HTTP %d, %v", stream.StatusCode, err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, stream.Body)
		ended <- err
	}()
	e.revoke(id)
	select {
	case <-ended: //nolint:errcheck // however it ends
	case <-time.After(waitTimeout / 2):
		t.Error("the stream goes on")
	}
	close(held)
	e.waitQueuesIdle()
	e.close()
}

// TestRevokedTokenPostsNoMore checks that queued posts of a revoked token are not sent.
func TestRevokedTokenPostsNoMore(t *testing.T) {
	t.Parallel()
	e := newAuthzEnv(t, true, unlimited)
	_, operator := e.newToken("", "post,recall:any,audit:read")
	id, bearer := e.newToken("red", "post")
	e.hold(e.groups["plain"])
	posts := e.broadcast(bearer, "launch", "Anna", "Ben", "Mia")
	e.waitQueuesIdle()
	e.revoke(id)
	<-time.After(walkPause) // the bot caches tokens for half a second
	e.release(operator, e.groups["plain"])
	for name, list := range posts {
		for _, p := range list {
			if now := e.getPost(operator, p.ID); now.Message != "" || now.State == "queued" {
				t.Errorf("the post of %s is %s as %q", name, now.State, now.Message)
			}
		}
	}
	e.close()
}

// TestCounterpartRightEndsAtTheirChat checks that a button that is pressed elsewhere, on a copy of the card or for another
// post of the broadcast, recalls nothing in another person's two-person chat.
func TestCounterpartRightEndsAtTheirChat(t *testing.T) {
	t.Parallel()
	e := newAuthzEnv(t, true, unlimited)
	_, operator := e.newToken("", "post,recall:any,audit:read")
	_, bearer := e.newToken("red", "post")
	card := map[string]any{
		"schema": "2.0", "body": map[string]any{"elements": []any{map[string]any{"tag": "markdown", "content": postMark + " a card for Ben"}}},
	}
	order := map[string]any{"users": []string{e.users["Ben"]}, "card": card, "author": e.users["Ben"], "undo": map[string]any{"button": true}}
	copied := e.createPosts(bearer, order)[0]
	listed := e.createPosts(bearer, map[string]any{"users": []string{e.users["Ben"]}, "text": postMark + " a text for Ben", "author": e.users["Ben"], "group": "launch"})
	annas := e.broadcast(bearer, "launch", "Anna", "Anna")["Anna"]
	e.waitSent(operator)
	e.pressCopy("Mia", e.groups["plain"], e.findButton(e.private["Ben"], "take_back", copied.ID))
	e.wantState(operator, "Ben's post of which Mia pressed a copy", "sent", []apiPost{copied})
	e.sayAs("Anna", e.private["Anna"], "/recall mine")
	e.press("Anna", e.findButton(e.private["Anna"], "mine_all", ""))
	e.wantState(operator, "Ben's post of the broadcast, two of which are Anna's,", "sent", listed)
	e.wantState(operator, "Anna's posts", "recalled", annas)
	e.close()
}

// TestAuthorRecallsTheirOwnPostsOnly checks that "Take back the whole broadcast" recalls the author's posts only, even if the author
// is a manager of the group.
func TestAuthorRecallsTheirOwnPostsOnly(t *testing.T) {
	t.Parallel()
	e := newAuthzEnv(t, true, unlimited)
	_, operator := e.newToken("", "post,recall:any,audit:read")
	_, bearer := e.newToken("red", "post")
	made := e.broadcast(bearer, "launch", "Max", "Max", "Ben", "Anna")
	e.waitSent(operator)
	e.sayAs("Max", e.private["Max"], "/recall mine")
	e.press("Max", e.findButton(e.private["Max"], "mine_all", ""))
	e.wantState(operator, "the posts of Max, who is an admin,", "recalled", made["Max"])
	e.wantState(operator, "the posts of others", "sent", append(made["Ben"], made["Anna"]...))
	e.close()
}

// TestTidyRemovesOnlyTheActorsCommand checks that the bot recalls the command of the person who acted, and no other message.
func TestTidyRemovesOnlyTheActorsCommand(t *testing.T) {
	t.Parallel()
	e := newAuthzEnv(t, true, unlimited)
	ranked := e.groups["ranked"]
	post := func() string {
		id, err := e.Post(sandbox.PostSpec{Chat: ranked, Text: "the words of another service", At: time.Now().Add(-time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	own := func(command string) {
		t.Helper()
		for _, entry := range e.auditLines() {
			if string(entry.Message) == command && entry.Result == bot.Done && string(entry.Who) != e.users["Olga"] {
				t.Errorf("the command of Olga is taken away for %s: %+v", entry.Who, entry)
			}
		}
	}
	post()
	e.Fault(sandbox.FaultSpec{API: apis["delete"], Code: 230026, Times: 1})
	failed := e.sayAs("Olga", ranked, "/recall 1")
	e.pressCopy("Max", ranked, e.findButton(ranked, "retry", ""))
	own(failed)
	for range 2 {
		post()
	}
	stays := e.sayAs("Olga", ranked, "/recall clean --bot me")
	confirm := e.findButton(ranked, "confirm", "")
	e.press("Olga", confirm)
	e.pressCopy("Max", ranked, e.findButton(ranked, "undo", confirm.decode().Job))
	own(stays)
	e.close()
}

// TestBoundTokenStopsOnlyItsChats checks that a token that is bound to a chat can neither recall a broadcast to other chats
// nor stop its recall.
func TestBoundTokenStopsOnlyItsChats(t *testing.T) {
	t.Parallel()
	e := newAuthzEnv(t, true, unlimited)
	_, operator := e.newToken("", "post,recall:any,audit:read")
	_, bearer := e.newToken("red", "post,recall:own")
	_, bound := e.newToken("red", "post,recall:own", e.groups["plain"])
	e.createPosts(bearer, map[string]any{"chats": []string{e.groups["ranked"], e.groups["foreign"]}, "text": postMark + " to two groups", "group": "launch"})
	e.waitSent(operator)
	held := make(chan struct{})
	e.Fault(sandbox.FaultSpec{API: apis["delete"], Hold: held})
	var job struct{ ID string }
	e.api(bearer, http.MethodDelete, "/groups/launch", nil).decode(e, &job)
	e.await("it is being recalled", func(s sandbox.State) bool { return s.InFlight(apis["delete"]) > 0 })
	if a := e.api(bound, http.MethodDelete, "/groups/launch", nil); a.status != http.StatusForbidden {
		t.Errorf("take it back: HTTP %d %s", a.status, a.body)
	}
	if a := e.api(bound, http.MethodDelete, "/recalls/"+job.ID, nil); a.status != http.StatusNotFound {
		t.Errorf("stop it: HTTP %d %s", a.status, a.body)
	}
	close(held)
	e.waitQueuesIdle()
	e.close()
}

// TestUnverifiedRecallSparesOthersMessages checks messages that the bot can't look up. It may call DELETE only if the
// platform refuses messages of others; in a group that our app created, the platform does not.
func TestUnverifiedRecallSparesOthersMessages(t *testing.T) {
	t.Parallel()
	e := newAuthzEnv(t, false, unlimited)
	for _, group := range []string{"plain", "ranked", "created", "owned", "maybe"} {
		for _, from := range []string{"Mia", ""} {
			spec := sandbox.SaySpec{Chat: e.groups[group], From: e.users["Mia"], Text: "the words of a person"}
			id, err := e.Say(spec)
			if from == "" {
				id, err = e.Post(sandbox.PostSpec{Chat: e.groups[group], App: e.other.ID, Text: "the words of another bot"})
			}
			if err != nil {
				t.Fatal(err)
			}
			e.sayAs("Max", e.groups[group], "/recall", replying(id), func(s *sandbox.SaySpec) { s.MentionBot = true })
			if m, _ := e.Message(id); m.Deleted {
				t.Errorf("in %q the message of %q is recalled: %+v", group, from, e.records(id))
			}
		}
	}
	e.close()
}
