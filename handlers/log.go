package handlers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/handlers/text"
)

const (
	defaultLog = 10
	maxLog     = 50
)

// Log is /recall log [N]: who recalled what here, for people who may recall in the chat.
type Log struct {
	Answers *Answers
	Rights  Rights
	// Recent reads the audit of a chat, newest first.
	Recent func(ctx context.Context, chat bot.ChatID, n int) ([]audit.Entry, error)
}

// Handlers implements Behaviour.
func (l *Log) Handlers() []bot.Handler {
	return []bot.Handler{l.Answers.command(bot.VerbLog, l.show), l.Answers.opened(bot.VerbLog, l.show)}
}

func (l *Log) show(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := l.Answers.recipient(ctx, d, said)
	n, ok := logCount(said.Command.Args)
	if !ok {
		args := text.Plain(strings.Join(said.Command.Args, " "))
		return l.Answers.tell(ctx, to, l.Answers.say(to, text.LogCount, "word", args))
	}
	if ok, err := l.Answers.allows(ctx, l.Rights, to, said); !ok {
		return err
	}
	// Twice as many records hold enough to show: at most every second one is of a command that the bot removed.
	entries, err := l.Recent(ctx, said.Message.Chat, 2*n)
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e audit.Entry) bool { return e.Via == bot.ViaTidy })
	return l.Answers.tell(ctx, to, l.render(to, entries[:min(n, len(entries))]))
}

func logCount(args []string) (int, bool) {
	if len(args) == 0 {
		return defaultLog, true
	}
	n, err := strconv.Atoi(args[0])
	return min(n, maxLog), err == nil && n > 0 && len(args) == 1
}

func (l *Log) render(to recipient, entries []audit.Entry) string {
	if len(entries) == 0 {
		return l.Answers.say(to, text.LogEmpty)
	}
	lines := []string{l.Answers.say(to, text.LogHead)}
	for _, e := range entries {
		lines = append(lines, l.line(to, e))
	}
	return strings.Join(lines, "\n")
}

func (l *Log) line(to recipient, e audit.Entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s  %s", e.At.In(l.Answers.Defaults().Zone).Format("01-02 15:04:05"), actor(e),
		l.Answers.say(to, text.Via(e.Via)), l.Answers.say(to, text.Result(e.Result)))
	switch {
	case e.Result == bot.Refused || e.Result == bot.Failed:
		fmt.Fprintf(&b, " (%s", l.Answers.say(to, text.ShortReason(e.Reason)))
		if e.Code != 0 {
			fmt.Fprintf(&b, ", %d", e.Code)
		}
		b.WriteString(")")
	case e.Rule != "":
		fmt.Fprintf(&b, " (%s)", l.Answers.say(to, text.Rule(e.Rule)))
	}
	if e.As == audit.AsOwner {
		b.WriteString("  " + l.Answers.say(to, text.LogAsOwner))
	}
	if e.Message != "" {
		fmt.Fprintf(&b, "  %s", e.Message)
	}
	if e.Job != "" {
		b.WriteString("  " + l.Answers.say(to, text.LogJob, "job", e.Job))
	}
	if e.Comment != "" {
		fmt.Fprintf(&b, "  “%s”", text.Plain(e.Comment))
	}
	return b.String()
}

// actor names the person, or the team whose token asked; it is - for what happens automatically or from the command line.
func actor(e audit.Entry) string {
	switch {
	case e.Who != "":
		return bot.Mention(e.Who)
	case e.Team != "":
		return text.Plain(string(e.Team))
	default:
		return "-"
	}
}
