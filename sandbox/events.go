package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// envelope is a schema 2.0 event. The order of the fields is the platform's.
type envelope struct {
	Schema string      `json:"schema"`
	Header eventHeader `json:"header"`
	Event  any         `json:"event"`
}

type eventHeader struct {
	EventID    string `json:"event_id"`
	EventType  string `json:"event_type"`
	CreateTime string `json:"create_time"` // ms; µs for card callbacks
	Token      string `json:"token"`
	AppID      string `json:"app_id"`
	TenantKey  string `json:"tenant_key"`
}

// userID is a person or a bot in an event.
type userID struct {
	UnionID string `json:"union_id"`
	UserID  string `json:"user_id,omitempty"`
	OpenID  string `json:"open_id"`
}

// Envelope builds a schema 2.0 event body with a fresh event_id, for tests that forge one.
func (f *Feishu) Envelope(eventType string, event any) ([]byte, error) {
	return json.Marshal(f.envelope(eventType, event, time.Now()))
}

func (f *Feishu) envelope(eventType string, event any, at time.Time) envelope {
	created := millis(at)
	if eventType == cardAction {
		created = strconv.FormatInt(at.UnixMicro(), 10)
	}
	return envelope{Schema: "2.0", Event: event, Header: eventHeader{
		EventID: f.ids.hex(32), EventType: eventType, CreateTime: created, Token: f.cfg.VerificationToken,
		AppID: f.world.app.ID, TenantKey: f.world.tenant,
	}}
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// userOf names a person or a bot in an event; user_id only comes with its own scope.
func (f *Feishu) userOf(id string) *userID {
	if u, ok := f.world.users[id]; ok {
		out := &userID{UnionID: u.UnionID, OpenID: u.OpenID}
		if f.world.has("contact:user.employee_id:readonly") {
			out.UserID = u.UserID
		}
		return out
	}
	a, _ := f.world.appByOpenID(id)
	return &userID{OpenID: a.OpenID}
}

// messageEvent is the event of im.message.receive_v1.
type messageEvent struct {
	Sender  eventSender  `json:"sender"`
	Message eventMessage `json:"message"`
}

type eventSender struct {
	SenderID   *userID `json:"sender_id"`
	SenderType string  `json:"sender_type"` // user or bot
	TenantKey  string  `json:"tenant_key"`
}

type eventMessage struct {
	MessageID   string         `json:"message_id"`
	RootID      string         `json:"root_id,omitempty"`
	ParentID    string         `json:"parent_id,omitempty"`
	CreateTime  string         `json:"create_time"`
	UpdateTime  string         `json:"update_time"`
	ChatID      string         `json:"chat_id"`
	ThreadID    string         `json:"thread_id,omitempty"`
	ChatType    string         `json:"chat_type"` // p2p or group
	MessageType string         `json:"message_type"`
	Content     string         `json:"content"`
	Mentions    []eventMention `json:"mentions,omitempty"`
}

type eventMention struct {
	Key           string  `json:"key"`
	ID            *userID `json:"id"`
	MentionedType string  `json:"mentioned_type"`
	Name          string  `json:"name"`
	TenantKey     string  `json:"tenant_key"`
}

// emitMessage tells our bot of a message if it is in the chat, somebody else wrote it, and its scopes allow. What the
// system says is written by nobody.
func (f *Feishu) emitMessage(m *Message) {
	c := f.world.chats[m.Chat]
	if !c.hasBot(f.world.app.ID) || m.Sender == f.world.app.ID || m.Sender == "" || !f.hears(c, m) {
		return
	}
	chatType, senderType := "group", "user"
	if c.Mode == P2P {
		chatType = "p2p"
	}
	if _, app := f.world.apps[m.Sender]; app {
		senderType = "bot"
	}
	event := messageEvent{
		Sender: eventSender{SenderID: f.userOf(m.Sender), SenderType: senderType, TenantKey: f.world.tenant},
		Message: eventMessage{
			MessageID: m.ID, RootID: m.Root, ParentID: m.Parent, CreateTime: millis(m.Created),
			UpdateTime: millis(m.Updated), ChatID: m.Chat, ThreadID: m.Thread, ChatType: chatType,
			MessageType: m.Type, Content: m.Content,
		},
	}
	for _, at := range m.Mentions {
		kind := "user"
		if at.Bot {
			kind = "bot"
		}
		event.Message.Mentions = append(event.Message.Mentions, eventMention{
			Key: at.Key, ID: f.userOf(at.ID), MentionedType: kind, Name: at.Name, TenantKey: f.world.tenant,
		})
	}
	f.emit("im.message.receive_v1", m.Chat, event)
}

// hears applies the receive scopes.
func (f *Feishu) hears(c *chat, m *Message) bool {
	w := f.world
	if c.Mode == P2P {
		return w.has("im:message.p2p_msg", "im:message.p2p_msg:readonly")
	}
	mentioned := slices.ContainsFunc(m.Mentions, func(at Mention) bool { return at.ID == w.app.OpenID })
	if _, app := w.apps[m.Sender]; app {
		return w.has("im:message.group_msg.include_bot:read") ||
			mentioned && w.has("im:message.group_at_msg.include_bot:readonly")
	}
	return w.has("im:message.group_msg", "im:message.group_msg:readonly", "im:message.group_msg.include_bot:read") ||
		mentioned && w.has("im:message.group_at_msg", "im:message.group_at_msg:readonly",
			"im:message.group_at_msg.include_bot:readonly")
}

// reactionEvent is the event of im.message.reaction.created_v1 and deleted_v1. It carries no chat.
type reactionEvent struct {
	MessageID    string    `json:"message_id"`
	ReactionType emojiType `json:"reaction_type"`
	OperatorType string    `json:"operator_type"` // user or app
	UserID       *userID   `json:"user_id,omitempty"`
	AppID        string    `json:"app_id,omitempty"`
	ActionTime   string    `json:"action_time"`
}

type emojiType struct {
	EmojiType string `json:"emoji_type"`
}

func (f *Feishu) emitReaction(kind string, m *Message, r Reaction) {
	if !f.world.chats[m.Chat].hasBot(f.world.app.ID) || !f.world.has("im:message.reactions:read", "im:message:readonly") {
		return
	}
	e := reactionEvent{
		MessageID: m.ID, ReactionType: emojiType{r.Emoji}, OperatorType: "user", ActionTime: millis(r.At),
	}
	if _, app := f.world.apps[r.By]; app {
		e.OperatorType, e.AppID = "app", r.By
	} else {
		e.UserID = f.userOf(r.By)
	}
	f.emit(kind, m.Chat, e)
}

func (f *Feishu) emitRecalled(m *Message) {
	if !f.world.chats[m.Chat].hasBot(f.world.app.ID) || !f.world.has("im:message", "im:message:readonly") {
		return
	}
	f.emit("im.message.recalled_v1", m.Chat, struct {
		MessageID  string `json:"message_id"`
		ChatID     string `json:"chat_id"`
		RecallTime string `json:"recall_time"`
		RecallType string `json:"recall_type"`
	}{m.ID, m.Chat, millis(m.RecalledAt), m.RecallType})
}
