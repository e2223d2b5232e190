package sandbox

// chatEvent has the common fields of chat events.
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

func (f *Feishu) chatEvent(a *app, c *chat) chatEvent {
	return chatEvent{
		ChatID: c.ID, OperatorID: f.userOf(a, c.Owner), External: c.External, OperatorTenantKey: f.world.tenant,
		Name: c.Name, I18nNames: i18nNames{c.Name, c.Name, c.Name},
	}
}

// emitChat sends an app the event that a chat is dissolved, or that the app was added or removed.
func (f *Feishu) emitChat(kind string, c *chat, a *app) {
	if a.receives(kind) && a.has("im:chat", "im:chat:readonly", "im:chat:read", "im:chat.members:bot_access") {
		f.emit(a, kind, c.ID, f.chatEvent(a, c))
	}
}

func (f *Feishu) emitMember(kind string, c *chat, user string) {
	for _, a := range f.receivers(c, kind) {
		if a.has("im:chat", "im:chat.members:read", "im:chat:readonly") {
			e := f.chatEvent(a, c)
			e.Users = []chatPerson{{Name: f.world.name(user), TenantKey: f.world.tenant, UserID: f.userOf(a, user)}}
			f.emit(a, kind, c.ID, e)
		}
	}
}

// chatState is the changed part of a chat in im.chat.updated_v1. A bot owner is omitted.
type chatState struct {
	Name    string  `json:"name"`
	OwnerID *userID `json:"owner_id,omitempty"`
}

type chatUpdate struct {
	ChatID            string    `json:"chat_id"`
	OperatorID        *userID   `json:"operator_id"`
	External          bool      `json:"external"`
	OperatorTenantKey string    `json:"operator_tenant_key"`
	AfterChange       chatState `json:"after_change"`
	BeforeChange      chatState `json:"before_change"`
}

func (f *Feishu) emitOwner(c *chat, before string) {
	const kind = "im.chat.updated_v1"
	for _, a := range f.receivers(c, kind) {
		state := func(owner string) chatState {
			s := chatState{Name: c.Name}
			if _, ok := f.world.users[owner]; ok {
				s.OwnerID = f.userOf(a, owner)
			}
			return s
		}
		if a.has("im:chat", "im:chat:read", "im:chat:readonly") {
			f.emit(a, kind, c.ID, chatUpdate{
				c.ID, f.userOf(a, before), c.External, f.world.tenant, state(c.Owner), state(before),
			})
		}
	}
}
