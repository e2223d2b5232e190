package recall_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/policy"
	"recallbot/recall"
)

// shelf is an archive of one chat in memory, and the platform where it is read from and posted to.
type shelf struct {
	mu       sync.Mutex
	platform *platform
	takes    map[bot.JobID][]bot.Archived
	claims   map[bot.JobID]bot.JobID
	anew     map[bot.MessageID]bot.MessageID
	posted   []bot.Repost
	unread   error
	// fail is what happens to the next posts.
	fail []error
}

func newShelf(p *platform) *shelf {
	return &shelf{
		platform: p, takes: map[bot.JobID][]bot.Archived{}, claims: map[bot.JobID]bot.JobID{}, anew: map[bot.MessageID]bot.MessageID{},
	}
}

func (s *shelf) Post(_ context.Context, id bot.MessageID) (bot.Seen, error) {
	s.platform.mu.Lock()
	defer s.platform.mu.Unlock()
	s.platform.called("READ " + string(id))
	return bot.Seen{Message: bot.Message{ID: id}, Type: "text", Body: "words of " + string(id)}, s.unread
}

func (s *shelf) Keep(_ context.Context, take bot.JobID, _ bot.ChatID, posts []bot.Seen) error {
	for _, p := range posts {
		s.takes[take] = append(s.takes[take], bot.Archived{Message: p.Message, Type: p.Type, Body: p.Body})
	}
	return nil
}

func (s *shelf) Drop(_ context.Context, take bot.JobID, _ bot.ChatID, ids []bot.MessageID) error {
	s.takes[take] = slices.DeleteFunc(s.takes[take], func(p bot.Archived) bool { return slices.Contains(ids, p.ID) })
	return nil
}

func (s *shelf) Count(_ context.Context, _ bot.ChatID, take bot.JobID) (int, error) {
	return len(s.takes[take]), nil
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
	s.anew[id] = anew
	return nil
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
	if len(s.fail) > 0 {
		err := s.fail[0]
		if s.fail = s.fail[1:]; err != nil {
			return bot.Message{}, err
		}
	}
	s.posted = append(s.posted, post)
	return bot.Message{ID: "new_" + post.ID, Chat: post.Chat}, nil
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

func TestSinglesAreKept(t *testing.T) {
	t.Parallel()
	broken := bot.Errorf(bot.Denied, "no scope")
	rows := []struct {
		name   string
		target bot.MessageID
		unread error
		fault  error
		config recall.Config
		result bot.Result
		kept   int
		calls  string
	}{
		{"own post", "om_own", nil, nil, recall.Config{}, bot.Done, 1, "READ om_own, DELETE om_own"},
		{"unreadable", "om_own", broken, nil, recall.Config{}, bot.Done, 0, "READ om_own, DELETE om_own"},
		{"not recalled after all", "om_own", nil, broken, recall.Config{}, bot.Failed, 0, "READ om_own, DELETE om_own"},
		{"dry run", "om_own", nil, nil, recall.Config{DryRun: true}, bot.DryRun, 0, ""},
		{"a person's", "om_person", nil, nil, recall.Config{}, bot.Refused, 0, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, recall.Config{})
			kept := newShelf(s.platform)
			kept.unread = row.unread
			if row.fault != nil {
				s.platform.fail("DELETE "+string(row.target), row.fault)
			}
			req := s.reply("ou_owner", row.target)
			out, err := s.door(row.config, kept).Recall(t.Context(), req)
			if err != nil || out.Result != row.result {
				t.Fatalf("outcome %+v, %v, want %s", out, err, row.result)
			}
			take := recall.TakeOf(req.Work)
			if len(kept.takes[take]) != row.kept {
				t.Errorf("kept %+v, want %d", kept.takes, row.kept)
			}
			want := bot.JobID("")
			if row.kept > 0 {
				want = take
				if p := kept.takes[take][0]; p.Body == "" || !bot.Is(p.Sender, bot.UserID("ou_author")) {
					t.Errorf("kept %+v, want words and author", p)
				}
			}
			if got := s.audit.entries[0].Job; got != want {
				t.Errorf("recorded job %q, want %q", got, want)
			}
			var calls []string
			for _, call := range s.platform.calls {
				if !strings.HasPrefix(call, "CHAT") {
					calls = append(calls, call)
				}
			}
			if got := strings.Join(calls, ", "); got != row.calls {
				t.Errorf("asked %q, want %q", got, row.calls)
			}
		})
	}
}

