package handlers

import (
	"cmp"
	"context"

	"recallbot/bot"
)

// opened is the handler of the buttons that do what a command does without arguments. Anyone can make such a button, so the command
// must neither recall nor change anything, and the person who pressed needs the rights for it.
func (a *Answers) opened(verb bot.Verb, handle func(context.Context, bot.Delivery, bot.Said) error) bot.Handler {
	want := func(body bot.Pressed) bool {
		return body.By != "" && body.Press.Action == bot.ActOpen && body.Press.Word == string(verb)
	}
	return a.commanded("open_"+string(verb), want, verb, handle)
}

// commanded is the handler of the presses that stand for a command without arguments.
func (a *Answers) commanded(
	name string, want func(bot.Pressed) bool, verb bot.Verb, handle func(context.Context, bot.Delivery, bot.Said) error,
) bot.Handler {
	return a.pressed(name, want, func(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
		said, err := a.saidBy(ctx, body)
		if err != nil {
			return a.denied(ctx, a.presser(ctx, d, body), err)
		}
		said.Command.Verb = verb
		return handle(ctx, d, said)
	})
}

// saidBy is a press as if the person had given a command without a verb in the chat that the button is about. A two-person chat
// counts only where it was pressed: who presses is its other party there, and nowhere else.
func (a *Answers) saidBy(ctx context.Context, body bot.Pressed) (bot.Said, error) {
	said := bot.Said{
		Message: bot.Message{Chat: cmp.Or(body.Press.Chat, body.Chat), At: body.At}, By: body.By,
		Command: &bot.Command{Chinese: body.Press.Chinese},
	}
	chat, err := a.Chat(ctx, said.Message.Chat, chatNameAge)
	if err != nil {
		return said, err
	}
	if chat.P2P && said.Message.Chat != body.Chat {
		return said, &bot.Error{Kind: bot.Denied, Op: "press " + body.Press.Word, Reason: bot.ReasonStale}
	}
	said.P2P = chat.P2P
	return said, nil
}
