package card

import (
	"recallbot/bot"
	"recallbot/handlers/text"
)

// MenuChoices are the clean-ups of the menu.
func MenuChoices() []string { return []string{"mine", "minutes", "hour", "repeats"} }

// Menu offers the usual clean-ups, a button each.
func (l Locale) Menu(v HelpView) bot.Card {
	var buttons []bot.Button
	for _, choice := range MenuChoices() {
		buttons = append(buttons, bot.Button{Text: l.Say(text.Menu(choice)), Press: v.press(bot.ActClean, choice)})
	}
	how := bot.Button{Text: l.Say(text.HelpExamples), Press: v.press(bot.ActHelp, string(bot.VerbClean))}
	return bot.Card{Title: l.Say(text.MenuTitle), Tone: bot.ToneInfo, Parts: []bot.CardPart{
		{Text: l.Say(text.MenuPreview)},
		{Buttons: buttons},
		{Note: l.Say(text.MenuMore)},
		{Buttons: []bot.Button{how}},
	}}
}
