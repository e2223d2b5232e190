package scenarios_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"recallbot/client"
	"recallbot/sandbox"
)

// TestBroadcastIsRestoredRepeatedly recalls and restores a broadcast of cards several times, with a kill -9 during each job. All
// counts must be right, and after the last recall no post may be left.
func TestBroadcastIsRestoredRepeatedly(t *testing.T) {
	t.Parallel()
	const groups = 8
	w := newEnv(t, envOptions{redis: true, env: archiveEnv()})
	w.processes, w.jobs = true, true
	chats := addGroups(t, w, groups)
	author := w.AddUser("Ada").OpenID
	w.start(2)
	b := &broadcast{w, chats, w.apiToken("post,recall:own")}
	b.post(client.PostOrder{
		Chats: chats, Group: "launch", Author: author, Undo: &client.Undo{Button: true},
		Card: json.RawMessage(`{"schema":"2.0","body":{"elements":[{"tag":"markdown","content":"2.0 is out"}]}}`),
	})
	b.wantPosts(groups, "2.0 is out", "Take back")
	for round := range 3 {
		job := b.recall(round%2, groups)
		b.wantPosts(0)
		if round == 2 {
			break
		}
		b.undo(job, (round+1)%2)
		b.wantPosts(groups, "2.0 is out", "Take back", "(restored, first sent ")
	}
	w.waitIdle()
	w.close()
}

// broadcast is a broadcast of a team to several groups, with the group name launch.
type broadcast struct {
	*env

	chats []string
	token string
}

func (b *broadcast) post(order client.PostOrder) {
	b.t.Helper()
	body, err := json.Marshal(order)
	if err != nil {
		b.t.Fatal(err)
	}
	b.curl(b.token, nil, "-X", "POST", "-H", "Prefer: wait=20", "-H", "Idempotency-Key: launch", "-d", string(body), "/posts")
}

// wantPosts checks that n groups have one post each, that it contains each of the words once, and that the API's list agrees.
func (b *broadcast) wantPosts(n int, words ...string) {
	b.t.Helper()
	b.waitIdle()
	standing := 0
	b.withState(func(s sandbox.State) {
		for _, chat := range b.chats {
			for _, m := range s.Messages(chat) {
				if m.Deleted || m.Ephemeral != "" || m.Sender != b.Bot().ID {
					continue
				}
				standing++
				for _, word := range words {
					if strings.Count(m.Content, word) != 1 {
						b.t.Errorf("%s says %s, want %q once", m.ID, m.Content, word)
					}
				}
			}
		}
	})
	var page client.Page[client.Post]
	b.curl(b.token, &page, "/posts?group=launch&limit=50")
	sent := 0
	for _, post := range page.Items {
		m, known := b.Message(post.MessageID)
		switch {
		case post.State == client.PostSent && known && !m.Deleted:
			sent++
		case post.State != client.PostRecalled || known && !m.Deleted:
			b.t.Errorf("listed %+v, which is %+v", post, m)
		}
	}
	if standing != n || sent != n || len(page.Items) != len(b.chats) {
		b.t.Fatalf("%d stand, %d of %d are listed as sent, want %d\n%s", standing, sent, len(page.Items), n, b.tail())
	}
}

// recall recalls the broadcast while a replica is killed.
func (b *broadcast) recall(dies, n int) string {
	b.t.Helper()
	var job client.Recall
	calls := b.callCount("delete")
	b.curl(b.token, &job, "-X", "DELETE", "/groups/launch")
	b.await("some are recalled", func(s sandbox.State) bool { return s.CallCount(apis["delete"]) > calls+2 })
	b.killReplica(dies)
	if end := awaitRecall(b.t, b.balancer.baseURL(), b.token, job.ID); end.Total != n || end.Counts["recalled"] != n {
		b.t.Errorf("the recall ended with %+v", end)
	}
	return job.ID
}

// undo restores the broadcast while a replica is killed. Each chat has its own job.
func (b *broadcast) undo(job string, dies int) {
	b.t.Helper()
	var made struct{ Recalls []client.Recall }
	calls := b.callCount("send")
	b.curl(b.token, &made, "-X", "POST", "/recalls/"+job+"/undo")
	b.await("some are restored", func(s sandbox.State) bool { return s.CallCount(apis["send"]) > calls+2 })
	b.killReplica(dies)
	if len(made.Recalls) != len(b.chats) {
		b.t.Errorf("%d jobs for %d chats", len(made.Recalls), len(b.chats))
	}
	for _, undo := range made.Recalls {
		if end := awaitRecall(b.t, b.balancer.baseURL(), b.token, undo.ID); end.State != client.RecallDone || end.Counts["restored"] != 1 {
			b.t.Errorf("the undo ended with %+v", end)
		}
	}
}

func (b *broadcast) callCount(api string) int {
	b.t.Helper()
	n := 0
	b.withState(func(s sandbox.State) { n = s.CallCount(apis[api]) })
	return n
}

