package command_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/bot/command"
)

const (
	me    = "@_user_1"
	news  = "@_user_2"
	tom   = "@_user_3"
	ghost = "@_user_4" // nobody told who that is
)

// shanghai is UTC+8.
func shanghai() *time.Location { return time.FixedZone("", 8*60*60) }

// now is Tuesday, 2026-09-01 15:04:05.678 in Shanghai.
func now() time.Time { return time.Date(2026, 9, 1, 15, 4, 5, 678e6, shanghai()) }

func at(month, day, hour, minute int) time.Time {
	return time.Date(2026, time.Month(month), day, hour, minute, 0, 0, shanghai())
}

// ask is the filter of a command as Parse returns it.
func ask(t *testing.T, text string) command.FilterInput {
	t.Helper()
	cmd, ok := command.Parse("/recall "+text, false,
		bot.Mentioned{Key: me, ID: "ou_bot", Bot: true, Self: true, Name: "Recall"},
		bot.Mentioned{Key: news, ID: "ou_news", Bot: true, Name: "News of today"},
		bot.Mentioned{Key: tom, ID: "ou_tom"},
	)
	if !ok || cmd.Verb != bot.VerbClean && cmd.Verb != bot.VerbLast {
		t.Fatalf("%q is no filter but %+v", text, cmd)
	}
	return command.FilterInput{Verb: cmd.Verb, Args: cmd.Args, Mentions: cmd.Mentions, InTopic: true, Zone: shanghai(), Said: now()}
}

func since(when time.Time) bot.Filter { return bot.Filter{Since: when} }

func until(when time.Time) bot.Filter { return bot.Filter{Until: when} }

func bots(refs ...bot.BotRef) bot.Filter { return bot.Filter{Bots: refs} }

func types(names ...string) bot.Filter { return bot.Filter{Types: names} }

func from(ref bot.MessageRef) bot.Filter { return bot.Filter{From: ref} }

type filterRow struct {
	text string
	want bot.Filter
}

