package handlers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
)

const (
	// guessQuiet is the least time between two answers to a person about messages that only resemble a command.
	guessQuiet = time.Minute
)

// Help is /recall help: a card with what the person may do here, and one for each command. It also answers what is no command and
// was probably meant as one.
type Help struct {
	Answers  *Answers
	Rights   Rights
	Settings Settings
}

// Handlers implements Behaviour.
func (h *Help) Handlers() []bot.Handler {
	return []bot.Handler{
		h.Answers.command(bot.VerbHelp, h.handle), h.Answers.command(bot.VerbGuess, h.guess),
		h.Answers.pressed("help_press", h.wantPress, h.press),
	}
}

func (h *Help) wantPress(body bot.Pressed) bool {
	return body.By != "" && body.Press.Action == bot.ActHelp
}

// press shows the help, or one command.
func (h *Help) press(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	said, err := h.Answers.saidBy(ctx, body)
	if err != nil {
		return h.Answers.denied(ctx, h.Answers.presser(ctx, d, body), err)
	}
	if body.Press.Word != "" {
		said.Command.Args = []string{body.Press.Word}
	}
	return h.handle(ctx, d, said)
}

func (h *Help) handle(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := h.Answers.recipient(ctx, d, said)
	shown, err := h.card(ctx, d, to, said)
	if err != nil {
		return err
	}
	_, err = h.Answers.show(ctx, to, shown)
	return err
}

// card is that of a word that is unknown, of one command, or of all.
func (h *Help) card(ctx context.Context, d bot.Delivery, to recipient, said bot.Said) (bot.Card, error) {
	cmd, l := said.Command, h.Answers.locale(to.lang)
	view := card.HelpView{
		Chat: said.Message.Chat, Chinese: cmd.Chinese, Meant: text.Plain(cmd.Meant),
	}
	switch {
	case cmd.Unknown != "":
		return l.Unknown(view, l.Say(text.UnknownWord, "word", text.Plain(cmd.Unknown)), h.near(to, cmd.Unknown)), nil
	case cmd.Verb == bot.VerbGuess:
		return l.Unknown(view, "", text.Plain(cmd.Meant)), nil
	case len(cmd.Args) == 0:
		return h.page(ctx, d, l, view, said)
	}
	word := cmd.Args[0]
	verb, ok := verbNamed(word)
	if !ok {
		return l.Unknown(view, l.Say(text.HelpUnknown, "word", text.Plain(word)), h.near(to, word)), nil
	}
	return l.Command(view, verb), nil
}

// guess suggests the command that a message resembles, to its author alone, once in guessQuiet.
func (h *Help) guess(ctx context.Context, d bot.Delivery, said bot.Said) error {
	key := "guess/" + string(said.By)
	first, err := h.Answers.Once.First(ctx, key, guessQuiet)
	if err != nil || !first {
		return err
	}
	if err := h.handle(ctx, d, said); err != nil {
		return errors.Join(err, h.Answers.Once.Forget(ctx, key))
	}
	return nil
}

// verbNamed finds the command of a word, as people write it after /recall.
func verbNamed(word string) (bot.Verb, bool) {
	switch name := strings.ToLower(word); name {
	case "recall", "撤回":
		return bot.VerbThis, true
	case string(bot.VerbLast), string(bot.VerbBatch):
		return bot.Verb(name), true
	}
	meant, _ := command.Parse("/recall "+word, false)
	known := meant.Unknown == "" && slices.ContainsFunc(commands(), func(c commandSpec) bool { return c.verb == meant.Verb })
	return meant.Verb, known
}

// near is the command whose name is similar to a word, or "".
func (h *Help) near(to recipient, word string) string {
	for _, c := range commands() {
		named := to.lang.Say(text.Word(c.verb))
		if c.verb != bot.VerbThis && (command.Near(strings.ToLower(word), string(c.verb)) || command.Near(word, named)) {
			return strings.TrimSuffix(to.lang.Say(text.Usage(c.verb)), " …")
		}
	}
	return ""
}

// page is the card with all that the person may do here. If the role is unknown, it has what needs none.
func (h *Help) page(ctx context.Context, d bot.Delivery, l card.Locale, view card.HelpView, said bot.Said) (bot.Card, error) {
	rights, err := h.rights(ctx, said)
	if err != nil && giveUpReason(d, err) == "" {
		return bot.Card{}, err
	}
	for _, c := range commands() {
		if c.needs <= rights && c.verb != bot.VerbHelp && (c.verb != bot.VerbBatch || said.P2P) {
			view.Commands = append(view.Commands, card.HelpCommand{Verb: c.verb, Section: c.section, Opens: c.opens})
		}
	}
	set, err := h.Settings.Settings(ctx, said.Message.Chat)
	if err != nil {
		return bot.Card{}, err
	}
	view.Emoji = card.Emoji(set.Emojis(h.Answers.Defaults().Emoji))
	if rights == needNothing {
		view.Member, view.Helpers = true, h.Answers.helpers(ctx, said.Message.Chat, said.By)
	}
	return l.Help(view), nil
}

// rights is the highest need that the person meets.
func (h *Help) rights(ctx context.Context, said bot.Said) (need, error) {
	decision, err := h.Rights.Manage(ctx, said.By, said.Message.Chat, said.P2P)
	if err != nil {
		return needNothing, err
	}
	if decision.Allow {
		return needManage, nil
	}
	decision, err = h.Rights.May(ctx, said.By, said.Message.Chat, said.P2P)
	if err != nil || !decision.Allow {
		return needNothing, err
	}
	return needRecall, nil
}