// undoing is an undo of a take of posts, by the owner, as it runs.
func undoing(t *testing.T, s *scene, config recall.Config, posts ...bot.Archived) (*shelf, *recall.Undo, bot.Job) {
	t.Helper()
	kept := newShelf(s.platform)
	for i := range posts {
		posts[i].Chat, posts[i].Kind = here, bot.KindOwn
	}
	kept.takes["take"] = posts
	undo := recall.NewUndo(recall.UndoParts{
		Shelf: kept, Successors: kept, Reposts: kept, Door: s.door(config, kept), Index: s.index,
		Mark: func(_ context.Context, _ bot.Job, at time.Time) string { return at.UTC().Format("(15:04)") },
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

func TestUndoInOrderAndPlace(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	lost := post("om_lost", "", "", "")
	lost.Lost = true
	kept, undo, job := undoing(t, s, recall.Config{},
		post("om_root", "", "", "omt_1"), post("om_own", "om_root", "om_root", "omt_1"), lost, post("om_quote", "om_x", "om_own", ""))
	n, counts, err := undo.Page(t.Context(), job, false, nil)
	if err != nil || n != 4 || counts[bot.CauseRestored] != 3 || counts[bot.CauseLost] != 1 {
		t.Fatalf("settled %d, %v, %v", n, counts, err)
	}
	want := []string{"om_root under []", "om_own under [new_om_root om_root new_om_root om_root]", "om_quote under [new_om_own om_own]"}
	var got []string
	for _, p := range kept.posted {
		got = append(got, fmt.Sprintf("%s under %v", p.ID, p.To))
		if p.Mark != "(00:00)" || p.Key != "undo/undo/"+string(p.ID) {
			t.Errorf("mark %q, key %q", p.Mark, p.Key)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("posted (-want +got):\n%s", diff)
	}
	if !bot.Is(kept.posted[1].Sender, bot.UserID("ou_author")) {
		t.Error("the restored post lost its author")
	}
	for _, e := range s.audit.entries {
		if e.Via != "" && e.Job != "undo" {
			t.Errorf("recorded %+v", e)
		}
	}
	// The page runs again because its process died: nothing is posted twice, nothing recorded twice.
	records := len(s.audit.entries)
	n, counts, err = undo.Page(t.Context(), job, true, nil)
	if err != nil || n != 4 || counts[bot.CauseRestored] != 3 || len(kept.posted) != 3 || len(s.audit.entries) != records {
		t.Errorf("again: settled %d, %v, %v, %d posts, %d records", n, counts, err, len(kept.posted), len(s.audit.entries))
	}
	other := job
	other.ID = "undo2"
	if err := undo.Gather(t.Context(), &other); bot.Detail(err).Reason != bot.ReasonUndone {
		t.Errorf("a second undo: %v", err)
	}
}

func TestUndoStopsAndWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, recall.Config{})
		kept, undo, job := undoing(t, s, recall.Config{}, post("om_1", "", "", ""), post("om_2", "", "", ""))
		kept.fail = []error{&bot.Error{Kind: bot.RateLimited, RetryAfter: time.Second}, nil, bot.Errorf(bot.Unavailable, "away")}
		began := time.Now()
		n, _, err := undo.Page(t.Context(), job, false, nil)
		if n != 1 || bot.KindOf(err) != bot.Unavailable || time.Since(began) != time.Second {
			t.Fatalf("settled %d in %s, %v", n, time.Since(began), err)
		}
		stop := make(chan struct{})
		close(stop)
		job.Next = 1
		if n, _, err := undo.Page(t.Context(), job, true, stop); n != 0 || err != nil || len(kept.posted) != 1 {
			t.Errorf("stopped: settled %d, %v, %d posts", n, err, len(kept.posted))
		}
	})
}

