package feishu

import (
	"bytes"
	"encoding/json"

	"recallbot/bot"
)

const (
	// pressMark stands in the value of each button of ours, so that presses of other cards of the app cost nothing.
	pressMark = 1
	// maxPress is what a value and the fields of a form may weigh: ours are far below it, and what is kept stays small.
	maxPress = 16 << 10
	// maxFields is how many fields a form of ours may have.
	maxFields = 50
	// maxWord is the longest id, key or name of ours that may stand in a press.
	maxWord = 200
)

// pressValue is what stands in a button, and comes back when it is pressed.
type pressValue struct {
	Ours int `json:"recallbot"`
	bot.Press
}

type wireAction struct {
	// Value is an object, or a string of the card's maker; FormValue an object of the fields.
	Value     wireAny `json:"value"`
	FormValue wireAny `json:"form_value"`
}

type wireContext struct {
	MessageID string `json:"open_message_id"`
	ChatID    string `json:"open_chat_id"`
}

// wireAny is JSON that is read later, whatever it is.
type wireAny []byte

// UnmarshalJSON keeps a copy.
func (a *wireAny) UnmarshalJSON(data []byte) error {
	*a = bytes.Clone(data)
	return nil
}

// pressed reads card.action.trigger. A press that is odd, or of a card that is not ours, has no body: whoever pressed
// gets an empty answer, and nothing happens.
func pressed(e *wireEvent) (any, string, error) {
	at, ok := parseTime(string(e.created))
	press, ours := readPress(e.Action.Value)
	if !ok || !ours || e.Operator.OpenID == "" || e.Context.MessageID == "" || e.Context.ChatID == "" {
		return nil, "", nil
	}
	form, ok := readForm(e.Action.FormValue)
	if !ok {
		return nil, "", nil
	}
	return bot.Pressed{
		Press: press, Message: bot.MessageID(e.Context.MessageID), Chat: bot.ChatID(e.Context.ChatID),
		By: bot.UserID(e.Operator.OpenID), At: at, Form: form,
	}, "", nil
}

// readPress reads the value of a button of ours; a string may hold it too.
func readPress(data wireAny) (bot.Press, bool) {
	if len(data) > maxPress {
		return bot.Press{}, false
	}
	var text string
	if json.Unmarshal(data, &text) == nil {
		data = wireAny(text)
	}
	var value pressValue
	if json.Unmarshal(data, &value) != nil || value.Ours != pressMark {
		return bot.Press{}, false
	}
	p := value.Press
	if p.Action == "" || max(len(p.Action), len(p.Job), len(p.Key), len(p.Post)) > maxWord {
		return bot.Press{}, false
	}
	return p, true
}

// readForm reads fields that hold a text, several, or nothing.
func readForm(data wireAny) (map[string][]string, bool) {
	if len(data) == 0 || bytes.Equal(data, []byte("null")) {
		return nil, true
	}
	var fields map[string]json.RawMessage
	if len(data) > maxPress || json.Unmarshal(data, &fields) != nil || len(fields) > maxFields {
		return nil, false
	}
	form := make(map[string][]string, len(fields))
	for name, raw := range fields {
		var one *string
		var many []string
		switch {
		case len(name) > maxWord:
			return nil, false
		case json.Unmarshal(raw, &one) == nil && one != nil:
			many = []string{*one}
		case json.Unmarshal(raw, &many) != nil:
			return nil, false
		}
		form[name] = many
	}
	return form, true
}

// Answer is the body of the answer to an event that is kept: a word to whoever pressed a button, and {} else. It must
// not be given before the event is kept.
func Answer(e bot.Event) []byte {
	if _, ok := e.Body.(bot.Pressed); !ok {
		return []byte("{}")
	}
	return []byte(`{"toast":{"type":"info","content":"收到，正在处理",` +
		`"i18n":{"zh_cn":"收到，正在处理","en_us":"Got it, working on it"}}}`)
}
