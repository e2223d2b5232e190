package store_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/store"
)

func newPost(team bot.TeamID, n int) bot.Post {
	return bot.Post{
		ID: bot.PostID("p_" + randomHex()), State: bot.PostQueued, Group: "launch", Team: team, Token: "t1", Author: "ou_" + bot.UserID(team),
		Chat: bot.ChatID("oc_" + strconv.Itoa(n)), Kind: bot.KindOwn, Type: "text", Created: start().UTC(),
	}
}

func newPosts(t *testing.T, posts *store.Posts, n int) (made []bot.Post, team bot.TeamID) {
	t.Helper()
	team = bot.TeamID(randomHex()[:8])
	for i := range n {
		made = append(made, newPost(team, i))
	}
	must(t, posts.Create(t.Context(), made...))
	return made, team
}

func idsOf(posts []bot.Post) []bot.PostID {
	ids := make([]bot.PostID, len(posts))
	for i, post := range posts {
		ids[i] = post.ID
	}
	return ids
}

func testPostsCreated(t *testing.T, s *store.Store) {
	t.Helper()
	posts, ctx := store.NewPosts(s), t.Context()
	made, _ := newPosts(t, posts, 1)
	got, err := posts.Find(ctx, made[0].ID)
	must(t, err)
	if diff := cmp.Diff(made[0], got); diff != "" {
		t.Errorf("-created +found\n%s", diff)
	}
	_, err = posts.Find(ctx, "p_nosuch")
	wantKind(t, err, bot.NotFound)
	_, err = posts.Change(ctx, "p_nosuch", func(*bot.Post) bool { return true })
	wantKind(t, err, bot.NotFound)

	id := newMessage()
	if post, err := posts.Of(ctx, id); err != nil || post != nil {
		t.Errorf("a message without a post has %+v, %v", post, err)
	}
	sent, err := posts.Change(ctx, made[0].ID, func(post *bot.Post) bool {
		post.State, post.Message = bot.PostSent, id
		return true
	})
	must(t, err)
	must(t, posts.Create(ctx, made...)) // repeated after it was sent
	if all, err := posts.OfAll(ctx, []bot.MessageID{"om_other", id, id}); err != nil || all[0] != nil || all[1] == nil || all[1].ID != sent.ID || all[2] == nil {
		t.Errorf("OfAll = %v, %v", all, err)
	}
	if post, err := posts.Of(ctx, id); err != nil || post == nil || post.ID != sent.ID || post.State != bot.PostSent {
		t.Errorf("the message has %+v, %v", post, err)
	}
	for range 2 {
		if post, err := posts.Gone(ctx, id); err != nil || post == nil || post.ID != sent.ID || post.State != bot.PostRecalled {
			t.Errorf("the post that is gone is %+v, %v", post, err)
		}
		if post, err := posts.Gone(ctx, newMessage()); err != nil || post != nil {
			t.Errorf("a message without a post has %+v, %v", post, err)
		}
	}
	if post, err := posts.Of(ctx, id); err != nil || post.State != bot.PostRecalled || post.Recalled.IsZero() {
		t.Errorf("the recalled post is %+v, %v", post, err)
	}
}

func testPostsChanged(t *testing.T, s *store.Store) {
	t.Helper()
	posts, ctx := store.NewPosts(s), t.Context()
	made, _ := newPosts(t, posts, 1)
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			_, err := posts.Change(ctx, made[0].ID, func(post *bot.Post) bool { post.Code++; return true })
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, err := posts.Find(ctx, made[0].ID); err != nil || got.Code != 5 {
		t.Errorf("after five changes it is %d, %v", got.Code, err)
	}
}

func testPostsLists(t *testing.T, s *store.Store) {
	t.Helper()
	posts, ctx := store.NewPosts(s), t.Context()
	made, team := newPosts(t, posts, 205)
	var inOrder []bot.PostID
	for cursor := ""; ; {
		page, next, err := posts.Group(ctx, team, "launch", cursor)
		must(t, err)
		inOrder = append(inOrder, idsOf(page)...)
		if cursor = next; cursor == "" {
			break
		}
	}
	want := idsOf(made)
	if !slices.Equal(inOrder, want) {
		t.Errorf("the group has %d posts, not its %d in their order", len(inOrder), len(want))
	}
	slices.Reverse(want)
	for _, q := range []bot.PostQuery{{Team: team}, {Team: team, Group: "launch"}, {Team: team, Author: bot.UserID("ou_" + team)}} {
		var newest []bot.PostID
		q.Limit = 30
		for {
			page, next, err := posts.List(ctx, q)
			must(t, err)
			newest = append(newest, idsOf(page)...)
			if q.Cursor = next; next == "" {
				break
			}
		}
		if !slices.Equal(newest, want) {
			t.Errorf("%+v gives %d posts, not the %d from the newest on", q, len(newest), len(want))
		}
	}
	page, _, err := posts.List(ctx, bot.PostQuery{Team: team, Chat: "oc_7", Limit: 5})
	if must(t, err); len(page) != 1 || page[0].Chat != "oc_7" {
		t.Errorf("in one chat: %v", idsOf(page))
	}
	for _, q := range []bot.PostQuery{{}, {Team: "nobody"}, {Group: "launch"}} {
		if page, next, err := posts.List(ctx, q); err != nil || len(page) > 0 || next != "" {
			t.Errorf("%+v gives %v, %q, %v", q, idsOf(page), next, err)
		}
	}
	for _, cursor := range []string{"x", "1", "1.", ".p_1"} {
		_, _, err := posts.List(ctx, bot.PostQuery{Team: team, Cursor: cursor})
		wantKind(t, err, bot.Invalid)
	}
	_, _, err = posts.Group(ctx, team, "launch", "-1")
	wantKind(t, err, bot.Invalid)
}

