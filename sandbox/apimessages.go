package sandbox

import (
	"slices"
	"strings"
	"time"
)

// messageView is a message as the API returns it.
type messageView struct {
	MessageID  string        `json:"message_id"`
	RootID     string        `json:"root_id,omitempty"`
	ParentID   string        `json:"parent_id,omitempty"`
	ThreadID   string        `json:"thread_id,omitempty"`
	MsgType    string        `json:"msg_type"`
	CreateTime string        `json:"create_time"`
	UpdateTime string        `json:"update_time"`
	Deleted    bool          `json:"deleted"`
	Updated    bool          `json:"updated"`
	ChatID     string        `json:"chat_id"`
	Sender     senderView    `json:"sender"`
	Body       *bodyView     `json:"body,omitempty"`
	Mentions   []mentionView `json:"mentions,omitempty"`
	AppLink    string        `json:"message_app_link,omitempty"`
}

type senderView struct {
	ID         string `json:"id"`
	IDType     string `json:"id_type"`
	SenderType string `json:"sender_type"` // user, app or unknown
	TenantKey  string `json:"tenant_key"`
	SenderName string `json:"sender_name,omitempty"`
}

type bodyView struct {
	Content string `json:"content"`
}

type mentionView struct {
	Key       string `json:"key"`
	ID        string `json:"id"`
	IDType    string `json:"id_type"`
	Name      string `json:"name"`
	TenantKey string `json:"tenant_key"`
}

// view is a message for the caller.
func (f *Feishu) view(c *call, m *Message) messageView {
	out := messageView{
		MessageID: m.ID, RootID: m.Root, ParentID: m.Parent, ThreadID: m.Thread, MsgType: m.Type,
		CreateTime: millis(m.Created), UpdateTime: millis(m.Updated), Deleted: m.Deleted, Updated: m.Edits > 0,
		ChatID: m.Chat, Body: &bodyView{m.Content},
		Sender: senderView{
			ID: f.idOf(c, "user_id_type", m.Sender), IDType: orElse(c.query("user_id_type"), "open_id"), SenderType: "user",
			TenantKey: f.world.tenant,
		},
	}
	if f.world.apps[m.Sender] != nil {
		out.Sender.ID, out.Sender.IDType, out.Sender.SenderType = m.Sender, "app_id", "app"
	}
	if m.Sender == "" {
		out.Sender.ID, out.Sender.IDType, out.Sender.SenderType = "", "", "unknown"
	}
	if f.cfg.Extras {
		out.Sender.SenderName = f.world.name(m.Sender)
		out.AppLink = f.brand().applink + "/client/chat/open?openChatId=" + m.Chat + "&openMessageId=" + m.ID
	}
	for _, at := range m.Mentions {
		out.Mentions = append(out.Mentions, f.mentionView(c, at))
	}
	return out
}

// mentionView has the open_id unless the call requests another id; a bot then has its app id.
func (f *Feishu) mentionView(c *call, at Mention) mentionView {
	v := mentionView{at.Key, f.openIDFor(c.app, at.ID), "open_id", at.Name, f.world.tenant}
	kind := c.query("user_id_type")
	if bot, ok := f.world.appByOpenID(at.ID); ok && kind != "" {
		v.ID, v.IDType = bot.ID, "app_id"
	} else if kind != "" && !ok {
		v.ID, v.IDType = f.idOf(c, "user_id_type", at.ID), kind
	}
	return v
}

// contentView is a message as get and list return it: a rendered card unless the call requests the original, and only
// the card_id of a card that was sent by it.
func (f *Feishu) contentView(c *call, m *Message) messageView {
	out := f.view(c, m)
	if m.Type == "interactive" && f.entityIn(m) == nil && c.query("card_msg_content_type") != "user_card_content" {
		out.Body = &bodyView{f.renderedCard(m.Content)}
	}
	return out
}

