package store_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/store"
)

func newJob(chat bot.ChatID, state bot.JobState) bot.Job {
	return bot.Job{
		ID: bot.JobID(randomHex()[:8]), Kind: bot.JobClean, State: state, CauseID: "e1", Who: "ou_1", Chat: chat,
		Asked: start().UTC(), Filter: bot.Filter{Last: 5, Match: []string{"x"}}, Created: start().UTC(),
	}
}

func created(t *testing.T, jobs *store.Jobs, chat bot.ChatID) bot.Job {
	t.Helper()
	job, err := jobs.Create(t.Context(), newJob(chat, bot.JobNew))
	must(t, err)
	return job
}

// saveState saves the job in a state.
func saveState(t *testing.T, jobs *store.Jobs, job *bot.Job, state bot.JobState) {
	t.Helper()
	job.State = state
	if saved, err := jobs.Save(t.Context(), job); err != nil || !saved {
		t.Fatalf("Save = %v, %v", saved, err)
	}
}

func testJobCreated(t *testing.T, s *store.Store) {
	t.Helper()
	jobs, ctx := store.NewJobs(s), t.Context()
	job := created(t, jobs, newChat())
	got, err := jobs.Load(ctx, job.ID)
	must(t, err)
	if diff := cmp.Diff(job, got); diff != "" {
		t.Errorf("-created +loaded\n%s", diff)
	}
	other := job
	other.Who = "ou_2"
	if kept, err := jobs.Create(ctx, other); err != nil || kept.Who != "ou_1" {
		t.Errorf("created again: %q, %v", kept.Who, err)
	}
	_, err = jobs.Load(ctx, "nosuch")
	wantKind(t, err, bot.NotFound)
}

func testJobList(t *testing.T, s *store.Store) {
	t.Helper()
	jobs, ctx, team := store.NewJobs(s), t.Context(), bot.TeamID("t-"+randomHex())
	var made []bot.JobID
	first := start()
	for i := range 5 {
		job := newJob(newChat(), bot.JobNew)
		job.Created = first.Add(time.Duration(i/2) * time.Second) // two at a time
		if job.By = (&bot.Principal{Token: "t1", Team: team}); i == 3 {
			job.By.Team = "of others"
		}
		kept, err := jobs.Create(ctx, job)
		must(t, err)
		_, err = jobs.Create(ctx, job) // repeated
		must(t, err)
		if i != 3 {
			made = append([]bot.JobID{kept.ID}, made...)
		}
	}
	all := func(bot.Job) bool { return true }
	var got []bot.JobID
	for cursor := ""; ; {
		page, next, err := jobs.List(ctx, team, cursor, 1, all)
		must(t, err)
		for _, job := range page {
			got = append(got, job.ID)
		}
		if cursor = next; next == "" {
			break
		}
	}
	slices.Sort(got)
	slices.Sort(made)
	if diff := cmp.Diff(made, got); diff != "" {
		t.Errorf("-created +listed\n%s", diff)
	}
	page, next, err := jobs.List(ctx, team, "", 10, func(job bot.Job) bool { return job.Created.After(first) })
	must(t, err)
	if len(page) != 2 || next != "" || page[0].Created.Before(page[1].Created) {
		t.Errorf("the page is %+v, then %q", page, next)
	}
	page, _, err = jobs.List(ctx, "", "", 5, func(job bot.Job) bool { return job.By != nil && job.By.Team == "of others" })
	must(t, err)
	if len(page) == 0 {
		t.Error("without a team, others' jobs are not listed")
	}
	_, _, err = jobs.List(ctx, team, "x", 5, all)
	wantKind(t, err, bot.Invalid)
}

func testJobSaved(t *testing.T, s *store.Store) {
	t.Helper()
	jobs, ctx := store.NewJobs(s), t.Context()
	job := created(t, jobs, newChat())
	stale := job
	saveState(t, jobs, &job, bot.JobAsked)
	if saved, err := jobs.Save(ctx, &stale); err != nil || saved {
		t.Errorf("a job that was changed meanwhile was saved: %v, %v", saved, err)
	}
	var good atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			mine := job
			if saved, err := jobs.Save(ctx, &mine); err == nil && saved {
				good.Add(1)
			}
		})
	}
	wg.Wait()
	if good.Load() != 1 {
		t.Errorf("%d of 8 saved the same version", good.Load())
	}
	if got, err := jobs.Load(ctx, job.ID); err != nil || got.Version != job.Version+1 {
		t.Errorf("version %d after %d, %v", got.Version, job.Version, err)
	}
}

