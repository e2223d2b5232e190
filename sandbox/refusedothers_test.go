package sandbox_test

import (
	"net/http"
	"net/url"
	"time"

	"recallbot/sandbox"
)

func chatRefusals() []refusal {
	members := func(query string, body any) func(s *site) reply {
		return func(s *site) reply { return s.call("DELETE", chatsPath+s.chat+"/members"+query, body) }
	}
	ids := func(list ...string) map[string][]string { return map[string][]string{"id_list": list} }
	const del = "DELETE /im/v1/chats/:chat_id/members"
	return []refusal{
		{"GET /im/v1/chats/:chat_id", "no such chat", func(s *site) reply { return s.call("GET", chatsPath+"oc_0", nil) }},
		{"GET /im/v1/chats", "sort_type is none of them", func(s *site) reply { return s.call("GET", "/open-apis/im/v1/chats?sort_type=x", nil) }},
		{"GET /im/v1/chats/:chat_id/members", "member_id_type is none of them", func(s *site) reply { return s.call("GET", chatsPath+s.chat+"/members?member_id_type=x", nil) }},
		{"GET /im/v1/chats/:chat_id/members/bots", "a chat without us", func(s *site) reply {
			return s.call("GET", chatsPath+s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, WithoutBot: true})+"/members/bots", nil)
		}},
		{del, "nobody", members("", ids())},
		{del, "six bots", members("?member_id_type=app_id", ids("1", "2", "3", "4", "5", "6"))},
		{del, "without the scope", func(s *site) reply {
			s.Revoke("im:chat")
			return members("?member_id_type=app_id", ids(s.other.ID))(s)
		}},
		{del, "as a plain member", func(s *site) reply { return members("?member_id_type=app_id", ids(s.other.ID))(s) }},
		{del, "the owner", func(s *site) reply {
			s.must(s.AddManager(s.chat, s.Bot().ID))
			return members("", ids(s.owner.OpenID))(s)
		}},
		{"POST /im/v1/chats/:chat_id/members", "somebody who is nobody", func(s *site) reply { return s.call("POST", chatsPath+s.chat+"/members", ids("ou_nobody")) }},
		{"POST /im/v1/chats/:chat_id/managers/add_managers", "as a plain member", func(s *site) reply {
			return s.call("POST", chatsPath+s.chat+"/managers/add_managers", map[string][]string{"manager_ids": {s.Bot().ID}})
		}},
		{"GET /application/v6/applications/:app_id", "lang is missing", func(s *site) reply { return s.call("GET", "/open-apis/application/v6/applications/me", nil) }},
		{"POST /application/v7/app_slash_commands", "without the scope", func(s *site) reply {
			return s.call("POST", "/open-apis/application/v7/app_slash_commands", map[string]any{"command": "x", "description": map[string]string{"default_value": "x"}})
		}},
		{"POST /application/v7/app_slash_commands", "an icon that there is not", func(s *site) reply {
			s.Grant("application:app_slash_command:write")
			return s.call("POST", "/open-apis/application/v7/app_slash_commands", map[string]any{
				"command": "x", "description": map[string]string{"default_value": "x"}, "icon": map[string]string{"icon_key": "smiley"},
			})
		}},
	}
}

func tokenRefusals() []refusal {
	token := func(id, secret string) func(s *site) reply {
		return func(s *site) reply {
			if id == "" {
				id = s.Config().AppID
			}
			return s.send("", "POST", tokenPath, map[string]string{"app_id": id, "app_secret": secret})
		}
	}
	const api, oauth = "POST /auth/v3/tenant_access_token/internal", "POST /authen/v2/oauth/token"
	with := func(auth string) func(s *site) reply {
		return func(s *site) reply {
			return s.rawAs(http.Header{"Authorization": {auth}}, "GET", "/open-apis/bot/v3/info", "")
		}
	}
	return []refusal{
		{api, "an app id of another shape", token("test", "x")},
		{api, "an app that is not there", token("cli_0123456789abcdef", "x")},
		{api, "a wrong secret", token("", "x")},
		{api, "no JSON", func(s *site) reply { return s.rawAs(http.Header{}, "POST", tokenPath, "x") }},
		{"GET /bot/v3/info", "no token", with("")},
		{"GET /bot/v3/info", "a token without Bearer", with("t-x")},
		{"GET /bot/v3/info", "a token of nobody", with("Bearer t-x")},
		{"GET /bot/v3/info", "a person's token of nobody", with("Bearer eyJhbGciOi")},
		{"GET /bot/v3/info", "a person's token", func(s *site) reply { return s.send(s.userToken("im:message"), "GET", "/open-apis/bot/v3/info", nil) }},
		{"GET /authen/v1/user_info", "the app's token", func(s *site) reply { return s.call("GET", "/open-apis/authen/v1/user_info", nil) }},
		{"DELETE /im/v1/messages/:message_id", "a person's token without the scope", func(s *site) reply {
			return s.send(s.userToken("im:chat"), "DELETE", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), nil)
		}},
		{"DELETE /im/v1/messages/:message_id", "the token of a plain member", func(s *site) reply {
			return s.send(s.userTokenOf(s.member.OpenID, "im:message:recall"), "DELETE", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), nil)
		}},
		{"DELETE /im/v1/messages/:message_id", "a person's token that is over", func(s *site) reply {
			token := s.userToken("im:message:recall")
			s.EndUserTokens()
			return s.send(token, "DELETE", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), nil)
		}},
		{"POST /im/v1/messages", "a person's token without im:message.send_as_user", func(s *site) reply {
			return s.send(s.userToken("im:message"), "POST", toChat, text(s.chat, "x"))
		}},
		{"GET /im/v1/messages/:message_id", "a person's token without im:message.group_msg:get_as_user", func(s *site) reply {
			return s.send(s.userToken("im:message"), "GET", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), nil)
		}},
		{oauth, "an unknown code", func(s *site) reply {
			return s.send("", "POST", oauthPath, map[string]string{"grant_type": "authorization_code", "client_id": "cli_test", "client_secret": "test", "code": "test"})
		}},
		{oauth, "an unknown grant", func(s *site) reply {
			return s.send("", "POST", oauthPath, map[string]string{"grant_type": "password"})
		}},
		{oauth, "Basic and a secret in the body", func(s *site) reply {
			form := url.Values{"grant_type": {"authorization_code"}, "client_secret": {"x"}, "code": {"x"}}
			return s.rawAs(http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {"Basic YTpi"}}, "POST", oauthPath, form.Encode())
		}},
		{oauth, "a device that nobody has answered", func(s *site) reply {
			return s.pollDevice(s.device("im:message"))
		}},
	}
}

