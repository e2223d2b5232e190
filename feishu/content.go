package feishu

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"recallbot/bot"
	"recallbot/bot/command"
)

// commandIn reads the command out of a person's message, or nil. The text goes no further. While we don't know who we are,
// a command that may name us or another bot is Unavailable: the platform sends it again.
func (o *Opener) commandIn(m *wireMessage) (*bot.Command, error) {
	if !mayCommand(m.Content) {
		return nil, nil //nolint:nilnil // nil is ordinary talk
	}
	text, ok := textOf(m.Type, m.Content)
	if !ok {
		return nil, nil //nolint:nilnil // as above
	}
	text, mentions := o.mentionsIn(text, m)
	text = clean(text)
	cmd, ok := command.Parse(text, m.ParentID != "", mentions...)
	if ok {
		return &cmd, nil
	}
	if _, named := command.Parse(text, m.ParentID != ""); named && o.self.Load() == nil {
		return nil, bot.Errorf(bot.Unavailable, "a command names a bot, and the platform has not said yet who we are")
	}
	return nil, nil //nolint:nilnil // as above
}

// mayCommand spares ordinary talk the decoding. JSON may spell anything with a backslash.
func mayCommand(content string) bool {
	return strings.IndexByte(content, '\\') >= 0 || command.MayCommand(content)
}

// textOf gives the words of the types of messages that can hold a command; ok is false for all others.
func textOf(kind, content string) (text string, ok bool) {
	switch kind {
	case "text":
		var body struct {
			Text string `json:"text"`
		}
		err := unmarshal([]byte(content), &body)
		return body.Text, err == nil
	case "post":
		return textOfPost(content)
	default:
		return "", false
	}
}

type post struct {
	Title   string          `json:"title"`
	Content [][]postElement `json:"content"`
}

type postElement struct {
	Tag    string `json:"tag"`
	Text   string `json:"text"`
	UserID string `json:"user_id"`
}

// textOfPost reads rich text, which is received flat, and sent, and therefore sometimes seen, nested by locale.
func textOfPost(content string) (string, bool) {
	var flat post
	if err := unmarshal([]byte(content), &flat); err == nil && flat.Content != nil {
		return flat.text(), true
	}
	var nested map[string]post
	if err := unmarshal([]byte(content), &nested); err != nil || len(nested) == 0 {
		return "", false
	}
	locales := slices.Sorted(maps.Keys(nested))
	return nested[locales[0]].text(), true
}

func (p post) text() string {
	var b strings.Builder
	b.WriteString(p.Title)
	for _, line := range p.Content {
		b.WriteByte('\n')
		for _, element := range line {
			if element.Tag == "at" {
				b.WriteString(" " + keyOf(element.UserID) + " ")
				continue
			}
			b.WriteString(element.Text)
		}
	}
	return b.String()
}

// clean takes out of a person's words what would mean something in ours: control characters, and the sign by which
// our own texts name people (see Mention).
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	return strings.ReplaceAll(text, bot.MentionStart, "@ {")
}
