package command_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/bot/command"
)

// askWatch is a command as Parse returns it, about rules or quarantines.
func askWatch(t *testing.T, text string) command.FilterInput {
	t.Helper()
	cmd, ok := command.Parse(text, false,
		bot.Mentioned{Key: me, ID: "ou_bot", Bot: true, Self: true, Name: "Recall"},
		bot.Mentioned{Key: news, ID: "ou_news", Bot: true, Name: "News of today"},
		bot.Mentioned{Key: tom, ID: "ou_tom"},
	)
	if !ok || cmd.Verb != bot.VerbWatch && cmd.Verb != bot.VerbQuarantine && cmd.Verb != bot.VerbRelease {
		t.Fatalf("%q is another command: %+v", text, cmd)
	}
	return command.FilterInput{Verb: cmd.Verb, Args: cmd.Args, Mentions: cmd.Mentions, Zone: shanghai(), Said: now()}
}

func newRule(name string, filter bot.Filter, when bot.WatchWhen, act bot.WatchAct) bot.WatchRule {
	return bot.WatchRule{Name: name, Filter: filter, When: when, Act: act, State: bot.WatchShadow}
}

func TestParseWatch(t *testing.T) {
	t.Parallel()
	add := func(rule bot.WatchRule) command.WatchOrder {
		return command.WatchOrder{Verb: command.WatchAdd, Name: rule.Name, Rule: rule}
	}
	change := func(name string, state bot.WatchState) command.WatchOrder {
		return command.WatchOrder{Verb: command.WatchSwitch, Name: name, State: state}
	}
	newsBot := bots(bot.BotRef{User: "ou_news", Name: "News of today"})
	flood := bot.WatchWhen{Kind: bot.WatchMoreThan, Count: 5, Within: time.Minute}
	again := bot.WatchWhen{Kind: bot.WatchAgain, Count: 3, Within: 10 * time.Minute}
	loop := bot.WatchWhen{Kind: bot.WatchLoop, Count: 6, Within: time.Minute}
	leak := bot.WatchWhen{Kind: bot.WatchPlaceholder}
	tests := []struct {
		text string
		want command.WatchOrder
	}{
		{"/recall watch", command.WatchOrder{Verb: command.WatchList}},
		{"/recall watch list", command.WatchOrder{Verb: command.WatchList}},
		{"/recall @_user_1 watch @_user_1", command.WatchOrder{Verb: command.WatchList}},
		{"/撤回 守护", command.WatchOrder{Verb: command.WatchList}},
		{"/recall watch add loud --more-than 5/1m --do recall", add(newRule("loud", bot.Filter{}, flood, bot.WatchRecall))},
		{"/recall watch add loud --do recall --more-than=5/60s", add(newRule("loud", bot.Filter{}, flood, bot.WatchRecall))},
		{"/recall watch add loud --more-than ５／1分钟 --do 撤回。", add(newRule("loud", bot.Filter{}, flood, bot.WatchRecall))},
		{"/撤回 守护 添加 太吵 --超过 5/1分钟 --动作 撤回", add(newRule("太吵", bot.Filter{}, flood, bot.WatchRecall))},
		{"/recall watch add same --bot @_user_2 --again 3/10m --do ask", add(newRule("same", newsBot, again, bot.WatchAsk))},
		{"/recall watch add chat --loop 6/1m --do quarantine", add(newRule("chat", bot.Filter{}, loop, bot.WatchQuarantine))},
		{"/recall watch add leaks --placeholder --do tell", add(newRule("leaks", bot.Filter{}, leak, bot.WatchTell))},
		{
			"/recall watch add Ads --match \"buy now\" --type card --link ads.example,evil.example --do recall",
			add(newRule("Ads", bot.Filter{
				Match: []string{"buy now"}, Types: []string{"interactive"}, Links: []string{"ads.example", "evil.example"},
			}, bot.WatchWhen{}, bot.WatchRecall)),
		},
		{"/recall watch add out --link '!corp.example' --do ask", add(newRule("out", bot.Filter{Links: []string{"!corp.example"}}, bot.WatchWhen{}, bot.WatchAsk))},
		{"/recall watch add all --bot any --do tell", add(newRule("all", bots(bot.BotRef{Any: true}), bot.WatchWhen{}, bot.WatchTell))},
		{"/recall watch add mine --bot me --more-than 5/1m --do recall", add(newRule("mine", bots(bot.BotRef{Me: true}), flood, bot.WatchRecall))},
		{"/recall watch flood on", change("flood", bot.WatchOn)},
		{"/recall watch on flood", change("flood", bot.WatchOn)},
		{"/recall watch flood shadow", change("flood", bot.WatchShadow)},
		{"/recall watch flood off", change("flood", bot.WatchOff)},
		{"/撤回 守护 太吵 开启", change("太吵", bot.WatchOn)},
		{"/recall watch remove flood", command.WatchOrder{Verb: command.WatchRemove, Name: "flood"}},
		{"/recall watch try flood", command.WatchOrder{Verb: command.WatchTry, Name: "flood"}},
		{"/recall watch try flood --since 7d", command.WatchOrder{Verb: command.WatchTry, Name: "flood", Since: now().Add(-7 * 24 * time.Hour)}},
		{"/recall watch try --more-than 5/1m --since 7d", command.WatchOrder{
			Verb: command.WatchTry, Rule: newRule("", bot.Filter{}, flood, ""), Since: now().Add(-7 * 24 * time.Hour),
		}},
		{"/recall watch try --match spam", command.WatchOrder{
			Verb: command.WatchTry, Rule: newRule("", bot.Filter{Match: []string{"spam"}}, bot.WatchWhen{}, ""),
		}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			got, err := command.ParseWatch(askWatch(t, test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got.Verb != command.WatchAdd || len(got.Rule.Filter.Bots) > 0 && got.Rule.Filter.Bots[0].User != "" {
				return // a mention can't be written
			}
			again, err := command.ParseWatch(askWatch(t, "/recall watch add "+got.Rule.String()))
			if err != nil || !cmp.Equal(again.Rule, got.Rule) {
				t.Errorf("%s: %+v, %v", got.Rule, again.Rule, err)
			}
		})
	}
}

func TestParseWatchFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want bot.FilterError
	}{
		{"watch add", bot.FilterError{Fault: bot.FaultName}},
		{"watch add --more-than 5/1m --do recall", bot.FilterError{Fault: bot.FaultName}},
		{"watch add on --more-than 5/1m --do recall", bot.FilterError{Fault: bot.FaultName, Word: "on"}},
		{"watch add a/b --more-than 5/1m --do recall", bot.FilterError{Fault: bot.FaultName, Word: "a/b"}},
		{"watch add loud --more-than 5/1m", bot.FilterError{Fault: bot.FaultNoValue, Word: "--do"}},
		{"watch add loud --do recall", bot.FilterError{Fault: bot.FaultEmpty}},
		{"watch add loud --more-than 5 --do recall", bot.FilterError{Fault: bot.FaultThreshold, Word: "5", Other: "--more-than"}},
		{"watch add loud --more-than 0/1m --do recall", bot.FilterError{Fault: bot.FaultThreshold, Word: "0/1m", Other: "--more-than"}},
		{"watch add loud --more-than 501/1m --do recall", bot.FilterError{Fault: bot.FaultThreshold, Word: "501/1m", Other: "--more-than"}},
		{"watch add loud --more-than 5/25h --do recall", bot.FilterError{Fault: bot.FaultThreshold, Word: "5/25h", Other: "--more-than"}},
		{"watch add same --again 1/1m --do recall", bot.FilterError{Fault: bot.FaultThreshold, Word: "1/1m", Other: "--again"}},
		{"watch add two --again 3/1m --loop 6/1m --do recall", bot.FilterError{Fault: bot.FaultClash, Word: "--again", Other: "--loop"}},
		{"watch add two --again 3/1m --placeholder --do recall", bot.FilterError{Fault: bot.FaultClash, Word: "--again", Other: "--placeholder"}},
		{"watch add loud --more-than 5/1m --do shout", bot.FilterError{Fault: bot.FaultAct, Word: "shout"}},
		{"watch add loud --more-than 5/1m --do recall --since 7d", bot.FilterError{Fault: bot.FaultStray, Word: "--since 7d"}},
		{"watch add loud extra --more-than 5/1m --do recall", bot.FilterError{Fault: bot.FaultStray, Word: "extra"}},
		{"watch add x --link nothing --do ask", bot.FilterError{Fault: bot.FaultLink, Word: "nothing"}},
		{"watch add x --link a.example,!b.example --do ask", bot.FilterError{Fault: bot.FaultLink, Word: "!b.example"}},
		{"watch remove", bot.FilterError{Fault: bot.FaultName}},
		{"watch remove a b", bot.FilterError{Fault: bot.FaultStray, Word: "b"}},
		{"watch try", bot.FilterError{Fault: bot.FaultEmpty}},
		{"watch try flood --more-than 5/1m", bot.FilterError{Fault: bot.FaultStray, Word: "flood"}},
		{"watch flood", bot.FilterError{Fault: bot.FaultWatch, Word: "flood"}},
		{"watch remov flood", bot.FilterError{Fault: bot.FaultWatch, Word: "remov", Other: "remove"}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			order, err := command.ParseWatch(askWatch(t, "/recall "+test.text))
			var got *bot.FilterError
			if !errors.As(err, &got) {
				t.Fatalf("%+v, %v", order, err)
			}
			if diff := cmp.Diff(test.want, *got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestParseQuarantine(t *testing.T) {
	t.Parallel()
	newsBot := bot.BotRef{User: "ou_news", Name: "News of today"}
	tests := []struct {
		text  string
		want  command.QuarantineOrder
		fault bot.FilterFault
	}{
		{text: "quarantine @_user_2", want: command.QuarantineOrder{Bot: newsBot, For: time.Hour}},
		{text: "quarantine @_user_2 2h", want: command.QuarantineOrder{Bot: newsBot, For: 2 * time.Hour}},
		{text: "quarantine 2h @_user_2 --remove", want: command.QuarantineOrder{Bot: newsBot, For: 2 * time.Hour, Remove: true}},
		{text: "@_user_1 quarantine --bot @_user_2", want: command.QuarantineOrder{Bot: newsBot, For: time.Hour}},
		{text: "隔离 @_user_2 2小时 --移出", want: command.QuarantineOrder{Bot: newsBot, For: 2 * time.Hour, Remove: true}},
		{text: "quarantine cli_a1b2c3", want: command.QuarantineOrder{Bot: bot.BotRef{App: "cli_a1b2c3"}, For: time.Hour}},
		{text: "release @_user_2", want: command.QuarantineOrder{Bot: newsBot, For: time.Hour}},
		{text: "解除隔离 @_user_2", want: command.QuarantineOrder{Bot: newsBot, For: time.Hour}},
		{text: "quarantine", fault: bot.FaultNoBot},
		{text: "release", fault: bot.FaultNoBot},
		{text: "quarantine @_user_2 10s", fault: bot.FaultLife},
		{text: "quarantine @_user_2 31d", fault: bot.FaultLife},
		{text: "quarantine @_user_2 1h 2h", fault: bot.FaultLife},
		{text: "quarantine @_user_2 @_user_2", fault: bot.FaultStray},
		{text: "quarantine @_user_2 --forever", fault: bot.FaultUnknown},
		{text: "release @_user_2 --remove", fault: bot.FaultUnknown},
		{text: "release @_user_2 2h", fault: bot.FaultStray},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			got, err := command.ParseQuarantine(askWatch(t, "/recall "+test.text))
			if test.fault != "" {
				var fault *bot.FilterError
				if !errors.As(err, &fault) || fault.Fault != test.fault {
					t.Errorf("%+v, %v, want %s", got, err, test.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
