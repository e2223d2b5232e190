package handlers

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/jobs"
)

const (
	// minDueInterval is the least time between two runs of a chat's lifetime: each reads the chat.
	minDueInterval = time.Minute
	// dueLookback is how far a run looks back before the one before it, to try again what could not be recalled.
	dueLookback = time.Hour
	// dueRetry is the time to the next run after the last attempt of a run failed.
	dueRetry = 10 * time.Minute
)

// Lifetimes is /recall ttl: after how long our own posts of a chat are recalled. When the oldest post is due, a job recalls all that
// are, and the next time is set by the post that is the oldest then.
type Lifetimes struct {
	Answers  *Answers
	Settings Settings
	Rights   Rights
	Jobs     Jobs
	// SetTimer has Due delivered, durably, at its time. A name has one time: setting it again replaces it.
	SetTimer func(ctx context.Context, name string, due bot.Due) error
	// Oldest finds when the oldest of the messages that a filter means in a chat was posted; zero where there is none.
	Oldest func(ctx context.Context, chat bot.ChatID, filter bot.Filter, asked time.Time) (time.Time, error)
	// Count is how many messages a filter means in a chat.
	Count  func(ctx context.Context, chat bot.ChatID, filter bot.Filter, asked time.Time) (int, error)
	Once   Once
	Window RecallWindow
	Now    func() time.Time
}

// RecallWindow is how long after sending the organisation lets messages be recalled, or 0, and the longest lifetime that ends
// before that.
type RecallWindow struct{ Length, MaxLife time.Duration }

// Handlers implements Behaviour.
func (l *Lifetimes) Handlers() []bot.Handler {
	return []bot.Handler{
		l.Answers.command(bot.VerbTTL, l.handle), l.Answers.pressed("ttl_press", wantAction(bot.ActTTL), l.press),
		bot.On("lifetime", always[bot.Due], l.due),
	}
}

func (l *Lifetimes) handle(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := l.Answers.recipient(ctx, d, said)
	order, err := command.ParseLifetime(said.Command.Args)
	switch {
	case err != nil:
		return l.fault(ctx, to, err)
	case order.List:
		return l.list(ctx, to, said)
	case l.Now().Sub(said.Message.At) > maxCommandAge:
		return l.Answers.refuse(ctx, to, bot.ReasonTooLate)
	}
	shortened := !order.Off && l.Window.Length > 0 && order.Life > l.Window.MaxLife
	if shortened {
		order.Life = l.Window.MaxLife
	}
	req := recall.SettingRequest{
		CauseID: d.Event.ID, Via: bot.ViaSettings, Who: said.By, Asked: said.Message.At, Chat: said.Message.Chat, P2P: said.P2P,
		Command: said.Message.ID, Change: order.Apply,
	}
	if asked, err := l.ask(ctx, to, req, order); asked || err != nil {
		return err
	}
	_, err = l.change(ctx, to, req, lifetimeOrder{LifetimeOrder: order, shortened: shortened})
	return err
}

// lifetimeOrder is an order, whether its lifetime was shortened to what can be recalled, and whether it is for new posts only.
type lifetimeOrder struct {
	command.LifetimeOrder

	shortened, newOnly bool
}

// change sets or ends lifetimes, for people who may change settings, and sets the timer; it reports false if it answered with a reason
// instead. A second run does the same. A lifetime whose posts can't be found is refused before anything is set.
func (l *Lifetimes) change(ctx context.Context, to recipient, req recall.SettingRequest, order lifetimeOrder) (done bool, err error) {
	may, err := l.Rights.Manage(ctx, req.Who, req.Chat, req.P2P)
	if err != nil {
		return false, err
	}
	since, err := l.since(ctx, req, order.newOnly)
	if err != nil {
		return false, err
	}
	var next time.Time
	if may.Allow && !order.Off {
		if next, err = l.next(ctx, req.Chat, order.Lifetime, since); err != nil {
			return false, l.Answers.denied(ctx, to, err)
		}
	}
	decision, changed, err := l.Rights.Configure(ctx, req)
	switch {
	case err != nil:
		return false, l.fault(ctx, to, err)
	case !decision.Allow:
		return false, l.Answers.refuse(ctx, to, decision.Reason)
	case order.Off && len(changed) == 0:
		return true, l.Answers.tell(ctx, to, l.Answers.say(to, text.TTLNone))
	case order.Off:
		return true, l.Answers.tell(ctx, to, l.Answers.say(to, text.TTLOff))
	}
	due := bot.Due{Chat: req.Chat, Name: order.Name(), At: next, Since: since}
	if err := l.SetTimer(ctx, timerOf(req.Chat, order.Name()), due); err != nil {
		return false, err
	}
	return true, l.Answers.tell(ctx, to, l.confirmation(to, order, due))
}

// confirmation is the answer to a lifetime that was set.
func (l *Lifetimes) confirmation(to recipient, order lifetimeOrder, due bot.Due) string {
	lines := []string{l.sentence(to, order.Lifetime, due.At)}
	if order.shortened {
		lines = append(lines, l.Answers.say(to, text.TTLCut, "life", to.lang.Lifetime(l.Window.Length)))
	}
	switch {
	case order.newOnly:
		lines = append(lines, l.Answers.say(to, text.TTLNewOnly))
	case !due.Since.IsZero():
		lines = append(lines, l.Answers.say(to, text.TTLNew))
	}
	return strings.Join(lines, "\n")
}

// since is the earliest time of the posts that get the lifetime; zero means all. In a chat that requires a second person's approval
// it is the command's time, because one person alone sets a lifetime.
func (l *Lifetimes) since(ctx context.Context, req recall.SettingRequest, newOnly bool) (time.Time, error) {
	set, err := l.Settings.Settings(ctx, req.Chat)
	if err != nil || set.ApproveFrom == 0 && !newOnly {
		return time.Time{}, err
	}
	return req.Asked, nil
}

