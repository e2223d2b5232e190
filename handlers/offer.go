package handlers

import (
	"context"

	"recallbot/bot"
	"recallbot/handlers/card"
)

// UndoButtons are the buttons by which authors take their posts back: in the post, where it is a card, or on a small card
// of its own.
type UndoButtons struct {
	Answers *Answers
	// Add puts a button into the JSON of a card, where it can.
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

// Offer shows the button to the author alone: in the chat where that is possible, else in p2p. The same message offers it
// once. An error asks for another run.
func (u *UndoButtons) Offer(ctx context.Context, post bot.Post) error {
	if post.Author == "" {
		return nil
	}
	lang := u.Answers.language(ctx, post.Chat, "")
	work := bot.EventID("offer/" + string(post.ID) + "/" + string(post.Message))
	to := recipient{work: work, person: post.Author, chat: post.Chat, lang: lang}
	if post.To != "" {
		to.noWhisper = true // a two-person chat has no cards for one person alone
	}
	_, err := u.Answers.show(ctx, to, card.Offer(lang, post))
	if err != nil && !later(err) {
		u.Answers.Log.InfoContext(ctx, "undo is not offered", "post", string(post.ID), "error", err)
		return nil
	}
	return err
}
