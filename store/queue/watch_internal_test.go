package queue

import (
	"testing"
	"time"
)

// TestWatch: leases are judged one lease after the last disturbance.
func TestWatch(t *testing.T) {
	t.Parallel()
	const lease, latency = time.Second, 10 * time.Millisecond
	for name, test := range map[string]struct {
		// late, slow and step disturb a tick: it begins late, its answer is slow, Redis's clock was set.
		late, slow, step time.Duration
		failed           bool
		wait             time.Duration // until leases are judged again
		ahead            bool
	}{
		"nothing":                       {},
		"a little late":                 {late: lease / 5},
		"a little slow":                 {slow: lease / 5},
		"this process stood still":      {late: 2 * lease, wait: lease},
		"Redis or the network did":      {slow: 2 * lease, wait: lease},
		"Redis's clock was set forward": {step: time.Hour, wait: lease},
		"Redis's clock was set back":    {step: -time.Hour, wait: lease, ahead: true},
		"Redis did not answer":          {failed: true, wait: lease},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, now := watch{lease: lease}, time.Now()
			server := now.Add(-time.Hour)
			tick := func(late, slow, step time.Duration) (ahead bool) {
				asked := now.Add(w.next.Sub(now)).Add(late)
				if w.next.IsZero() {
					asked = now
				}
				server = server.Add(asked.Sub(now) + step)
				now = asked.Add(latency + slow)
				ahead = w.saw(asked, now, server.Add(latency/2).UnixMicro())
				server = server.Add(latency + slow)
				w.wait(now, true)
				return ahead
			}
			if ahead := tick(0, 0, 0); !ahead || w.mayJudge(now) {
				t.Fatalf("the first tick: ahead %v, judges %v; want true, false", ahead, w.mayJudge(now))
			}
			for range 4 {
				if tick(0, 0, 0) {
					t.Fatal("leases are ahead without cause")
				}
			}
			if !w.mayJudge(now) {
				t.Fatal("leases are not judged after an undisturbed lease")
			}
			if test.failed {
				w.failed(now)
			} else if ahead := tick(test.late, test.slow, test.step); ahead != test.ahead {
				t.Errorf("ahead %v, want %v", ahead, test.ahead)
			}
			if wait := w.since.Add(lease).Sub(now); max(wait, 0) != test.wait {
				t.Errorf("leases are judged after %s, want %s", wait, test.wait)
			}
		})
	}
}