func testJobQueue(t *testing.T, s *store.Store) {
	t.Helper()
	jobs, chat := store.NewJobs(s), newChat()
	line := func(want ...bot.JobID) {
		t.Helper()
		got, err := jobs.Line(t.Context(), chat)
		must(t, err)
		if diff := cmp.Diff(append([]bot.JobID{}, want...), got); diff != "" {
			t.Errorf("queue: -want +got\n%s", diff)
		}
	}
	first, second, third := created(t, jobs, chat), created(t, jobs, chat), created(t, jobs, chat)
	line()
	saveState(t, jobs, &second, bot.JobWaiting)
	saveState(t, jobs, &first, bot.JobWaiting)
	saveState(t, jobs, &second, bot.JobRunning)
	saveState(t, jobs, &third, bot.JobWaiting)
	line(second.ID, first.ID, third.ID)
	saveState(t, jobs, &second, bot.JobDone)
	line(first.ID, third.ID)
	must(t, jobs.Leave(t.Context(), chat, first.ID))
	line(third.ID)
}

func testJobsUnanswered(t *testing.T, s *store.Store) {
	t.Helper()
	jobs, chat := store.NewJobs(s), newChat()
	asking := func(want ...bot.JobID) {
		t.Helper()
		got, err := jobs.Asking(t.Context(), chat)
		must(t, err)
		if diff := cmp.Diff(append([]bot.JobID{}, want...), got); diff != "" {
			t.Errorf("unanswered: -want +got\n%s", diff)
		}
	}
	first, second, third := created(t, jobs, chat), created(t, jobs, chat), created(t, jobs, chat)
	saveState(t, jobs, &first, bot.JobAsked)
	saveState(t, jobs, &second, bot.JobAsked)
	saveState(t, jobs, &first, bot.JobApproval)
	saveState(t, jobs, &third, bot.JobApproval)
	asking(first.ID, second.ID, third.ID)
	saveState(t, jobs, &first, bot.JobWaiting)
	saveState(t, jobs, &second, bot.JobExpired)
	asking(third.ID)
	must(t, jobs.Leave(t.Context(), chat, third.ID))
	asking()
}

func testJobLock(t *testing.T, s *store.Store) {
	t.Helper()
	jobs, chat, ctx := store.NewJobs(s), newChat(), t.Context()
	hold := func(holder string, wantHeld, wantStopped bool) {
		t.Helper()
		held, stopped, err := jobs.Hold(ctx, chat, "job", holder, time.Minute)
		if err != nil || held != wantHeld || stopped != wantStopped {
			t.Errorf("%s holds %v, must stop %v, %v", holder, held, stopped, err)
		}
	}
	hold("a", true, false)
	hold("b", false, false)
	must(t, jobs.Release(ctx, chat, "job", "b"))
	hold("a", true, false)
	must(t, jobs.Stop(ctx, chat, "job"))
	hold("a", true, true)
	must(t, jobs.Release(ctx, chat, "job", "a"))
	hold("b", true, true)
}

