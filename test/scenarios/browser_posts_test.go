package scenarios_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"recallbot/test/browsertest"
)

// TestBrowserPostsSlow runs each shell line that the page shows, then uses the Take back button and /recall mine.
func TestBrowserPostsSlow(t *testing.T) {
	t.Parallel()
	p := openSandbox(t, browsertest.Start(t))
	p.Click(testID("tab-shell"))
	p.untilCount(5, testID("shell-line"))

	p.wantText(p.run(0), `"group":"launch"`, `"state":"`)
	p.UntilShown(publicCard+" .bubble", "2.0 is out")
	p.runUntil(1, 2, `"message_id"`) // both groups have it
	p.wantText(p.run(2), `"count":2`, `"confirm":false`)
	p.wantText(p.run(3), "event: end", `"recalled":2`)
	p.wantText(p.run(4), `"expires_at"`)
	p.UntilShown(publicCard+" .bubble", "I stay for 30 s")

	p.run(0)
	post := p.message("me_bot", "2.0 is out")
	p.untilCount(1, privateCard) // the card of the first post went with it
	p.UntilShown(privateCard, "This was posted for you")
	p.press(privateCard, "Take back")
	p.untilRecalled(post, "recalled")

	p.run(0)
	p.Click(`[data-testid=chat-item][data-mode=p2p]`)
	p.Write(testID("composer-input"), "/recall mine")
	p.Enter()
	p.UntilShown(publicCard+" .card-title", "Posted for you")
	p.press(publicCard, "Take back the whole broadcast")
	p.Click(testID("confirm"))
	p.UntilShown(publicCard+" .card-title", "Posts recalled")
}

// run runs the page's shell line of that number, and returns its output.
func (p *chatPage) run(line int) string {
	p.t.Helper()
	text := p.Eval(fmt.Sprintf(`document.querySelectorAll(%q)[%d].textContent`, testID("shell-line"), line))
	out, err := exec.CommandContext(p.t.Context(), "sh", "-ec", text).CombinedOutput()
	if err != nil {
		p.t.Fatalf("%s\n%v\n%s", text, err, out)
	}
	return string(out)
}

// runUntil repeats a shell line until its output contains the part n times.
func (p *chatPage) runUntil(line, n int, part string) {
	p.t.Helper()
	out := ""
	for begun := time.Now(); time.Since(begun) < waitTimeout; {
		if out = p.run(line); strings.Count(out, part) == n {
			return
		}
	}
	p.t.Fatalf("printed %q, want %s in it %d times", out, part, n)
}

func (p *chatPage) wantText(out string, parts ...string) {
	p.t.Helper()
	for _, part := range parts {
		if !strings.Contains(out, part) {
			p.t.Errorf("printed %q, want %s in it", out, part)
		}
	}
}
