package text_test

import (
	"strings"
	"testing"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// TestFindingsAreSaid: each in both languages, fine or not, with nothing left open.
func TestFindingsAreSaid(t *testing.T) {
	t.Parallel()
	site := text.Site{BaseURL: "https://open.larksuite.com/", App: "cli_1"}
	for _, name := range text.FindingNames() {
		said := 0
		for _, level := range []bot.Level{bot.LevelOK, bot.LevelWarn, bot.LevelBad} {
			for _, lang := range []text.Language{text.Chinese, text.English} {
				advice := text.Advise(bot.Finding{Name: name, Level: level, Args: []string{"one", "two"}}, lang, site)
				if advice.Text != "" {
					said++
				}
				if strings.Contains(advice.Text+advice.Fix, "{") {
					t.Errorf("%s, %s, %s: %+v", name, level, lang, advice)
				}
				if level != bot.LevelOK && advice.Text != "" && advice.Fix == "" {
					t.Errorf("%s, %s: nothing to do about it", name, lang)
				}
				if advice.Link != "" && !strings.HasPrefix(advice.Link, "https://") {
					t.Errorf("%s: link %q", name, advice.Link)
				}
			}
		}
		if said < 2 {
			t.Errorf("%s is never said", name)
		}
	}
}

func TestAdvice(t *testing.T) {
	t.Parallel()
	site := text.Site{BaseURL: "https://open.feishu.cn", App: "cli_1"}
	missing := bot.Finding{Name: "scope_recall", Level: bot.LevelBad, Args: []string{"im:message:recall"}}
	want := text.Advice{
		Text: "the bot can't recall messages", Fix: "add the scope im:message:recall and publish a new version",
		Link: "https://open.feishu.cn/app/cli_1/auth?q=im%3Amessage%3Arecall&token_type=tenant",
	}
	if got := text.Advise(missing, text.English, site); got != want {
		t.Errorf("%+v", got)
	}
	missing.Level = bot.LevelOK
	if got := text.Advise(missing, text.Chinese, site); got != (text.Advice{Text: "可以撤回消息（im:message:recall）"}) {
		t.Errorf("%+v", got)
	}
	if got := text.Advise(bot.Finding{Name: "news", Args: []string{"x"}}, text.English, site); got.Text != "news x" {
		t.Errorf("an unknown finding: %+v", got)
	}
}
