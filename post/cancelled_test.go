package post_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
	"recallbot/recall/jobs"
)

// groups are the env's posts, for recalls of groups.
type groups struct {
	postStore

	complete func(ctx context.Context, team bot.TeamID, group bot.GroupID) error
}

func (g groups) Complete(ctx context.Context, team bot.TeamID, group bot.GroupID) error {
	return g.complete(ctx, team, group)
}

// targets are those of the one job.
type targets struct {
	*env

	list *[]bot.Target
}

func (t targets) Reset(context.Context, bot.Job) error { *t.list = nil; return nil }

func (t targets) Append(_ context.Context, _ bot.Job, some []bot.Target) error {
	return t.does(func() { *t.list = append(*t.list, some...) })
}

// Page gives one at a time, so that the order of events is fixed.
func (t targets) Page(_ context.Context, _ bot.Job, from, _ int) ([]bot.Target, error) {
	return (*t.list)[from : from+1], t.does(func() {})
}

func (t targets) Arrange(context.Context, bot.Job, int, []bot.Target) error       { return nil }
func (t targets) Fail(context.Context, bot.Job, int, int, []int) error            { return nil }
func (t targets) Show(context.Context, bot.Job, []bot.MessageID) error            { return nil }
func (t targets) Shown(context.Context, bot.Job, []bot.MessageID) ([]bool, error) { return nil, nil }

func (t targets) Failed(context.Context, bot.Job, int, int) ([]bot.Target, error) { return nil, nil }

// groupJob is a job that recalls the group, as Redis has it.
type groupJob struct {
	bot.Job

	list []bot.Target
}

func (w *env) askForGroup() *groupJob {
	w.epochs["launch"]++
	return &groupJob{Job: bot.Job{
		ID: "job", Kind: bot.JobPosts, State: bot.JobRunning, Via: bot.ViaAPI, By: by(), Chat: "job/job", Group: "launch", Team: "red",
		Epoch: w.epochs["launch"], Asked: w.clock,
	}}
}

// run continues the job, and reports whether it ended; a killed process leaves the rest to the next run.
func (j *groupJob) run(t *testing.T, w *env) bool {
	t.Helper()
	kept := targets{w, &j.list}
	worker := jobs.NewPosts(jobs.CleanDeps{
		Targets: kept, Failed: kept.Failed, Previews: kept, Recall: w.recaller().Recall, Find: index{w}.Find, Now: func() time.Time { return w.clock },
	}, jobs.PostsDeps{Groups: groups{postStore{w}, w.poster(0).Complete}, Identify: w.recaller().Identify})
	again := j.Ready
	if !j.Ready {
		now := j.Job
		err := worker.Gather(t.Context(), &now)
		now.Ready = true
		if err != nil || w.does(func() { j.Job = now }) != nil {
			return false
		}
	}
	for j.Next < j.Total {
		settled, _, err := worker.Page(t.Context(), j.Job, again, nil)
		if err != nil || settled == 0 || w.does(func() { j.Next += settled }) != nil {
			return false
		}
	}
	return true
}

func broadcast(work bot.EventID) bot.PostOrder {
	o := order(2)
	o.CauseID, o.Group = work, "launch"
	return o
}

// maxKill is more steps than a recall of the broadcast takes.
const maxKill = 40

// TestRecallOfAGroupAtAnyMoment: an accepted broadcast is recalled at any moment of its sending, also if the sending or the recall
// crashes before or after any step. Later posts of the group stay.
func TestRecallOfAGroupAtAnyMoment(t *testing.T) {
	t.Parallel()
	steps := func() int { // of a broadcast that is not recalled
		w := newEnv()
		accepted(t, w.poster(0), broadcast("w1"))
		w.live(t, w.poster(0), time.Minute)
		return w.calls
	}()
	if steps < 20 {
		t.Fatalf("a broadcast takes %d steps", steps)
	}
	moments := 0
	for at := range steps + 1 {
		for kill := -1; kill <= maxKill; kill++ {
			for _, after := range []bool{false, true} {
				moments++
				synctest.Test(t, func(t *testing.T) { takenBackAt(t, at, kill, after) })
				if t.Failed() {
					t.Fatalf("recalled after %d steps, killed %d steps later (after that step: %v)", at, kill, after)
				}
			}
		}
	}
	t.Logf("%d moments", moments)
}

