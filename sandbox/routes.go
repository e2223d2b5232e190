package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// identity is the type of token that a route accepts.
type identity int

const (
	appOnly     identity = iota
	anyIdentity          // tenant or user token
	userOnly
)

// route is one API: its path, the scopes of which one is required, and its function, which runs under the lock.
type route struct {
	pattern  string
	scopes   []string
	serve    func(f *Feishu, c *call) (any, error)
	open     bool // needs no token
	identity identity
	also     []string // further scopes for a user token
	query    []string // required parameters
	body     []string // required fields of the JSON body
	upload   bool     // multipart form with a file
	msg      string   // msg of a success; default "success"
}

// name is the API's name as the platform documents it.
func (rt route) name() string {
	return strings.NewReplacer("{", ":", "}", "").Replace(rt.pattern)
}

const imAPI = "/open-apis/im/v1/"

// routes are all APIs.
func routes() []route {
	var all []route
	for _, family := range [][]route{
		authRoutes(), messageRoutes(), reactionRoutes(), chatRoutes(), resourceRoutes(), batchRoutes(), appRoutes(),
	} {
		all = append(all, family...)
	}
	return all
}

func authRoutes() []route {
	const auth, authen = "/open-apis/auth/v3/", "/open-apis/authen/"
	return []route{
		{pattern: "POST " + auth + "tenant_access_token/internal", serve: (*Feishu).tenantToken, open: true, msg: "ok"},
		{pattern: "POST " + auth + "app_access_token/internal", serve: (*Feishu).appToken, open: true, msg: "ok"},
		{pattern: "POST " + authen + "v2/oauth/token", serve: (*Feishu).userTokens, open: true},
		{pattern: "POST /oauth/v3/token", serve: (*Feishu).userTokens, open: true},
		{pattern: "POST /oauth/v1/device_authorization", serve: (*Feishu).deviceAuthorization, open: true},
		{pattern: "POST " + authen + "v1/oidc/access_token", serve: (*Feishu).oidcToken, body: []string{"grant_type", "code"}},
		{pattern: "POST " + authen + "v1/oidc/refresh_access_token", serve: (*Feishu).oidcRefresh, body: []string{"grant_type", "refresh_token"}},
		{pattern: "GET " + authen + "v1/user_info", serve: (*Feishu).userInfo, identity: userOnly},
		{pattern: "POST /callback/ws/endpoint", serve: (*Feishu).socketEndpoint, open: true},
	}
}

func messageRoutes() []route {
	message := []string{"im:message", "im:message:send_as_bot"}
	send := append([]string{"im:message:send"}, message...)
	read := []string{"im:message", "im:message:readonly"}
	history := append([]string{"im:message.history:readonly"}, read...)
	edit := append([]string{"im:message:update"}, message...)
	pin := []string{"im:message", "im:message.pins:write_only"}
	asUser := []string{"im:message.send_as_user"}
	content, receiver := []string{"msg_type", "content"}, []string{"receive_id_type"}
	return []route{
		{pattern: "POST " + imAPI + "messages", scopes: send, serve: (*Feishu).createMessage, identity: anyIdentity, also: asUser, query: receiver, body: append([]string{"receive_id"}, content...)},
		{pattern: "POST " + imAPI + "messages/{message_id}/reply", scopes: send, serve: (*Feishu).replyMessage, identity: anyIdentity, also: asUser, body: content},
		{pattern: "POST " + imAPI + "messages/{message_id}/forward", scopes: message, serve: (*Feishu).forwardMessage, identity: anyIdentity, also: asUser, query: receiver, body: []string{"receive_id"}},
		{pattern: "GET " + imAPI + "messages/{message_id}", scopes: read, serve: (*Feishu).getMessage, identity: anyIdentity},
		{pattern: "GET " + imAPI + "messages/mget", scopes: read, serve: (*Feishu).getMessages, identity: anyIdentity, query: []string{"message_ids"}},
		{pattern: "GET " + imAPI + "messages", scopes: history, serve: (*Feishu).listMessages, identity: anyIdentity, query: []string{"container_id_type", "container_id"}},
		{pattern: "POST " + imAPI + "messages/search", scopes: []string{"search:message"}, serve: (*Feishu).searchMessages, identity: anyIdentity},
		{pattern: "DELETE " + imAPI + "messages/{message_id}", scopes: append([]string{"im:message:recall"}, message...), serve: (*Feishu).deleteMessage, identity: anyIdentity},
		{pattern: "PATCH " + imAPI + "messages/{message_id}", scopes: edit, serve: (*Feishu).patchMessage, body: []string{"content"}, msg: "ok"},
		{pattern: "PUT " + imAPI + "messages/{message_id}", scopes: edit, serve: (*Feishu).updateMessage, body: content},
		{pattern: "GET " + imAPI + "messages/{message_id}/read_users", scopes: append([]string{"im:message:basic"}, read...), serve: (*Feishu).listReaders, identity: anyIdentity, query: []string{"user_id_type"}},
		{pattern: "POST " + imAPI + "pins", scopes: pin, serve: (*Feishu).createPin, identity: anyIdentity, body: []string{"message_id"}},
		{pattern: "GET " + imAPI + "pins", scopes: append([]string{"im:message.pins:read"}, read...), serve: (*Feishu).listPins, identity: anyIdentity, query: []string{"chat_id"}},
		{pattern: "DELETE " + imAPI + "pins/{message_id}", scopes: pin, serve: (*Feishu).deletePin, identity: anyIdentity},
		{pattern: "POST /open-apis/ephemeral/v1/send", scopes: edit, serve: (*Feishu).sendEphemeral, msg: "ok"},
		{pattern: "POST /open-apis/ephemeral/v1/delete", scopes: edit, serve: (*Feishu).deleteEphemeral, msg: "ok"},
		{pattern: "POST /open-apis/interactive/v1/card/update", serve: (*Feishu).updateCard, msg: "ok"},
	}
}

