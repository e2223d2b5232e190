package feishu_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/feishu"
)

func itemJSON(id, sender, senderType string, at int64, deleted bool) string {
	return fmt.Sprintf(`{"message_id":%q,"chat_id":"oc_1","thread_id":"omt_1","create_time":"%d","deleted":%t,`+
		`"sender":{"id":%q,"id_type":"x","sender_type":%q},"body":{"content":"{\"text\":\"secret words\"}"}}`, id, at, deleted, sender, senderType)
}

func TestMessage(t *testing.T) {
	t.Parallel()
	const at = 1717049990000
	base := bot.Message{ID: "om_1", Chat: "oc_1", Thread: bot.HashOf("omt_1"), At: time.UnixMilli(at)}
	with := func(kind bot.Kind, sender string, gone bool) bot.Message {
		m := base
		m.Kind, m.Sender, m.Gone = kind, bot.HashOf(sender), gone
		return m
	}
	for _, tt := range []struct {
		name  string
		items string
		want  bot.Message
	}{
		{"own", itemJSON("om_1", testApp, "app", at, false), with(bot.KindOwn, "", false)},
		{"another app's", itemJSON("om_1", "cli_other", "app", at, false), with(bot.KindBot, "cli_other", false)},
		{"a person's", itemJSON("om_1", "ou_1", "user", at, false), with(bot.KindPerson, "ou_1", false)},
		{"anonymous", itemJSON("om_1", "x", "anonymous", at, false), with(bot.KindUnknown, "", false)},
		{"a person with our app's id", itemJSON("om_1", testApp, "user", at, false), with(bot.KindPerson, testApp, false)},
		{"recalled", itemJSON("om_1", testApp, "app", at, true), with(bot.KindOwn, "", true)},
		{"forwarded together", itemJSON("om_1", testApp, "app", at, false) + "," + itemJSON("om_child", "ou_1", "user", 1, false), with(bot.KindOwn, "", false)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, always(fakeReply{body: `{"code":0,"data":{"items":[` + tt.items + `]}}`}))
			got, err := newClient(p).Message(t.Context(), "om_1")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if call := p.seen()[0]; call.Path != "/open-apis/im/v1/messages/om_1" || call.Query != "card_msg_content_type=user_card_content&user_id_type=open_id" {
				t.Errorf("asked %+v", call)
			}
		})
	}
	for name, want := range map[string]struct {
		reply  fakeReply
		reason bot.Reason
	}{
		"gone":     {refusal(230110), bot.ReasonGone},
		"no items": {fakeReply{body: `{"code":0,"data":{"items":[]}}`}, bot.ReasonUnknownMessage},
	} {
		_, err := newClient(newPlatform(t, always(want.reply))).Message(t.Context(), "om_1")
		if got := bot.Detail(err); got.Kind != bot.NotFound || got.Reason != want.reason {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestIsSender(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		reply fakeReply
		own   bool
		kind  bot.ErrorKind
	}{
		{"ours", fakeReply{body: `{"code":0,"data":{"items":[],"has_more":false}}`}, true, bot.None},
		{"another's", refusal(230012), false, bot.None},
		{"nothing", fakeReply{body: `{}`}, false, bot.Unavailable},
		{"null", fakeReply{body: `null`}, false, bot.Unavailable},
		{"no list", fakeReply{body: `{"code":0,"data":{}}`}, false, bot.Unavailable},
		{"another answer", fakeReply{body: `{"code":0,"msg":"success","data":{"items":[]}}`}, false, bot.Unavailable},
		{"too old to be told", refusal(230033), false, bot.Denied},
		{"an external group's", refusal(230027), false, bot.Denied},
		{"no such call there", fakeReply{status: 404, kind: "text/plain", body: "404 page not found"}, false, bot.Denied},
		{"not there for the moment", fakeReply{status: 502, body: "bad gateway"}, false, bot.Unavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, always(tt.reply))
			own, err := newClient(p).IsSender(t.Context(), "om_1")
			if own != tt.own || bot.Detail(err).Kind != tt.kind {
				t.Errorf("got %t, %v", own, err)
			}
			if call := p.seen()[0]; call.Path != "/open-apis/im/v1/messages/om_1/read_users" || call.Query != "page_size=1&user_id_type=open_id" {
				t.Errorf("asked %+v", call)
			}
		})
	}
}

// isPost reports posts by their ids.
func isPost(_ context.Context, m bot.Message) (bool, error) { return m.ID != "om_answer", nil }

