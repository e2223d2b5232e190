package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// rich is rich text in one language: paragraphs of elements.
type rich struct {
	Title   string      `json:"title"`
	Content [][]element `json:"content"`
}

type element = map[string]any

// composePost checks rich text, which is sent by language, and returns the one that is shown.
func (f *Feishu) composePost(a actor, fields map[string]json.RawMessage) (composed, error) {
	const languages = " zh_cn en_us ja_jp zh_hk zh_tw id_id vi_vn th_th pt_br es_es ko_kr de_de fr_fr it_it ru_ru ms_my "
	byLanguage := map[string]rich{}
	for language, raw := range fields {
		var one rich
		if !strings.Contains(languages, " "+language+" ") || json.Unmarshal(raw, &one) != nil || one.Content == nil {
			return composed{}, badFormat("post")
		}
		byLanguage[language] = one
	}
	if len(byLanguage) == 0 {
		return composed{}, badFormat("post")
	}
	shown, ok := byLanguage["zh_cn"]
	if !ok {
		shown = byLanguage[slices.Sorted(maps.Keys(byLanguage))[0]]
	}
	for _, one := range byLanguage {
		if err := f.checkRich(a, one); err != nil {
			return composed{}, err
		}
	}
	var made composed
	out := rich{Title: shown.Title, Content: [][]element{}}
	for _, paragraph := range shown.Content {
		out.Content = append(out.Content, f.paragraphs(a, &made, paragraph)...)
	}
	content, err := json.Marshal(out)
	if err != nil {
		return composed{}, badFormat("post")
	}
	made.content = string(content)
	return made, nil
}

// checkRich refuses unknown elements and those without required fields.
func (f *Feishu) checkRich(a actor, one rich) error {
	needs := map[string][]string{
		"text": {"text"}, "a": {"href", "text"}, "at": {"user_id"}, "img": {"image_key"}, "media": {"file_key"},
		"emotion": {"emoji_type"}, "code_block": {"text"}, "md": {"text"}, "hr": {},
	}
	for _, e := range slices.Concat(one.Content...) {
		tag, _ := e["tag"].(string)
		need, known := needs[tag]
		if !known {
			return refuse(codeParam, "invalid message content. message_content has wrong tag")
		}
		for _, field := range need {
			if _, ok := e[field].(string); !ok {
				return refuse(codeParam, "invalid message content. message_content_"+tag+"_tag's "+field+" field can't be nil")
			}
		}
		if err := f.checkElement(a, tag, e); err != nil {
			return err
		}
	}
	return nil
}

func (f *Feishu) checkElement(a actor, tag string, e element) error {
	key, _ := e["image_key"].(string)
	switch tag {
	case "img":
		return f.checkFile(a, "image", key, "image")
	case "media":
		file, _ := e["file_key"].(string)
		return f.checkMedia(a, "media", file, key)
	case "emotion":
		if emoji, _ := e["emoji_type"].(string); !isEmoji(emoji) {
			return refuse(codeParam, "invalid message content. message_content_emotion_tag's emoji_type is invalid")
		}
	case "md":
		text, _ := e["text"].(string)
		for _, part := range splitMentions(text) {
			if _, known := f.mentioned(a.app, part.id); part.id != "" && part.id != everyone && !known {
				return refuse(codeParam, "invalid message content. message_content_md_tag's text field contains invalid user id")
			}
		}
	}
	return nil
}

// paragraphs converts a paragraph: mentions get keys, and Markdown becomes paragraphs of its own.
func (f *Feishu) paragraphs(a actor, made *composed, paragraph []element) [][]element {
	out := [][]element{}
	line := []element{}
	for _, e := range paragraph {
		text, _ := e["text"].(string)
		switch e["tag"] {
		case "md":
			for words := range strings.SplitSeq(text, "\n") {
				out = append(out, f.markdown(a, made, words))
			}
		case "at":
			id, _ := e["user_id"].(string)
			line = append(line, f.atElement(a, made, id, e))
		default:
			line = append(line, e)
		}
	}
	if len(line) > 0 {
		out = append([][]element{line}, out...)
	}
	return out
}

// markdown converts a line of Markdown to elements.
func (f *Feishu) markdown(a actor, made *composed, words string) []element {
	line := []element{}
	for _, part := range splitMentions(words) {
		if part.id != "" {
			line = append(line, f.atElement(a, made, part.id, nil))
		} else if part.text != "" {
			line = append(line, element{"tag": "text", "text": part.text, "style": []string{}})
		}
	}
	return line
}

func (f *Feishu) atElement(a actor, made *composed, id string, e element) element {
	out := element{"tag": "at", "user_id": id, "user_name": "", "style": []string{}}
	maps.Copy(out, e)
	switch at, known := f.mentioned(a.app, id); {
	case id == everyone:
		out["user_id"], out["user_name"] = "@_all", ""
	case known:
		out["user_id"], out["user_name"] = made.mention(at), at.Name
	}
	return out
}
