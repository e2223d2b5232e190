package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// order is the body of every order; orderSpec lists the fields of each.
type order struct {
	As       string          `json:"as"`
	App      string          `json:"app"`
	Chat     string          `json:"chat"`
	Message  string          `json:"message"`
	User     string          `json:"user"`
	Text     string          `json:"text"`
	Type     string          `json:"type"`
	Content  string          `json:"content"`
	ReplyTo  string          `json:"reply_to"`
	InThread bool            `json:"in_thread"`
	Quote    bool            `json:"quote"`
	Mention  []string        `json:"mention"`
	Count    int             `json:"count"`
	Emoji    string          `json:"emoji"`
	Remove   bool            `json:"remove"`
	Value    json.RawMessage `json:"value"`
	Tag      string          `json:"tag"`
	Name     string          `json:"name"`
	Form     map[string]any  `json:"form"`
	Input    string          `json:"input"`
	Option   string          `json:"option"`
	Options  []string        `json:"options"`
	On       bool            `json:"on"`
	Scope    string          `json:"scope"`
	Language string          `json:"language"`
	How      string          `json:"how"`
	By       timespan        `json:"by"`

	worldOrder
	platformOrder
}

// orders are all orders of the control API.
func orders() []orderSpec {
	return append(append(personOrders(), worldOrders()...), platformOrders()...)
}

// personOrders are actions of people and bots in chats.
func personOrders() []orderSpec {
	list := func(names string) []string { return strings.Fields(names) }
	return []orderSpec{
		{"say", list("as chat"), list("text type content reply_to in_thread quote mention"), (*Feishu).orderSay},
		{"post", list("chat"), list("app text type content reply_to in_thread count"), (*Feishu).orderPost},
		{"react", list("message emoji"), list("as app remove"), (*Feishu).orderReact},
		{"recall", list("as message"), nil, (*Feishu).orderRecall},
		{"read", list("as message"), nil, (*Feishu).orderRead},
		{"press", list("as message"), list("value tag name form input option options"), (*Feishu).orderPress},
		{"pin", list("as message on"), nil, (*Feishu).orderPin},
		{"age", list("message by"), nil, (*Feishu).orderAge},
		{"flood", list("chat count"), list("app"), (*Feishu).orderFlood},
		{"wild", list("chat how"), nil, (*Feishu).orderWild},
		{"answer", list("address as on"), nil, (*Feishu).orderAnswer},
	}
}

// done is the response of an order without a result.
func done(err error) (any, error) { return struct{}{}, err }

func (f *Feishu) orderSay(_ *http.Request, in order) (any, error) {
	id, err := f.Say(SaySpec{
		Chat: in.Chat, From: in.As, Text: in.Text, Type: in.Type, Content: in.Content, ReplyTo: in.ReplyTo, Thread: in.InThread,
		Quote: in.Quote, Mentions: in.Mention, ByName: true,
	})
	return map[string]string{"id": id}, err
}

// maxPosts limits the posts of one order.
const maxPosts = 500

func (f *Feishu) orderPost(_ *http.Request, in order) (any, error) {
	if in.Count > maxPosts {
		return nil, fmt.Errorf("post: at most %d at once", maxPosts)
	}
	var ids []string
	for i := range max(in.Count, 1) {
		text := in.Text
		if in.Count > 1 {
			text = fmt.Sprintf("%s %d/%d", in.Text, i+1, in.Count)
		}
		spec := PostSpec{
			Chat: in.Chat, App: in.App, Text: text, Type: in.Type, Content: in.Content, ReplyTo: in.ReplyTo, Thread: in.InThread,
		}
		if in.Type == "interactive" && in.Content == "" {
			spec.Content = plainCard(text)
		}
		id, err := f.Post(spec)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return map[string]any{"id": ids[0], "ids": ids}, nil
}

func (f *Feishu) orderReact(_ *http.Request, in order) (any, error) {
	switch {
	case (in.As == "") == (in.App == ""):
		return nil, errors.New("react: say who, as a person or as an app")
	case in.Remove:
		return done(f.Unreact(in.As+in.App, in.Message, in.Emoji))
	case in.App != "":
		return done(f.ReactAsApp(in.App, in.Message, in.Emoji))
	}
	return done(f.React(in.As, in.Message, in.Emoji))
}

func (f *Feishu) orderRecall(_ *http.Request, in order) (any, error) {
	return done(f.RecallAs(in.As, in.Message))
}

func (f *Feishu) orderRead(_ *http.Request, in order) (any, error) {
	return done(f.Read(in.As, in.Message))
}

// orderPress returns the code that the client would show, and the toast.
func (f *Feishu) orderPress(r *http.Request, in order) (any, error) {
	res, err := f.PressWith(r.Context(), PressSpec{
		User: in.As, Message: in.Message, Value: in.Value, Tag: in.Tag, Name: in.Name,
		Form: in.Form, Input: in.Input, Option: in.Option, Options: in.Options,
	})
	if err != nil {
		return nil, err
	}
	out := map[string]any{"code": res.Code}
	if res.Toast.Content != "" || len(res.Toast.I18n) > 0 {
		out["toast"] = res.Toast
	}
	return out, nil
}

func (f *Feishu) orderPin(_ *http.Request, in order) (any, error) {
	if in.On {
		return done(f.Pin(in.As, in.Message))
	}
	return done(f.Unpin(in.As, in.Message))
}

func (f *Feishu) orderAge(_ *http.Request, in order) (any, error) {
	return done(f.Age(in.Message, time.Duration(in.By)))
}

func (f *Feishu) orderFlood(_ *http.Request, in order) (any, error) {
	ids, err := f.Flood(in.Chat, in.App, in.Count)
	return map[string]any{"ids": ids}, err
}

func (f *Feishu) orderWild(_ *http.Request, in order) (any, error) {
	return done(f.GoWild(in.Chat, Wild(in.How)))
}

// orderAnswer acts as a person on a consent, device or registration page.
func (f *Feishu) orderAnswer(_ *http.Request, in order) (any, error) {
	switch {
	case strings.Contains(in.Address, devicePath):
		return done(f.AnswerDevice(in.Address, in.As, in.On))
	case strings.Contains(in.Address, launcherPath):
		return done(f.AnswerRegistration(in.Address, in.On))
	}
	back, err := f.Consent(in.Address, in.As, in.On)
	return map[string]string{"location": back}, err
}

// timespan is a duration as text: "90s", "1h30m".
type timespan time.Duration

// UnmarshalJSON implements json.Unmarshaler.
func (s *timespan) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return errors.New(`a length of time is written like "90s" or "1h30m"`)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("a length of time is written like \"90s\" or \"1h30m\": %w", err)
	}
	*s = timespan(d)
	return nil
}
