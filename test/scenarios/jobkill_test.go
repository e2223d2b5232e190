package scenarios_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/sandbox"
	"recallbot/store"
)

// TestJobSurvivesTenKillsSlow kills one of two replicas with kill -9 at ten random points of a job of 500 messages. Each must
// be recalled and recorded once, and no other message.
//
//nolint:paralleltest // it measures: others would hold up its calls
func TestJobSurvivesTenKillsSlow(t *testing.T) {
	const posts, kills = 500, 10
	w := newEnv(t, envOptions{redis: true})
	w.processes, w.jobs = true, true
	c := newLoad(t, w, posts)
	w.start(2)

	command := c.say("/recall " + strconv.Itoa(posts))
	preview := c.awaitCard("Recall " + strconv.Itoa(posts))
	c.press(preview, "Recall "+strconv.Itoa(posts))
	points := make([]int, kills)
	for i := range points {
		points[i] = 1 + rand.IntN(posts-10)
	}
	slices.Sort(points)
	t.Logf("killed after %v calls", points)
	for i, point := range points {
		w.await("the job goes on", func(s sandbox.State) bool { return s.CallCount(apis["delete"]) >= point })
		w.killReplica(i % len(w.bots))
	}
	w.await("all are gone", func(s sandbox.State) bool {
		return !slices.ContainsFunc(c.posts, func(id string) bool { return !s.Recalled(id) })
	})
	c.wantEnded(posts)
	w.waitIdle()
	c.wantRecordedOnce()
	c.wantUntouched(command)
	w.wantPaced("the job", apis["delete"], 50)
	w.close()
}

// load is a group with many posts of ours, and messages of people between them.
type load struct {
	*env

	t           *testing.T
	chat, owner string
	posts       []string
	messages    []string
}

func newLoad(t *testing.T, w *env, posts int) *load {
	t.Helper()
	olga, mia := w.AddUser("Olga").OpenID, w.AddUser("Mia").OpenID
	chat, err := w.AddChat(sandbox.ChatSpec{
		Name: "Launch", Owner: olga, Members: []string{mia}, BotManagers: []string{w.Bot().ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &load{env: w, t: t, chat: chat, owner: olga}
	const between = 10
	at := time.Now().Add(-time.Hour)
	for i := range posts {
		at = at.Add(time.Millisecond)
		id, err := w.Post(sandbox.PostSpec{Chat: chat, Text: "a post among hundreds of them", At: at})
		if err != nil {
			t.Fatal(err)
		}
		c.posts = append(c.posts, id)
		if i%between != 0 {
			continue
		}
		id, err = w.Say(sandbox.SaySpec{Chat: chat, From: mia, Text: "talk among hundreds of posts", At: at})
		if err != nil {
			t.Fatal(err)
		}
		c.messages = append(c.messages, id)
	}
	w.texts = []string{"a post among hundreds of them", "talk among hundreds of posts"}
	return c
}

func (c *load) say(text string) string {
	c.t.Helper()
	id, err := c.Say(sandbox.SaySpec{Chat: c.chat, From: c.owner, Text: text})
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

// awaitCard waits for a card of the bot with the text, and returns its id.
func (c *load) awaitCard(fragment string) string {
	c.t.Helper()
	card := ""
	c.await(fragment, func(s sandbox.State) bool {
		for _, m := range s.Messages(c.chat) {
			if m.Sender == c.Bot().ID && m.Type == "interactive" && !m.Deleted && strings.Contains(messageText(m), fragment) {
				card = m.ID
			}
		}
		return card != ""
	})
	return card
}

func (c *load) press(card, text string) {
	c.t.Helper()
	m, _ := c.Message(card)
	for _, b := range buttonsOf(m.Content) {
		if b.text != text {
			continue
		}
		if result, err := c.Press(c.t.Context(), c.owner, card, b.value); err != nil || result.Code != 0 {
			c.t.Fatalf("press %s: %v, error %d", text, err, result.Code)
		}
		return
	}
	c.t.Fatalf("no button %s", text)
}

// wantEnded waits for the result card, and checks that its counts add up to the number of posts.
func (c *load) wantEnded(posts int) {
	c.t.Helper()
	m, _ := c.Message(c.awaitCard(" recalled"))
	sum := 0
	for _, found := range regexp.MustCompile(`(\d+) (?:recalled|already gone)`).FindAllStringSubmatch(messageText(m), -1) {
		n, _ := strconv.Atoi(found[1]) // matched \d+
		sum += n
	}
	if sum != posts {
		c.t.Errorf("the card counts %d: %s", sum, messageText(m))
	}
}

// wantRecordedOnce checks that the audit has one record per post, and otherwise only the recall of the command.
func (c *load) wantRecordedOnce() {
	c.t.Helper()
	times := map[bot.MessageID]int{}
	before := ""
	for {
		page, err := store.NewAudit(c.probe.store).Recent(c.t.Context(), bot.ChatID(c.chat), 100, before)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, e := range page {
			if e.Via == bot.ViaTidy {
				continue
			}
			times[e.Message]++
			if e.Rule != "owner" || e.Result != bot.Done && e.Result != bot.AlreadyGone {
				c.t.Errorf("%s: %s %s %s", e.Message, e.Rule, e.Result, e.Reason)
			}
		}
		if len(page) == 0 {
			break
		}
		before = page[len(page)-1].ID
	}
	for _, id := range c.posts {
		if times[bot.MessageID(id)] != 1 {
			c.t.Errorf("%s is on record %d times", id, times[bot.MessageID(id)])
		}
	}
	if len(times) != len(c.posts) {
		c.t.Errorf("%d messages are on record, want %d", len(times), len(c.posts))
	}
}

// wantUntouched checks that DELETE was called for the posts, the command and the others only.
func (c *load) wantUntouched(command string, others ...string) {
	c.t.Helper()
	meant := append(append(slices.Clone(c.posts), command), others...)
	for _, id := range c.messages {
		if m, _ := c.Message(id); m.Deleted {
			c.t.Errorf("%s is gone", id)
		}
	}
	for _, call := range c.Calls() {
		id := call.Path[strings.LastIndex(call.Path, "/")+1:]
		if call.API == apis["delete"] && !slices.Contains(meant, id) {
			c.t.Errorf("DELETE of %s", id)
		}
	}
	if n := c.deadLetters(); n != 0 {
		c.t.Errorf("%d dead letters", n)
	}
	if c.t.Failed() {
		c.t.Log(c.tail())
	}
}
