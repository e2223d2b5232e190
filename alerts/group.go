package alerts

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
	// late is how long after the end of an alert was heard its firing still counts as a delivery that was overtaken: the
	// sources try again for less than that. After it, what says that the alert fires is believed, since a card too many is
	// better than an alert that nobody sees.
	late = time.Minute
	// mostEnded is how many ends are remembered for it.
	mostEnded = 500
	// MostAfter is the longest that a resolved card may stand before it is recalled.
	MostAfter = 24 * time.Hour
)

// GroupID names a group of alerts in a chat.
type GroupID string

// Wish is what is wished of a group's card.
type Wish struct {
	// Chat is where it stands.
	Chat bot.ChatID `json:"chat"`
	// Recall is whether it goes when all is resolved, After how long it stands then.
	Recall bool          `json:"recall,omitempty"`
	After  time.Duration `json:"after,omitempty"`
	// Same has a group that fires again after it was resolved take its old card, which is edited in silence. Otherwise it
	// gets a new one, which people notice.
	Same bool `json:"same,omitempty"`
}

// Group is a group of alerts in a chat, and its card.
type Group struct {
	ID      GroupID     `json:"id"`
	Wish    Wish        `json:"wish"`
	Team    bot.TeamID  `json:"team,omitempty"`
	Token   bot.TokenID `json:"token,omitempty"`
	Firing  bool        `json:"firing"`
	Changed time.Time   `json:"changed"`
	// Post is the card's post; empty while there is none. Made is set once it was asked for.
	Post bot.PostID `json:"post,omitempty"`
	Made bool       `json:"made,omitempty"`
	// Sheet is what the card is still to say; it is forgotten once the card says it. Shown marks what the card says.
	Sheet *Sheet `json:"sheet,omitempty"`
	Shown string `json:"shown,omitempty"`
	// RecallAt is when the card goes; zero while it stays. Leaving are cards before this one that go at once.
	RecallAt time.Time    `json:"recall_at,omitzero"`
	Leaving  []bot.PostID `json:"leaving,omitempty"`
	// Ended are alerts whose end was heard a moment ago.
	Ended map[string]End `json:"ended,omitempty"`
}

// End is the end of an alert: of the one that began then, heard at that time.
type End struct {
	Since time.Time `json:"since"`
	Heard time.Time `json:"heard"`
}

// IDOf names the group of a notice. The same group has a card in each chat, and for each team.
func IDOf(n Notice, wish Wish, by bot.Principal) GroupID {
	owner := "team/" + string(by.Team)
	if by.Team == "" {
		owner = "token/" + string(by.Token)
	}
	text, _ := json.Marshal([]string{owner, string(wish.Chat), string(n.Source), n.Receiver, n.Key}) // strings always marshal
	sum := sha256.Sum256(text)
	return GroupID(hex.EncodeToString(sum[:16]))
}

// Name is the group of the card's posts.
func (g *Group) Name() bot.GroupID { return bot.GroupID("alert-" + g.ID) }

// hear takes a notice in and reports whether it changes anything. fresh makes the id of a card.
func (g *Group) hear(n Notice, now time.Time, fresh func() bot.PostID) bool {
	told := g.timely(n, now)
	sheet := SheetOf(told)
	if len(told.Alerts) < len(n.Alerts) && sheet.FiringCount == 0 {
		return false // all of it is old
	}
	ended := g.remember(told, now)
	switch {
	case sheet.Firing:
		return g.fires(sheet, now, fresh) || ended
	case g.Post == "":
		return ended // what was never shown needs no end
	default:
		return g.resolves(sheet, now) || ended
	}
}

// timely leaves out the alerts that are said to fire by a delivery which was overtaken by that of their end.
func (g *Group) timely(n Notice, now time.Time) Notice {
	n.Alerts = slices.DeleteFunc(slices.Clone(n.Alerts), func(a Alert) bool {
		end, ended := g.Ended[a.Mark]
		return a.Firing && ended && !a.Since.After(end.Since) && now.Sub(end.Heard) < late
	})
	return n
}

// remember notes the alerts that ended, and reports whether any is new.
func (g *Group) remember(n Notice, now time.Time) bool {
	maps.DeleteFunc(g.Ended, func(_ string, end End) bool { return now.Sub(end.Heard) >= late })
	changed := false
	for _, a := range n.Alerts {
		if _, known := g.Ended[a.Mark]; a.Firing || known || len(g.Ended) >= mostEnded {
			continue
		}
		if g.Ended == nil {
			g.Ended = map[string]End{}
		}
		g.Ended[a.Mark], changed = End{Since: a.Since, Heard: now}, true
	}
	return changed
}

func (g *Group) fires(sheet Sheet, now time.Time, fresh func() bot.PostID) bool {
	if g.Post != "" && !g.Firing && !g.Wish.Same {
		if g.Wish.Recall {
			g.Leaving = append(g.Leaving, g.Post)
		}
		g.drop()
	}
	if g.Post == "" {
		g.Post = fresh()
	}
	g.RecallAt = time.Time{}
	return g.want(sheet, true, now)
}

func (g *Group) resolves(sheet Sheet, now time.Time) bool {
	if g.Firing && g.Wish.Recall {
		g.RecallAt = now.Add(g.Wish.After)
	}
	if g.Wish.Recall && g.Wish.After == 0 { // it goes; what it would say nobody reads
		changed := g.Firing
		g.Sheet, g.Firing, g.Changed = nil, false, now
		return changed
	}
	return g.want(sheet, false, now)
}

// want has the card say what the sheet says, and reports whether anything is to do for it.
func (g *Group) want(sheet Sheet, fires bool, now time.Time) bool {
	changed := g.Firing != fires
	g.Firing = fires
	switch {
	case g.Shown == sheet.Mark():
		changed = changed || g.Sheet != nil
		g.Sheet = nil
	case g.Sheet == nil || g.Sheet.Mark() != sheet.Mark():
		g.Sheet, changed = &sheet, true
	}
	if changed {
		g.Changed = now
	}
	return changed
}

// expire lets the card go when its time has come, and reports whether it has. From then on a group that fires again gets
// another one.
func (g *Group) expire(now time.Time) bool {
	if g.RecallAt.IsZero() || now.Before(g.RecallAt) {
		return false
	}
	if g.Post != "" {
		g.Leaving = append(g.Leaving, g.Post)
	}
	g.drop()
	return true
}

// drop leaves the card to itself.
func (g *Group) drop() {
	g.Post, g.Made, g.Sheet, g.Shown, g.RecallAt = "", false, nil, "", time.Time{}
}

// shown notes that the card says what a sheet says.
func (g *Group) shown(mark string) {
	g.Shown = mark
	if g.Sheet != nil && g.Sheet.Mark() == mark {
		g.Sheet = nil
	}
}

// pending reports whether anything is to do now.
func (g *Group) pending(now time.Time) bool {
	return g.Sheet != nil || len(g.Leaving) > 0 || (!g.RecallAt.IsZero() && !now.Before(g.RecallAt))
}

// Mark is the same for sheets that say the same.
func (s Sheet) Mark() string {
	text, _ := json.Marshal(s) // strings and numbers always marshal
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