func TestUndoThatRestoresNothing(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		config recall.Config
		who    bot.UserID
		fail   error
		cause  bot.Cause
		posts  int
	}{
		"dry run":        {recall.Config{DryRun: true}, "ou_owner", nil, bot.CauseDryRun, 0},
		"no right":       {recall.Config{}, "ou_member", nil, bot.CauseNotAllowed, 0},
		"outside":        {recall.Config{}, "ou_owner", &bot.Error{Kind: bot.Denied, Reason: bot.ReasonNotInChat}, bot.CauseFailed, 0},
		"not this type":  {recall.Config{}, "ou_owner", &bot.Error{Kind: bot.Invalid, Reason: bot.ReasonType}, bot.CauseLost, 0},
		"author's right": {recall.Config{}, "ou_author", nil, bot.CauseRestored, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, recall.Config{})
			kept, undo, job := undoing(t, s, row.config, post("om_own", "", "", ""))
			job.Who = row.who
			if row.fail != nil {
				kept.fail = []error{row.fail}
			}
			n, counts, err := undo.Page(t.Context(), job, false, nil)
			if err != nil || n != 1 || counts[row.cause] != 1 || len(kept.posted) != row.posts {
				t.Fatalf("settled %d, %v, %v, %d posts; want %s", n, counts, err, len(kept.posted), row.cause)
			}
			if claimed := kept.claims["take"] != ""; claimed != (row.posts > 0) {
				t.Errorf("claimed %v after %d posts", claimed, row.posts)
			}
		})
	}
}

// sends is a batch on a platform that recalls some messages with each look.
type sends struct {
	asked, gone, step int
	err               error
}

func (s *sends) RecallBatch(context.Context, bot.MessageID) error { s.asked++; return s.err }

func (s *sends) BatchProgress(context.Context, bot.MessageID) (bot.BatchProgress, error) {
	if s.asked > 0 {
		s.gone = min(s.gone+s.step, 200)
	}
	return bot.BatchProgress{Sent: 200, Recalled: s.gone}, nil
}

func TestBatch(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		who    bot.UserID
		batch  *sends
		reason bot.Reason
		counts bot.Counts
		took   time.Duration
	}{
		{"all", "ou_mod", &sends{step: 70}, "", bot.Counts{bot.CauseRecalled: 200}, 0},
		{"stuck", "ou_mod", &sends{step: 0}, "", bot.Counts{bot.CauseFailed: 200}, recall.BatchPatience},
		{"no right", "ou_owner", &sends{step: 70}, bot.ReasonBatchRight, nil, 0},
		{"unknown", "ou_mod", &sends{err: &bot.Error{Kind: bot.NotFound, Reason: bot.ReasonUnknownBatch}}, bot.ReasonUnknownBatch, nil, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { watch(t, row.who, row.batch, row.reason, row.counts, row.took) })
		})
	}
}

func watch(t *testing.T, who bot.UserID, batch *sends, reason bot.Reason, want bot.Counts, took time.Duration) {
	t.Helper()
	records := &audit{keys: map[string]bool{}}
	door := recall.New(recall.Config{Self: self}, recall.Parts{
		Policy: policy.New(policy.Config{Moderators: []string{"ou_mod"}}), Audit: records, Batches: batch,
		Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	worker := recall.NewBatch(recall.BatchParts{Door: door, Batches: batch, Now: time.Now})
	job := bot.Job{ID: "job", Kind: bot.JobBatch, State: bot.JobRunning, Who: who, Via: bot.ViaP2P, Batch: "bm-1", Chat: p2p}
	err := worker.Gather(t.Context(), &job)
	if bot.Detail(err).Reason != reason && reason != "" {
		t.Fatalf("gather: %v, want %s", err, reason)
	}
	if reason != "" {
		return
	}
	began, counts := time.Now(), bot.Counts{}
	for job.Next < job.Total {
		n, more, err := worker.Page(t.Context(), job, false, nil)
		if err != nil || n == 0 {
			t.Fatalf("page at %d: %d, %v", job.Next, n, err)
		}
		job.Next += n
		for cause, k := range more {
			counts[cause] += k
		}
	}
	if diff := cmp.Diff(want, counts); diff != "" || time.Since(began) != took || batch.asked != 1 {
		t.Errorf("after %s, asked %d times (-want +got):\n%s", time.Since(began), batch.asked, diff)
	}
	if len(records.entries) != 1 || records.entries[0].Result != bot.Asked || records.entries[0].Job != "job" {
		t.Errorf("recorded %+v", records.entries)
	}
}
