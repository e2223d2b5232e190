package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// serveControl serves what the chat page calls. A POST from another site's page is refused.
func (f *Feishu) serveControl(mux *http.ServeMux) {
	const api = "/sandbox/api/"
	mux.HandleFunc("GET "+api+"state", f.controlState)
	mux.HandleFunc("GET "+api+"chats/{chat}/messages", f.controlMessages)
	mux.HandleFunc("GET "+api+"events", f.controlEvents)
	own := http.NewCrossOriginProtection()
	for name, act := range map[string]func(r *http.Request, in order) (any, error){
		"say": f.orderSay, "post": f.orderPost, "react": f.orderReact, "recall": f.orderRecall,
		"press": f.orderPress, "owner": f.orderOwner, "manager": f.orderManager,
		"bot_manager": f.orderBotManager, "scope": f.orderScope,
		"pin": f.orderPin, "flood": f.orderFlood,
	} {
		mux.Handle("POST "+api+name, own.Handler(control(act)))
	}
}

// order is the body of every POST of the page; each takes the fields it needs.
type order struct {
	As       string          `json:"as"`
	Chat     string          `json:"chat"`
	Text     string          `json:"text"`
	ReplyTo  string          `json:"reply_to"`
	InThread bool            `json:"in_thread"`
	App      string          `json:"app"`
	Type     string          `json:"type"`
	Count    int             `json:"count"`
	Message  string          `json:"message"`
	Emoji    string          `json:"emoji"`
	Remove   bool            `json:"remove"`
	Value    json.RawMessage `json:"value"`
	Tag      string          `json:"tag"`
	Name     string          `json:"name"`
	Form     map[string]any  `json:"form"`
	Input    string          `json:"input"`
	Option   string          `json:"option"`
	Options  []string        `json:"options"`
	User     string          `json:"user"`
	On       bool            `json:"on"`
	Scope    string          `json:"scope"`
}

func control(act func(r *http.Request, in order) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in order
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil {
			err = json.Unmarshal(body, &in)
		}
		if err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "request body: " + err.Error()})
			return
		}
		out, err := act(r, in)
		if err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		writeJSON(w, http.StatusOK, out)
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own structs always are JSON
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the page may have gone
}

// done is the answer of an order that makes nothing.
func done(err error) (any, error) { return struct{}{}, err }

func (f *Feishu) orderSay(_ *http.Request, in order) (any, error) {
	id, err := f.Say(SaySpec{
		Chat: in.Chat, From: in.As, Text: in.Text, ReplyTo: in.ReplyTo, Thread: in.InThread,
		ByName: true,
	})
	return map[string]string{"id": id}, err
}

// maxPosts is how many posts one order makes at most.
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
		spec := PostSpec{Chat: in.Chat, App: in.App, Text: text, ReplyTo: in.ReplyTo, Thread: in.InThread}
		if in.Type == "card" || in.Type == "interactive" {
			spec.Type, spec.Content = "interactive", plainCard(text)
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
	if in.Remove {
		return done(f.Unreact(in.As, in.Message, in.Emoji))
	}
	return done(f.React(in.As, in.Message, in.Emoji))
}

func (f *Feishu) orderRecall(_ *http.Request, in order) (any, error) {
	return done(f.RecallAs(in.As, in.Message))
}

// orderPress gives the code that the client would show, and the bot's toast.
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

func (f *Feishu) orderFlood(_ *http.Request, in order) (any, error) {
	ids, err := f.Flood(in.Chat, in.App, in.Count)
	return map[string]any{"ids": ids}, err
}

func (f *Feishu) orderOwner(_ *http.Request, in order) (any, error) {
	return done(f.SetOwner(in.Chat, in.User))
}

func (f *Feishu) orderManager(_ *http.Request, in order) (any, error) {
	if in.On {
		return done(f.AddManager(in.Chat, in.User))
	}
	return done(f.RemoveManager(in.Chat, in.User))
}

func (f *Feishu) orderBotManager(r *http.Request, in order) (any, error) {
	in.User = f.world.app.ID
	return f.orderManager(r, in)
}

func (f *Feishu) orderScope(_ *http.Request, in order) (any, error) {
	if in.Scope == "" {
		return nil, errors.New("scope: none named")
	}
	if in.On {
		f.Grant(in.Scope)
	} else {
		f.Revoke(in.Scope)
	}
	return map[string]any{"scopes": f.Scopes()}, nil
}
