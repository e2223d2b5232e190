package handlers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/recall/policy"
)

// offers are the lines of the commands that need the same.
func offers(say func(string) string, needs string) string {
	var b strings.Builder
	for _, c := range handlers.Commands() {
		if c.Needs == needs {
			b.WriteString("\n" + c.Usage + "  " + say(c.Help))
		}
	}
	return b.String()
}

// commands is the rest of the help page of an owner.
func commands(say func(string) string) string {
	return offers(say, "nothing") + "\n" + say("help_say") + offers(say, "say") + "\n" + say("help_manage") + offers(say, "manage") +
		"\n" + fmt.Sprintf(say("help_reaction"), "❌ / 🚫")
}

func TestHelpOffersWhatOneMayDo(t *testing.T) {
	t.Parallel()
	no := policy.Decision{Reason: bot.ReasonNoSay}
	rows := []struct {
		name        string
		may, manage policy.Decision
		want        string
	}{
		{"owner", policy.Decision{Allow: true}, policy.Decision{Allow: true}, en("help_head") + commands(en)},
		{
			"moderator",
			policy.Decision{Allow: true},
			no,
			en("help_head") + offers(en, "nothing") + "\n" + en("help_say") + offers(en, "say") + "\n" +
				fmt.Sprintf(en("help_reaction"), "❌ / 🚫"),
		},
		{
			"outsider", no, no,
			en("help_head") + offers(en, "nothing") + "\n" + fmt.Sprintf(en("help_reaction"), "❌ / 🚫") + "\n" + en("help_more"),
		},
	}
	for _, row := range rows {
		d := newDesk(t, english)
		d.recaller.may, d.recaller.manage = row.may, row.manage
		d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp}))
		if diff := cmp.Diff(row.want, d.body(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

func TestHelpExplainsEachWord(t *testing.T) {
	t.Parallel()
	for _, c := range handlers.Commands() {
		if c.Details == "" {
			t.Errorf("%s has no details", c.Usage)
			continue
		}
		for lang, say := range map[handlers.Language]func(string) string{handlers.Chinese: zh, handlers.English: en} {
			details := say(c.Details)
			if examples := strings.Count(details, "\n/"); examples < 1 {
				t.Errorf("%s, %s: %d examples in:\n%s", c.Usage, lang, examples, details)
			}
		}
	}
	rows := map[string]string{"log": "details_log", "LOG": "details_log", "日志": "details_log", "settings": "details_settings"}
	for word, want := range rows {
		d := newDesk(t, english)
		d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp, Args: []string{word}}))
		if body := d.body(t); !strings.HasSuffix(body, "\n"+en(want)) {
			t.Errorf("help %s is:\n%s", word, body)
		}
	}
	d := newDesk(t, english)
	d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp, Args: []string{"lgo"}}))
	want := fmt.Sprintf(en("unknown_help"), "lgo") + " " + fmt.Sprintf(en("did_you_mean"), "/recall log [N]") + commands(en)
	if diff := cmp.Diff(want, d.body(t)); diff != "" {
		t.Errorf("help of no word (-want +got):\n%s", diff)
	}
}

func TestHelpSpeaksTheChatsLanguageAndShowsItsEmoji(t *testing.T) {
	t.Parallel()
	d := newDesk(t, english)
	d.settings.chats["oc_1"] = bot.Settings{Language: "zh-CN", Emoji: []string{"BOMB"}}
	d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp}))
	body := d.body(t)
	if !strings.HasPrefix(body, zh("help_head")) || !strings.Contains(body, fmt.Sprintf(zh("help_reaction"), "BOMB")) {
		t.Errorf("help is:\n%s", body)
	}
}

func TestHelpShowsTheReactionsThatRecall(t *testing.T) {
	t.Parallel()
	for signs, emoji := range map[string][]string{"BOMB / 🚫": {"BOMB", "No"}, "": nil} {
		d := newDesk(t, english, func(c *handlers.Config) { c.Emoji = emoji })
		d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp}))
		body, line := d.body(t), fmt.Sprintf(en("help_reaction"), signs)
		if got := strings.Contains(body, line); got != (signs != "") {
			t.Errorf("with %q the help is:\n%s", emoji, body)
		}
		if signs == "" && strings.Contains(body, "react to a bot's message") {
			t.Errorf("the help speaks of reactions, and none recalls:\n%s", body)
		}
	}
}

