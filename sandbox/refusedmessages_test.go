package sandbox_test

import (
	"strings"
	"time"

	"recallbot/sandbox"
)

func sendRefusals() []refusal {
	const api = "POST /im/v1/messages"
	outside := func(s *site) string { return s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, WithoutBot: true}) }
	return []refusal{
		{api, "the body is no JSON", func(s *site) reply { return s.raw("POST", toChat, asJSON, `{"receive_id":`) }},
		{api, "content is an object", func(s *site) reply {
			return s.raw("POST", toChat, asJSON, `{"receive_id":"`+s.chat+`","msg_type":"text","content":{"text":"x"}}`)
		}},
		{api, "receive_id_type is missing", func(s *site) reply { return s.call("POST", messagesPath, text(s.chat, "x")) }},
		{api, "receive_id_type is none of them", func(s *site) reply {
			return s.call("POST", messagesPath+"?receive_id_type=thread_id", text("omt_1", "x"))
		}},
		{api, "receive_id and msg_type are missing", func(s *site) reply { return s.call("POST", toChat, map[string]string{"content": "{}"}) }},
		{api, "receive_id is of no chat", func(s *site) reply { return s.call("POST", toChat, text("oc_nowhere", "x")) }},
		{api, "receive_id is nobody's open_id", func(s *site) reply {
			return s.call("POST", messagesPath+"?receive_id_type=open_id", text("ou_nobody", "x"))
		}},
		{api, "receive_id is an open_id of another app", func(s *site) reply {
			s.as(s.other)
			return s.call("POST", messagesPath+"?receive_id_type=open_id", text(s.owner.OpenID, "x"))
		}},
		{api, "receive_id is nobody's user_id", func(s *site) reply {
			return s.call("POST", messagesPath+"?receive_id_type=user_id", text("nobody", "x"))
		}},
		{api, "receive_id is nobody's union_id", func(s *site) reply {
			return s.call("POST", messagesPath+"?receive_id_type=union_id", text("on_nobody", "x"))
		}},
		{api, "receive_id is nobody's email", func(s *site) reply {
			return s.call("POST", messagesPath+"?receive_id_type=email", text("nobody@example.com", "x"))
		}},
		{api, "receive_id is a bot's", func(s *site) reply {
			return s.call("POST", messagesPath+"?receive_id_type=open_id", text(s.other.OpenID, "x"))
		}},
		{api, "the bot is not in the chat", func(s *site) reply { return s.call("POST", toChat, text(outside(s), "x")) }},
		{api, "the chat is dissolved", func(s *site) reply {
			s.must(s.Disband(s.chat, false))
			return s.call("POST", toChat, text(s.chat, "x"))
		}},
		{api, "the person is out of reach", func(s *site) reply {
			s.SetReachable(s.member.OpenID, false)
			return s.call("POST", messagesPath+"?receive_id_type=open_id", text(s.member.OpenID, "x"))
		}},
		{api, "the app is no bot", func(s *site) reply {
			s.SetBotAbility(false)
			return s.call("POST", toChat, text(s.chat, "x"))
		}},
		{api, "a uuid of 51 characters", func(s *site) reply {
			return s.call("POST", toChat, map[string]string{"receive_id": s.chat, "msg_type": "text", "content": `{"text":"x"}`, "uuid": strings.Repeat("u", 51)})
		}},
		{api, "the sixth in a second", func(s *site) reply {
			for range 5 {
				s.call("POST", toChat, text(s.chat, "x"))
			}
			return s.call("POST", toChat, text(s.chat, "x"))
		}},
		{api, "no scope", func(s *site) reply {
			for _, scope := range s.Scopes() {
				s.Revoke(scope)
			}
			return s.call("POST", toChat, text(s.chat, "x"))
		}},
		{"POST /im/v1/messages/:message_id/reply", "content is missing", func(s *site) reply {
			return s.call("POST", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"})+"/reply", map[string]string{"msg_type": "text"})
		}},
		{"POST /im/v1/messages/:message_id/reply", "the message is recalled", func(s *site) reply {
			id := s.post(sandbox.PostSpec{Text: "x"})
			s.must(s.RecallAs(s.owner.OpenID, id))
			return s.call("POST", messagesPath+"/"+id+"/reply", text("", "x"))
		}},
		{"POST /im/v1/messages/:message_id/reply", "the id is a topic's", func(s *site) reply { return s.call("POST", messagesPath+"/omt_1/reply", text("", "x")) }},
	}
}

