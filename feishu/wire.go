package feishu

import (
	"bytes"
	"errors"

	"github.com/goccy/go-json"

	"recallbot/bot"
)

// wire has the fields that we use of a request, of schema 1.0 and 2.0 (docs/platform.md#envelopes) and of all events
// (docs/platform.md#events), for a single decoding.
type wire struct {
	Encrypt   string      `json:"encrypt"`
	Schema    string      `json:"schema"`
	Type      string      `json:"type"`
	Challenge string      `json:"challenge"`
	Token     string      `json:"token"`
	UUID      string      `json:"uuid"`
	Header    *wireHeader `json:"header"`
	Event     *wireEvent  `json:"event"`
	// mistyped is set if a field had an unexpected JSON type.
	mistyped bool
}

type wireHeader struct {
	EventID   string `json:"event_id"`
	EventType string `json:"event_type"`
	Token     string `json:"token"`
	AppID     string `json:"app_id"`
	// CreateTime is in milliseconds or microseconds.
	CreateTime wireTime `json:"create_time"`
}

type wireEvent struct {
	// Type and AppID are here in schema 1.0.
	Type  string `json:"type"`
	AppID string `json:"app_id"`

	// OpenID is the person whose token was revoked.
	OpenID       string      `json:"open_id"`
	ChatID       string      `json:"chat_id"`
	MessageID    string      `json:"message_id"`
	OperatorType string      `json:"operator_type"`
	ActionTime   wireTime    `json:"action_time"`
	UserID       wireUser    `json:"user_id"`
	Reaction     emojiType   `json:"reaction_type"`
	Sender       wireSender  `json:"sender"`
	Message      wireMessage `json:"message"`
	// Operator, Action and Context are of a button press.
	Operator wireIDs     `json:"operator"`
	Action   wireAction  `json:"action"`
	Context  wireContext `json:"context"`

	// created is the header's time, for events without a time of their own.
	created wireTime
}

type wireIDs struct {
	OpenID string `json:"open_id"`
	AppID  string `json:"app_id"`
}

// wireUser is the person who reacted. For a revoked token it is a plain id, which is ignored.
type wireUser struct{ wireIDs }

// UnmarshalJSON ignores a plain id.
func (u *wireUser) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return nil
	}
	return json.Unmarshal(data, &u.wireIDs)
}

type emojiType struct {
	EmojiType string `json:"emoji_type"`
}

type wireSender struct {
	ID   wireIDs `json:"sender_id"`
	Type string  `json:"sender_type"`
}

type wireMessage struct {
	ID         string        `json:"message_id"`
	RootID     string        `json:"root_id"`
	ParentID   string        `json:"parent_id"`
	ThreadID   string        `json:"thread_id"`
	ChatID     string        `json:"chat_id"`
	ChatType   string        `json:"chat_type"`
	Type       string        `json:"message_type"`
	CreateTime wireTime      `json:"create_time"`
	Content    string        `json:"content"`
	Mentions   []wireMention `json:"mentions"`
}

// inP2P reports a message of a two-person chat.
func (m *wireMessage) inP2P() bool { return m.ChatType == "p2p" }

// wireTime is a time: a string of digits according to the documentation, or a number.
type wireTime string

// UnmarshalJSON accepts a string or a number; parseTime checks it.
func (t *wireTime) UnmarshalJSON(data []byte) error {
	*t = wireTime(bytes.Trim(data, `"`))
	return nil
}

// wireMention is a mention. The id is an object in events and a string in the API; it is decoded for commands only.
type wireMention struct {
	Key  string          `json:"key"`
	ID   json.RawMessage `json:"id"`
	Type string          `json:"mentioned_type"`
	Name string          `json:"name"`
}

const (
	typeChallenge = "url_verification"
	typeEventV1   = "event_callback"
)

func parseWire(data []byte) (*wire, error) {
	w := new(wire)
	err := unmarshal(data, w)
	_, w.mistyped = errors.AsType[*json.UnmarshalTypeError](err)
	if err != nil && !w.mistyped {
		return nil, invalid("not JSON")
	}
	return w, nil
}

// unmarshal is the JSON decoder of events; encoding/json works as well. Like encoding/json it decodes the other
// fields if one has the wrong type, and then returns an error.
func unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }

func (w *wire) isChallenge() bool { return w.Type == typeChallenge }

// isPureChallenge reports a challenge without any fields of an event.
func (w *wire) isPureChallenge() bool {
	return w.isChallenge() && w.Challenge != "" && !w.mistyped &&
		w.Schema == "" && w.Header == nil && w.Event == nil && w.Encrypt == ""
}

func (w *wire) token() string {
	if w.Header != nil {
		return w.Header.Token
	}
	return w.Token
}

func (w *wire) appID() string {
	switch {
	case w.Header != nil:
		return w.Header.AppID
	case w.Event != nil:
		return w.Event.AppID
	default:
		return ""
	}
}

// head returns the event's id and type, and whether it is of schema 2.0.
func (w *wire) head() (id bot.EventID, kind string, v2 bool, err error) {
	switch {
	case w.Header != nil && w.Event != nil && w.Header.EventID != "" && w.Header.EventType != "":
		return bot.EventID(w.Header.EventID), w.Header.EventType, true, nil
	case w.Header == nil && w.Schema == "" && w.Type == typeEventV1 && w.Event != nil:
		return bot.EventID(w.UUID), w.Event.Type, false, nil
	default:
		return "", "", false, invalid("neither schema 2.0 nor 1.0")
	}
}
