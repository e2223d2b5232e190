package bot

import (
	"strings"
	"time"
)

// The bounds of lifetimes.
const (
	// MinLife and MaxLife are the shortest and the longest lifetime.
	MinLife = 10 * time.Second
	MaxLife = 365 * 24 * time.Hour
	// MaxLifetimes is the most lifetimes of a chat.
	MaxLifetimes = 10
)

// SetLifetimes is the key of the lifetimes in the record. A command of its own changes them.
const SetLifetimes SettingKey = "ttl"

// Lifetime is how long our own posts stay in a chat before they are recalled.
type Lifetime struct {
	Life time.Duration `json:"life"`
	// Types are the values of msg_type that it is for, sorted; none means all.
	Types []string `json:"types,omitempty"`
}

// Name is unique in a chat: there is one lifetime for the same types.
func (l Lifetime) Name() string {
	if len(l.Types) == 0 {
		return "all"
	}
	return strings.Join(l.Types, ",")
}

// String is for example "24h interactive".
func (l Lifetime) String() string {
	if len(l.Types) == 0 {
		return ShortDuration(l.Life)
	}
	return ShortDuration(l.Life) + " " + l.Name()
}

// Due is the event of a lifetime: posts that have reached it are to be recalled, none from before Since.
type Due struct {
	Chat ChatID `json:"chat"`
	// Name is the lifetime's.
	Name  string    `json:"name"`
	At    time.Time `json:"at"`
	Since time.Time `json:"since,omitzero"`
}
