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
	// maxEnded is the most ends that are stored.
	maxEnded = 500
	// maxMarks is the most fingerprints of a webhook or a card. Of more, the smallest are a sample, which is the same for two
	// webhooks about the same alerts.
	maxMarks = 500
	// maxPast is the most earlier contents of a card that are stored.
	maxPast = 16
)

// End is the end of an alert that began at Since, received at Heard.
type End struct {
	Since time.Time `json:"since"`
	Heard time.Time `json:"heard"`
}

// alerts are the states of a notification's alerts.
func (n Notification) alerts() []Told {
	list := slices.Clone(n.Rest.Marks)
	for _, a := range n.Alerts {
		list = append(list, Told{a.Fingerprint, a.Firing, a.Since})
	}
	return sample(list)
}

// sample keeps the smallest fingerprints of those that fire and of those that don't, sorted.
func sample(list []Told) []Told {
	slices.SortStableFunc(list, func(a, b Told) int {
		return cmp.Or(order(a.Firing)-order(b.Firing), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	count := map[bool]int{}
	return slices.DeleteFunc(list, func(t Told) bool {
		count[t.Firing]++
		return count[t.Firing] > maxMarks
	})
}

// countMissing counts the alerts that a card shows as firing and that are not in the notification. They may still fire.
func (c *Card) countMissing(alerts []Told) int {
	heard := map[string]bool{}
	count, last := map[bool]int{}, map[bool]string{}
	for _, t := range alerts {
		heard[t.Fingerprint] = true
		count[t.Firing]++
		last[t.Firing] = t.Fingerprint
	}
	n := 0
	for mark, fires := range c.Marks {
		left := false // the notification may have a fingerprint beyond its sample
		for _, firing := range []bool{true, false} {
			left = left || (count[firing] >= maxMarks && mark > last[firing])
		}
		if fires && !heard[mark] && !left {
			n++
		}
	}
	return n
}

// addAlerts updates the alerts of the card, and reports whether any changed.
func (c *Card) addAlerts(alerts []Told) bool {
	marks := maps.Clone(c.Marks)
	if marks == nil {
		marks = map[string]bool{}
	}
	for _, t := range alerts {
		marks[t.Fingerprint] = t.Firing
	}
	if len(marks) > maxMarks {
		all := make([]Told, 0, len(marks))
		for mark, fires := range marks {
			all = append(all, Told{Fingerprint: mark, Firing: fires})
		}
		clear(marks)
		for _, t := range sample(all)[:maxMarks] { // firing ones first
			marks[t.Fingerprint] = t.Firing
		}
	}
	changed := !maps.Equal(marks, c.Marks)
	c.Marks = marks
	return changed
}

// countKnown counts the alerts that the card has.
func (c *Card) countKnown(alerts []Told) int {
	n := 0
	for _, t := range alerts {
		if _, known := c.Marks[t.Fingerprint]; known {
			n++
		}
	}
	return n
}
