package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

const cardAction = "card.action.trigger"

// Codes that the client shows after a failed press.
const (
	PressNoURL     = 200340 // no callback URL
	PressTimeout   = 200341 // no response in time
	PressNoConnect = 200342 // TCP failed
	PressNoDNS     = 200343 // DNS failed
	PressBadStatus = 200671 // status other than 200
	PressBadBody   = 200672 // not the JSON of a response
	PressBadCard   = 200673 // invalid card
	PressDowngrade = 200830 // a 2.0 card can't become 1.0
)

// PressResult is the result of a button press.
type PressResult struct {
	Code  int             // 0, or the code that the client shows
	Toast Toast           // toast, if any
	Card  json.RawMessage // new card, if any
	Body  []byte          // raw response
}

// Toast is a short message over the chat.
type Toast struct {
	Type    string            `json:"type"` // info, success, error or warning
	Content string            `json:"content"`
	I18n    map[string]string `json:"i18n"`
}

// cardToken lets the bot update a card twice within half an hour after the callback.
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
	Value      any            `json:"value"`
	Tag        string         `json:"tag"`
	Timezone   string         `json:"timezone"`
	Name       string         `json:"name,omitempty"`
	FormValue  map[string]any `json:"form_value,omitempty"`
	InputValue string         `json:"input_value,omitempty"`
	Option     string         `json:"option,omitempty"`
	Options    []string       `json:"options,omitempty"`
}

type pressContext struct {
	OpenMessageID string `json:"open_message_id"`
	OpenChatID    string `json:"open_chat_id"`
}

// PressSpec is an action of a person on a card. Only the fields of the component's type are sent.
type PressSpec struct {
	User, Message string
	Value         any            // value of the button
	Tag           string         // default button
	Name          string         // name of the component, if any
	Form          map[string]any // values of a form: by field, a string or a list of strings
	Input         string         // value of an input outside a form
	Option        string         // selected option outside a form
	Options       []string       // selected options of a multiple choice
}

// Press presses a button with this value. It is PressWith without a form.
func (f *Feishu) Press(ctx context.Context, user, message string, value any) (PressResult, error) {
	return f.PressWith(ctx, PressSpec{User: user, Message: message, Value: value})
}

// PressWith acts on a card as a person, waits for the bot's response and shows it. An error means that the person
// could not press; a failed callback is a Code.
func (f *Feishu) PressWith(ctx context.Context, p PressSpec) (PressResult, error) {
	ev, tok, err := f.newPress(p)
	if err != nil {
		return PressResult{}, err
	}
	if ev == nil {
		return PressResult{Code: PressNoURL}, nil
	}
	out := f.pushOnce(ctx, ev)
	f.recordDelivery(ev, 1, out)
	res := pressResult(out)
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.world.messages[p.Message]
	if m == nil { // meanwhile another case was loaded
		return res, nil
	}
	if res.Card != nil && isV2(f.cardOf(m)) && !isV2(string(res.Card)) {
		res.Code, res.Card = PressDowngrade, nil
	}
	if res.Card != nil && !m.Deleted {
		m.Content, m.Updated = string(res.Card), f.now()
		f.notify(m.Chat)
	}
	f.cards[tok] = &cardToken{message: p.Message, expires: f.now().Add(30 * time.Minute), left: 2}
	return res, nil
}

// newPress creates the callback of a press; nil if there is no receiver.
func (f *Feishu) newPress(p PressSpec) (*event, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, ok := f.world.messages[p.Message]
	u, person := f.world.users[p.User]
	switch {
	case !ok || !person || !f.world.chats[m.Chat].hasMember(p.User) || (m.Ephemeral != "" && m.Ephemeral != p.User):
		return nil, "", fmt.Errorf("press: %q can't see %q", p.User, p.Message)
	case m.Deleted:
		return nil, "", refuse(codeDeleted, "")
	case m.Type != "interactive":
		return nil, "", fmt.Errorf("press: %s is not a card", p.Message)
	}
	a := f.world.apps[m.Sender]
	if a == nil || !a.receives(cardAction) {
		return nil, "", nil
	}
	tok := "c-" + f.ids.hex(40)
	op := pressOperator{
		TenantKey: f.world.tenant, OpenID: f.openIDFor(a, u.OpenID), UnionID: u.UnionID, UserID: f.userOf(a, p.User).UserID,
	}
	return f.newEvent(a, cardAction, m.Chat, pressEvent{
		Operator: op, Token: tok, Host: "im_message",
		Action: pressAction{
			Value: p.Value, Tag: orElse(p.Tag, "button"), Timezone: "Asia/Shanghai", Name: p.Name,
			FormValue: p.Form, InputValue: p.Input, Option: p.Option, Options: p.Options,
		},
		Context: pressContext{OpenMessageID: m.ID, OpenChatID: m.Chat},
	}), tok, nil
}

// pressResult evaluates the response to a callback as the client does.
func pressResult(out pushResult) PressResult {
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
	if len(bytes.TrimSpace(out.answer)) == 0 {
		return res // no change: the SDKs' response for a handler without a result
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
	if in.Card.Type != "raw" || checkCard(in.Card.Data) != nil {
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

func isV2(card string) bool {
	var v struct {
		Schema string `json:"schema"`
	}
	return json.Unmarshal([]byte(card), &v) == nil && v.Schema == "2.0"
}
