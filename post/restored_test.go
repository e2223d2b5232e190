package post_test

import (
	"slices"
	"testing"
	"time"

	"recallbot/bot"
)

// recalled are the messages that are on record as recalled.
func (w *env) recalled() []bot.MessageID {
	var ids []bot.MessageID
	for _, entry := range w.record {
		ids = append(ids, entry.Message)
	}
	slices.Sort(ids)
	return ids
}

// recalledPost is a post that was sent with a lifetime of an hour and a button beside it, and then recalled.
func recalledPost(t *testing.T, w *env) bot.Post {
	t.Helper()
	p := w.poster(0)
	o := order(1)
	o.Life, o.Undo, o.Author = time.Hour, true, "ou_1"
	made := accepted(t, p, o)[0]
	w.live(t, p, time.Minute)
	post := w.posts[made.ID]
	if post.State != bot.PostSent || !post.Bare || len(w.offered) != 1 {
		t.Fatalf("sent %+v, offered %v", post, w.offered)
	}
	w.clock = w.clock.Add(10 * time.Minute)
	post.State, post.Recalled = bot.PostRecalled, w.clock
	w.posts[post.ID] = post
	return post
}

// TestRestored: a restored post is the same post, with its lifetime from the beginning and its button, however
// often the process dies on the way.
func TestRestored(t *testing.T) {
	t.Parallel()
	for killAfter := -1; killAfter < 4; killAfter++ {
		for _, after := range []bool{false, true} {
			w := newEnv()
			was := recalledPost(t, w)
			p := w.poster(0)
			again := bot.Message{ID: "om_again", Chat: was.Chat, Kind: bot.KindOwn, At: w.clock}
			if w.killAfter, w.after = killAfter, after; p.Restored(t.Context(), was.ID, was.Message, again) != nil {
				w.killAfter = -1
				if err := p.Restored(t.Context(), was.ID, was.Message, again); err != nil {
					t.Fatal(err)
				}
			}
			w.killAfter = -1
			got, want := w.posts[was.ID], was
			want.Message, want.State, want.Recalled, want.Sent = again.ID, bot.PostSent, time.Time{}, again.At
			if want.Expires = w.clock.Add(time.Hour); got != want {
				t.Errorf("killed at %d: %+v, want %+v", killAfter, got, want)
			}
			if err := p.Expire(t.Context(), was.ID); err != nil { // the timer of the first time fell due just then
				t.Fatal(err)
			}
			w.live(t, p, 59*time.Minute)
			if len(w.record) != 0 || len(w.offered) != 2 {
				t.Errorf("killed at %d: recalled %+v, offered %v", killAfter, w.record, w.offered)
			}
			w.live(t, p, 2*time.Minute)
			if got := w.recalled(); !slices.Equal(got, []bot.MessageID{again.ID}) || w.posts[was.ID].State != bot.PostRecalled {
				t.Errorf("killed at %d: recalled %+v, is %+v", killAfter, w.record, w.posts[was.ID])
			}
		}
	}
}

// TestRestoredAfterItsTime: a post that was restored after its lifetime is recalled at the end of the new one.
func TestRestoredAfterItsTime(t *testing.T) {
	t.Parallel()
	w := newEnv()
	p := w.poster(0)
	o := order(1)
	o.Life = time.Hour
	post := w.posts[accepted(t, p, o)[0].ID]
	w.live(t, p, 2*time.Hour)
	was := w.posts[post.ID].Message
	if err := p.Restored(t.Context(), post.ID, was, bot.Message{ID: "om_again", At: w.clock}); err != nil {
		t.Fatal(err)
	}
	w.live(t, p, 2*time.Hour)
	if got := w.recalled(); !slices.Equal(got, []bot.MessageID{"om_again", was}) {
		t.Errorf("recalled %v, want %s too", got, was)
	}
}

// TestRestoredOfAnOlderVersion: the lifetime of a post without one is computed from its end.
func TestRestoredOfAnOlderVersion(t *testing.T) {
	t.Parallel()
	w := newEnv()
	was := recalledPost(t, w)
	was.Life = 0
	w.posts[was.ID] = was
	for _, id := range []bot.MessageID{"om_again", "om_thrice"} {
		if err := w.poster(0).Restored(t.Context(), was.ID, w.posts[was.ID].Message, bot.Message{ID: id, At: w.clock}); err != nil {
			t.Fatal(err)
		}
		if got := w.posts[was.ID]; got.Message != id || !got.Expires.Equal(w.clock.Add(time.Hour)) {
			t.Errorf("%s: %+v", id, got)
		}
		w.clock = w.clock.Add(time.Minute)
	}
}

// TestRestoredAndGone: a post whose new message was recalled before the post was updated counts as gone.
func TestRestoredAndGone(t *testing.T) {
	t.Parallel()
	w := newEnv()
	was := recalledPost(t, w)
	w.known["om_again"] = bot.Message{ID: "om_again", Chat: was.Chat, Kind: bot.KindOwn, Gone: true}
	if err := w.poster(0).Restored(t.Context(), was.ID, was.Message, bot.Message{ID: "om_again"}); err != nil {
		t.Fatal(err)
	}
	if got := w.posts[was.ID]; got.Message != "om_again" || got.State != bot.PostRecalled || len(w.offered) != 1 {
		t.Errorf("%+v, offered %v", got, w.offered)
	}
	if err := w.poster(0).Restored(t.Context(), "p_forgotten", "om_x", bot.Message{ID: "om_y"}); err != nil {
		t.Errorf("a post that is not kept any more: %v", err)
	}
}

func TestWithdrawn(t *testing.T) {
	t.Parallel()
	w := newEnv()
	p := w.poster(0)
	for name, row := range map[string]struct {
		at   time.Time
		want bool
	}{
		"never":  {time.Time{}, false},
		"before": {w.clock.Add(-time.Millisecond), false},
		"since":  {w.clock.Add(time.Millisecond), true},
	} {
		w.withdrawn = row.at
		if got, err := p.Withdrawn(t.Context(), bot.Post{}, w.clock); err != nil || got != row.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
