package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

type stateView struct {
	Me      string        `json:"me"`
	Users   []userView    `json:"users"`
	Bot     botView       `json:"bot"`
	Apps    []appView     `json:"apps"`
	Chats   []chatSummary `json:"chats"`
	Scopes  []string      `json:"scopes"`
	API     apiView       `json:"api"`
	Webhook webhookView   `json:"webhook"`
	// Commands are shell commands that the page shows.
	Commands []Command `json:"commands"`
	// Language is the bot's, if the sandbox knows it.
	Language string `json:"language"`
	// Switches are the faults that can be switched; OtherFaults counts those of the order fault.
	Switches    []switchView `json:"switches"`
	OtherFaults int          `json:"other_faults"`
}

type userView struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	RoleHint string `json:"role_hint"` // highest rank in any group: owner, manager or member
}

type botView struct {
	AppID  string `json:"app_id"`
	OpenID string `json:"open_id"`
	Name   string `json:"name"`
}

type appView struct {
	AppID string `json:"app_id"`
	Name  string `json:"name"`
}

type chatSummary struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Mode        Mode     `json:"mode"`
	Owner       string   `json:"owner"`
	OwnerName   string   `json:"owner_name"`
	Managers    []string `json:"managers"`
	BotManagers []string `json:"bot_managers"`
	Members     []string `json:"members"`
	Bots        []string `json:"bots"`
	External    bool     `json:"external"`
	Disbanded   bool     `json:"disbanded"`
	Last        lastView `json:"last"`
}

type lastView struct {
	Text   string `json:"text"`
	At     int64  `json:"at"`
	Unread int    `json:"unread"` // counted by the page
}

type apiView struct {
	BaseURL string `json:"base_url"`
	AppID   string `json:"app_id"`
	Brand   string `json:"brand"` // feishu or lark
}

type webhookView struct {
	URL        string `json:"url"`
	OK         bool   `json:"ok"` // the last push was acknowledged
	LastStatus int    `json:"last_status"`
	Sockets    int    `json:"sockets"` // websockets that receive events
}

func (f *Feishu) controlState(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	out := f.stateFor(r.URL.Query().Get("as"), "http://"+r.Host)
	f.mu.Unlock()
	writeJSON(w, http.StatusOK, out)
}

func (f *Feishu) stateFor(as, base string) stateView {
	wd := f.world
	out := stateView{
		Me: as, Users: []userView{}, Apps: []appView{}, Chats: []chatSummary{}, Scopes: append([]string{}, sorted(wd.app.scopes)...),
		Bot:     botView{wd.app.ID, wd.app.OpenID, wd.app.Name},
		API:     apiView{base, wd.app.ID, f.brand().name},
		Webhook: webhookView{wd.app.eventURL, f.push.lastStatus == http.StatusOK, f.push.lastStatus, State{f}.Sockets()}, Commands: append([]Command{}, f.commands...),
		Language: f.hooks.Language,
	}
	out.Switches, out.OtherFaults = f.switchViews()
	if _, ok := wd.users[as]; !ok && len(wd.people) > 0 {
		out.Me = wd.people[0]
	}
	for _, id := range wd.people {
		out.Users = append(out.Users, userView{id, wd.name(id), wd.roleHint(id)})
	}
	for id, a := range wd.apps {
		if id != wd.app.ID {
			out.Apps = append(out.Apps, appView{id, a.Name})
		}
	}
	slices.SortFunc(out.Apps, func(a, b appView) int { return strings.Compare(a.Name, b.Name) })
	for _, id := range wd.order {
		out.Chats = append(out.Chats, f.summary(wd.chats[id], out.Me))
	}
	return out
}

func (w *world) roleHint(id string) string {
	hint := "member"
	for _, c := range w.chats {
		switch c.rank(id) {
		case "group_owner":
			return "owner"
		case "group_manager":
			hint = "manager"
		}
	}
	return hint
}

func (f *Feishu) summary(c *chat, as string) chatSummary {
	out := chatSummary{
		ID: c.ID, Name: c.Name, Mode: c.Mode, Owner: c.Owner, OwnerName: f.world.name(c.Owner),
		Managers: append([]string{}, c.Managers...), BotManagers: append([]string{}, c.BotManagers...),
		Members: append([]string{}, c.Members...), Bots: append([]string{}, c.Bots...),
		External: c.External, Disbanded: c.Disbanded,
	}
	if c.Mode == P2P && out.Name == "" {
		out.Name = f.world.app.Name
	}
	for _, m := range slices.Backward(c.messages) {
		if !m.Deleted && (m.Ephemeral == "" || m.Ephemeral == as) {
			out.Last = lastView{Text: f.plain(m), At: m.Created.UnixMilli()}
			break
		}
	}
	return out
}

type messageItem struct {
	ID        string          `json:"id"`
	Chat      string          `json:"chat"`
	Thread    string          `json:"thread"`
	Root      string          `json:"root"`
	Parent    string          `json:"parent"`
	Sender    senderItem      `json:"sender"`
	Type      string          `json:"type"`
	Text      string          `json:"text"`
	Card      json.RawMessage `json:"card"`
	At        int64           `json:"at"`
	Deleted   bool            `json:"deleted"`
	Recalled  *recalledItem   `json:"recalled_by"`
	Ephemeral bool            `json:"ephemeral"`
	Reactions []reactionItem  `json:"reactions"`
	Pinned    bool            `json:"pinned"`
}

type senderItem struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind"` // user, bot, me_bot or system
}

type recalledItem struct {
	Name string `json:"name"`
	Role string `json:"role"` // sender, owner or manager
}

type reactionItem struct {
	Emoji string   `json:"emoji"`
	By    []string `json:"by"`
	Mine  bool     `json:"mine"`
}

// item is a message for one person; a recalled one has no content but who recalled it.
func (f *Feishu) item(m *Message, as string) messageItem {
	out := messageItem{
		ID: m.ID, Chat: m.Chat, Thread: m.Thread, Root: m.Root, Parent: m.Parent, Type: m.Type,
		At: m.Created.UnixMilli(), Deleted: m.Deleted, Ephemeral: m.Ephemeral != "", Pinned: m.Pinned,
		Reactions: []reactionItem{}, Sender: senderItem{m.Sender, f.world.name(m.Sender), f.kind(m.Sender)},
	}
	if m.Deleted {
		role := map[string]string{"group_owner": "owner", "group_manager": "manager"}[m.RecallType]
		out.Recalled = &recalledItem{f.world.name(m.RecalledBy), orElse(role, "sender")}
		return out
	}
	out.Text = f.plain(m)
	if card := []byte(f.cardOf(m)); m.Type == "interactive" && json.Valid(card) {
		out.Card = card
	}
	for _, r := range m.Reactions {
		i := slices.IndexFunc(out.Reactions, func(have reactionItem) bool { return have.Emoji == r.Emoji })
		if i < 0 {
			i = len(out.Reactions)
			out.Reactions = append(out.Reactions, reactionItem{Emoji: r.Emoji})
		}
		out.Reactions[i].By = append(out.Reactions[i].By, f.world.name(r.By))
		out.Reactions[i].Mine = out.Reactions[i].Mine || r.By == as
	}
	return out
}

func (f *Feishu) kind(sender string) string {
	switch sender {
	case f.world.app.ID:
		return "me_bot"
	case "":
		return "system"
	}
	if _, app := f.world.apps[sender]; app {
		return "bot"
	}
	return "user"
}
