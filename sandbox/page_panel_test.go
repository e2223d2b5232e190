package sandbox_test

import (
	"strings"

	"recallbot/sandbox"
)

// pageOffersCommands shows lines for a shell beside the wire log, in both languages, and nothing where there are none.
func pageOffersCommands(p *tab) {
	p.Until("one tab", `document.querySelectorAll("[role=tab]").length === 1`)
	p.SetCommands([]sandbox.Command{
		{ZH: "发到两个群", EN: "Post to two groups", Text: "curl -sS http://127.0.0.1:1/api/v1/posts \\\n  -d '{\"text\":\"<b>hi</b>\"}'"},
		{ZH: "收回来", EN: "Take it back", Text: "curl -X DELETE http://127.0.0.1:1/api/v1/groups/launch"},
	})
	p.Until("two tabs", `document.querySelectorAll("[role=tab]").length === 2`)
	p.Click(testID("tab-shell"))
	p.UntilShown(testID("shell-lines"), "Post to two groups")
	p.UntilShown(testID("shell-lines"), "Take it back")
	line := p.Eval(`document.querySelector("[data-testid=shell-line]").textContent`)
	if !strings.Contains(line, "\\\n  -d '{\"text\":\"<b>hi</b>\"}'") {
		p.t.Errorf("the line says %q", line)
	}
	p.Until("no log beside them", `document.querySelector("#panel-wire").hidden`)
	p.Click(testID("lang"))
	p.UntilShown(testID("shell-lines"), "发到两个群")
	p.Click(testID("tab-wire"))
	p.Until("the log again", `!document.querySelector("#panel-wire").hidden && document.querySelector("#panel-shell").hidden`)
}
