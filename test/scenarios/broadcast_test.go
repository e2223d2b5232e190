package scenarios_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/client"
	"recallbot/sandbox"
	"recallbot/store"
)

// TestBroadcastSurvivesKillsSlow posts to 50 groups and recalls all posts, with one call of the API each. During both, one of
// two replicas is killed with kill -9. Each group must get the post once, and lose it once.
func TestBroadcastSurvivesKillsSlow(t *testing.T) {
	t.Parallel()
	const groups = 50
	w := newEnv(t, envOptions{redis: true})
	w.processes, w.jobs = true, true
	told := w.newReceiver()
	chats := addGroups(t, w, groups)
	w.start(2)
	token := w.apiToken("post,recall:own")

	order, err := json.Marshal(client.PostOrder{Chats: chats, Text: "down for a moment at 22:00", Group: "maintenance"})
	if err != nil {
		t.Fatal(err)
	}
	var posted client.Posted
	w.curl(token, &posted, "-X", "POST", "-H", "Idempotency-Key: night-1", "-d", string(order), "/posts")
	if posted.Group != "maintenance" || len(posted.Posts) != groups {
		t.Fatalf("posted %d to %q", len(posted.Posts), posted.Group)
	}
	w.await("some are sent", func(s sandbox.State) bool { return s.CallCount(apis["send"]) > groups/5 })
	w.killReplica(0)
	w.await("every group has it", func(s sandbox.State) bool {
		return !slices.ContainsFunc(chats, func(chat string) bool { return countMessages(s, chat) == 0 })
	})
	var again client.Posted
	w.curl(token, &again, "-X", "POST", "-H", "Idempotency-Key: night-1", "-d", string(order), "/posts")
	w.waitIdle()
	w.withState(func(s sandbox.State) {
		for _, chat := range chats {
			if n := len(s.Messages(chat)); n != 1 {
				t.Errorf("%s was sent %d messages", chat, n)
			}
		}
	})

	// What the killed replica sent without recording it would count as cancelled, and go later.
	w.poll("every post is recorded as sent", func() bool {
		var sent struct {
			Items []client.Post `json:"items"`
		}
		w.curl(token, &sent, "/posts?group=maintenance&state=sent&limit=50")
		return len(sent.Items) == groups
	})
	var job client.Recall
	w.curl(token, &job, "-X", "DELETE", "/groups/maintenance?notify="+url.QueryEscape(told.url))
	watched := make(chan client.Recall)
	go func() { watched <- awaitRecall(t, w.balancer.baseURL(), token, job.ID) }()
	w.await("some are recalled", func(s sandbox.State) bool { return s.CallCount(apis["delete"]) > groups/5 })
	w.killReplica(1)
	if end := <-watched; end.State != client.RecallDone || end.Total != groups || end.Counts["recalled"] != groups {
		t.Errorf("the stream ended with %+v", end)
	}
	if stream := w.curl(token, nil, "-N", "/recalls/"+job.ID+"/events"); !strings.Contains(stream, "event: end") {
		t.Errorf("the events of a job that has ended: %s", stream)
	}
	w.waitIdle()
	w.withState(func(s sandbox.State) {
		for _, chat := range chats {
			if n := countMessages(s, chat); n != 0 {
				t.Errorf("%d messages stand in %s", n, chat)
			}
		}
	})
	w.wantOneRecordEach(chats)
	w.poll("the pipeline is told", func() bool { return told.count("job-"+job.ID+"-notify") == 1 })
	w.close()
}

// webhookReceiver counts webhooks by their Webhook-Id.
type webhookReceiver struct {
	url string

	mu     sync.Mutex
	counts map[string]int
}

// newReceiver starts a receiver and allows the bot to call it.
func (w *env) newReceiver() *webhookReceiver {
	w.t.Helper()
	l := &webhookReceiver{counts: map[string]int{}}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.counts[r.Header.Get("Webhook-Id")]++
	}))
	w.t.Cleanup(server.Close)
	l.url = server.URL
	w.set("HOOKS_ALLOW", "127.0.0.1")
	w.set("HOOKS_ALLOW_HTTP", "true")
	w.set("HOOKS_JOBS_SECRET", hooksSecret)
	return l
}

func (l *webhookReceiver) count(id string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[id]
}

// addGroups makes n groups, each with an owner of its own.
func addGroups(t *testing.T, w *env, n int) []string {
	t.Helper()
	chats := make([]string, n)
	for i := range chats {
		id, err := w.AddChat(sandbox.ChatSpec{Name: fmt.Sprintf("Shop %d", i), Owner: w.AddUser(fmt.Sprintf("Owner %d", i)).OpenID})
		if err != nil {
			t.Fatal(err)
		}
		chats[i] = id
	}
	return chats
}

