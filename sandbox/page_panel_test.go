package sandbox_test

import (
	"fmt"
	"strings"

	"recallbot/sandbox"
)

// pageOffersCommands: shell commands beside the wire log in both languages, or nothing without commands.
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

// pageSeesConnections: a bot is shown once it is connected, before the first event, and after a reload.
func pageSeesConnections(p *tab) {
	const hook = "#rail .hook"
	p.UntilShown(hook, "No bot connected yet")
	bot := (&site{Feishu: p.Feishu, t: p.t, url: p.server.URL}).dial()
	bot.ping()
	p.UntilShown(hook, "Bot connected")
	p.Reload()
	p.UntilShown(hook, "Bot connected")
	if err := bot.conn.Close(); err != nil {
		p.t.Fatal(err)
	}
	p.UntilShown(hook, "No bot connected yet")
}

// pageFollowsTheLog: the newest log line stays in view at every window height.
func pageFollowsTheLog(p *tab) {
	const rows = "#panel-wire .wire-rows"
	follows := fmt.Sprintf(`(() => {
		const rows = document.querySelector(%q);
		return rows.scrollHeight > rows.clientHeight && rows.scrollHeight - rows.scrollTop - rows.clientHeight < 2;
	})()`, rows)
	s := &site{Feishu: p.Feishu, t: p.t, url: p.server.URL}
	calls := func(n int) {
		for range n {
			s.send("", "GET", "/open-apis/im/v1/chats/"+p.chat, nil) // refused, but logged
		}
	}
	calls(60)
	p.Until("the log follows", follows)
	for range 10 { // also while the log scrolls
		p.Resize(1400, 500)
		p.Until("the log follows in a lower window", follows)
		p.Resize(1400, 900)
		calls(1)
	}
	p.Resize(1400, 500)
	p.Until("the log follows in a low window", follows)
	calls(3)
	p.Until("the log goes on following", follows)
	p.Resize(1400, 900)
	p.Until("the log follows in a higher window", follows)
	p.Until("all calls are in the log", fmt.Sprintf(`document.querySelector(%q).children.length >= 60 + 10 + 3`, rows))
	p.Eval(fmt.Sprintf(`(() => { document.querySelector(%q).scrollTop = 0; return "" })()`, rows))
	p.Until("the reader is at the top", fmt.Sprintf(`document.querySelector(%q).scrollTop === 0`, rows))
	calls(3)
	p.Until("and stays there", fmt.Sprintf(`document.querySelector(%[1]q).children.length >= 60 + 10 + 3 + 3 && document.querySelector(%[1]q).scrollTop === 0`, rows))
}
