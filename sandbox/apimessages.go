package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// messageView is a message as the API shows it.
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

func (f *Feishu) view(m *Message) messageView {
	out := messageView{
		MessageID: m.ID, RootID: m.Root, ParentID: m.Parent, ThreadID: m.Thread, MsgType: m.Type,
		CreateTime: millis(m.Created), UpdateTime: millis(m.Updated), Deleted: m.Deleted, Updated: m.Edits > 0,
		ChatID: m.Chat, Body: &bodyView{m.Content},
		Sender: senderView{ID: m.Sender, IDType: "open_id", SenderType: "user", TenantKey: f.world.tenant},
	}
	if _, app := f.world.apps[m.Sender]; app {
		out.Sender.IDType, out.Sender.SenderType = "app_id", "app"
	}
	if m.Sender == "" {
		out.Sender.IDType, out.Sender.SenderType = "", "unknown"
	}
	if f.cfg.Extras {
		out.Sender.SenderName = f.world.name(m.Sender)
		out.AppLink = f.brand().applink + "/client/chat/open?openChatId=" + m.Chat + "&openMessageId=" + m.ID
	}
	for _, at := range m.Mentions {
		out.Mentions = append(out.Mentions, mentionView{at.Key, at.ID, "open_id", at.Name, f.world.tenant})
	}
	return out
}

