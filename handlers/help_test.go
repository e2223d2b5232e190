package handlers_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers"
	"recallbot/handlers/text"
	"recallbot/recall/policy"
)

// read is the text of a card, a line for each of its parts; buttons are in brackets.
func read(c bot.Card) string {
	var said strings.Builder
	said.WriteString(c.Title)
	for _, part := range c.Parts {
		said.WriteString("\n" + part.Heading + part.Text + part.Note + strings.Join(part.Quotes, "\n"))
		for _, b := range part.Buttons {
			said.WriteString("[" + b.Text + "]")
		}
	}
	return strings.TrimPrefix(said.String(), "\n")
}

// shown is the text of the one card that was shown.
func (d *harness) shown(t *testing.T) string {
	t.Helper()
	if len(d.cards.shown) != 1 {
		t.Fatalf("%d cards shown (arrived %q), want one", len(d.cards.shown), d.speaker.arrived)
	}
	return read(d.cards.shown[0])
}

func TestHelpOffersWhatOneMayDo(t *testing.T) {
	t.Parallel()
	no, yes := policy.Decision{Reason: bot.ReasonNoSay}, policy.Decision{Allow: true}
	const own = `One message
/recall  recalls the message that you reply to
Or react to it with ❌ / 🚫.
`
	const posts = `Your posts
/recall mine  lists your posts, each with a button
`
	const many = `Many messages
/recall 5  recalls my 5 newest posts here
/recall clean …  recalls what matches, by bot, word or time
`
	const after = `Afterwards
/recall undo  restores what was recalled
/recall log  shows who recalled what here
`
	rows := []struct {
		name        string
		may, manage policy.Decision
		want        string
	}{
		{"owner", yes, yes, "[Clean up…][My posts][Log][Settings][Rules][Report]\n" + own + many + posts + after + `This chat
/recall settings  shows and changes the settings
/recall ttl 24h  recalls my posts here after 24 hours
/recall watch  rules on what bots post here
/recall report  which bots are loud here
/recall authorize  lets me recall other bots' posts when you, the owner, ask
How a command is used:
[recall][recall 5][clean][mine][status][stop][undo][log][settings][ttl][watch][report][quarantine][release][authorize][doctor][deauthorize]`},
		{"moderator", yes, no, "[Clean up…][My posts][Log][Rules][Report]\n" + own + many + posts + after + `This chat
/recall watch  rules on what bots post here
/recall report  which bots are loud here
How a command is used:
[recall][recall 5][clean][mine][status][stop][undo][log][watch][report][quarantine][release][doctor]`},
		{"outsider", no, no, "[My posts]\n" + own + posts + `You can recall what was posted for you. These people can do more here: @{ou_owner}, @{ou_admin}, @{ou_mod}.
How a command is used:
[recall][mine]`},
	}
	for _, row := range rows {
		d := newHarness(t, english)
		d.recaller.may, d.recaller.manage = row.may, row.manage
		d.posts.chats = map[bot.ChatID]bot.Chat{"oc_1": {ID: "oc_1", Owner: "ou_owner", Managers: []bot.UserID{"ou_admin", "ou_1"}}}
		d.settings.chats["oc_1"] = bot.Settings{Moderators: []bot.UserID{"ou_mod", "ou_owner"}}
		d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp}))
		if diff := cmp.Diff("I take back what bots posted\n"+row.want, d.shown(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

// TestHelpInChineseIsInChineseWords: the Chinese help has no command in English.
func TestHelpInChineseIsInChineseWords(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp}))
	if got := d.shown(t); strings.Contains(got, "/recall") || strings.Count(got, "\n/撤回") < 9 {
		t.Errorf("the help is:\n%s", got)
	}
}

// TestEachCommandHasItsBehaviour: what the list of commands names is handled, by one behaviour.
func TestEachCommandHasItsBehaviour(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	for _, c := range handlers.Commands() {
		if !d.all.Wants(bot.Event{ID: "e1", Body: d.reply(bot.Command{Verb: c.Verb})}) {
			t.Errorf("no behaviour handles %q", c.Verb)
		}
	}
}

