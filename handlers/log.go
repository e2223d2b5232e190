package handlers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/handlers/text"
)

const (
	logDefault = 10
	logMost    = 50
)

// auditLog is /recall log [N]: who recalled what here, for those who have a say in the chat.
type auditLog struct {
	Parts
	answers *answers
	zone    *time.Location
}

func (l *auditLog) show(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := l.answers.recipient(ctx, d, said)
	n, ok := logCount(said.Command.Args)
	if !ok {
		args := text.Plain(strings.Join(said.Command.Args, " "))
		return l.answers.tell(ctx, to, l.answers.say(to, text.LogCount, "word", args))
	}
	allowed, err := l.Recaller.May(ctx, said.By, said.Message.Chat, said.P2P)
	if err != nil {
		return err
	}
	if !allowed.Allow {
		return l.answers.refuse(ctx, to, allowed.Reason)
	}
	// Among twice as many are enough to show: at most every second record is of a command that was tidied away.
	entries, err := l.Log.Recent(ctx, said.Message.Chat, 2*n)
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e audit.Entry) bool { return e.Via == bot.ViaTidy })
	return l.answers.tell(ctx, to, l.render(to, entries[:min(n, len(entries))]))
}

func logCount(args []string) (int, bool) {
	if len(args) == 0 {
		return logDefault, true
	}
	n, err := strconv.Atoi(args[0])
	return min(n, logMost), err == nil && n > 0 && len(args) == 1
}

func (l *auditLog) render(to recipient, entries []audit.Entry) string {
	if len(entries) == 0 {
		return l.answers.say(to, text.LogEmpty)
	}
	lines := []string{l.answers.say(to, text.LogHead)}
	for _, e := range entries {
		lines = append(lines, l.line(to, e))
	}
	return strings.Join(lines, "\n")
}

func (l *auditLog) line(to recipient, e audit.Entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s  %s", e.At.In(l.zone).Format("01-02 15:04:05"), who(e),
		l.answers.say(to, text.Via(e.Via)), l.answers.say(to, text.Result(e.Result)))
	switch {
	case e.Result == bot.Refused || e.Result == bot.Failed:
		fmt.Fprintf(&b, " (%s", l.answers.say(to, text.ShortReason(e.Reason)))
		if e.Code != 0 {
			fmt.Fprintf(&b, ", %d", e.Code)
		}
		b.WriteString(")")
	case e.Rule != "":
		fmt.Fprintf(&b, " (%s)", l.answers.say(to, text.Rule(e.Rule)))
	}
	if e.As == audit.AsOwner {
		b.WriteString("  " + l.answers.say(to, text.LogAsOwner))
	}
	if e.Message != "" {
		fmt.Fprintf(&b, "  %s", e.Message)
	}
	if e.Job != "" {
		b.WriteString("  " + l.answers.say(to, text.LogJob, "job", e.Job))
	}
	if e.Comment != "" {
		fmt.Fprintf(&b, "  “%s”", text.Plain(e.Comment))
	}
	return b.String()
}

// who names a person, or the team whose token asked; what happens by itself, or from the command line, is nobody's.
func who(e audit.Entry) string {
	switch {
	case e.Who != "":
		return bot.Mention(e.Who)
	case e.Team != "":
		return text.Plain(string(e.Team))
	default:
		return "-"
	}
}