func filterRows() []filterRow {
	ago := func(d time.Duration) bot.Filter { return since(now().Add(-d)) }
	me, anyBot := bot.BotRef{Me: true}, bot.BotRef{Any: true}
	newsBot := bot.BotRef{User: "ou_news", Name: "News of today"}
	const day = 24 * time.Hour
	return []filterRow{
		{"5", bot.Filter{Last: 5}},
		{"5条", bot.Filter{Last: 5}},
		{"１２", bot.Filter{Last: 12}},
		{"10000 --bot any --yes", bot.Filter{Last: 10000, Bots: []bot.BotRef{anyBot}, Yes: true}},
		{"5 @_user_1 --dup", bot.Filter{Last: 5, Dup: true}},
		{"@_user_1 5", bot.Filter{Last: 5}},

		{"clean --last 5", bot.Filter{Last: 5}},
		{"clean --last=5", bot.Filter{Last: 5}},
		{"clean --last:5", bot.Filter{Last: 5}},
		{"clean --last＝５", bot.Filter{Last: 5}},
		{"clean --last：5条", bot.Filter{Last: 5}},
		{"clean -last 5", bot.Filter{Last: 5}},
		{"clean —last 5", bot.Filter{Last: 5}},
		{"clean ––last 5", bot.Filter{Last: 5}},
		{"clean －－ｌａｓｔ ５", bot.Filter{Last: 5}},
		{"clean --LAST 0005", bot.Filter{Last: 5}},
		{"清理 --最近 5条", bot.Filter{Last: 5}},
		{"清理 --条数 5", bot.Filter{Last: 5}},

		{"clean --bot me", bots(me)},
		{"clean --bot 我", bots(me)},
		{"clean --bot @_user_1", bots(me)},
		{"clean --bot=@_user_1", bots(me)},
		{"clean --bot any", bots(anyBot)},
		{"clean --bot 所有", bots(anyBot)},
		{"clean --机器人 全部", bots(anyBot)},
		{"clean --bot 任意", bots(anyBot)},
		{"clean --bot @_user_2", bots(newsBot)},
		{"clean --bot= @_user_2", bots(newsBot)},
		{`clean --bot " @_user_2 "`, bots(newsBot)},
		{"clean --bot cli_a1B2", bots(bot.BotRef{App: "cli_a1B2"})},
		{"clean --bot ou_x1", bots(bot.BotRef{User: "ou_x1"})},
		{"clean --bot ou_x1/News", bots(bot.BotRef{User: "ou_x1", Name: "News"})},
		{"clean --bot Grafana", bots(bot.BotRef{Name: "Grafana"})},
		{"clean --bot @Grafana", bots(bot.BotRef{Name: "Grafana"})},
		{"clean --bot ＠告警", bots(bot.BotRef{Name: "告警"})},
		{"clean --bot @any", bots(bot.BotRef{Name: "any"})},
		{`clean --bot "News of the day"`, bots(bot.BotRef{Name: "News of the day"})},
		{"clean --bot @_user_2 --bot me --机器人 Grafana", bots(newsBot, me, bot.BotRef{Name: "Grafana"})},
		{"clean --bot me --bot @_user_1", bots(me)},

		{"clean --by @_user_3", bot.Filter{By: []bot.UserID{"ou_tom"}}},
		{"clean --by=@_user_3", bot.Filter{By: []bot.UserID{"ou_tom"}}},
		{"清理 --成员 @_user_3", bot.Filter{By: []bot.UserID{"ou_tom"}}},
		{"清理 --发送者 ou_x --by ou_y --by ou_x", bot.Filter{By: []bot.UserID{"ou_x", "ou_y"}}},
		{"clean --bot me --by ou_x", bot.Filter{Bots: []bot.BotRef{me}, By: []bot.UserID{"ou_x"}}},
		{"clean --bot any --by ou_x --any", bot.Filter{Bots: []bot.BotRef{anyBot}, By: []bot.UserID{"ou_x"}, Any: true}},
		{"@_user_1 clean --dup @_user_1", bot.Filter{Dup: true}},

		{"clean --since 30s", ago(30 * time.Second)},
		{"clean --since 10m", ago(10 * time.Minute)},
		{"clean --since 10min", ago(10 * time.Minute)},
		{"clean --since 3h", ago(3 * time.Hour)},
		{"clean --since 6d", ago(6 * day)},
		{"clean --since 2w", ago(14 * day)},
		{"clean --since 1h30m", ago(90 * time.Minute)},
		{"clean --since 1H30M", ago(90 * time.Minute)},
		{"clean --since １０ｍ", ago(10 * time.Minute)},
		{`clean --since "10 minutes ago"`, ago(10 * time.Minute)},
		{"清理 --起 30分钟", ago(30 * time.Minute)},
		{"清理 --开始 2小时", ago(2 * time.Hour)},
		{"清理 --时间 3天", ago(3 * day)},
		{"清理 --since 1周", ago(7 * day)},
		{"清理 --since 1小时30分", ago(90 * time.Minute)},
		{"清理 --since 30分钟前", ago(30 * time.Minute)},
		{"清理 --since 3天内", ago(3 * day)},
		{"清理 --since 2个小时以前", ago(2 * time.Hour)},

		{"clean --since 2026-08-31", since(at(8, 31, 0, 0))},
		{"clean --since 2026-8-31", since(at(8, 31, 0, 0))},
		{"clean --since 2026/08/31", since(at(8, 31, 0, 0))},
		{"clean --since 2026-08-31T10:00", since(at(8, 31, 10, 0))},
		{"clean --since:2026-08-31T10:00", since(at(8, 31, 10, 0))},
		{"clean --since 2026-08-31t10:00:30", since(at(8, 31, 10, 0).Add(30 * time.Second))},
		{"clean --since 2026-08-31T10:00:30.250", since(at(8, 31, 10, 0).Add(30*time.Second + 250*time.Millisecond))},
		{"clean --since 2026-08-31T10:00:00Z", since(at(8, 31, 18, 0))},
		{"clean --since 2026-08-31T10:00Z", since(at(8, 31, 18, 0))},
		{"clean --since 2026-08-31T10:00+09:00", since(at(8, 31, 9, 0))},
		{"clean --since 2026-08-31T10:00:00+0900", since(at(8, 31, 9, 0))},
		{`clean --since "2026-08-31 10:00"`, since(at(8, 31, 10, 0))},
		{"clean --since “2026-08-31  10：00”", since(at(8, 31, 10, 0))},
		{"clean --since 08-31", since(at(8, 31, 0, 0))},
		{"clean --since 08-31T10:00", since(at(8, 31, 10, 0))},
		{"clean --since 10:00", since(at(9, 1, 10, 0))},
		{"clean --since 9:05", since(at(9, 1, 9, 5))},
		{"clean --since 10：00", since(at(9, 1, 10, 0))},
		{"clean --since today", since(at(9, 1, 0, 0))},
		{"清理 --since 今天", since(at(9, 1, 0, 0))},
		{"clean --since yesterday", since(at(8, 31, 0, 0))},
		{"清理 --since 昨天", since(at(8, 31, 0, 0))},
		{"清理 --since 昨天10:00", since(at(8, 31, 10, 0))},
		{`clean --since "yesterday 10:00"`, since(at(8, 31, 10, 0))},
		{"清理 --since 8月31日", since(at(8, 31, 0, 0))},
		{"清理 --since 2026年8月31日10:00", since(at(8, 31, 10, 0))},
		{"清理 --since 8月31号10:00", since(at(8, 31, 10, 0))},
		{"clean --until 10m", until(now().Add(-10 * time.Minute))},
		{"clean --until 10:00", until(at(9, 1, 10, 0))},
		{"clean --until yesterday", until(at(9, 1, 0, 0).Add(-time.Millisecond))},
		{"clean --until 08-30", until(at(8, 31, 0, 0).Add(-time.Millisecond))},
		{"clean --until today", until(now())},
		{"清理 --止 昨天10:00", until(at(8, 31, 10, 0))},
		{"清理 --截至 2026-08-31T10:00", until(at(8, 31, 10, 0))},
		{"clean --since 3h --until 1h", bot.Filter{Since: now().Add(-3 * time.Hour), Until: now().Add(-time.Hour)}},
		{"clean --since today --until today", bot.Filter{Since: at(9, 1, 0, 0), Until: now()}},

		{"clean --from om_a1-B_2", from(bot.MessageRef{ID: "om_a1-B_2"})},
		{"清理 --从 om_1 --到 om_2", bot.Filter{From: bot.MessageRef{ID: "om_1"}, To: bot.MessageRef{ID: "om_2"}}},
		{"clean --from https://go.feishu.cn/x?messageId=om_1&y=2", from(bot.MessageRef{ID: "om_1"})},
		{"clean --from https://applink.feishu.cn/client/chat/open?openChatId=oc_1&open_message_id=om_1", from(bot.MessageRef{ID: "om_1"})},
		{"clean --from https://go.feishu.cn/x?to=https%3A%2F%2Fx%2Fy%3FopenMessageId%3Dom_1", from(bot.MessageRef{ID: "om_1"})},
		{"clean --from https://go.feishu.cn/x#open_message_id=om_1。", from(bot.MessageRef{ID: "om_1"})},
		{"clean --from:https://go.feishu.cn/om_1/x?again=om_1", from(bot.MessageRef{ID: "om_1"})},
		{"clean --to https://applink.feishu.cn/client/message/link/open?token=AmEa", bot.Filter{To: bot.MessageRef{Link: "https://applink.feishu.cn/client/message/link/open?token=AmEa"}}},

		{"clean --match error", bot.Filter{Match: []string{"error"}}},
		{`clean --match "disk full" --包含 磁盘 --匹配 满`, bot.Filter{Match: []string{"disk full", "磁盘", "满"}}},
		{"clean --match a=b:c", bot.Filter{Match: []string{"a=b:c"}}},
		{"clean --match=a=b:c", bot.Filter{Match: []string{"a=b:c"}}},
		{"clean --match -1", bot.Filter{Match: []string{"-1"}}},
		{`clean --match " a "`, bot.Filter{Match: []string{" a "}}},
		{`clean --match "--yes"`, bot.Filter{Match: []string{"--yes"}}},
		{`clean --match "--"`, bot.Filter{Match: []string{"--"}}},
		{`clean --match x --match x`, bot.Filter{Match: []string{"x"}}},
		{`clean --regex ^\d+\s(warn|error):.*$`, bot.Filter{Regex: []string{`^\d+\s(warn|error):.*$`}}},
		{`clean --regex=(?i)a=b --正则 "c d"`, bot.Filter{Regex: []string{"(?i)a=b", "c d"}}},

		{"clean --type card", types("interactive")},
		{"clean --type card,text,image,file", types("interactive", "text", "image", "file")},
		{"清理 --类型 卡片、图片，文件", types("interactive", "image", "file")},
		{"清理 --类型 富文本 --type 文本", types("post", "text")},
		{"clean --type Video,media,视频", types("media")},
		{`clean --type "audio, sticker"`, types("audio", "sticker")},
		{"clean --type 语音,表情,location,share_chat,merge_forward", types("audio", "sticker", "location", "share_chat", "merge_forward")},
		{"clean --type interactive,", types("interactive")},

		{"clean --dup", bot.Filter{Dup: true}},
		{"清理 --重复", bot.Filter{Dup: true}},
		{"clean --thread", bot.Filter{Thread: true}},
		{"清理 --话题", bot.Filter{Thread: true}},
		{
			"clean --dup --with-pinned --any --dry-run --quiet",
			bot.Filter{Dup: true, WithPinned: true, Any: true, DryRun: true, Quiet: true},
		},
		{"clean --dup --with_pinned --dry—run", bot.Filter{Dup: true, WithPinned: true, DryRun: true}},
		{"清理 --重复 --含置顶 --任一 --预览 --安静", bot.Filter{Dup: true, WithPinned: true, Any: true, DryRun: true, Quiet: true}},
		{"清理 --重复 --演练", bot.Filter{Dup: true, DryRun: true}},
		{"清理 --重复 --确认", bot.Filter{Dup: true, Yes: true}},
		{"clean --dup -y", bot.Filter{Dup: true, Yes: true}},
		{"clean --bot me --yes -- --dry-run", bot.Filter{Bots: []bot.BotRef{me}, Yes: true}},
	}
}

