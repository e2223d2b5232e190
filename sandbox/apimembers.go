package sandbox

import "slices"

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

// memberChat finds a chat that the caller is in.
func (f *Feishu) memberChat(c *call) (*chat, error) {
	ch, ok := f.world.chats[c.path("chat_id")]
	switch {
	case !ok:
		return nil, refuse(codeChatUnknown, "")
	case c.app.disabled:
		return nil, refuse(codeChatBotDisabled, "")
	case ch.Disbanded:
		return nil, refuse(codeDissolved, "")
	case !ch.hasMember(c.senderID()):
		return nil, refuse(codeNotInChat, "")
	case ch.External && c.app.noExternal:
		return nil, refuse(codeExternal, "")
	}
	return ch, nil
}

// listMembers is GET /im/v1/chats/:chat_id/members: people, never bots.
func (f *Feishu) listMembers(c *call) (any, error) {
	ch, err := f.memberChat(c)
	if err != nil {
		return nil, err
	}
	if err := c.oneOf("member_id_type", idTypes()...); err != nil {
		return nil, err
	}
	var found []memberView
	for _, id := range ch.Members {
		found = append(found, memberView{
			orElse(c.query("member_id_type"), "open_id"), f.idOf(c, "member_id_type", id), f.world.name(id), f.world.tenant,
		})
	}
	p, err := pageOf(c, found, 20, 100, func(v memberView) string { return v.MemberID })
	return memberPage{p, len(ch.Members)}, err
}

type botMember struct {
	BotID   string `json:"bot_id"` // open_id for the caller
	BotName string `json:"bot_name"`
}

// listBots is GET /im/v1/chats/:chat_id/members/bots.
func (f *Feishu) listBots(c *call) (any, error) {
	ch, err := f.memberChat(c)
	if err != nil {
		return nil, err
	}
	bots := []botMember{}
	for _, id := range ch.Bots {
		a := f.world.apps[id]
		bots = append(bots, botMember{f.openIDFor(c.app, a.OpenID), a.Name})
	}
	return map[string]any{"items": bots}, nil
}

// isInChat is GET /im/v1/chats/:chat_id/members/is_in_chat.
func (f *Feishu) isInChat(c *call) (any, error) {
	ch, ok := f.world.chats[c.path("chat_id")]
	if !ok {
		return nil, refuse(codeChatUnknown, "")
	}
	return map[string]any{"is_in_chat": ch.hasMember(c.senderID())}, nil
}

// membersNamed resolves the id_list of a call.
func (f *Feishu) membersNamed(c *call) (found, unknown []string, err error) {
	var in struct {
		List []string `json:"id_list"`
	}
	if err := c.decode(&in); err != nil {
		return nil, nil, err
	}
	if err := c.oneOf("member_id_type", append(idTypes(), "app_id")...); err != nil {
		return nil, nil, err
	}
	kind := orElse(c.query("member_id_type"), "open_id")
	maxMembers := 50
	if kind == "app_id" {
		maxMembers = 5
	}
	switch {
	case len(in.List) == 0:
		return nil, nil, refuse(codeNoMembers, "")
	case len(in.List) > maxMembers:
		return nil, nil, refuse(codeChatParam, "too many ids")
	}
	for _, id := range in.List {
		if one := f.member(c.app, kind, id); one != "" {
			found = append(found, one)
		} else {
			unknown = append(unknown, id)
		}
	}
	return found, unknown, nil
}

// member finds a person or an app by an id of a type; "" if unknown.
func (f *Feishu) member(a *app, kind, id string) string {
	if kind == "app_id" {
		if f.world.apps[id] == nil {
			return ""
		}
		return id
	}
	u, err := f.person(a, kind, id)
	if err != nil {
		return ""
	}
	return u.OpenID
}

// addMembers is POST /im/v1/chats/:chat_id/members.
func (f *Feishu) addMembers(c *call) (any, error) {
	found, unknown, err := f.membersNamed(c)
	if err != nil {
		return nil, err
	}
	ch, err := f.memberChat(c)
	switch {
	case err != nil:
		return nil, err
	case len(unknown) > 0 && c.query("succeed_type") != "1":
		return nil, refuse(codeSomeUnavailable, "")
	case len(found) == 0:
		return nil, refuse(codeNoMembers, "")
	}
	for _, id := range found {
		f.addToChat(ch, id)
	}
	f.notify(ch.ID)
	return map[string]any{
		"invalid_id_list": []string{}, "not_existed_id_list": append([]string{}, unknown...), "pending_approval_id_list": []string{},
	}, nil
}

// removeMembers is DELETE /im/v1/chats/:chat_id/members: allowed for the owner, a manager, or the creator with the
// scope.
func (f *Feishu) removeMembers(c *call) (any, error) {
	found, unknown, err := f.membersNamed(c)
	if err != nil {
		return nil, err
	}
	ch, err := f.memberChat(c)
	if err != nil {
		return nil, err
	}
	rank := ch.rank(c.senderID())
	if ch.Creator == c.senderID() && ch.Owner != c.senderID() && !slices.Contains(ch.BotManagers, c.senderID()) && !c.app.has("im:chat:operate_as_owner") {
		rank = ""
	}
	unknown = append([]string{}, unknown...)
	here := slices.DeleteFunc(found, func(id string) bool { return !ch.hasMember(id) })
	others := slices.ContainsFunc(here, func(id string) bool { return id != c.senderID() })
	switch {
	case len(here) == 0:
		return nil, refuse(codeNoMembers, "")
	case others && rank == "":
		return nil, refuse(codeMembersDenied, "")
	case slices.Contains(here, ch.Owner):
		return nil, refuse(codeKickOwner, "")
	}
	for _, id := range here {
		f.removeFromChat(ch, id)
	}
	f.notify(ch.ID)
	return map[string]any{"invalid_id_list": unknown}, nil
}

// addManagers is POST /im/v1/chats/:chat_id/managers/add_managers.
func (f *Feishu) addManagers(c *call) (any, error) { return f.setManagers(c, true) }

// deleteManagers is POST /im/v1/chats/:chat_id/managers/delete_managers.
func (f *Feishu) deleteManagers(c *call) (any, error) { return f.setManagers(c, false) }

// setManagers is allowed for the owner only, so a bot can't promote itself.
func (f *Feishu) setManagers(c *call, on bool) (any, error) {
	var in struct {
		ManagerIDs []string `json:"manager_ids"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	ch, err := f.memberChat(c)
	if err != nil {
		return nil, err
	}
	if ch.Owner != c.senderID() {
		return nil, refuse(codeNotOwner, "")
	}
	var ids []string
	for _, id := range in.ManagerIDs {
		kind := orElse(c.query("member_id_type"), "open_id")
		if f.world.apps[id] != nil {
			kind = "app_id"
		}
		one := f.member(c.app, kind, id)
		if !ch.hasMember(one) {
			return nil, refuse(codeChatParam, "invalid manager_ids")
		}
		ids = append(ids, one)
	}
	for _, id := range ids {
		ch.dropManager(id)
		if list := ch.managers(id); on {
			*list = append(*list, id)
		}
	}
	if len(ch.Managers)+len(ch.BotManagers) > 10 {
		for _, id := range ids {
			ch.dropManager(id)
		}
		return nil, refuse(codeManagerLimit, "")
	}
	f.notify(ch.ID)
	people := []string{}
	for _, id := range ch.Managers {
		people = append(people, f.idOf(c, "member_id_type", id))
	}
	return map[string]any{"chat_managers": people, "chat_bot_managers": append([]string{}, ch.BotManagers...)}, nil
}
