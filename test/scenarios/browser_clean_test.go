package scenarios_test

import (
	"fmt"
	"testing"

	"recallbot/test/browsertest"
)

const (
	// privateCard selects cards of our bot that one person sees, publicCard those that all see.
	privateCard  = `[data-testid=message][data-kind=me_bot][data-ephemeral="true"]`
	publicCard   = `[data-testid=message][data-kind=me_bot][data-ephemeral="false"][data-deleted="false"]`
	otherBotPost = `[data-testid=message][data-kind=bot]`
	cleanCommand = "/recall clean --bot any --since 10m"
)

// TestBrowserCleanupSlow cleans up the posts of another bot on the sandbox's page. It is slow because it presses Stop before
// the clean-up ends.
func TestBrowserCleanupSlow(t *testing.T) {
	t.Parallel()
	playCleanup(openSandbox(t, browsertest.Start(t)))
}

// TestBrowserSettingsSlow changes a chat's settings on the sandbox's page.
func TestBrowserSettingsSlow(t *testing.T) {
	t.Parallel()
	playSettings(openSandbox(t, browsertest.Start(t)))
}

// playCleanup stops a first clean-up, finishes a second one, and undoes it.
func playCleanup(p *chatPage) {
	const flood = 400 // 8 s at the platform's limit: time enough to press Stop
	p.openChat("机器人广场")
	for n := 200; n <= flood; n += 200 {
		p.Click(testID("wild"))
		p.Click(testID("flood"))
		p.untilInChat(fmt.Sprintf("all.filter(m => m.sender.kind === 'bot' && !m.deleted).length >= %d", n))
	}
	p.sendCleanCommand()
	p.UntilShown(privateCard, "Only visible to you")
	p.UntilShown(privateCard+" .card-title", "Recall 400 messages?")
	for _, told := range []string{"Everything that bots posted", ": 400", "more.", "Cancel"} {
		p.UntilShown(privateCard, told)
	}
	p.press(privateCard, "Recall 400")
	p.UntilShown(testID("toast"), "Got it")
	p.UntilShown(publicCard+" .card-title", "Recalling")
	p.UntilGone(privateCard)
	p.Until("the bar is filled in part", fmt.Sprintf(`[...document.querySelectorAll(%q)].some((node) => /▰▱.* [1-9]\d* \/ 400 /.test(node.textContent))`, publicCard))
	p.press(publicCard, "Stop")
	p.UntilShown(publicCard+" .card-title", "Stopped")
	p.untilInChat(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((node) => {
		const [, gone, left] = /(\d+) recalled\D+(\d+) were not recalled/.exec(node.innerText) ?? [];
		return Number(gone) > 0 && Number(left) > 0 && Number(gone) + Number(left) === 400 && recalled === Number(gone);
	})`, publicCard))

	p.letBotPost(5)
	p.sendCleanCommand()
	p.UntilShown(privateCard, "RecallBot: 5") // without the result card of the first clean-up
	p.press(privateCard, "Recall ")
	p.UntilGone(privateCard)
	p.UntilShown(publicCard+" .card-title", "Recalled")
	p.untilInChat("recalled === 400 && posts === 1") // the post that is older than ten minutes
	p.press(publicCard, "Restore 5 of ")
	p.Click(testID("confirm"))
	p.untilInChat("posts === 6")
	p.UntilShown(publicCard+" .bubble", "(restored, first sent")
	p.untilInChat("recalled === 400")
}

// untilInChat waits for a condition on all messages of the open chat, of which the page draws the newest: all, recalled (how many of
// another bot are), and posts (how many texts of our bot are not recalled).
func (p *chatPage) untilInChat(condition string) {
	p.t.Helper()
	p.Until(condition, fmt.Sprintf(`(() => {
		const request = new XMLHttpRequest();
		const chat = document.querySelector('[data-testid=chat-item][aria-current=true]').dataset.chatId;
		request.open("GET", "/sandbox/v1/chats/" + chat + "/messages", false);
		request.send();
		const all = JSON.parse(request.responseText).items;
		const recalled = all.filter((m) => m.deleted && m.sender.kind === "bot").length;
		const posts = all.filter((m) => !m.deleted && m.sender.kind === "me_bot" && m.type === "text").length;
		return %s;
	})()`, condition))
}

// playSettings changes two settings on the card, and checks them on a second card.
func playSettings(p *chatPage) {
	const quorum, cleanup = `[data-testid=field-quorum]`, `[data-testid=field-cleanup]`
	p.openChat("机器人广场")
	p.openSettings()
	p.UntilShown(privateCard, "Only visible to you")
	p.Until("nothing is set yet", fmt.Sprintf(`document.querySelector(%q).value === "off" && document.querySelector(%q).value === "off"`, quorum, cleanup))
	p.Eval(fmt.Sprintf(`(() => { document.querySelector(%q).value = ""; return "" })()`, quorum))
	p.Write(quorum, "3")
	p.Eval(fmt.Sprintf(`(() => { document.querySelector(%q).value = "on"; return "" })()`, cleanup))
	p.press(privateCard, "Save")
	p.UntilShown(testID("toast"), "Got it")
	p.UntilShown(privateCard, "People who must react to recall a post: off → 3")
	p.UntilShown(privateCard, "Remove the result card after 10 s if all went well: off → on")
	p.UntilGone(privateCard + " form")

	p.openSettings()
	p.Until("both are set", fmt.Sprintf(`document.querySelector(%q).value === "3" && document.querySelector(%q).value === "on"`, quorum, cleanup))
}

// sendCleanCommand sends the command that the page suggests after a flood.
func (p *chatPage) sendCleanCommand() {
	p.t.Helper()
	p.Click(testID("tidy"))
	p.Until("the command is written", fmt.Sprintf(`document.querySelector("[data-testid=composer-input]").value === %q`, cleanCommand))
	p.Enter()
	p.Until("the command is sent", `document.querySelector("[data-testid=composer-input]").value === ""`)
	p.UntilShown(privateCard+" "+testID("card-button"), "Recall")
}

func (p *chatPage) openSettings() {
	p.t.Helper()
	p.Write(testID("composer-input"), "/recall settings")
	p.Enter()
	p.UntilShown(privateCard+" form", "(quorum;")
}

// letBotPost posts the page's first sample n times as our bot; n is 1, 5 or 20.
func (p *chatPage) letBotPost(n int) {
	p.t.Helper()
	p.Click(testID("bot-post"))
	p.UntilShown(testID("sample"), "Nightly build")
	p.Eval(fmt.Sprintf(`(() => { document.querySelector(".bot-choices select:last-child").value = "%d"; return "" })()`, n))
	p.Click(testID("sample"))
	p.UntilShown(publicCard+" .bubble", fmt.Sprintf("%[1]d/%[1]d", n))
}

// press clicks the newest button in a card whose name has this prefix. It finds and clicks in one step, as cards may change.
func (p *chatPage) press(card, name string) {
	p.t.Helper()
	p.Until("press "+name, fmt.Sprintf(`(() => {
		const button = [...document.querySelectorAll(%q)].findLast((node) => node.textContent.startsWith(%q));
		button?.click();
		return button !== undefined;
	})()`, card+" "+testID("card-button"), name))
}
