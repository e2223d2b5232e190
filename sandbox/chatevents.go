package sandbox

// chatEvent is what the chat events have in common: disbanded, a bot or people added or gone.
type chatEvent struct {
	ChatID            string       `json:"chat_id"`
	OperatorID        *userID      `json:"operator_id"`
	External          bool         `json:"external"`
	OperatorTenantKey string       `json:"operator_tenant_key"`
	Users             []chatPerson `json:"users,omitempty"`
	Name              string       `json:"name"`
	I18nNames         i18nNames    `json:"i18n_names"`
}

type chatPerson struct {
	Name      string  `json:"name"`
	TenantKey string  `json:"tenant_key"`
	UserID    *userID `json:"user_id"`
}

type i18nNames struct {
	ZhCN string `json:"zh_cn"`
	EnUS string `json:"en_us"`
	JaJP string `json:"ja_jp"`
}

func (f *Feishu) chatEvent(c *chat) chatEvent {
	return chatEvent{
		ChatID: c.ID, OperatorID: f.userOf(c.Owner), External: c.External, OperatorTenantKey: f.world.tenant,
		Name: c.Name, I18nNames: i18nNames{c.Name, c.Name, c.Name},
	}
}

// emitChat sends disbanded, bot.added or bot.deleted; the last also to a bot that is out already.
func (f *Feishu) emitChat(kind string, c *chat) {
	gone := kind == "im.chat.member.bot.deleted_v1"
	if (!gone && !c.hasBot(f.world.app.ID)) || !f.world.has("im:chat", "im:chat:readonly", "im:chat:read", "im:chat.members:bot_access") {
		return
	}
	f.emit(kind, c.ID, f.chatEvent(c))
}

func (f *Feishu) emitMember(kind string, c *chat, user string) {
	if !c.hasBot(f.world.app.ID) || !f.world.has("im:chat", "im:chat.members:read", "im:chat:readonly") {
		return
	}
	e := f.chatEvent(c)
	e.Users = []chatPerson{{Name: f.world.name(user), TenantKey: f.world.tenant, UserID: f.userOf(user)}}
	f.emit(kind, c.ID, e)
}

// chatState is the changed part of a chat in im.chat.updated_v1. A bot owner is not named.
type chatState struct {
	Name    string  `json:"name"`
	OwnerID *userID `json:"owner_id,omitempty"`
}

func (f *Feishu) emitOwner(c *chat, before string) {
	if !c.hasBot(f.world.app.ID) || !f.world.has("im:chat", "im:chat:read", "im:chat:readonly") {
		return
	}
	state := func(owner string) chatState {
		s := chatState{Name: c.Name}
		if _, ok := f.world.users[owner]; ok {
			s.OwnerID = f.userOf(owner)
		}
		return s
	}
	f.emit("im.chat.updated_v1", c.ID, struct {
		ChatID            string    `json:"chat_id"`
		OperatorID        *userID   `json:"operator_id"`
		External          bool      `json:"external"`
		OperatorTenantKey string    `json:"operator_tenant_key"`
		AfterChange       chatState `json:"after_change"`
		BeforeChange      chatState `json:"before_change"`
	}{c.ID, f.userOf(before), c.External, f.world.tenant, state(c.Owner), state(before)})
}
