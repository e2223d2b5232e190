package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/recall/watch"
	"recallbot/store"
)

// testWindows: the windows of the store give the same verdicts as those in memory, for posts in any order, repeated, at equal times.
func testWindows(t *testing.T, s *store.Store) {
	t.Helper()
	for _, when := range []bot.WatchWhen{
		{Kind: bot.WatchMoreThan, Count: 3, Within: 10 * time.Second},
		{Kind: bot.WatchAgain, Count: 2, Within: 5 * time.Second},
		{Kind: bot.WatchLoop, Count: 4, Within: 20 * time.Second},
	} {
		for seed := range uint64(12) {
			random := rand.New(rand.NewPCG(seed, 7))
			windows, chat := store.NewWindows(s), newChat()
			var model watch.Window
			for range 80 {
				n := random.IntN(60)
				sender := []string{"ou_a", "ou_b", ""}[n%3]
				if when.Kind != bot.WatchLoop {
					sender = "ou_a"
				}
				post := bot.WindowPost{Chat: chat, ID: bot.MessageID(fmt.Sprint("om_", n)), Sender: sender, At: start().Add(time.Duration(n*n%97) * time.Second)}
				got, err := windows.Judge(t.Context(), post, bot.WatchWindow{Name: "rule", When: when})()
				must(t, err)
				if want := model.Judge(string(post.ID), sender, post.At, when); got[0] != want {
					t.Fatalf("%s, seed %d: post %d is over: %v, want %v", when, seed, n, got[0], want)
				}
			}
		}
	}
}

// testFloodOfTwoReplicas: exactly as many posts stay as may, however many replicas count them at once.
func testFloodOfTwoReplicas(t *testing.T, s *store.Store) {
	t.Helper()
	chat, when := newChat(), bot.WatchWhen{Kind: bot.WatchMoreThan, Count: 5, Within: time.Minute}
	replicas := []*store.Windows{store.NewWindows(s), store.NewWindows(s)}
	verdicts := make([]bool, 100)
	var group sync.WaitGroup
	for i := range verdicts {
		group.Go(func() {
			post := bot.WindowPost{Chat: chat, ID: bot.MessageID(fmt.Sprint("om_", i)), Sender: "ou_bot", At: start().Add(time.Duration(i) * 100 * time.Millisecond)}
			for _, replica := range replicas {
				over, err := replica.Judge(t.Context(), post, bot.WatchWindow{Name: "rule", When: when})()
				if err != nil {
					t.Error(err)
					return
				}
				verdicts[i] = over[0]
			}
		})
	}
	group.Wait()
	stay := len(verdicts) - len(slices.DeleteFunc(slices.Clone(verdicts), func(over bool) bool { return !over }))
	if stay != when.Count {
		t.Errorf("%d posts stay, want %d", stay, when.Count)
	}
}

func testSpend(t *testing.T, s *store.Store) {
	t.Helper()
	windows, chat := store.NewWindows(s), newChat()
	for i, want := range []bool{true, true, false} {
		for range 2 { // the same message counts once
			got, err := windows.Spend(t.Context(), chat, "flood", bot.MessageID(fmt.Sprint("om_", i)), 2)
			must(t, err)
			if got != want {
				t.Errorf("recall %d is allowed: %v", i, got)
			}
		}
	}
}

func testCaught(t *testing.T, s *store.Store) {
	t.Helper()
	windows, chat, now := store.NewWindows(s), newChat(), time.Now()
	for i, age := range []time.Duration{time.Hour, time.Hour, 24 * time.Hour, 8 * 24 * time.Hour} {
		for range 2 {
			must(t, windows.Catch(t.Context(), chat, "flood", bot.MessageID(fmt.Sprint("om_", i)), now.Add(-age)))
		}
	}
	caught, err := windows.Caught(t.Context(), chat, []string{"flood", "repeat"}, now.Add(-7*24*time.Hour))
	must(t, err)
	if caught["flood"] != 3 || caught["repeat"] != 0 {
		t.Errorf("caught %v", caught)
	}
}

// testWatchedChats: another replica knows within a refresh which chats have rules, and forgets a chat whose last rule is removed.
func testWatchedChats(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, chat := t.Context(), newChat()
	here, there := store.NewSettings(s), store.NewSettings(s)
	change := func(work string, rules ...bot.WatchRule) {
		t.Helper()
		_, _, err := here.Change(ctx, bot.EventID(work+string(chat)), chat, func(set bot.Settings) (bot.Settings, error) {
			set.Watch = rules
			return set, nil
		})
		must(t, err)
		must(t, there.Refresh(ctx))
	}
	_, err := there.Settings(ctx, chat)
	must(t, err)
	change("add", bot.WatchRule{Name: "flood", Act: bot.WatchRecall, State: bot.WatchOn})
	set, err := there.Settings(ctx, chat)
	must(t, err)
	if !here.Watched(chat) || !there.Watched(chat) || len(set.Watch) != 1 {
		t.Errorf("watched here: %v, there: %v, rules there: %v", here.Watched(chat), there.Watched(chat), set.Watch)
	}
	change("remove")
	if there.Watched(chat) {
		t.Error("a chat without rules is watched")
	}
}
