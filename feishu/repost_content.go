package feishu

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"recallbot/bot"
)

// sendableText replaces the keys of mentions by tags and appends the note as a line.
func sendableText(post bot.Repost) (any, error) {
	var body struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal([]byte(post.Body), &body); err != nil {
		return nil, bot.Errorf(bot.Invalid, "read the text: %w", err)
	}
	text := withAtTags(body.Text, post.Mentions)
	if post.Note != "" {
		text += "\n" + post.Note
	}
	return map[string]string{"text": text}, nil
}

// withAtTags replaces the keys of mentions, the longest first, since @_user_1 is a prefix of @_user_10.
func withAtTags(text string, mentions []bot.Mentioned) string {
	byLength := slices.SortedFunc(slices.Values(mentions), func(a, b bot.Mentioned) int { return len(b.Key) - len(a.Key) })
	var pairs []string
	for _, m := range byLength {
		if strings.HasPrefix(m.Key, "@") && m.ID != "" {
			pairs = append(pairs, m.Key, `<at user_id="`+string(m.ID)+`"></at>`)
		}
	}
	pairs = append(pairs, everyone, `<at user_id="all"></at>`)
	return strings.NewReplacer(pairs...).Replace(text)
}

// richText is a post in one language. Its elements are sent unchanged, except for mentions.
type richText struct {
	Title   string             `json:"title,omitempty"`
	Content [][]map[string]any `json:"content"`
}

// sendableRichText nests rich text by locale, as sending requires; the platform shows it flat.
func sendableRichText(post bot.Repost) (any, error) {
	const anyLocale = "zh_cn"
	locales := map[string]richText{}
	var flat richText
	if err := json.Unmarshal([]byte(post.Body), &flat); err == nil && flat.Content != nil {
		locales[anyLocale] = flat
	} else if err := json.Unmarshal([]byte(post.Body), &locales); err != nil || len(locales) == 0 {
		return nil, bot.Errorf(bot.Invalid, "the rich text can't be read")
	}
	ids := map[string]string{everyone: "all"}
	for _, m := range post.Mentions {
		if m.ID != "" {
			ids[m.Key] = string(m.ID)
		}
	}
	for _, locale := range slices.Collect(maps.Keys(locales)) {
		text := locales[locale]
		for _, line := range text.Content {
			for _, element := range line {
				restoreMention(element, ids)
			}
		}
		if post.Note != "" {
			text.Content = append(text.Content, []map[string]any{{"tag": "text", "text": post.Note}})
		}
		locales[locale] = text
	}
	return locales, nil
}

// restoreMention turns a mention as it is shown into one that can be sent.
func restoreMention(element map[string]any, ids map[string]string) {
	if element["tag"] != "at" {
		return
	}
	key, _ := element["user_id"].(string)
	if id, ok := ids[key]; ok {
		element["user_id"] = id
	}
	delete(element, "user_name")
}

// sendableCard is the card's own JSON with the note at its end. Cards of templates have no elements to add it to.
func sendableCard(post bot.Repost) (any, error) {
	var shown map[string]any
	if err := json.Unmarshal([]byte(originalCard(post.Body)), &shown); err != nil || len(shown) == 0 {
		return nil, bot.Errorf(bot.Invalid, "the card can't be read")
	}
	if elements, ok := shown["elements"].([]any); ok && nestedElements(elements) {
		return nil, bot.Errorf(bot.Invalid, "only the rendered card is known")
	}
	if post.Note == "" {
		return shown, nil
	}
	if body, ok := shown["body"].(map[string]any); ok {
		if elements, ok := body["elements"].([]any); ok {
			body["elements"] = append(elements, map[string]any{
				"tag": "markdown", "content": escapeMarkdown(post.Note), "text_size": "notation",
			})
		}
		return shown, nil
	}
	if elements, ok := shown["elements"].([]any); ok {
		shown["elements"] = append(elements, map[string]any{
			"tag": "note", "elements": []any{map[string]any{"tag": "plain_text", "content": post.Note}},
		})
	}
	return shown, nil
}

// nestedElements reports whether a card is a rendered one: it has lines of elements, as rich text has.
func nestedElements(elements []any) bool {
	if len(elements) == 0 {
		return false
	}
	_, ok := elements[0].([]any)
	return ok
}
