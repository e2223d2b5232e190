package bot

import (
	"slices"
	"time"
)

// Grant is what the platform gives for a person's consent: a token to act with, and one to get the next pair with, which
// can be used once.
type Grant struct {
	Access     Secret
	AccessEnds time.Time
	// Refresh is empty where the platform gave none.
	Refresh     Secret
	RefreshEnds time.Time
}

// Ends is when nothing can be done with the grant any more.
func (g Grant) Ends() time.Time {
	if g.Refresh != "" && g.RefreshEnds.After(g.AccessEnds) {
		return g.RefreshEnds
	}
	return g.AccessEnds
}

// KeptGrant is a grant as it is kept: whose, where it holds, and since when.
type KeptGrant struct {
	Grant

	Who   UserID
	Given time.Time
	// Version is another one with each renewal.
	Version string
	// Everywhere is set where the person authorised us for every group of theirs, and not for the Chats alone.
	Everywhere bool
	Chats      []ChatID
}

// In reports whether the person authorised us in a chat.
func (l KeptGrant) In(chat ChatID) bool {
	return chat != "" && (l.Everywhere || slices.Contains(l.Chats, chat))
}

// Consent is asked of a person, who gives it in the browser or does not.
type Consent struct {
	Who UserID `json:"who"`
	// Chat is the group that it is for; empty for every group of theirs.
	Chat ChatID `json:"chat,omitempty"`
	// Asked is the chat where they said the command that asks for it.
	Asked   ChatID    `json:"asked,omitempty"`
	Command MessageID `json:"command,omitempty"`
	// Verifier proves that whoever comes with the code is who asked for it (PKCE, RFC 7636).
	Verifier string `json:"verifier"`
	// Language is that of the answers.
	Language string `json:"language,omitempty"`
}

// Withdrawal ends what a person authorised.
type Withdrawal struct {
	// CauseID names the piece of work; its second run records nothing more.
	CauseID EventID
	Who     UserID
	Via     Via
	// Asked and Command say where it was asked for; empty where the platform did it.
	Asked   ChatID
	Command MessageID
	// Until is the time after which what was given stands; the zero time ends all.
	Until time.Time
}
