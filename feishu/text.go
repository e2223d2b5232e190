package feishu

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"recallbot/bot"
)

// maxDepth limits the search for texts in nested content.
const maxDepth = 64

// visibleText returns the text that readers of a message see, on one line and without markup, file names included. It
// is empty for unreadable content.
func visibleText(kind, content string, mentions []*larkim.Mention) string {
	text, ok := textOf(kind, content)
	if !ok {
		text = cardText(content)
	}
	return oneLine(withNames(text, mentions))
}

func oneLine(text string) string { return strings.Join(strings.Fields(clean(text)), " ") }

// ArchivedText is the text that readers of an archived post saw, on one line and without markup.
func ArchivedText(post bot.Archived) string { return visibleText(post.Type, post.Body, nil) }

// cardText returns the text of a card of either schema, or of any other content except text and rich text.
func cardText(content string) string {
	var v any
	if err := json.Unmarshal([]byte(content), &v); err != nil {
		return ""
	}
	var words []string
	collectText(v, 0, &words)
	return strings.Join(words, " ")
}

// collectText collects the texts in reading order. Only some field names hold text for readers; the others are for
// apps.
func collectText(v any, depth int, words *[]string) {
	if depth > maxDepth {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, inner := range v {
			collectText(inner, depth+1, words)
		}
	case map[string]any:
		for _, name := range slices.SortedFunc(maps.Keys(v), byReadingOrder) {
			collectField(name, v[name], depth, words)
		}
	}
}

func collectField(name string, v any, depth int, words *[]string) {
	text, isText := v.(string)
	switch {
	case isText && (isVisibleField(name) || (depth == 0 && isVisibleAtTop(name))):
		*words = append(*words, stripMarkdown(text))
	case !isText && !isHidden(name):
		collectText(v, depth+1, words)
	}
}

// isVisibleField reports fields with text for readers: of cards, and names of files, tasks, votes and calls.
func isVisibleField(name string) bool {
	switch name {
	case "content", "text", "title", "file_name", "summary", "topic":
		return true
	default:
		return false
	}
}

// isVisibleAtTop reports fields with text of locations and system messages; inside cards they have another meaning.
func isVisibleAtTop(name string) bool { return name == "name" || name == "template" }

// isHidden reports fields without any text for readers.
func isHidden(name string) bool {
	switch name {
	case "value", "behaviors", "callback", "config", "card_link", "multi_url", "href", "style", "confirm":
		return true
	default:
		return false
	}
}

// byReadingOrder compares the names of fields.
func byReadingOrder(a, b string) int {
	order := []string{"header", "title", "subtitle", "text", "content", "body", "elements", "columns", "fields"}
	rank := func(name string) int {
		if i := slices.Index(order, name); i >= 0 {
			return i
		}
		return len(order)
	}
	return cmp.Or(rank(a)-rank(b), strings.Compare(a, b))
}

// stripMarkdown removes the most common markdown.
func stripMarkdown(text string) string {
	return strings.NewReplacer("**", "", "~~", "", "`", "").Replace(text)
}

// withNames replaces mentions by names: their keys, and the tags that apps write.
func withNames(text string, mentions []*larkim.Mention) string {
	if strings.Contains(text, "<at ") {
		text = withoutAtTags(text)
	}
	if !strings.Contains(text, "@") {
		return text
	}
	// The longest first: @_user_1 begins @_user_10 too.
	names := map[string]string{}
	for _, m := range mentions {
		if m != nil && strings.HasPrefix(value(m.Key), "@") && value(m.Name) != "" {
			names[*m.Key] = *m.Name
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(names), func(a, b string) int { return len(b) - len(a) }) {
		text = strings.ReplaceAll(text, key, "@"+names[key])
	}
	return text
}

// withoutAtTags turns <at user_id="ou_…">Name</at> into @Name.
func withoutAtTags(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "<at ")
		b.WriteString(before)
		_, after, closed := strings.Cut(rest, ">")
		if !found || !closed {
			if found {
				b.WriteString("<at " + rest)
			}
			return b.String()
		}
		name, tail, ended := strings.Cut(after, "</at>")
		if !ended || strings.Contains(name, "<") {
			name, tail = "", after
		}
		b.WriteString("@" + name)
		text = tail
	}
}