// read is a message as get and list show it: a card as its maker wrote it only where the call asks for that.
func (f *Feishu) read(c *call, m *Message) messageView {
	out := f.view(m)
	if m.Type == "interactive" && c.query("card_msg_content_type") != "user_card_content" {
		out.Body = &bodyView{f.simplified(m.Content)}
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
	target, err := f.receiver(c.query("receive_id_type"), in.ReceiveID)
	if err != nil {
		return nil, err
	}
	return f.sendAsBot(target, in.sendBody, draft{})
}

// sendBody is what create and reply have in common.
type sendBody struct {
	MsgType string `json:"msg_type"`
	Content string `json:"content"`
	UUID    string `json:"uuid"`
}

// receiver finds the chat of a receive_id, opening the p2p chat of a person.
func (f *Feishu) receiver(idType, id string) (*chat, error) {
	switch idType {
	case "chat_id":
		c, ok := f.world.chats[id]
		if !ok {
			return nil, refuse(codeBadReceiver, "")
		}
		return c, nil
	case "open_id", "union_id", "user_id":
	default:
		return nil, &Error{Status: 400, Code: codeField, Msg: codeText(codeField), Fields: []FieldViolation{
			{Field: "receive_id_type", Value: idType, Description: "receive_id_type must be one of open_id, union_id, user_id, email, chat_id"},
		}}
	}
	for _, u := range f.world.users {
		if id != "" && id == map[string]string{"open_id": u.OpenID, "union_id": u.UnionID, "user_id": u.UserID}[idType] {
			if f.world.unreachable[u.OpenID] {
				return nil, refuse(codeUnreachable, "")
			}
			return f.p2p(u.OpenID), nil
		}
	}
	if idType == "open_id" {
		return nil, refuse(codeUserUnknown, "")
	}
	return nil, refuse(codeBadReceiver, "")
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
	m, ch, err := f.reach(c.path("message_id"))
	if err != nil {
		return nil, err
	}
	if m.Ephemeral != "" {
		return nil, refuse(codeWrongType, "")
	}
	return f.sendAsBot(ch, in.sendBody, draft{replyTo: m.ID, thread: in.InThread})
}

// sendAsBot checks and sends; a uuid seen within the hour gives the message it made.
func (f *Feishu) sendAsBot(c *chat, in sendBody, d draft) (any, error) {
	if err := f.botIn(c); err != nil {
		return nil, err
	}
	if err := checkContent(in.MsgType, in.Content); err != nil {
		return nil, err
	}
	if len(in.UUID) > 50 {
		return nil, refuse(codeParam, "uuid is longer than 50 characters")
	}
	now, key := time.Now(), c.ID+" "+in.UUID
	if once, ok := f.world.uuids[key]; ok && in.UUID != "" && now.Sub(once.at) < time.Hour {
		return f.view(f.world.messages[once.message]), nil
	}
	if !f.gate.allow("send "+c.ID, f.gate.limits.SendsPerChat, now) {
		return nil, refuse(codeSendLimit, "")
	}
	d.chat, d.sender, d.kind, d.content = c.ID, f.world.app.ID, in.MsgType, in.Content
	m, err := f.place(d)
	if err != nil {
		return nil, err
	}
	if in.UUID != "" {
		f.world.uuids[key] = sentOnce{m.ID, now}
	}
	return f.view(m), nil
}

// checkContent refuses what the platform would not send.
func checkContent(kind, content string) error {
	kinds := []string{"text", "post", "image", "file", "audio", "media", "sticker", "interactive", "share_chat", "share_user"}
	if !slices.Contains(kinds, kind) {
		return refuse(codeParam, "invalid msg_type")
	}
	limit := 30 << 10
	if kind == "text" {
		limit = 150 << 10
	}
	if len(content) > limit {
		return refuse(codeTooLong, "")
	}
	if kind == "interactive" {
		return checkCard([]byte(content))
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(content), &fields); err != nil {
		return refuse(codeParam, "content is not a string in json format")
	}
	if text, ok := fields["text"].(string); kind == "text" && (!ok || strings.TrimSpace(text) == "") {
		return refuse(codeParam, "text is empty")
	}
	return nil
}

// getMessage is GET /im/v1/messages/:message_id.
func (f *Feishu) getMessage(c *call) (any, error) {
	m, ch, err := f.reach(c.path("message_id"))
	if err != nil {
		return nil, err
	}
	own := f.cfg.OwnGet && m.Sender == f.world.app.ID
	if ch.Mode != P2P && !own && !f.readsGroups() {
		return nil, refuse(codeNoPermission, "need scope: im:message.group_msg")
	}
	out := f.read(c, m)
	if m.Deleted {
		out.Body, out.Mentions = nil, nil
	}
	return map[string]any{"items": []messageView{out}}, nil
}

func (f *Feishu) readsGroups() bool {
	return f.world.has("im:message.group_msg", "im:message.group_msg:readonly")
}

// deleteMessage is DELETE /im/v1/messages/:message_id, the recall.
func (f *Feishu) deleteMessage(c *call) (any, error) {
	if c.user != "" {
		return nil, f.recallAsUser(c.path("message_id"), c.user)
	}
	return nil, f.recallAsBot(c.path("message_id"))
}

// patchMessage is PATCH /im/v1/messages/:message_id: a new card in an own message's place.
func (f *Feishu) patchMessage(c *call) (any, error) {
	var in struct {
		Content string `json:"content"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, _, err := f.reach(c.path("message_id"))
	switch {
	case err != nil:
		return nil, err
	case m.Deleted:
		return nil, refuse(codeTargetGone, "")
	case m.Sender != f.world.app.ID:
		return nil, refuse(codeNoPermission, "not the sender")
	case m.Type != "interactive" || m.Ephemeral != "":
		return nil, refuse(codeParam, "This message is NOT a card.")
	case time.Since(m.Created) > 14*24*time.Hour:
		return nil, refuse(codePatchTooOld, "")
	case !f.gate.allow("patch "+m.ID, f.gate.limits.PatchesPerMessage, time.Now()):
		return nil, refuse(codeSendLimit, "")
	}
	if err := checkContent("interactive", in.Content); err != nil {
		return nil, err
	}
	if !updatable(m.Content) || !updatable(in.Content) {
		return nil, refuse(codeBadCard, "ErrCode: 200861; ErrMsg: config.update_multi must be true")
	}
	m.Content, m.Updated = in.Content, time.Now()
	f.touch(m.Chat)
	return nil, nil
}

// updatable reports whether a card may be replaced for everybody: always in JSON 2.0, else when it says so.
func updatable(content string) bool {
	var card struct {
		Schema string `json:"schema"`
		Config struct {
			UpdateMulti bool `json:"update_multi"`
		} `json:"config"`
	}
	err := json.Unmarshal([]byte(content), &card)
	return err == nil && (card.Schema == "2.0" || card.Config.UpdateMulti)
}

// updateMessage is PUT /im/v1/messages/:message_id: a new text in an own message's place.
func (f *Feishu) updateMessage(c *call) (any, error) {
	var in sendBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, _, err := f.reach(c.path("message_id"))
	switch {
	case err != nil:
		return nil, err
	case m.Deleted:
		return nil, refuse(codeDeleted, "")
	case m.Sender != f.world.app.ID:
		return nil, refuse(codeNotOwnEdit, "")
	case in.MsgType != "text" && in.MsgType != "post" || m.Type == "interactive":
		return nil, refuse(codeParam, "only text and post can be edited")
	case m.Edits >= 20:
		return nil, refuse(codeEditedOut, "")
	}
	if err := checkContent(in.MsgType, in.Content); err != nil {
		return nil, err
	}
	m.Type, m.Content, m.Updated = in.MsgType, in.Content, time.Now()
	m.Edits++
	f.touch(m.Chat)
	return f.view(m), nil
}
