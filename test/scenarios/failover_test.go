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

// TestFailoverSlow kills the primary that holds a job, with kill -9, in the middle of the job, while single commands come
// in. A replica takes its place. Whatever was answered 200 is carried out, and each thing is on record once.
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
	w := open(t, plan{platform: sandbox.Config{RetryAfter: slices.Repeat([]time.Duration{time.Second}, int(patience/time.Second))}})
	w.set("REDIS_URL", set.URL())
	w.set("REDIS_WAIT_REPLICAS", "1")
	w.jobs = true
	c := newCrowd(t, w, posts)
	w.start(2)
	s := newSingles(t, w, c.asks, singles)

	command := c.say("/recall " + strconv.Itoa(posts))
	c.press(c.await("Recall "+strconv.Itoa(posts)), "Recall "+strconv.Itoa(posts))
	w.await("the job is under way", func(s sandbox.State) bool { return s.CallCount(apis["delete"]) > posts/3 })
	job := "{j:" + c.chat + "}"
	victim := set.Primary(job)
	began := time.Now()
	victim.Kill()
	promoted := s.ask(func() bool { p := set.Primary(job); return p != nil && p != victim })
	victim.Restart() // what supervises it does so, and it follows the new one
	w.await("all are gone", func(s sandbox.State) bool {
		return !slices.ContainsFunc(c.posts, func(id string) bool { return !s.Recalled(id) })
	})
	c.ended(posts)
	w.settle()
	s.recalledOnce()
	c.recordedOnce()
	c.untouched(command, s.posts...)
	t.Logf("%s: a replica was promoted after %s; for %s no event was answered 200, for %s nothing was recalled; %s",
		t.Name(), round(promoted.Sub(began)), round(w.silence(began)), round(w.pause(began)), w.answers(began))
	w.close()
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }

// singles is another group, in which single messages are recalled by commands.
type singles struct {
	*env

	t     *testing.T
	chat  string
	asks  string
	posts []string
}

func newSingles(t *testing.T, w *env, owner string, posts int) *singles {
	t.Helper()
	chat, err := w.AddChat(sandbox.ChatSpec{Name: "Other", Owner: owner})
	if err != nil {
		t.Fatal(err)
	}
	s := &singles{env: w, t: t, chat: chat, asks: owner}
	for range posts {
		id, err := w.Post(sandbox.PostSpec{Chat: chat, Text: "a post among hundreds of them"})
		if err != nil {
			t.Fatal(err)
		}
		s.posts = append(s.posts, id)
	}
	return s
}

// ask says a command a few times a second, until all are said and the condition holds, and gives the time when it came to
// hold.
func (s *singles) ask(holds func() bool) (since time.Time) {
	s.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for next := 0; next < len(s.posts) || since.IsZero(); next++ {
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Fatalf("no replica took over within %s\n%s", patience, s.tail())
		}
		if since.IsZero() && holds() {
			since = time.Now()
		}
		if next < len(s.posts) {
			if _, err := s.Say(sandbox.SaySpec{Chat: s.chat, From: s.asks, Text: "/recall", ReplyTo: s.posts[next]}); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	return since
}

// recalledOnce sees that each command was carried out, and is on record once.
func (s *singles) recalledOnce() {
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

// silence is the longest time after the moment in which no event was answered 200.
func (w *env) silence(since time.Time) time.Duration {
	var answered []time.Time
	for _, d := range w.Deliveries() {
		if d.OK() {
			answered = append(answered, d.Start.Add(d.Latency))
		}
	}
	return longest(since, answered)
}

// pause is the longest time after the moment in which nothing was recalled.
func (w *env) pause(since time.Time) time.Duration {
	var recalled []time.Time
	for _, call := range w.Calls() {
		if call.API == apis["delete"] {
			recalled = append(recalled, call.Start)
		}
	}
	return longest(since, recalled)
}

func longest(since time.Time, times []time.Time) (gap time.Duration) {
	slices.SortFunc(times, time.Time.Compare)
	for _, at := range times {
		if at.After(since) {
			gap, since = max(gap, at.Sub(since)), at
		}
	}
	return gap
}

// answers counts the events since the moment by how they were answered.
func (w *env) answers(since time.Time) string {
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
