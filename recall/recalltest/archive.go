package recalltest

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// Archive is an archive of one chat in memory, with the platform's calls for it.
type Archive struct {
	mu        sync.Mutex
	platform  *platform
	Takes     map[bot.JobID][]bot.Archived
	Claims    map[bot.JobID]bot.JobID
	successor map[bot.MessageID]bot.MessageID
	Lost      map[bot.JobID]map[bot.MessageID]bot.Cause
	Posted    []bot.Repost
	Unread    error
	// Book are the posts of the API; WithdrawnAt is when their group was recalled.
	Book        map[bot.PostID]bot.Post
	WithdrawnAt time.Time
	// Fail are the results of the next posts. At the Kill-th point from now the process is killed, if that is not 0.
	Fail []error
	Kill int
}

// NewArchive makes an empty archive that reads from a platform.
func NewArchive(p *platform) *Archive {
	return &Archive{
		platform: p, Takes: map[bot.JobID][]bot.Archived{}, Claims: map[bot.JobID]bot.JobID{}, successor: map[bot.MessageID]bot.MessageID{},
		Lost: map[bot.JobID]map[bot.MessageID]bot.Cause{}, Book: map[bot.PostID]bot.Post{},
	}
}

// Post is recall.Archive.Read.
func (s *Archive) Post(_ context.Context, id bot.MessageID) (bot.Seen, error) {
	s.platform.mu.Lock()
	defer s.platform.mu.Unlock()
	s.platform.called("READ " + string(id))
	return bot.Seen{Message: bot.Message{ID: id}, Type: "text", Body: "words of " + string(id)}, s.Unread
}

// Keep implements recall.ArchiveWriter.
func (s *Archive) Keep(
	_ context.Context, take bot.JobID, _ bot.ChatID, posts []bot.Seen, lost map[bot.MessageID]bot.Cause,
) error {
	for _, p := range posts {
		s.Takes[take] = append(s.Takes[take], bot.Archived{Message: p.Message, Type: p.Type, Body: p.Body})
	}
	if s.Lost[take] == nil {
		s.Lost[take] = map[bot.MessageID]bot.Cause{}
	}
	maps.Copy(s.Lost[take], lost)
	return nil
}

// Drop implements recall.ArchiveWriter.
func (s *Archive) Drop(_ context.Context, take bot.JobID, _ bot.ChatID, ids []bot.MessageID) error {
	s.Takes[take] = slices.DeleteFunc(s.Takes[take], func(p bot.Archived) bool { return slices.Contains(ids, p.ID) })
	for _, id := range ids {
		delete(s.Lost[take], id)
	}
	return nil
}

// Count implements jobs.ArchiveReader.
func (s *Archive) Count(_ context.Context, _ bot.ChatID, take bot.JobID) (int, bot.Counts, error) {
	lost := bot.Counts{}
	for _, cause := range s.Lost[take] {
		lost[cause]++
	}
	return len(s.Takes[take]), lost, nil
}

// Of implements jobs.RestoredPosts.
func (s *Archive) Of(_ context.Context, id bot.MessageID) (*bot.Post, error) {
	for _, post := range s.Book {
		if post.Message == id {
			return &post, nil
		}
	}
	return nil, nil
}

// Restored implements jobs.RestoredPosts.
func (s *Archive) Restored(_ context.Context, id bot.PostID, was bot.MessageID, is bot.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	post := s.Book[id]
	if err := s.point(); err != nil {
		return err
	}
	if post.Message == was {
		post.Message, post.State = is.ID, bot.PostSent
		s.Book[id] = post
	}
	return s.point()
}

// Withdrawn implements jobs.RestoredPosts.
func (s *Archive) Withdrawn(_ context.Context, _ bot.Post, since time.Time) (bool, error) {
	return s.WithdrawnAt.After(since), nil
}

// point is a point at which the process may be killed, once.
func (s *Archive) point() error {
	if s.Kill--; s.Kill == 0 {
		return bot.Errorf(bot.Unavailable, "killed")
	}
	return nil
}

// faulty is the result of the next post.
func (s *Archive) faulty() error {
	if len(s.Fail) == 0 {
		return nil
	}
	err := s.Fail[0]
	s.Fail = s.Fail[1:]
	return err
}

// Posts implements jobs.ArchiveReader.
func (s *Archive) Posts(_ context.Context, _ bot.ChatID, take bot.JobID, from, n int) ([]bot.Archived, error) {
	all := s.Takes[take]
	return all[min(from, len(all)):min(from+n, len(all))], nil
}

// Claim implements jobs.ArchiveReader.
func (s *Archive) Claim(_ context.Context, _ bot.ChatID, take, by bot.JobID) (bool, error) {
	if s.Claims[take] == "" {
		s.Claims[take] = by
	}
	return s.Claims[take] == by, nil
}

// Release implements jobs.ArchiveReader.
func (s *Archive) Release(_ context.Context, _ bot.ChatID, take, by bot.JobID) error {
	if s.Claims[take] == by {
		delete(s.Claims, take)
	}
	return nil
}

// SetRestoredAs implements jobs.Successors.
func (s *Archive) SetRestoredAs(_ context.Context, _ bot.ChatID, _ bot.JobID, id, successor bot.MessageID) error {
	if err := s.point(); err != nil {
		return err
	}
	s.successor[id] = successor
	return s.point()
}

// RestoredAs implements jobs.Successors.
func (s *Archive) RestoredAs(_ context.Context, _ bot.ChatID, _ bot.JobID, ids ...bot.MessageID) ([]bot.MessageID, error) {
	list := make([]bot.MessageID, len(ids))
	for i, id := range ids {
		list[i] = s.successor[id]
	}
	return list, nil
}

// Repost is jobs.UndoDeps.Repost.
func (s *Archive) Repost(_ context.Context, post bot.Repost) (bot.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.faulty(); err != nil {
		return bot.Message{}, err
	}
	if err := s.point(); err != nil {
		return bot.Message{}, err
	}
	again := bot.Message{ID: "new_" + post.ID, Chat: post.Chat, Kind: bot.KindOwn, Sender: post.Sender}
	s.platform.Messages[again.ID] = again
	if !slices.ContainsFunc(s.Posted, func(p bot.Repost) bool { return p.Key == post.Key }) { // the platform sends a key once
		s.Posted = append(s.Posted, post)
	}
	return again, s.point()
}

// WithArchive is the recaller with an archive.
func (s *Env) WithArchive(kept *Archive) *recall.Recaller {
	return recall.New(recall.Config{Self: Self}, recall.Deps{
		Decision: recall.DecisionDeps{
			Rules: s.CurrentRules, Roles: s.Roles, Settings: s.Settings,
		},
		Platform: s.Platform, Index: s.Index, Record: s.Audit.Record, Once: s.Marks.First,
		Archive: recall.Archive{Writer: kept, Read: kept.Post}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return s.Clock },
	})
}

// Broadcast adds the post of the API of om_own, which was recalled.
func (s *Archive) Broadcast() {
	s.Book["p_1"] = bot.Post{
		ID: "p_1", Message: "om_own", State: bot.PostRecalled, Team: "red", Group: "launch", Author: "ou_author", Undo: true, Key: "k",
	}
}
