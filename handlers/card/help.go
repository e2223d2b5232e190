package card

import (
	"strings"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// HelpView is what a card of the help shows.
type HelpView struct {
	// Chat is the chat that the help is about.
	Chat bot.ChatID
	// Meant is the command that a message probably meant, if any.
	Meant string
	// Chinese is set where the answers to the buttons are to be in Chinese.
	Chinese bool
	// Commands are those that the person may use here.
	Commands []HelpCommand
	// Emoji are the reactions that recall, if there are any.
	Emoji string
	// Member is set for a person who may recall only what was posted for them; Helpers are those who may do more, as mentions.
	Member  bool
	Helpers []string
}

// HelpCommand is a command in the help.
type HelpCommand struct {
	Verb    bot.Verb
	Section text.Key
	// Opens is set where a button can do what the command does without arguments.
	Opens bool
}

// Help is what a person can do: buttons that do it, the commands by sections, and a button for each that explains it.
func (l Locale) Help(v HelpView) bot.Card {
	shown := bot.Card{Title: l.Say(text.HelpTitle), Tone: bot.ToneInfo}
	if v.Meant != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.DidYouMean, "suggestion", v.Meant)})
	}
	if buttons := l.opening(v); len(buttons) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Buttons: buttons})
	}
	for _, section := range helpSections() {
		if lines := l.section(v, section); len(lines) > 0 {
			shown.Parts = append(shown.Parts, bot.CardPart{Heading: l.Say(section)}, bot.CardPart{Text: strings.Join(lines, "\n")})
		}
	}
	switch {
	case v.Member && len(v.Helpers) > 0:
		shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.HelpMembers, "people", l.List(v.Helpers))})
	case v.Member:
		shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.HelpMembersAlone)})
	}
	var words []bot.Button
	for _, c := range v.Commands {
		words = append(words, bot.Button{Text: l.Say(text.Word(c.Verb)), Press: v.press(bot.ActHelp, wordOf(c.Verb))})
	}
	return withParts(shown, bot.CardPart{Note: l.Say(text.HelpWords)}, bot.CardPart{Buttons: words})
}

func withParts(card bot.Card, parts ...bot.CardPart) bot.Card {
	card.Parts = append(card.Parts, parts...)
	return card
}

func helpSections() []text.Key {
	return []text.Key{text.HelpOne, text.HelpMany, text.HelpOwn, text.HelpAfter, text.HelpChat}
}

func (l Locale) section(v HelpView, section text.Key) []string {
	var lines []string
	for _, c := range v.Commands {
		if c.Section == section {
			lines = append(lines, l.Say(text.Usage(c.Verb))+"  "+l.Say(text.Help(c.Verb)))
		}
	}
	if section == text.HelpOne && v.Emoji != "" {
		lines = append(lines, l.Say(text.HelpReaction, "emoji", v.Emoji))
	}
	return lines
}

// opening are the buttons that do what a command does.
func (l Locale) opening(v HelpView) []bot.Button {
	var buttons []bot.Button
	for _, c := range v.Commands {
		if c.Opens {
			buttons = append(buttons, l.open(v, c.Verb))
		}
	}
	return buttons
}

func (l Locale) open(v HelpView, verb bot.Verb) bot.Button {
	return bot.Button{Text: l.Say(text.HelpButton(verb)), Press: v.press(bot.ActOpen, string(verb))}
}

// Command is how one command is used.
func (l Locale) Command(v HelpView, verb bot.Verb) bot.Card {
	shown := bot.Card{Title: l.Say(text.Usage(verb)), Tone: bot.ToneInfo, Parts: []bot.CardPart{
		{Text: l.Say(text.Details(verb))},
		{Heading: l.Say(text.HelpExamples)},
		{Quotes: strings.Split(l.Say(text.Examples(verb)), "\n")},
		{Note: l.Say(text.HelpAlso, "usage", l.other().Say(text.Usage(verb)))},
	}}
	return withParts(shown, bot.CardPart{Buttons: []bot.Button{l.help(v)}})
}

// other is the other language.
func (l Locale) other() text.Language {
	if l.Language == text.English {
		return text.Chinese
	}
	return text.English
}

// Unknown says what was not understood, suggests a command if one is similar, and has the help behind a button.
func (l Locale) Unknown(v HelpView, said, suggestion string) bot.Card {
	var lines []string
	if suggestion != "" {
		lines = append(lines, l.Say(text.DidYouMean, "suggestion", suggestion))
	}
	if said != "" {
		lines = append(lines, said)
	}
	return bot.Card{Parts: []bot.CardPart{{Text: strings.Join(lines, "\n")}, {Buttons: []bot.Button{l.help(v)}}}}
}

func (l Locale) help(v HelpView) bot.Button {
	return bot.Button{Text: l.Say(text.HelpButton(bot.VerbHelp)), Press: v.press(bot.ActHelp, "")}
}

func (v HelpView) press(action bot.Action, word string) bot.Press {
	return bot.Press{Action: action, Word: word, Chat: v.Chat, Chinese: v.Chinese}
}

// wordOf is the word by which a button of the help names a command.
func wordOf(verb bot.Verb) string {
	if verb == bot.VerbThis {
		return "recall"
	}
	return string(verb)
}
