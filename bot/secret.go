package bot

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a string that is never printed: every format, JSON, text and log form of it is ***.
type Secret string

// Reveal returns the secret.
func (s Secret) Reveal() string { return string(s) }

// Format prints the mask for every verb, and nothing for an empty secret.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, s.String()) }

// String is the mask, or empty for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// LogValue is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is String, for JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
