package sandbox_test

import (
	"testing"

	"recallbot/test/browsertest"
)

// TestPageWindowsAccessibleSlow: axe-core finds nothing serious in the windows in which a case is built, in each
// language and theme.
func TestPageWindowsAccessibleSlow(t *testing.T) {
	t.Parallel()
	axe, browser := browsertest.InstallAxe(t), browsertest.Start(t)
	p := openTab(t, browser)
	p.Resize(1440, 1400)
	p.eachLook(func(look string) { p.checkWindows(axe, look) })
}

// checkWindows checks each window at the width of a phone, the menus, and the strip that says which faults are on.
func (p *tab) checkWindows(axe browsertest.Axe, state string) {
	p.t.Helper()
	check := func(name string) {
		p.t.Helper()
		p.UntilShown(testID("dialog-"+name), "")
		p.Resize(320, 640)
		p.Until(name+" fits", `(() => {
			const box = document.querySelector("dialog").getBoundingClientRect();
			const body = document.querySelector(".window-body");
			return box.left >= 0 && box.right <= innerWidth && box.bottom <= innerHeight && body.scrollWidth <= body.clientWidth;
		})()`)
		p.CheckAccessible(axe, state+", window "+name)
		p.Resize(1440, 1400)
		p.Until("wide again", `innerWidth === 1440`)
		p.Click(testID("dialog-close"))
		p.UntilGone("dialog")
	}
	p.Click(testID("build"))
	p.CheckAccessible(axe, state+", with the menu of a case")
	p.Key("Escape")
	for name, window := range map[string]string{"newGroup": "group", "newcomer": "newcomer", "faults": "faults", "loadCase": "load"} {
		p.window(name)
		if name == "loadCase" {
			p.Click(testID("dialog-send")) // then it says what is wrong
		}
		if name == "faults" {
			p.Click(testID("fault-events_twice") + `[aria-checked="false"]`)
			p.UntilShown(testID("fault-events_twice")+`[aria-checked="true"]`, "")
		}
		check(window)
	}
	p.CheckAccessible(axe, state+", with a fault")
	p.Click(testID("faults-end"))
	p.Until("no fault", `document.querySelector("#faults").hidden`)
	p.Click(testID("members"))
	check("members")
	p.Click(testID("bot-post"))
	p.Click(testID("bot-write"))
	check("bot")
	post := `[data-kind="me_bot"][data-ephemeral="false"]`
	p.Click(post + " " + testID("age"))
	p.CheckAccessible(axe, state+", with the menu of ages")
	p.Key("Escape")
	p.Click(post + " " + testID("react"))
	p.Click(testID("react-more"))
	check("emoji")
}
