package handlers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/policy"
)

// commands is the rest of every help page.
func commands(say func(string) string) string {
	return "\n/recall  " + say("help_this") + "\n/recall log [N]  " + say("help_log") + "\n/recall doctor  " + say("help_doctor") +
		"\n/recall help [WORD]  " + say("help_help") + "\n" + fmt.Sprintf(say("help_reaction"), "❌ / 🚫")
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
		"everything": "", "stop": "", "5": "", "clean": "", "mine": "", "撤": "", "logbook": "",
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
