package sandbox

import (
	"encoding/base64"
	"encoding/json"
)

// updateCard is POST /interactive/v1/card/update: it replaces a card with the token of a press.
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
	case tok == nil || tok.left == 0 || f.now().After(tok.expires):
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
	m.Content, m.Updated = string(in.Card), f.now()
	f.notify(m.Chat)
	return nil, nil
}

// sendEphemeral is POST /ephemeral/v1/send: a card for one person in a group, named by open_id, else user_id, else
// email.
func (f *Feishu) sendEphemeral(c *call) (any, error) {
	var in struct {
		ChatID  string          `json:"chat_id"`
		OpenID  string          `json:"open_id"`
		UserID  string          `json:"user_id"`
		Email   string          `json:"email"`
		MsgType string          `json:"msg_type"`
		Card    json.RawMessage `json:"card"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	ch, ok := f.world.chats[in.ChatID]
	if !ok {
		return nil, refuse(codeParam, "invalid chat_id")
	}
	if err := f.checkMember(c.actor, ch); err != nil {
		return nil, err
	}
	if ch.Mode != Group {
		return nil, refuse(codeEphemeralThread, "")
	}
	u, err := f.ephemeralFor(c.app, ch, in.OpenID, in.UserID, in.Email)
	switch {
	case err != nil:
		return nil, err
	case in.MsgType != "interactive":
		return nil, refuse(codeParam, "invalid msg_type")
	case !isObject(in.Card):
		return nil, badRequest()
	}
	if err := checkCard(in.Card); err != nil {
		return nil, err
	}
	switch {
	case c.app.offline[u.OpenID], c.app.unreachable[u.OpenID]:
		return nil, refuse(codeUnreachable, "")
	case !f.limiter.allow("ephemeral "+ch.ID, f.limiter.limits.EphemeralsPerChat, f.now()):
		return nil, refuse(codeSendLimit, "")
	}
	m, err := f.insertDraft(draft{chat: ch.ID, sender: c.app.ID, kind: "interactive", content: string(in.Card)})
	if err != nil {
		return nil, err
	}
	m.Ephemeral = u.OpenID
	return map[string]any{"message_id": m.ID}, nil
}

// ephemeralFor finds the receiver of an ephemeral card.
func (f *Feishu) ephemeralFor(a *app, ch *chat, openID, userID, email string) (User, error) {
	kind, id := "open_id", openID
	switch {
	case openID != "":
	case userID != "":
		kind, id = "user_id", userID
	default:
		kind, id = "email", email
	}
	u, err := f.person(a, kind, id)
	if err == nil && !ch.hasMember(u.OpenID) {
		err = refuse(codeParam, "invalid "+kind)
	}
	return u, err
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
	case !ok || m.Ephemeral == "" || m.Sender != c.app.ID:
		return nil, refuse(codeParam, "invalid message_id")
	case m.Deleted:
		return nil, refuse(codeEphemeralGone, "")
	}
	m.Deleted, m.RecalledBy, m.RecalledAt = true, c.app.ID, f.now()
	f.notify(m.Chat)
	return nil, nil
}

// decodeAck decodes the base64 body of a websocket ack.
func decodeAck(data string) ([]byte, error) {
	if data == "" {
		return nil, nil
	}
	return base64.StdEncoding.DecodeString(data)
}
