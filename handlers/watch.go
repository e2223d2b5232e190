package handlers

import (
	"context"
	"errors"
	"slices"
	"time"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/watch"
)

// Watch does what the rules of a chat say about the posts of bots.
type Watch struct {
	Recaller Recaller
	Rights   Rights
	Settings Settings
	Windows  Windows
	Notices  *WatchNotices
	Senders  *WatchSenders
	// MaxRecalls is how many posts one rule recalls in an hour.
	MaxRecalls int
}

// Windows count what rules caught, for all replicas.
type Windows interface {
	// Spend reports whether a rule may recall a message, at most so many in an hour.
	Spend(ctx context.Context, chat bot.ChatID, rule string, id bot.MessageID, limit int) (bool, error)
	// Catch notes that a rule caught a post, Caught counts them.
	Catch(ctx context.Context, chat bot.ChatID, rule string, id bot.MessageID, at time.Time) error
	Caught(ctx context.Context, chat bot.ChatID, rules []string, since time.Time) (map[string]int, error)
}

// Handlers implements Behaviour.
func (w *Watch) Handlers() []bot.Handler {
	return []bot.Handler{bot.On("watch", func(s bot.Said) bool { return s.Watch != nil }, w.handle)}
}

func (w *Watch) handle(ctx context.Context, d bot.Delivery, said bot.Said) error {
	set, err := w.Settings.Settings(ctx, said.Message.Chat)
	if err != nil {
		return err
	}
	from, err := w.Senders.of(ctx, said)
	if err != nil {
		return err
	}
	post := watched{d, said, from}
	ended, err := w.quarantined(ctx, set, post)
	if err != nil || ended {
		return err
	}
	var errs []error
	for _, name := range said.Watch.Rules {
		rule, ok := set.Rule(name)
		if !ok || rule.State == bot.WatchOff {
			continue
		}
		errs = append(errs, w.apply(ctx, rule, post))
	}
	return errors.Join(errs...)
}

// watched is a bot's post that rules caught, or that may be one of a bot in quarantine.
type watched struct {
	bot.Delivery

	said bot.Said
	from watch.Sender
}

// apply counts what a rule caught, and acts if the rule is on since before the post.
func (w *Watch) apply(ctx context.Context, rule bot.WatchRule, post watched) error {
	if !post.from.IsOne(rule.Filter.Bots) {
		return nil
	}
	m := post.said.Message
	if err := w.Windows.Catch(ctx, m.Chat, rule.Name, m.ID, m.At); err != nil {
		return err
	}
	if rule.State != bot.WatchOn || m.At.Before(rule.Since) {
		return nil
	}
	switch rule.Act {
	case bot.WatchTell:
		return w.notify(ctx, post, bot.Notice{Kind: bot.NoticeTell, Rule: rule.Name})
	case bot.WatchAsk:
		return w.notify(ctx, post, bot.Notice{Kind: bot.NoticeAsk, Rule: rule.Name})
	default:
		return w.act(ctx, rule, post)
	}
}

// act recalls a post for a rule, and then may put the bot into quarantine. Past the hourly cap the moderators are asked; where the post can't be
// recalled, they are notified.
func (w *Watch) act(ctx context.Context, rule bot.WatchRule, post watched) error {
	m := post.said.Message
	allowed, err := w.Windows.Spend(ctx, m.Chat, rule.Name, m.ID, w.MaxRecalls)
	if err != nil {
		return err
	}
	if !allowed {
		return w.notify(ctx, post, bot.Notice{Kind: bot.NoticeCap, Rule: rule.Name})
	}
	out, err := w.take(ctx, post, bot.WatchCause{Rule: rule.Name})
	switch {
	case err != nil:
		return err
	case !out.OK():
		return w.notify(ctx, post, bot.Notice{Kind: bot.NoticeTell, Rule: rule.Name})
	case rule.Act == bot.WatchQuarantine:
		return w.actQuarantine(ctx, rule, post)
	default:
		return w.notify(ctx, post, bot.Notice{Kind: bot.NoticeRecalled, Rule: rule.Name})
	}
}

