package handlers

import (
	"context"
	"crypto/rand"
	"reflect"
	"time"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/recall"
)

const (
	// noticeQuiet is how long no post must be caught before the next one opens another notice.
	noticeQuiet = 10 * time.Minute
	// noticeEvery is the least time between two changes of a notice's cards.
	noticeEvery = 2 * time.Second
	// maxNoticeQuarantines is how many bots a button puts into quarantine.
	maxNoticeQuarantines = 5
	// noticeLife is how long the cards of a notice and what was decided about it are remembered.
	noticeLife = 48 * time.Hour
)

// WatchNotices tells the moderators of a chat what rules and quarantines caught: one card for each of them, changed in place.
type WatchNotices struct {
	Answers  *Answers
	Rights   Rights
	Settings Settings
	Jobs     Jobs
	Notices  Notices
	// Read returns a message's content.
	Read func(ctx context.Context, id bot.MessageID) (bot.Seen, error)
	// SetTimer has WatchDue delivered, durably, at a time. A name has one time: setting it again replaces it.
	SetTimer func(ctx context.Context, name string, at time.Time, due bot.WatchDue) error
	Now      func() time.Time
}

// Notices are stored notices, for all replicas.
type Notices interface {
	// Add adds a post to the open notice of a name, or opens the given one; without a post it only opens it.
	Add(ctx context.Context, about bot.Notice, post bot.WindowPost, quiet time.Duration) (key string, isNew bool, err error)
	// Open returns the key of the open notice of a name, or "". A notice that is closed gets no more posts.
	Open(ctx context.Context, chat bot.ChatID, name string) (string, error)
	Close(ctx context.Context, about bot.Notice) error
	// Load returns a notice, Posts its posts.
	Load(ctx context.Context, chat bot.ChatID, key string) (bot.Notice, bool, error)
	Posts(ctx context.Context, chat bot.ChatID, key string) ([]bot.MessageID, error)
}

// Handlers implements Behaviour.
func (n *WatchNotices) Handlers() []bot.Handler {
	return []bot.Handler{
		bot.On("watch_due", func(due bot.WatchDue) bool { return !due.Report }, n.due), n.Answers.pressed("watch_press", wantAction(bot.ActWatch), n.press),
	}
}

// add adds a post to the notice about its cause, whose cards follow within seconds.
func (n *WatchNotices) add(ctx context.Context, about bot.Notice, post bot.WindowPost, quiet time.Duration) error {
	about.Key, about.Chat = rand.Text(), post.Chat
	key, isNew, err := n.Notices.Add(ctx, about, post, quiet)
	if err != nil {
		return err
	}
	at := n.Now()
	if !isNew { // the same time for all posts of some seconds
		at = at.Truncate(noticeEvery).Add(noticeEvery)
	}
	return n.showAt(ctx, post.Chat, key, at)
}

func (n *WatchNotices) showAt(ctx context.Context, chat bot.ChatID, key string, at time.Time) error {
	return n.SetTimer(ctx, "notice/"+key, at, bot.WatchDue{Chat: chat, Notice: key})
}

func quarantineNotice(q bot.Quarantine) bot.Notice {
	return bot.Notice{Kind: bot.NoticeQuarantine, Rule: q.Rule, Bot: q.Bot}
}

// begin shows the card of a quarantine, and sets the time of its end.
func (n *WatchNotices) begin(ctx context.Context, chat bot.ChatID, q bot.Quarantine) error {
	if err := n.add(ctx, quarantineNotice(q), bot.WindowPost{Chat: chat, At: q.Since}, q.Until.Sub(q.Since)+noticeQuiet); err != nil {
		return err
	}
	return n.SetTimer(ctx, "quarantine/"+string(chat)+"/"+q.Bot.String(), q.Until, bot.WatchDue{Chat: chat, Bot: q.Bot})
}

// ended shows in the card of a quarantine that it has ended.
func (n *WatchNotices) ended(ctx context.Context, chat bot.ChatID, q bot.Quarantine) error {
	key, err := n.Notices.Open(ctx, chat, quarantineNotice(q).Name())
	if err != nil || key == "" {
		return err
	}
	return n.showAt(ctx, chat, key, n.Now())
}

// due shows a notice, or ends a quarantine whose time is over.
func (n *WatchNotices) due(ctx context.Context, d bot.Delivery, due bot.WatchDue) error {
	if due.Notice != "" {
		return n.show(ctx, d, due.Chat, due.Notice)
	}
	set, err := n.Settings.Settings(ctx, due.Chat)
	if err != nil {
		return err
	}
	for _, q := range set.Quarantines {
		if q.Until.After(n.Now()) {
			continue
		}
		if err := n.ended(ctx, due.Chat, q); err != nil {
			return err
		}
	}
	_, _, err = n.Rights.Configure(ctx, recall.SettingRequest{
		CauseID: d.Event.ID, Via: bot.ViaWatch, Asked: n.Now(), Chat: due.Chat, Watch: bot.WatchCause{Bot: due.Bot},
		Change: func(set bot.Settings) (bot.Settings, error) {
			set.Quarantines = running(set.Quarantines, n.Now())
			return set, nil
		},
	})
	return err
}

