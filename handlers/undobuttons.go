package handlers

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
)

// UndoButtons are the buttons by which authors recall their posts: in the post if it is a card, else on a card of its own.
type UndoButtons struct {
	Answers *Answers
	// Add puts a button into the JSON of a card, and reports whether it could.
	Add func(content string, button bot.Button) (string, bool)
}

// Decorate puts the button into a card that is about to be posted, and reports whether it could.
func (u *UndoButtons) Decorate(ctx context.Context, post bot.Post, content string) (string, bool) {
	return u.Add(content, u.Button(ctx, post))
}

// Button is the button of a post, in the language of its chat.
func (u *UndoButtons) Button(ctx context.Context, post bot.Post) bot.Button {
	return card.TakeBack(u.Answers.language(ctx, post.Chat, ""), post)
}

// Offer shows the button to the author alone: in the chat if that is possible, else in p2p; once for each message. It returns an
// error that another run may cure.
func (u *UndoButtons) Offer(ctx context.Context, post bot.Post) error {
	if post.Author == "" {
		return nil
	}
	lang := u.Answers.language(ctx, post.Chat, "")
	work := bot.EventID("offer/" + string(post.ID) + "/" + string(post.Message))
	to := recipient{work: work, person: post.Author, chat: post.Chat, lang: lang}
	if post.To != "" {
		to.p2p = true
	}
	ref, err := u.Answers.show(ctx, to, card.Offer(lang, post))
	if err != nil && !bot.Retryable(err) {
		u.Answers.Log.InfoContext(ctx, "undo button not sent", "post", string(post.ID), "error", err)
		return nil
	}
	if err != nil || ref.ID == "" {
		return err
	}
	_, err = keepState(ctx, u.Answers.Once, offerCardKey(post), ref, offerCardLife)
	return err
}

// offerCardLife is how long a card can be changed on the platform.
const offerCardLife = 14 * 24 * time.Hour

func offerCardKey(post bot.Post) string {
	return "offer_card/" + string(post.ID) + "/" + string(post.Message)
}

// Withdraw removes the button from the card that Offer has shown, after the post was recalled. It returns an error that another run
// may cure.
func (u *UndoButtons) Withdraw(ctx context.Context, post bot.Post) error {
	ref, ok, err := keptState[bot.CardRef](ctx, u.Answers.Once, offerCardKey(post))
	if err != nil || !ok {
		return err
	}
	if ref.Private {
		return retryableOnly(u.Answers.Cards.DropWhisper(ctx, ref))
	}
	lang := u.Answers.language(ctx, post.Chat, "")
	return retryableOnly(u.Answers.Cards.EditCard(ctx, ref, card.Note(lang.Say(text.MineTakenBack))))
}