func (w *Watch) actQuarantine(ctx context.Context, rule bot.WatchRule, post watched) error {
	q, err := w.quarantine(ctx, rule, post)
	switch {
	case err != nil:
		return err
	case q.Bot != bot.BotRef{}:
		return w.notifyQuarantine(ctx, q, post)
	}
	return w.notify(ctx, post, bot.Notice{Kind: bot.NoticeRecalled, Rule: rule.Name})
}

func (w *Watch) notify(ctx context.Context, post watched, about bot.Notice) error {
	return w.Notices.add(ctx, about, w.window(post.said, post.from), noticeQuiet)
}

// notifyQuarantine adds a post to the notice of a quarantine, which stays open until its end.
func (w *Watch) notifyQuarantine(ctx context.Context, q bot.Quarantine, post watched) error {
	return w.Notices.add(ctx, quarantineNotice(q), w.window(post.said, post.from), q.Until.Sub(post.said.Message.At)+noticeQuiet)
}

func (w *Watch) window(said bot.Said, from watch.Sender) bot.WindowPost {
	return bot.WindowPost{Chat: said.Message.Chat, ID: said.Message.ID, Sender: from.ID, Name: from.Name, At: said.Message.At}
}

// quarantined recalls a post of a bot in quarantine, and reports whether it did. The post for which a rule began the quarantine is the rule's,
// also when its work runs again.
func (w *Watch) quarantined(ctx context.Context, set bot.Settings, post watched) (bool, error) {
	for _, q := range set.Quarantines {
		cause := bot.WatchCause{Bot: q.Bot}
		if !set.Recalls(cause, post.said.Message.At) || !post.from.Is(q.Bot) || q.Post == post.said.Message.ID {
			continue
		}
		out, err := w.take(ctx, post, cause)
		if err != nil || !out.OK() {
			return true, err
		}
		return true, w.notifyQuarantine(ctx, q, post)
	}
	return false, nil
}

// quarantine begins the quarantine of the bot whose post a rule caught, unless it is in one. It returns the quarantine that the bot is in;
// the zero value where it can't be.
func (w *Watch) quarantine(ctx context.Context, rule bot.WatchRule, post watched) (bot.Quarantine, error) {
	m := post.said.Message
	q := bot.Quarantine{Bot: post.from.Ref(), Since: m.At, Until: m.At.Add(bot.DefaultQuarantine), Rule: rule.Name, Post: m.ID}
	_, changed, err := w.Rights.Configure(ctx, recall.SettingRequest{
		CauseID: post.Event.ID + "/" + bot.EventID(rule.Name), Via: bot.ViaWatch, Asked: m.At, Chat: m.Chat, Watch: bot.WatchCause{Rule: rule.Name},
		Change: func(set bot.Settings) (bot.Settings, error) {
			for _, other := range set.Quarantines {
				if post.from.Is(other.Bot) && m.At.Before(other.Until) {
					q = other
					return set, nil
				}
			}
			now, ok := set.Rule(rule.Name)
			if !ok || now.State != bot.WatchOn || now.Act != bot.WatchQuarantine || len(set.Quarantines) >= bot.MaxQuarantines {
				q = bot.Quarantine{}
				return set, nil
			}
			set.Quarantines = append(slices.Clone(set.Quarantines), q)
			return set, nil
		},
	})
	if err != nil || len(changed) == 0 {
		return q, err
	}
	return q, w.Notices.begin(ctx, m.Chat, q)
}

// take recalls a post for a rule or a quarantine.
func (w *Watch) take(ctx context.Context, post watched, cause bot.WatchCause) (recall.Outcome, error) {
	m, d := post.said.Message, post.Delivery
	req := recall.Request{
		CauseID: d.Event.ID, Via: bot.ViaWatch, Asked: m.At, Chat: m.Chat, Target: m.ID, Watch: cause, Comment: cause.Rule,
		Redelivered: d.Redelivered, BestEffort: d.Attempt > bestEffortAfter, Last: d.Last,
	}
	if m.Kind == bot.KindBot { // the index knows which of our own messages are answers
		req.Known = &m
	}
	out, err := w.Recaller.Recall(ctx, req)
	if err != nil && out.Result != "" {
		err = nil // it failed, and that is on record
	}
	return out, err
}