func TestNewestOwn(t *testing.T) {
	t.Parallel()
	before := time.UnixMilli(1717050005000)
	pages := map[string]string{
		"":   `{"has_more":true,"page_token":"p2","items":[` + itemJSON("om_newer", testApp, "app", 1717050006000, false) + `,null,` + itemJSON("om_person", "ou_1", "user", 1717050004900, false) + `]}`,
		"p2": `{"has_more":true,"page_token":"p3","items":[` + itemJSON("om_gone", testApp, "app", 1717050004800, true) + `,` + itemJSON("om_other", "cli_other", "app", 1717050004700, false) + `]}`,
		"p3": `{"has_more":true,"page_token":"p4","items":[` + itemJSON("om_answer", testApp, "app", 1717050004650, false) + `,` + itemJSON("om_it", testApp, "app", 1717050004600, false) + `,` + itemJSON("om_older", testApp, "app", 1717050004500, false) + `]}`,
	}
	p := newPlatform(t, func(_ int, call seen) fakeReply {
		query, err := url.ParseQuery(call.Query)
		if err != nil || query.Get("container_id_type") != "thread" || query.Get("container_id") != "omt_1" || query.Get("sort_type") != "ByCreateTimeDesc" || query.Get("page_size") != "50" {
			t.Errorf("asked for %s", call.Query)
		}
		return fakeReply{body: `{"code":0,"data":` + pages[query.Get("page_token")] + `}`}
	})
	got, err := newClient(p).NewestOwn(t.Context(), "oc_1", "omt_1", before, isPost)
	if err != nil || got.ID != "om_it" || len(p.seen()) != 3 {
		t.Fatalf("got %+v, %v after %d pages", got, err, len(p.seen()))
	}
}

func TestNewestOwnFindsNone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		page  string
		pages int
	}{
		"an empty topic":    {`{"has_more":false}`, 1},
		"an endless topic":  {`{"has_more":true,"page_token":"more","items":[` + itemJSON("om_1", "ou_1", "user", 1, false) + `]}`, 10},
		"no token for more": {`{"has_more":true,"items":[]}`, 1},
	} {
		p := newPlatform(t, always(fakeReply{body: `{"code":0,"data":` + tt.page + `}`}))
		_, err := newClient(p).NewestOwn(t.Context(), "oc_1", "omt_1", time.UnixMilli(1717050005000), isPost)
		if got := bot.Detail(err); got.Kind != bot.NotFound || got.Reason != bot.ReasonNothingHere {
			t.Errorf("%s: got %v", name, err)
		}
		if len(p.seen()) != tt.pages {
			t.Errorf("%s: read %d pages", name, len(p.seen()))
		}
	}
	_, err := newClient(newPlatform(t, always(refusal(230027)))).NewestOwn(t.Context(), "oc_1", "omt_1", time.UnixMilli(1717050005000), isPost)
	wantKind(t, err, bot.Denied)
}

func TestChat(t *testing.T) {
	t.Parallel()
	const settings = `"add_member_permission":"all_members","chat_status":"normal","group_message_type":"chat"`
	for _, tt := range []struct {
		name string
		data string
		want bot.Chat
	}{
		{
			"a group", `{` + settings + `,"chat_mode":"group","owner_id":"ou_owner","owner_id_type":"open_id","user_manager_id_list":["ou_admin"],"bot_manager_id_list":["cli_1"],"user_count":"12"}`,
			bot.Chat{Owner: "ou_owner", Managers: []bot.UserID{"ou_admin"}, BotManagers: []bot.AppID{"cli_1"}, Member: true},
		},
		{"a group with settings only", `{` + settings[:len(settings)-len(`,"group_message_type":"chat"`)] + `}`, bot.Chat{Member: true}},
		{"a group of a bot", `{` + settings + `,"chat_mode":"group"}`, bot.Chat{Member: true}},
		{"a topic group", `{` + settings + `,"chat_mode":"topic","owner_id":"ou_owner"}`, bot.Chat{Topics: true, Owner: "ou_owner", Member: true}},
		{"a group with messages as topics", `{"chat_mode":"group","group_message_type":"thread","owner_id":"ou_owner"}`, bot.Chat{Topics: true, Owner: "ou_owner", Member: true}},
		{"a p2p chat", `{"chat_mode":"p2p"}`, bot.Chat{P2P: true, Member: true}},
		{"seen from outside", `{"name":"G","avatar":"a","user_count":"2","bot_count":"1","chat_status":"normal"}`, bot.Chat{Name: "G"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, always(fakeReply{body: `{"code":0,"data":` + tt.data + `}`}))
			cfg := clientConfig(p.URL)
			cfg.Now = testTime
			got, err := feishu.NewClient(cfg, &limiter{}, discardLog()).Chat(t.Context(), "oc_1")
			if err != nil {
				t.Fatal(err)
			}
			tt.want.ID, tt.want.Learned = "oc_1", testTime()
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, status := range []string{"dissolved", "dissolved_save"} {
		p := newPlatform(t, always(fakeReply{body: `{"code":0,"data":{"chat_status":"` + status + `"}}`}))
		_, err := newClient(p).Chat(t.Context(), "oc_1")
		if got := bot.Detail(err); got.Kind != bot.Denied || got.Reason != bot.ReasonDissolved {
			t.Errorf("%s: got %v", status, err)
		}
	}
}

func TestSelf(t *testing.T) {
	t.Parallel()
	for status, active := range map[int]bool{0: false, 1: false, 2: true, 3: false, 5: false} {
		body := fmt.Sprintf(`{"code":0,"msg":"ok","bot":{"activate_status":%d,"app_name":"RecallBot","open_id":"ou_bot"}}`, status)
		got, err := newClient(newPlatform(t, always(fakeReply{body: body}))).Self(t.Context())
		if want := (feishu.Self{OpenID: "ou_bot", Name: "RecallBot", Active: active}); err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
}
