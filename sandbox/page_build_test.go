package sandbox_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"recallbot/sandbox"
	"recallbot/test/browsertest"
)

// TestPageBuildsSlow builds cases in the page's windows, each story with its own sandbox.
func TestPageBuildsSlow(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	for name, story := range map[string]func(*tab){
		"case":      pageBuildsACase,
		"posts":     pageMakesPosts,
		"faults":    pageMakesFaults,
		"file":      pageLoadsAFile,
		"language":  pageSwitchesTheBot,
		"back":      pageGoesBack,
		"long chat": pageReadsAPart,
		"steps":     pageSaysWhoYouAre,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(openTab(t, browser))
		})
	}
}

// window opens a window from the menu with which a case is built.
func (p *tab) window(name string) {
	p.t.Helper()
	p.Click(testID("build"))
	p.Click(testID("build-" + name))
}

// choose chooses an option of a select element.
func (p *tab) choose(selector, value string) {
	p.t.Helper()
	p.Eval(fmt.Sprintf(`(() => {
		const field = document.querySelector(%q);
		field.value = %q;
		field.dispatchEvent(new Event("change", { bubbles: true }));
		return "";
	})()`, selector, value))
}

func (p *tab) send() {
	p.t.Helper()
	p.Click(testID("dialog-send"))
	p.UntilGone("dialog")
}

func role(id string) string { return fmt.Sprintf(`[data-testid=role][data-id=%q]`, id) }

// pageBuildsACase: new people and bots, a group, roles, and being one of the new people.
func pageBuildsACase(p *tab) {
	p.window("newcomer")
	p.Click(testID("dialog-send"))
	p.UntilShown(testID("dialog-fault"), "Enter a name.")
	p.Write(testID("newcomer-name"), "Ann Lee")
	p.send()
	ann := p.People()[len(p.People())-1]
	p.waitState("Ann is in the group", func(s sandbox.State) bool {
		chat, _ := s.Chat(p.chat)
		return slices.Contains(chat.Members, ann)
	})
	p.Until("the focus is where the window was opened", `document.activeElement.dataset.testid === "build"`)

	p.Click(testID("who-am-i"))
	p.Click(testID("person-new"))
	p.Write(testID("newcomer-name"), "Weather")
	p.Click(testID("kind-bot"))
	p.Click(testID("newcomer-join"))
	p.send()
	weather := p.Apps()[len(p.Apps())-1]

	p.window("newGroup")
	p.Write(testID("group-name"), "Picnic")
	p.Click(testID("mode-topic"))
	p.choose(role(p.owner), "absent")
	p.Click(testID("dialog-send"))
	p.UntilShown(testID("dialog-fault"), "The group needs an owner.")
	p.choose(role(ann), "owner")
	p.choose(role(p.owner), "owner")
	p.Until("one owner", `[...document.querySelectorAll("[data-testid=role]")].filter((one) => one.value === "owner").length === 1`)
	p.choose(role(ann), "manager")
	p.choose(role(weather.ID), "member")
	p.send()
	p.UntilShown(testID("chat-title"), "Picnic")
	id := p.Attr(testID("chat-item")+"[aria-current]", "data-chat-id")
	chat, _ := p.Chat(id)
	if chat.Mode != sandbox.Topic || chat.Owner != p.owner || !slices.Equal(chat.Managers, []string{ann}) ||
		!slices.Contains(chat.Bots, weather.ID) || !slices.Contains(chat.Bots, p.Bot().ID) {
		p.t.Errorf("the group is %+v", chat)
	}

	p.Click(testID("members"))
	p.choose(role(ann), "owner")
	p.choose(role(p.Bot().ID), "manager")
	p.choose(role(weather.ID), "absent")
	p.choose(role(p.owner), "absent")
	p.send()
	chat, _ = p.Chat(id)
	if chat.Owner != ann || !slices.Equal(chat.Members, []string{ann}) || !slices.Equal(chat.BotManagers, []string{p.Bot().ID}) || len(chat.Bots) != 1 {
		p.t.Errorf("the group is now %+v", chat)
	}
	p.switchTo(ann)
	p.UntilShown(testID("who-am-i"), "Owner")
	p.enter("hello from Ann")
	p.Until("a chat with the bot", `document.querySelectorAll("[data-testid=chat-item][data-mode=p2p]").length === 1`)
}