// createMessage is POST /im/v1/messages.
func (f *Feishu) createMessage(c *call) (any, error) {
	var in struct {
		ReceiveID string `json:"receive_id"`
		sendBody
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := c.oneOf("receive_id_type", append(idTypes(), "email", "chat_id")...); err != nil {
		return nil, err
	}
	target, err := f.receiver(c.actor, c.query("receive_id_type"), in.ReceiveID)
	if err != nil {
		return nil, err
	}
	return f.sendAs(c, target, in.sendBody, draft{})
}

// sendBody is the body of create and reply.
type sendBody struct {
	MsgType string `json:"msg_type"`
	Content string `json:"content"`
	UUID    string `json:"uuid"`
}

// receiver finds the chat of a receive_id and creates the p2p chat of a person.
func (f *Feishu) receiver(a actor, idType, id string) (*chat, error) {
	if idType == "chat_id" {
		c, ok := f.world.chats[id]
		if !ok {
			return nil, f.badReceiver()
		}
		return c, nil
	}
	u, err := f.person(a.app, idType, id)
	switch {
	case err != nil:
		return nil, err
	case a.user == "" && a.app.unreachable[u.OpenID]:
		return nil, refuse(codeUnreachable, "")
	}
	return f.p2p(a, u.OpenID), nil
}

func (f *Feishu) badReceiver() error {
	if f.cfg.Documented {
		return refuse(codeBadReceiver, "")
	}
	return refuse(codeParam, "invalid receive_id")
}

// person finds a person by an id of a type.
func (f *Feishu) person(a *app, kind, id string) (User, error) {
	if kind == "open_id" {
		one, cross := f.resolveOpenID(a, id)
		u, ok := f.world.users[one]
		_, bot := f.world.appByOpenID(one)
		switch {
		case ok:
			return u, nil
		case bot:
			return User{}, refuse(codeParam, "this operation to bots is currently not supported")
		case cross:
			return User{}, refuse(codeCrossApp, "")
		}
		return User{}, &Error{Status: 400, Code: codeUserUnknown, Msg: codeText(codeUserUnknown) + " Invalid ids: [" + id + "]"}
	}
	for _, u := range f.world.users {
		if id != "" && id == map[string]string{"union_id": u.UnionID, "user_id": u.UserID, "email": u.Email}[kind] {
			return u, nil
		}
	}
	switch kind {
	case "user_id":
		return User{}, refuse(codeUserIDUnknown, "")
	case "union_id":
		return User{}, refuse(codeUnionUnknown, "")
	}
	return User{}, f.badReceiver()
}

// replyMessage is POST /im/v1/messages/:message_id/reply.
func (f *Feishu) replyMessage(c *call) (any, error) {
	var in struct {
		sendBody
		InThread bool `json:"reply_in_thread"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, ch, err := f.findMessage(c.actor, c.path("message_id"))
	if err != nil {
		return nil, err
	}
	if m.Ephemeral != "" {
		return nil, refuse(codeWrongType, "")
	}
	return f.sendAs(c, ch, in.sendBody, draft{replyTo: m.ID, thread: in.InThread})
}

// sendAs checks and sends; within an hour the same uuid returns the first message.
func (f *Feishu) sendAs(c *call, ch *chat, in sendBody, d draft) (any, error) {
	if err := f.checkMember(c.actor, ch); err != nil {
		return nil, err
	}
	if len(in.UUID) > 50 {
		return nil, violation("uuid", in.UUID, "the max len is 50")
	}
	now, key := f.now(), c.senderID()+" "+ch.ID+" "+in.UUID
	if once, ok := f.world.uuids[key]; ok && in.UUID != "" && now.Sub(once.at) < time.Hour {
		return f.view(c, f.world.messages[once.message]), nil
	}
	made, err := f.compose(c.actor, ch, in.MsgType, in.Content)
	if err != nil {
		return nil, err
	}
	if !f.limiter.allow("send "+ch.ID, f.limiter.limits.SendsPerChat, now) {
		return nil, refuse(codeSendLimit, "")
	}
	d.chat, d.sender, d.kind, d.content, d.mentions = ch.ID, c.senderID(), in.MsgType, made.content, made.mentions
	m, err := f.insertDraft(d)
	if err != nil {
		return nil, err
	}
	if made.entity != nil {
		made.entity.message = m.ID
	}
	if in.UUID != "" {
		f.world.uuids[key] = uuidEntry{m.ID, now}
	}
	f.emitMessage(m)
	return f.view(c, m), nil
}

// getMessage is GET /im/v1/messages/:message_id.
func (f *Feishu) getMessage(c *call) (any, error) {
	if err := c.oneOf("user_id_type", idTypes()...); err != nil {
		return nil, err
	}
	m, ch, err := f.findMessage(c.actor, c.path("message_id"))
	if err != nil {
		return nil, err
	}
	if own := f.cfg.OwnGet && m.Sender == c.senderID(); !own {
		if err := c.mayRead(ch); err != nil {
			return nil, err
		}
	}
	return map[string]any{"items": []messageView{f.getView(c, m)}}, nil
}

// getView is a message for get: a recalled one has no content.
func (f *Feishu) getView(c *call, m *Message) messageView {
	out := f.contentView(c, m)
	if m.Deleted {
		out.Body, out.Mentions = nil, nil
	}
	return out
}

// getMessages is GET /im/v1/messages/mget, which is undocumented: up to 50 messages, without those that can't be
// read.
func (f *Feishu) getMessages(c *call) (any, error) {
	var ids []string
	for _, list := range c.r.URL.Query()["message_ids"] {
		ids = append(ids, strings.Split(list, ",")...)
	}
	if len(ids) > 50 {
		return nil, violation("message_ids", "", "the max len is 50")
	}
	items := []messageView{}
	for _, id := range ids {
		if m, ch, err := f.findMessage(c.actor, id); err == nil && c.mayRead(ch) == nil {
			items = append(items, f.getView(c, m))
		}
	}
	return map[string]any{"items": items}, nil
}

// mayRead returns why the caller may not read a chat's messages: groups and p2p chats each need another scope.
func (c *call) mayRead(ch *chat) error {
	need, ok := "im:message.group_msg", true
	switch {
	case c.user != "" && ch.Mode == P2P:
		need = "im:message.p2p_msg:get_as_user"
		ok = slices.Contains(c.scopes, need)
	case c.user != "":
		need = "im:message.group_msg:get_as_user"
		ok = slices.Contains(c.scopes, need)
	case ch.Mode != P2P:
		ok = c.app.has(need, "im:message.group_msg:readonly")
	}
	if !ok {
		return refuse(codeNoPermission, "need scope: "+need)
	}
	return nil
}

// deleteMessage is DELETE /im/v1/messages/:message_id, the recall.
func (f *Feishu) deleteMessage(c *call) (any, error) {
	return nil, f.recallBy(c.actor, c.path("message_id"))
}
