package jobs_test

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/jobs"
)

// fakeGroups are the posts of one group, two per page, each in a chat of its own.
type fakeGroups struct {
	*cleanHarness

	posts      []bot.Post
	unlisted   []bot.Post
	identified map[bot.MessageID]bot.Message
	asks       []recall.Request
}

func newBooks(n int) *fakeGroups {
	b := &fakeGroups{cleanHarness: newWorkbench(0)}
	for i := range n {
		b.posts = append(b.posts, bot.Post{
			ID: bot.PostID("p_" + strconv.Itoa(i)), State: bot.PostSent, Group: "launch", Team: "red", Author: "ou_1",
			Chat: bot.ChatID("oc_" + strconv.Itoa(i)), Message: om(i), Kind: bot.KindOwn,
		})
	}
	return b
}

func (b *fakeGroups) Of(_ context.Context, id bot.MessageID) (*bot.Post, error) {
	for _, post := range b.posts {
		if post.Message == id {
			return &post, nil
		}
	}
	return nil, nil
}

func (b *fakeGroups) OfAll(ctx context.Context, ids []bot.MessageID) ([]*bot.Post, error) {
	posts := make([]*bot.Post, len(ids))
	for i, id := range ids {
		posts[i], _ = b.Of(ctx, id)
	}
	return posts, nil
}

func (b *fakeGroups) Group(_ context.Context, team bot.TeamID, group bot.GroupID, cursor string) ([]bot.Post, string, error) {
	if team != "red" || group != "launch" {
		return nil, "", nil
	}
	from, _ := strconv.Atoi(cursor)
	if from+2 < len(b.posts) {
		return b.posts[from : from+2], strconv.Itoa(from + 2), nil
	}
	return b.posts[from:], "", nil
}

// Complete lists what was accepted and not listed yet.
func (b *fakeGroups) Complete(context.Context, bot.TeamID, bot.GroupID) error {
	b.posts, b.unlisted = append(b.posts, b.unlisted...), nil
	return nil
}

// Identify finds the messages of known.
func (b *fakeGroups) Identify(_ context.Context, id bot.MessageID) (bot.Message, error) {
	if m, ok := b.identified[id]; ok {
		return m, nil
	}
	return bot.Message{ID: id}, nil
}

func (b *fakeGroups) Recall(ctx context.Context, req recall.Request) (recall.Outcome, error) {
	b.mu.Lock()
	b.asks = append(b.asks, req)
	b.mu.Unlock()
	if req.Post != "" {
		return recall.Outcome{Result: bot.Cancelled}, nil
	}
	return b.cleanHarness.Recall(ctx, req)
}

func (b *fakeGroups) worker() *jobs.Posts {
	return jobs.NewPosts(jobs.CleanDeps{Targets: b, Failed: b.Failed, Previews: b, Recall: b.Recall, Find: b.Find, Archive: b},
		jobs.PostsDeps{Groups: b, Identify: b.Identify})
}

func (b *fakeGroups) ids() []bot.MessageID {
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

// TestPostsOfAGroup: a job is about what was accepted for the group before it was asked for, sent or not, listed or not.
func TestPostsOfAGroup(t *testing.T) {
	t.Parallel()
	b := newBooks(6)
	b.posts[1].State = bot.PostRecalled
	b.posts[3].State, b.posts[3].Message = bot.PostQueued, ""
	b.posts[4].State, b.posts[4].Message = bot.PostFailed, ""
	b.posts[5].Epoch = 1 // accepted after the recall was asked for
	b.unlisted = []bot.Post{{ID: "p_late", State: bot.PostQueued, Group: "launch", Team: "red", Author: "ou_1", Chat: "oc_9", Kind: bot.KindOwn}}
	want := []bot.Target{{Message: *b.posts[0].Known()}, {Message: *b.posts[2].Known()}, queued(b.posts[3]), queued(b.unlisted[0])}
	for _, state := range []bot.JobState{bot.JobNew, bot.JobRunning, bot.JobRunning} {
		job := groupJob(state)
		job.Epoch = 1
		if err := b.worker().Gather(t.Context(), &job); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.targets); diff != "" || job.Total != len(want) || job.Preview.Total != len(want) {
			t.Errorf("%s: %d found (-want +got):\n%s", state, job.Total, diff)
		}
	}
	for _, post := range b.posts {
		if post.State == bot.PostCancelled {
			t.Errorf("gathering has cancelled %s", post.ID)
		}
	}
	other := groupJob(bot.JobRunning)
	other.Team = "blue"
	if err := b.worker().Gather(t.Context(), &other); err != nil || other.Total != 0 || len(b.targets) > 0 {
		t.Errorf("of another team's group of that name %d were found, %v", other.Total, err)
	}
}