func testPostsByAuthor(t *testing.T, s *store.Store) {
	t.Helper()
	posts, ctx := store.NewPosts(s), t.Context()
	made, team := newPosts(t, posts, 4)
	who := bot.UserID("ou_" + team)
	for i := range 3 {
		_, err := posts.Change(ctx, made[i].ID, func(post *bot.Post) bool {
			post.State, post.Message = bot.PostSent, newMessage()
			return true
		})
		must(t, err)
	}
	_, err := posts.Change(ctx, made[1].ID, func(post *bot.Post) bool { post.State = bot.PostRecalled; return true })
	must(t, err)
	for _, row := range []struct {
		who  bot.UserID
		chat bot.ChatID
		n    int
		want []bot.PostID
	}{
		{who, "", 10, []bot.PostID{made[3].ID, made[2].ID, made[0].ID}},
		{who, "", 1, []bot.PostID{made[3].ID}},
		{who, "oc_0", 10, []bot.PostID{made[0].ID}},
		{"ou_other", "", 10, []bot.PostID{}},
		{"", "", 10, []bot.PostID{}},
	} {
		got, err := posts.ByAuthor(ctx, row.who, row.chat, row.n)
		if must(t, err); !slices.Equal(idsOf(got), row.want) {
			t.Errorf("%+v: got %v", row, idsOf(got))
		}
	}
}

// testPostsCancelled: a queued post can be cancelled once, a sent one not.
func testPostsCancelled(t *testing.T, s *store.Store) {
	t.Helper()
	posts, ctx := store.NewPosts(s), t.Context()
	made, _ := newPosts(t, posts, 2)
	_, err := posts.Change(ctx, made[0].ID, func(post *bot.Post) bool {
		post.State, post.Message = bot.PostSent, newMessage()
		return true
	})
	must(t, err)
	first, second := bot.Cancellation{Who: "ou_1"}, bot.Cancellation{Token: "t1", Team: "red", Job: "job"}
	for _, row := range []struct {
		id    bot.PostID
		by    bot.Cancellation
		fresh bool
		state bot.PostState
	}{
		{made[0].ID, first, false, bot.PostSent},
		{made[1].ID, first, true, bot.PostCancelled},
		{made[1].ID, second, false, bot.PostCancelled},
	} {
		post, fresh, err := posts.Cancel(ctx, row.id, row.by)
		if err != nil || fresh != row.fresh || post.State != row.state || (fresh && *post.CancelledBy != row.by) {
			t.Errorf("%s by %+v: %+v, %v, %v", row.id, row.by, post, fresh, err)
		}
	}
	if kept, err := posts.Find(ctx, made[1].ID); err != nil || kept.CancelledBy == nil || *kept.CancelledBy != first {
		t.Errorf("kept: %+v, %v", kept, err)
	}
	if _, _, err := posts.Cancel(ctx, "p_none", first); bot.KindOf(err) != bot.NotFound {
		t.Errorf("none: %v", err)
	}
}

// testGroups: an order is announced until its posts are listed, and Announce returns the number of recalls.
func testGroups(t *testing.T, s *store.Store) {
	t.Helper()
	posts, ctx, team := store.NewPosts(s), t.Context(), bot.TeamID(randomHex()[:8])
	epochs := []int{}
	for _, order := range []bot.OrderID{"o1", "o2"} {
		epoch, err := posts.Announce(ctx, team, "launch", order)
		must(t, err)
		epochs = append(epochs, epoch)
		next, err := posts.NextEpoch(ctx, team, "launch", "")
		must(t, err)
		epochs = append(epochs, next)
	}
	if want := []int{0, 1, 1, 2}; !slices.Equal(epochs, want) {
		t.Errorf("epochs %v, want %v", epochs, want)
	}
	one, other := bot.Post{Team: team, Group: "launch", Author: "ou_1"}, bot.Post{Team: team, Group: "launch"}
	withdrawn := func(post bot.Post) time.Time {
		t.Helper()
		at, err := posts.Withdrawn(ctx, post)
		must(t, err)
		return at
	}
	first := withdrawn(other)
	if since := time.Since(first); since < 0 || since > time.Minute || !withdrawn(one).Equal(first) {
		t.Errorf("recalled at %s and %s", first, withdrawn(one))
	}
	for withdrawn(one).Equal(first) { // until the next millisecond
		_, err := posts.NextEpoch(ctx, team, "launch", "ou_1")
		must(t, err)
	}
	if !withdrawn(other).Equal(first) || !withdrawn(bot.Post{Team: team, Group: "quiet"}).IsZero() {
		t.Error("what an author had recalled is not the others'")
	}
	must(t, posts.Listed(ctx, team, "launch", "o1"))
	announced, err := posts.Announced(ctx, team, "launch")
	if err != nil || !slices.Equal(announced, []bot.OrderID{"o2"}) {
		t.Errorf("announced: %v, %v", announced, err)
	}
	for _, other := range []struct {
		team  bot.TeamID
		group bot.GroupID
	}{{team, "other"}, {bot.TeamID(randomHex()[:8]), "launch"}} {
		announced, err := posts.Announced(ctx, other.team, other.group)
		epoch, epochErr := posts.Announce(ctx, other.team, other.group, "o3")
		if err != nil || epochErr != nil || len(announced) > 0 || epoch != 0 {
			t.Errorf("%v: %v, epoch %d, %v, %v", other, announced, epoch, err, epochErr)
		}
	}
}

