package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/store"
)

// setting is a change of a chat's settings.
type setting = func(bot.Settings) (bot.Settings, error)

func withQuorum(n int) setting {
	return func(s bot.Settings) (bot.Settings, error) { s.Quorum = n; return s, nil }
}

func withEmoji(keys ...string) setting {
	return func(s bot.Settings) (bot.Settings, error) { s.Emoji = keys; return s, nil }
}

func withModerator(id bot.UserID) setting {
	return func(s bot.Settings) (bot.Settings, error) { s.Moderators = append(s.Moderators, id); return s, nil }
}

func newWork() bot.EventID { return bot.EventID(randomHex()) }

func testSettings(t *testing.T, s *store.Store) {
	t.Helper()
	settings, chat, ctx := store.NewSettings(s), newChat(), t.Context()
	if got, err := settings.Settings(ctx, chat); err != nil || len(bot.DiffSettings(bot.Settings{}, got)) > 0 {
		t.Fatalf("before any change: %+v, %v", got, err)
	}
	before, after, err := settings.Change(ctx, newWork(), chat, withQuorum(3))
	if err != nil || before.Quorum != 0 || after.Quorum != 3 {
		t.Fatalf("Change = %+v, %+v, %v", before, after, err)
	}
	// The replica that has changed it knows it at once, another one when it first loads it.
	for _, replica := range []*store.Settings{settings, store.NewSettings(s)} {
		if got, err := replica.Settings(ctx, chat); err != nil || got.Quorum != 3 {
			t.Errorf("Settings = %+v, %v", got, err)
		}
	}
	if ttl := s.Client().PTTL(ctx, "{s}:c:"+string(chat)).Val(); ttl < 399*24*time.Hour || ttl > 400*24*time.Hour {
		t.Errorf("settings have the TTL %v", ttl)
	}
	wrong := bot.Errorf(bot.Invalid, "no")
	refuse := func(bot.Settings) (bot.Settings, error) { return bot.Settings{Quorum: 9}, wrong }
	if _, _, err := settings.Change(ctx, newWork(), chat, refuse); !errors.Is(err, wrong) {
		t.Errorf("Change = %v, want the error of the change", err)
	}
	must(t, settings.Drop(ctx, chat))
	if got, err := store.NewSettings(s).Settings(ctx, chat); err != nil || got.Quorum != 0 {
		t.Errorf("after the drop: %+v, %v", got, err)
	}
	if n := s.Client().Exists(ctx, "{s}:c:"+string(chat)).Val(); n != 0 {
		t.Error("settings of a chat where nothing is set are kept")
	}
}

// testSettingsTwice: a second run of the same work changes nothing and returns the result of the first.
func testSettingsTwice(t *testing.T, s *store.Store) {
	t.Helper()
	settings, chat, work, ctx := store.NewSettings(s), newChat(), newWork(), t.Context()
	_, _, err := settings.Change(ctx, work, chat, withQuorum(3))
	must(t, err)
	_, _, err = settings.Change(ctx, newWork(), chat, withQuorum(5))
	must(t, err)
	before, after, err := store.NewSettings(s).Change(ctx, work, chat, withQuorum(3))
	if err != nil || before.Quorum != 0 || after.Quorum != 3 {
		t.Errorf("the second run returns %+v, %+v, %v", before, after, err)
	}
	if got, err := store.NewSettings(s).Settings(ctx, chat); err != nil || got.Quorum != 5 {
		t.Errorf("after the second run %+v, %v; want the change in between", got, err)
	}
}

// testSettingsConcurrent: no concurrent change is lost.
func testSettingsConcurrent(t *testing.T, s *store.Store) {
	t.Helper()
	const sides, each = 3, 2
	chat := newChat()
	var group sync.WaitGroup
	for side := range sides {
		group.Go(func() {
			settings := store.NewSettings(s)
			for n := range each {
				id := bot.UserID(fmt.Sprintf("ou_%d_%d", side, n))
				for tries := 0; ; tries++ {
					_, _, err := settings.Change(t.Context(), newWork(), chat, withModerator(id))
					if err == nil || tries == 50 {
						if err != nil {
							t.Error(err)
						}
						break
					}
				}
			}
		})
	}
	group.Wait()
	got, err := store.NewSettings(s).Settings(t.Context(), chat)
	if err != nil || len(got.Moderators) != sides*each {
		t.Errorf("%d moderators, %v; want %d", len(got.Moderators), err, sides*each)
	}
}

// testFeatures: all replicas know the features that any chat uses.
func testFeatures(t *testing.T, s *store.Store) {
	t.Helper()
	here, there, ctx := newChat(), newChat(), t.Context()
	emoji := "E" + randomHex()
	mine, other := store.NewSettings(s), store.NewSettings(s)
	steps := []struct {
		chat   bot.ChatID
		change setting
		want   bool
	}{
		{here, withEmoji(emoji), true},
		{there, withEmoji("BOMB", emoji), true},
		{here, withEmoji(), true},
		{here, withQuorum(2), true},
		{there, withEmoji("BOMB"), false},
		{here, withEmoji(emoji), true},
		{here, func(bot.Settings) (bot.Settings, error) { return bot.Settings{}, nil }, false},
	}
	for i, step := range steps {
		_, _, err := mine.Change(ctx, newWork(), step.chat, step.change)
		must(t, err)
		must(t, other.Refresh(ctx))
		if mine.Emoji(emoji) != step.want || other.Emoji(emoji) != step.want {
			t.Errorf("step %d: in use %t here and %t there, want %t", i, mine.Emoji(emoji), other.Emoji(emoji), step.want)
		}
	}
	_, _, err := mine.Change(ctx, newWork(), here, func(set bot.Settings) (bot.Settings, error) {
		set.Quorum, set.Cascade = 2, true
		return set, nil
	})
	must(t, err)
	must(t, other.Refresh(ctx))
	if !mine.Quorums() || !mine.Cascades() || !other.Quorums() || !other.Cascades() {
		t.Error("a quorum and a cascade are not known")
	}
	if ttl := s.Client().PTTL(ctx, "{s}:n").Val(); ttl <= 0 {
		t.Errorf("the features have the TTL %v", ttl)
	}
}

