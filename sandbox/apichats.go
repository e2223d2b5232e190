package sandbox

import (
	"slices"
	"strconv"
)

// chatView is a chat as the API shows it. Who owns it is left out for a bot owner and for p2p.
type chatView struct {
	Avatar      string     `json:"avatar"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	I18nNames   *i18nNames `json:"i18n_names,omitempty"`
	OwnerIDType string     `json:"owner_id_type,omitempty"`
	OwnerID     string     `json:"owner_id,omitempty"`
	UserCount   string     `json:"user_count"`
	BotCount    string     `json:"bot_count"`
	ChatStatus  string     `json:"chat_status"` // normal, dissolved, dissolved_save

	UserManagers     []string `json:"user_manager_id_list,omitempty"`
	BotManagers      []string `json:"bot_manager_id_list,omitempty"`
	GroupMessageType string   `json:"group_message_type,omitempty"` // chat or thread
	ChatMode         string   `json:"chat_mode,omitempty"`          // group, topic, p2p
	ChatType         string   `json:"chat_type,omitempty"`          // private or public
	ChatTag          string   `json:"chat_tag,omitempty"`
	TenantKey        string   `json:"tenant_key,omitempty"`
	External         *bool    `json:"external,omitempty"`
}

// getChat is GET /im/v1/chats/:chat_id: little for one who is not in it.
func (f *Feishu) getChat(c *call) (any, error) {
	ch, ok := f.world.chats[c.path("chat_id")]
	switch {
	case !ok:
		return nil, refuse(codeChatUnknown, "")
	case f.world.disabled:
		return nil, refuse(codeBotDisabled, "")
	case ch.External && f.world.noExternal:
		return nil, refuse(codeExternal, "")
	}
	v := chatView{
		Name: ch.Name, UserCount: strconv.Itoa(len(ch.Members)), BotCount: strconv.Itoa(len(ch.Bots)), ChatStatus: ch.status(),
	}
	if !ch.hasBot(f.world.app.ID) {
		return v, nil
	}
	v.I18nNames = &i18nNames{ch.Name, ch.Name, ch.Name}
	v.OwnerIDType, v.OwnerID = f.ownerView(ch)
	for _, id := range ch.Managers {
		v.UserManagers = append(v.UserManagers, f.idOf(c, id))
	}
	if v.OwnerID != "" {
		v.OwnerIDType, v.OwnerID = orElse(c.query("user_id_type"), "open_id"), f.idOf(c, v.OwnerID)
	}
	v.BotManagers = slices.Clone(ch.BotManagers)
	v.GroupMessageType, v.ChatMode = "chat", string(ch.Mode)
	if ch.Mode == Topic {
		v.GroupMessageType = "thread"
	}
	v.ChatType, v.ChatTag, v.TenantKey, v.External = "private", "inner", f.world.tenant, &ch.External
	return v, nil
}

// idOf shows a person under the user_id_type that the call asks for.
func (f *Feishu) idOf(c *call, openID string) string {
	u := f.world.users[openID]
	switch c.query("user_id_type") {
	case "union_id":
		return u.UnionID
	case "user_id":
		return u.UserID
	}
	return u.OpenID
}

func (f *Feishu) ownerView(ch *chat) (idType, id string) {
	if _, user := f.world.users[ch.Owner]; !user || ch.Mode == P2P {
		return "", ""
	}
	return "open_id", ch.Owner
}

func (c *chat) status() string {
	switch {
	case c.KeptHistory:
		return "dissolved_save"
	case c.Disbanded:
		return "dissolved"
	}
	return "normal"
}

// chatItem is a chat in a list.
type chatItem struct {
	ChatID      string `json:"chat_id"`
	Avatar      string `json:"avatar"`
	Name        string `json:"name"`
	Description string `json:"description"`
	OwnerIDType string `json:"owner_id_type,omitempty"`
	OwnerID     string `json:"owner_id,omitempty"`
	External    bool   `json:"external"`
	TenantKey   string `json:"tenant_key"`
	ChatStatus  string `json:"chat_status"`
}

// listChats is GET /im/v1/chats: the groups our bot is in.
func (f *Feishu) listChats(c *call) (any, error) {
	var found []chatItem
	for _, id := range f.world.order {
		ch := f.world.chats[id]
		if ch.Mode == P2P || ch.Disbanded || !ch.hasBot(f.world.app.ID) {
			continue
		}
		item := chatItem{ChatID: id, Name: ch.Name, External: ch.External, TenantKey: f.world.tenant, ChatStatus: ch.status()}
		item.OwnerIDType, item.OwnerID = f.ownerView(ch)
		found = append(found, item)
	}
	return pageOf(c, found, 20, 100, func(v chatItem) string { return v.ChatID })
}

type memberView struct {
	MemberIDType string `json:"member_id_type"`
	MemberID     string `json:"member_id"`
	Name         string `json:"name"`
	TenantKey    string `json:"tenant_key"`
}

type memberPage struct {
	page[memberView]
	MemberTotal int `json:"member_total"`
}

// insider finds a chat that our bot is in.
func (f *Feishu) insider(c *call) (*chat, error) {
	ch, ok := f.world.chats[c.path("chat_id")]
	switch {
	case !ok:
		return nil, refuse(codeChatUnknown, "")
	case ch.Disbanded:
		return nil, refuse(codeDissolved, "")
	case !ch.hasBot(f.world.app.ID):
		return nil, refuse(codeNotInChat, "")
	case ch.External && f.world.noExternal:
		return nil, refuse(codeExternal, "")
	}
	return ch, nil
}

// listMembers is GET /im/v1/chats/:chat_id/members: people, never bots.
func (f *Feishu) listMembers(c *call) (any, error) {
	ch, err := f.insider(c)
	if err != nil {
		return nil, err
	}
	var found []memberView
	for _, id := range ch.Members {
		found = append(found, memberView{"open_id", id, f.world.name(id), f.world.tenant})
	}
	p, err := pageOf(c, found, 20, 100, func(v memberView) string { return v.MemberID })
	return memberPage{p, len(ch.Members)}, err
}

// isInChat is GET /im/v1/chats/:chat_id/members/is_in_chat.
func (f *Feishu) isInChat(c *call) (any, error) {
	ch, ok := f.world.chats[c.path("chat_id")]
	if !ok {
		return nil, refuse(codeChatUnknown, "")
	}
	return map[string]any{"is_in_chat": ch.hasBot(f.world.app.ID)}, nil
}

// addManagers is POST /im/v1/chats/:chat_id/managers/add_managers.
func (f *Feishu) addManagers(c *call) (any, error) { return f.setManagers(c, true) }

// deleteManagers is POST /im/v1/chats/:chat_id/managers/delete_managers.
func (f *Feishu) deleteManagers(c *call) (any, error) { return f.setManagers(c, false) }

// setManagers is open to the owner alone, so a bot can't promote itself.
func (f *Feishu) setManagers(c *call, on bool) (any, error) {
	var in struct {
		ManagerIDs []string `json:"manager_ids"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	ch, err := f.insider(c)
	if err != nil {
		return nil, err
	}
	if ch.Owner != f.world.app.ID {
		return nil, refuse(codeNotOwner, "")
	}
	for _, id := range in.ManagerIDs {
		if !ch.hasMember(id) {
			return nil, refuse(codeParam, "manager_ids")
		}
		ch.dropManager(id)
		if list := ch.managers(id); on {
			*list = append(*list, id)
		}
	}
	if len(ch.Managers)+len(ch.BotManagers) > 10 {
		for _, id := range in.ManagerIDs {
			ch.dropManager(id)
		}
		return nil, refuse(codeManagerLimit, "")
	}
	f.touch(ch.ID)
	return map[string]any{
		"chat_managers": append([]string{}, ch.Managers...), "chat_bot_managers": append([]string{}, ch.BotManagers...),
	}, nil
}