func reactionRoutes() []route {
	react := []string{"im:message", "im:message.reactions:write_only"}
	read := []string{"im:message.reactions:read", "im:message:readonly"}
	const one = imAPI + "messages/{message_id}/reactions"
	return []route{
		{pattern: "POST " + one, scopes: react, serve: (*Feishu).createReaction, identity: anyIdentity, body: []string{"reaction_type"}},
		{pattern: "DELETE " + one + "/{reaction_id}", scopes: react, serve: (*Feishu).deleteReaction, identity: anyIdentity},
		{pattern: "GET " + one, scopes: append([]string{"im:message"}, read...), serve: (*Feishu).listReactions, identity: anyIdentity},
		{pattern: "POST " + imAPI + "messages/reactions/batch_query", scopes: read, serve: (*Feishu).queryReactions, identity: anyIdentity, body: []string{"queries"}},
	}
}

func chatRoutes() []route {
	read := []string{"im:chat", "im:chat:read", "im:chat:readonly"}
	members := []string{"im:chat", "im:chat:readonly", "im:chat.members:read"}
	write := []string{"im:chat", "im:chat.members:write_only"}
	managers := []string{"im:chat", "im:chat.managers:write_only"}
	const one = imAPI + "chats/{chat_id}"
	return []route{
		{pattern: "GET " + one, scopes: read, serve: (*Feishu).getChat, identity: anyIdentity},
		{pattern: "GET " + imAPI + "chats", scopes: read, serve: (*Feishu).listChats, identity: anyIdentity},
		{pattern: "GET " + imAPI + "chats/search", scopes: append([]string{"im:chat.group_info:readonly"}, read...), serve: (*Feishu).searchChats, identity: anyIdentity},
		{pattern: "GET " + one + "/members", scopes: members, serve: (*Feishu).listMembers, identity: anyIdentity},
		{pattern: "GET " + one + "/members/bots", scopes: members, serve: (*Feishu).listBots, identity: anyIdentity},
		{pattern: "GET " + one + "/members/is_in_chat", scopes: members, serve: (*Feishu).isInChat, identity: anyIdentity},
		{pattern: "POST " + one + "/members", scopes: write, serve: (*Feishu).addMembers, identity: anyIdentity},
		{pattern: "DELETE " + one + "/members", scopes: write, serve: (*Feishu).removeMembers, identity: anyIdentity},
		{pattern: "POST " + one + "/managers/add_managers", scopes: managers, serve: (*Feishu).addManagers, identity: anyIdentity},
		{pattern: "POST " + one + "/managers/delete_managers", scopes: managers, serve: (*Feishu).deleteManagers, identity: anyIdentity},
	}
}

