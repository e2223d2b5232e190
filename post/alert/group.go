package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"recallbot/bot"
)

const (
	// MaxAfter is the longest time after which a resolved card is recalled.
	MaxAfter = 24 * time.Hour
	// maxCards is the most cards of a group: one for each source with the same group key.
	maxCards = 8
	// cardLife is how long a group is stored after its last change: longer than its card can be edited.
	cardLife = 30 * 24 * time.Hour
)

// GroupID names a group of alerts in a chat.
type GroupID string

// Options are the options of a group's card.
type Options struct {
	Chat bot.ChatID `json:"chat"`
	// Recall recalls the card when all alerts are resolved, After that time.
	Recall bool          `json:"recall,omitempty"`
	After  time.Duration `json:"after,omitempty"`
	// Same makes a group that fires again reuse its card, which is edited without a notification. Otherwise it gets a new card.
	Same bool `json:"same,omitempty"`
}

// Group is a group of alerts in a chat, with its cards. It has one card, unless several sources have the same group key, such as
// the Alertmanagers of two clusters. Fingerprints tell which card an alert belongs to.
type Group struct {
	ID      GroupID     `json:"id"`
	Options Options     `json:"wish"`
	Team    bot.TeamID  `json:"team,omitempty"`
	Token   bot.TokenID `json:"token,omitempty"`
	Card

	// Others are the cards of other sources.
	Others []Card `json:"others,omitempty"`
	// Ended are alerts whose end was received within maxDelay.
	Ended map[string]End `json:"ended,omitempty"`
}

// Card is a card with its content.
type Card struct {
	Firing  bool      `json:"firing"`
	Changed time.Time `json:"changed"`
	// Alerts are its alerts by fingerprint, and whether they fire.
	Alerts map[string]bool `json:"marks,omitempty"`
	// Post is the card's post; empty while there is none. Made is set once it was queued.
	Post bot.PostID `json:"post,omitempty"`
	Made bool       `json:"made,omitempty"`
	// View is the content that the card does not show yet; nil otherwise. Shown is the hash of the content that it shows.
	View  *CardView `json:"sheet,omitempty"`
	Shown string    `json:"shown,omitempty"`
	// LastHash is the hash of the last notification, PastHashes those before it, with the time until which each was the last.
	LastHash   string               `json:"heard,omitempty"`
	PastHashes map[string]time.Time `json:"past,omitempty"`
	// RecallAt is when the card is recalled; zero is never. Leaving are earlier cards that are recalled at once.
	RecallAt time.Time    `json:"recall_at,omitzero"`
	Leaving  []bot.PostID `json:"leaving,omitempty"`
}

// IDOf is the id of a notification's group. It differs by chat and by team.
func IDOf(n Notification, options Options, by bot.Principal) GroupID {
	owner := "team/" + string(by.Team)
	if by.Team == "" {
		owner = "token/" + string(by.Token)
	}
	text, _ := json.Marshal([]string{owner, string(options.Chat), string(n.Source), n.Receiver, n.Key}) // strings always marshal
	sum := sha256.Sum256(text)
	return GroupID(hex.EncodeToString(sum[:16]))
}

// Name is the group of the card's posts.
func (g *Group) Name() bot.GroupID { return bot.GroupID("alert-" + g.ID) }

// cards are all cards of the group.
func (g *Group) cards() []*Card {
	list := []*Card{&g.Card}
	for i := range g.Others {
		list = append(list, &g.Others[i])
	}
	return list
}

// Fires reports whether any alert fires.
func (g *Group) Fires() bool {
	return slices.ContainsFunc(g.cards(), func(c *Card) bool { return c.Firing })
}

// Life is how long the group is stored: a short time if it was never shown.
func (g *Group) Life() time.Duration {
	if slices.ContainsFunc(g.cards(), func(c *Card) bool { return c.Post != "" || len(c.Leaving) > 0 }) {
		return cardLife
	}
	return 2 * maxDelay
}

// apply applies a notification and reports whether it changed anything. fresh makes the id of a card.
func (g *Group) apply(n Notification, now time.Time, fresh func() bot.PostID) bool {
	timely := g.timely(n, now)
	alerts := timely.alerts()
	fires := slices.ContainsFunc(alerts, func(t State) bool { return t.Firing })
	if !fires && len(timely.Alerts)+len(timely.Rest.States) < len(n.Alerts)+len(n.Rest.States) {
		return false // all of it is outdated
	}
	changed := g.remember(alerts, now)
	main := g.cardFor(alerts, fires || n.Truncated > 0)
	for _, c := range g.cards() {
		switch {
		case c == main:
			changed = g.applyTo(c, timely, now, fresh) || changed
		case c.countKnown(alerts) > 0: // an alert ends on all cards
			changed = g.applyTo(c, timely.only(c.Alerts), now, fresh) || changed
		}
	}
	return changed
}

