package handlers_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/handlers/text"
	"recallbot/recall/policy"
)

// offers are the lines of the commands that need the same.
func offers(lang text.Language, needs string) string {
	var b strings.Builder
	for _, c := range handlers.Commands() {
		if c.Needs == needs {
			b.WriteString("\n" + c.Usage + "  " + lang.Say(text.Help(c.Verb)))
		}
	}
	return b.String()
}

// commands is the rest of the help page of an owner.
func commands(lang text.Language) string {
	return offers(lang, "nothing") + "\n" + lang.Say(text.HelpModerators) + offers(lang, "recall") + "\n" + lang.Say(text.HelpAdmins) +
		offers(lang, "manage") + "\n" + lang.Say(text.HelpReaction, "emoji", "❌ / 🚫")
}

func TestHelpOffersWhatOneMayDo(t *testing.T) {
	t.Parallel()
	no := policy.Decision{Reason: bot.ReasonNoSay}
	rows := []struct {
		name        string
		may, manage policy.Decision
		want        string
	}{
		{"owner", policy.Decision{Allow: true}, policy.Decision{Allow: true}, en(text.HelpHead) + commands(text.English)},
		{
			"moderator",
			policy.Decision{Allow: true},
			no,
			en(text.HelpHead) + offers(text.English, "nothing") + "\n" + en(text.HelpModerators) + offers(text.English, "recall") + "\n" +
				en(text.HelpReaction, "emoji", "❌ / 🚫"),
		},
		{
			"outsider", no, no,
			en(text.HelpHead) + offers(text.English, "nothing") + "\n" + en(text.HelpReaction, "emoji", "❌ / 🚫") + "\n" + en(text.HelpMore),
		},
	}
	for _, row := range rows {
		d := newHarness(t, english)
		d.recaller.may, d.recaller.manage = row.may, row.manage
		d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp}))
		if diff := cmp.Diff(row.want, d.body(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

// TestEachCommandHasItsBehaviour: what the list of commands names is handled, by one behaviour.
func TestEachCommandHasItsBehaviour(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	for _, c := range handlers.Commands() {
		if !d.all.Wants(bot.Event{ID: "e1", Body: d.reply(bot.Command{Verb: c.Verb})}) {
			t.Errorf("no behaviour handles %s", c.Usage)
		}
	}
}

func TestHelpExplainsEachWord(t *testing.T) {
	t.Parallel()
	for _, c := range handlers.Commands() {
		for _, lang := range []text.Language{text.Chinese, text.English} {
			details := lang.Say(text.Details(c.Verb))
			if examples := strings.Count(details, "\n/"); examples < 1 {
				t.Errorf("%s, %s: %d examples in:\n%s", c.Usage, lang, examples, details)
			}
		}
	}
	rows := map[string]bot.Verb{"log": bot.VerbLog, "LOG": bot.VerbLog, "日志": bot.VerbLog, "settings": bot.VerbSettings}
	for word, want := range rows {
		d := newHarness(t, english)
		d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp, Args: []string{word}}))
		if body := d.body(t); !strings.HasSuffix(body, "\n"+en(text.Details(want))) {
			t.Errorf("help %s is:\n%s", word, body)
		}
	}
	d := newHarness(t, english)
	d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp, Args: []string{"lgo"}}))
	want := en(text.HelpUnknown, "word", "lgo") + " " + en(text.DidYouMean, "suggestion", "/recall log [N]") + commands(text.English)
	if diff := cmp.Diff(want, d.body(t)); diff != "" {
		t.Errorf("help of no word (-want +got):\n%s", diff)
	}
}

func TestHelpHasTheLanguageAndEmojiOfTheChat(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.settings.chats["oc_1"] = bot.Settings{Language: "zh-CN", Emoji: []string{"BOMB"}}
	d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp}))
	body := d.body(t)
	if !strings.HasPrefix(body, zh(text.HelpHead)) || !strings.Contains(body, zh(text.HelpReaction, "emoji", "BOMB")) {
		t.Errorf("help is:\n%s", body)
	}
}

func TestHelpShowsTheReactionsThatRecall(t *testing.T) {
	t.Parallel()
	for signs, emoji := range map[string][]string{"BOMB / 🚫": {"BOMB", "No"}, "": nil} {
		d := newHarness(t, english, func(c *handlers.Config) { c.Emoji = emoji })
		d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp}))
		body, line := d.body(t), en(text.HelpReaction, "emoji", signs)
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
		{"chinese", func(*handlers.Config) {}, bot.Command{}, zh(text.HelpHead) + commands(text.Chinese)},
		{"english", english, bot.Command{}, en(text.HelpHead) + commands(text.English)},
		{"asked in chinese", english, bot.Command{Chinese: true}, zh(text.HelpHead) + commands(text.Chinese)},
		{
			"unknown word", english,
			bot.Command{Unknown: "everything"},
			en(text.UnknownWord, "word", "everything") + commands(text.English),
		},
		{
			"nearly a word", english,
			bot.Command{Unknown: "Docter"},
			en(text.UnknownWord, "word", "Docter") + " " + en(text.DidYouMean, "suggestion", "/recall doctor") + commands(text.English),
		},
		{
			"a word that mentions", english,
			bot.Command{Unknown: "@{ou_2}"},
			en(text.UnknownWord, "word", "@ou_2") + commands(text.English),
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t, row.settings)
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
		d := newHarness(t, english)
		d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp, Unknown: word}))
		head, _, _ := strings.Cut(d.body(t), "\n")
		guess := strings.TrimPrefix(head, en(text.UnknownWord, "word", word))
		if want != "" {
			want = " " + en(text.DidYouMean, "suggestion", want)
		}
		if guess != want {
			t.Errorf("%q is answered %q, want the guess %q", word, head, want)
		}
	}
}

func TestDoctorIsForThoseWhoMayRecall(t *testing.T) {
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
		{"no right", english, bot.Command{}, policy.Decision{Reason: bot.ReasonNoSay}, en("reasons.no_say.full")},
	}
	for _, row := range rows {
		d := newHarness(t, row.settings)
		d.recaller.may = row.may
		row.cmd.Verb = bot.VerbDoctor
		d.does(t, d.reply(row.cmd))
		if got := d.body(t); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
	d := newHarness(t)
	d.recaller.mayErr = errLimited
	if err := d.run(t, d.reply(bot.Command{Verb: bot.VerbDoctor})); !errors.Is(err, errLimited) {
		t.Errorf("handling = %v, want the recaller's error", err)
	}
}
