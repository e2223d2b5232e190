package feishu

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// contentOf is a message's content; for a card its original JSON if the platform includes it. It is empty if the
// platform shows only a fallback text, or a card that is stored elsewhere and can be sent once.
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

// originalCard is the JSON of a card as it was sent, if the rendered card includes it.
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

// cardReference is a card that is given by its id.
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

// drawnElement is an element of a rendered card, which has lines of elements as rich text has.
type drawnElement struct {
	Tag  string `json:"tag"`
	Text string `json:"text"`
}

// isFallbackCard reports whether a rendered card has a fallback for what an old client can't show. For unknown
// languages it checks the shape: an image, a sentence and an empty text.
func isFallbackCard(content string) bool {
	var drawn struct {
		Elements [][]drawnElement `json:"elements"`
	}
	if json.Unmarshal([]byte(content), &drawn) != nil {
		return false
	}
	return slices.ContainsFunc(drawn.Elements, func(line []drawnElement) bool {
		shape := len(line) == 3 && line[0].Tag == "img" && line[1].Tag == "text" && line[2].Tag == "text" && line[2].Text == "" //nolint:mnd // see the comment above
		return shape || slices.ContainsFunc(line, func(e drawnElement) bool { return isFallbackText(e.Text) })
	})
}

// fallbackTexts are the texts that the platform shows in place of some content.
func fallbackTexts() []string {
	return []string{"merged and forwarded message", "this message was recalled", "[interactive card]", "[interactive message]", "interactive card"}
}

// upgradeWords are by language the words of the text that asks for a newer client; it has one of each list.
var upgradeWords = func() [][2][]string { //nolint:gochecknoglobals // split once
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
}()

// isFallbackText reports whether a text is only such a text.
func isFallbackText(text string) bool {
	const maxLength = 120
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" || utf8.RuneCountInString(text) > maxLength {
		return false
	}
	contains := func(word string) bool { return strings.Contains(text, word) }
	return slices.Contains(fallbackTexts(), text) || slices.ContainsFunc(upgradeWords, func(words [2][]string) bool {
		return slices.ContainsFunc(words[0], contains) && slices.ContainsFunc(words[1], contains)
	})
}

// isOpaque reports whether equal contents may show different messages: because the content is empty, of a template,
// or of a type whose content is incomplete.
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

// isVisible reports whether a field shows something: a text, picture, file or person.
func isVisible(name, text string) bool {
	seen := isVisibleField(name) || strings.HasSuffix(name, "_key") || name == "user_id" || name == "emoji_type"
	return seen && strings.TrimSpace(text) != ""
}

// containsText reports whether holds is true for some text in the content; name is the text's field.
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
