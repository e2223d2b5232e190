package feishu

import (
	"encoding/json"
	"strings"

	"recallbot/bot"
)

// zeroWidth breaks markup without being seen.
const zeroWidth = "\u200b"

// card is a card of schema 2.0, as far as we make them.
type card struct {
	Schema string      `json:"schema"`
	Config cardConfig  `json:"config"`
	Header *cardHeader `json:"header,omitempty"`
	Body   cardBody    `json:"body"`
}

type cardConfig struct {
	UpdateMulti bool `json:"update_multi"`
}

type cardHeader struct {
	Title    plainText `json:"title"`
	Template string    `json:"template,omitempty"`
}

type cardBody struct {
	Elements []cardElement `json:"elements"`
}

// cardElement is one component. Only the fields of its tag are set.
type cardElement struct {
	Tag  string `json:"tag"`
	ID   string `json:"element_id,omitempty"`
	Name string `json:"name,omitempty"`
	// Text is what a div and a button say; Content and TextSize are of markdown.
	Text     *plainText `json:"text,omitempty"`
	Content  string     `json:"content,omitempty"`
	TextSize string     `json:"text_size,omitempty"`
	// Columns are of a column_set, Elements of a column and of a form.
	FlexMode string        `json:"flex_mode,omitempty"`
	Columns  []cardElement `json:"columns,omitempty"`
	Width    string        `json:"width,omitempty"`
	Elements []cardElement `json:"elements,omitempty"`

	*cardButton
	*cardField
}

// cardButton is what a button has besides its text.
type cardButton struct {
	Type           string         `json:"type"`
	FormActionType string         `json:"form_action_type,omitempty"`
	Behaviors      []cardBehavior `json:"behaviors"`
	Confirm        *cardConfirm   `json:"confirm,omitempty"`
}

// cardBehavior is what a press does: it calls back with a value, or opens a page.
type cardBehavior struct {
	Type  string      `json:"type"`
	Value *pressValue `json:"value,omitempty"`
	URL   string      `json:"default_url,omitempty"`
}

type cardConfirm struct {
	Title plainText `json:"title"`
	Text  plainText `json:"text"`
}

// cardField is what the fields of a form have.
type cardField struct {
	Label          *plainText   `json:"label,omitempty"`
	DefaultValue   string       `json:"default_value,omitempty"`
	Options        []cardOption `json:"options,omitempty"`
	InitialOption  string       `json:"initial_option,omitempty"`
	SelectedValues []string     `json:"selected_values,omitempty"`
}

type cardOption struct {
	Text  plainText `json:"text"`
	Value string    `json:"value"`
}

type plainText struct {
	Tag      string `json:"tag"`
	Content  string `json:"content"`
	TextSize string `json:"text_size,omitempty"`
}

func plainOf(text string) plainText { return plainText{Tag: "plain_text", Content: text} }

// cardOf makes a card of a text.
func cardOf(text string) card {
	return card{
		Schema: "2.0", Config: cardConfig{UpdateMulti: true}, Body: cardBody{Elements: []cardElement{paragraph(text, "")}},
	}.asAnswer()
}

// answerID is the id of the first element of each card that our bot says itself, so that the card can be told from a post
// where the index does not know it. The platform keeps ids of elements, of up to 20 letters and digits.
const answerID = "recallbot_answer"

func (c card) asAnswer() card {
	if len(c.Body.Elements) > 0 {
		c.Body.Elements[0].ID = answerID
	}
	return c
}

// isAnswer tells a card that our bot said itself: by that id, or by a button of ours that belongs to no post.
func isAnswer(content string) bool {
	if strings.Contains(content, pressKey) {
		return true
	}
	var shown struct {
		Body struct {
			Elements []struct {
				ID string `json:"element_id"`
			} `json:"elements"`
		} `json:"body"`
	}
	return json.Unmarshal([]byte(content), &shown) == nil && len(shown.Body.Elements) > 0 && shown.Body.Elements[0].ID == answerID
}

// paragraph is plain text where that says it, else markdown, which alone can mention people. What needs no markdown is
// no markdown: then there is nothing to escape.
func paragraph(text, size string) cardElement {
	if strings.Contains(text, bot.MentionStart) {
		return cardElement{Tag: "markdown", Content: render(text, escapeMarkdown, `<at id=`, `></at>`), TextSize: size}
	}
	said := plainOf(text)
	said.TextSize = size
	return cardElement{Tag: "div", Text: &said}
}

// textContent is the content of a text message.
func textContent(text string) string {
	content, _ := json.Marshal(struct { // strings always marshal
		Text string `json:"text"`
	}{render(text, escapeText, `<at user_id="`, `"></at>`)})
	return string(content)
}

// render escapes the words and puts a tag for each person.
func render(text string, escape func(string) string, open, end string) string {
	var b strings.Builder
	for {
		words, rest, found := strings.Cut(text, bot.MentionStart)
		b.WriteString(escape(words))
		if !found {
			return b.String()
		}
		id, after, closed := strings.Cut(rest, bot.MentionEnd)
		if !closed || !isUserID(id) {
			b.WriteString(escape(bot.MentionStart))
			text = rest
			continue
		}
		b.WriteString(open + id + end)
		text = after
	}
}

func isUserID(id string) bool {
	rest, ok := strings.CutPrefix(id, "ou_")
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-"
	return ok && rest != "" && strings.TrimLeft(rest, letters) == ""
}

// escapeMarkdown writes the signs that the markdown of cards might read as HTML entities, as the platform's page on it
// recommends; with "://" in pieces an address is no link. Signs that mean something at the beginning of a line only are
// left alone elsewhere.
func escapeMarkdown(text string) string {
	return strings.NewReplacer(
		"&", "&#38;", "<", "&#60;", ">", "&#62;", "*", "&#42;", "_", "&#95;", "~", "&#126;", "`", "&#96;",
		"[", "&#91;", "]", "&#93;", "\\", "&#92;", "://", "&#58;//",
		"\n#", "\n&#35;", "\n- ", "\n&#45; ", "\n+ ", "\n&#43; ",
	).Replace(text)
}

// escapeText breaks what text messages read as markup (<at …>, <b>, **bold**, [a](b)) with a space of no width: text
// messages know no entities.
func escapeText(text string) string {
	return strings.NewReplacer("<", "<"+zeroWidth, "**", "*"+zeroWidth+"*", "~~", "~"+zeroWidth+"~",
		"](", "]"+zeroWidth+"(").Replace(text)
}