// fault answers what is wrong with the command; any other error is returned.
func (l *Lifetimes) fault(ctx context.Context, to recipient, err error) error {
	wrong, ok := errors.AsType[*bot.FilterError](err)
	if !ok {
		return err
	}
	said := []string{to.lang.Filter(wrong), "", l.Answers.say(to, text.HelpExamples), l.Answers.say(to, text.Examples(bot.VerbTTL))}
	return l.Answers.tell(ctx, to, strings.Join(said, "\n"))
}

// list answers with the chat's lifetimes, each with its next time.
func (l *Lifetimes) list(ctx context.Context, to recipient, said bot.Said) error {
	chat := said.Message.Chat
	if ok, err := l.Answers.allows(ctx, to, said); !ok {
		return err
	}
	set, err := l.Settings.Settings(ctx, chat)
	if err != nil {
		return err
	}
	if len(set.Lifetimes) == 0 {
		return l.Answers.tell(ctx, to, l.Answers.say(to, text.TTLNone))
	}
	var lines []string
	for _, one := range set.Lifetimes {
		next, err := l.next(ctx, chat, one, time.Time{})
		if err != nil {
			return l.Answers.denied(ctx, to, err)
		}
		lines = append(lines, l.sentence(to, one, next))
	}
	return l.Answers.tell(ctx, to, strings.Join(lines, "\n"))
}

// sentence is a lifetime, with its next time.
func (l *Lifetimes) sentence(to recipient, one bot.Lifetime, next time.Time) string {
	posts := l.Answers.say(to, text.TTLAll)
	if len(one.Types) > 0 {
		posts = l.Answers.say(to, text.TTLTypes, "types", to.lang.Types(one.Types))
	}
	at := l.Answers.locale(to.lang).Moment(next, l.Now())
	return l.Answers.say(to, text.TTLSet, "posts", posts, "life", to.lang.Lifetime(one.Life), "time", at)
}

// next is when the oldest post that was sent after a moment is due; without one, when a post of now would be.
func (l *Lifetimes) next(ctx context.Context, chat bot.ChatID, one bot.Lifetime, after time.Time) (time.Time, error) {
	now := l.Now()
	filter := filterOf(one)
	if !after.IsZero() {
		filter.Since = after.Add(time.Millisecond)
	}
	oldest, err := l.Oldest(ctx, chat, filter, now)
	if err != nil {
		return time.Time{}, err
	}
	if oldest.IsZero() {
		oldest = now
	}
	if at := oldest.Add(one.Life); at.After(now) {
		return at, nil
	}
	return now, nil
}

// filterOf selects our own posts of the lifetime's types.
func filterOf(one bot.Lifetime) bot.Filter {
	return bot.Filter{Bots: []bot.BotRef{{Me: true}}, Types: one.Types, Yes: true, Quiet: true}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func timerOf(chat bot.ChatID, name string) string { return "ttl/" + string(chat) + "/" + name }

// due recalls what is due, and sets the next time. A second run makes the same job. A lifetime never ends because its runs failed:
// after the last attempt the timer is set again, dueRetry later.
func (l *Lifetimes) due(ctx context.Context, d bot.Delivery, body bot.Due) error {
	err := l.runDue(ctx, body)
	if err == nil || !d.Last {
		return err
	}
	l.Answers.Log.ErrorContext(ctx, "lifetime postponed", "chat_id", string(body.Chat), "lifetime", body.Name, "error", err)
	body.At = l.Now().Add(dueRetry)
	return l.SetTimer(ctx, timerOf(body.Chat, body.Name), body)
}

func (l *Lifetimes) runDue(ctx context.Context, body bot.Due) error {
	set, err := l.Settings.Settings(ctx, body.Chat)
	if err != nil {
		return err
	}
	for _, one := range set.Lifetimes {
		if one.Name() == body.Name {
			return l.run(ctx, body, one)
		}
	}
	return nil // it was ended meanwhile
}

func (l *Lifetimes) run(ctx context.Context, body bot.Due, one bot.Lifetime) error {
	filter := filterOf(one)
	filter.Since, filter.Until = body.Since, body.At.Add(-one.Life)
	_, err := l.Jobs.Start(ctx, jobs.Request{
		Kind: bot.JobClean, CauseID: bot.EventID(timerOf(body.Chat, body.Name) + "/" + strconv.FormatInt(body.At.UnixMilli(), 10)),
		Via: bot.ViaLifetime, Chat: body.Chat, Asked: l.Now(), Filter: filter,
	})
	if err != nil && bot.Retryable(err) {
		return err
	}
	if err != nil {
		l.Answers.Log.WarnContext(ctx, "lifetime run failed", "chat_id", string(body.Chat), "lifetime", body.Name, "error", err)
	}
	next, err := l.next(ctx, body.Chat, one, filter.Until)
	if err != nil && bot.Retryable(err) {
		return err
	}
	if err != nil { // the chat can't be read any more; it may again
		l.Answers.Log.WarnContext(ctx, "next lifetime run unknown", "chat_id", string(body.Chat), "lifetime", body.Name, "error", err)
		next = l.Now().Add(dueLookback)
	}
	if soon := body.At.Add(minDueInterval); next.Before(soon) {
		next = soon
	}
	return l.SetTimer(ctx, timerOf(body.Chat, body.Name), bot.Due{
		Chat: body.Chat, Name: body.Name, At: next, Since: latest(body.Since, filter.Until.Add(-dueLookback)),
	})
}
