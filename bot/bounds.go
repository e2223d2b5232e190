package bot

import (
	"strings"
	"unicode/utf8"
)

// The bounds of input that is stored. It may be stored many times, in each post of an order and each record of a job.
// The package that stores it checks it.
const (
	// MaxID is the longest id, in bytes.
	MaxID = 128
	// MaxGroup is the longest name of a group of posts, in characters, MaxTeam that of a team, in bytes.
	MaxGroup = 128
	MaxTeam  = 64
	// MaxReason is the longest reason that a person gives, in characters.
	MaxReason = 200
	// MaxURL is the longest URL of a webhook, in bytes.
	MaxURL = 2048
	// MaxTargets is how many chats and people one order may name, and how many posts one call may register.
	MaxTargets = 200
	// MaxNamed is how many message ids a job may be given.
	MaxNamed = 200
	// MaxContent is the largest content of a post, in bytes.
	MaxContent = 1 << 20
)

// IsID reports whether a text can be an id: up to MaxID letters, digits and _ - . =, the first of them a letter or a digit.
// Only such a text may become part of a path.
func IsID(text string) bool {
	if text == "" || len(text) > MaxID || !isAlphanumeric(rune(text[0])) {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return !isAlphanumeric(r) && !strings.ContainsRune("_-.=", r) })
}

func isAlphanumeric(r rune) bool {
	return (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') || (r >= '0' && r <= '9')
}

// Valid reports whether it can be the id of a message or of a batch send.
func (id MessageID) Valid() bool {
	return IsPlatformID(string(id), "om_") || (IsID(string(id)) && IsBatch(id))
}

// Valid reports whether it can be the id of a chat.
func (id ChatID) Valid() bool { return IsPlatformID(string(id), "oc_") }

// Valid reports whether it can be a person's open_id.
func (id UserID) Valid() bool { return IsPlatformID(string(id), "ou_") }

// IsPlatformID reports whether a text can be an id with the prefix.
func IsPlatformID(id, prefix string) bool {
	return IsID(id) && len(id) > len(prefix) && strings.HasPrefix(id, prefix)
}

// Valid reports whether it can be the name of a group, which becomes part of paths.
func (group GroupID) Valid() bool {
	return group != "" && utf8.RuneCountInString(string(group)) <= MaxGroup && isName(string(group)) && !strings.ContainsAny(string(group), "?#")
}

// Valid reports whether it can be the name of a team.
func (team TeamID) Valid() bool { return team != "" && len(team) <= MaxTeam && isName(string(team)) }

// isName reports whether a name has no space and no slash in it.
func isName(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '/' || r == 0x7f })
}

// ClipReason cuts a reason to MaxReason characters.
func ClipReason(reason string) string { return Abbreviate(reason, MaxReason) }

// JSONValues counts the values of a JSON text before it is decoded, since each takes memory. For other text the number means
// nothing.
func JSONValues(text []byte) int {
	n, quoted := 1, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == '{' || c == '['):
			n++
		}
	}
	return n
}
