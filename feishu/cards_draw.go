package feishu

import (
	"encoding/json"
	"fmt"
	"strings"

	"recallbot/bot"
)

const (
	// maxCard is the size limit of a card in bytes; the platform's is 30 KB.
	maxCard = 28 << 10
	// maxLine and maxText are the characters shown of a quoted line and of a paragraph.
	maxLine = 160
	maxText = 4000
	// minText is the shortest that texts are clipped to; a card of such texts is far below maxCard.
	minText = 20
	// barCells is the number of blocks in a bar.
	barCells = 20
	// smallSize is the text_size of notes.
	smallSize = "notation"
)

// draw renders a card and clips its texts until it is within maxCard.
func draw(c bot.Card) card {
	limit := maxText
	for {
		drawn := drawWithin(c, limit)
		if limit <= minText || size(drawn) <= maxCard {
			return drawn
		}
		limit = max(limit/2, minText)
	}
}

func size(c card) int {
	data, _ := json.Marshal(c) // strings and numbers always marshal
	return len(data)
}

func drawWithin(c bot.Card, limit int) card {
	drawn := card{Schema: "2.0", Config: cardConfig{UpdateMulti: true}, Body: cardBody{Elements: []cardElement{}}}
	if c.Title != "" {
		drawn.Header = &cardHeader{Title: plainOf(clip(c.Title, limit)), Template: template(c.Tone)}
	}
	for _, part := range c.Parts {
		drawn.Body.Elements = append(drawn.Body.Elements, drawPart(part, limit)...)
	}
	if c.Post {
		return drawn
	}
	return drawn.asAnswer()
}

func drawPart(p bot.CardPart, limit int) []cardElement {
	switch {
	case p.Heading != "":
		return []cardElement{heading(clip(p.Heading, min(limit, maxLine)))}
	case p.Text != "":
		return []cardElement{paragraph(clip(p.Text, limit), "")}
	case p.Note != "":
		return []cardElement{paragraph(clip(p.Note, limit), smallSize)}
	case len(p.Quotes) > 0:
		return []cardElement{quotes(p.Quotes, min(limit, maxLine))}
	case p.Bar != nil:
		content := plainOf(bar(*p.Bar))
		return []cardElement{{Tag: "div", Text: &content}}
	case len(p.Buttons) > 0:
		return []cardElement{row(p.Buttons, button)}
	case len(p.Links) > 0:
		return []cardElement{row(p.Links, link)}
	case p.Form != nil:
		return []cardElement{form(*p.Form, limit)}
	default:
		return nil
	}
}

// heading is bold, which only markdown can be.
func heading(text string) cardElement {
	return cardElement{Tag: "markdown", Content: "**" + escapeMarkdown(strings.Join(strings.Fields(text), " ")) + "**"}
}

// quotes is plain text, so that markup in quoted messages has no effect.
func quotes(lines []string, limit int) cardElement {
	shown := make([]string, len(lines))
	for i, line := range lines {
		shown[i] = clip(strings.Join(strings.Fields(line), " "), limit)
	}
	content := plainOf(strings.Join(shown, "\n"))
	return cardElement{Tag: "div", Text: &content}
}

// bar is "▰▰▰▱▱▱ 37 / 120 (31 %)". It is full only when everything is done.
func bar(b bot.Bar) string {
	total := max(b.Total, 1)
	done := min(max(b.Done, 0), total)
	full, percent := done*barCells/total, (done*100+total/2)/total
	if done < total {
		percent = min(percent, 99)
	}
	return fmt.Sprintf("%s%s  %d / %d (%d %%)", strings.Repeat("▰", full), strings.Repeat("▱", barCells-full),
		b.Done, b.Total, percent)
}

// row places buttons beside each other.
func row[T any](list []T, draw func(T) cardElement) cardElement {
	drawn := cardElement{Tag: "column_set", FlexMode: "flow"}
	for _, b := range list {
		drawn.Columns = append(drawn.Columns, cardElement{Tag: "column", Width: "auto", Elements: []cardElement{draw(b)}})
	}
	return drawn
}

// link is a button that opens a page; a link in a text would need markdown.
func link(l bot.CardLink) cardElement {
	content := plainOf(l.Text)
	return cardElement{Tag: "button", Text: &content, cardButton: &cardButton{
		Type: buttonType(bot.StylePlain), Behaviors: []cardBehavior{{Type: "open_url", URL: l.URL}},
	}}
}

func button(b bot.Button) cardElement {
	content := plainOf(b.Text)
	drawn := &cardButton{
		Type:      buttonType(b.Style),
		Behaviors: []cardBehavior{{Type: "callback", Value: &pressValue{Ours: pressMark, Press: b.Press}}},
	}
	if b.Sure != "" {
		drawn.Confirm = &cardConfirm{Title: plainOf(b.Text), Text: plainOf(b.Sure)}
	}
	return cardElement{Tag: "button", Text: &content, cardButton: drawn}
}

func buttonType(style bot.ButtonStyle) string {
	switch style {
	case bot.StylePrimary:
		return "primary_filled" // primary is drawn as an outline
	case bot.StyleDanger:
		return "danger"
	default:
		return "default"
	}
}

func template(tone bot.Tone) string {
	switch tone {
	case bot.ToneGood:
		return "green"
	case bot.ToneWarning:
		return "orange"
	case bot.ToneBad:
		return "red"
	case bot.ToneMuted:
		return "grey"
	default:
		return "blue"
	}
}

// form is the fields and their submit button. Only inputs have labels of their own; the other fields get a text above
// them.
func form(f bot.Form, limit int) cardElement {
	drawn := cardElement{Tag: "form", Name: "form"}
	for _, field := range f.Fields {
		label := plainOf(clip(field.Label, limit))
		if tag := fieldTag(field); tag != "input" {
			label.TextSize = smallSize
			drawn.Elements = append(drawn.Elements, cardElement{Tag: "div", Text: &label}, choice(tag, field))
			continue
		}
		drawn.Elements = append(drawn.Elements, cardElement{
			Tag: "input", Name: field.Name, cardField: &cardField{Label: &label, DefaultValue: field.Value},
		})
	}
	submit := button(f.Submit)
	submit.Name, submit.FormActionType = "submit", "submit"
	drawn.Elements = append(drawn.Elements, submit)
	return drawn
}

func fieldTag(f bot.Field) string {
	switch {
	case f.People && f.Many:
		return "multi_select_person"
	case f.People:
		return "select_person"
	case len(f.Options) > 0 && f.Many:
		return "multi_select_static"
	case len(f.Options) > 0:
		return "select_static"
	default:
		return "input"
	}
}

func choice(tag string, f bot.Field) cardElement {
	drawn := &cardField{}
	for _, o := range f.Options {
		drawn.Options = append(drawn.Options, cardOption{Text: plainOf(o.Text), Value: o.Value})
	}
	if f.Many {
		drawn.SelectedValues = f.Values
	} else {
		drawn.InitialOption = f.Value
	}
	return cardElement{Tag: tag, Name: f.Name, cardField: drawn}
}

// clip cuts a text after max characters and adds "…". It does not cut inside a mention.
func clip(text string, maxRunes int) string {
	kept := bot.Clip(text, maxRunes)
	if kept == text {
		return text
	}
	if at := strings.LastIndex(kept, bot.MentionStart); at >= 0 && !strings.Contains(kept[at:], bot.MentionEnd) {
		kept = kept[:at]
	}
	return kept + "…"
}