func contentRefusals() []refusal {
	const api = "POST /im/v1/messages"
	card := func(content string) string { return content }
	return []refusal{
		{api, "msg_type is none of them", sends("hongbao", "{}")},
		{api, "content is no JSON", sends("text", "x")},
		{api, "a text without text", sends("text", `{"foo":1}`)},
		{api, "a text of 160 KB", sends("text", `{"text":"`+strings.Repeat("x", 160<<10)+`"}`)},
		{api, "a post that is {}", sends("post", "{}")},
		{api, `a post that is {"foo":1}`, sends("post", `{"foo":1}`)},
		{api, "a post that is not by language", sends("post", `{"title":"t","content":[[{"tag":"text","text":"x"}]]}`)},
		{api, "a post within post", sends("post", `{"post":{"zh_cn":{"content":[[{"tag":"text","text":"x"}]]}}}`)},
		{api, "a post with an unknown tag", sends("post", `{"zh_cn":{"content":[[{"tag":"blink","text":"x"}]]}}`)},
		{api, "a post with an at of nobody named", sends("post", `{"zh_cn":{"content":[[{"tag":"at"}]]}}`)},
		{api, "a post with a link without href", sends("post", `{"zh_cn":{"content":[[{"tag":"a","text":"x"}]]}}`)},
		{api, "a post with an unknown emoji", sends("post", `{"zh_cn":{"content":[[{"tag":"emotion","emoji_type":"Banana"}]]}}`)},
		{api, "a post with a picture that nobody uploaded", sends("post", `{"zh_cn":{"content":[[{"tag":"img","image_key":"img_v3_x"}]]}}`)},
		{api, "a post with Markdown that mentions nobody", sends("post", `{"zh_cn":{"content":[[{"tag":"md","text":"<at user_id=\"ou_x\">x</at>"}]]}}`)},
		{api, "an image without a key", sends("image", "{}")},
		{api, "an image that nobody uploaded", sends("image", `{"image_key":"img_v3_x"}`)},
		{api, "a file that nobody uploaded", sends("file", `{"file_key":"file_v3_x"}`)},
		{api, "a sticker that nobody sent", sends("sticker", `{"file_key":"x"}`)},
		{api, "an image of another app", func(s *site) reply {
			key := s.image()
			s.as(s.other)
			return s.create(s.chat, "image", `{"image_key":"`+key+`"}`)
		}},
		{api, "a video as a file", func(s *site) reply { return s.create(s.chat, "file", `{"file_key":"`+s.file("mp4")+`"}`) }},
		{api, "a file as a voice message", func(s *site) reply { return s.create(s.chat, "audio", `{"file_key":"`+s.file("pdf")+`"}`) }},
		{api, "the card of an unknown chat", sends("share_chat", `{"chat_id":"oc_nowhere"}`)},
		{api, "the card of a chat of two", func(s *site) reply {
			return s.create(s.chat, "share_chat", `{"chat_id":"`+s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.owner.OpenID})+`"}`)
		}},
		{api, "the card of a chat without us", func(s *site) reply {
			return s.create(s.chat, "share_chat", `{"chat_id":"`+s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, WithoutBot: true})+`"}`)
		}},
		{api, "the card of nobody", sends("share_user", `{"user_id":"ou_nobody"}`)},
		{api, "a card that is no JSON", sends("interactive", card("x"))},
		{api, "a card that is {}", sends("interactive", card("{}"))},
		{api, "a card with an unknown component", sends("interactive", card(`{"schema":"2.0","body":{"elements":[{"tag":"blink"}]}}`))},
		{api, "a card with a picture that nobody uploaded", sends("interactive", card(`{"schema":"2.0","body":{"elements":[{"tag":"img","img_key":"img_v3_x"}]}}`))},
		{api, "a card_id of no card", sends("interactive", card(`{"type":"card","data":{"card_id":"7355000000000000"}}`))},
		{api, "a template_id of no template", sends("interactive", card(`{"type":"template","data":{"template_id":"AAq"}}`))},
		{api, "a divider in a group", sends("system", `{"type":"divider","params":{"divider_text":{"text":"x"}}}`)},
		{api, "a divider without the scope", func(s *site) reply {
			return s.create(s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.owner.OpenID}), "system", `{"type":"divider","params":{"divider_text":{"text":"x"}}}`)
		}},
		{api, "a divider without words", func(s *site) reply {
			s.Grant("im:message:send_sys_msg")
			return s.create(s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.owner.OpenID}), "system", `{"type":"divider","params":{}}`)
		}},
		{"PUT /im/v1/messages/:message_id", "a card", func(s *site) reply {
			return s.call("PUT", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), map[string]string{"msg_type": "interactive", "content": "{}"})
		}},
		{"PATCH /im/v1/messages/:message_id", "a message that is no card", func(s *site) reply {
			return s.call("PATCH", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), map[string]string{"content": "{}"})
		}},
		{"PATCH /im/v1/messages/:message_id", "a card of 15 days ago", func(s *site) reply {
			id := s.post(sandbox.PostSpec{Type: "interactive", Content: card(`{"schema":"2.0","body":{"elements":[]}}`), At: time.Now().Add(-15 * 24 * time.Hour)})
			return s.call("PATCH", messagesPath+"/"+id, map[string]string{"content": `{"schema":"2.0","body":{"elements":[]}}`})
		}},
	}
}

