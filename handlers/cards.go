package handlers

import (
	"context"
	"errors"

	"recallbot/bot"
)

// Cards shows cards with buttons.
type Cards interface {
	// WhisperCard shows a card in a group to one person alone. It has no key: a repeated call shows another card.
	WhisperCard(ctx context.Context, chat bot.ChatID, to bot.UserID, card bot.Card) (bot.CardRef, error)
	// TellCard shows it in the two-person chat, ReplyCard as a reply to a message; the same key shows it once.
	TellCard(ctx context.Context, to bot.UserID, card bot.Card, key string) (bot.CardRef, error)
	ReplyCard(ctx context.Context, to bot.MessageID, author bot.UserID, card bot.Card, key string) (bot.CardRef, error)
	// EditCard changes a card that is not private; DropWhisper deletes one that is.
	EditCard(ctx context.Context, ref bot.CardRef, card bot.Card) error
	DropWhisper(ctx context.Context, ref bot.CardRef) error
}

// show sends a card to the person, in the ways of tell. The reference is zero if an earlier run sent it, or if it can't be sent.
func (a *Answers) show(ctx context.Context, to recipient, card bot.Card) (bot.CardRef, error) {
	ref, shown, err := a.whisperCard(ctx, to, card)
	if err != nil || shown {
		return ref, err
	}
	key := string(to.work) + "/card"
	ref, err = a.Cards.TellCard(ctx, to.person, under(a.about(ctx, to), card), key)
	if err == nil {
		return ref, a.lookElsewhere(ctx, to)
	}
	if bot.Retryable(err) || to.command == "" {
		return ref, err
	}
	ref, err = a.Cards.ReplyCard(ctx, to.command, to.person, card, key)
	if err != nil && !bot.Retryable(err) {
		a.Log.WarnContext(ctx, "card not sent", "user_id", string(to.person), "error", err)
		return bot.CardRef{}, nil
	}
	return ref, err
}

// under puts a note on top of a card, if there is one.
func under(note string, card bot.Card) bot.Card {
	if note != "" {
		card.Parts = append([]bot.CardPart{{Note: note}}, card.Parts...)
	}
	return card
}

func (a *Answers) whisperCard(ctx context.Context, to recipient, card bot.Card) (ref bot.CardRef, shown bool, err error) {
	if to.p2p || to.noWhisper || to.chat == "" {
		return bot.CardRef{}, false, nil
	}
	key := "whisper_card/" + string(to.work)
	first, err := a.Once.First(ctx, key, remember)
	if err != nil || !first {
		return bot.CardRef{}, err == nil, err
	}
	ref, err = a.Cards.WhisperCard(ctx, to.chat, to.person, card)
	if err == nil || bot.Detail(err).MayHaveActed {
		return ref, true, nil
	}
	permanent := !bot.Retryable(err)
	err = errors.Join(err, a.Once.Forget(ctx, key))
	if !permanent {
		return bot.CardRef{}, false, err
	}
	a.Log.InfoContext(ctx, "card for one person not sent", "chat_id", string(to.chat), "error", err)
	return bot.CardRef{}, false, nil
}
