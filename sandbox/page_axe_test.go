package sandbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"recallbot/sandbox"
	"recallbot/test/browsertest"
)

// TestPageAccessibleSlow: axe-core finds nothing serious on the sandbox's pages, in each language and theme.
func TestPageAccessibleSlow(t *testing.T) {
	t.Parallel()
	axe, browser := browsertest.InstallAxe(t), browsertest.Start(t)
	t.Run("chat", func(t *testing.T) {
		t.Parallel()
		p := openTab(t, browser)
		p.Resize(1440, 1400)
		p.fill()
		p.eachLook(func(look string) { p.checkScreens(axe, look) })
	})
	t.Run("consent", func(t *testing.T) {
		t.Parallel()
		s := open(t, sandbox.Config{})
		const redirect = "http://127.0.0.1:1/oauth/callback"
		s.SetRedirects(redirect)
		query := url.Values{"client_id": {s.Config().AppID}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {"im:message"}}
		device := s.device("im:message")["verification_uri_complete"]
		registration := s.registration("action=begin")["verification_uri_complete"]
		for name, address := range map[string]any{
			"login": s.url + "/open-apis/authen/v1/authorize?" + query.Encode(), "device": device, "registration": registration,
		} {
			p := browser.Open(t, fmt.Sprint(address))
			for _, dark := range []bool{false, true} {
				p.Dark(dark)
				p.UntilShown("main h1", "")
				p.CheckAccessible(axe, fmt.Sprintf("%s, dark %t", name, dark))
			}
		}
	})
}

// eachLook does something in each language and theme.
func (p *tab) eachLook(do func(look string)) {
	p.t.Helper()
	for _, language := range []string{"en", "zh-CN"} {
		if p.Attr("html", "lang") != language {
			p.Click(testID("lang"))
			p.Until(language, `document.documentElement.lang === "`+language+`"`)
		}
		for _, dark := range []bool{false, true} {
			p.Dark(dark)
			do(fmt.Sprintf("%s, dark %t", language, dark))
		}
	}
}

// everyElement is a card with what the page can draw.
const everyElement = `{"schema":"2.0","header":{"template":"%s","title":{"tag":"plain_text","content":"Title"},"subtitle":{"tag":"plain_text","content":"Subtitle"},
	"text_tag_list":[{"tag":"text_tag","text":{"tag":"plain_text","content":"Tag"},"color":"%s"}]},"body":{"elements":[
	{"tag":"markdown","content":"**bold** <font color='green'>green</font> <font color='grey'>grey</font> <font color='orange'>orange</font> <font color='violet'>violet</font> <at id=all></at> [link](https://example.com) ` + "`code`" + `\n> quoted"},
	{"tag":"markdown","text_size":"notation","content":"small print"},
	{"tag":"collapsible_panel","header":{"title":{"tag":"plain_text","content":"More"}},"elements":[{"tag":"markdown","content":"inside"}]},
	{"tag":"table","columns":[{"name":"a","display_name":"A"}],"rows":[{"a":"1"}]},
	{"tag":"form","name":"f","elements":[{"tag":"input","name":"quorum","label":{"tag":"plain_text","content":"Quorum"},"placeholder":{"tag":"plain_text","content":"a number"}},
		{"tag":"select_static","name":"language","placeholder":{"tag":"plain_text","content":"Language"},"options":[{"text":{"tag":"plain_text","content":"English"},"value":"en"}]},
		{"tag":"multi_select_person","name":"moderators","placeholder":{"tag":"plain_text","content":"Moderators"}},
		{"tag":"button","name":"submit","type":"primary","form_action_type":"submit","text":{"tag":"plain_text","content":"Save"}}]},
	{"tag":"button","type":"danger","text":{"tag":"plain_text","content":"Delete"}}, {"tag":"button","type":"danger_filled","text":{"tag":"plain_text","content":"Delete all"}},
	{"tag":"button","type":"primary_filled","text":{"tag":"plain_text","content":"Go on"}}, {"tag":"button","text":{"tag":"plain_text","content":"Plain"}}, {"tag":"nothing"}]}}`

// fill brings about what the page can show: cards, quotes, reactions, recalled and pinned messages, and a log with errors.
func (p *tab) fill() {
	p.t.Helper()
	bot := &site{Feishu: p.Feishu, t: p.t, url: p.server.URL}
	bot.token = bot.login()
	bot.send("wrong", http.MethodGet, messagesPath, nil)
	for _, color := range []string{"blue", "green", "red", "yellow", "grey"} {
		p.showCard(fmt.Sprintf(everyElement, color, color))
	}
	for _, spec := range []sandbox.SaySpec{{Text: "a reply with https://example.com", ReplyTo: p.botPost().ID}, {Text: "soon gone"}, {Text: "@RecallBot liked", MentionBot: true}} {
		spec.Chat, spec.From = p.chat, p.owner
		id, err := p.Say(spec)
		if err == nil && spec.Text == "soon gone" {
			err = p.RecallAs(p.owner, id)
		} else if err == nil {
			err = p.React(p.owner, id, "THUMBSUP")
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	bot.call(http.MethodPost, "/open-apis/ephemeral/v1/send", map[string]any{
		"chat_id": p.chat, "open_id": p.owner, "msg_type": "interactive",
		"card": map[string]any{"elements": []any{map[string]any{"tag": "markdown", "content": "only you"}}},
	})
	p.SetCommands([]sandbox.Command{{ZH: "发消息", EN: "Post", Text: "curl http://127.0.0.1:1/api/v1/posts"}})
	p.UntilShown(`[data-ephemeral="true"]`, "only you")
	p.Click(testID("wire-row"))
	p.UntilShown(".wire-detail", "")
}

// checkScreens checks the wide page, and the three screens of a phone.
func (p *tab) checkScreens(axe browsertest.Axe, state string) {
	p.t.Helper()
	p.Click(testID("reply"))
	p.UntilShown(".reply-bar:not([hidden])", "")
	if !strings.Contains(p.Attr("#app", "data-panel"), "true") {
		p.Click(testID("panel"))
	}
	p.CheckAccessible(axe, state+", wide")
	p.Write(testID("composer-input"), " @")
	p.UntilShown(testID("mentions")+":not([hidden])", "")
	p.CheckAccessible(axe, state+", with a list of people")
	p.Write(testID("composer-input"), "\x1b")
	p.Click(testID("who-am-i"))
	p.CheckAccessible(axe, state+", with a menu")

	p.Resize(390, 844)
	p.Until("the panel closes", `document.querySelector("#panel").inert`)
	p.CheckAccessible(axe, state+", conversation")
	p.Click(testID("panel"))
	p.CheckAccessible(axe, state+", panel")
	p.Click(testID("panel-close"))
	p.Click(testID("back"))
	p.CheckAccessible(axe, state+", list")
	p.Click(testID("chat-item"))
	p.Resize(1440, 1400)
}
