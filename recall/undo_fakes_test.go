package recall_test

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// shelf is an archive of one chat in memory, and the platform where it is read from and posted to.
type shelf struct {
	mu       sync.Mutex
	platform *platform
	takes    map[bot.JobID][]bot.Archived
	claims   map[bot.JobID]bot.JobID
	anew     map[bot.MessageID]bot.MessageID
	lost     map[bot.JobID]map[bot.MessageID]bot.Cause
	posted   []bot.Repost
	unread   error
	// book are the posts of the API; withdrawn is when their group was taken back.
	book      map[bot.PostID]bot.Post
	withdrawn time.Time
	// fail is what happens to the next posts. At the kill-th point from now the process is killed, if that is not 0.
	fail []error
	kill int
}

func newShelf(p *platform) *shelf {
	return &shelf{
		platform: p, takes: map[bot.JobID][]bot.Archived{}, claims: map[bot.JobID]bot.JobID{}, anew: map[bot.MessageID]bot.MessageID{},
		lost: map[bot.JobID]map[bot.MessageID]bot.Cause{}, book: map[bot.PostID]bot.Post{},
	}
}

func (s *shelf) Post(_ context.Context, id bot.MessageID) (bot.Seen, error) {
	s.platform.mu.Lock()
	defer s.platform.mu.Unlock()
	s.platform.called("READ " + string(id))
	return bot.Seen{Message: bot.Message{ID: id}, Type: "text", Body: "words of " + string(id)}, s.unread
}

func (s *shelf) Keep(
	_ context.Context, take bot.JobID, _ bot.ChatID, posts []bot.Seen, lost map[bot.MessageID]bot.Cause,
) error {
	for _, p := range posts {
		s.takes[take] = append(s.takes[take], bot.Archived{Message: p.Message, Type: p.Type, Body: p.Body})
	}
	if s.lost[take] == nil {
		s.lost[take] = map[bot.MessageID]bot.Cause{}
	}
	maps.Copy(s.lost[take], lost)
	return nil
}

func (s *shelf) Drop(_ context.Context, take bot.JobID, _ bot.ChatID, ids []bot.MessageID) error {
	s.takes[take] = slices.DeleteFunc(s.takes[take], func(p bot.Archived) bool { return slices.Contains(ids, p.ID) })
	for _, id := range ids {
		delete(s.lost[take], id)
	}
	return nil
}

func (s *shelf) Count(_ context.Context, _ bot.ChatID, take bot.JobID) (int, bot.Counts, error) {
	lost := bot.Counts{}
	for _, cause := range s.lost[take] {
		lost[cause]++
	}
	return len(s.takes[take]), lost, nil
}

func (s *shelf) Of(_ context.Context, id bot.MessageID) (*bot.Post, error) {
	for _, post := range s.book {
		if post.Message == id {
			return &post, nil
		}
	}
	return nil, nil
}

func (s *shelf) Restored(_ context.Context, id bot.PostID, was bot.MessageID, is bot.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	post := s.book[id]
	if err := s.point(); err != nil {
		return err
	}
	if post.Message == was {
		post.Message, post.State = is.ID, bot.PostSent
		s.book[id] = post
	}
	return s.point()
}

func (s *shelf) Withdrawn(_ context.Context, _ bot.Post, since time.Time) (bool, error) {
	return s.withdrawn.After(since), nil
}

// point is a point at which the process may be killed, once.
func (s *shelf) point() error {
	if s.kill--; s.kill == 0 {
		return bot.Errorf(bot.Unavailable, "killed")
	}
	return nil
}

// faulty is what happens to the next post.
func (s *shelf) faulty() error {
	if len(s.fail) == 0 {
		return nil
	}
	err := s.fail[0]
	s.fail = s.fail[1:]
	return err
}

func (s *shelf) Posts(_ context.Context, _ bot.ChatID, take bot.JobID, from, n int) ([]bot.Archived, error) {
	all := s.takes[take]
	return all[min(from, len(all)):min(from+n, len(all))], nil
}

