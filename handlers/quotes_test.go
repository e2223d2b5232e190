package handlers_test

import (
	"slices"
	"strings"
	"testing"

	"recallbot/bot"
	"recallbot/bot/command"
)

// TestNoAnswerQuotesAPlaceholder: what people wrote is shown back with the names that they saw.
func TestNoAnswerQuotesAPlaceholder(t *testing.T) {
	t.Parallel()
	zhao := bot.Mentioned{Key: "@_user_1", ID: "ou_zhao", Name: "赵一"}
	news := bot.Mentioned{Key: "@_user_2", ID: "ou_news", Bot: true, Name: "News"}
	self := bot.Mentioned{Key: "@_user_3", ID: "ou_bot", Bot: true, Self: true, Name: "Recall"}
	for text, want := range map[string]string{
		"/recall settings moderators @_user_1":                  "“@赵一”",
		"/recall settings moderators @_all":                     "“@all”",
		"/recall settings moderators add @_user_2 @_user_3":     "“@News”",
		"/recall settings @_user_1 on":                          "“@赵一”",
		"/recall settings quorum 3 @_user_1":                    "“3 @赵一”",
		"/recall clean --dup @_user_1":                          "“@赵一”",
		"/recall clean --by @_user_2 --bot @_user_3":            "“@News”",
		"/recall clean --bot @_user_1":                          "“@赵一”",
		`/recall clean --last "5 @_user_1"`:                     "“5 @赵一”",
		`/recall clean --since "5 @_user_1" --match "@_user_2"`: "“5 @赵一”",
		`/recall clean --zzz="@_user_1"`:                        "--zzz",
		`/recall "tell @_user_1"`:                               "“tell @赵一”",
		`/recall help "tell @_user_1"`:                          "“tell @赵一”",
		`/recall ttl "5 @_user_1"`:                              "“5 @赵一”",
		`/recall ttl 5m --type "@_user_1"`:                      "“--type”",
		`/recall mine "5 @_user_1"`:                             "“5 @赵一”",
		"/recall clean --dup @_user_9":                          "“@user 9”",
	} {
		cmd, ok := command.Parse(text, false, zhao, news, self)
		if !ok {
			t.Fatalf("%q is no command", text)
		}
		d := newHarness(t, english)
		said := d.reply(cmd)
		said.Parent, said.Root = "", ""
		d.does(t, said)
		all := slices.Clone(d.speaker.arrived)
		for _, shown := range d.cards.shown {
			all = append(all, read(shown))
		}
		heard := strings.Join(all, "\n")
		if strings.Contains(heard, "@_") || !strings.Contains(heard, want) {
			t.Errorf("%q is answered %q, want %s", text, heard, want)
		}
	}
}