// cardFor is the card of a notification: the one that shows most of its alerts. It is nil for resolved alerts that were never
// shown.
func (g *Group) cardFor(alerts []State, fires bool) *Card {
	var best *Card
	most := 0
	for _, c := range g.cards() {
		if c.Post != "" && len(c.Alerts) == 0 { // an earlier version posted it
			return c
		}
		known := 2 * c.countKnown(alerts)
		if known > 0 && c.Firing {
			known++
		}
		if known > most {
			best, most = c, known
		}
	}
	if best != nil || !fires {
		return best
	}
	free := slices.IndexFunc(g.cards(), func(c *Card) bool { return !c.Firing })
	if free < 0 && len(g.Others)+1 < maxCards {
		g.Others = append(g.Others, Card{})
		free = len(g.Others)
	}
	if free < 0 { // the oldest card stays unchanged in the chat
		oldest := slices.MinFunc(g.cards(), func(a, b *Card) int { return a.Changed.Compare(b.Changed) })
		*oldest = Card{Leaving: oldest.Leaving}
		return oldest
	}
	c := g.cards()[free]
	c.Alerts = nil
	return c
}

// applyTo applies a notification to a card.
func (g *Group) applyTo(c *Card, n Notification, now time.Time, fresh func() bot.PostID) bool {
	alerts, hash := n.alerts(), ViewOf(n).Hash()
	if c.overtaken(hash, now) {
		return false
	}
	n.Truncated = max(n.Truncated, c.countMissing(alerts))
	view := ViewOf(n)
	learned := c.addAlerts(alerts)
	learned = c.setLast(hash, now) || learned
	if view.Firing {
		return g.fires(c, view, now, fresh) || learned
	}
	return g.resolves(c, view, now) || learned
}

// only is a notification without the other alerts.
func (n Notification) only(states map[string]bool) Notification {
	unknown := func(fingerprint string) bool { _, known := states[fingerprint]; return !known }
	n.Alerts = slices.DeleteFunc(slices.Clone(n.Alerts), func(a Alert) bool { return unknown(a.Fingerprint) })
	n.Rest = Rest{States: slices.DeleteFunc(slices.Clone(n.Rest.States), func(t State) bool { return unknown(t.Fingerprint) })}
	for _, t := range n.Rest.States {
		if t.Firing {
			n.Rest.Firing++
		} else {
			n.Rest.Resolved++
		}
	}
	n.Truncated = 0
	return n
}

// timely leaves out firing alerts whose end was received before: the notification was delayed.
func (g *Group) timely(n Notification, now time.Time) Notification {
	old := func(fingerprint string, fires bool, since time.Time) bool {
		end, ended := g.Ended[fingerprint]
		return fires && ended && !since.After(end.Since) && now.Sub(end.Received) < maxDelay
	}
	n.Alerts = slices.DeleteFunc(slices.Clone(n.Alerts), func(a Alert) bool { return old(a.Fingerprint, a.Firing, a.Since) })
	all := len(n.Rest.States)
	n.Rest.States = slices.DeleteFunc(slices.Clone(n.Rest.States), func(t State) bool { return old(t.Fingerprint, t.Firing, t.Since) })
	n.Rest.Firing = max(n.Rest.Firing-all+len(n.Rest.States), 0)
	return n
}

// remember stores the alerts that ended, and reports whether any is new.
func (g *Group) remember(alerts []State, now time.Time) bool {
	maps.DeleteFunc(g.Ended, func(_ string, end End) bool { return now.Sub(end.Received) >= maxDelay })
	changed := false
	for _, t := range alerts {
		if _, known := g.Ended[t.Fingerprint]; t.Firing || known || len(g.Ended) >= maxEnded {
			continue
		}
		if g.Ended == nil {
			g.Ended = map[string]End{}
		}
		g.Ended[t.Fingerprint], changed = End{Since: t.Since, Received: now}, true
	}
	return changed
}

func (g *Group) fires(c *Card, view CardView, now time.Time, fresh func() bot.PostID) bool {
	if c.Post != "" && !c.Firing && !g.Options.Same {
		if g.Options.Recall {
			c.Leaving = append(c.Leaving, c.Post)
		}
		c.drop()
	}
	if c.Post == "" {
		c.Post = fresh()
	}
	c.RecallAt = time.Time{}
	return c.setView(view, true, now)
}

func (g *Group) resolves(c *Card, view CardView, now time.Time) bool {
	if c.Firing && g.Options.Recall {
		c.RecallAt = now.Add(g.Options.After)
	}
	if g.Options.Recall && g.Options.After == 0 { // the card is recalled, so it is not edited
		changed := c.Firing
		c.View, c.Firing, c.Changed = nil, false, now
		return changed
	}
	return c.setView(view, false, now)
}
