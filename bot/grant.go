package bot

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"
)

// UserToken is a token by which we may act as a person. Every printed form of it is ***.
type UserToken string

// Reveal gives the token itself, for the few places that need it.
func (t UserToken) Reveal() string { return string(t) }

// String is the mask, or empty for an empty token.
func (t UserToken) String() string {
	if t == "" {
		return ""
	}
	return "***"
}

// GoString is the mask too.
func (t UserToken) GoString() string { return t.String() }

// Format prints the mask whatever the verb.
func (t UserToken) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, t.String()) }

// LogValue is the mask too.
func (t UserToken) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText is the mask too; JSON uses it.
func (t UserToken) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Grant is what the platform gives for a person's consent: a token to act with, and one to get the next pair with, which
// can be used once.
type Grant struct {
	Access     UserToken
	AccessEnds time.Time
	// Refresh is empty where the platform gave none.
	Refresh     UserToken
	RefreshEnds time.Time
}

// Ends is when nothing can be done with the grant any more.
func (g Grant) Ends() time.Time {
	if g.Refresh != "" && g.RefreshEnds.After(g.AccessEnds) {
		return g.RefreshEnds
	}
	return g.AccessEnds
}

// Lent is a grant as it is kept: whose, where it holds, and since when.
type Lent struct {
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
func (l Lent) In(chat ChatID) bool {
	return chat != "" && (l.Everywhere || slices.Contains(l.Chats, chat))
}

// Consent is asked of a person, who gives it in the browser or does not.
type Consent struct {
	Who UserID `json:"who"`
	// Chat is the group that it is for; empty for every group of theirs.
	Chat ChatID `json:"chat,omitempty"`
	// Verifier proves that whoever comes with the code is who asked for it (PKCE, RFC 7636).
	Verifier string `json:"verifier"`
	// Language is that of the answers.
	Language string `json:"language,omitempty"`
}
