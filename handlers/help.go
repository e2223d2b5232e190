package handlers

import (
	"context"
	"strings"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
)

// Help is /recall help, rendered from the list of commands: what the person may do here, or how one command is used. It also
// answers a word that is no command.
type Help struct {
	Answers  *Answers
	Rights   Rights
	Settings Settings
}

// Handlers implements Behaviour.
func (h *Help) Handlers() []bot.Handler {
	return []bot.Handler{h.Answers.command(bot.VerbHelp, h.handle)}
}

func (h *Help) handle(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := h.Answers.recipient(ctx, d, said)
	if word := said.Command.Unknown; word != "" {
		return h.page(ctx, to, d, said, h.unknown(to, text.UnknownWord, word))
	}
	if len(said.Command.Args) == 0 {
		return h.page(ctx, to, d, said, h.Answers.say(to, text.HelpHead))
	}
	word := said.Command.Args[0]
	meant, _ := command.Parse("/recall "+word, false)
	if meant.Unknown != "" {
		return h.page(ctx, to, d, said, h.unknown(to, text.HelpUnknown, word))
	}
	for _, c := range commands() {
		if c.verb == meant.Verb {
			return h.Answers.tell(ctx, to, c.line(to.lang)+"\n"+h.Answers.say(to, text.Details(c.verb)))
		}
	}
	return h.page(ctx, to, d, said, h.unknown(to, text.HelpUnknown, word))
}

// page is the head and the commands that the person may use here, grouped by what they need. If the role is unknown, it shows
// those that need nothing.
func (h *Help) page(ctx context.Context, to recipient, d bot.Delivery, said bot.Said, head string) error {
	rights, err := h.rights(ctx, said)
	if err != nil && giveUpReason(d, err) == "" {
		return err
	}
	lines := []string{head}
	for need, title := range []text.Key{needNothing: "", needRecall: text.HelpModerators, needManage: text.HelpAdmins} {
		if need > int(rights) {
			break
		}
		if title != "" {
			lines = append(lines, h.Answers.say(to, title))
		}
		for _, c := range commands() {
			if int(c.needs) == need {
				lines = append(lines, c.line(to.lang))
			}
		}
	}
	set, err := h.Settings.Settings(ctx, said.Message.Chat)
	if err != nil {
		return err
	}
	if shown := card.Emoji(set.Emojis(h.Answers.Defaults().Emoji)); shown != "" {
		lines = append(lines, h.Answers.say(to, text.HelpReaction, "emoji", shown))
	}
	if rights == needNothing {
		lines = append(lines, h.Answers.say(to, text.HelpMore))
	}
	return h.Answers.tell(ctx, to, strings.Join(lines, "\n"))
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

// unknown says that a word is no command, and suggests a similar one.
func (h *Help) unknown(to recipient, key text.Key, word string) string {
	said := h.Answers.say(to, key, "word", text.Plain(word))
	for _, c := range commands() {
		if c.verb != bot.VerbThis && command.Near(strings.ToLower(word), string(c.verb)) {
			return said + " " + h.Answers.say(to, text.DidYouMean, "suggestion", c.usage)
		}
	}
	return said
}
