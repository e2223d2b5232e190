package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
	"recallbot/recall/recalltest"
)

func TestSinglesAreKept(t *testing.T) {
	t.Parallel()
	broken := bot.Errorf(bot.Denied, "no scope")
	busy := &bot.Error{Kind: bot.RateLimited, RetryAfter: time.Second}
	gone := recalltest.Fault(bot.NotFound, "recall", 230110, bot.ReasonGone)
	rows := []struct {
		name   string
		target bot.MessageID
		unread error
		fault  error
		dryRun bool
		result bot.Result
		kept   int
		lost   bot.Cause
		calls  string
	}{
		{"own post", "om_own", nil, nil, false, bot.Done, 1, "", "READ om_own, DELETE om_own"},
		{"unreadable", "om_own", broken, nil, false, bot.Done, 0, bot.CauseLost, "READ om_own, DELETE om_own"},
		{"not recalled after all", "om_own", nil, broken, false, bot.Failed, 0, "", "READ om_own, DELETE om_own"},
		{"not now", "om_own", nil, busy, false, "", 0, "", "READ om_own, DELETE om_own"},
		{"recalled by somebody else", "om_own", nil, gone, false, bot.AlreadyGone, 0, "", "READ om_own, DELETE om_own"},
		{"dry run", "om_own", nil, nil, true, bot.DryRun, 0, "", ""},
		{"a person's", "om_person", nil, nil, false, bot.Done, 0, bot.CausePerson, "DELETE om_person"},
		{"another bot's", "om_bot", nil, nil, false, bot.Done, 0, bot.CauseOtherBot, "DELETE om_bot"},
		{"another bot's, not recalled after all", "om_bot", nil, broken, false, bot.Failed, 0, "", "DELETE om_bot"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := recalltest.New(t)
			s.Rules.DryRun = row.dryRun
			s.Settings.Chats[recalltest.Here] = bot.Settings{People: true}
			chat := s.Platform.Chats[recalltest.Here]
			chat.BotManagers = []bot.AppID{recalltest.Self}
			s.Platform.Chats[recalltest.Here] = chat
			kept := recalltest.NewArchive(s.Platform)
			kept.Unread = row.unread
			if row.fault != nil {
				s.Platform.Fail("DELETE "+string(row.target), row.fault)
			}
			req := s.Reply("ou_owner", row.target)
			req.Last = true
			out, err := s.WithArchive(kept).Recall(t.Context(), req)
			if (err != nil) != (row.result == "") || out.Result != row.result {
				t.Fatalf("outcome %+v, %v, want %s", out, err, row.result)
			}
			take := recall.TakeOf(req.CauseID)
			if len(kept.Takes[take]) != row.kept || kept.Lost[take][row.target] != row.lost {
				t.Errorf("kept %+v, want %d, and can't come back: %v, want %q", kept.Takes, row.kept, kept.Lost, row.lost)
			}
			want := bot.JobID("")
			if row.kept > 0 {
				want = take
				if p := kept.Takes[take][0]; p.Body == "" || !bot.Is(p.Sender, bot.UserID("ou_author")) {
					t.Errorf("kept %+v, want words and author", p)
				}
			}
			for _, e := range s.Audit.Entries {
				if e.Job != want {
					t.Errorf("recorded job %q, want %q", e.Job, want)
				}
			}
			var calls []string
			for _, call := range s.Platform.Calls {
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

func TestUndoInOrderAndPlace(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	lost := post("om_lost", "", "", "")
	lost.Lost = true
	kept, undo, job := undoing(t, s,
		post("om_root", "", "", "omt_1"), post("om_own", "om_root", "om_root", "omt_1"), lost, post("om_quote", "om_x", "om_own", ""))
	n, counts, err := undo.Page(t.Context(), job, false, nil)
	if err != nil || n != 4 || counts[bot.CauseRestored] != 3 || counts[bot.CauseLost] != 1 {
		t.Fatalf("settled %d, %v, %v", n, counts, err)
	}
	want := []string{"om_root under []", "om_own under [new_om_root om_root new_om_root om_root]", "om_quote under [new_om_own om_own]"}
	var got []string
	for _, p := range kept.Posted {
		got = append(got, fmt.Sprintf("%s under %v", p.ID, p.To))
		if p.Note != "(00:00)" || p.Key != "undo/undo/"+string(p.ID) {
			t.Errorf("mark %q, key %q", p.Note, p.Key)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("posted (-want +got):\n%s", diff)
	}
	if !bot.Is(kept.Posted[1].Sender, bot.UserID("ou_author")) {
		t.Error("the restored post lost its author")
	}
	for _, e := range s.Audit.Entries {
		if e.Via != "" && e.Job != "undo" {
			t.Errorf("recorded %+v", e)
		}
	}
	// The page runs again because its process died: nothing is posted twice, nothing recorded twice.
	records := len(s.Audit.Entries)
	n, counts, err = undo.Page(t.Context(), job, true, nil)
	if err != nil || n != 4 || counts[bot.CauseRestored] != 3 || len(kept.Posted) != 3 || len(s.Audit.Entries) != records {
		t.Errorf("again: settled %d, %v, %v, %d posts, %d records", n, counts, err, len(kept.Posted), len(s.Audit.Entries))
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
		s := recalltest.New(t)
		kept, undo, job := undoing(t, s, post("om_1", "", "", ""), post("om_2", "", "", ""))
		kept.Fail = []error{&bot.Error{Kind: bot.RateLimited, RetryAfter: time.Second}, nil, bot.Errorf(bot.Unavailable, "away")}
		began := time.Now()
		n, _, err := undo.Page(t.Context(), job, false, nil)
		if n != 1 || bot.KindOf(err) != bot.Unavailable || time.Since(began) != time.Second {
			t.Fatalf("settled %d in %s, %v", n, time.Since(began), err)
		}
		stop := make(chan struct{})
		close(stop)
		job.Next = 1
		if n, _, err := undo.Page(t.Context(), job, true, stop); n != 0 || err != nil || len(kept.Posted) != 1 {
			t.Errorf("stopped: settled %d, %v, %d posts", n, err, len(kept.Posted))
		}
	})
}

func TestUndoThatRestoresNothing(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		dryRun bool
		who    bot.UserID
		fail   error
		cause  bot.Cause
		posts  int
	}{
		"dry run":        {true, "ou_owner", nil, bot.CauseDryRun, 0},
		"no right":       {false, "ou_member", nil, bot.CauseNotAllowed, 0},
		"outside":        {false, "ou_owner", &bot.Error{Kind: bot.Denied, Reason: bot.ReasonNotInChat}, bot.CauseFailed, 0},
		"not this type":  {false, "ou_owner", &bot.Error{Kind: bot.Invalid, Reason: bot.ReasonType}, bot.CauseLostType, 0},
		"not there now":  {false, "ou_owner", &bot.Error{Kind: bot.Invalid, Reason: bot.ReasonBadRequest}, bot.CauseLostContent, 0},
		"author's right": {false, "ou_author", nil, bot.CauseRestored, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := recalltest.New(t)
			s.Rules.DryRun = row.dryRun
			kept, undo, job := undoing(t, s, post("om_own", "", "", ""))
			job.Who = row.who
			if row.fail != nil {
				kept.Fail = []error{row.fail}
			}
			n, counts, err := undo.Page(t.Context(), job, false, nil)
			if err != nil || n != 1 || counts[row.cause] != 1 || len(kept.Posted) != row.posts {
				t.Fatalf("settled %d, %v, %v, %d posts; want %s", n, counts, err, len(kept.Posted), row.cause)
			}
			if claimed := kept.Claims["take"] != ""; claimed != (row.posts > 0) {
				t.Errorf("claimed %v after %d posts", claimed, row.posts)
			}
		})
	}
}

// sends is a batch on a platform that recalls some messages with each look.
type sends struct {
	recall.Platform // only the calls for batches are simulated

	asked, gone, step int
	down              int // so many reads of the progress fail
	err               error
}

func (s *sends) RecallBatch(context.Context, bot.MessageID) error { s.asked++; return s.err }

func (s *sends) BatchProgress(context.Context, bot.MessageID) (bot.BatchProgress, error) {
	if s.down > 0 {
		s.down--
		return bot.BatchProgress{}, bot.Errorf(bot.Unavailable, "no connection")
	}
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
		{"progress cannot be read at first", "ou_mod", &sends{step: 70, down: 2}, "", bot.Counts{bot.CauseRecalled: 200}, 0},
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
	records := &recalltest.Audit{Keys: map[string]bool{}}
	recaller := recall.New(recall.Config{Self: recalltest.Self}, recall.Deps{
		Decision: recall.DecisionDeps{Rules: recall.Rules{Policy: policy.New(policy.Config{Moderators: []string{"ou_mod"}})}.Always()}, Record: records.Record, Platform: batch,
		Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	worker := jobs.NewBatch(jobs.BatchDeps{Recaller: recaller, Progress: batch.BatchProgress, Now: time.Now})
	job := bot.Job{ID: "job", Kind: bot.JobBatch, State: bot.JobRunning, Who: who, Via: bot.ViaP2P, Batch: "bm-1", Chat: recalltest.P2P}
	err := worker.Gather(t.Context(), &job)
	for bot.Retryable(err) {
		err = worker.Gather(t.Context(), &job)
	}
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
	if len(records.Entries) != 1 || records.Entries[0].Result != bot.Asked || records.Entries[0].Job != "job" {
		t.Errorf("recorded %+v", records.Entries)
	}
}

// undoing is an undo of a take of posts, by the owner, as it runs.
func undoing(t *testing.T, s *recalltest.Env, posts ...bot.Archived) (*recalltest.Archive, *jobs.Undo, bot.Job) {
	t.Helper()
	kept := recalltest.NewArchive(s.Platform)
	for i := range posts {
		posts[i].Chat, posts[i].Kind = recalltest.Here, bot.KindOwn
		if err := s.Index.Forget(t.Context(), posts[i].ID); err != nil {
			t.Fatal(err)
		}
	}
	kept.Takes["take"] = posts
	undo := jobs.NewUndo(jobs.UndoDeps{
		Archive: kept, Successors: kept, Repost: kept.Repost, Recaller: s.WithArchive(kept), Find: s.Index.Find, Posts: kept,
		Note:   func(_ context.Context, _ bot.Job, post bot.Archived) string { return post.At.UTC().Format("(15:04)") },
		Button: func(_ context.Context, post bot.Post) bot.Button { return bot.Button{Press: bot.Press{Post: post.ID}} },
	})
	job := bot.Job{
		ID: "undo", Kind: bot.JobUndo, State: bot.JobRunning, Who: "ou_owner", Chat: recalltest.Here, Of: "take", Asked: s.Clock,
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
