package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// envelope is an event of schema 2.0, with the platform's order of fields.
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

// Envelope returns an event body of schema 2.0 with a new event_id, for tests that forge events.
func (f *Feishu) Envelope(eventType string, event any) ([]byte, error) {
	return json.Marshal(f.envelope(f.world.app, eventType, event, f.now()))
}

func (f *Feishu) envelope(a *app, eventType string, event any, at time.Time) envelope {
	created := millis(at)
	if eventType == cardAction {
		created = strconv.FormatInt(at.UnixMicro(), 10)
	}
	return envelope{Schema: "2.0", Event: event, Header: eventHeader{
		EventID: f.ids.hex(32), EventType: eventType, CreateTime: created, Token: a.VerificationToken,
		AppID: a.ID, TenantKey: f.world.tenant,
	}}
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// userOf is a person or a bot in an event for an app; user_id needs its own scope.
func (f *Feishu) userOf(a *app, id string) *userID {
	if u, ok := f.world.users[id]; ok {
		out := &userID{UnionID: u.UnionID, OpenID: f.openIDFor(a, u.OpenID)}
		if a.has("contact:user.employee_id:readonly") {
			out.UserID = u.UserID
		}
		return out
	}
	if bot, ok := f.world.appByOpenID(id); ok {
		return &userID{OpenID: f.openIDFor(a, bot.OpenID)}
	}
	return &userID{}
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

// emitMessage sends im.message.receive_v1 to the bots of a chat except the sender, if their scopes allow. System
// messages have no sender.
func (f *Feishu) emitMessage(m *Message) {
	const kind = "im.message.receive_v1"
	c := f.world.chats[m.Chat]
	for _, a := range f.receivers(c, kind) {
		if m.Sender != "" && m.Sender != a.ID && f.mayReceive(a, c, m) {
			f.emit(a, kind, m.Chat, f.messageEvent(a, c, m))
		}
	}
}

func (f *Feishu) messageEvent(a *app, c *chat, m *Message) messageEvent {
	chatType, senderType := "group", "user"
	if c.Mode == P2P {
		chatType = "p2p"
	}
	if f.world.apps[m.Sender] != nil {
		senderType = "bot"
	}
	event := messageEvent{
		Sender: eventSender{SenderID: f.userOf(a, m.Sender), SenderType: senderType, TenantKey: f.world.tenant},
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
			Key: at.Key, ID: f.userOf(a, at.ID), MentionedType: kind, Name: at.Name, TenantKey: f.world.tenant,
		})
	}
	return event
}

// mayReceive checks an app's scopes for receiving a message.
func (f *Feishu) mayReceive(a *app, c *chat, m *Message) bool {
	if c.Mode == P2P {
		return a.has("im:message.p2p_msg", "im:message.p2p_msg:readonly")
	}
	mentioned := slices.ContainsFunc(m.Mentions, func(at Mention) bool { return at.ID == a.OpenID })
	if f.world.apps[m.Sender] != nil {
		return a.has("im:message.group_msg.include_bot:read") ||
			mentioned && a.has("im:message.group_at_msg.include_bot:readonly")
	}
	return a.has("im:message.group_msg", "im:message.group_msg:readonly", "im:message.group_msg.include_bot:read") ||
		mentioned && a.has("im:message.group_at_msg", "im:message.group_at_msg:readonly",
			"im:message.group_at_msg.include_bot:readonly")
}

// reactionEvent is im.message.reaction.created_v1 and deleted_v1. It has no chat.
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
	for _, a := range f.receivers(f.world.chats[m.Chat], kind) {
		if !a.has("im:message.reactions:read", "im:message:readonly") {
			continue
		}
		e := reactionEvent{
			MessageID: m.ID, ReactionType: emojiType{r.Emoji}, OperatorType: "user", ActionTime: millis(r.At),
		}
		if f.world.apps[r.By] != nil {
			e.OperatorType, e.AppID = "app", r.By
		} else {
			e.UserID = f.userOf(a, r.By)
		}
		f.emit(a, kind, m.Chat, e)
	}
}

type recalledEvent struct {
	MessageID  string `json:"message_id"`
	ChatID     string `json:"chat_id"`
	RecallTime string `json:"recall_time"`
	RecallType string `json:"recall_type"`
}

func (f *Feishu) emitRecalled(m *Message) {
	const kind = "im.message.recalled_v1"
	for _, a := range f.receivers(f.world.chats[m.Chat], kind) {
		if own := m.RecalledBy == a.ID && f.cfg.MuteOwnRecall; !own && a.has("im:message", "im:message:readonly") {
			f.emit(a, kind, m.Chat, recalledEvent{m.ID, m.Chat, millis(m.RecalledAt), m.RecallType})
		}
	}
}
