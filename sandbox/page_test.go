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

// TestPage tests the chat page in a browser, each case with its own sandbox.
func TestPage(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	for name, story := range map[string]func(*tab){
		"say":       pageSends,
		"person":    pageSwitchesPerson,
		"reply":     pageReplies,
		"reaction":  pageReacts,
		"language":  pageSwitchesLanguage,
		"text":      pageShowsTextAsText,
		"recalled":  pageShowsRecalled,
		"ephemeral": pageHidesEphemeralCards,
		"card":      pagePressesButton,
		"bots":      pageBotPosts,
		"switches":  pageSwitchesRanks,
		"greeting":  pageRemembersGreeting,
		"away":      pageReconnects,
		"commands":  pageOffersCommands,
		"websocket": pageSeesConnections,
		"wire":      pageFollowsTheLog,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(openTab(t, browser))
		})
	}
	t.Run("lark", func(t *testing.T) {
		t.Parallel()
		p := openTabOf(t, browser, sandbox.Config{Lark: true})
		p.UntilShown("#rail .brand", "Local Lark simulator")
		p.Click(testID("lang"))
		p.UntilShown("#rail .brand", "本机 Lark 模拟环境")
	})
}

// findMessage waits for the message of a person or a bot with this text.
func (p *tab) findMessage(sender, text string) sandbox.Message {
	p.t.Helper()
	var found sandbox.Message
	p.waitState("message "+text, func(s sandbox.State) bool {
		for _, m := range s.Messages(p.chat) {
			if m.Sender == sender && strings.Contains(m.Content, text) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// botPost returns our bot's newest post in the open chat.
func (p *tab) botPost() sandbox.Message {
	p.t.Helper()
	all := p.Messages(p.chat)
	slices.Reverse(all)
	i := slices.IndexFunc(all, func(m sandbox.Message) bool { return m.Sender == p.Bot().ID && !m.Deleted })
	if i < 0 {
		p.t.Fatal("our bot has posted nothing here")
	}
	return all[i]
}

func (p *tab) switchTo(user string) {
	p.t.Helper()
	p.Click(testID("who-am-i"))
	p.Click(testID("person") + `[data-user-id="` + user + `"]`)
	p.Until("who I am", `document.querySelector("[data-testid=who-am-i]").dataset.userId === "`+user+`"`)
}

func pageSends(p *tab) {
	p.enter("good morning")
	m := p.findMessage(p.owner, "good morning")
	p.UntilShown(messageSelector(m.ID), "good morning")
	if left := p.Eval(`document.querySelector("[data-testid=composer-input]").value`); left != "" {
		p.t.Errorf("after Enter the composer holds %q, want nothing", left)
	}
	p.write("by the button")
	p.Click(testID("send"))
	p.UntilShown(messageSelector(p.findMessage(p.owner, "by the button").ID), "by the button")

	p.Click(messageSelector(m.ID) + " " + testID("recall"))
	p.Until("my own message recalled", `document.querySelector('[data-message-id="`+m.ID+`"]').dataset.deleted === "true"`)
}

func pageSwitchesPerson(p *tab) {
	p.UntilShown(testID("who-am-i"), "Owner")
	p.switchTo(p.member)
	p.UntilShown(testID("who-am-i"), "Member")
	p.enter("hello from a member")
	p.UntilShown(messageSelector(p.findMessage(p.member, "hello from a member").ID), "hello from a member")
	p.Reload()
	p.Until("the same person after a reload", `document.querySelector("[data-testid=who-am-i]")?.dataset.userId === "`+p.member+`"`)
}

func pageReplies(p *tab) {
	post := p.botPost()
	p.Click(messageSelector(post.ID) + " " + testID("reply"))
	p.UntilShown(".reply-bar", "Reply to RecallBot")
	p.write("\x1b")
	p.Until("Escape takes the reply back", `document.querySelector(".reply-bar").hidden`)

	p.Click(messageSelector(post.ID) + " " + testID("reply"))
	p.UntilShown(".reply-bar", "Reply to RecallBot")
	p.enter("what is this")
	m := p.findMessage(p.owner, "what is this")
	if m.Parent != post.ID {
		p.t.Errorf("the reply's parent is %q, want %q", m.Parent, post.ID)
	}
	p.UntilShown(messageSelector(m.ID)+" .quote", "RecallBot")
	p.Until("the reply bar closes", `document.querySelector(".reply-bar").hidden`)

	p.Click(messageSelector(post.ID) + " " + testID("quick-recall"))
	if m := p.findMessage(p.owner, "/recall\""); m.Parent != post.ID {
		p.t.Errorf("the quick command's parent is %q, want %q", m.Parent, post.ID)
	}
}

func pageReacts(p *tab) {
	post := p.botPost()
	reacted := func(s sandbox.State) bool {
		m, _ := s.Message(post.ID)
		return slices.ContainsFunc(m.Reactions, func(r sandbox.Reaction) bool { return r.Emoji == "CrossMark" && r.By == p.owner })
	}
	p.Click(messageSelector(post.ID) + " " + testID("react"))
	p.Click(testID("react-CrossMark"))
	p.waitState("the reaction", reacted)
	chip := messageSelector(post.ID) + " " + testID("chip-CrossMark")
	p.UntilShown(chip+"[aria-pressed=true]", "林悦")
	p.Click(chip)
	p.waitState("the reaction taken back", func(s sandbox.State) bool { return !reacted(s) })
	p.UntilGone(chip)
}

func pageSwitchesLanguage(p *tab) {
	p.UntilShown(testID("greet"), "Three things to try")
	p.Click(testID("lang"))
	p.UntilShown(testID("greet"), "试试这三件事")
	p.UntilShown("#panel", "接口日志")
	p.Reload()
	p.UntilShown(testID("greet"), "试试这三件事")
	p.Until("the document's language", `document.documentElement.lang === "zh-CN"`)
	p.Click(testID("lang"))
	p.UntilShown("#panel", "Wire log")
}

func pageShowsTextAsText(p *tab) {
	const attack = `<img src=x onerror="window.broken=true"><script>window.broken=true</script>`
	said, err := p.Say(sandbox.SaySpec{Chat: p.chat, From: p.member, Text: attack})
	if err != nil {
		p.t.Fatal(err)
	}
	content, err := json.Marshal(map[string]any{
		"header":   map[string]any{"title": map[string]any{"tag": "plain_text", "content": attack}},
		"elements": []any{map[string]any{"tag": "markdown", "content": attack + "[x](javascript:window.broken=true)"}, map[string]any{"tag": "<b>"}},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	posted, err := p.Post(sandbox.PostSpec{Chat: p.chat, Type: "interactive", Content: string(content)})
	if err != nil {
		p.t.Fatal(err)
	}
	p.UntilShown(messageSelector(said)+" .bubble", attack)
	p.UntilShown(messageSelector(posted)+" .card-title", attack)
	p.UntilShown(messageSelector(posted)+" .card-unknown", "<b>")
	p.Until("nothing of it is live", `window.broken === undefined && document.querySelectorAll("#messages img, #messages script, #messages a[href^=javascript]").length === 0`)
}

func pageShowsRecalled(p *tab) {
	id, err := p.Say(sandbox.SaySpec{Chat: p.chat, From: p.member, Text: "soon gone"})
	if err != nil {
		p.t.Fatal(err)
	}
	p.UntilShown(messageSelector(id), "soon gone")
	if err := p.RecallAs(p.owner, id); err != nil {
		p.t.Fatal(err)
	}
	p.UntilShown(messageSelector(id)+`[data-deleted="true"]`, "Owner 林悦 Lin Yue recalled a member's message")
	if got := p.Eval("document.querySelector('" + messageSelector(id) + "').textContent"); strings.Contains(got, "soon gone") {
		p.t.Errorf("a recalled message shows %q", got)
	}
}

// pageHidesEphemeralCards sends an ephemeral card by the API.
func pageHidesEphemeralCards(p *tab) {
	bot := &site{Feishu: p.Feishu, t: p.t, url: p.server.URL}
	bot.token = bot.login()
	sent := bot.call(http.MethodPost, "/open-apis/ephemeral/v1/send", map[string]any{
		"chat_id": p.chat, "open_id": p.member, "msg_type": "interactive",
		"card": map[string]any{"elements": []any{map[string]any{"tag": "markdown", "content": "only you may know"}}},
	})
	secret, _ := sent.field("message_id").(string)
	p.enter("said after it")
	p.UntilShown(messageSelector(p.findMessage(p.owner, "said after it").ID), "said after it")
	if got := p.Eval(`document.querySelector("#messages").textContent`); strings.Contains(got, "only you may know") {
		p.t.Error("the owner sees a card that is for the member")
	}
	p.switchTo(p.member)
	p.UntilShown(messageSelector(secret)+`[data-ephemeral="true"]`, "only you may know")
	p.UntilShown(messageSelector(secret), "Only visible to you")
}

func pagePressesButton(p *tab) {
	pressed := make(chan string, 1)
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil && strings.Contains(string(body), "card.action.trigger") {
			pressed <- string(body)
			_, _ = io.WriteString(w, `{"toast":{"type":"success","content":"well pressed"}}`)
		}
	}))
	p.t.Cleanup(bot.Close)
	p.t.Cleanup(p.Close) // before the bot ends
	p.SetEventURL(bot.URL)
	const card = `{"schema":"2.0","header":{"template":"red","title":{"tag":"plain_text","content":"Sure?"}},"body":{"elements":[
		{"tag":"markdown","content":"**12** posts of om&#95;1 &#x28;&#42;&#42;all&#42;&#42;&#41; &lt;now&gt;"},
		{"tag":"button","text":{"tag":"plain_text","content":"Do it"},"behaviors":[{"type":"callback","value":{"job":"j1"}}]}]}}`
	id, err := p.Post(sandbox.PostSpec{Chat: p.chat, Type: "interactive", Content: card})
	if err != nil {
		p.t.Fatal(err)
	}
	p.UntilShown(messageSelector(id)+" strong", "12")
	p.UntilShown(messageSelector(id)+" .md", "12 posts of om_1 (**all**) <now>")
	p.Click(messageSelector(id) + " " + testID("card-button"))
	p.UntilShown(testID("toast"), "well pressed")
	if body := <-pressed; !strings.Contains(body, `"value":{"job":"j1"}`) || !strings.Contains(body, p.owner) {
		p.t.Errorf("the bot was told %s, want the button's value and who pressed", body)
	}
	p.Click(testID("wire-row") + `[data-name="card.action.trigger"]`)
	p.UntilShown(".wire-detail", `"job": "j1"`)
	p.UntilShown(".wire-detail", "well pressed")
}

func pageBotPosts(p *tab) {
	p.Click(testID("bot-post"))
	p.Click(testID("sample"))
	m := p.findMessage(p.Bot().ID, "Nightly build passed")
	p.UntilShown(messageSelector(m.ID)+`[data-kind="me_bot"]`, "Nightly build passed")
}

func pageSwitchesRanks(p *tab) {
	isManager := func(s sandbox.State) bool {
		chat, _ := s.Chat(p.chat)
		return slices.Contains(chat.BotManagers, p.Bot().ID)
	}
	p.Click(testID("bot-manager") + `[aria-checked="false"]`)
	p.waitState("the bot is a manager", isManager)
	p.Click(testID("bot-manager") + `[aria-checked="true"]`)
	p.waitState("the bot is a member again", func(s sandbox.State) bool { return !isManager(s) })
	p.UntilShown(testID("bot-manager")+`[aria-checked="false"]`, "Bot is an admin")
	p.Click(testID("scope") + `[aria-checked="true"]`)
	p.UntilShown(".hint:not([hidden])", "gets only messages that mention it")
	p.Click(testID("suggestion"))
	p.Until("commands mention the bot now", `document.querySelector("[data-testid=composer-input]").value === "@RecallBot /recall"`)
}

// pageRemembersGreeting completes the third step of the greeting; there is no bot, so the test recalls the post.
func pageRemembersGreeting(p *tab) {
	post := p.botPost()
	p.switchTo(p.member)
	p.Click(testID("greet-do-3"))
	p.waitState("the owner's reaction", func(s sandbox.State) bool {
		m, _ := s.Message(post.ID)
		return slices.ContainsFunc(m.Reactions, func(r sandbox.Reaction) bool { return r.Emoji == "CrossMark" && r.By == p.owner })
	})
	if err := p.RecallAs(p.owner, post.ID); err != nil {
		p.t.Fatal(err)
	}
	p.UntilShown(testID("greet-3")+`[data-done="true"]`, "Once more")
	p.Click(testID("greet-close"))
	p.Until("the greeting closes", `document.querySelector("[data-testid=greet]").hidden`)
	p.Reload()
	p.Until("it stays closed", `document.querySelector("[data-testid=chat-item]") !== null && document.querySelector("[data-testid=greet]").hidden`)
	p.Click(testID("help"))
	p.UntilShown(testID("greet-3")+`[data-done="true"]`, "Once more")
}

func pageReconnects(p *tab) {
	p.unavailable.Store(true)
	p.server.CloseClientConnections()
	p.Until("the banner", `!document.querySelector("#banner").hidden`)
	id, err := p.Say(sandbox.SaySpec{Chat: p.chat, From: p.member, Text: "said meanwhile"})
	if err != nil {
		p.t.Fatal(err)
	}
	p.unavailable.Store(false)
	p.UntilShown(messageSelector(id), "said meanwhile")
	p.Until("no banner", `document.querySelector("#banner").hidden`)
}
