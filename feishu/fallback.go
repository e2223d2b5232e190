package feishu

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// contentOf is what a message says, as far as the platform shows it: of a card its maker's JSON where that is wrapped into
// how the card is drawn. It is empty where there is only the platform's stand-in, or the name of a card that is kept
// elsewhere and can be sent once.
func contentOf(kind, content string) string {
	switch kind {
	case "text":
		if text, _ := textOf(kind, content); slices.Contains(fallbackTexts(), strings.ToLower(text)) {
			return ""
		}
	case "merge_forward":
		return ""
	case typeCard:
		content = originalCard(content)
		if isUnsendableReference(content) || isFallbackCard(content) {
			return ""
		}
	}
	return content
}

// originalCard is the maker's JSON out of a card as it is drawn, where that holds it.
func originalCard(content string) string {
	if !strings.Contains(content, `"user_dsl"`) {
		return content
	}
	var drawn struct {
		Original string `json:"user_dsl"`
	}
	if json.Unmarshal([]byte(content), &drawn) != nil || drawn.Original == "" {
		return content
	}
	return drawn.Original
}

// cardReference is a card that is named instead of shown.
type cardReference struct {
	Type string `json:"type"`
	Data struct {
		CardID     string `json:"card_id"`
		TemplateID string `json:"template_id"`
	} `json:"data"`
}

func referenceIn(content string) (r cardReference, ok bool) {
	if json.Unmarshal([]byte(content), &r) != nil {
		return cardReference{}, false
	}
	return r, r.Type == "card" || r.Type == "template" || r.Data.CardID != "" || r.Data.TemplateID != ""
}

func isUnsendableReference(content string) bool {
	r, ok := referenceIn(content)
	return ok && r.Data.TemplateID == ""
}

// drawnElement is a part of a card as it is drawn: lines of parts, as rich text has them.
type drawnElement struct {
	Tag  string `json:"tag"`
	Text string `json:"text"`
}

// isFallbackCard reports whether a card as it is drawn holds a stand-in for what an old client can't show. In a language that we
// don't know, it is told by its shape: an image, a sentence, and an empty text.
func isFallbackCard(content string) bool {
	var drawn struct {
		Elements [][]drawnElement `json:"elements"`
	}
	if json.Unmarshal([]byte(content), &drawn) != nil {
		return false
	}
	return slices.ContainsFunc(drawn.Elements, func(line []drawnElement) bool {
		shape := len(line) == 3 && line[0].Tag == "img" && line[1].Tag == "text" && line[2].Tag == "text" && line[2].Text == "" //nolint:mnd // see above
		return shape || slices.ContainsFunc(line, func(e drawnElement) bool { return isFallbackText(e.Text) })
	})
}

// fallbackTexts are the sentences that the platform puts in the place of what it does not show.
func fallbackTexts() []string {
	return []string{"merged and forwarded message", "this message was recalled", "[interactive card]", "[interactive message]", "interactive card"}
}

// upgradeWords are the words, by language, of the sentence that asks for a newer client: one of the first and one of the second.
func upgradeWords() [][2][]string {
	list := func(words string) []string { return strings.Split(words, "|") }
	return [][2][]string{
		{list("升级|升級|更新"), list("客户端|客戶端|用戶端|最新版|新版本")},
		{list("upgrade|update"), list("latest version|newer version|new version|client")},
		{list("アップグレード|アップデート|更新"), list("バージョン|最新版|クライアント")},
		{list("업그레이드|업데이트"), list("버전|클라이언트")},
		{list("aktualisier|upgrade|update"), list("version|client")},
		{list("mettre à|mettez à|mise à"), list("version|client")},
		{list("actualiz"), list("versión|cliente")},
		{list("atualiz"), list("versão|cliente")},
		{list("aggiorna"), list("version|client")},
		{list("обнов"), list("верси|клиент")},
		{list("perbarui|tingkatkan|kemas kini|naik taraf"), list("versi|klien")},
		{list("nâng cấp|cập nhật"), list("phiên bản|ứng dụng")},
		{list("อัปเกรด|อัปเดต|อัพเดต"), list("เวอร์ชัน|ไคลเอนต์")},
	}
}

// isFallbackText reports whether a text is such a sentence and nothing else.
func isFallbackText(text string) bool {
	const longest = 120
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" || utf8.RuneCountInString(text) > longest {
		return false
	}
	contains := func(word string) bool { return strings.Contains(text, word) }
	return slices.Contains(fallbackTexts(), text) || slices.ContainsFunc(upgradeWords(), func(words [2][]string) bool {
		return slices.ContainsFunc(words[0], contains) && slices.ContainsFunc(words[1], contains)
	})
}

// isOpaque reports whether two messages of this content may say different things: there is none, a template fills it in,
// or it is of a type whose content is not all that is shown.
func isOpaque(kind, content string) bool {
	var body map[string]any
	if json.Unmarshal([]byte(content), &body) != nil {
		return true
	}
	switch kind {
	case "image":
		return !hasText(body, "image_key")
	case "file", "folder", "audio", "media", "sticker":
		return !hasText(body, "file_key")
	case "share_chat":
		return !hasText(body, "chat_id")
	case "share_user":
		return !hasText(body, "user_id")
	case "text", "post", typeCard:
		_, named := referenceIn(content)
		return named || !containsText(body, 0, isVisible) || containsText(body, 0, func(_, text string) bool { return isFallbackText(text) })
	default:
		return true
	}
}

func hasText(body map[string]any, key string) bool {
	text, _ := body[key].(string)
	return text != ""
}

// isVisible tells what people see: words, a picture, a file, a person.
func isVisible(name, text string) bool {
	seen := isVisibleField(name) || strings.HasSuffix(name, "_key") || name == "user_id" || name == "emoji_type"
	return seen && strings.TrimSpace(text) != ""
}

// containsText reports whether the condition holds for a text in a content, with the name of its field.
func containsText(v any, depth int, holds func(name, text string) bool) bool {
	if depth > maxDepth {
		return false
	}
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, func(inner any) bool { return containsText(inner, depth+1, holds) })
	case map[string]any:
		for name, inner := range v {
			text, isText := inner.(string)
			if isText && holds(name, text) || !isText && !isHidden(name) && containsText(inner, depth+1, holds) {
				return true
			}
		}
	}
	return false
}