func resourceRoutes() []route {
	upload := []string{"im:resource", "im:resource:upload"}
	message := []string{"im:message", "im:message:readonly", "im:message.history:readonly"}
	card := []string{"cardkit:card:write"}
	const cards = "/open-apis/cardkit/v1/cards"
	return []route{
		{pattern: "POST " + imAPI + "images", scopes: upload, serve: (*Feishu).uploadImage, identity: anyIdentity, upload: true},
		{pattern: "GET " + imAPI + "images/{key}", scopes: upload[:1], serve: (*Feishu).getImage},
		{pattern: "POST " + imAPI + "files", scopes: upload, serve: (*Feishu).uploadFile, identity: anyIdentity, upload: true},
		{pattern: "GET " + imAPI + "files/{key}", scopes: upload[:1], serve: (*Feishu).getFile},
		{pattern: "GET " + imAPI + "messages/{message_id}/resources/{key}", scopes: message, serve: (*Feishu).getResource, identity: anyIdentity, query: []string{"type"}},
		{pattern: "POST " + cards, scopes: card, serve: (*Feishu).createCard, body: []string{"type", "data"}},
		{pattern: "PUT " + cards + "/{card_id}", scopes: card, serve: (*Feishu).updateEntity, body: []string{"card", "sequence"}},
		{pattern: "PUT " + cards + "/{card_id}/elements/{element_id}/content", scopes: card, serve: (*Feishu).streamElement, body: []string{"content", "sequence"}},
		{pattern: "PATCH " + cards + "/{card_id}/settings", scopes: card, serve: (*Feishu).setEntity, body: []string{"settings", "sequence"}},
	}
}

func batchRoutes() []route {
	message := []string{"im:message", "im:message:send_as_bot"}
	read := []string{"im:message", "im:message:readonly"}
	batches := []string{"im:message:send_multi_users", "im:message:send_multi_depts"}
	const one = imAPI + "batch_messages/{batch_message_id}"
	return []route{
		{pattern: "POST /open-apis/message/v4/batch_send", scopes: message, serve: (*Feishu).batchSend, msg: "ok"},
		{pattern: "DELETE " + one, scopes: batches, serve: (*Feishu).batchDelete, msg: "ok"},
		{pattern: "GET " + one + "/get_progress", scopes: read, serve: (*Feishu).batchProgress},
		{pattern: "GET " + one + "/read_user", scopes: read, serve: (*Feishu).batchRead},
	}
}

func appRoutes() []route {
	self := []string{"application:application:self_manage", "application:application.app_version:readonly"}
	lang := []string{"lang"}
	const apps, slash = "/open-apis/application/v6/", "/open-apis/application/v7/app_slash_commands"
	write := []string{"application:app_slash_command:write"}
	return []route{
		{pattern: "GET /open-apis/bot/v3/info", serve: (*Feishu).botInfo, msg: "ok"},
		{pattern: "GET " + apps + "scopes", serve: (*Feishu).listScopes},
		{pattern: "GET " + apps + "applications/{app_id}", scopes: self[:1], serve: (*Feishu).getApp, query: lang},
		{pattern: "GET " + apps + "applications/{app_id}/app_versions", scopes: self, serve: (*Feishu).listVersions, query: lang},
		{pattern: "GET " + slash, scopes: append([]string{"application:app_slash_command:read"}, write...), serve: (*Feishu).listSlash},
		{pattern: "POST " + slash, scopes: write, serve: (*Feishu).createSlash, body: []string{"command", "description"}},
		{pattern: "PATCH " + slash + "/{command_id}", scopes: write, serve: (*Feishu).updateSlash},
		{pattern: "DELETE " + slash + "/{command_id}", scopes: write, serve: (*Feishu).deleteSlash},
	}
}

// Handler serves the open API, websockets, the chat page and its control API on one port. A trailing slash in the
// platform's paths is ignored, since some documented URLs have one.
func (f *Feishu) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range routes() {
		mux.HandleFunc(rt.pattern, f.serveAPI(rt))
	}
	platform := []string{"/open-apis/", "/callback/", "/oauth/"}
	for _, path := range platform {
		mux.HandleFunc(path, f.notFound)
	}
	mux.HandleFunc("GET "+socketPath, f.serveSocket)
	f.serveRegistration(mux)
	f.servePage(mux)
	f.serveControl(mux)
	f.serveConsent(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, api := mux.Handler(r)
		if path, ok := strings.CutSuffix(r.URL.Path, "/"); ok && slices.Contains(platform, api) {
			r = r.Clone(r.Context())
			r.URL.Path, r.URL.RawPath = path, strings.TrimSuffix(r.URL.RawPath, "/")
		}
		mux.ServeHTTP(w, r)
	})
}