func testOrders(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	for name, archive := range map[string]store.ArchiveConfig{
		"plain": {}, "sealed": {Key: bot.Secret(strings.Repeat("0f", 32))},
	} {
		orders, err := store.NewOrders(s, archive)
		must(t, err)
		id := bot.OrderID(randomHex())
		made := []bot.Post{newPost("red", 1), newPost("red", 2)}
		for range 2 {
			kept, err := orders.Keep(ctx, id, `{"text":"the words"}`, made)
			must(t, err)
			if diff := cmp.Diff(made, kept); diff != "" {
				t.Errorf("%s: -want +stored\n%s", name, diff)
			}
		}
		kept, err := orders.Keep(ctx, id, `{"text":"others"}`, []bot.Post{newPost("red", 3)})
		if must(t, err); !slices.Equal(idsOf(kept), idsOf(made)) {
			t.Errorf("%s: another order with the same id returns %v", name, idsOf(kept))
		}
		if body, ok, err := orders.Body(ctx, id); err != nil || !ok || body != `{"text":"the words"}` {
			t.Errorf("%s: content %q, %v, %v", name, body, ok, err)
		}
		held, err := s.Client().HGet(ctx, "po:{"+string(id)+"}", "c").Result()
		if must(t, err); strings.Contains(held, "the words") != (name == "plain") {
			t.Errorf("%s: Redis has %q", name, held)
		}
		for i, post := range []bot.PostID{made[0].ID, made[0].ID, made[1].ID} {
			must(t, orders.Settle(ctx, id, post))
			if _, ok, err := orders.Body(ctx, id); err != nil || ok != (i < 2) {
				t.Errorf("%s: after %d posts the content exists: %v, %v", name, i+1, ok, err)
			}
		}
		data, err := json.Marshal(made) // the older format
		must(t, err)
		must(t, s.Client().HSet(ctx, "po:{"+string(id)+"}", "d", data).Err())
		if posts, err := orders.Posts(ctx, id); err != nil || !cmp.Equal(posts, made) {
			t.Errorf("%s: the older format is decoded as %+v, %v", name, posts, err)
		}
		if posts, err := orders.Posts(ctx, "nosuch"); err != nil || posts != nil {
			t.Errorf("%s: an unknown order has the posts %v, %v", name, posts, err)
		}
	}
}

func testPostQueues(t *testing.T, s *store.Store) {
	t.Helper()
	orders, err := store.NewOrders(s, store.ArchiveConfig{})
	must(t, err)
	ctx, queue := t.Context(), string(newChat())
	for _, id := range []bot.PostID{"p_3", "p_1", "p_2", "p_3"} {
		must(t, orders.Join(ctx, queue, id))
	}
	for _, want := range []bot.PostID{"p_3", "p_1", "p_2", ""} {
		if got, err := orders.Head(ctx, queue); err != nil || got != want {
			t.Errorf("the first is %q, want %q, %v", got, want, err)
		}
		must(t, orders.Leave(ctx, queue, want))
	}
	for _, step := range []struct {
		holder string
		want   bool
	}{{"a", true}, {"b", false}, {"a", true}} {
		if held, err := orders.Hold(ctx, queue, step.holder, time.Minute); err != nil || held != step.want {
			t.Errorf("%s holds the lock: %v, %v", step.holder, held, err)
		}
	}
	must(t, orders.Release(ctx, queue, "b"))
	if held, err := orders.Hold(ctx, queue, "b", time.Minute); err != nil || held {
		t.Errorf("b has the lock of a: %v, %v", held, err)
	}
	must(t, orders.Release(ctx, queue, "a"))
	if held, err := orders.Hold(ctx, queue, "b", time.Minute); err != nil || !held {
		t.Errorf("b does not get the free lock: %v, %v", held, err)
	}
}
