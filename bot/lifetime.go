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
	// MaxLifetimes is how many a chat may have.
	MaxLifetimes = 10
)

// SetLifetimes names the lifetimes among the settings, for the record; they are changed by a command of their own.
const SetLifetimes SettingKey = "ttl"

// Lifetime is how long our own posts stand in a chat before they are recalled.
type Lifetime struct {
	Life time.Duration `json:"life"`
	// Types are the platform's types of the posts that it is for, sorted; none means all.
	Types []string `json:"types,omitempty"`
}

// Name tells the lifetimes of a chat apart: there is one for the same types.
func (l Lifetime) Name() string {
	if len(l.Types) == 0 {
		return "all"
	}
	return strings.Join(l.Types, ",")
}

// String is "24h0m0s interactive", as people would write it.
func (l Lifetime) String() string {
	text := strings.TrimSuffix(l.Life.String(), "m0s")
	if text != l.Life.String() {
		text += "m"
	}
	text = strings.TrimSuffix(text, "h0m")
	if !strings.HasSuffix(text, "m") && !strings.HasSuffix(text, "s") {
		text += "h"
	}
	if len(l.Types) == 0 {
		return text
	}
	return text + " " + l.Name()
}

// Due is a lifetime of a chat whose time has come: posts that were made up to Until, and not before Since, are over.
type Due struct {
	Chat ChatID `json:"chat"`
	// Name is that of the lifetime.
	Name  string    `json:"name"`
	At    time.Time `json:"at"`
	Since time.Time `json:"since,omitzero"`
}
