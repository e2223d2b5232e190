package scenarios_test

import (
	"fmt"
	"testing"

	"recallbot/test/browsertest"
)

// TestBrowserAccessibleSlow: axe-core finds nothing serious on the bot's own pages, in each language and theme.
func TestBrowserAccessibleSlow(t *testing.T) {
	t.Parallel()
	axe, browser := browsertest.InstallAxe(t), browsertest.Start(t)
	p := openSandbox(t, browser)
	p.Until("the bot's address", `(fetch("sandbox/v1/state").then((r) => r.json()).then(({ webhook }) => { window.bot = new URL(webhook.url).origin }), !!window.bot)`)
	address := p.Eval("window.bot")

	reference := browser.Open(t, address+"/api/v1/docs")
	reference.UntilShown("details", "/posts")
	for _, language := range []string{"en", "zh"} {
		reference.Eval(`(() => { document.querySelectorAll("details").forEach((one) => { one.open = true }); return "" })()`)
		for _, dark := range []bool{false, true} {
			reference.Dark(dark)
			reference.CheckAccessible(axe, fmt.Sprintf("API reference, %s, dark %t", language, dark))
		}
		reference.Click("#language")
	}
	back := browser.Open(t, address+"/oauth/callback?state=unknown") // in both languages
	for _, dark := range []bool{false, true} {
		back.Dark(dark)
		back.CheckAccessible(axe, fmt.Sprintf("after a consent, dark %t", dark))
	}
}
