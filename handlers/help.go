package handlers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recallbot/bot"
)

// helpCommand is /recall help, rendered from the list of commands, and the answer to a word that is no command. The
// signs are the reactions that recall, if any do.
func helpCommand(a *answers, commands []command, signs string) command {
	self := command{verb: bot.VerbHelp, usage: "/recall help [WORD]", help: phraseHelpHelp, details: phraseMoreHelp}
	commands = append(slices.Clip(commands), self)
	self.handle = func(ctx context.Context, d bot.Delivery, said bot.Said) error {
		to := a.recipient(ctx, d, said)
		lines := []string{a.say(to, phraseHelpHead)}
		if word := said.Command.Unknown; word != "" {
			lines = []string{unknownWord(a, to, word, commands)}
		}
		for _, c := range commands {
			lines = append(lines, c.usage+"  "+a.say(to, c.help))
		}
		if signs != "" {
			lines = append(lines, fmt.Sprintf(a.say(to, phraseHelpReaction), signs))
		}
		return a.tell(ctx, to, strings.Join(lines, "\n"))
	}
	return self
}

func unknownWord(a *answers, to recipient, word string, commands []command) string {
	text := fmt.Sprintf(a.say(to, phraseUnknownWord), plain(word))
	for _, c := range commands {
		if c.verb != bot.VerbThis && bot.Near(strings.ToLower(word), string(c.verb)) {
			return text + " " + fmt.Sprintf(a.say(to, phraseDidYouMean), c.usage)
		}
	}
	return text
}