// pageMakesPosts: a bot's own words as text and as a card, any emoji, an older post.
func pageMakesPosts(p *tab) {
	write := func(kind, text string) {
		p.Click(testID("bot-post"))
		p.Click(testID("bot-write"))
		p.Click(testID("type-" + kind))
		p.Write(testID("bot-text"), text)
	}
	write("text", "in its own words")
	p.send()
	post := p.findMessage(p.Bot().ID, "in its own words")
	p.UntilShown(messageSelector(post.ID), "in its own words")

	write("interactive", `{"schema":`)
	p.Click(testID("dialog-send"))
	p.UntilShown(testID("dialog-fault"), "This is not valid JSON.")
	p.Eval(`(() => { document.querySelector("[data-testid=bot-text]").value = '{"schema":"2.0","body":{"elements":[{"tag":"markdown","content":"a pasted card"}]}}'; return "" })()`)
	p.send()
	p.UntilShown(messageSelector(p.findMessage(p.Bot().ID, "a pasted card").ID)+" .card", "a pasted card")

	p.Click(messageSelector(post.ID) + " " + testID("react"))
	p.Click(testID("react-more"))
	p.Until("all emoji", `document.querySelectorAll(".emoji").length > 150`)
	p.Write(testID("emoji-filter"), "bubblet")
	p.Until("those that match", `document.querySelectorAll(".emoji").length === 1`)
	p.Click(testID("emoji-BubbleTea"))
	p.UntilShown(messageSelector(post.ID)+" "+testID("chip-BubbleTea"), "林悦")

	p.Click(messageSelector(post.ID) + " " + testID("age"))
	p.Click(testID("age-25h"))
	p.waitState("25 hours old", func(s sandbox.State) bool {
		m, _ := s.Message(post.ID)
		return p.Now().Sub(m.Created) > 25*time.Hour
	})
	p.Until("it is the first of the chat", `document.querySelector("[data-testid=message]").dataset.messageId === "`+post.ID+`"`)
}

// pageMakesFaults: a fault is seen on every screen, and goes with one press.
func pageMakesFaults(p *tab) {
	p.Until("no fault", `document.querySelector("#faults").hidden`)
	p.window("faults")
	p.Click(testID("fault-recall_denied") + `[aria-checked="false"]`)
	p.UntilShown(testID("fault-recall_denied")+`[aria-checked="true"]`, "On")
	p.Click(testID("fault-events_held"))
	p.UntilShown("#faults", "Faults on: Recall not allowed, No events")
	p.Click(testID("fault-recall_denied") + `[aria-checked="true"]`)
	p.UntilShown("#faults", "Faults on: No events")
	p.Click(testID("once-revoke_tokens"))
	p.Click(testID("dialog-close"))
	p.Resize(320, 640)
	p.wantFit("with a fault")
	p.Click(testID("faults-on"))
	p.UntilShown(testID("fault-events_held")+`[aria-checked="true"]`, "On")
	p.Click(testID("dialog-close"))
	p.Click(testID("faults-end"))
	p.Until("no fault", `document.querySelector("#faults").hidden`)
}

// pageLoadsAFile: a bad file is refused in the page's language and changes nothing; a saved one replaces everything.
func pageLoadsAFile(p *tab) {
	give := func(text string) {
		p.t.Helper()
		p.Eval(`(() => {
			const box = new DataTransfer();
			box.items.add(new File([` + strconv.Quote(text) + `], "case.json"));
			document.querySelector("[data-testid=case-file]").files = box.files;
			return "";
		})()`)
		p.Click(testID("dialog-send"))
	}
	p.window("saveCase")
	p.UntilShown(testID("toast"), "Saved")
	p.window("loadCase")
	p.Click(testID("dialog-send"))
	p.UntilShown(testID("dialog-fault"), "Choose a file.")
	give(`{"name":"no case"}`)
	p.UntilShown(testID("dialog-fault"), "this is not a case of the sandbox")
	p.Click(testID("dialog-close"))
	p.Click(testID("lang"))
	p.window("loadCase")
	give(`{"format":"recallbot-sandbox","version":3}`)
	p.UntilShown(testID("dialog-fault"), "场景文件是版本 3，来自更新的沙盒")
	give(`{"format":"recallbot-sandbox","version":1,"people":[{"id":"ann","name":"Ann Lee"}],"bots":[{"id":"us","name":"Bot","ours":true}],"chats":[
		{"id":"lunch","name":"Lunch","mode":"group","owner":"ann","members":["ann","us"],
		 "messages":[{"id":"1","from":"us","ago":"400h","type":"text","content":{"text":"a loaded message"}}]}]}`)
	p.UntilGone("dialog")
	p.UntilShown(testID("chat-title"), "Lunch")
	p.UntilShown(testID("who-am-i"), "Ann Lee")
	p.UntilShown("#messages", "a loaded message")
}

