package command_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/bot/command"
)

func TestParseFilterNamesTheFault(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("错", 600)
	rows := []struct {
		text        string
		fault       bot.FilterFault
		word, other string
	}{
		{"clean", bot.FaultEmpty, "", ""},
		{"清理 @_user_1", bot.FaultEmpty, "", ""},
		{"clean --yes", bot.FaultEmpty, "", ""},
		{"clean --yes --quiet --any --with-pinned", bot.FaultEmpty, "", ""},
		{"clean --dry-run", bot.FaultEmpty, "", ""},

		{"clean --lats 5", bot.FaultUnknown, "--lats", "--last"},
		{"clean --Sinec=5m", bot.FaultUnknown, "--Sinec", "--since"},
		{"clean --dryrum", bot.FaultUnknown, "--dryrum", "--dryrun"},
		{"清理 --最进 5", bot.FaultUnknown, "--最进", "--最近"},
		{"清理 --最近5条", bot.FaultUnknown, "--最近5条", "--最近"},
		{"clean --lats5", bot.FaultUnknown, "--lats5", "--last"},
		{"clean --z", bot.FaultUnknown, "--z", ""},
		{"clean --everything", bot.FaultUnknown, "--everything", ""},
		{"5 --all", bot.FaultUnknown, "--all", ""},
		{"clean --dup —原因", bot.FaultUnknown, "—原因", ""},

		{"clean 50", bot.FaultStray, "50", "--last"},
		{"clean last 50", bot.FaultStray, "last", "--last"},
		{"clean 10m", bot.FaultStray, "10m", "--since"},
		{"clean 昨天", bot.FaultStray, "昨天", "--since"},
		{"clean spam --last 5", bot.FaultStray, "spam", ""},
		{"clean --last 5 10", bot.FaultStray, "10", "--last"},
		{"5 10", bot.FaultStray, "10", "--last"},
		{"5 -", bot.FaultStray, "-", ""},
		{`clean --dup x "--"`, bot.FaultStray, "x", ""},
		{"clean --dup @_user_2", bot.FaultStray, "@News of today", "--bot"},
		{"clean --dup @_user_3", bot.FaultStray, "@ou_tom", "--by"},
		{"@_user_2 5", bot.FaultStray, "@News of today", "--bot"},
		{"clean --dup @_user_4", bot.FaultStray, ghost, ""},
		{"clean --dup @_all", bot.FaultStray, "@_all", ""},
		{"clean --bot @_user_2 @_user_3", bot.FaultStray, "@ou_tom", "--by"},
		{"clean --dup --yes=no", bot.FaultStray, "--yes=no", "--yes"},

		{"clean --last", bot.FaultNoValue, "--last", ""},
		{"clean --last=", bot.FaultNoValue, "--last", ""},
		{"clean --last --yes", bot.FaultNoValue, "--last", ""},
		{"clean --match -- 5", bot.FaultNoValue, "--match", ""},
		{`clean --match ""`, bot.FaultNoValue, "--match", ""},
		{"clean --match \" \u200b\"", bot.FaultNoValue, "--match", ""},
		{"clean --match @_user_1", bot.FaultNoValue, "--match", ""},
		{"clean --since @_user_3", bot.FaultNoValue, "--since", ""},
		{"clean --bot", bot.FaultNoValue, "--bot", ""},

		{"clean --last 5 --last 6", bot.FaultTwice, "--last", ""},
		{"clean --last 5 --最近 5", bot.FaultTwice, "--最近", ""},
		{"5 --last 6", bot.FaultTwice, "--last", ""},
		{"clean --since 5m --since 6m", bot.FaultTwice, "--since", ""},
		{"clean --from om_1 --from om_2", bot.FaultTwice, "--from", ""},
		{"clean --dup --dup", bot.FaultTwice, "--dup", ""},
		{"clean" + strings.Repeat(" --match x", 11), bot.FaultMany, "--match", ""},
		{"clean" + strings.Repeat(" --by ou_x", 21), bot.FaultMany, "--by", ""},

		{"0", bot.FaultNumber, "0", ""},
		{"-5", bot.FaultNumber, "-5", ""},
		{"+5", bot.FaultNumber, "+5", ""},
		{"5.5", bot.FaultNumber, "5.5", ""},
		{"5x", bot.FaultNumber, "5x", ""},
		{"٥", bot.FaultNumber, "٥", ""},
		{"10001", bot.FaultNumber, "10001", ""},
		{"99999999999999999999", bot.FaultNumber, "99999999999999999999", ""},
		{"clean --last abc", bot.FaultNumber, "abc", ""},
		{"clean --last -5", bot.FaultNumber, "-5", ""},
		{"clean --last 条", bot.FaultNumber, "条", ""},
		{"clean --last 1e3", bot.FaultNumber, "1e3", ""},

		{"clean --since soon", bot.FaultTime, "soon", ""},
		{"clean --since 5", bot.FaultTime, "5", ""},
		{"clean --since 0m", bot.FaultTime, "0m", ""},
		{"clean --since -5m", bot.FaultTime, "-5m", ""},
		{"clean --since 5m5m", bot.FaultTime, "5m5m", ""},
		{"clean --since 5m1h", bot.FaultTime, "5m1h", ""},
		{"clean --since 1h30", bot.FaultTime, "1h30", ""},
		{"clean --since 5y", bot.FaultTime, "5y", ""},
		{"clean --since 1.5h", bot.FaultTime, "1.5h", ""},
		{"clean --since 99999999999999999999d", bot.FaultTime, "99999999999999999999d", ""},
		{"clean --since 99999w", bot.FaultTime, "99999w", ""},
		{"clean --since 2026-13-01", bot.FaultTime, "2026-13-01", ""},
		{"clean --since 2026-02-30", bot.FaultTime, "2026-02-30", ""},
		{"clean --since 25:00", bot.FaultTime, "25:00", ""},
		{"clean --since 0001-01-01T00:00:00Z", bot.FaultTime, "0001-01-01T00:00:00Z", ""},
		{"clean --since 1999-12-31", bot.FaultTime, "1999-12-31", ""},
		{"clean --until 明天", bot.FaultTime, "明天", ""},

		{"clean --since 15:05", bot.FaultFuture, "15:05", ""},
		{"clean --since 2026-09-02", bot.FaultFuture, "2026-09-02", ""},
		{"clean --until 2026-09-02", bot.FaultFuture, "2026-09-02", ""},
		{"clean --until 12-31", bot.FaultFuture, "12-31", ""},
		{"clean --since 2026-09-01T07:04:06Z", bot.FaultFuture, "2026-09-01T07:04:06Z", ""},

		{"clean --by Tom", bot.FaultPerson, "Tom", ""},
		{"clean --by @Tom", bot.FaultPerson, "@Tom", ""},
		{"clean --by @_user_2", bot.FaultPerson, "@News of today", "--bot"},
		{"clean --by @_user_1", bot.FaultPerson, "@Recall", "--bot"},
		{"clean --by @_user_4", bot.FaultPerson, ghost, ""},
		{"clean --by @_all", bot.FaultPerson, "@_all", ""},
		{"clean --by ou_", bot.FaultPerson, "ou_", ""},
		{"clean --bot @_user_3", bot.FaultBot, "@ou_tom", "--by"},
		{"clean --bot @_user_4", bot.FaultBot, ghost, ""},
		{"clean --bot @_all", bot.FaultBot, "@_all", ""},
		{"clean --bot @", bot.FaultBot, "@", ""},
		{"clean --bot cli_?", bot.FaultBot, "cli_?", ""},
		{"clean --bot ou_", bot.FaultBot, "ou_", ""},
		{"clean --bot _user_1", bot.FaultBot, "_user_1", ""},
		{"clean --bot @@_user_1", bot.FaultBot, "@@Recall", ""},

		{"clean --from yesterday", bot.FaultMessage, "yesterday", ""},
		{"clean --from om_", bot.FaultMessage, "om_", ""},
		{"clean --from om_ä", bot.FaultMessage, "om_ä", ""},
		{"clean --to https://", bot.FaultMessage, "https://", ""},
		{"clean --to ftp://x/om_1", bot.FaultMessage, "ftp://x/om_1", ""},
		{"clean --to https://x/om_1?other=om_2", bot.FaultMessage, "https://x/om_1?other=om_2", ""},
		{"clean --from reply", bot.FaultMessage, "reply", ""},

		{"clean --regex (", bot.FaultRegex, "(", ""},
		{`clean --regex (?=a)b`, bot.FaultRegex, "(?=a)b", ""},
		{`clean --regex (a)\1`, bot.FaultRegex, `(a)\1`, ""},
		{"clean --regex a{1001}", bot.FaultRegex, "a{1001}", ""},
		{"clean --regex ((a{100}){10}){10}", bot.FaultRegex, "((a{100}){10}){10}", ""},
		{"clean --regex (.{900}|x)(.{900}|y)(.{900}|z)", bot.FaultRegex, "(.{900}|x)(.{900}|y)(.{900}|z)", ""},
		{"clean --regex (?:a{0,30}){30}b", bot.FaultRegex, "(?:a{0,30}){30}b", ""},
		{"clean --regex " + long[:3*257], bot.FaultRegex, long[:3*80] + "…", ""},

		{"clean --type crad", bot.FaultType, "crad", "card"},
		{"clean --type text,imgae", bot.FaultType, "imgae", "image"},
		{"clean --type 卡骗", bot.FaultType, "卡骗", "卡片"},
		{"clean --type nonsense", bot.FaultType, "nonsense", ""},
		{"clean --type ,", bot.FaultType, ",", ""},

		{"clean --dup --dry-run --yes", bot.FaultClash, "--yes", "--dry-run"},
		{"清理 --重复 --确认 --预览", bot.FaultClash, "--确认", "--预览"},
		{"clean --bot any --bot me", bot.FaultClash, "--bot any", "--bot me"},
		{"clean --bot cli_1 --bot any", bot.FaultClash, "--bot any", "--bot cli_1"},
		{"clean --bot any --by ou_x", bot.FaultClash, "--bot", "--by"},
		{"clean --bot me --bot @_user_2 --by ou_x", bot.FaultClash, "--bot", "--by"},
		{"clean --since 5m --until 1h", bot.FaultOrder, "--since 5m", "--until 1h"},
		{"clean --起 今天 --止 昨天", bot.FaultOrder, "--起 今天", "--止 昨天"},

		{"clean --match " + long[:3*257], bot.FaultLong, long[:3*80] + "…", ""},
		{"clean --match " + long, bot.FaultLong, long[:3*80] + "…", ""},
		{"clean --from https://x/" + strings.Repeat("y", 480), bot.FaultLong, "https://x/" + strings.Repeat("y", 70) + "…", ""},
		{"clean" + strings.Repeat(" a", 65), bot.FaultLong, strings.Repeat("a ", 40) + "…", ""},
	}
	for _, row := range rows {
		f, err := command.ParseFilter(ask(t, row.text))
		got, ok := errors.AsType[*bot.FilterError](err)
		if !ok {
			t.Errorf("ParseFilter(%q) = %+v, %v; want the fault %s", row.text, f, err, row.fault)
			continue
		}
		if diff := cmp.Diff(&bot.FilterError{Fault: row.fault, Word: row.word, Other: row.other}, got); diff != "" {
			t.Errorf("ParseFilter(%q) (-want +got):\n%s", row.text, diff)
		}
		if diff := cmp.Diff(bot.Filter{}, f); diff != "" {
			t.Errorf("ParseFilter(%q) leaves something behind: %s", row.text, diff)
		}
		if err.Error() != string(row.fault) {
			t.Errorf("the error of %q says %q: it must not contain the person's text", row.text, err)
		}
	}
}