// running are the quarantines that have not ended; nil if there are none.
func running(all []bot.Quarantine, now time.Time) []bot.Quarantine {
	var left []bot.Quarantine
	for _, q := range all {
		if q.Until.After(now) {
			left = append(left, q)
		}
	}
	return left
}

func noticeCards(key string) string { return stateKey("notice_cards", key) }

// show sends the card of a notice to the moderators, or changes those that they have. Two runs at once may show it in the wrong order: where it
// has changed meanwhile, it is shown again.
func (n *WatchNotices) show(ctx context.Context, d bot.Delivery, chat bot.ChatID, key string) error {
	view, ok, err := n.view(ctx, chat, key)
	if err != nil || !ok {
		return err
	}
	if err := n.deliver(ctx, d, view); err != nil {
		return err
	}
	now, ok, err := n.view(ctx, chat, key)
	if err != nil || !ok || reflect.DeepEqual(view, now) {
		return err
	}
	return n.showAt(ctx, chat, key, n.Now().Add(noticeEvery))
}

func (n *WatchNotices) deliver(ctx context.Context, d bot.Delivery, view card.Notice) error {
	shown := n.card(ctx, view)
	refs, sent, err := keptState[[]bot.CardRef](ctx, n.Answers.Once, noticeCards(view.Key))
	if err != nil {
		return err
	}
	if !sent {
		if refs, err = n.send(ctx, view.Notice, shown); err != nil || !d.Redelivered {
			return err
		}
		// An earlier run may have sent the cards as they were then: the platform sends each once.
	}
	for _, ref := range refs {
		if err := n.Answers.Cards.EditCard(ctx, ref, shown); bot.Retryable(err) {
			return err
		} else if err != nil {
			n.Answers.Log.InfoContext(ctx, "card not updated", "message_id", string(ref.ID), "error", err)
		}
	}
	return nil
}

func (n *WatchNotices) send(ctx context.Context, about bot.Notice, shown bot.Card) ([]bot.CardRef, error) {
	refs, err := n.Answers.tellModerators(ctx, n.Rights, about.Chat, shown, "notice/"+about.Key)
	if err != nil {
		return nil, err
	}
	return keepState(ctx, n.Answers.Once, noticeCards(about.Key), refs, noticeLife)
}

// view is a notice as things are now, without samples; false if it is too old.
func (n *WatchNotices) view(ctx context.Context, chat bot.ChatID, key string) (view card.Notice, ok bool, err error) {
	about, ok, err := n.Notices.Load(ctx, chat, key)
	if err != nil || !ok {
		return view, false, err
	}
	to := recipient{chat: chat, lang: n.Answers.language(ctx, chat, "")}
	view = card.Notice{Notice: about, ChatName: n.Answers.chatName(ctx, to, chat)}
	decided, ok, err := keptState[watchDecision](ctx, n.Answers.Once, noticeDone(key))
	if err != nil {
		return view, false, err
	}
	if ok {
		view.Decided = n.Answers.say(to, decided.Says, "who", bot.Mention(decided.Who))
	}
	set, err := n.Settings.Settings(ctx, chat)
	if err != nil {
		return view, false, err
	}
	if rule, ok := set.Rule(about.Rule); ok {
		view.RuleOn = rule.State == bot.WatchOn
	}
	for _, q := range set.Quarantines {
		if about.Kind == bot.NoticeQuarantine && q.Bot == about.Bot {
			view.Until = q.Until
		}
	}
	return view, true, nil
}

// card is the card of a notice.
func (n *WatchNotices) card(ctx context.Context, view card.Notice) bot.Card {
	in := n.Answers.locale(n.Answers.language(ctx, view.Chat, ""))
	view.Now = n.Now()
	if view.Kind != bot.NoticeQuarantine && view.Kind != bot.NoticeRecalled {
		view.Samples = n.samples(ctx, view.Notice, in)
	}
	return in.Notice(view)
}

// samples are excerpts of the first posts, for the moderators, who may see the chat.
func (n *WatchNotices) samples(ctx context.Context, about bot.Notice, in card.Locale) []string {
	var samples []string
	for _, id := range about.Posts {
		seen, err := n.Read(ctx, id)
		if err == nil && seen.Text != "" {
			samples = append(samples, in.Time(seen.At)+"  "+bot.Abbreviate(seen.Text, maxExcerpt))
		}
	}
	return samples
}
