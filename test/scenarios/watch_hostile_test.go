package scenarios_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/sandbox"
)

// TestHundredBotsAtOnceSlow: a hundred bots post the same, each with other invisible marks. Of each the first post stays; people's messages stay.
func TestHundredBotsAtOnceSlow(t *testing.T) {
	t.Parallel()
	e := newWatchEnv(t, "events")
	const bots, posts = 100, 3
	marks := []string{"", "\u200b", "\u2060\u00ad"}
	members := make([]string, bots)
	for i := range members {
		members[i] = e.AddApp(fmt.Sprintf("Bot %d", i)).ID
	}
	chat := e.chat(sandbox.ChatSpec{Name: "Launch", Owner: e.owner, BotManagers: []string{e.Bot().ID}, Members: members})
	rule := bot.WatchRule{
		Name: "same", Act: bot.WatchRecall, State: bot.WatchOn, When: bot.WatchWhen{Kind: bot.WatchAgain, Count: 2, Within: 10 * time.Minute},
	}
	e.setRule(chat, rule)
	e.set("WATCH_MAX_ACTIONS_PER_HOUR", "1000")
	e.start(2)

	var first, later, people []string
	for round := range posts {
		people = append(people, e.posted(e.Say(sandbox.SaySpec{Chat: chat, From: e.owner, Text: "what is going on here?"})))
		for i, app := range members {
			text := strings.Join([]string{"the build", "failed again"}, marks[(round+i)%len(marks)]+" ")
			id := e.posted(e.Post(sandbox.PostSpec{Chat: chat, App: app, Text: text}))
			if round == 0 {
				first = append(first, id)
			} else {
				later = append(later, id)
			}
		}
		e.waitIdle() // so that the first post of each is the first that is judged
	}
	for _, id := range slices.Concat(first, people) {
		if m, _ := e.Message(id); m.Deleted {
			t.Errorf("%s is gone: %q", id, m.Content)
		}
	}
	stays := 0
	for _, id := range later {
		if m, _ := e.Message(id); !m.Deleted {
			stays++
		}
	}
	if stays > 0 {
		t.Errorf("%d of %d repetitions stay", stays, len(later))
	}
	if cards := e.Messages(e.private); len(cards) != 1 || !strings.Contains(cards[0].Content, fmt.Sprint(len(later), " posts")) {
		t.Errorf("%d cards, want one of %d posts", len(cards), len(later))
	}
	asked := e.CallCount(apis["get"])
	if asked > 2*bots {
		t.Errorf("the platform was asked %d times who %d bots are", asked, bots)
	}
}

// posted returns the id of a message.
func (e *watchEnv) posted(id string, err error) string {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
	return id
}
