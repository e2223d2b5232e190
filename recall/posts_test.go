package recall_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"

	"recallbot/bot"
	"recallbot/recall"
)

// books are the posts of one group, two at a time, each in a chat of its own. The door sees what chat it is asked for.
type books struct {
	*workbench

	posts     []bot.Post
	cancelled int
	asks      []recall.Request
	batches   []bot.MessageID
}

func newBooks(n int) *books {
	b := &books{workbench: newWorkbench(0)}
	for i := range n {
		b.posts = append(b.posts, bot.Post{
			ID: bot.PostID("p_" + strconv.Itoa(i)), State: bot.PostSent, Group: "launch", Team: "red", Author: "ou_1",
			Chat: bot.ChatID("oc_" + strconv.Itoa(i)), Message: om(i), Kind: bot.KindOwn,
		})
	}
	return b
}

func (b *books) Of(_ context.Context, id bot.MessageID) (*bot.Post, error) {
	for _, post := range b.posts {
		if post.Message == id {
			return &post, nil
		}
	}
	return nil, nil
}

func (b *books) OfAll(ctx context.Context, ids []bot.MessageID) ([]*bot.Post, error) {
	posts := make([]*bot.Post, len(ids))
	for i, id := range ids {
		posts[i], _ = b.Of(ctx, id)
	}
	return posts, nil
}

func (b *books) Group(_ context.Context, team bot.TeamID, group bot.GroupID, cursor string) ([]bot.Post, string, error) {
	if team != "red" || group != "launch" {
		return nil, "", nil
	}
	from, _ := strconv.Atoi(cursor)
	if from+2 < len(b.posts) {
		return b.posts[from : from+2], strconv.Itoa(from + 2), nil
	}
	return b.posts[from:], "", nil
}

func (b *books) Cancel(context.Context, bot.TeamID, bot.GroupID) error {
	b.cancelled++
	for i := range b.posts {
		if b.posts[i].State == bot.PostQueued {
			b.posts[i].State = bot.PostCancelled
		}
	}
	return nil
}

func (b *books) Recall(ctx context.Context, req recall.Request) (recall.Outcome, error) {
	b.mu.Lock()
	b.asks = append(b.asks, req)
	b.mu.Unlock()
	return b.workbench.Recall(ctx, req)
}

func (b *books) RecallBatch(_ context.Context, req recall.Request) (recall.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.batches = append(b.batches, req.Target)
	return recall.Outcome{Result: bot.Asked}, nil
}

func (b *books) worker() *recall.Posts {
	return recall.NewPosts(recall.CleanParts{Targets: b, Failures: b, Previews: b, Door: b, Index: b, Archive: b},
		recall.PostsParts{Groups: b, Batches: b})
}

func (b *books) ids() []bot.MessageID {
	var ids []bot.MessageID
	for _, target := range b.targets {
		ids = append(ids, target.Message.ID)
	}
	return ids
}

func groupJob(state bot.JobState) bot.Job {
	return bot.Job{
		ID: "job", Kind: bot.JobPosts, State: state, Chat: bot.LineOf("job"), Group: "launch", Team: "red", Via: bot.ViaAPI,
		By: &bot.Principal{Token: "t1", Team: "red", Own: true},
	}
}

// TestPostsOfAGroup: what stands of the group is found, and what is still to be sent is held back only once it is meant.
func TestPostsOfAGroup(t *testing.T) {
	t.Parallel()
	b := newBooks(5)
	b.posts[1].State = bot.PostRecalled
	b.posts[3].State, b.posts[3].Message = bot.PostQueued, ""
	want := []bot.MessageID{om(0), om(2), om(4)}
	for i, state := range []bot.JobState{bot.JobNew, bot.JobRunning, bot.JobRunning} {
		job := groupJob(state)
		if err := b.worker().Gather(t.Context(), &job); err != nil {
			t.Fatal(err)
		}
		if job.Total != 3 || job.Preview.Total != 3 || !slices.Equal(b.ids(), want) || b.cancelled != i {
			t.Errorf("%s: found %v of %d, cancelled %d times", state, b.ids(), job.Total, b.cancelled)
		}
	}
	if b.posts[3].State != bot.PostCancelled {
		t.Errorf("what was to be sent is %s", b.posts[3].State)
	}
	other := groupJob(bot.JobRunning)
	other.Team = "blue"
	if err := b.worker().Gather(t.Context(), &other); err != nil || other.Total != 0 || len(b.targets) > 0 {
		t.Errorf("of another team's group of that name %d were found, %v", other.Total, err)
	}
}

// TestPostsByName: posts that were named, some of which nobody knows.
func TestPostsByName(t *testing.T) {
	t.Parallel()
	b := newBooks(2)
	job := bot.Job{ID: "job", Kind: bot.JobPosts, State: bot.JobRunning, Named: []bot.MessageID{om(1), "om_unknown"}}
	if err := b.worker().Gather(t.Context(), &job); err != nil {
		t.Fatal(err)
	}
	if job.Total != 2 || b.cancelled > 0 || b.targets[0].Message.Chat != "oc_1" || !bot.Is(b.targets[0].Message.Sender, "ou_1") {
		t.Errorf("found %+v", b.targets)
	}
	if m := b.targets[1].Message; m.ID != "om_unknown" || m.Chat != "" || m.Kind != bot.KindUnknown {
		t.Errorf("the unknown one is %+v", m)
	}
}

// TestPostsMany: more than the store takes at a time.
func TestPostsMany(t *testing.T) {
	t.Parallel()
	b := newBooks(0)
	job := bot.Job{ID: "job", Kind: bot.JobPosts, State: bot.JobRunning}
	for i := range bot.MostNamed {
		job.Named = append(job.Named, om(i))
	}
	if err := b.worker().Gather(t.Context(), &job); err != nil || job.Total != bot.MostNamed || !slices.Equal(b.ids(), job.Named) {
		t.Errorf("found %d, %v", job.Total, err)
	}
}

// TestPostsAcrossChats: each post is recalled in its own chat, batch sends by their own call, and all is counted.
func TestPostsAcrossChats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBooks(3)
		b.posts = append(b.posts, bot.Post{State: bot.PostSent, Group: "launch", Team: "red", Message: "bm-1", Kind: bot.KindOwn})
		job := groupJob(bot.JobRunning)
		worker := b.worker()
		if err := worker.Gather(t.Context(), &job); err != nil {
			t.Fatal(err)
		}
		settled, counts, err := worker.Page(t.Context(), job, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantPage(t, settled, 4, counts, bot.Counts{bot.CauseRecalled: 3, bot.CauseAsked: 1})
		if !slices.Equal(b.batches, []bot.MessageID{"bm-1"}) {
			t.Errorf("batches %v", b.batches)
		}
		for _, req := range b.asks {
			if want := bot.ChatID("oc_" + string(req.Target[len("om_"):])); req.Chat != want || !req.Keep || req.By == nil || req.P2P {
				t.Errorf("%s is asked for as %+v", req.Target, req)
			}
		}
	})
}
