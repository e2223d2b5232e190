package watch

import (
	"slices"
	"strings"

	"recallbot/bot"
)

// Sender is the bot that posted a message.
type Sender struct {
	// ID is the app id, or the open_id where that is unknown.
	ID string `json:"id"`
	// Open is the open_id and Name the name, where they are known.
	Open bot.UserID `json:"open,omitempty"`
	Name string     `json:"name,omitempty"`
	// Own is set for our own bot.
	Own bool `json:"-"`
}

// Self is our own bot as a sender.
func Self() Sender { return Sender{ID: bot.BotRef{Me: true}.String(), Own: true} }

// IsOne reports whether the sender is one of the bots; without bots, whether it is any bot but ours.
func (s Sender) IsOne(refs []bot.BotRef) bool {
	return len(refs) == 0 && !s.Own || slices.ContainsFunc(refs, s.Is)
}

// Is reports whether a reference names the sender.
func (s Sender) Is(ref bot.BotRef) bool {
	switch {
	case s.Own || ref.Me:
		return s.Own && ref.Me
	case ref.Any:
		return true
	default:
		return ref.User != "" && ref.User == s.Open || ref.App != "" && string(ref.App) == s.ID ||
			ref.Name != "" && s.Name != "" && bot.SameName(ref.Name, s.Name)
	}
}

// Label is the sender in counts, which bot.SenderRef reads: the id, and the name where it is known.
func (s Sender) Label() string { return strings.TrimSpace(s.ID + " " + s.Name) }

// Ref names the sender, for a quarantine.
func (s Sender) Ref() bot.BotRef {
	ref := bot.BotRef{Me: s.Own, User: s.Open, Name: s.Name}
	if strings.HasPrefix(s.ID, "cli_") {
		ref.App = bot.AppID(s.ID)
	}
	return ref
}
