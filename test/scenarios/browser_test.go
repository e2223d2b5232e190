package scenarios_test

import (
	"context"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"recallbot/test/browsertest"
)

const (
	saidRow    = `[data-testid=wire-row][data-dir=event][data-name="im.message.receive_v1"]`
	reactedRow = `[data-testid=wire-row][data-dir=event][data-name="im.message.reaction.created_v1"]`
	deleteRow  = `[data-testid=wire-row][data-dir=call][data-name="DELETE /im/v1/messages/:message_id"]`
)

// TestBrowser runs the whole bot behind the sandbox's page, in a real browser.
func TestBrowser(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	for name, story := range map[string]func(*chatPage){
		"three things to try": playGuidedTour,
		"done for me":         playGuidedTourByButtons,
		"bot with a rank":     playBotManager,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(openSandbox(t, browser))
		})
	}
	for _, transport := range []string{"webhook", "websocket"} {
		t.Run("the program over "+transport, func(t *testing.T) {
			t.Parallel()
			checkSIGTERM(t, browser, transport)
		})
	}
}

func playGuidedTour(p *chatPage) {
	p.UntilShown(testID("greet"), "Three things to try")
	p.UntilShown(testID("who-am-i"), "林悦")

	// The owner replies /recall.
	wrong := p.message("me_bot", "order undefined was refunded")
	command := p.replyRecall(wrong)
	p.untilRecalled(wrong, "RecallBot recalled a message")
	p.UntilShown(command+" "+testID("chip-DONE"), "RecallBot")
	p.UntilShown(testID("greet-1")+`[data-done="true"]`, "Owner replies")
	p.UntilShown(saidRow+" .wire-status", "200")
	p.UntilShown(deleteRow+" .wire-status", "200")
	p.Click(deleteRow)
	p.UntilShown(".wire-detail", `"code": 0`)

	// A member does, and is refused privately.
	p.switchPerson("王小明")
	build := p.message("me_bot", "Build #1841 passed")
	denied := p.replyRecall(build)
	refusal := `[data-testid=message][data-ephemeral="true"]`
	p.UntilShown(refusal, "Only visible to you")
	p.untilInView(refusal) // though the mouse was on a post further up
	p.UntilShown(testID("greet-2")+`[data-done="true"]`, "A member tries it")
	p.untilCount(0, denied+" .chip")
	for _, other := range []string{"陈晨", "林悦"} {
		p.switchPerson(other)
		p.UntilGone(`[data-ephemeral="true"]`)
		p.UntilShown(denied, "/recall")
	}

	// The owner reacts. The bot recalls without an answer.
	p.reactCrossMark(build)
	p.untilRecalled(build, "RecallBot recalled a message")
	p.UntilShown(testID("greet-3")+`[data-done="true"]`, "Owner reacts")
	p.UntilShown(testID("greet"), "That's all three")
	p.UntilShown(reactedRow+" .wire-status", "200")

	p.untilCount(2, `#messages [data-deleted="true"]`)
	p.untilCount(2, deleteRow)
	p.Click(testID("lang"))
	p.UntilShown(testID("greet"), "都试过了")
	p.untilRecalled(wrong, "RecallBot 撤回了一条消息")
}

func playGuidedTourByButtons(p *chatPage) {
	for _, step := range []string{"1", "2", "3"} {
		p.Click(testID("greet-do-"+step) + ":not([disabled])")
		p.UntilShown(testID("greet-"+step)+`[data-done="true"]`, "Once more")
	}
	p.UntilShown(testID("greet"), "That's all three")
	p.untilCount(2, deleteRow) // the owner's
}

// playBotManager recalls in a group where our bot is a manager: another bot's post and the command, but no person's message.
func playBotManager(p *chatPage) {
	p.openChat("机器人广场")
	said := p.message("user", "The report bot seems to be stuck")
	p.reactCrossMark(said)
	p.UntilShown(said+" "+testID("chip-CrossMark"), "林悦")
	p.UntilShown(reactedRow+" .wire-status", "200")

	noise := p.message("bot", "Daily report: 0 done")
	command := p.replyRecall(noise)
	p.untilRecalled(noise, "Admin RecallBot recalled a member's message")
	p.untilRecalled(command, "Admin RecallBot recalled a member's message")
	p.UntilShown(said+`[data-deleted="false"]`, "The report bot seems to be stuck")
	p.untilCount(2, deleteRow) // the post's and the command's
	p.untilCount(0, `[data-ephemeral="true"]`)
}

// checkSIGTERM runs the real program, opens the page, and sends SIGTERM. The program must exit and have printed its banner only.
func checkSIGTERM(t *testing.T, browser *browsertest.Browser, transport string) {
	t.Helper()
	// Not the test's context: how the program ends is the test.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), programPath(t), "sandbox", "--listen", "127.0.0.1:0", "--no-open", "--language", "en",
		"--transport", transport)
	cmd.Dir = t.TempDir()
	var problems, printed strings.Builder
	cmd.Stderr = &problems
	out, in := io.Pipe()
	cmd.Stdout = io.MultiWriter(in, &printed)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Wait()
		_ = in.Close() // never fails
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // only after a failure it still runs
	url := pageAddress(t, out)

	page := browser.Open(t, url)
	page.UntilShown(testID("greet"), "Three things to try")
	page.UntilShown(testID("message"), "order undefined was refunded")
	if transport == "websocket" {
		page.UntilShown("#rail .hook", "Bot connected")
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil || problems.Len() > 0 {
			t.Errorf("told to end, it ended with %v, saying %q", err, problems.String())
		}
	case <-time.After(waitTimeout):
		t.Fatalf("told to end, it runs on for more than %s", waitTimeout)
	}
	if said := printed.String(); !strings.HasPrefix(said, "\n  recallbot sandbox\n") || !strings.Contains(said, "  Bot speaks   ") || strings.Contains(said, "[Info]") {
		t.Errorf("it printed:\n%s", printed.String())
	}
	page.UntilShown("#banner:not([hidden])", "Connection to the sandbox lost")
}
