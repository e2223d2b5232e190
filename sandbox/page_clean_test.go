package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"recallbot/sandbox"
	"recallbot/test/browsertest"
)

// TestPageCleanup tests the parts of the page that a clean-up uses, without the bot.
func TestPageCleanup(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	for name, story := range map[string]func(*tab){
		"form":    pageSendsForms,
		"edited":  pageKeepsFocusInCards,
		"flood":   pageFloods,
		"mention": pageOffersMentions,
		"pin":     pagePins,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(openTab(t, browser))
		})
	}
}

// answers responds as the bot and returns the actions that were pressed.
func (p *tab) answers(answer string) <-chan map[string]any {
	p.t.Helper()
	actions := make(chan map[string]any, 10)
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var in struct {
			Header struct {
				Type string `json:"event_type"`
			} `json:"header"`
			Event struct {
				Action map[string]any `json:"action"`
			} `json:"event"`
		}
		if err == nil && json.Unmarshal(body, &in) == nil && in.Header.Type == "card.action.trigger" {
			actions <- in.Event.Action
			_, _ = io.WriteString(w, answer) // the sandbox may have gone
		}
	}))
	p.t.Cleanup(bot.Close)
	p.t.Cleanup(p.Close) // before the bot ends
	p.SetEventURL(bot.URL)
	return actions
}

func (p *tab) showCard(content string) string {
	p.t.Helper()
	id, err := p.Post(sandbox.PostSpec{Chat: p.chat, Type: "interactive", Content: content})
	if err != nil {
		p.t.Fatal(err)
	}
	p.UntilShown(messageSelector(id), "")
	return messageSelector(id)
}

func pageSendsForms(p *tab) {
	actions := p.answers(`{"toast":{"type":"success","content":"saved"},"card":{"type":"raw","data":{"schema":"2.0","body":{"elements":[{"tag":"markdown","content":"**All** saved"}]}}}}`)
	shown := p.showCard(strings.Replace(settingsCard, `"default_value":"3"`, `"default_value":""`, 1))
	p.Write(shown+" "+testID("field-quorum"), "5")
	p.Eval(`(() => { const s = document.querySelector("[data-testid=field-language]"); s.value = "zh-CN"; return s.value })()`)
	p.Click(shown + " " + testID("tick-emoji") + `[value="No"]`)
	p.Click(shown + " " + testID("tick-moderators") + `[value="` + p.member + `"]`)

	// A reaction redraws the message; form values stay.
	if err := p.React(p.member, strings.Trim(p.Attr(shown, "data-message-id"), `"`), "SMILE"); err != nil {
		p.t.Fatal(err)
	}
	p.UntilShown(shown+" "+testID("chip-SMILE"), "")
	p.Click(shown + " " + testID("card-button"))
	p.Click(testID("confirm"))
	p.UntilShown(testID("toast"), "saved")
	p.UntilShown(shown+" strong", "All")
	p.UntilGone(shown + " form")

	action := <-actions
	got, err := json.Marshal(action["form_value"])
	if err != nil {
		p.t.Fatal(err)
	}
	want := `{"emoji":["CrossMark","No"],"language":"zh-CN","moderators":["` + p.member + `"],"quorum":"5"}`
	if string(got) != want || action["name"] != "submit" {
		p.t.Errorf("the form is sent as %v with %s, want %s", action["name"], got, want)
	}
}

// pageKeepsFocusInCards edits a card while its second button has the focus.
func pageKeepsFocusInCards(p *tab) {
	const before = `{"schema":"2.0","config":{"update_multi":true},"body":{"elements":[{"tag":"div","text":{"tag":"plain_text","content":"▰▱ 1 / 2"}},
		{"tag":"column_set","columns":[{"tag":"column","width":"auto","elements":[{"tag":"button","text":{"tag":"plain_text","content":"More"}}]},
		{"tag":"column","width":"auto","elements":[{"tag":"button","text":{"tag":"plain_text","content":"Stop"}}]}]}]}}`
	bot := &site{Feishu: p.Feishu, t: p.t, url: p.server.URL}
	bot.token = bot.login()
	shown := p.showCard(before)
	p.UntilShown(shown, "1 / 2")
	p.Eval(`(() => { document.querySelectorAll('` + shown + ` [data-testid=card-button]')[1].focus(); return "" })()`)
	top := p.Eval(`String(document.querySelector("#messages").scrollTop)`)
	id := p.Attr(shown, "data-message-id")
	if r := bot.call(http.MethodPatch, messagesPath+"/"+id, map[string]string{"content": strings.Replace(before, "1 / 2", "2 / 2", 1)}); r.Code != 0 {
		p.t.Fatalf("patch: %d %s", r.Code, r.Msg)
	}
	p.UntilShown(shown, "2 / 2")
	if got := p.Eval(`document.activeElement.textContent`); got != "Stop" {
		p.t.Errorf("after an edit the focus is on %q, want on the same button", got)
	}
	if now := p.Eval(`String(document.querySelector("#messages").scrollTop)`); now != top {
		p.t.Errorf("an edit scrolled from %s to %s", top, now)
	}
}

func pageFloods(p *tab) {
	before := len(p.Messages(p.chat))
	p.Click(testID("wild"))
	p.Click(testID("flood"))
	p.waitState("200 more", func(s sandbox.State) bool { return len(s.Messages(p.chat)) == before+200 })
	p.UntilShown(messageSelector(p.Messages(p.chat)[before+199].ID), "")
	p.Until("the newest is in view", `(() => { const m = document.querySelector("#messages"); return m.scrollHeight - m.scrollTop - m.clientHeight < 80 })()`)
	p.Click(testID("tidy"))
	p.Until("the command is offered", `document.querySelector("[data-testid=composer-input]").value === "/recall clean --bot any --since 10m"`)
	p.Click(testID("lang"))
	p.Click(testID("wild"))
	p.UntilShown(testID("flood"), "刷屏 200 条")
}

func pageOffersMentions(p *tab) {
	p.write("/recall clean --by @wang")
	p.UntilShown(testID("mention-item")+`[aria-selected="true"]`, "Wang Xiaoming")
	p.Enter()
	p.Until("the name is in", `document.querySelector("[data-testid=composer-input]").value === "/recall clean --by @王小明 Wang Xiaoming "`)
	p.write("--bot @daily")
	p.UntilShown(testID("mention-item"), "Daily Report")
	p.Click(testID("mention-item"))
	p.Until("the list closes", `document.querySelector("[data-testid=mentions]").hidden`)
	p.Enter()
	m := p.findMessage(p.owner, "--by @_user_1 --bot @_user_2")
	if len(m.Mentions) != 2 || m.Mentions[0].Name != "王小明 Wang Xiaoming" || m.Mentions[0].Bot || !m.Mentions[1].Bot {
		p.t.Errorf("mentions = %+v", m.Mentions)
	}
}

func pagePins(p *tab) {
	post := p.botPost()
	pinned := func(s sandbox.State) bool {
		return slices.ContainsFunc(s.Messages(p.chat), func(m sandbox.Message) bool { return m.ID == post.ID && m.Pinned })
	}
	p.Click(messageSelector(post.ID) + " " + testID("pin"))
	p.waitState("pinned", pinned)
	p.UntilShown(messageSelector(post.ID)+" .byline", "Pinned")
	p.Click(messageSelector(post.ID) + " " + testID("pin") + `[aria-pressed="true"]`)
	p.waitState("unpinned", func(s sandbox.State) bool { return !pinned(s) })
}
