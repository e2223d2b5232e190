package handlers

import (
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

// commanded is the handler of the presses that mean a command without arguments.
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

// saidBy is a press as if the person had given a command without a verb, in the chat that the button is about where the person may
// recall there, else in the chat of the card. A button reveals nothing of a chat in which the person has no rights, and does nothing there.
func (a *Answers) saidBy(ctx context.Context, body bot.Pressed) (bot.Said, error) {
	said := bot.Said{
		Message: bot.Message{Chat: body.Chat, At: body.At}, By: body.By, Command: &bot.Command{Chinese: body.Press.Chinese},
	}
	leads, err := a.leads(ctx, body.By, body.Press.Chat)
	if err != nil {
		return said, err
	}
	if leads {
		said.Message.Chat = body.Press.Chat
	}
	chat, err := a.Chat(ctx, said.Message.Chat, chatNameAge)
	said.P2P = chat.P2P
	return said, err
}

// leads reports whether a person may recall in a group.
func (a *Answers) leads(ctx context.Context, who bot.UserID, group bot.ChatID) (bool, error) {
	if group == "" {
		return false, nil
	}
	may, err := a.Rights.May(ctx, who, group, false)
	if err != nil || !may.Allow {
		return false, err
	}
	chat, err := a.Chat(ctx, group, chatNameAge)
	return !chat.P2P, err
}
