package bot

import (
	"strings"
	"unicode/utf8"
)

// The bounds of what others name or say, and is kept: it may be kept many times, in each post of an order and in each record
// of a job. Whatever keeps it checks it, by whatever way it came.
const (
	// MaxID is the longest id, in bytes.
	MaxID = 128
	// MaxGroup is the longest name of a group of posts, in characters, MaxTeam that of a team, in bytes.
	MaxGroup = 128
	MaxTeam  = 64
	// MaxReason is the longest reason that somebody gives, in characters.
	MaxReason = 200
	// MaxURL is the longest address that somebody is told at, in bytes.
	MaxURL = 2048
	// MaxTargets is how many chats and people a post may go to at once, and how many posts are registered at once.
	MaxTargets = 200
	// MaxNamed is how many messages a job may be given by their ids.
	MaxNamed = 200
	// MaxContent is the largest content of a post, in bytes.
	MaxContent = 1 << 20
)

// IsID reports whether a text can be an id: up to MaxID letters, digits and _ - . =, the first of them a letter or a digit.
// Nothing else may become part of a path.
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

// IsPlatformID reports whether a text can be an id that begins so.
func IsPlatformID(id, mark string) bool {
	return IsID(id) && len(id) > len(mark) && strings.HasPrefix(id, mark)
}

// Valid reports whether a group may be called so: its name stands in paths.
func (group GroupID) Valid() bool {
	return group != "" && utf8.RuneCountInString(string(group)) <= MaxGroup && isName(string(group)) && !strings.ContainsAny(string(group), "?#")
}

// Valid reports whether a team may be called so.
func (team TeamID) Valid() bool { return team != "" && len(team) <= MaxTeam && isName(string(team)) }

// isName reports whether a name has no space and no slash in it.
func isName(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '/' || r == 0x7f })
}

// ClipReason cuts a reason to what is kept of it.
func ClipReason(reason string) string {
	if cut := Clip(reason, MaxReason); cut != reason {
		return cut + "…"
	}
	return reason
}

// JSONValues counts the values of a JSON text, before it is read: each takes up some room, however short it is. Of what is no
// JSON it counts something.
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
