package feishu

import (
	"encoding/json"
	"strings"

	"recallbot/bot"
)

// zeroWidth separates markup characters invisibly.
const zeroWidth = "\u200b"

// card is a card of schema 2.0 with the components that we use.
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
	// Text is of div and button; Content and TextSize are of markdown.
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

// cardButton has the fields of a button besides its text.
type cardButton struct {
	Type           string         `json:"type"`
	FormActionType string         `json:"form_action_type,omitempty"`
	Behaviors      []cardBehavior `json:"behaviors"`
	Confirm        *cardConfirm   `json:"confirm,omitempty"`
}

// cardBehavior is the effect of a press: a callback with a value, or opening a page.
type cardBehavior struct {
	Type  string      `json:"type"`
	Value *pressValue `json:"value,omitempty"`
	URL   string      `json:"default_url,omitempty"`
}

type cardConfirm struct {
	Title plainText `json:"title"`
	Text  plainText `json:"text"`
}

// cardField has the fields of form inputs.
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

// cardOf returns a card with one paragraph.
func cardOf(text string) card {
	return card{
		Schema: "2.0", Config: cardConfig{UpdateMulti: true}, Body: cardBody{Elements: []cardElement{paragraph(text, "")}},
	}.asAnswer()
}

// answerID is the element_id of the first element of each card that is our answer, which distinguishes it from a post
// that is not in the index. The platform keeps element ids of up to 20 letters and digits.
const answerID = "recallbot_answer"

func (c card) asAnswer() card {
	if len(c.Body.Elements) > 0 {
		c.Body.Elements[0].ID = answerID
	}
	return c
}

// isAnswer reports whether a card is an answer of our bot: by that id, or by a button of ours that belongs to no
// post.
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

// paragraph is plain text if it has no mentions, else markdown. Plain text needs no escaping, but can't mention
// people.
func paragraph(text, size string) cardElement {
	if strings.Contains(text, bot.MentionStart) {
		return cardElement{Tag: "markdown", Content: render(text, escapeMarkdown, `<at id=`, `></at>`), TextSize: size}
	}
	content := plainOf(text)
	content.TextSize = size
	return cardElement{Tag: "div", Text: &content}
}

// textContent is the content of a text message.
func textContent(text string) string {
	content, _ := json.Marshal(struct { // strings always marshal
		Text string `json:"text"`
	}{render(text, escapeText, `<at user_id="`, `"></at>`)})
	return string(content)
}

// render escapes a text and replaces its mentions by tags.
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
	rest, ok := strings.CutPrefix(id, openID)
	return ok && rest != "" && strings.TrimLeft(rest, idChars) == ""
}

// escapeMarkdown writes characters with a meaning in the markdown of cards as HTML entities, as the platform's
// documentation recommends. It escapes "://" so that an address is no link. Characters with a meaning at the start of
// a line only are escaped there only.
func escapeMarkdown(text string) string {
	return strings.NewReplacer(
		"&", "&#38;", "<", "&#60;", ">", "&#62;", "*", "&#42;", "_", "&#95;", "~", "&#126;", "`", "&#96;",
		"[", "&#91;", "]", "&#93;", "\\", "&#92;", "://", "&#58;//",
		"\n#", "\n&#35;", "\n- ", "\n&#45; ", "\n+ ", "\n&#43; ",
	).Replace(text)
}

// escapeText separates the markup of text messages (<at …>, <b>, **bold**, [a](b)) with a zero-width space, since
// text messages have no entities.
func escapeText(text string) string {
	return strings.NewReplacer("<", "<"+zeroWidth, "**", "*"+zeroWidth+"*", "~~", "~"+zeroWidth+"~",
		"](", "]"+zeroWidth+"(").Replace(text)
}
