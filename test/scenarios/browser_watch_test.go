package scenarios_test

import (
	"testing"

	"recallbot/test/browsertest"
)

// TestBrowserWatchSlow has two bots answer each other on the sandbox's page: a rule cuts them off, and its card puts them into quarantine, from
// which one is released.
func TestBrowserWatchSlow(t *testing.T) {
	t.Parallel()
	p := openSandbox(t, browsertest.Start(t))
	p.openChat("机器人广场")
	p.Write(testID("composer-input"), "/recall watch loop on")
	p.Enter()
	p.UntilShown(privateCard, "The rule loop is on.")
	p.Click(testID("wild"))
	p.Click(testID("wild-answer"))
	p.untilInChat("all.filter(m => m.sender.kind === 'bot' && m.deleted).length >= 8")
	p.Write(testID("composer-input"), "/recall watch")
	p.Enter()
	p.UntilShown(privateCard, "Rules on what bots post")
	p.openChat("RecallBot")
	p.UntilShown(publicCard, "Rule loop recalls posts")
	p.press(publicCard, "Quarantine for 1 h")
	p.UntilShown(publicCard, "put the bots into quarantine for 1 h.")
	p.UntilShown(publicCard, "is in quarantine")
	p.press(publicCard, "Release")
	p.UntilShown(publicCard, "ended the quarantine.")
}
