package text

import (
	"strings"
	"time"

	"recallbot/bot"
)

// Type is what people call the platform's type of a message; a type that has no name here keeps the platform's.
func (l Language) Type(kind string) string {
	if said, ok := l.find(Key("type." + kind)); ok {
		return said
	}
	return Plain(kind)
}

// Types is a list of types of messages.
func (l Language) Types(kinds []string) string {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = l.Type(kind)
	}
	return l.List(names)
}

// List is several words in a row.
func (l Language) List(words []string) string { return strings.Join(words, l.Say(ListOfTypes)) }

// Join is a sentence after another one: English has a space between them.
func (l Language) Join(sentence string) string {
	if l == English {
		return " " + sentence
	}
	return sentence
}

// Duration is a time in minutes and seconds, at least one second; without seconds from ten minutes on.
func (l Language) Duration(d time.Duration) string {
	seconds := max(int((d+time.Second-1)/time.Second), 1)
	if seconds < 60 {
		return l.Say(Seconds, "seconds", seconds)
	}
	if seconds%60 == 0 || seconds >= 600 {
		return l.Say(WholeMinutes, "minutes", (seconds+30)/60)
	}
	return l.Say(Minutes, "minutes", seconds/60, "seconds", seconds%60)
}

// Lifetime is a time in days or hours where it is a whole number of these.
func (l Language) Lifetime(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day && d%day == 0:
		return l.Say(Days, "days", int(d/day))
	case d >= time.Hour && d%time.Hour == 0:
		return l.Say(Hours, "hours", int(d/time.Hour))
	case d > time.Hour && d%time.Minute == 0:
		return l.Say(HoursMinutes, "hours", int(d/time.Hour), "minutes", int(d%time.Hour/time.Minute))
	default:
		return l.Duration(d)
	}
}

// Plain makes words that a person wrote safe to show: it removes what the platform reads as a mention and cuts them to 80
// characters.
func Plain(words string) string {
	words = strings.NewReplacer("@_all", "@all", "@_user_", "@user ").Replace(words) // the platform's for people without a name
	words = strings.Map(func(r rune) rune {
		switch {
		case r == '{' || r == '}':
			return -1
		case r < ' ':
			return ' '
		default:
			return r
		}
	}, words)
	return bot.Abbreviate(words, maxPlain)
}

// maxPlain is how many characters of a person's words are shown.
const maxPlain = 80

// Accepted is the first language of an Accept-Language header that we speak; empty if there is none.
func Accepted(header string) Language {
	for tag := range strings.SplitSeq(strings.ToLower(header), ",") {
		switch tag = strings.TrimSpace(tag); {
		case strings.HasPrefix(tag, "zh"):
			return Chinese
		case strings.HasPrefix(tag, "en"):
			return English
		}
	}
	return ""
}
