package sandbox

import (
	"net/http"
	"strings"
)

// route is one API: its address, the scopes of which one is needed, and what it does under the lock.
type route struct {
	pattern string
	scopes  []string
	serve   func(f *Feishu, c *call) (any, error)
	open    bool   // needs no token
	user    bool   // takes a person's token too
	msg     string // of a success; default "success"
}

// name is the pattern as the platform's documents write it.
func (rt route) name() string {
	return strings.NewReplacer("{$}", "", "{", ":", "}", "").Replace(rt.pattern)
}

// routes is every API, the table of contents.
func routes() []route {
	message := []string{"im:message", "im:message:send_as_bot"}
	read := []string{"im:message", "im:message:readonly"}
	history := append([]string{"im:message.history:readonly"}, read...)
	chats := []string{"im:chat", "im:chat:read", "im:chat:readonly"}
	members := []string{"im:chat", "im:chat:readonly", "im:chat.members:read"}
	managers := []string{"im:chat", "im:chat.managers:write_only"}
	react := []string{"im:message", "im:message.reactions:write_only"}
	edit := append([]string{"im:message:update"}, message...)
	pin := []string{"im:message", "im:message.pins:write_only"}
	self := []string{"application:application:self_manage", "application:application.app_version:readonly"}
	batches := []string{"im:message:send_multi_users", "im:message:send_multi_depts"}
	const im = "/open-apis/im/v1/"
	return []route{
		{pattern: "POST /open-apis/auth/v3/tenant_access_token/internal", serve: (*Feishu).tenantToken, open: true, msg: "ok"},
		{pattern: "POST /open-apis/authen/v2/oauth/token", serve: (*Feishu).userTokens, open: true},
		{pattern: "GET /open-apis/authen/v1/user_info", serve: (*Feishu).userInfo, user: true},
		{pattern: "GET /open-apis/bot/v3/info", serve: (*Feishu).botInfo, msg: "ok"},
		{pattern: "POST " + im + "messages", scopes: append([]string{"im:message:send"}, message...), serve: (*Feishu).createMessage},
		{pattern: "POST " + im + "messages/{message_id}/reply", scopes: append([]string{"im:message:send"}, message...), serve: (*Feishu).replyMessage},
		{pattern: "GET " + im + "messages/{message_id}", scopes: read, serve: (*Feishu).getMessage},
		{pattern: "GET " + im + "messages", scopes: history, serve: (*Feishu).listMessages},
		{pattern: "DELETE " + im + "messages/{message_id}", scopes: append([]string{"im:message:recall"}, message...), serve: (*Feishu).deleteMessage, user: true},
		{pattern: "PATCH " + im + "messages/{message_id}", scopes: edit, serve: (*Feishu).patchMessage, msg: "ok"},
		{pattern: "PUT " + im + "messages/{message_id}", scopes: edit, serve: (*Feishu).updateMessage},
		{pattern: "POST " + im + "messages/{message_id}/reactions", scopes: react, serve: (*Feishu).createReaction},
		{pattern: "DELETE " + im + "messages/{message_id}/reactions/{reaction_id}", scopes: react, serve: (*Feishu).deleteReaction},
		{pattern: "GET " + im + "messages/{message_id}/reactions", scopes: []string{"im:message", "im:message.reactions:read", "im:message:readonly"}, serve: (*Feishu).listReactions},
		{pattern: "GET " + im + "chats/{chat_id}", scopes: chats, serve: (*Feishu).getChat},
		{pattern: "GET " + im + "chats", scopes: chats, serve: (*Feishu).listChats},
		{pattern: "GET " + im + "chats/{chat_id}/members", scopes: members, serve: (*Feishu).listMembers},
		{pattern: "GET " + im + "chats/{chat_id}/members/is_in_chat", scopes: members, serve: (*Feishu).isInChat},
		{pattern: "POST " + im + "chats/{chat_id}/managers/add_managers", scopes: managers, serve: (*Feishu).addManagers},
		{pattern: "POST " + im + "chats/{chat_id}/managers/delete_managers", scopes: managers, serve: (*Feishu).deleteManagers},
		{pattern: "POST " + im + "pins", scopes: pin, serve: (*Feishu).createPin},
		{pattern: "GET " + im + "pins", scopes: []string{"im:message", "im:message:readonly", "im:message.pins:read"}, serve: (*Feishu).listPins},
		{pattern: "DELETE " + im + "pins/{message_id}", scopes: pin, serve: (*Feishu).deletePin},
		{pattern: "POST /open-apis/ephemeral/v1/send", scopes: edit, serve: (*Feishu).sendEphemeral, msg: "ok"},
		{pattern: "POST /open-apis/ephemeral/v1/delete", scopes: edit, serve: (*Feishu).deleteEphemeral, msg: "ok"},
		{pattern: "POST /open-apis/interactive/v1/card/update", serve: (*Feishu).updateCard, msg: "ok"},
		{pattern: "POST /open-apis/message/v4/batch_send/{$}", scopes: message, serve: (*Feishu).batchSend, msg: "ok"},
		{pattern: "DELETE " + im + "batch_messages/{batch_message_id}", scopes: batches, serve: (*Feishu).batchDelete, msg: "ok"},
		{pattern: "GET " + im + "batch_messages/{batch_message_id}/get_progress", scopes: read, serve: (*Feishu).batchProgress},
		{pattern: "GET " + im + "batch_messages/{batch_message_id}/read_user", scopes: read, serve: (*Feishu).batchRead},
		{pattern: "GET /open-apis/application/v6/scopes", serve: (*Feishu).listScopes},
		{pattern: "GET /open-apis/application/v6/applications/{app_id}", scopes: self[:1], serve: (*Feishu).getApp},
		{pattern: "GET /open-apis/application/v6/applications/{app_id}/app_versions", scopes: self, serve: (*Feishu).listVersions},
		{pattern: "POST /callback/ws/endpoint", serve: (*Feishu).socketEndpoint, open: true},
	}
}

// Handler serves the open API, websockets, the chat page and its control API, all on one port.
func (f *Feishu) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range routes() {
		mux.HandleFunc(rt.pattern, f.serveAPI(rt))
	}
	mux.HandleFunc("GET "+socketPath, f.serveSocket)
	f.serveRegistration(mux)
	servePage(mux)
	f.serveControl(mux)
	f.serveConsent(mux)
	return mux
}
