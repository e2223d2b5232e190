package feishu

import (
	"encoding/json"
	"strings"

	"recallbot/bot"
)

// oldButton is a button of a card of schema 1.0: it stands in an action module, and its value comes back as it is.
type oldButton struct {
	Tag   string     `json:"tag"`
	Text  plainText  `json:"text"`
	Type  string     `json:"type"`
	Value pressValue `json:"value"`
}

type oldActions struct {
	Tag     string      `json:"tag"`
	Actions []oldButton `json:"actions"`
}

// WithButton puts a button at the end of a card that somebody else made, of either schema and in each of its languages,
// and reports whether it could: a card that is made from a template can't be changed, nor one that gets too large.
func WithButton(content string, b bot.Button) (string, bool) {
	var card map[string]json.RawMessage
	if json.Unmarshal([]byte(content), &card) != nil || card == nil {
		return content, false
	}
	var schema string
	_ = json.Unmarshal(card["schema"], &schema) // none is schema 1.0
	var ok bool
	if schema == "2.0" {
		ok = addToBody(card, row([]bot.Button{b}, button))
	} else {
		ok = addToModules(card, oldActions{Tag: "action", Actions: []oldButton{{
			Tag: "button", Text: plainOf(b.Text), Type: "default", Value: pressValue{pressMark, b.Press},
		}}})
	}
	if !ok {
		return content, false
	}
	changed, err := json.Marshal(card)
	if err != nil || len(changed) > maxCard {
		return content, false
	}
	return string(changed), true
}

// addToBody is for schema 2.0, whose elements stand in the body.
func addToBody(card map[string]json.RawMessage, element any) bool {
	var body map[string]json.RawMessage
	if json.Unmarshal(card["body"], &body) != nil || body == nil || !addTo(body, "elements", element) {
		return false
	}
	changed, err := json.Marshal(body)
	card["body"] = changed
	return err == nil
}

// addToModules is for schema 1.0, whose elements stand at the top, once or in each language.
func addToModules(card map[string]json.RawMessage, element any) bool {
	if _, one := card["elements"]; one {
		return addTo(card, "elements", element)
	}
	var languages map[string]json.RawMessage
	if json.Unmarshal(card["i18n_elements"], &languages) != nil || len(languages) == 0 {
		return false
	}
	for lang := range languages {
		if !addTo(languages, lang, element) {
			return false
		}
	}
	changed, err := json.Marshal(languages)
	card["i18n_elements"] = changed
	return err == nil
}

func addTo(where map[string]json.RawMessage, key string, element any) bool {
	var elements []json.RawMessage
	if json.Unmarshal(where[key], &elements) != nil {
		return false
	}
	added, err := json.Marshal(element)
	if err != nil {
		return false
	}
	changed, err := json.Marshal(append(elements, added))
	where[key] = changed
	return err == nil
}

// withoutTakeBack takes the button out of a card again that WithButton put there: what is posted once more is another
// post, which that button does not mean. What it can't read stays as it is.
func withoutTakeBack(content string) string {
	if !strings.Contains(content, `"`+string(bot.ActTakeBack)+`"`) {
		return content
	}
	var card any
	if json.Unmarshal([]byte(content), &card) != nil {
		return content
	}
	changed, err := json.Marshal(pruned(card))
	if err != nil {
		return content
	}
	return string(changed)
}

// pruned leaves out of all lists what holds nothing but a button of ours that takes a post back.
func pruned(part any) any {
	switch part := part.(type) {
	case map[string]any:
		for key, value := range part {
			part[key] = pruned(value)
		}
		return part
	case []any:
		kept := make([]any, 0, len(part))
		for _, one := range part {
			if !takesBack(one) {
				kept = append(kept, pruned(one))
			}
		}
		return kept
	default:
		return part
	}
}

// takesBack tells the row that WithButton adds.
func takesBack(part any) bool {
	data, err := json.Marshal(part)
	if err != nil {
		return false
	}
	var row struct {
		Tag     string            `json:"tag"`
		Actions []json.RawMessage `json:"actions"`
		Columns []json.RawMessage `json:"columns"`
	}
	if json.Unmarshal(data, &row) != nil || (row.Tag != "action" && row.Tag != "column_set") || len(row.Actions)+len(row.Columns) != 1 {
		return false
	}
	return strings.Contains(string(data), `"a":"`+string(bot.ActTakeBack)+`"`) && strings.Contains(string(data), `"recallbot":1`)
}
