package handlers

import (
	"context"
	"errors"
	"strings"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall/watch"
)

const (
	week = 7 * 24 * time.Hour
	// maxReportRecords is how many records of recalls a report reads.
	maxReportRecords = 2000
)

// Reports is /recall report: which bots are loud in a chat.
type Reports struct {
	*WatchRules

	// Recent reads the audit of a chat, newest first.
	Recent func(ctx context.Context, chat bot.ChatID, n int) ([]audit.Entry, error)
	// SetTimer has WatchDue delivered, durably, at a time.
	SetTimer func(ctx context.Context, name string, at time.Time, due bot.WatchDue) error
}

// Handlers implements Behaviour.
func (r *Reports) Handlers() []bot.Handler {
	return []bot.Handler{
		r.Answers.command(bot.VerbReport, r.report), r.Answers.opened(bot.VerbReport, r.report),
		bot.On("report_due", func(due bot.WatchDue) bool { return due.Report }, r.due),
	}
}

func (r *Reports) report(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := r.Answers.recipient(ctx, d, said)
	order, err := command.ParseReport(said.Command.Args)
	if wrong, ok := errors.AsType[*bot.FilterError](err); ok {
		return r.Answers.tell(ctx, to, to.lang.Filter(wrong))
	}
	if ok, err := r.Answers.allows(ctx, to, said); !ok {
		return err
	}
	if order.Weekly || order.Stop {
		return r.weekly(ctx, d, to, said, order.Weekly)
	}
	reading, err := r.begin(ctx, to, text.ReportTitle)
	if err != nil {
		return err
	}
	shown, err := r.card(ctx, to.lang, said.Message.Chat, said.Message.At.Add(-order.For), said.Message.At, reading.more(ctx))
	if err != nil {
		return err
	}
	return reading.end(ctx, shown)
}

// weekly begins or ends the weekly reports of a chat.
func (r *Reports) weekly(ctx context.Context, d bot.Delivery, to recipient, said bot.Said, on bool) error {
	answer, err := r.change(ctx, d, to, said, func(set bot.Settings) (bot.Settings, error) {
		set.Reports = on
		return set, nil
	})
	if err != nil || answer != "" {
		return r.say(ctx, to, answer, err)
	}
	if !on {
		return r.Answers.tell(ctx, to, r.Answers.say(to, text.ReportOff))
	}
	next := said.Message.At.Add(week)
	if err := r.setTimer(ctx, said.Message.Chat, next); err != nil {
		return err
	}
	return r.Answers.tell(ctx, to, r.Answers.say(to, text.ReportWeekly, "time", r.Answers.locale(to.lang).Moment(next, r.Now())))
}

func (r *Reports) setTimer(ctx context.Context, chat bot.ChatID, at time.Time) error {
	return r.SetTimer(ctx, "report/"+string(chat), at, bot.WatchDue{Chat: chat, Report: true, At: at})
}

// due sends the weekly report to the moderators, and sets the time of the next one.
func (r *Reports) due(ctx context.Context, _ bot.Delivery, due bot.WatchDue) error {
	set, err := r.Settings.Settings(ctx, due.Chat)
	if err != nil || !set.Reports {
		return err
	}
	began := r.Now()
	goesOn := func(int) (bool, error) { return r.Now().Sub(began) < tryTime, nil }
	shown, err := r.card(ctx, r.Answers.language(ctx, due.Chat, ""), due.Chat, due.At.Add(-week), due.At, goesOn)
	if err != nil {
		return err
	}
	key := "report/" + string(due.Chat) + "/" + due.At.Format(time.DateOnly)
	if _, err := r.Answers.tellModerators(ctx, r.Rights, due.Chat, shown, key); err != nil {
		return err
	}
	next := due.At.Add(week)
	for !next.After(r.Now()) { // the bot was away
		next = next.Add(week)
	}
	return r.setTimer(ctx, due.Chat, next)
}

// card is the report about a time.
func (r *Reports) card(
	ctx context.Context, lang text.Language, chat bot.ChatID, since, until time.Time, more func(int) (bool, error),
) (bot.Card, error) {
	found, part, err := r.Reader.Read(ctx, chat, since, until, func(bot.Seen) bool { return false }, more)
	if bot.KindOf(err) == bot.Denied {
		found, err = r.Reader.Indexed(ctx, chat, since, until)
	}
	if err != nil {
		return bot.Card{}, err
	}
	entries, err := r.Recent(ctx, chat, maxReportRecords)
	if err != nil {
		return bot.Card{}, err
	}
	report := watch.NewReport(found, recalls(entries, since))
	report.Part = part
	to := recipient{chat: chat, lang: lang}
	return r.Answers.locale(lang).Report(card.Reported{Report: report, Chat: r.Answers.chatName(ctx, to, chat), Since: since, Now: until}), nil
}

// recalls are the messages that were recalled since a time, by rule.
func recalls(entries []audit.Entry, since time.Time) watch.Recalls {
	by := watch.Recalls{}
	for _, e := range entries {
		if e.Result != bot.Done || e.At.Before(since) || e.Message == "" {
			continue
		}
		by[e.Message] = ""
		if e.Via == bot.ViaWatch {
			by[e.Message], _, _ = strings.Cut(e.Comment, "\n")
		}
	}
	return by
}
