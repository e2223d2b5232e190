package handlers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"recallbot/bot"
)

// Cards shows cards with buttons.
type Cards interface {
	// WhisperCard shows a card in a group to one person alone. It has no key: a repeated call shows another card.
	WhisperCard(ctx context.Context, chat bot.ChatID, to bot.UserID, card bot.Card) (bot.CardRef, error)
	// TellCard shows it in the two-person chat, PostCard to all of a chat, for a person; the same key shows it once.
	TellCard(ctx context.Context, to bot.UserID, card bot.Card, key string) (bot.CardRef, error)
	PostCard(ctx context.Context, at bot.Place, to bot.UserID, card bot.Card, key string) (bot.CardRef, error)
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
	ref, err = a.Cards.TellCard(ctx, to.person, under(a.about(ctx, to), to.inPrivate(card)), string(to.work)+"/card")
	if err == nil {
		return ref, errors.Join(a.rememberShown(ctx, ref, card), a.lookElsewhere(ctx, to))
	}
	if bot.Retryable(err) || to.command == "" {
		return ref, err
	}
	return a.replyCard(ctx, to, card)
}

// replyCard shows a card to all of the chat, as a reply to the command. The reference is zero if it can't be sent.
func (a *Answers) replyCard(ctx context.Context, to recipient, card bot.Card) (bot.CardRef, error) {
	ref, err := a.Cards.PostCard(ctx, bot.Place{Chat: to.chat, Message: to.command}, to.person, card, string(to.work)+"/card")
	switch {
	case err == nil:
		return ref, a.rememberShown(ctx, ref, card)
	case bot.Retryable(err):
		return ref, err
	}
	a.Log.WarnContext(ctx, "card not sent", "user_id", string(to.person), "error", err)
	return bot.CardRef{}, nil
}

// shownLife is how long a card that replace may change is remembered.
const shownLife = 7 * 24 * time.Hour

func shownKey(id bot.MessageID) string { return "shown/" + string(id) }

// rememberShown stores the keys of a card's buttons under its id. Anyone may send a press with the id of any card: replace changes
// only the one that has the button.
func (a *Answers) rememberShown(ctx context.Context, ref bot.CardRef, shown bot.Card) error {
	var keys []string
	for _, part := range shown.Parts {
		for _, button := range part.Buttons {
			if key := shownPart(button.Press); key != "" {
				keys = append(keys, key)
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	_, err := a.Once.Keep(ctx, shownKey(ref.ID), strings.Join(keys, " "), shownLife)
	return err
}

// shownPart is the part of a press's key that all pages of a card share.
func shownPart(press bot.Press) string { return press.Key[strings.LastIndexByte(press.Key, ' ')+1:] }

// replace changes the card whose button was pressed. A card for one person can't be edited, so it is removed; edited is false then.
func (a *Answers) replace(ctx context.Context, body bot.Pressed, shown bot.Card) (edited bool, err error) {
	ref := bot.CardRef{ID: body.Message, Chat: body.Chat}
	keys, err := a.Once.Kept(ctx, shownKey(ref.ID))
	if err != nil {
		return false, err
	}
	if slices.Contains(strings.Fields(keys), shownPart(body.Press)) {
		if err := afterPress(ctx); err != nil {
			return false, err
		}
		err := a.Cards.EditCard(ctx, ref, shown)
		if err == nil || bot.Retryable(err) {
			return err == nil, err
		}
		a.Log.InfoContext(ctx, "card not updated", "message_id", string(ref.ID), "error", err)
		return false, nil
	}
	ref.Private = true
	if err := a.Cards.DropWhisper(ctx, ref); err != nil {
		a.Log.InfoContext(ctx, "card not updated", "message_id", string(ref.ID), "error", err)
	}
	return false, nil
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
	ref, err = a.Cards.WhisperCard(ctx, to.chat, to.person, to.inPrivate(card))
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