// curl calls the API with curl, through the load balancer.
func (w *env) curl(token string, into any, args ...string) string {
	w.t.Helper()
	args[len(args)-1] = w.balancer.baseURL() + "/api/v1" + args[len(args)-1]
	args = append([]string{
		"-sS", "--fail-with-body", "--retry", "9", "--retry-all-errors", "-H", "Authorization: Bearer " + token, "-H", "Content-Type: application/json",
	}, args...)
	out, err := exec.CommandContext(w.t.Context(), "curl", args...).CombinedOutput()
	if err != nil {
		w.t.Fatalf("curl: %v: %s\n%s", err, out, w.tail())
	}
	if into != nil {
		if err := json.Unmarshal(out, into); err != nil {
			w.t.Fatalf("curl: %v: %s", err, out)
		}
	}
	return string(out)
}

// killReplica kills a replica with kill -9 and starts a new one.
func (w *env) killReplica(i int) {
	w.t.Helper()
	p, _ := w.bots[i].(*process)
	p.kill()
	w.bots[i] = w.newBot()
	w.routeEvents()
}

// awaitRecall follows the stream of a job to its end. It reconnects if needed.
func awaitRecall(tb testing.TB, server, token, job string) client.Recall {
	tb.Helper()
	c, err := client.New(server, token, client.Options{Tries: 20})
	if err != nil {
		tb.Error(err)
		return client.Recall{}
	}
	last, err := c.Await(tb.Context(), job)
	if err != nil {
		tb.Errorf("the stream of %s: %v", job, err)
	}
	return last
}

// countMessages counts the messages of a chat that are not recalled.
func countMessages(s sandbox.State, chat string) int {
	n := 0
	for _, m := range s.Messages(chat) {
		if !m.Deleted {
			n++
		}
	}
	return n
}

// wantOneRecordEach checks that each chat has exactly one record of a recall.
func (w *env) wantOneRecordEach(chats []string) {
	w.t.Helper()
	for _, chat := range chats {
		page, err := store.NewAudit(w.probe.store).Recent(w.t.Context(), bot.ChatID(chat), 10, "")
		if err != nil {
			w.t.Fatal(err)
		}
		page = slices.DeleteFunc(page, func(e audit.Entry) bool { return e.Result != bot.Done && e.Result != bot.AlreadyGone })
		if len(page) != 1 || page[0].Via != bot.ViaAPI {
			w.t.Errorf("%s: %+v on record, want one recall by the API", chat, page)
		}
	}
}

// TestPostsBesideEventsSlow posts through the API while the platform pushes events of many groups. Nothing must be refused
// or posted twice. The benchmark measures the latency.
//
//nolint:paralleltest // others would hold up its answers
func TestPostsBesideEventsSlow(t *testing.T) {
	const posts, events, callers = 80, 400, 4
	w := newEnv(t, envOptions{redis: true})
	w.jobs = true
	chats := addGroups(t, w, posts/4)
	talker := w.AddUser("Tess").OpenID
	var busy []string
	for i := range 20 {
		chat, err := w.AddChat(sandbox.ChatSpec{Name: fmt.Sprintf("Talk %d", i), Owner: talker})
		if err != nil {
			t.Fatal(err)
		}
		busy = append(busy, chat)
	}
	w.start(1)
	token := w.apiToken("post", "--rate", "60000")
	c, err := client.New(w.balancer.baseURL(), token, client.Options{Tries: 1})
	if err != nil {
		t.Fatal(err)
	}

	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			for i := caller; i < posts; i += callers {
				order := client.PostOrder{Chats: chats[i%len(chats):][:1], Text: "build " + strconv.Itoa(i), Key: "build-" + strconv.Itoa(i)}
				if _, err := c.Post(t.Context(), order); err != nil {
					t.Errorf("post %d: %v", i, err)
				}
			}
		})
	}
	group.Go(func() {
		for i := range events {
			if _, err := w.Say(sandbox.SaySpec{Chat: busy[i%len(busy)], From: talker, Text: "talk " + strconv.Itoa(i)}); err != nil {
				t.Error(err)
			}
		}
	})
	group.Wait()
	w.await("all posts stand", func(s sandbox.State) bool {
		n := 0
		for _, chat := range chats {
			n += countMessages(s, chat)
		}
		return n >= posts
	})
	w.waitIdle()
	w.withState(func(s sandbox.State) {
		for _, chat := range chats {
			if n := countMessages(s, chat); n != posts/len(chats) {
				t.Errorf("%d posts stand in %s, want %d", n, chat, posts/len(chats))
			}
		}
		for _, d := range s.Deliveries() {
			if d.Status >= http.StatusBadRequest {
				t.Errorf("event %s was answered %d", d.EventID, d.Status)
			}
		}
	})
	w.close()
}
