package feishu

import (
	"encoding/json"
	"strings"

	"recallbot/bot"
)

// buttonV1 is a button of a card of schema 1.0. It is inside an action module; a press returns its value unchanged.
type buttonV1 struct {
	Tag   string     `json:"tag"`
	Text  plainText  `json:"text"`
	Type  string     `json:"type"`
	Value pressValue `json:"value"`
}

type actionsV1 struct {
	Tag     string     `json:"tag"`
	Actions []buttonV1 `json:"actions"`
}

// WithButton adds a button at the end of a card of either schema, in each of its languages. It reports false, and
// returns the card unchanged, for a card that is made from a template or gets too large.
func WithButton(content string, b bot.Button) (string, bool) {
	var card map[string]json.RawMessage
	if json.Unmarshal([]byte(content), &card) != nil || card == nil {
		return content, false
	}
	var schema string
	_ = json.Unmarshal(card["schema"], &schema) // without it: schema 1.0
	var ok bool
	if schema == "2.0" {
		ok = addToV2(card, row([]bot.Button{b}, button))
	} else {
		ok = addToV1(card, actionsV1{Tag: "action", Actions: []buttonV1{{
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

// addToV2 adds to a card of schema 2.0, whose elements are in the body.
func addToV2(card map[string]json.RawMessage, element any) bool {
	var body map[string]json.RawMessage
	if json.Unmarshal(card["body"], &body) != nil || body == nil || !appendElement(body, "elements", element) {
		return false
	}
	changed, err := json.Marshal(body)
	card["body"] = changed
	return err == nil
}

// addToV1 adds to a card of schema 1.0, whose elements are at the top, once or by language.
func addToV1(card map[string]json.RawMessage, element any) bool {
	if _, one := card["elements"]; one {
		return appendElement(card, "elements", element)
	}
	var languages map[string]json.RawMessage
	if json.Unmarshal(card["i18n_elements"], &languages) != nil || len(languages) == 0 {
		return false
	}
	for lang := range languages {
		if !appendElement(languages, lang, element) {
			return false
		}
	}
	changed, err := json.Marshal(languages)
	card["i18n_elements"] = changed
	return err == nil
}

func appendElement(parent map[string]json.RawMessage, key string, element any) bool {
	var elements []json.RawMessage
	if json.Unmarshal(parent[key], &elements) != nil {
		return false
	}
	added, err := json.Marshal(element)
	if err != nil {
		return false
	}
	changed, err := json.Marshal(append(elements, added))
	parent[key] = changed
	return err == nil
}

// withoutRecallButton removes the button that WithButton added, because a reposted card is a new post, which that
// button does not mean. Content that can't be parsed is returned unchanged.
func withoutRecallButton(content string) string {
	if !strings.Contains(content, `"`+string(bot.ActTakeBack)+`"`) {
		return content
	}
	var card any
	if json.Unmarshal([]byte(content), &card) != nil {
		return content
	}
	changed, err := json.Marshal(prune(card))
	if err != nil {
		return content
	}
	return string(changed)
}

// prune removes from all lists the rows that hold only our recall button.
func prune(part any) any {
	switch part := part.(type) {
	case map[string]any:
		for key, value := range part {
			part[key] = prune(value)
		}
		return part
	case []any:
		kept := make([]any, 0, len(part))
		for _, one := range part {
			if !isRecallButtonRow(one) {
				kept = append(kept, prune(one))
			}
		}
		return kept
	default:
		return part
	}
}

// isRecallButtonRow reports whether an element is a row that WithButton added.
func isRecallButtonRow(part any) bool {
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
