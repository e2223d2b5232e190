package handlers

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/post/alert"
)

// AlertCards draws the cards of alerts. It is safe for concurrent use.
type AlertCards struct {
	answers *answers
	zone    *time.Location
}

// NewAlertCards makes it. Of the parts it needs Settings and Logger.
func NewAlertCards(config Config, parts Parts) (*AlertCards, error) {
	zone, err := time.LoadLocation(config.Timezone)
	if err != nil {
		return nil, bot.Errorf(bot.Invalid, "chat.timezone: %w", err)
	}
	return &AlertCards{newAnswers(config, parts), zone}, nil
}

// Draw makes the card of a group of alerts in the chat's language.
func (c *AlertCards) Draw(ctx context.Context, chat bot.ChatID, s alert.CardView) bot.Card {
	return card.Locale{Language: c.answers.language(ctx, chat, ""), Zone: c.zone}.Alert(s)
}