func TestParseFilterReadsEverySpelling(t *testing.T) {
	t.Parallel()
	for _, row := range filterRows() {
		got, err := command.ParseFilter(ask(t, row.text))
		if err != nil {
			t.Errorf("ParseFilter(%q): %#v", row.text, err)
			continue
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("ParseFilter(%q) (-want +got):\n%s", row.text, diff)
		}
		again, err := command.ParseFilter(ask(t, "clean "+got.String()))
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Errorf("%q prints as %q, which reads as (-want +got):\n%s%v", row.text, got, diff, err)
		}
	}
}

// The message replied to begins the range, except for /recall N.
func TestParseFilterAndTheReply(t *testing.T) {
	t.Parallel()
	fromReply := bot.Filter{From: bot.MessageRef{ID: "om_r"}, FromReply: true}
	rows := []struct {
		text    string
		want    bot.Filter
		fault   bot.FilterFault
		printed string
	}{
		{"clean", fromReply, "", "--from=reply"},
		{"clean --from reply", fromReply, "", "--from=reply"},
		{"清理 --从 回复", fromReply, "", "--from=reply"},
		{"clean --to om_z --yes", bot.Filter{From: fromReply.From, FromReply: true, To: bot.MessageRef{ID: "om_z"}, Yes: true}, "", "--from=reply --to=om_z --yes"},
		{"clean --from om_a", bot.Filter{}, bot.FaultClash, ""},
		{"5", bot.Filter{Last: 5}, "", "--last=5"},
		{"5 --from om_a", bot.Filter{Last: 5, From: bot.MessageRef{ID: "om_a"}}, "", "--last=5 --from=om_a"},
		{"5 --from reply", bot.Filter{Last: 5, From: fromReply.From, FromReply: true}, "", "--last=5 --from=reply"},
	}
	for _, row := range rows {
		in := ask(t, row.text)
		in.Reply = "om_r"
		got, err := command.ParseFilter(in)
		if fault, _ := errors.AsType[*bot.FilterError](err); fault != nil && fault.Fault != row.fault || fault == nil && row.fault != "" {
			t.Errorf("ParseFilter(%q): %v, want %q", row.text, err, row.fault)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("ParseFilter(%q) (-want +got):\n%s", row.text, diff)
		}
		if got.String() != row.printed {
			t.Errorf("%q prints as %q, want %q", row.text, got, row.printed)
		}
	}
}