func TestHelpExplainsEachWord(t *testing.T) {
	t.Parallel()
	words := map[string]bot.Verb{
		"log": bot.VerbLog, "LOG": bot.VerbLog, "日志": bot.VerbLog, "recall": bot.VerbThis, "撤回": bot.VerbThis, "5": bot.VerbLast,
		"last": bot.VerbLast, "batch": bot.VerbBatch,
	}
	for _, c := range handlers.Commands() {
		if c.Verb != bot.VerbThis {
			words[string(c.Verb)] = c.Verb
		}
	}
	for word, verb := range words {
		for _, lang := range []text.Language{text.Chinese, text.English} {
			other := text.English
			if lang == text.English {
				other = text.Chinese
			}
			d := newHarness(t, func(c *handlers.Config) { c.Language = string(lang) })
			d.does(t, bot.Pressed{Press: bot.Press{Action: bot.ActHelp, Word: word}, Message: "om_card", Chat: "oc_1", By: "ou_1", At: d.clock})
			want := strings.Join([]string{
				lang.Say(text.Usage(verb)), lang.Say(text.Details(verb)), lang.Say(text.HelpExamples), lang.Say(text.Examples(verb)),
				lang.Say(text.HelpAlso, "usage", other.Say(text.Usage(verb))), "[" + lang.Say(text.HelpButton(bot.VerbHelp)) + "]",
			}, "\n")
			if diff := cmp.Diff(want, d.shown(t)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", word, lang, diff)
			}
		}
	}
}

// TestExamplesAreCommands: every example of the help can be sent as it is.
func TestExamplesAreCommands(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	for _, c := range handlers.Commands() {
		for _, lang := range []text.Language{text.Chinese, text.English} {
			lines := strings.Split(lang.Say(text.Examples(c.Verb)), "\n")
			for _, line := range append(lines, strings.TrimSuffix(lang.Say(text.Usage(c.Verb)), "…")) {
				if strings.HasPrefix(line, "/recall bm-") || strings.HasPrefix(line, "/撤回 bm-") {
					continue
				}
				line = strings.NewReplacer("@someone", "@_user_1", "@某人", "@_user_1").Replace(line)
				at := bot.Mentioned{Key: "@_user_1", ID: "ou_2", Name: "Mia"}
				cmd, ok := command.Parse(line, false, at)
				if !ok || cmd.Unknown != "" || cmd.Verb != c.Verb || cmd.Chinese != (lang == text.Chinese) {
					t.Errorf("%q is read as %+v, want %q", line, cmd, c.Verb)
				}
				var err error
				switch c.Verb {
				case bot.VerbLast, bot.VerbClean:
					if len(cmd.Args) > 0 {
						_, err = command.ParseFilter(command.FilterInput{Verb: cmd.Verb, Args: cmd.Args, Zone: time.UTC, Said: d.clock})
					}
				case bot.VerbTTL:
					_, err = command.ParseLifetime(cmd.Args)
				case bot.VerbSettings:
					if len(cmd.Args) > 0 {
						_, err = command.ParseSetting(cmd.Args, cmd.Mentions)
					}
				default:
				}
				if err != nil {
					t.Errorf("%q: %v", line, err)
				}
			}
		}
	}
}

func TestHelpHasTheLanguageAndEmojiOfTheChat(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.settings.chats["oc_1"] = bot.Settings{Language: "zh-CN", Emoji: []string{"BOMB"}}
	d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp}))
	if got := d.shown(t); !strings.HasPrefix(got, zh(text.HelpTitle)) || !strings.Contains(got, zh(text.HelpReaction, "emoji", "💣")) {
		t.Errorf("help is:\n%s", got)
	}
}

func TestHelpShowsTheReactionsThatRecall(t *testing.T) {
	t.Parallel()
	for signs, emoji := range map[string][]string{"💣 / 🚫": {"BOMB", "No"}, "Typing": {"Typing"}, "": nil} {
		d := newHarness(t, english, func(c *handlers.Config) { c.Emoji = emoji })
		d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp}))
		got, line := d.shown(t), en(text.HelpReaction, "emoji", signs)
		if has := strings.Contains(got, line); has != (signs != "") || strings.Contains(got, "react to it") != has {
			t.Errorf("with %q the help is:\n%s", emoji, got)
		}
	}
}

