package sandbox_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"recallbot/sandbox"
	"recallbot/test/browsertest"
)

// TestPageLayout tests the page at the widths of phones, of a large zoom and of a notebook.
func TestPageLayout(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	for _, size := range [][2]int64{{320, 640}, {390, 844}, {683, 410}, {1280, 800}} {
		t.Run(strconv.FormatInt(size[0], 10), func(t *testing.T) {
			t.Parallel()
			p := openTab(t, browser)
			p.Resize(size[0], size[1])
			if size[0] < 720 {
				pageHasScreens(p)
			} else {
				p.wantFit("all columns")
				p.Until("the list beside the conversation", visible("#rail")+" && "+visible("#main")+" && "+visible("#panel"))
				pageShowsToasts(p)
			}
		})
	}
	t.Run("long chat", func(t *testing.T) {
		t.Parallel()
		pageDrawsAPart(openTab(t, browser))
	})
	t.Run("keyboard", func(t *testing.T) {
		t.Parallel()
		pageTakesKeys(openTab(t, browser))
	})
}

// visible is a JavaScript expression.
func visible(selector string) string {
	return fmt.Sprintf(`document.querySelector(%q).checkVisibility({ visibilityProperty: true })`, selector)
}

// wantFit waits until nothing scrolls sideways, the composer is in the window and its chips are in one row, and the area of messages
// is useful in height.
func (p *tab) wantFit(what string) {
	p.t.Helper()
	p.Until(what+": nothing scrolls sideways", `["html", "body", "#rail", "#main", "#messages", "#panel", "#composer"].every((name) => {
		const node = document.querySelector(name);
		return node.scrollWidth <= node.clientWidth && node.getBoundingClientRect().width <= innerWidth;
	})`)
	p.Until(what+": the composer is in the window", `(() => {
		const box = document.querySelector("[data-testid=send]").getBoundingClientRect();
		return box.width > 0 && box.bottom <= innerHeight && box.right <= innerWidth;
	})()`)
	p.Until(what+": one row of chips", `(() => {
		const tops = [...document.querySelectorAll(".suggestion")].filter((one) => one.checkVisibility()).map((one) => Math.round(one.getBoundingClientRect().top));
		return tops.length > 1 && new Set(tops).size === 1;
	})()`)
	p.Until(what+": room for messages", `document.querySelector("#messages").clientHeight >= 120`)
}

func pageHasScreens(p *tab) {
	p.wantFit("conversation")
	p.Until("no list", "!("+visible("#rail")+")")
	p.Click(testID("details"))
	p.wantFit("details")
	p.Click(testID("bot-manager") + `[aria-checked="false"]`)
	p.UntilShown(testID("bot-manager")+`[aria-checked="true"]`, "")
	p.Click(testID("details"))

	post := messageSelector(p.botPost().ID)
	p.Click(post + " " + testID("more"))
	p.Click(post + " " + testID("reply"))
	p.UntilShown(".reply-bar:not([hidden])", "Reply to RecallBot")
	p.wantFit("reply")

	p.Click(post + " " + testID("more"))
	p.Click(post + " " + testID("age"))
	p.Key("Escape")
	p.Until("the actions stay, with the focus", `document.activeElement.dataset.testid === "age"`)
	bot := &site{Feishu: p.Feishu, t: p.t, url: p.server.URL}
	bot.call(http.MethodPost, "/open-apis/ephemeral/v1/send", map[string]any{
		"chat_id": p.chat, "open_id": p.owner, "msg_type": "interactive",
		"card": map[string]any{"elements": []any{map[string]any{"tag": "markdown", "content": "a sentence that is longer than a phone is wide, for one person"}}},
	})
	p.UntilShown(`[data-ephemeral="true"]`, "a sentence")
	p.Until("a card for one person fits", `document.querySelector('[data-ephemeral="true"] .card').getBoundingClientRect().right <= innerWidth`)

	p.Click(testID("wild"))
	p.Click(testID("flood")) // then a chip is another
	p.UntilShown(testID("tidy"), "")
	p.wantFit("after a flood")

	p.Click(testID("panel"))
	p.Until("the panel covers all", `(() => {
		const box = document.querySelector("#panel").getBoundingClientRect();
		return Math.round(box.width) === innerWidth && Math.round(box.left) === 0 && document.querySelector("#main").inert;
	})()`)
	p.Click(testID("panel-close"))
	p.Until("the conversation again", `!document.querySelector("#main").inert && document.activeElement.dataset.testid === "panel"`)

	p.Click(testID("greet-close"))
	p.Until("the greeting is closed", `document.querySelector("[data-testid=greet]").hidden`)
	p.wantFit("without the greeting")

	p.Click(testID("back"))
	p.Until("the list alone", visible("#rail")+" && !("+visible("#main")+")")
	p.Until("the focus follows", `document.activeElement.dataset.chatId === "`+p.chat+`"`)
	p.Click(testID("chat-item") + `[data-mode=topic]`)
	p.Until("the conversation alone", visible("#main")+" && !("+visible("#rail")+")")
	p.UntilShown("#header h1", "Issues")
	p.wantFit("topics")
}

