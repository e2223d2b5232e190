package sandbox

import (
	"encoding/json"
	"html"
	"strings"
)

// plain is a message as text, as a chat list shows it.
func (f *Feishu) plain(m *Message) string {
	var content map[string]any
	if err := json.Unmarshal([]byte(f.cardOf(m)), &content); err != nil {
		return "[" + m.Type + "]"
	}
	text := "[" + m.Type + "]"
	switch m.Type {
	case "text":
		words, _ := content["text"].(string)
		text = f.withNames(words)
	case "post":
		text = f.withNames(f.cardText(content))
	case "interactive":
		text = f.cardText(content)
	case "system":
		text, _ = content["template"].(string)
	}
	for _, at := range m.Mentions {
		text = strings.Replace(text, at.Key, "@"+at.Name, 1)
	}
	return text
}

// withNames turns <at user_id="ou_…">Name</at> into @Name.
func (f *Feishu) withNames(text string) string {
	for {
		before, rest, ok := strings.Cut(text, "<at ")
		if !ok {
			return text
		}
		tag, after, ok := strings.Cut(rest, ">")
		if !ok {
			return text
		}
		name := ""
		if inner, tail, closed := strings.Cut(after, "</at>"); closed && !strings.Contains(inner, "<") {
			name, after = inner, tail
		}
		if _, id, ok := strings.Cut(tag, "id="); ok && name == "" {
			id, _, _ = strings.Cut(strings.Trim(id, `"'/ `), `"`)
			name = f.world.name(id)
		}
		text = before + "@" + name + after
	}
}

// cardText is the text of rich text or a card.
func (f *Feishu) cardText(content map[string]any) string {
	var parts []string
	f.collectText(content, &parts)
	return strings.Join(parts, " ")
}

// collectText collects the texts in reading order, the title first.
func (f *Feishu) collectText(v any, out *[]string) {
	switch v := v.(type) {
	case map[string]any:
		if tag := v["tag"]; tag == "markdown" || tag == "lark_md" {
			content, _ := v["content"].(string)
			f.collectText(f.stripMarkdown(content), out)
			return
		}
		for _, key := range []string{"header", "title", "text", "content", "body", "elements", "columns", "zh_cn", "en_us"} {
			f.collectText(v[key], out)
		}
	case []any:
		for _, inner := range v {
			f.collectText(inner, out)
		}
	case string:
		if v != "" {
			*out = append(*out, v)
		}
	}
}

// stripMarkdown removes markdown and decodes entities.
func (f *Feishu) stripMarkdown(markdown string) string {
	marks := strings.NewReplacer("**", "", "~~", "", "`", "")
	return html.UnescapeString(marks.Replace(f.withNames(markdown)))
}

// plainCard is a small card; the first of several lines is its title.
func plainCard(text string) string {
	card := map[string]any{"schema": "2.0", "config": map[string]any{"update_multi": true}}
	if title, rest, ok := strings.Cut(text, "\n"); ok {
		card["header"] = map[string]any{"template": "blue", "title": map[string]any{"tag": "plain_text", "content": title}}
		text = rest
	}
	card["body"] = map[string]any{"elements": []any{map[string]any{"tag": "markdown", "content": text}}}
	content, err := json.Marshal(card)
	if err != nil {
		panic(err) // strings always are JSON
	}
	return string(content)
}

// renderedCard is a card as the platform returns it unless the original is requested: a title, and lines of texts and
// buttons without values.
func (f *Feishu) renderedCard(content string) string {
	var card map[string]any
	if err := json.Unmarshal([]byte(content), &card); err != nil {
		return content
	}
	header, _ := card["header"].(map[string]any)
	body, ok := card["body"].(map[string]any)
	if !ok {
		body = card
	}
	lines := [][]map[string]string{}
	elements, _ := body["elements"].([]any)
	for _, element := range elements {
		e, _ := element.(map[string]any)
		tag := "text"
		if e["tag"] == "button" {
			tag = "button"
		}
		if text := f.cardText(e); text != "" {
			lines = append(lines, []map[string]string{{"tag": tag, "text": text}})
		}
	}
	out, err := json.Marshal(map[string]any{"title": f.cardText(header), "elements": lines})
	if err != nil {
		panic(err) // strings always are JSON
	}
	return string(out)
}
