package feishu

import (
	"encoding/json"

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
	if err != nil || len(changed) > mostCard {
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
