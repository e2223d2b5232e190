package scenarios_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"recallbot/sandbox"
	"recallbot/test/redistest"
)

// TestFailoverSlow kills a job's Redis primary with kill -9 during the job and single commands. After the failover, all events
// that were answered 200 must be carried out, and recorded once.
func TestFailoverSlow(t *testing.T) {
	t.Parallel()
	guard := []string{"--min-replicas-to-write", "1", "--min-replicas-max-lag", "10"}
	for _, kind := range []struct {
		name  string
		start func(testing.TB, ...string) *redistest.Set
	}{
		{"cluster", redistest.StartFullCluster},
		{"sentinel", redistest.StartSentinels},
	} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			failOver(t, kind.start(t, guard...))
		})
	}
}

func failOver(t *testing.T, set *redistest.Set) {
	t.Helper()
	const posts, singles = 200, 40
	w := newEnv(t, envOptions{platform: sandbox.Config{RetryAfter: slices.Repeat([]time.Duration{time.Second}, int(waitTimeout/time.Second))}})
	w.set("REDIS_URL", set.URL())
	w.set("REDIS_WAIT_REPLICAS", "1")
	w.jobs = true
	c := newLoad(t, w, posts)
	w.start(2)
	s := newSingleRecalls(t, w, c.owner, singles)

	command := c.say("/recall " + strconv.Itoa(posts))
	c.press(c.awaitCard("Recall "+strconv.Itoa(posts)), "Recall "+strconv.Itoa(posts))
	w.await("the job is under way", func(s sandbox.State) bool { return s.CallCount(apis["delete"]) > posts/3 })
	job := "{j:" + c.chat + "}"
	victim := set.Primary(job)
	began := time.Now()
	victim.Kill()
	promoted := s.sendCommands(func() bool { p := set.Primary(job); return p != nil && p != victim })
	victim.Restart() // it comes back as a replica
	w.await("all are gone", func(s sandbox.State) bool {
		return !slices.ContainsFunc(c.posts, func(id string) bool { return !s.Recalled(id) })
	})
	c.wantEnded(posts)
	w.waitIdle()
	s.wantRecalledOnce()
	c.wantRecordedOnce()
	c.wantUntouched(command, s.posts...)
	t.Logf("%s: a replica was promoted after %s; for %s no event was answered 200, for %s nothing was recalled; %s",
		t.Name(), round(promoted.Sub(began)), round(w.maxUnanswered(began)), round(w.maxWithoutRecall(began)), w.answerCounts(began))
	w.close()
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }

// singleRecalls is another group, whose posts are recalled by single commands.
type singleRecalls struct {
	*env

	t     *testing.T
	chat  string
	owner string
	posts []string
}

func newSingleRecalls(t *testing.T, w *env, owner string, posts int) *singleRecalls {
	t.Helper()
	chat, err := w.AddChat(sandbox.ChatSpec{Name: "Other", Owner: owner})
	if err != nil {
		t.Fatal(err)
	}
	s := &singleRecalls{env: w, t: t, chat: chat, owner: owner}
	for range posts {
		id, err := w.Post(sandbox.PostSpec{Chat: chat, Text: "a post among hundreds of them"})
		if err != nil {
			t.Fatal(err)
		}
		s.posts = append(s.posts, id)
	}
	return s
}

// sendCommands sends ten commands per second until all are sent and the condition holds. It returns when it first held.
func (s *singleRecalls) sendCommands(holds func() bool) (since time.Time) {
	s.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(waitTimeout)
	for next := 0; next < len(s.posts) || since.IsZero(); next++ {
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Fatalf("no replica took over within %s\n%s", waitTimeout, s.tail())
		}
		if since.IsZero() && holds() {
			since = time.Now()
		}
		if next < len(s.posts) {
			if _, err := s.Say(sandbox.SaySpec{Chat: s.chat, From: s.owner, Text: "/recall", ReplyTo: s.posts[next]}); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	return since
}

// wantRecalledOnce checks that each post was recalled, and recorded once.
func (s *singleRecalls) wantRecalledOnce() {
	s.t.Helper()
	for _, id := range s.posts {
		if m, _ := s.Message(id); !m.Deleted {
			s.t.Errorf("%s is still there", id)
		}
		if n := len(s.records(id)); n != 1 {
			s.t.Errorf("%s is on record %d times", id, n)
		}
	}
}

// maxUnanswered returns the longest time after since without an event that was answered 200.
func (w *env) maxUnanswered(since time.Time) time.Duration {
	var answered []time.Time
	for _, d := range w.Deliveries() {
		if d.OK() {
			answered = append(answered, d.Start.Add(d.Latency))
		}
	}
	return maxGap(since, answered)
}

// maxWithoutRecall returns the longest time after since without a recall.
func (w *env) maxWithoutRecall(since time.Time) time.Duration {
	var recalled []time.Time
	for _, call := range w.Calls() {
		if call.API == apis["delete"] {
			recalled = append(recalled, call.Start)
		}
	}
	return maxGap(since, recalled)
}

func maxGap(since time.Time, times []time.Time) (gap time.Duration) {
	slices.SortFunc(times, time.Time.Compare)
	for _, at := range times {
		if at.After(since) {
			gap, since = max(gap, at.Sub(since)), at
		}
	}
	return gap
}

// answerCounts says how many events were answered 200 at the first attempt, and how many later.
func (w *env) answerCounts(since time.Time) string {
	first := map[string]int{}
	for _, d := range w.Deliveries() {
		if d.Attempt == 1 && d.Start.After(since) {
			first[d.EventID] = d.Status
		}
	}
	later := 0
	for _, status := range first {
		if status != http.StatusOK {
			later++
		}
	}
	return fmt.Sprintf("%d events, of which %d were answered 200 at once and %d when they came again", len(first), len(first)-later, later)
}