func TestHelpForWhatIsNoCommand(t *testing.T) {
	t.Parallel()
	page := en(text.HelpTitle) + "\n"
	button := "\n[" + en(text.HelpButton(bot.VerbHelp)) + "]"
	rows := []struct {
		name string
		cmd  bot.Command
		want string // the whole card, or its beginning where it ends in a line break
	}{
		{"said to the bot", bot.Command{Verb: bot.VerbHelp}, page},
		{"probably meant", bot.Command{Verb: bot.VerbHelp, Meant: "/recall clean"}, page + "Did you mean /recall clean?\n"},
		{"near miss in a group", bot.Command{Verb: bot.VerbGuess, Meant: "/recall 5"}, "Did you mean /recall 5?" + button},
		{"unknown word", bot.Command{Verb: bot.VerbHelp, Unknown: "everything"}, en(text.UnknownWord, "word", "everything") + button},
		{
			"nearly a word",
			bot.Command{Verb: bot.VerbHelp, Unknown: "Docter"},
			"Did you mean /recall doctor?\n" + en(text.UnknownWord, "word", "Docter") + button,
		},
		{"a word that mentions", bot.Command{Verb: bot.VerbHelp, Unknown: "@{ou_2}"}, en(text.UnknownWord, "word", "@ou_2") + button},
		{
			"help of no word",
			bot.Command{Verb: bot.VerbHelp, Args: []string{"lgo"}},
			"Did you mean /recall log?\n" + en(text.HelpUnknown, "word", "lgo") + button,
		},
		{
			"in Chinese",
			bot.Command{Verb: bot.VerbHelp, Unknown: "日记", Chinese: true},
			"你是不是想说 /撤回 日志？\n" + zh(text.UnknownWord, "word", "日记") + "\n[" + zh(text.HelpButton(bot.VerbHelp)) + "]",
		},
	}
	for _, row := range rows {
		d := newHarness(t, english)
		said := d.reply(row.cmd)
		said.Parent, said.Root = "", ""
		d.does(t, said)
		got := d.shown(t)
		if strings.HasSuffix(row.want, "\n") {
			got = got[:min(len(got), len(row.want))]
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
		if d.recaller.requests != nil {
			t.Errorf("%s: requests %+v, want none", row.name, d.recaller.requests)
		}
	}
}

// TestGuessIsAnsweredOnceAMinute: a person whose messages resemble commands is not bothered, and a failed answer is repeated.
func TestGuessIsAnsweredOnceAMinute(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	guess := func(id bot.EventID, by bot.UserID) error {
		said := d.reply(bot.Command{Verb: bot.VerbGuess, Meant: "/recall"})
		said.By = by
		return d.deliver(t, bot.Delivery{Event: bot.Event{ID: id, Body: said}, Attempt: 1})
	}
	d.speaker.faults["whisper_card"] = []fault{{err: errLimited}}
	for _, row := range []struct {
		id    bot.EventID
		by    bot.UserID
		after time.Duration
		err   error
		cards int
	}{
		{"e1", "ou_1", 0, errLimited, 0},
		{"e1", "ou_1", 0, nil, 1},
		{"e2", "ou_1", 59 * time.Second, nil, 1},
		{"e3", "ou_2", 0, nil, 2},
		{"e4", "ou_1", time.Second, nil, 3},
	} {
		d.clock = d.clock.Add(row.after)
		if err := guess(row.id, row.by); !errors.Is(err, row.err) || len(d.cards.shown) != row.cards {
			t.Errorf("%s by %s: %v, %d cards; want %v, %d", row.id, row.by, err, len(d.cards.shown), row.err, row.cards)
		}
	}
}

func TestHelpGuessesWhatWasMeant(t *testing.T) {
	t.Parallel()
	rows := map[string]string{
		"lgo": "/recall log", "logs": "/recall log", "lo": "/recall log", "LOG5": "/recall log",
		"docter": "/recall doctor", "doctr": "/recall doctor", "dokter": "/recall doctor",
		"hlep": "/recall help", "helps": "/recall help", "halb": "/recall help",
		"cleen": "/recall clean", "stopp": "/recall stop", "everything": "", "5": "", "minutes": "", "撤": "", "logbook": "",
	}
	for word, want := range rows {
		d := newHarness(t, english)
		d.does(t, d.reply(bot.Command{Verb: bot.VerbHelp, Unknown: word}))
		if want != "" {
			want = en(text.DidYouMean, "suggestion", want) + "\n"
		}
		want += en(text.UnknownWord, "word", word) + "\n"
		if got := d.shown(t); !strings.HasPrefix(got, want) {
			t.Errorf("%q is answered %q, want %q", word, got, want)
		}
	}
}