// pageShowsToasts: a toast does not cover who the person is.
func pageShowsToasts(p *tab) {
	p.unavailable.Store(true)
	p.enter("not sent")
	p.UntilShown(testID("toast"), "That did not work: away")
	p.Until("the toast is below", `document.querySelector(".toast").getBoundingClientRect().top > document.querySelector("[data-testid=who-am-i]").getBoundingClientRect().bottom`)
	p.unavailable.Store(false)
}

// pageDrawsAPart: of a long chat only a part is in the document, and the reader gets to both ends.
func pageDrawsAPart(p *tab) {
	const drawn = `document.querySelectorAll("[data-testid=message]").length`
	all := p.Messages(p.chat)
	if _, err := p.Flood(p.chat, "", 500); err != nil {
		p.t.Fatal(err)
	}
	last := p.Messages(p.chat)[len(all)+499].ID
	p.UntilShown(messageSelector(last), "")
	p.Reload()
	p.UntilShown(messageSelector(last), "")
	p.Until("a part is drawn", drawn+" <= 100")

	reply, err := p.Say(sandbox.SaySpec{Chat: p.chat, From: p.member, Text: "what is this", ReplyTo: all[0].ID})
	if err != nil {
		p.t.Fatal(err)
	}
	p.Click(messageSelector(reply) + " .quote")
	p.UntilShown(messageSelector(all[0].ID)+".flash", "")
	p.Until("still a part", drawn+" <= 300")
	p.Click(testID("to-end"))
	p.Until("the end is in view", atEnd)

	up := `(() => { document.querySelector("#messages").scrollTop = 0; return document.querySelector('` + messageSelector(all[0].ID) + `') !== null })()`
	p.Until("the reader scrolls to the first message", up)
	p.Until("still a part", drawn+" <= 300")
	down := `(() => { const m = document.querySelector("#messages"); m.scrollTop = m.scrollHeight; return document.querySelector('` + messageSelector(reply) + `') !== null })()`
	p.Until("and back to the last", down)
	p.Until("still a part", drawn+" <= 300")
	p.enter("said at the end")
	p.UntilShown(messageSelector(p.findMessage(p.owner, "said at the end").ID), "said at the end")
	p.Until("the end is in view", atEnd)
}

const atEnd = `(() => { const m = document.querySelector("#messages"); return m.scrollHeight - m.scrollTop - m.clientHeight < 80 })()`

// pageTakesKeys: a skip link, one tab stop for a message and for a toolbar, arrow keys in both.
func pageTakesKeys(p *tab) {
	focused := func(what, expression string) {
		p.t.Helper()
		p.Until(what, "((at) => "+expression+")(document.activeElement)")
	}
	p.Key("Tab")
	focused("the skip link is first", `at.id === "skip" && at.textContent === "Skip to the message box"`)
	p.Enter()
	focused("it leads to the composer", `at.dataset.testid === "composer-input"`)

	p.Until("one tab stop for each message", `[...document.querySelectorAll(".message:not(:has(.card))")].every((one) =>
		one.tabIndex === 0 && [...one.querySelectorAll("button, a")].every((inner) => inner.tabIndex === -1))`)
	p.Until("one tab stop for each toolbar", `[...document.querySelectorAll("[role=tablist], .suggestions, .panel-head")].every((bar) =>
		[...bar.querySelectorAll("button")].filter((one) => one.tabIndex === 0).length === 1)`)

	id := p.botPost().ID
	p.Eval(`(() => { document.querySelector('` + messageSelector(id) + `').focus(); return "" })()`)
	p.Key("ArrowRight")
	focused("the first action", `at.dataset.testid === "reply"`)
	p.Key("ArrowRight")
	focused("the second", `at.dataset.testid === "react"`)
	p.Write(":focus", "\r")
	focused("the menu of reactions", `at.dataset.testid === "react-CrossMark"`)
	p.Key("ArrowRight")
	focused("arrows move in the menu", `at.dataset.testid === "react-No"`)
	p.Key("Escape")
	focused("Escape closes the menu", `at.dataset.testid === "react"`)
	p.Key("Escape")
	focused("Escape leads back to the message", `at.dataset.messageId === "`+id+`"`)
	p.Key("ArrowDown")
	focused("the next message", `at.matches(".message") && at.dataset.messageId !== "`+id+`"`)
	p.Key("ArrowUp")
	focused("and back", `at.dataset.messageId === "`+id+`"`)

	p.Eval(`(() => { document.querySelector("[data-testid=mention]").focus(); return "" })()`)
	p.Key("End")
	focused("the last of the toolbar", `at.dataset.testid === "bot-post"`)
	p.Key("ArrowRight")
	focused("around to the first", `at.dataset.testid === "mention"`)
}
