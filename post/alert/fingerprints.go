package alert

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

const (
	// maxDelay is how long after the end of an alert was heard its firing still counts as a delivery that was overtaken, and so
	// does what a card said before: the sources try again for less than that. After it, what is said is believed, since a
	// card too many is better than an alert that nobody sees.
	maxDelay = time.Minute
	// maxEnded is how many ends are remembered for it.
	maxEnded = 500
	// maxMarks is how many alerts of a webhook, or of a card, are told apart. Of more, those with the smallest marks stand
	// for all: two webhooks about the same alerts have the same.
	maxMarks = 500
	// maxPast is how many things are remembered that a card said before.
	maxPast = 16
)

// End is the end of an alert: of the one that began then, heard at that time.
type End struct {
	Since time.Time `json:"since"`
	Heard time.Time `json:"heard"`
}

// alerts are the alerts of a notice.
func (n Notification) alerts() []Told {
	list := slices.Clone(n.Rest.Marks)
	for _, a := range n.Alerts {
		list = append(list, Told{a.Fingerprint, a.Firing, a.Since})
	}
	return sample(list)
}

// sample leaves those that fire and those that don't with the smallest marks, each sorted by mark.
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

// countMissing counts the alerts that a card shows as firing and of which the notice says nothing. Nobody said that these ended.
func (c *Card) countMissing(told []Told) int {
	heard := map[string]bool{}
	count, last := map[bool]int{}, map[bool]string{}
	for _, t := range told {
		heard[t.Fingerprint] = true
		count[t.Firing]++
		last[t.Firing] = t.Fingerprint
	}
	n := 0
	for mark, fires := range c.Marks {
		left := false // of a mark beyond the sample it can't be told whether the notice has it
		for _, firing := range []bool{true, false} {
			left = left || (count[firing] >= maxMarks && mark > last[firing])
		}
		if fires && !heard[mark] && !left {
			n++
		}
	}
	return n
}

// addAlerts notes which alerts of the card fire, and reports whether that is new.
func (c *Card) addAlerts(told []Told) bool {
	marks := maps.Clone(c.Marks)
	if marks == nil {
		marks = map[string]bool{}
	}
	for _, t := range told {
		marks[t.Fingerprint] = t.Firing
	}
	if len(marks) > maxMarks {
		all := make([]Told, 0, len(marks))
		for mark, fires := range marks {
			all = append(all, Told{Fingerprint: mark, Firing: fires})
		}
		clear(marks)
		for _, t := range sample(all)[:maxMarks] { // those that fire come first
			marks[t.Fingerprint] = t.Firing
		}
	}
	changed := !maps.Equal(marks, c.Marks)
	c.Marks = marks
	return changed
}

// countKnown counts the alerts that the card knows of.
func (c *Card) countKnown(told []Told) int {
	n := 0
	for _, t := range told {
		if _, known := c.Marks[t.Fingerprint]; known {
			n++
		}
	}
	return n
}