func TestParseFilterInATopic(t *testing.T) {
	t.Parallel()
	in := ask(t, "clean --话题")
	in.InTopic = false
	_, err := command.ParseFilter(in)
	if fault, ok := errors.AsType[*bot.FilterError](err); !ok || fault.Fault != bot.FaultTopic || fault.Word != "--话题" {
		t.Errorf("a topic outside a topic: %v", err)
	}
	in = ask(t, "clean --since 2026-08-31T10:00")
	in.Zone = nil
	if f, err := command.ParseFilter(in); err != nil || !f.Since.Equal(at(8, 31, 18, 0)) {
		t.Errorf("without a zone it is since %v, %v; want UTC", f.Since, err)
	}
	if _, err := command.ParseFilter(command.FilterInput{Verb: bot.VerbLast, Said: now()}); err == nil {
		t.Error("/recall N without N is a filter")
	}
}

func TestFilterPrintsAndParses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"5条": "--last=5",
		"清理 --机器人 @_user_2 --时间 昨天 --类型 卡片,图片":              `--bot="ou_news/News of today" --since=2026-08-31T00:00:00+08:00 --type=interactive,image`,
		`clean —match “say "hi"” --bot @any`:                `--bot=@any --match="say ""hi"""`,
		"clean --until today --by @_user_3 --any --dry-run": `--by=ou_tom --until=2026-09-01T15:04:05.678+08:00 --any --dry-run`,
		"clean --话题 --重复 --含置顶 --确认 --安静":                   "--dup --thread --with-pinned --yes --quiet",
	} {
		f, err := command.ParseFilter(ask(t, text))
		if err != nil || f.String() != want {
			t.Errorf("%q prints as %q, %v; want %q", text, f, err, want)
		}
	}
	if got := (bot.Filter{}).String(); got != "" {
		t.Errorf("the filter of nothing prints as %q", got)
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, row := range filterRows() {
		f.Add(row.text, false)
	}
	for _, seed := range []string{"clean", "clean --from reply", "5 --from 回复", `clean --match="a""b" --bot "@ x"`, "clean --regex \\pL{1000}"} {
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, reply bool) {
		read := func(text string, reply bool) (bot.Filter, error) {
			cmd, ok := command.Parse("/recall "+text, reply,
				bot.Mentioned{Key: me, ID: "ou_bot", Bot: true, Self: true, Name: "Recall"},
				bot.Mentioned{Key: news, ID: "ou_news", Bot: true, Name: " @News \"of\" today" + strings.Repeat("错 ", 99)},
				bot.Mentioned{Key: tom, ID: "ou_tom"})
			if !ok || cmd.Verb != bot.VerbClean && cmd.Verb != bot.VerbLast {
				return bot.Filter{}, errors.New("no filter")
			}
			in := command.FilterInput{Verb: cmd.Verb, Args: cmd.Args, Mentions: cmd.Mentions, InTopic: true, Zone: shanghai(), Said: now()}
			if reply {
				in.Reply = "om_r"
			}
			return command.ParseFilter(in)
		}
		filter, err := read(text, reply)
		if err != nil {
			if diff := cmp.Diff(bot.Filter{}, filter); diff != "" {
				t.Fatalf("%q is refused (%v) and leaves something behind: %s", text, err, diff)
			}
			return
		}
		if !filter.Narrows() && !filter.Dup && len(filter.Bots) == 0 {
			t.Fatalf("%q means everything: %+v", text, filter)
		}
		printed := filter.String()
		again, err := read("clean "+printed, filter.FromReply)
		if diff := cmp.Diff(filter, again); err != nil || diff != "" {
			t.Fatalf("%q prints as %q, which reads as (-want +got):\n%s%v", text, printed, diff, err)
		}
		if again.String() != printed {
			t.Fatalf("%q prints as %q, and then as %q", text, printed, again)
		}
	})
}
