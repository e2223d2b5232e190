package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"time"
)

// updateCard is POST /interactive/v1/card/update: a new card through the token of a press.
func (f *Feishu) updateCard(c *call) (any, error) {
	var in struct {
		Token string          `json:"token"`
		Card  json.RawMessage `json:"card"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	tok := f.cards[in.Token]
	switch {
	case tok == nil || tok.left == 0 || time.Now().After(tok.expires):
		return nil, refuse(codeParam, "token is invalid or used up")
	}
	if err := checkCard(in.Card); err != nil {
		return nil, err
	}
	m := f.world.messages[tok.message]
	if m.Deleted {
		return nil, refuse(codeDeleted, "")
	}
	tok.left--
	m.Content, m.Updated = string(in.Card), time.Now()
	f.touch(m.Chat)
	return nil, nil
}

// sendEphemeral is POST /ephemeral/v1/send: a card for one person in a normal group.
func (f *Feishu) sendEphemeral(c *call) (any, error) {
	var in struct {
		ChatID  string          `json:"chat_id"`
		OpenID  string          `json:"open_id"`
		MsgType string          `json:"msg_type"`
		Card    json.RawMessage `json:"card"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	ch, ok := f.world.chats[in.ChatID]
	if !ok {
		return nil, refuse(codeParam, "chat_id")
	}
	if err := f.botIn(ch); err != nil {
		return nil, err
	}
	switch {
	case ch.Mode != Group:
		return nil, refuse(codeEphemeralThread, "")
	case !ch.hasMember(in.OpenID) || in.MsgType != "interactive" || !isObject(in.Card):
		return nil, refuse(codeParam, "open_id, msg_type or card")
	case checkCard(in.Card) != nil:
		return nil, checkCard(in.Card)
	case f.world.offline[in.OpenID], f.world.unreachable[in.OpenID]:
		return nil, refuse(codeUnreachable, "")
	case !f.gate.allow("ephemeral "+ch.ID, f.gate.limits.EphemeralsPerChat, time.Now()):
		return nil, refuse(codeSendLimit, "")
	}
	m, err := f.place(draft{chat: ch.ID, sender: f.world.app.ID, kind: "interactive", content: string(in.Card)})
	if err != nil {
		return nil, err
	}
	m.Ephemeral = in.OpenID
	return map[string]any{"message_id": m.ID}, nil
}

// deleteEphemeral is POST /ephemeral/v1/delete.
func (f *Feishu) deleteEphemeral(c *call) (any, error) {
	var in struct {
		MessageID string `json:"message_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, ok := f.world.messages[in.MessageID]
	switch {
	case !ok || m.Ephemeral == "" || m.Sender != f.world.app.ID:
		return nil, refuse(codeParam, "message_id")
	case m.Deleted:
		return nil, refuse(codeEphemeralGone, "")
	}
	m.Deleted, m.RecalledBy, m.RecalledAt = true, f.world.app.ID, time.Now()
	f.touch(m.Chat)
	return nil, nil
}

// decodeAck reads the base64 body of a websocket ack.
func decodeAck(data string) ([]byte, error) {
	if data == "" {
		return nil, nil
	}
	return base64.StdEncoding.DecodeString(data)
}