func TestHelpListsEveryCommand(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name     string
		settings func(*handlers.Config)
		cmd      bot.Command
		want     string
	}{
		{"chinese", func(*handlers.Config) {}, bot.Command{}, zh("help_head") + commands(zh)},
		{"english", english, bot.Command{}, en("help_head") + commands(en)},
		{"asked in chinese", english, bot.Command{Chinese: true}, zh("help_head") + commands(zh)},
		{
			"unknown word", english,
			bot.Command{Unknown: "everything"},
			fmt.Sprintf(en("unknown_word"), "everything") + commands(en),
		},
		{
			"nearly a word", english,
			bot.Command{Unknown: "Docter"},
			fmt.Sprintf(en("unknown_word"), "Docter") + " " + fmt.Sprintf(en("did_you_mean"), "/recall doctor") + commands(en),
		},
		{
			"a word that mentions", english,
			bot.Command{Unknown: "@{ou_2}"},
			fmt.Sprintf(en("unknown_word"), "@ou_2") + commands(en),
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, row.settings)
			row.cmd.Verb = bot.VerbHelp
			said := d.reply(row.cmd)
			said.Parent, said.Root = "", "" // help needs no reply
			d.does(t, said)
			if diff := cmp.Diff(row.want, d.body(t)); diff != "" {
				t.Errorf("help (-want +got):\n%s", diff)
			}
			if d.recaller.requests != nil {
				t.Errorf("requests %+v, want none", d.recaller.requests)
			}
		})
	}
}

func TestHelpGuessesWhatWasMeant(t *testing.T) {
	t.Parallel()
	rows := map[string]string{
		"lgo": "/recall log [N]", "logs": "/recall log [N]", "lo": "/recall log [N]", "LOG5": "/recall log [N]",
		"docter": "/recall doctor", "doctr": "/recall doctor", "dokter": "/recall doctor",
		"hlep": "/recall help [WORD]", "helps": "/recall help [WORD]", "halb": "/recall help [WORD]",
		"cleen": "/recall clean …", "stopp": "/recall stop [JOB]", "everything": "", "5": "", "minutes": "", "撤": "", "logbook": "",
	}
	for word, want := range rows {
		d := newDesk(t, english)
		d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp, Unknown: word}))
		head, _, _ := strings.Cut(d.body(t), "\n")
		guess := strings.TrimPrefix(head, fmt.Sprintf(en("unknown_word"), word))
		if want != "" {
			want = " " + fmt.Sprintf(en("did_you_mean"), want)
		}
		if guess != want {
			t.Errorf("%q is answered %q, want the guess %q", word, head, want)
		}
	}
}

func TestDoctorTellsThoseWithASay(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name     string
		settings func(*handlers.Config)
		cmd      bot.Command
		may      policy.Decision
		want     string
	}{
		{"english", english, bot.Command{}, policy.Decision{Allow: true}, "chat oc_1\nlanguage en"},
		{"chinese", english, bot.Command{Chinese: true}, policy.Decision{Allow: true}, "chat oc_1\nlanguage zh-CN"},
		{"no right", english, bot.Command{}, policy.Decision{Reason: bot.ReasonNoSay}, en("no_say")},
	}
	for _, row := range rows {
		d := newDesk(t, row.settings)
		d.recaller.may = row.may
		row.cmd.Verb = bot.VerbDoctor
		d.does(t, d.reply(row.cmd))
		if got := d.body(t); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
	d := newDesk(t)
	d.recaller.mayErr = errLimited
	if err := d.run(t, d.reply(bot.Command{Verb: bot.VerbDoctor})); !errors.Is(err, errLimited) {
		t.Errorf("handling = %v, want the recaller's error", err)
	}
}
