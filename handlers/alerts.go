package handlers

import (
	"context"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/post/alert"
)

// Alert makes the card of a group of alerts in the chat's language.
func (a *Answers) Alert(ctx context.Context, chat bot.ChatID, view alert.CardView) bot.Card {
	return a.locale(a.language(ctx, chat, "")).Alert(view)
}

func (a *Answers) locale(lang text.Language) card.Locale {
	return card.Locale{Language: lang, Zone: a.Defaults().Zone, Self: a.Self()}
}