func queued(post bot.Post) bot.Target {
	return bot.Target{Post: post.ID, Message: bot.Message{Chat: post.Chat, Sender: bot.HashOf(post.Author)}}
}

// TestPostsOfAPerson: where a person asks, "all" is that person's posts.
func TestPostsOfAPerson(t *testing.T) {
	t.Parallel()
	b := newBooks(4)
	b.posts[1].Author, b.posts[2].Author = "ou_2", ""
	job := groupJob(bot.JobRunning)
	job.By, job.Who, job.Via = nil, "ou_1", bot.ViaButton
	if err := b.worker().Gather(t.Context(), &job); err != nil || !slices.Equal(b.ids(), []bot.MessageID{om(0), om(3)}) {
		t.Errorf("found %v, %v", b.ids(), err)
	}
}

// TestPostsByName: named messages are identified by the posts and the index, then by the platform. Some can't be identified.
func TestPostsByName(t *testing.T) {
	t.Parallel()
	b := newBooks(3)
	b.posts[2].Kind, b.posts[2].Chat = bot.KindUnknown, "oc_claimed" // registered by an earlier version, on its caller's word
	b.identified = map[bot.MessageID]bot.Message{"om_seen": {ID: "om_seen", Chat: "oc_7", Kind: bot.KindBot}}
	job := bot.Job{
		ID: "job", Kind: bot.JobPosts, State: bot.JobRunning,
		Named: []bot.MessageID{om(1), om(2), "om_seen", "om_unknown", "bm-1"},
	}
	if err := b.worker().Gather(t.Context(), &job); err != nil {
		t.Fatal(err)
	}
	want := []bot.Target{
		{Message: *b.posts[1].Known()},
		{Message: bot.Message{ID: om(2)}},
		{Message: b.identified["om_seen"]},
		{Message: bot.Message{ID: "om_unknown"}},
		{Message: bot.Message{ID: "bm-1"}},
	}
	if diff := cmp.Diff(want, b.targets); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if want := map[bot.ChatID]int{"oc_1": 1, "oc_7": 1, "": 3}; !maps.Equal(job.Chats, want) {
		t.Errorf("counted %v, want %v", job.Chats, want)
	}
}

// TestPostsMany: more than the store takes at a time.
func TestPostsMany(t *testing.T) {
	t.Parallel()
	b := newBooks(0)
	job := bot.Job{ID: "job", Kind: bot.JobPosts, State: bot.JobRunning}
	for i := range bot.MaxNamed {
		job.Named = append(job.Named, om(i))
	}
	if err := b.worker().Gather(t.Context(), &job); err != nil || job.Total != bot.MaxNamed || !slices.Equal(b.ids(), job.Named) {
		t.Errorf("found %d, %v", job.Total, err)
	}
}

// TestPostsAcrossChats: each post is recalled in its own chat, batch sends by their own call, and all is counted.
func TestPostsAcrossChats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBooks(3)
		b.posts = append(b.posts,
			bot.Post{State: bot.PostSent, Group: "launch", Team: "red", Message: "bm-1", Kind: bot.KindOwn},
			bot.Post{ID: "p_q", State: bot.PostQueued, Group: "launch", Team: "red", Chat: "oc_q", Kind: bot.KindOwn},
		)
		job := groupJob(bot.JobRunning)
		worker := b.worker()
		if err := worker.Gather(t.Context(), &job); err != nil {
			t.Fatal(err)
		}
		settled, counts, err := worker.Page(t.Context(), job, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantPage(t, settled, 5, counts, bot.Counts{bot.CauseRecalled: 4, bot.CauseCancelled: 1})
		for _, req := range b.asks {
			if req.Post != "" || bot.IsBatch(req.Target) {
				continue
			}
			if want := bot.ChatID("oc_" + string(req.Target[len("om_"):])); req.Chat != want || !req.Keep || req.By == nil || req.P2P {
				t.Errorf("%s is asked for as %+v", req.Target, req)
			}
		}
	})
}