func (s *shelf) Claim(_ context.Context, _ bot.ChatID, take, by bot.JobID) (bool, error) {
	if s.claims[take] == "" {
		s.claims[take] = by
	}
	return s.claims[take] == by, nil
}

func (s *shelf) Release(_ context.Context, _ bot.ChatID, take, by bot.JobID) error {
	if s.claims[take] == by {
		delete(s.claims, take)
	}
	return nil
}

func (s *shelf) Became(_ context.Context, _ bot.ChatID, _ bot.JobID, id, anew bot.MessageID) error {
	if err := s.point(); err != nil {
		return err
	}
	s.anew[id] = anew
	return s.point()
}

func (s *shelf) Anew(_ context.Context, _ bot.ChatID, _ bot.JobID, ids ...bot.MessageID) ([]bot.MessageID, error) {
	list := make([]bot.MessageID, len(ids))
	for i, id := range ids {
		list[i] = s.anew[id]
	}
	return list, nil
}

func (s *shelf) Repost(_ context.Context, post bot.Repost) (bot.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.faulty(); err != nil {
		return bot.Message{}, err
	}
	if err := s.point(); err != nil {
		return bot.Message{}, err
	}
	again := bot.Message{ID: "new_" + post.ID, Chat: post.Chat, Kind: bot.KindOwn, Sender: post.Sender}
	s.platform.messages[again.ID] = again
	if !slices.ContainsFunc(s.posted, func(p bot.Repost) bool { return p.Key == post.Key }) { // the platform knows the key
		s.posted = append(s.posted, post)
	}
	return again, s.point()
}

// door is the scene's recaller with the archive on.
func (s *scene) door(config recall.Config, kept *shelf) *recall.Recaller {
	config.Self = self
	return recall.New(config, recall.Parts{
		Policy:   policy.New(policy.Config{Moderators: []string{"ou_mod"}}),
		Platform: s.platform, Index: s.index, Roles: s.roles, Audit: s.audit, Settings: s.settings, Marks: s.marks,
		Archive: kept, Reads: kept, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return s.clock },
	})
}

// undoing is an undo of a take of posts, by the owner, as it runs.
func undoing(t *testing.T, s *scene, config recall.Config, posts ...bot.Archived) (*shelf, *recall.Undo, bot.Job) {
	t.Helper()
	kept := newShelf(s.platform)
	for i := range posts {
		posts[i].Chat, posts[i].Kind = here, bot.KindOwn
		if err := s.index.Forget(t.Context(), posts[i].ID); err != nil {
			t.Fatal(err)
		}
	}
	kept.takes["take"] = posts
	undo := recall.NewUndo(recall.UndoParts{
		Shelf: kept, Successors: kept, Reposts: kept, Door: s.door(config, kept), Index: s.index, Posts: kept, Restored: kept,
		Mark:   func(_ context.Context, _ bot.Job, post bot.Archived) string { return post.At.UTC().Format("(15:04)") },
		Button: func(_ context.Context, post bot.Post) bot.Button { return bot.Button{Press: bot.Press{Post: post.ID}} },
	})
	job := bot.Job{
		ID: "undo", Kind: bot.JobUndo, State: bot.JobRunning, Who: "ou_owner", Chat: here, Of: "take", Asked: s.clock,
	}
	if err := undo.Gather(t.Context(), &job); err != nil || job.Total != len(posts) {
		t.Fatalf("gather: %d of %d, %v", job.Total, len(posts), err)
	}
	return kept, undo, job
}

func post(id, root, parent, topic string) bot.Archived {
	return bot.Archived{
		Message: bot.Message{ID: bot.MessageID(id)}, Root: bot.MessageID(root), Parent: bot.MessageID(parent),
		Topic: bot.ThreadID(topic), Type: "text", Body: "words",
	}
}