// TestAuthorRecallsRestoredPost recalls a restored post as its author, by a reply and by the button.
func TestAuthorRecallsRestoredPost(t *testing.T) {
	t.Parallel()
	b, olga, ada := startBroadcast(t, client.PostOrder{Text: "2.0 is out", Undo: &client.Undo{Button: true}})
	for _, way := range []string{"reply", "button"} {
		id := b.newestID()
		b.await("it is offered, on a card that is not of an earlier post", func(s sandbox.State) bool { return b.undoCards(s, ada) == 1 })
		if way == "reply" {
			b.say(ada, id, "/recall")
		} else {
			b.pressNewest(ada)
		}
		b.await("it is gone by "+way+", and so is its card", func(s sandbox.State) bool { return s.Recalled(id) && b.undoCards(s, ada) == 0 })
		b.waitIdle()
		b.say(olga, "", "/recall undo")
		b.await("it is back after "+way, func(s sandbox.State) bool { return b.newest(s).ID != "" })
		b.wantPosts(1, "2.0 is out", "first sent")
	}
	b.say(ada, "", "/recall mine")
	b.await("her list has it", func(s sandbox.State) bool {
		return slices.ContainsFunc(s.Messages(b.chats[0]), func(m sandbox.Message) bool {
			return m.Ephemeral == ada && strings.Contains(messageText(m), "Posted for you") && strings.Contains(messageText(m), "2.0 is out")
		})
	})
	b.waitIdle()
	b.close()
}

// TestRestoredPostKeepsItsLifetime checks that a post that expired gets its full lifetime again each time it is restored.
func TestRestoredPostKeepsItsLifetime(t *testing.T) {
	t.Parallel()
	b, olga, _ := startBroadcast(t, client.PostOrder{Text: "2.0 is out", ExpireIn: "3s"})
	for range 2 {
		id := b.newestID()
		b.await("its time is over", func(s sandbox.State) bool { return s.Recalled(id) })
		b.waitIdle()
		b.say(olga, "", "/recall undo")
		b.await("it is back", func(s sandbox.State) bool { return b.newest(s).ID != "" })
	}
	b.await("its time is over at last", func(s sandbox.State) bool { return b.newest(s).ID == "" })
	b.wantPosts(0)
	b.close()
}

// startBroadcast posts to a group of Olga's, with the author Ada.
func startBroadcast(t *testing.T, order client.PostOrder) (b *broadcast, olga, ada string) {
	t.Helper()
	w := newEnv(t, envOptions{redis: true, env: archiveEnv()})
	w.jobs = true
	olga, ada = w.AddUser("Olga").OpenID, w.AddUser("Ada").OpenID
	chat, err := w.AddChat(sandbox.ChatSpec{Name: "Launch", Owner: olga, Members: []string{ada}})
	if err != nil {
		t.Fatal(err)
	}
	w.start(1)
	b = &broadcast{env: w, chats: []string{chat}, token: w.apiToken("post,recall:own")}
	order.Chats, order.Group, order.Author = b.chats, "launch", ada
	b.post(order)
	return b, olga, ada
}

// archiveEnv is the configuration of a bot with an archive.
func archiveEnv() []string {
	return []string{
		"RECALLBOT_ARCHIVE_KEY=" + archiveKey, "RECALLBOT_CHAT_LANGUAGE=en",
	}
}

func (b *broadcast) say(who, to, text string) {
	b.t.Helper()
	if _, err := b.Say(sandbox.SaySpec{Chat: b.chats[0], From: who, ReplyTo: to, Text: text}); err != nil {
		b.t.Fatal(err)
	}
}

// newest returns the newest copy of the post that is not recalled.
func (b *broadcast) newest(s sandbox.State) (newest sandbox.Message) {
	for _, m := range s.Messages(b.chats[0]) {
		if !m.Deleted && m.Ephemeral == "" && m.Sender == b.Bot().ID && strings.Contains(messageText(m), "2.0 is out") {
			newest = m
		}
	}
	return newest
}

func (b *broadcast) newestID() (id string) {
	b.withState(func(s sandbox.State) { id = b.newest(s).ID })
	return id
}

// undoCards counts the cards with the Take back button that a person got.
func (b *broadcast) undoCards(s sandbox.State, who string) int {
	n := 0
	for _, m := range s.Messages(b.chats[0]) {
		if m.Ephemeral == who && !m.Deleted && strings.Contains(messageText(m), "This was posted for you") {
			n++
		}
	}
	return n
}

// pressNewest presses the button of the newest card that only this person sees.
func (b *broadcast) pressNewest(who string) {
	b.t.Helper()
	var card sandbox.Message
	b.withState(func(s sandbox.State) {
		for _, m := range s.Messages(b.chats[0]) {
			if m.Ephemeral == who && len(buttonsOf(m.Content)) == 1 {
				card = m
			}
		}
	})
	if _, err := b.Press(b.t.Context(), who, card.ID, buttonsOf(card.Content)[0].value); err != nil {
		b.t.Fatal(err)
	}
}