// testSettingsUndecodable: undecodable settings are an error, not empty settings.
func testSettingsUndecodable(t *testing.T, s *store.Store) {
	t.Helper()
	chat, ctx := newChat(), t.Context()
	must(t, s.Client().Set(ctx, "{s}:c:"+string(chat), "{", time.Minute).Err())
	_, err := store.NewSettings(s).Settings(ctx, chat)
	wantKind(t, err, bot.Internal)
	_, _, err = store.NewSettings(s).Change(ctx, newWork(), chat, withQuorum(1))
	wantKind(t, err, bot.Internal)
	if strings.Contains(err.Error(), "{\"") {
		t.Errorf("the error quotes: %v", err)
	}
}

func testVotes(t *testing.T, s *store.Store) {
	t.Helper()
	votes, post, at, ctx := store.NewVotes(s), newMessage(), start(), t.Context()
	steps := []struct {
		who   bot.UserID
		emoji string
		after time.Duration
		added bool
		want  []bot.UserID
	}{
		{"ou_a", "No", 0, true, []bot.UserID{"ou_a"}},
		{"ou_a", "No", 0, true, []bot.UserID{"ou_a"}},
		{"ou_a", "CrossMark", time.Second, true, []bot.UserID{"ou_a"}},
		{"ou_b", "No", time.Second, true, []bot.UserID{"ou_a", "ou_b"}},
		{"ou_a", "No", 2 * time.Second, false, []bot.UserID{"ou_a", "ou_b"}}, // the cross is still there
		{"ou_a", "CrossMark", 3 * time.Second, false, []bot.UserID{"ou_b"}},
		{"ou_a", "CrossMark", 2 * time.Second, true, []bot.UserID{"ou_b"}}, // an older event
		{"ou_c", "No", 5 * time.Second, false, []bot.UserID{"ou_b"}},
		{"ou_c", "No", 4 * time.Second, true, []bot.UserID{"ou_b"}}, // removed before
		{"ou_c", "No", 6 * time.Second, true, []bot.UserID{"ou_b", "ou_c"}},
		{"ou_c", "No", 6 * time.Second, false, []bot.UserID{"ou_b"}},
		{"ou_c", "No", 6 * time.Second, true, []bot.UserID{"ou_b"}}, // in the same millisecond
	}
	for i, step := range steps {
		got, err := votes.Vote(ctx, post, step.who, step.emoji, at.Add(step.after), step.added)
		must(t, err)
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
	}
	other, err := votes.Vote(ctx, newMessage(), "ou_z", "No", at, true)
	if diff := cmp.Diff([]bot.UserID{"ou_z"}, other); diff != "" || err != nil {
		t.Errorf("another message: %v\n%s", err, diff)
	}
	if ttl := s.Client().PTTL(ctx, "v:{"+string(post)+"}").Val(); ttl <= 0 || ttl > 24*time.Hour {
		t.Errorf("reactions have the TTL %v", ttl)
	}
}

func testVotesCap(t *testing.T, s *store.Store) {
	t.Helper()
	votes, post, ctx := store.NewVotes(s), newMessage(), t.Context()
	var got []bot.UserID
	for n := range 310 {
		var err error
		got, err = votes.Vote(ctx, post, bot.UserID(fmt.Sprintf("ou_%d", n)), "No", start(), true)
		must(t, err)
	}
	if len(got) != 300 {
		t.Errorf("%d people, want 300", len(got))
	}
}

func testAnswers(t *testing.T, s *store.Store) {
	t.Helper()
	answers, asked, root, ctx := store.NewAnswers(s), newMessage(), newMessage(), t.Context()
	must(t, answers.Add(ctx, "om_a", asked, root))
	must(t, answers.Add(ctx, "om_a", asked))
	must(t, answers.Add(ctx, "om_b"))
	for _, id := range []bot.MessageID{asked, root} {
		got, err := answers.To(ctx, id)
		if diff := cmp.Diff([]bot.MessageID{"om_a"}, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	for n := range 105 {
		must(t, answers.Add(ctx, bot.MessageID(fmt.Sprintf("om_%d", n)), asked))
	}
	if got, err := answers.To(ctx, asked); err != nil || len(got) != 100 {
		t.Errorf("%d answers, %v; want 100 at most", len(got), err)
	}
	if ttl := s.Client().PTTL(ctx, "a:{"+string(asked)+"}").Val(); ttl <= 0 || ttl > config().IndexRetention {
		t.Errorf("answers have the TTL %v", ttl)
	}
}
