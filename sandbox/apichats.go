package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// chatView is a chat as a member sees it. The owner is omitted for a bot owner and for p2p.
type chatView struct {
	chatOutline

	Description            string          `json:"description"`
	I18nNames              i18nNames       `json:"i18n_names"`
	AddMember              string          `json:"add_member_permission"`
	ShareCard              string          `json:"share_card_permission"`
	AtAll                  string          `json:"at_all_permission"`
	Edit                   string          `json:"edit_permission"`
	OwnerIDType            string          `json:"owner_id_type,omitempty"`
	OwnerID                string          `json:"owner_id,omitempty"`
	UserManagers           []string        `json:"user_manager_id_list"`
	BotManagers            []string        `json:"bot_manager_id_list"`
	GroupMessageType       string          `json:"group_message_type"` // chat or thread
	ChatMode               string          `json:"chat_mode"`          // group, topic, p2p
	ChatType               string          `json:"chat_type"`          // private or public
	ChatTag                string          `json:"chat_tag"`
	JoinMessageVisibility  string          `json:"join_message_visibility"`
	LeaveMessageVisibility string          `json:"leave_message_visibility"`
	MembershipApproval     string          `json:"membership_approval"`
	ModerationPermission   string          `json:"moderation_permission"`
	External               bool            `json:"external"`
	TenantKey              string          `json:"tenant_key"`
	RestrictedMode         restrictionView `json:"restricted_mode_setting"`
	UrgentSetting          string          `json:"urgent_setting"`
	VideoConferenceSetting string          `json:"video_conference_setting"`
	HideMemberCountSetting string          `json:"hide_member_count_setting"`
}

// chatOutline is a chat as a non-member sees it.
type chatOutline struct {
	Avatar     string `json:"avatar"`
	Name       string `json:"name"`
	UserCount  string `json:"user_count"`
	BotCount   string `json:"bot_count"`
	ChatStatus string `json:"chat_status"` // normal, dissolved, dissolved_save
}

type restrictionView struct {
	Status     bool   `json:"status"`
	Screenshot string `json:"screenshot_has_permission_setting"`
	Download   string `json:"download_has_permission_setting"`
	Message    string `json:"message_has_permission_setting"`
}

// getChat is GET /im/v1/chats/:chat_id.
func (f *Feishu) getChat(c *call) (any, error) {
	ch, ok := f.world.chats[c.path("chat_id")]
	switch {
	case !ok:
		return nil, refuse(codeChatUnknown, "")
	case c.app.disabled:
		return nil, refuse(codeChatBotDisabled, "")
	case ch.External && c.app.noExternal:
		return nil, refuse(codeExternal, "")
	}
	outline := chatOutline{
		Avatar: f.avatar(ch.ID), Name: ch.Name, UserCount: strconv.Itoa(len(ch.Members)), BotCount: strconv.Itoa(len(ch.Bots)),
		ChatStatus: ch.status(),
	}
	if !ch.hasMember(c.senderID()) {
		return outline, nil
	}
	const all = "all_members"
	v := chatView{
		chatOutline: outline, I18nNames: i18nNames{ch.Name, ch.Name, ch.Name}, AddMember: all, ShareCard: "allowed", AtAll: all,
		Edit: all, UserManagers: []string{}, BotManagers: append([]string{}, ch.BotManagers...), GroupMessageType: "chat",
		ChatMode: string(ch.Mode), ChatType: "private", ChatTag: "inner", JoinMessageVisibility: all, LeaveMessageVisibility: all,
		MembershipApproval: "no_approval_required", ModerationPermission: all, External: ch.External, TenantKey: f.world.tenant,
		RestrictedMode: restrictionView{false, all, all, all}, UrgentSetting: all, VideoConferenceSetting: all,
		HideMemberCountSetting: all,
	}
	if ch.Mode == Topic {
		v.GroupMessageType = "thread"
	}
	for _, id := range ch.Managers {
		v.UserManagers = append(v.UserManagers, f.idOf(c, "user_id_type", id))
	}
	v.OwnerIDType, v.OwnerID = f.ownerView(c, ch)
	return v, nil
}

// idOf returns a person's id of the type that a parameter requests.
func (f *Feishu) idOf(c *call, param, openID string) string {
	u := f.world.users[openID]
	switch c.query(param) {
	case "union_id":
		return u.UnionID
	case "user_id":
		return u.UserID
	}
	return f.openIDFor(c.app, u.OpenID)
}

// idTypes are the types of user ids; the first is the default.
func idTypes() []string { return []string{"open_id", "union_id", "user_id"} }

// oneOf refuses a parameter with any other value.
func (c *call) oneOf(param string, values ...string) error {
	if got := c.query(param); got != "" && !slices.Contains(values, got) {
		return violation(param, got, "options: ["+strings.Join(values, ",")+"]")
	}
	return nil
}

func (f *Feishu) ownerView(c *call, ch *chat) (idType, id string) {
	if _, user := f.world.users[ch.Owner]; !user || ch.Mode == P2P {
		return "", ""
	}
	return orElse(c.query("user_id_type"), "open_id"), f.idOf(c, "user_id_type", ch.Owner)
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

// listChats is GET /im/v1/chats: the caller's groups.
func (f *Feishu) listChats(c *call) (any, error) {
	sort := orElse(c.query("sort_type"), "ByCreateTimeAsc")
	if sort != "ByCreateTimeAsc" && sort != "ByActiveTimeDesc" {
		return nil, refuse(codeChatParam, "invalid sort_type")
	}
	chats := f.groupsOf(c)
	if sort == "ByActiveTimeDesc" {
		slices.SortStableFunc(chats, func(a, b *chat) int { return b.lastMessageAt().Compare(a.lastMessageAt()) })
	}
	return f.chatPage(c, chats)
}

// searchChats is GET /im/v1/chats/search: the caller's groups whose name, or a member's, contains the query; none
// without a query.
func (f *Feishu) searchChats(c *call) (any, error) {
	words := strings.ToLower(strings.Trim(c.query("query"), `"`))
	chats := slices.DeleteFunc(f.groupsOf(c), func(ch *chat) bool {
		named := func(id string) bool { return strings.Contains(strings.ToLower(f.world.name(id)), words) }
		return words == "" || utf8.RuneCountInString(words) > 64 ||
			!strings.Contains(strings.ToLower(ch.Name), words) && !slices.ContainsFunc(ch.Members, named)
	})
	return f.chatPage(c, chats)
}

func (f *Feishu) groupsOf(c *call) []*chat {
	var found []*chat
	for _, id := range f.world.order {
		if ch := f.world.chats[id]; ch.Mode != P2P && !ch.Disbanded && ch.hasMember(c.senderID()) {
			found = append(found, ch)
		}
	}
	return found
}

func (f *Feishu) chatPage(c *call, chats []*chat) (any, error) {
	if c.app.disabled {
		return nil, refuse(codeChatBotDisabled, "")
	}
	if err := c.oneOf("user_id_type", idTypes()...); err != nil {
		return nil, err
	}
	var items []chatItem
	for _, ch := range chats {
		item := chatItem{
			ChatID: ch.ID, Avatar: f.avatar(ch.ID), Name: ch.Name, External: ch.External, TenantKey: f.world.tenant,
			ChatStatus: ch.status(),
		}
		item.OwnerIDType, item.OwnerID = f.ownerView(c, ch)
		items = append(items, item)
	}
	return pageOf(c, items, 20, 100, func(v chatItem) string { return v.ChatID })
}
