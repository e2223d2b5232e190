package bot

import (
	"slices"
	"time"
)

// Grant is the pair of tokens that the platform gives for a person's consent. The refresh token can be used once.
type Grant struct {
	Access     Secret
	AccessEnds time.Time
	// Refresh may be empty.
	Refresh     Secret
	RefreshEnds time.Time
}

// Ends is when neither token is valid any more.
func (g Grant) Ends() time.Time {
	if g.Refresh != "" && g.RefreshEnds.After(g.AccessEnds) {
		return g.RefreshEnds
	}
	return g.AccessEnds
}

// KeptGrant is a stored grant.
type KeptGrant struct {
	Grant

	Who   UserID
	Given time.Time
	// Version changes with each renewal.
	Version string
	// Everywhere is set where the person authorised us for all of their groups; else it is for Chats.
	Everywhere bool
	Chats      []ChatID
}

// In reports whether the person authorised us in a chat.
func (l KeptGrant) In(chat ChatID) bool {
	return chat != "" && (l.Everywhere || slices.Contains(l.Chats, chat))
}

// Consent is a request for a person's consent, which they give in the browser.
type Consent struct {
	Who UserID `json:"who"`
	// Chat is the group; empty for all groups of the person.
	Chat ChatID `json:"chat,omitempty"`
	// Asked is the chat of the command.
	Asked   ChatID    `json:"asked,omitempty"`
	Command MessageID `json:"command,omitempty"`
	// Verifier is the PKCE code verifier (RFC 7636).
	Verifier string `json:"verifier"`
	Language string `json:"language,omitempty"`
}

// Withdrawal ends a person's grant.
type Withdrawal struct {
	// CauseID is the event's id; the same cause is recorded once.
	CauseID EventID
	Who     UserID
	Via     Via
	// Asked and Command are the chat and the command; empty where the platform ended the grant.
	Asked   ChatID
	Command MessageID
	// Until keeps grants that were given later; the zero time ends every grant.
	Until time.Time
}