// pageSwitchesTheBot: page and bot speak the same language.
func pageSwitchesTheBot(p *tab) {
	spoken := make(chan string, 1)
	p.SetHooks(sandbox.Hooks{Language: "zh-CN", SetLanguage: func(language string) error {
		spoken <- language
		return nil
	}})
	p.Until("the page speaks as the bot does", `document.documentElement.lang === "zh-CN"`)
	p.Click(testID("lang"))
	if got := <-spoken; got != "en" {
		p.t.Errorf("the bot is to speak %q", got)
	}
	p.Until("so does the page", `document.documentElement.lang === "en"`)
	p.Reload()
	p.UntilShown("#panel", "Wire log")
}

// pageGoesBack: the phone's own Back goes from the conversation to the list, and from the panel to the conversation.
func pageGoesBack(p *tab) {
	p.Resize(390, 844)
	p.Reload()
	p.UntilShown(testID("message"), "")
	back := func() { p.Eval(`(() => { history.back(); return "" })()`) }
	alone := func(what, shown, hidden string) {
		p.t.Helper()
		p.Until(what, visible(shown)+" && !("+visible(hidden)+")")
	}
	alone("the conversation", "#main", "#rail")
	back()
	alone("the list", "#rail", "#main")
	p.Click(testID("chat-item"))
	alone("the conversation", "#main", "#rail")
	p.Click(testID("panel"))
	p.Until("the panel", visible("#panel"))
	back()
	p.Until("the conversation again", `!document.querySelector("#main").inert`)
	alone("the conversation", "#main", "#rail")
	p.Click(testID("back"))
	alone("the list by the page's own button", "#rail", "#main")
	p.Click(testID("chat-item"))
	back()
	alone("the list", "#rail", "#main")
}

// pageReadsAPart: what is read of a long chat does not grow with it, wherever the reader is.
func pageReadsAPart(p *tab) {
	first := p.Messages(p.chat)[0].ID
	ids, err := p.Flood(p.chat, "", 3000)
	if err != nil {
		p.t.Fatal(err)
	}
	p.UntilShown(messageSelector(ids[2999]), "")
	read := `(() => performance.getEntriesByType("resource").filter((one) => one.name.includes("/messages?")).at(-1))()`
	fresh := func(what string) {
		p.t.Helper()
		p.Eval(`(() => { performance.clearResourceTimings(); return "" })()`)
		if _, err := p.Say(sandbox.SaySpec{Chat: p.chat, From: p.member, Text: what}); err != nil {
			p.t.Fatal(err)
		}
		p.Until(what, read+" !== undefined")
		if size, err := strconv.Atoi(p.Eval("String(" + read + ".decodedBodySize)")); err != nil || size > 300_000 {
			p.t.Errorf("%s: read %d bytes, %v", what, size, err)
		}
	}
	fresh("at the end")
	reply, err := p.Say(sandbox.SaySpec{Chat: p.chat, From: p.member, Text: "about the first", ReplyTo: first})
	if err != nil {
		p.t.Fatal(err)
	}
	p.UntilShown(messageSelector(reply)+" .quote", "大家好")
	p.Click(messageSelector(reply) + " .quote")
	p.UntilShown(messageSelector(first)+".flash", "")
	p.Click(testID("to-end"))
	p.Until("the end is in view", atEnd)
	fresh("back at the end") // perhaps the read that follows the one under way
	fresh("at the end again")
}

// pageSaysWhoYouAre: a step of the greeting that changes who you are says so.
func pageSaysWhoYouAre(p *tab) {
	p.Click(testID("greet-do-2"))
	p.UntilShown(testID("toast"), "You are now")
	p.Until("it names the person", `(() => {
		const name = document.querySelector("[data-testid=who-am-i] .who-name").textContent;
		return [...document.querySelectorAll(".toast")].some((one) => one.textContent.includes(name));
	})()`)
	if said := p.Eval(`document.querySelector(".toast").textContent`); !strings.Contains(said, "(Member)") {
		p.t.Errorf("it says %q", said)
	}
}
