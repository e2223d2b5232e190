package sandbox

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

const cardAction = "card.action.trigger"

// The codes that a person sees when a press went wrong.
const (
	PressNoURL     = 200340 // no callback URL
	PressTimeout   = 200341 // no answer in time
	PressNoConnect = 200342 // TCP failed
	PressNoDNS     = 200343 // DNS failed
	PressBadStatus = 200671 // an answer other than 200
	PressBadBody   = 200672 // not the JSON of a response
	PressBadCard   = 200673 // a card that can't be shown
	PressDowngrade = 200830 // a 2.0 card can't become 1.0
)

// PressResult is what came of a button press.
type PressResult struct {
	Code  int             // 0, or what the client shows
	Toast Toast           // what pops up, if anything
	Card  json.RawMessage // the card that took the old one's place, if any
	Body  []byte          // the answer as it came
}

// Toast is a short notice over the chat.
type Toast struct {
	Type    string            `json:"type"` // info, success, error or warning
	Content string            `json:"content"`
	I18n    map[string]string `json:"i18n"`
}

// cardToken lets the bot update a card later: twice, within half an hour, once the callback is answered.
type cardToken struct {
	message string
	expires time.Time
	left    int
}

type pressEvent struct {
	Operator pressOperator `json:"operator"`
	Token    string        `json:"token"`
	Action   pressAction   `json:"action"`
	Host     string        `json:"host"`
	Context  pressContext  `json:"context"`
}

type pressOperator struct {
	TenantKey string `json:"tenant_key"`
	UserID    string `json:"user_id,omitempty"`
	OpenID    string `json:"open_id"`
	UnionID   string `json:"union_id"`
}

type pressAction struct {
	Value     any            `json:"value"`
	Tag       string         `json:"tag"`
	Timezone  string         `json:"timezone"`
	FormValue map[string]any `json:"form_value,omitempty"`
}

type pressContext struct {
	OpenMessageID string `json:"open_message_id"`
	OpenChatID    string `json:"open_chat_id"`
}

// Press lets a person press a button of a card that carries value, waits for our bot's answer and shows it.
// The error says that the person could not press at all; a callback that failed is a Code.
func (f *Feishu) Press(ctx context.Context, user, message string, value any) (PressResult, error) {
	ev, tok, err := f.pressed(user, message, value)
	if err != nil {
		return PressResult{}, err
	}
	if ev == nil {
		return PressResult{Code: PressNoURL}, nil
	}
	out := f.transmit(ctx, ev)
	f.delivered(ev, 1, out)
	res := pressResult(out)
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.world.messages[message]
	if res.Card != nil && isTwo(m.Content) && !isTwo(string(res.Card)) {
		res.Code, res.Card = PressDowngrade, nil
	}
	if res.Card != nil && !m.Deleted {
		m.Content, m.Updated = string(res.Card), time.Now()
		f.touch(m.Chat)
	}
	f.cards[tok] = &cardToken{message: message, expires: time.Now().Add(30 * time.Minute), left: 2}
	return res, nil
}

// pressed makes the callback of a press; nil when there is nowhere to send it.
func (f *Feishu) pressed(user, message string, value any) (*event, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, ok := f.world.messages[message]
	u, person := f.world.users[user]
	switch {
	case !ok || !person || !f.world.chats[m.Chat].hasMember(user) || (m.Ephemeral != "" && m.Ephemeral != user):
		return nil, "", fmt.Errorf("press: %q can't see %q", user, message)
	case m.Deleted:
		return nil, "", refuse(codeDeleted, "")
	case m.Type != "interactive":
		return nil, "", fmt.Errorf("press: %s is not a card", message)
	case m.Sender != f.world.app.ID || f.world.unsent[cardAction] || (f.push.url == "" && !f.sockets.ever):
		return nil, "", nil
	}
	tok := "c-" + f.ids.hex(40)
	op := pressOperator{TenantKey: f.world.tenant, OpenID: u.OpenID, UnionID: u.UnionID, UserID: f.userOf(user).UserID}
	return f.newEvent(cardAction, m.Chat, pressEvent{
		Operator: op, Token: tok, Host: "im_message",
		Action:  pressAction{Value: value, Tag: "button", Timezone: "Asia/Shanghai"},
		Context: pressContext{OpenMessageID: m.ID, OpenChatID: m.Chat},
	}), tok, nil
}

// pressResult judges the answer to a callback as the client does.
func pressResult(out sent) PressResult {
	res := PressResult{Body: out.answer}
	if out.err != nil {
		res.Code = pressFailure(out.err)
		return res
	}
	if out.status != http.StatusOK {
		res.Code = PressBadStatus
		return res
	}
	var in struct {
		Toast *Toast `json:"toast"`
		Card  *struct {
			Type string          `json:"type"`
			Data json.RawMessage `json:"data"`
		} `json:"card"`
	}
	if len(bytes.TrimSpace(out.answer)) == 0 && out.via == "websocket" {
		return res // an ack without data changes nothing
	}
	if err := json.Unmarshal(out.answer, &in); err != nil {
		res.Code = PressBadBody
		return res
	}
	if in.Toast != nil {
		res.Toast = *in.Toast
	}
	if in.Card == nil {
		return res
	}
	if in.Card.Type != "raw" || !isObject(in.Card.Data) {
		res.Code = PressBadCard
		return res
	}
	res.Card = in.Card.Data
	return res
}

func pressFailure(err error) int {
	if _, dns := errors.AsType[*net.DNSError](err); dns {
		return PressNoDNS
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return PressNoConnect
	}
	return PressTimeout
}

func isObject(raw []byte) bool {
	var fields map[string]json.RawMessage
	return json.Unmarshal(raw, &fields) == nil && fields != nil
}

func isTwo(card string) bool {
	var v struct {
		Schema string `json:"schema"`
	}
	return json.Unmarshal([]byte(card), &v) == nil && v.Schema == "2.0"
}

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
	case !isObject(in.Card):
		return nil, refuse(codeBadCard, "ErrCode: 200621; ErrMsg: parse card json err")
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