func fileRefusals() []refusal {
	const images, files = "POST /im/v1/images", "POST /im/v1/files"
	const imagesPath, filesPath = "/open-apis/im/v1/images", "/open-apis/im/v1/files"
	image := func(kind string, data []byte) func(s *site) reply {
		return func(s *site) reply { return s.upload(imagesPath, map[string]string{"image_type": kind}, "image", data) }
	}
	file := func(kind string, data []byte) func(s *site) reply {
		return func(s *site) reply {
			return s.upload(filesPath, map[string]string{"file_type": kind, "file_name": "x"}, "file", data)
		}
	}
	return []refusal{
		{images, "no form", func(s *site) reply { return s.call("POST", imagesPath, map[string]string{}) }},
		{images, "image_type is none of them", image("photo", png())},
		{images, "no picture", image("message", []byte("just words"))},
		{images, "nothing in it", image("message", nil)},
		{images, "11 MB", image("message", append(png(), make([]byte, 11<<20)...))},
		{files, "file_type is none of them", file("exe", []byte("x"))},
		{files, "nothing in it", file("stream", nil)},
		{"GET /im/v1/images/:image_key", "a picture of another app", func(s *site) reply {
			key := s.image()
			s.as(s.other)
			return s.call("GET", imagesPath+"/"+key, nil)
		}},
		{"GET /im/v1/files/:file_key", "no such file", func(s *site) reply { return s.call("GET", filesPath+"/file_v3_x", nil) }},
		{"GET /im/v1/messages/:message_id/resources/:file_key", "a file that is not in it", func(s *site) reply {
			return s.call("GET", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"})+"/resources/"+s.image()+"?type=image", nil)
		}},
		{"GET /im/v1/messages/:message_id/resources/:file_key", "type is missing", func(s *site) reply {
			return s.call("GET", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"})+"/resources/x", nil)
		}},
		{"GET /im/v1/messages/:message_id/resources/:file_key", "of a card", func(s *site) reply {
			return s.call("GET", messagesPath+"/"+s.post(sandbox.PostSpec{Type: "interactive", Content: `{"elements":[]}`})+"/resources/x?type=image", nil)
		}},
		{"POST /cardkit/v1/cards", "JSON 1.0", func(s *site) reply {
			return s.call("POST", "/open-apis/cardkit/v1/cards", map[string]string{"type": "card_json", "data": `{"elements":[]}`})
		}},
		{"POST /cardkit/v1/cards", "an empty card", func(s *site) reply {
			return s.call("POST", "/open-apis/cardkit/v1/cards", map[string]string{"type": "card_json", "data": `{}`})
		}},
		{"POST /cardkit/v1/cards", "data is missing", func(s *site) reply {
			return s.call("POST", "/open-apis/cardkit/v1/cards", map[string]string{"type": "card_json"})
		}},
	}
}

func batchRefusals() []refusal {
	const api = "POST /message/v4/batch_send/"
	send := func(body map[string]any) func(s *site) reply {
		return func(s *site) reply { return s.call("POST", batchPath, body) }
	}
	words := map[string]string{"text": "x"}
	return []refusal{
		{api, "to nobody", send(map[string]any{"msg_type": "text", "content": words})},
		{api, "without content", send(map[string]any{"msg_type": "text", "open_ids": []string{"ou_x"}})},
		{api, "an image that nobody uploaded", send(map[string]any{"msg_type": "image", "open_ids": []string{"ou_x"}, "content": map[string]string{"image_key": "x"}})},
		{api, "the card of an unknown chat", send(map[string]any{"msg_type": "share_chat", "open_ids": []string{"ou_x"}, "content": map[string]string{"share_chat_id": "oc_0"}})},
		{api, "to departments without the scope", send(map[string]any{"msg_type": "text", "department_ids": []string{"od-x"}, "content": words})},
		{api, "to user_ids without the scope", func(s *site) reply {
			s.Revoke("im:message:send_multi_users")
			return send(map[string]any{"msg_type": "text", "user_ids": []string{"x"}, "content": words})(s)
		}},
		{"DELETE /im/v1/batch_messages/:batch_message_id", "no such batch", func(s *site) reply { return s.call("DELETE", "/open-apis/im/v1/batch_messages/bm-0", nil) }},
		{"DELETE /im/v1/batch_messages/:batch_message_id", "of two days ago", func(s *site) reply {
			r := s.call("POST", batchPath, map[string]any{"msg_type": "text", "open_ids": []string{s.owner.OpenID}, "content": words})
			id, _ := r.field("message_id").(string)
			s.Advance(48 * time.Hour)
			s.token = ""
			return s.call("DELETE", "/open-apis/im/v1/batch_messages/"+id, nil)
		}},
	}
}
