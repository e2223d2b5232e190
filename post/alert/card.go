package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"time"

	"recallbot/bot"
)

// setView sets the content to show, and reports whether anything changed.
func (c *Card) setView(view CardView, fires bool, now time.Time) bool {
	changed := c.Firing != fires
	c.Firing = fires
	switch {
	case c.Shown == view.Mark():
		changed = changed || c.View != nil
		c.View = nil
	case c.View == nil || c.View.Mark() != view.Mark():
		c.View, changed = &view, true
	}
	if changed {
		c.Changed = now
	}
	return changed
}

// overtaken reports whether an equal notification came within maxDelay, and then another one: this one was delayed.
func (c *Card) overtaken(mark string, now time.Time) bool {
	until, was := c.Past[mark]
	return was && now.Sub(until) < maxDelay && c.Heard != mark
}

// setHeard stores the hash of a notification, and reports whether it is new.
func (c *Card) setHeard(mark string, now time.Time) bool {
	if c.Heard == mark {
		return false
	}
	maps.DeleteFunc(c.Past, func(_ string, until time.Time) bool { return now.Sub(until) >= maxDelay })
	if c.Past == nil {
		c.Past = map[string]time.Time{}
	}
	if c.Heard != "" && len(c.Past) < maxPast {
		c.Past[c.Heard] = now
	}
	c.Heard = mark
	return true
}

// expire lets the card go when its time has come, and reports whether it has. From then on what fires again gets another
// one.
func (c *Card) expire(now time.Time) bool {
	if c.RecallAt.IsZero() || now.Before(c.RecallAt) {
		return false
	}
	if c.Post != "" {
		c.Leaving = append(c.Leaving, c.Post)
	}
	c.drop()
	return true
}

// drop leaves the card to itself.
func (c *Card) drop() {
	c.Post, c.Made, c.View, c.Shown, c.RecallAt = "", false, nil, "", time.Time{}
}

// follow has another card take the place of one that is no use any more; for what is resolved, there is no need.
func (c *Card) follow(fresh func() bot.PostID) {
	if !c.Firing {
		c.drop()
		return
	}
	c.Post, c.Made, c.Shown = fresh(), false, ""
}

// shown notes that the card says what a sheet says.
func (c *Card) shown(mark string) {
	c.Shown = mark
	if c.View != nil && c.View.Mark() == mark {
		c.View = nil
	}
}

// pending reports whether anything is to do now.
func (c *Card) pending(now time.Time) bool {
	return c.View != nil || len(c.Leaving) > 0 || (!c.RecallAt.IsZero() && !now.Before(c.RecallAt))
}

// Mark is the same for sheets that say the same.
func (s CardView) Mark() string {
	text, _ := json.Marshal(s) // strings and numbers always marshal
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
