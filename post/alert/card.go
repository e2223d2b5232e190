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
	case c.Shown == view.Hash():
		changed = changed || c.View != nil
		c.View = nil
	case c.View == nil || c.View.Hash() != view.Hash():
		c.View, changed = &view, true
	}
	if changed {
		c.Changed = now
	}
	return changed
}

// overtaken reports whether an equal notification came within maxDelay, and then another one: this one was delayed.
func (c *Card) overtaken(hash string, now time.Time) bool {
	until, was := c.PastHashes[hash]
	return was && now.Sub(until) < maxDelay && c.LastHash != hash
}

// setLast stores the hash of a notification, and reports whether it is new.
func (c *Card) setLast(hash string, now time.Time) bool {
	if c.LastHash == hash {
		return false
	}
	maps.DeleteFunc(c.PastHashes, func(_ string, until time.Time) bool { return now.Sub(until) >= maxDelay })
	if c.PastHashes == nil {
		c.PastHashes = map[string]time.Time{}
	}
	if c.LastHash != "" && len(c.PastHashes) < maxPast {
		c.PastHashes[c.LastHash] = now
	}
	c.LastHash = hash
	return true
}

// expire marks the card for its recall when that is due, and reports whether it did. Alerts that fire again then get another
// card.
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

// drop forgets the post, which stays in the chat.
func (c *Card) drop() {
	c.Post, c.Made, c.View, c.Shown, c.RecallAt = "", false, nil, "", time.Time{}
}

// follow replaces a post that can't be edited by another one. For resolved alerts it only forgets the post.
func (c *Card) follow(fresh func() bot.PostID) {
	if !c.Firing {
		c.drop()
		return
	}
	c.Post, c.Made, c.Shown = fresh(), false, ""
}

// shown records the hash of the content that the card shows.
func (c *Card) shown(hash string) {
	c.Shown = hash
	if c.View != nil && c.View.Hash() == hash {
		c.View = nil
	}
}

// pending reports whether the card must be posted, edited or recalled now.
func (c *Card) pending(now time.Time) bool {
	return c.View != nil || len(c.Leaving) > 0 || (!c.RecallAt.IsZero() && !now.Before(c.RecallAt))
}

// Hash is the hash of the content.
func (v CardView) Hash() string {
	text, _ := json.Marshal(v) // strings and numbers always marshal
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
