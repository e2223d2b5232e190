package alert

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

const (
	// maxDelay is how long after an alert's end a notification that it fires counts as delayed, and likewise one with an earlier
	// content of the card. The sources retry for less than that.
	maxDelay = time.Minute
	// maxEnded is the maximum of ends that are stored.
	maxEnded = 500
	// maxStates is the maximum of alerts of a webhook or a card. Of more, those with the smallest fingerprints are a sample, which is
	// the same for two webhooks about the same alerts.
	maxStates = 500
	// maxPast is the maximum of hashes of earlier notifications of a card.
	maxPast = 16
)

// End is the end of an alert that began at Since, and when it was received.
type End struct {
	Since    time.Time `json:"since"`
	Received time.Time `json:"heard"`
}

// alerts are the states of a notification's alerts.
func (n Notification) alerts() []State {
	list := slices.Clone(n.Rest.States)
	for _, a := range n.Alerts {
		list = append(list, State{a.Fingerprint, a.Firing, a.Since})
	}
	return sample(list)
}

// sample keeps the smallest fingerprints of those that fire and of those that don't, sorted.
func sample(list []State) []State {
	slices.SortStableFunc(list, func(a, b State) int {
		return cmp.Or(order(a.Firing)-order(b.Firing), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	count := map[bool]int{}
	return slices.DeleteFunc(list, func(t State) bool {
		count[t.Firing]++
		return count[t.Firing] > maxStates
	})
}

// countMissing counts the alerts that a card shows as firing and that are not in the notification. They may still fire.
func (c *Card) countMissing(alerts []State) int {
	included := map[string]bool{}
	count, last := map[bool]int{}, map[bool]string{}
	for _, t := range alerts {
		included[t.Fingerprint] = true
		count[t.Firing]++
		last[t.Firing] = t.Fingerprint
	}
	n := 0
	for fingerprint, fires := range c.Alerts {
		left := false // the notification may have a fingerprint beyond its sample
		for _, firing := range []bool{true, false} {
			left = left || (count[firing] >= maxStates && fingerprint > last[firing])
		}
		if fires && !included[fingerprint] && !left {
			n++
		}
	}
	return n
}

// addAlerts updates the alerts of the card, and reports whether any changed.
func (c *Card) addAlerts(alerts []State) bool {
	states := maps.Clone(c.Alerts)
	if states == nil {
		states = map[string]bool{}
	}
	for _, t := range alerts {
		states[t.Fingerprint] = t.Firing
	}
	if len(states) > maxStates {
		all := make([]State, 0, len(states))
		for fingerprint, fires := range states {
			all = append(all, State{Fingerprint: fingerprint, Firing: fires})
		}
		clear(states)
		for _, t := range sample(all)[:maxStates] { // firing ones first
			states[t.Fingerprint] = t.Firing
		}
	}
	changed := !maps.Equal(states, c.Alerts)
	c.Alerts = states
	return changed
}

// countKnown counts the alerts that the card has.
func (c *Card) countKnown(alerts []State) int {
	n := 0
	for _, t := range alerts {
		if _, known := c.Alerts[t.Fingerprint]; known {
			n++
		}
	}
	return n
}