func testJobTargets(t *testing.T, s *store.Store) {
	t.Helper()
	jobs, ctx := store.NewJobs(s), t.Context()
	job := created(t, jobs, newChat())
	var all []bot.Target
	for i := range 120 {
		m := personMessage(job.Chat, i)
		m.At = m.At.UTC()
		all = append(all, bot.Target{Message: m, Topic: "omt_1"})
	}
	must(t, jobs.Append(ctx, job, all[:50]))
	must(t, jobs.Append(ctx, job, all[50:100]))
	must(t, jobs.Append(ctx, job, all[100:]))
	must(t, jobs.Append(ctx, job, nil))
	page := func(from, n int, want []bot.Target) {
		t.Helper()
		got, err := jobs.Page(ctx, job, from, n)
		must(t, err)
		if diff := cmp.Diff(append([]bot.Target{}, want...), got); diff != "" {
			t.Errorf("page %d: -want +got\n%s", from, diff)
		}
	}
	page(50, 50, all[50:100])
	page(100, 50, all[100:])
	page(120, 50, nil)

	swapped := []bot.Target{all[51], all[50]}
	must(t, jobs.Arrange(ctx, job, 50, swapped))
	page(50, 2, swapped)
	stale := job
	saveState(t, jobs, &job, bot.JobRunning)
	must(t, jobs.Arrange(ctx, stale, 50, all[50:52]))
	page(50, 2, swapped)

	must(t, jobs.Fail(ctx, job, 0, 50, []int{3, 40}))
	must(t, jobs.Fail(ctx, job, 100, 120, []int{119}))
	must(t, jobs.Fail(ctx, job, 0, 50, []int{3})) // the page is repeated
	saveState(t, jobs, &job, bot.JobDone)
	failed, err := jobs.Failed(ctx, job, 0, 50)
	must(t, err)
	if diff := cmp.Diff([]bot.Target{all[3], all[119]}, failed); diff != "" {
		t.Errorf("failed: -want +got\n%s", diff)
	}
	if rest, err := jobs.Failed(ctx, job, 2, 50); err != nil || len(rest) != 0 {
		t.Errorf("%d failed beyond the last, %v", len(rest), err)
	}
	must(t, jobs.Reset(ctx, job))
	page(0, 50, nil)
}

func testJobShown(t *testing.T, s *store.Store) {
	t.Helper()
	jobs, ctx := store.NewJobs(s), t.Context()
	job := created(t, jobs, newChat())
	must(t, jobs.Show(ctx, job, []bot.MessageID{"om_1", "om_2"}))
	running := job
	running.State = bot.JobRunning
	must(t, jobs.Reset(ctx, running)) // only Reset of a new job deletes what was shown
	shown, err := jobs.Shown(ctx, job, []bot.MessageID{"om_2", "om_3", "om_1"})
	must(t, err)
	if diff := cmp.Diff([]bool{true, false, true}, shown); diff != "" {
		t.Errorf("shown: -want +got\n%s", diff)
	}
	must(t, jobs.Reset(ctx, job))
	if shown, err := jobs.Shown(ctx, job, []bot.MessageID{"om_1"}); err != nil || shown[0] {
		t.Errorf("shown before the new preview: %v, %v", shown, err)
	}
}

func testJobExpires(t *testing.T, s *store.Store) {
	t.Helper()
	jobs, ctx := store.NewJobs(s), t.Context()
	job := created(t, jobs, newChat())
	must(t, jobs.Append(ctx, job, []bot.Target{{Message: personMessage(job.Chat, 0)}}))
	must(t, jobs.Show(ctx, job, []bot.MessageID{"om_1"}))
	ttlOf := func(part string) time.Duration {
		t.Helper()
		key := "{j:" + string(job.Chat) + "}" + part
		if part == "" || strings.HasPrefix(part, ":") {
			key = strings.Replace(key, "}:JOB", "}:"+string(job.ID), 1)
		}
		ttl, err := s.Client().PTTL(ctx, key).Result()
		must(t, err)
		return ttl
	}
	for _, part := range []string{":JOB", ":JOB:t", ":JOB:a"} {
		if ttl := ttlOf(part); ttl <= 0 || ttl > time.Hour {
			t.Errorf("%s of a preview has the TTL %v", part, ttl)
		}
	}
	saveState(t, jobs, &job, bot.JobRunning)
	must(t, jobs.Fail(ctx, job, 0, 1, []int{0}))
	must(t, jobs.Stop(ctx, job.Chat, job.ID))
	_, _, err := jobs.Hold(ctx, job.Chat, job.ID, "a", time.Minute)
	must(t, err)
	for _, part := range []string{"", ":JOB", ":JOB:t", ":JOB:a", ":JOB:f", ":JOB:s", ":JOB:h"} {
		if ttl := ttlOf(part); ttl <= 0 || ttl > 7*24*time.Hour {
			t.Errorf("%s of a running job has the TTL %v", part, ttl)
		}
	}
	saveState(t, jobs, &job, bot.JobDone)
	if ttl := ttlOf(":JOB:a"); ttl > 0 {
		t.Errorf("the list of shown messages has the TTL %v", ttl)
	}
	if ttl, err := s.Client().PTTL(ctx, "j:"+string(job.ID)).Result(); err != nil || ttl <= 7*24*time.Hour {
		t.Errorf("the chat of a job has the TTL %v, %v", ttl, err)
	}
}
