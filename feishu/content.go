package feishu

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"unicode"

	"recallbot/bot"
	"recallbot/bot/command"
)

// commandIn returns the command in a person's message, or what a message to us that is none probably means, or nil. The
// text is not kept. While our own id is unknown, a command that may name a bot is Unavailable, so that the platform sends the
// event again.
func (o *Opener) commandIn(m *wireMessage) (*bot.Command, error) {
	p2p := m.inP2P()
	if !p2p && !o.mayNameUs(m) && !mayCommand(m.Content) {
		return nil, nil //nolint:nilnil // nil: no command
	}
	text, ok := textOf(m.Type, m.Content)
	if !ok && !p2p {
		return nil, nil //nolint:nilnil // as above
	}
	text, mentions := o.mentionsIn(text, m)
	text = clean(text)
	cmd, ok := command.Parse(text, m.ParentID != "", mentions...)
	if ok {
		return &cmd, nil
	}
	if _, named := command.Parse(text, m.ParentID != ""); named && o.self.Load() == nil {
		return nil, bot.Errorf(bot.Unavailable, "a command mentions a bot, and our own id is not known yet")
	}
	if cmd, ok := command.Guess(text, p2p, m.ParentID != "", mentions...); ok {
		return &cmd, nil
	}
	return nil, nil //nolint:nilnil // as above
}

// mayNameUs is a quick check whether a message mentions our bot.
func (o *Opener) mayNameUs(m *wireMessage) bool {
	self := o.self.Load()
	return self != nil && slices.ContainsFunc(m.Mentions, func(at wireMention) bool {
		return bytes.Contains(at.ID, []byte(self.OpenID)) || at.Name != "" && bot.SameName(at.Name, self.Name)
	})
}

// mayCommand is a quick check before decoding the content. JSON can hide anything behind a backslash.
func mayCommand(content string) bool {
	return strings.IndexByte(content, '\\') >= 0 || command.MayCommand(content)
}

// textOf returns the text of message types that can hold a command; ok is false for all others.
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

// textOfPost returns the text of rich text, which is flat when received, and nested by locale when sent and sometimes
// when received.
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

// clean replaces control characters, and the sequence by which our own texts mention people (see bot.Mention).
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	return strings.ReplaceAll(text, bot.MentionStart, "@ {")
}
