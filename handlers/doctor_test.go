package handlers_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// checkup is what a check of a group found.
func checkup(more ...bot.Finding) []bot.Finding {
	return append([]bot.Finding{
		{Name: "rank_none"},
		{Name: "may_owner", Args: []string{"@{ou_owner}"}},
		{Name: "may_nobody"},
		{Name: "credentials", Args: []string{"cli_1", "https://open.feishu.cn"}},
		{Name: "scope_group", Args: []string{"im:message.group_msg"}},
		{Name: "scope_p2p", Args: []string{"im:message.p2p_msg"}},
	}, more...)
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	const rank = "I am not an admin of this group: I can recall my own posts only. As an admin I could recall other bots' posts too.\n"
	history := bot.Finding{Name: "scope_history", Level: bot.LevelWarn, Args: []string{"im:message:readonly"}}
	redis := bot.Finding{Name: "redis_aof", Level: bot.LevelBad}
	redirect := bot.Finding{Name: "redirect", Level: bot.LevelWarn, Args: []string{"https://10.0.0.1/oauth/callback"}}
	rows := []struct {
		name  string
		by    bot.UserID
		found []bot.Finding
		want  string
	}{
		{"fine", "ou_1", checkup(), "✅ Everything is fine here.\n" + rank},
		{"a fault", "ou_1", checkup(history), "⚠️ Fix this first: Clean-ups find only the messages that I saw arrive. " +
			"Ask my operator: add the scope im:message:readonly and publish a new version.\n" + rank},
		{"the operator's", "ou_1", checkup(redis), "❌ My set-up has a fault. The operator can see it with recallbot doctor.\n" + rank},
		{"no owner's", "ou_1", checkup(redirect), "✅ Everything is fine here.\n" + rank},
		{"owner's", "ou_owner", checkup(redirect), "⚠️ Fix this first: The owner can't authorise me. " +
			"Ask my operator: run recallbot doctor and register the redirect URL.\n" + rank},
		{"operator", "ou_mod", checkup(history, redis), "❌ Fix this first: Redis keeps no append-only file: when it restarts, accepted work is lost. " +
			"What to do: set appendonly yes.\nhttps://redis.io/docs/latest/operate/oss_and_stack/management/persistence/\n" +
			"⚠️ Clean-ups find only the messages that I saw arrive. What to do: add the scope im:message:readonly and publish a new version.\n" +
			"https://open.feishu.cn/app/cli_1/auth?q=im%3Amessage%3Areadonly&token_type=tenant\n" + rank},
	}
	for _, row := range rows {
		d := newHarness(t, english)
		d.found, d.posts.chats = row.found, map[bot.ChatID]bot.Chat{"oc_1": {ID: "oc_1", Owner: "ou_owner"}}
		said := d.reply(bot.Command{Verb: bot.VerbDoctor})
		said.By = row.by
		d.does(t, said)
		if diff := cmp.Diff("What I can do here\n"+row.want+"[Details]", d.shown(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

// TestDoctorDetails: the operator sees all that was found, others what is about them and the chat.
func TestDoctorDetails(t *testing.T) {
	t.Parallel()
	const rank = "✅ I am not an admin of this group: I can recall my own posts only. As an admin I could recall other bots' posts too.\n"
	const who = "Who can recall here\nThe owner: @{ou_owner}.\nNobody else."
	for by, want := range map[bot.UserID]string{
		"ou_1": rank + "✅ I get the commands in this group.\n" + who + "\nThe operator can check the rest of my set-up with recallbot doctor.",
		"ou_mod": rank + "✅ The app's credentials work (cli_1 at https://open.feishu.cn).\n✅ I get the commands in this group.\n" +
			"✅ I get what you write here.\n" + who,
	} {
		d := newHarness(t, english)
		d.found = checkup()
		d.does(t, bot.Pressed{Chat: "oc_1", By: by, At: d.clock, Press: bot.Press{Action: bot.ActDoctor, Chat: "oc_1"}})
		if diff := cmp.Diff("All checks\n"+want, d.shown(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", by, diff)
		}
	}
}

func TestDoctorIsForThoseWhoMayRecall(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	for name, body := range map[string]any{
		"command": d.reply(bot.Command{Verb: bot.VerbDoctor}),
		"button":  bot.Pressed{Chat: "oc_1", By: "ou_1", At: d.clock, Press: bot.Press{Action: bot.ActDoctor, Chat: "oc_1"}},
	} {
		d := newHarness(t, english)
		d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay}
		d.does(t, body)
		if got := d.body(t); got != en("reasons.no_say.full") {
			t.Errorf("%s: %q", name, got)
		}
	}
	d.recaller.mayErr = errLimited
	if err := d.run(t, d.reply(bot.Command{Verb: bot.VerbDoctor})); !errors.Is(err, errLimited) {
		t.Errorf("handling = %v, want the recaller's error", err)
	}
}
