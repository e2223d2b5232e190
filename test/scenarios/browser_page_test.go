package scenarios_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"testing"
	"time"

	"recallbot/app"
	"recallbot/test/browsertest"
)

// chatPage is the sandbox's chat page in a browser.
type chatPage struct {
	*browsertest.Page

	t *testing.T
}

// openSandbox runs the sandbox with the bot, as `recallbot sandbox` does, and opens the page.
func openSandbox(t *testing.T, browser *browsertest.Browser) *chatPage {
	t.Helper()
	config := app.Defaults()
	config.Chat.Language = "en"
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := app.RunSandbox(ctx, config, app.SandboxOptions{Listen: "127.0.0.1:0"}, in, slog.New(slog.DiscardHandler))
		_ = in.Close() // never fails
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the sandbox ended with %v", err)
		}
	})
	p := &chatPage{browser.Open(t, pageAddress(t, out)), t}
	p.Until("the first chat", `document.querySelectorAll("[data-testid=message]").length > 0`)
	return p
}

// pageAddress reads the page's address from the sandbox's output. It keeps reading to the end, so that the sandbox is never
// blocked.
func pageAddress(t *testing.T, out io.Reader) string {
	t.Helper()
	address := regexp.MustCompile(`Chat page\s+(http://\S+)`)
	found := make(chan string, 1)
	go func() {
		defer close(found)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if m := address.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
			}
		}
	}()
	select {
	case url, ok := <-found:
		if !ok {
			t.Fatal("the sandbox ended without a word on where its page is")
		}
		return url
	case <-time.After(waitTimeout):
		t.Fatalf("the sandbox is not up within %s", waitTimeout)
		return ""
	}
}

// message returns the selector of the newest message with the words. Its kind is user, bot (another bot) or me_bot (ours).
func (p *chatPage) message(kind, words string) string {
	p.t.Helper()
	p.UntilShown(fmt.Sprintf("[data-testid=message][data-kind=%q]", kind), words)
	id := p.Eval(fmt.Sprintf(`[...document.querySelectorAll("[data-testid=message][data-kind=%s]")]
		.findLast((node) => node.textContent.includes(%q)).dataset.messageId`, kind, words))
	return fmt.Sprintf("[data-message-id=%q]", id)
}

// replyRecall replies /recall with mouse and keyboard, and returns the command's selector.
func (p *chatPage) replyRecall(message string) string {
	p.t.Helper()
	p.useTool(message, "reply")
	p.UntilShown(".reply-bar:not([hidden])", "Reply to")
	before := p.Eval(newestSaid)
	p.Write(testID("composer-input"), "/recall")
	p.Enter()
	p.Until("the command is sent", fmt.Sprintf(`document.querySelector(".reply-bar").hidden && %s !== %q`, newestSaid, before))
	return fmt.Sprintf("[data-message-id=%q]", p.Eval(newestSaid))
}

// newestSaid is a JavaScript expression: the id of a person's last message, recalled or not.
const newestSaid = `[...document.querySelectorAll("[data-message-id][data-kind=user]")].at(-1).dataset.messageId`

// reactCrossMark adds the reaction ❌.
func (p *chatPage) reactCrossMark(message string) {
	p.t.Helper()
	p.useTool(message, "react")
	p.Click(testID("react-CrossMark"))
}

// useTool clicks one of the actions that appear when the mouse is over a message.
func (p *chatPage) useTool(message, tool string) {
	p.t.Helper()
	p.HoverUntil(message+" .bubble-box", fmt.Sprintf(`getComputedStyle(document.querySelector(%q)).opacity === "1"`, message+" .tools"))
	p.Click(message + " " + testID(tool))
}

// switchPerson switches to the person of that name.
func (p *chatPage) switchPerson(name string) {
	p.t.Helper()
	p.Click(testID("who-am-i"))
	p.UntilShown(testID("person"), name)
	id := p.Eval(fmt.Sprintf(`[...document.querySelectorAll("[data-testid=person]")].find((node) => node.textContent.includes(%q)).dataset.userId`, name))
	p.Click(fmt.Sprintf(`[data-testid=person][data-user-id=%q]`, id))
	p.UntilShown(testID("who-am-i"), name)
}

// openChat opens the group of that name.
func (p *chatPage) openChat(name string) {
	p.t.Helper()
	p.UntilShown(testID("chat-item"), name)
	id := p.Eval(fmt.Sprintf(`[...document.querySelectorAll("[data-testid=chat-item]")].find((node) => node.textContent.includes(%q)).dataset.chatId`, name))
	p.Click(fmt.Sprintf(`[data-testid=chat-item][data-chat-id=%q]`, id))
	p.UntilShown("#header h1", name)
}

// untilRecalled waits until the message is shown as recalled, with this line.
func (p *chatPage) untilRecalled(message, line string) {
	p.t.Helper()
	p.UntilShown(message+`[data-deleted="true"]`, line)
}

// untilInView waits until the element is completely in the visible part of the conversation.
func (p *chatPage) untilInView(selector string) {
	p.t.Helper()
	p.Until(selector+" is in view", fmt.Sprintf(`(() => {
		const [shown, all] = [document.querySelector(%q), document.querySelector("#messages")].map((node) => node.getBoundingClientRect());
		return shown.top >= all.top && shown.bottom <= all.bottom;
	})()`, selector))
}

// untilCount waits until the selector matches n elements.
func (p *chatPage) untilCount(n int, selector string) {
	p.t.Helper()
	p.Until(fmt.Sprintf("%d times %s", n, selector), fmt.Sprintf("document.querySelectorAll(%q).length === %d", selector, n))
}

func testID(id string) string { return browsertest.TestID(id) }
