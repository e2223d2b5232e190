package feishu

import (
	"bytes"
	"encoding/json"

	"recallbot/bot"
)

const (
	// pressMark is in the value of each of our buttons, to ignore presses of the app's other cards.
	pressMark = 1
	// maxPress limits the bytes of a value and of a form.
	maxPress = 16 << 10
	// maxFields limits the fields of a form.
	maxFields = 50
	// maxWord limits ids, keys and names in a press.
	maxWord = 200
)

// pressValue is the value of a button, which a press returns.
type pressValue struct {
	Ours int `json:"recallbot"`
	bot.Press
}

type wireAction struct {
	// Value is an object, or a string in cards of others; FormValue is an object of the fields.
	Value     wireAny `json:"value"`
	FormValue wireAny `json:"form_value"`
}

type wireContext struct {
	MessageID string `json:"open_message_id"`
	ChatID    string `json:"open_chat_id"`
}

// wireAny is JSON that is decoded later.
type wireAny []byte

// UnmarshalJSON copies the data.
func (a *wireAny) UnmarshalJSON(data []byte) error {
	*a = bytes.Clone(data)
	return nil
}

// pressed decodes card.action.trigger. A malformed press, or one of a card that is not ours, has no body: it gets an
// empty answer and does nothing.
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

// readPress decodes the value of a button of ours, also from a string.
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
	if p.Action == "" || max(len(p.Action), len(p.Job), len(p.Key), len(p.Post), len(p.Word), len(p.Chat)) > maxWord {
		return bot.Press{}, false
	}
	return p, true
}

// readForm decodes fields with one text, several, or none.
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

// Answer is the body of the response to an event: a toast for a button press, {} otherwise. Send it only after the
// event is stored.
func Answer(e bot.Event) []byte {
	if _, ok := e.Body.(bot.Pressed); !ok {
		return []byte("{}")
	}
	return []byte(`{"toast":{"type":"info","content":"收到，正在处理",` +
		`"i18n":{"zh_cn":"收到，正在处理","en_us":"Got it, working on it"}}}`)
}