func messageRefusals() []refusal {
	list := func(query string) func(s *site) reply {
		return func(s *site) reply {
			return s.call("GET", messagesPath+"?container_id_type=chat&container_id="+s.chat+query, nil)
		}
	}
	const del, get, all = "DELETE /im/v1/messages/:message_id", "GET /im/v1/messages/:message_id", "GET /im/v1/messages"
	one := func(method, suffix string, spec sandbox.PostSpec) func(s *site) reply {
		return func(s *site) reply { return s.call(method, messagesPath+"/"+s.post(spec)+suffix, nil) }
	}
	return []refusal{
		{del, "an id of another shape", func(s *site) reply { return s.call("DELETE", messagesPath+"/bm-1", nil) }},
		{del, "an id of no message", func(s *site) reply { return s.call("DELETE", messagesPath+"/om_0", nil) }},
		{del, "a person's message, as a plain member", func(s *site) reply { return s.call("DELETE", messagesPath+"/"+s.say(sandbox.SaySpec{Text: "x"}), nil) }},
		{del, "an own one of two days ago", one("DELETE", "", sandbox.PostSpec{Text: "x", At: time.Now().Add(-48 * time.Hour)})},
		{del, "a recalled one", func(s *site) reply {
			id := s.post(sandbox.PostSpec{Text: "x"})
			s.call("DELETE", messagesPath+"/"+id, nil)
			return s.call("DELETE", messagesPath+"/"+id, nil)
		}},
		{del, "an invisible one", func(s *site) reply {
			id := s.post(sandbox.PostSpec{Text: "x"})
			s.must(s.SetVisible(id, false))
			return s.call("DELETE", messagesPath+"/"+id, nil)
		}},
		{del, "what the system said", func(s *site) reply {
			return s.call("DELETE", messagesPath+"/"+s.say(sandbox.SaySpec{Type: "system", Content: "{}"}), nil)
		}},
		{get, "of a group, without im:message.group_msg", func(s *site) reply {
			s.Revoke("im:message.group_msg")
			return s.call("GET", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), nil)
		}},
		{get, "user_id_type is none of them", one("GET", "?user_id_type=lark_id", sandbox.PostSpec{Text: "x"})},
		{all, "container_id is missing", func(s *site) reply { return s.call("GET", messagesPath+"?container_id_type=chat", nil) }},
		{all, "container_id is of no chat", func(s *site) reply {
			return s.call("GET", messagesPath+"?container_id_type=chat&container_id=oc_0", nil)
		}},
		{all, "container_id_type is none of them", func(s *site) reply {
			return s.call("GET", messagesPath+"?container_id_type=group&container_id="+s.chat, nil)
		}},
		{all, "sort_type is none of them", list("&sort_type=ByName")},
		{all, "start_time is no number", list("&start_time=yesterday")},
		{all, "end_time before start_time", list("&start_time=9&end_time=1")},
		{all, "page_size of 51", list("&page_size=51")},
		{all, "page_token of another list", list("&page_token=x")},
		{"GET /im/v1/messages/:message_id/read_users", "user_id_type is missing", one("GET", "/read_users", sandbox.PostSpec{Text: "x"})},
		{"GET /im/v1/messages/:message_id/read_users", "a person's message", func(s *site) reply {
			return s.call("GET", messagesPath+"/"+s.say(sandbox.SaySpec{Text: "x"})+"/read_users?user_id_type=open_id", nil)
		}},
		{"GET /im/v1/messages/:message_id/read_users", "of eight days ago", one("GET", "/read_users?user_id_type=open_id", sandbox.PostSpec{Text: "x", At: time.Now().Add(-8 * 24 * time.Hour)})},
		{"POST /im/v1/messages/:message_id/reactions", "reaction_type is missing", func(s *site) reply {
			return s.call("POST", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"})+"/reactions", map[string]string{})
		}},
		{"POST /im/v1/messages/:message_id/reactions", "an emoji that there is not", func(s *site) reply {
			return s.call("POST", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"})+"/reactions", map[string]any{"reaction_type": map[string]string{"emoji_type": "Trash"}})
		}},
		{"POST /im/v1/messages/reactions/batch_query", "no queries", func(s *site) reply {
			return s.call("POST", messagesPath+"/reactions/batch_query", map[string]any{"queries": []any{}})
		}},
		{"POST /im/v1/messages/search", "without the scope", func(s *site) reply { return s.call("POST", messagesPath+"/search", map[string]string{"query": "x"}) }},
		{"POST /im/v1/messages/search", "a query of 51 characters", func(s *site) reply {
			s.Grant("search:message")
			return s.call("POST", messagesPath+"/search", map[string]string{"query": strings.Repeat("x", 51)})
		}},
		{"POST /im/v1/messages/:message_id/forward", "what the system said", func(s *site) reply {
			id := s.say(sandbox.SaySpec{Type: "system", Content: "{}"})
			return s.call("POST", messagesPath+"/"+id+"/forward?receive_id_type=chat_id", map[string]string{"receive_id": s.chat})
		}},
		{"POST /ephemeral/v1/send", "in a topic group", func(s *site) reply {
			return s.call("POST", "/open-apis/ephemeral/v1/send", map[string]any{
				"chat_id": s.group(sandbox.ChatSpec{Mode: sandbox.Topic, Owner: s.owner.OpenID}), "open_id": s.owner.OpenID,
				"msg_type": "interactive", "card": map[string]any{"elements": []any{}},
			})
		}},
		{"GET /im/v1/nothing", "no such path", func(s *site) reply { return s.call("GET", "/open-apis/im/v1/nothing", nil) }},
		{"DELETE /im/v1/chats", "no such method", func(s *site) reply { return s.call("DELETE", "/open-apis/im/v1/chats", nil) }},
	}
}
