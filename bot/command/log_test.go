package command_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/bot/command"
)

// logged parses a whole message as /recall log: said in Shanghai on 1 September 2026 at 10:00, with the mentions of a person, another
// bot and our own.
func logged(t *testing.T, text string) (command.LogQuery, error) {
	t.Helper()
	mentions := []bot.Mentioned{
		{Key: "@_user_1", ID: "ou_chen", Name: "陈晨"},
		{Key: "@_user_2", ID: "ou_reporter", Name: "Reporter", Bot: true},
		{Key: "@_user_3", ID: "ou_self", Name: "RecallBot", Bot: true, Self: true},
		{Key: "@_user_4", ID: "ou_lin", Name: "林悦"},
	}
	cmd, ok := command.Parse(text, false, mentions...)
	if !ok || cmd.Verb != bot.VerbLog {
		t.Fatalf("%q is %+v, %v", text, cmd, ok)
	}
	zone := time.FixedZone("Shanghai", 8*3600)
	return command.ParseLog(command.FilterInput{Args: cmd.Args, Mentions: cmd.Mentions, Zone: zone, Said: time.Date(2026, 9, 1, 10, 0, 0, 0, zone)})
}

func TestParseLog(t *testing.T) {
	t.Parallel()
	said := time.Date(2026, 9, 1, 2, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return said.Add(-d) }
	const day = 24 * time.Hour
	for text, want := range map[string]command.LogQuery{
		"/recall log":                               {},
		"/recall log 20":                            {Count: 20},
		"/recall log ２０":                            {Count: 20},
		"/撤回 日志 20条":                                {Count: 20},
		"/recall log 50。":                           {Count: 50},
		"/recall log @_user_1":                      {Who: "ou_chen"},
		"/recall log @_user_1 --since 2d":           {Who: "ou_chen", Since: ago(2 * day)},
		"/recall log --since 2d @_user_1 30":        {Count: 30, Who: "ou_chen", Since: ago(2 * day)},
		"/recall log --by @_user_1 --since=30m":     {Who: "ou_chen", Since: ago(30 * time.Minute)},
		"/recall log —since 2d":                     {Since: ago(2 * day)},
		"/recall log — since 2d":                    {Since: ago(2 * day)},
		"/recall log 2d":                            {Since: ago(2 * day)},
		"/撤回 日志 @_user_1 2天":                        {Who: "ou_chen", Since: ago(2 * day)},
		"/撤回 日志 --开始 昨天":                            {Since: time.Date(2026, 8, 30, 16, 0, 0, 0, time.UTC)},
		"/recall log ou_chen":                       {Who: "ou_chen"},
		"/recall @_user_1 log":                      {Who: "ou_chen"},
		"@_user_3 /recall log @_user_1":             {Who: "ou_chen"},
		"/recall log @_user_3":                      {},
		"/recall log @_user_1 @_user_3":             {Who: "ou_chen"},
		"/recall log 20 -- who was that":            {Count: 20},
		"/recall log --since 2026-08-31T20:00 -- x": {Since: time.Date(2026, 8, 31, 12, 0, 0, 0, time.UTC)},
	} {
		got, err := logged(t, text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestParseLogNamesTheFault(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bot.FilterError{
		"/recall log 0":                           {Fault: bot.FaultNumber, Word: "0"},
		"/recall log 51":                          {Fault: bot.FaultNumber, Word: "51"},
		"/recall log 100":                         {Fault: bot.FaultNumber, Word: "100"},
		"/recall log -1":                          {Fault: bot.FaultNumber, Word: "-1"},
		"/recall log 5.5":                         {Fault: bot.FaultNumber, Word: "5.5"},
		"/recall log 99999999999999999999":        {Fault: bot.FaultNumber, Word: "99999999999999999999"},
		`/recall log "5 @_user_1"`:                {Fault: bot.FaultNumber, Word: "5 @陈晨"},
		"/recall log 5 6":                         {Fault: bot.FaultTwice, Word: "6"},
		"/recall log many":                        {Fault: bot.FaultStray, Word: "many"},
		"/recall log @陈晨":                         {Fault: bot.FaultPerson, Word: "@陈晨"},
		"/recall log ＠陈晨":                         {Fault: bot.FaultPerson, Word: "@陈晨"},
		"/recall log @_all":                       {Fault: bot.FaultPerson, Word: "@_all"},
		"/recall log @_user_9":                    {Fault: bot.FaultPerson, Word: "@_user_9"},
		"/recall log --by @_user_2":               {Fault: bot.FaultPerson, Word: "@Reporter", Other: "--bot"},
		"@_user_3 /recall log @_user_2":           {Fault: bot.FaultPerson, Word: "@Reporter", Other: "--bot"},
		"/recall log @_user_1 @_user_4":           {Fault: bot.FaultTwice, Word: "@林悦"},
		"/recall log --since":                     {Fault: bot.FaultNoValue, Word: "--since"},
		"/recall log --since soon":                {Fault: bot.FaultTime, Word: "soon"},
		"/recall log --since 2027-01-01":          {Fault: bot.FaultFuture, Word: "2027-01-01"},
		"/recall log --sinc 2d":                   {Fault: bot.FaultUnknown, Word: "--sinc", Other: "--since"},
		"/recall log --match spam":                {Fault: bot.FaultUnknown, Word: "--match"},
		"/recall log --since 2d --since 3d":       {Fault: bot.FaultTwice, Word: "--since"},
		"/recall log --by @_user_1 --since 3d 2d": {Fault: bot.FaultTwice, Word: "2d"},
	} {
		query, err := logged(t, text)
		got, ok := errors.AsType[*bot.FilterError](err)
		if !ok || query != (command.LogQuery{}) {
			t.Errorf("%q: %+v, %v", text, query, err)
			continue
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}
