package bot

import (
	"encoding/json"
	"fmt"
	"time"
)

// Types of events, as the platform names them.
const (
	TypeSaid        = "im.message.receive_v1"
	TypeReacted     = "im.message.reaction.created_v1"
	TypeUnreacted   = "im.message.reaction.deleted_v1"
	TypeRecalled    = "im.message.recalled_v1"
	TypeChatUpdated = "im.chat.updated_v1"
	TypeDisbanded   = "im.chat.disbanded_v1"
	TypeBotRemoved  = "im.chat.member.bot.deleted_v1"
	TypePressed     = "card.action.trigger"
	// TypeDue is ours: posts of a chat have reached their lifetime.
	TypeDue = "lifetime.due"
	// TypeWatchDue is ours: see WatchDue.
	TypeWatchDue = "watch.due"
	TypeRevoked  = "auth.user_access_token.revoked_v4"
)

// Event is one event. Body is one of the structs below, or nil for an event that the bot ignores.
type Event struct {
	ID   EventID
	Type string
	// DedupeID is a second id that repeated events share: the message id, since the same message may come with different
	// event ids (docs/platform.md#delivery).
	DedupeID string
	Body     any
}

// Said is im.message.receive_v1: a new message. Its text is parsed for a command while it is decoded, and never kept.
type Said struct {
	Message Message `json:"message"`
	// Root and Parent are set on replies; inside a topic both name the topic's first message unless another is quoted.
	Root   MessageID `json:"root,omitempty"`
	Parent MessageID `json:"parent,omitempty"`
	Thread ThreadID  `json:"thread,omitempty"`
	// By is the sender's open_id; empty for apps.
	By  UserID `json:"by,omitempty"`
	P2P bool   `json:"p2p,omitempty"`
	// Command is nil for an ordinary message.
	Command *Command `json:"command,omitempty"`
	// Sender and Content are the id of the bot that posted the message, and what it says. They are set at intake only, and not stored.
	Sender  string      `json:"-"`
	Content func() Seen `json:"-"`
	// Watch is what the chat's rules need to know of the message; nil where they don't.
	Watch *WatchFacts `json:"watch,omitempty"`
}

// Quotes reports whether the message replies to a particular one. In a topic a reply may name the topic only.
func (s Said) Quotes() bool { return s.Parent != "" && (s.Thread == "" || s.Parent != s.Root) }

// Reacted is im.message.reaction.created_v1. The event has neither the chat nor the message's sender.
type Reacted struct {
	Message MessageID `json:"message"`
	Emoji   string    `json:"emoji"`
	// By is empty for apps.
	By UserID    `json:"by,omitempty"`
	At time.Time `json:"at"`
}

// Unreacted is im.message.reaction.deleted_v1.
type Unreacted struct {
	Message MessageID `json:"message"`
	Emoji   string    `json:"emoji"`
	By      UserID    `json:"by,omitempty"`
	At      time.Time `json:"at"`
}

// Pressed is card.action.trigger: a press of a card's button. Its content is not trusted.
type Pressed struct {
	Press Press `json:"press"`
	// Message is the card, in Chat.
	Message MessageID `json:"message"`
	Chat    ChatID    `json:"chat"`
	By      UserID    `json:"by"`
	At      time.Time `json:"at"`
	// Form has the values of the fields by their names.
	Form map[string][]string `json:"form,omitempty"`
}

// Recalled is im.message.recalled_v1: a message was recalled or deleted.
type Recalled struct {
	Message MessageID `json:"message"`
	Chat    ChatID    `json:"chat"`
}

// ChatUpdated is im.chat.updated_v1: the owner or the settings of a chat changed.
type ChatUpdated struct {
	Chat ChatID `json:"chat"`
}

// ChatLeft is im.chat.disbanded_v1 and im.chat.member.bot.deleted_v1: the bot is no longer in the chat.
type ChatLeft struct {
	Chat ChatID `json:"chat"`
}

// Revoked is auth.user_access_token.revoked_v4: a person's grant has ended.
type Revoked struct {
	Who UserID    `json:"who"`
	At  time.Time `json:"at"`
}

// Where is the chat that the event is about; empty where the event does not name it.
func (e Event) Where() ChatID {
	switch body := e.Body.(type) {
	case Said:
		return body.Message.Chat
	case Recalled:
		return body.Chat
	case Pressed:
		return body.Chat
	case ChatUpdated:
		return body.Chat
	case Due:
		return body.Chat
	case WatchDue:
		return body.Chat
	case ChatLeft:
		return body.Chat
	default:
		return ""
	}
}

// Envelope is an opened request of the platform: a challenge or an event.
type Envelope struct {
	Challenge string
	Event     Event
}

// Encode writes the event's body for the queue, without its type.
func (e Event) Encode() ([]byte, error) {
	data, err := json.Marshal(e.Body)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	return data, nil
}

// bodies read the body of each type of event.
func bodies() map[string]func([]byte) (any, error) {
	return map[string]func([]byte) (any, error){
		TypeSaid: read[Said], TypeReacted: read[Reacted], TypeUnreacted: read[Unreacted], TypePressed: read[Pressed], TypeDue: read[Due],
		TypeWatchDue: read[WatchDue], TypeRecalled: read[Recalled], TypeChatUpdated: read[ChatUpdated], TypeDisbanded: read[ChatLeft],
		TypeBotRemoved: read[ChatLeft], TypeRevoked: read[Revoked],
	}
}

// DecodeEvent reads what Encode wrote.
func DecodeEvent(id EventID, kind string, data []byte) (Event, error) {
	e := Event{ID: id, Type: kind}
	read, known := bodies()[kind]
	if !known {
		return e, Errorf(Invalid, "event %s has the unknown type %q", id, kind)
	}
	var err error
	if e.Body, err = read(data); err != nil {
		return e, Errorf(Invalid, "event %s of type %s: %w", id, kind, err)
	}
	return e, nil
}

func read[T any](data []byte) (any, error) {
	var body T
	err := json.Unmarshal(data, &body)
	return body, err
}
