package watch

import (
	"slices"
	"sort"
	"time"

	"recallbot/bot"
)

// Window is the recent posts that a rule counts, in memory: for rehearsals, and as the model of those in the store.
type Window struct {
	posts    []windowPost
	verdicts map[windowKey]bool
}

type windowKey struct{ id, sender string }

type windowPost struct {
	sender string
	at     time.Time
}

// Judge adds a post and reports whether it is over the threshold; a known post gets the same verdict. The sender is empty for a person.
// Times are the posts' own, in any order.
func (w *Window) Judge(id, sender string, at time.Time, when bot.WatchWhen) bool {
	key := windowKey{id, sender}
	if known, ok := w.verdicts[key]; ok {
		return known
	}
	this := sort.Search(len(w.posts), func(i int) bool { return w.posts[i].at.After(at) })
	w.posts = slices.Insert(w.posts, this, windowPost{sender, at})
	over := false
	switch when.Kind {
	case bot.WatchMoreThan:
		over = w.crowded(this, when.Count, when.Within)
	case bot.WatchAgain:
		over = w.crowded(this, when.Count-1, when.Within)
	case bot.WatchLoop:
		over = sender != "" && w.loops(this, when.Count, when.Within)
	default:
		over = true
	}
	if w.verdicts == nil {
		w.verdicts = map[windowKey]bool{}
	}
	w.verdicts[key] = over
	return over
}

// Forget drops the posts before a time: for messages that come in order.
func (w *Window) Forget(before time.Time) {
	w.posts = slices.DeleteFunc(w.posts, func(p windowPost) bool { return p.at.Before(before) })
}

// crowded reports whether more than count posts, this one among them, are within a time.
func (w *Window) crowded(this, count int, within time.Duration) bool {
	for from := max(0, this-count); from <= this; from++ {
		to := from + count
		if to < len(w.posts) && w.posts[to].at.Sub(w.posts[from].at) < within {
			return true
		}
	}
	return false
}

// loops reports whether bots took at least count turns within a time, this post among them, without a person between.
func (w *Window) loops(this, count int, within time.Duration) bool {
	first, last := this, this
	for first > 0 && w.posts[first-1].sender != "" {
		first--
	}
	for last < len(w.posts)-1 && w.posts[last+1].sender != "" {
		last++
	}
	for from := first; from <= this; from++ {
		turns := 1
		for i := from + 1; i <= last && w.posts[i].at.Sub(w.posts[from].at) < within; i++ {
			if w.posts[i].sender != w.posts[i-1].sender {
				turns++
			}
			if i >= this && turns >= count {
				return true
			}
		}
	}
	return false
}
