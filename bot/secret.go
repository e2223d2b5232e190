package bot

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a string that is never printed: every format, JSON, text and log form of it is ***.
type Secret string

// Reveal gives the secret itself, for the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// Format prints the mask whatever the verb, and nothing for an empty secret.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, s.String()) }

// String is the mask, or empty for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString is the mask too.
func (s Secret) GoString() string { return s.String() }

// LogValue is the mask too.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is the mask too; JSON and YAML use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