func takenBackAt(t *testing.T, at, kill int, after bool) {
	t.Helper()
	w := newEnv()
	posts, err := w.poster(0).Accept(t.Context(), broadcast("w1"))
	if err != nil {
		t.Fatal(err)
	}
	var recalls *groupJob
	ended := false
	recallIt := func() {
		recalls = w.askForGroup()
		w.killAfter, w.after = kill, after
		ended = recalls.run(t, w)
	}
	if at <= w.calls {
		recallIt() // it was answered already
	} else {
		w.at[at] = recallIt
	}
	if w.killAfter != 0 {
		w.live(t, w.poster(0), 10*time.Second)
	}
	w.killAfter = -1 // the killed process starts again
	if recalls == nil {
		recallIt() // all was sent before that many steps
	}
	for range 3 {
		w.live(t, w.poster(0), time.Minute)
		ended = ended || recalls.run(t, w)
	}
	if !ended {
		t.Error("the recall does not end")
	}
	accepted(t, w.poster(0), broadcast("w2"))
	w.live(t, w.poster(0), time.Minute)
	w.wantRecalled(t, posts)
}

// wantRecalled checks that the messages of the posts are gone, that each is on record, and that later posts are still there.
func (w *env) wantRecalled(t *testing.T, posts []bot.Post) {
	t.Helper()
	for _, p := range posts {
		now, m := w.posts[p.ID], w.byKey[string(p.ID)]
		if m.ID != "" && !w.gone[m.ID] {
			t.Errorf("the message of %s was not recalled", p.ID)
		}
		if now.State != bot.PostRecalled && now.State != bot.PostCancelled {
			t.Errorf("%s is %s", p.ID, now.State)
		}
		if m.ID == "" && !w.onRecord(bot.MessageID(p.ID), p.Chat) {
			t.Errorf("%s is not on record in %s: %+v", p.ID, p.Chat, w.record)
		}
		if m.ID != "" && !w.onRecord(m.ID, p.Chat) {
			t.Errorf("%s is not on record in %s: %+v", m.ID, p.Chat, w.record)
		}
	}
	later := 0
	for key, m := range w.byKey {
		if w.posts[bot.PostID(key)].State == bot.PostSent && !w.gone[m.ID] {
			later++
		}
	}
	if later != 2 {
		t.Errorf("%d of the two later posts are there", later)
	}
}

func (w *env) onRecord(id bot.MessageID, chat bot.ChatID) bool {
	for _, entry := range w.record {
		did := entry.Result == bot.Done || entry.Result == bot.Cancelled || entry.Result == bot.AlreadyGone
		if entry.Message == id && entry.Chat == chat && entry.Rule != "" && did {
			return true
		}
	}
	return false
}

// TestRecallOfAnUnlistedOrder: a broadcast is recalled although its process died before its posts were listed.
func TestRecallOfAnUnlistedOrder(t *testing.T) {
	t.Parallel()
	for kill := 1; kill < 12; kill++ {
		t.Run(strconv.Itoa(kill), func(t *testing.T) {
			t.Parallel()
			w := newEnv()
			w.killAfter, w.after = kill, true
			_, err := w.poster(0).Accept(t.Context(), broadcast("w1"))
			w.killAfter = -1
			if len(w.orders) == 0 {
				return // nothing was kept yet
			}
			if !w.askForGroup().run(t, w) {
				t.Fatal("the recall did not end")
			}
			w.live(t, w.poster(0), time.Hour)
			if len(w.byKey) > 0 || w.states()[bot.PostCancelled] != 2 {
				t.Errorf("%d messages, %v (accepting it: %v)", len(w.byKey), w.states(), err)
			}
		})
	}
}
