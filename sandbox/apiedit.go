package sandbox

import (
	"encoding/json"
	"time"
)

// patchMessage is PATCH /im/v1/messages/:message_id: it replaces the card of an own message.
func (f *Feishu) patchMessage(c *call) (any, error) {
	var in struct {
		Content string `json:"content"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, ch, err := f.findMessage(c.actor, c.path("message_id"))
	switch {
	case err != nil:
		return nil, err
	case m.Deleted:
		return nil, refuse(codeTargetGone, "")
	case m.Sender != c.senderID():
		return nil, refuse(codeNoPermission, "not the sender")
	case m.Type != "interactive" || m.Ephemeral != "":
		return nil, refuse(codeParam, "This message is NOT a card.")
	case f.now().Sub(m.Created) > 14*24*time.Hour:
		return nil, refuse(codePatchTooOld, "")
	case !f.limiter.allow("patch "+m.ID, f.limiter.limits.PatchesPerMessage, f.now()):
		return nil, refuse(codeSendLimit, "")
	}
	made, err := f.compose(c.actor, ch, "interactive", in.Content)
	if err != nil {
		return nil, err
	}
	if !updatable(m.Content) || !updatable(in.Content) {
		return nil, refuse(codeBadCard, "ErrCode: 200861; ErrMsg: config.update_multi must be true")
	}
	m.Content, m.Updated = made.content, f.now()
	f.notify(m.Chat)
	return nil, nil
}

// updatable reports whether a card may be replaced for everyone: always in JSON 2.0, else with update_multi.
func updatable(content string) bool {
	var card struct {
		Schema string `json:"schema"`
		Type   string `json:"type"`
		Config struct {
			UpdateMulti bool `json:"update_multi"`
		} `json:"config"`
	}
	err := json.Unmarshal([]byte(content), &card)
	return err == nil && (card.Schema == "2.0" || card.Type == "card" || card.Config.UpdateMulti)
}

// updateMessage is PUT /im/v1/messages/:message_id: it replaces the text of an own message.
func (f *Feishu) updateMessage(c *call) (any, error) {
	var in sendBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, ch, err := f.findMessage(c.actor, c.path("message_id"))
	switch {
	case err != nil:
		return nil, err
	case m.Deleted:
		return nil, refuse(codeDeleted, "")
	case m.Sender != c.senderID():
		return nil, refuse(codeNotOwnEdit, "")
	case in.MsgType != "text" && in.MsgType != "post" || m.Type == "interactive":
		return nil, refuse(codeParam, "invalid msg_type")
	case m.Edits >= 20:
		return nil, refuse(codeEditedOut, "")
	}
	made, err := f.compose(c.actor, ch, in.MsgType, in.Content)
	if err != nil {
		return nil, err
	}
	m.Type, m.Content, m.Mentions, m.Updated = in.MsgType, made.content, made.mentions, f.now()
	m.Edits++
	f.notify(m.Chat)
	return f.view(c, m), nil
}
