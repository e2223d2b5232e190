package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// worldOrder are the fields of orders that change people, chats and rights.
type worldOrder struct {
	Mode        Mode     `json:"mode"`
	Owner       string   `json:"owner"`
	Managers    []string `json:"managers"`
	Members     []string `json:"members"`
	External    bool     `json:"external"`
	KeepHistory bool     `json:"keep_history"`
	Scopes      []string `json:"scopes"`
	Event       string   `json:"event"`
	Ability     string   `json:"ability"`
	URL         string   `json:"url"`
	URLs        []string `json:"urls"`
	Unverified  bool     `json:"unverified"`
	Address     string   `json:"address"`

	Credentials
}

// worldOrders change people, chats and rights.
func worldOrders() []orderSpec {
	list := func(names string) []string { return strings.Fields(names) }
	return []orderSpec{
		{"person", list("name"), nil, (*Feishu).orderPerson},
		{"app", list("name"), list("app_id app_secret verification_token encrypt_key scopes"), (*Feishu).orderApp},
		{"chat", list("members"), list("name mode owner managers external"), (*Feishu).orderChat},
		{"member", list("chat user on"), nil, (*Feishu).orderMember},
		{"owner", list("chat user"), nil, (*Feishu).orderOwner},
		{"manager", list("chat user on"), nil, (*Feishu).orderManager},
		{"disband", list("chat"), list("keep_history"), (*Feishu).orderDisband},
		{"scope", list("scope on"), list("app"), (*Feishu).orderScope},
		{"subscribe", list("event on"), list("app"), (*Feishu).orderSubscribe},
		{"event_url", list("url"), list("app unverified"), (*Feishu).orderEventURL},
		{"websocket", nil, list("app"), (*Feishu).orderWebsocket},
		{"redirects", list("urls"), list("app"), (*Feishu).orderRedirects},
		{"ability", list("ability on"), list("app user"), (*Feishu).orderAbility},
	}
}

func (f *Feishu) orderPerson(_ *http.Request, in order) (any, error) {
	if err := checkName(in.Name); err != nil {
		return nil, err
	}
	u := f.AddUser(in.Name)
	return map[string]string{"open_id": u.OpenID, "union_id": u.UnionID, "user_id": u.UserID, "name": u.Name, "email": u.Email}, nil
}

func (f *Feishu) orderApp(_ *http.Request, in order) (any, error) {
	if err := checkName(in.Name); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	scopes := in.Scopes
	if scopes == nil {
		scopes = DefaultScopes()
	}
	a, err := f.install(in.Name, in.Credentials, scopes)
	if err != nil {
		return nil, err
	}
	f.notify()
	return f.appOf(a), nil
}

func (f *Feishu) orderChat(_ *http.Request, in order) (any, error) {
	if in.Name != "" {
		if err := checkName(in.Name); err != nil {
			return nil, err
		}
	}
	id, err := f.AddChat(ChatSpec{
		Name: in.Name, Mode: in.Mode, Owner: in.Owner, Managers: in.Managers, Members: in.Members, External: in.External,
		WithoutBot: true,
	})
	return map[string]string{"id": id}, err
}

func (f *Feishu) orderMember(_ *http.Request, in order) (any, error) {
	bot := strings.HasPrefix(in.User, "cli_")
	switch {
	case bot && in.On:
		return done(f.AddBot(in.Chat, in.User))
	case bot:
		return done(f.RemoveBot(in.Chat, in.User))
	case in.On:
		return done(f.AddMember(in.Chat, in.User))
	}
	return done(f.RemoveMember(in.Chat, in.User))
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

func (f *Feishu) orderDisband(_ *http.Request, in order) (any, error) {
	return done(f.Disband(in.Chat, in.KeepHistory))
}

// forApp changes the app that an order names, or the first one, and notifies waiters.
func (f *Feishu) forApp(in order, change func(a *app) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.world.app
	if in.App != "" {
		a = f.world.apps[in.App]
	}
	if a == nil {
		return fmt.Errorf("no app %q", in.App)
	}
	if err := change(a); err != nil {
		return err
	}
	f.notify()
	return nil
}

func (f *Feishu) orderScope(_ *http.Request, in order) (any, error) {
	var now []string
	err := f.forApp(in, func(a *app) error {
		delete(a.scopes, in.Scope)
		if in.On {
			a.scopes[in.Scope] = true
		}
		now = sorted(a.scopes)
		return nil
	})
	return map[string]any{"scopes": append([]string{}, now...)}, err
}

func (f *Feishu) orderSubscribe(_ *http.Request, in order) (any, error) {
	return done(f.forApp(in, func(a *app) error {
		a.unsubscribed[in.Event] = !in.On
		return nil
	}))
}

// orderEventURL saves an app's request URL after a successful challenge, as the console does.
func (f *Feishu) orderEventURL(r *http.Request, in order) (any, error) {
	var to *app
	if err := f.forApp(in, func(a *app) error { to = a; return nil }); err != nil {
		return nil, err
	}
	return done(f.saveEventURL(r.Context(), to, in.URL, !in.Unverified))
}

func (f *Feishu) saveEventURL(ctx context.Context, a *app, url string, verify bool) error {
	if verify {
		if err := f.challenge(ctx, a, url); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	a.eventURL = url
	f.notify()
	return nil
}

// orderWebsocket makes an app receive events by websocket.
func (f *Feishu) orderWebsocket(_ *http.Request, in order) (any, error) {
	return done(f.forApp(in, func(a *app) error {
		a.eventURL = ""
		return nil
	}))
}

func (f *Feishu) orderRedirects(_ *http.Request, in order) (any, error) {
	return done(f.forApp(in, func(a *app) error {
		a.redirects = in.URLs
		return nil
	}))
}

// orderAbility turns an app's abilities on or off: bot, external groups, availability for a person.
func (f *Feishu) orderAbility(_ *http.Request, in order) (any, error) {
	return done(f.forApp(in, func(a *app) error {
		switch in.Ability {
		case "bot":
			a.disabled = !in.On
		case "external":
			a.noExternal = !in.On
		case "reach":
			a.unreachable[in.User] = !in.On
		case "ephemeral":
			a.offline[in.User] = !in.On
		default:
			return errors.New("ability: want bot, external, reach or ephemeral")
		}
		return nil
	}))
}
