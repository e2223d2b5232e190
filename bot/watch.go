package bot

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The bounds of rules on bots' posts.
const (
	// MaxWatchRules is the maximum of rules of a chat.
	MaxWatchRules = 20
	// MaxWatchCount is the largest threshold.
	MaxWatchCount = 500
	// MinWatchTime and MaxWatchTime bound the time of a threshold.
	MinWatchTime = time.Second
	MaxWatchTime = 24 * time.Hour
	// MaxWatchName is the longest name of a rule, in characters.
	MaxWatchName = 40
	// MaxQuarantines is the maximum of quarantines of a chat, DefaultQuarantine the time of one without a time.
	MaxQuarantines    = 20
	DefaultQuarantine = time.Hour
	MaxQuarantine     = 30 * 24 * time.Hour
)

// SetWatch, SetQuarantine and SetReports are the keys of rules, quarantines and weekly reports in the record. Commands of their own change them.
const (
	SetWatch      SettingKey = "watch"
	SetQuarantine SettingKey = "quarantine"
	SetReports    SettingKey = "reports"
)

// WatchRule says which posts of bots are too much in a chat, and what happens then.
type WatchRule struct {
	Name string `json:"name"`
	// Filter judges each post by itself: it has Bots, Match, Regex, Types and Links only. Without Bots it means all bots but ours.
	Filter Filter     `json:"filter,omitzero"`
	When   WatchWhen  `json:"when,omitzero"`
	Act    WatchAct   `json:"act"`
	State  WatchState `json:"state"`
	// By is who switched it to its state, Since when: what was posted before is not recalled by it.
	By    UserID    `json:"by,omitempty"`
	Since time.Time `json:"since,omitzero"`
}

// WatchWhen is the condition of a rule on several posts. The zero value is met by each post that the filter means.
type WatchWhen struct {
	Kind WatchKind `json:"kind,omitempty"`
	// Count posts Within a time are the threshold of the kinds that have one.
	Count  int           `json:"count,omitempty"`
	Within time.Duration `json:"within,omitempty"`
}

// WatchKind is a kind of condition.
type WatchKind string

// The kinds of conditions.
const (
	// WatchEach: each post.
	WatchEach WatchKind = ""
	// WatchMoreThan: the posts of one bot in a time, after the first Count.
	WatchMoreThan WatchKind = "more-than"
	// WatchAgain: the Count-th post of one bot with equal content in a time, and all further ones.
	WatchAgain WatchKind = "again"
	// WatchLoop: the Count-th turn of bots that answer each other in a time, and all further ones. A person's message ends the turns.
	WatchLoop WatchKind = "loop"
	// WatchPlaceholder: a post with a template's placeholder in place of a value.
	WatchPlaceholder WatchKind = "placeholder"
)

// Counts reports a kind with a threshold.
func (k WatchKind) Counts() bool { return k == WatchMoreThan || k == WatchAgain || k == WatchLoop }

// WatchAct is what a rule does.
type WatchAct string

// The acts.
const (
	// WatchTell sends the moderators a card, WatchAsk one with buttons.
	WatchTell WatchAct = "tell"
	WatchAsk  WatchAct = "ask"
	// WatchRecall recalls the posts, WatchQuarantine also what the bot posts during the next hour.
	WatchRecall     WatchAct = "recall"
	WatchQuarantine WatchAct = "quarantine"
)

// WatchState is whether a rule acts.
type WatchState string

// The states. A new rule is in shadow: it counts what it would do, and does nothing.
const (
	WatchShadow WatchState = "shadow"
	WatchOn     WatchState = "on"
	WatchOff    WatchState = "off"
)

// String is the condition as switches of /recall watch.
func (w WatchWhen) String() string {
	switch {
	case w.Kind == WatchEach:
		return ""
	case w.Kind.Counts():
		return "--" + string(w.Kind) + " " + strconv.Itoa(w.Count) + "/" + ShortDuration(w.Within)
	default:
		return "--" + string(w.Kind)
	}
}

// String is the rule as the arguments of /recall watch add, which parse to the same rule.
func (r WatchRule) String() string {
	return quote(r.Name) + " " + r.Conditions()
}

// Conditions is String without the name.
func (r WatchRule) Conditions() string {
	var parts []string
	for _, part := range []string{r.Filter.String(), r.When.String()} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if r.Act != "" {
		parts = append(parts, "--do "+string(r.Act))
	}
	return strings.Join(parts, " ")
}

// ReadsText reports whether the rule depends on the content of posts.
func (r WatchRule) ReadsText() bool {
	return r.Filter.ReadsText() || r.When.Kind == WatchAgain || r.When.Kind == WatchPlaceholder
}

// Means reports whether the rule is about our own posts, or about those of other bots.
func (r WatchRule) Means(own bool) bool {
	if len(r.Filter.Bots) == 0 {
		return !own
	}
	return slices.ContainsFunc(r.Filter.Bots, func(ref BotRef) bool { return ref.Me == own })
}

// Visibility is how the bot sees the posts of other bots, or its own.
type Visibility string

// The kinds of visibility.
const (
	// VisibilityEvents: they arrive as events, within a second.
	VisibilityEvents Visibility = "events"
	// VisibilityPolled: chats with rules are listed every few seconds.
	VisibilityPolled Visibility = "polled"
	// VisibilityNone: the app lacks the scopes for both.
	VisibilityNone Visibility = "none"
	// VisibilityOff: they could be listed, but the configuration switches that off.
	VisibilityOff Visibility = "off"
)

// Quarantine is a bot whose posts in a chat are recalled as they appear.
type Quarantine struct {
	Bot BotRef `json:"bot"`
	// Since and Until bound the posts that are recalled.
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	// By is the person, or Rule the rule, that began it: then Post is the post for which.
	By   UserID    `json:"by,omitempty"`
	Rule string    `json:"rule,omitempty"`
	Post MessageID `json:"post,omitempty"`
	// Remove is set where the bot was also to be removed from the chat.
	Remove bool `json:"remove,omitempty"`
}

// Rule returns the chat's rule of a name, without regard to case.
func (s Settings) Rule(name string) (WatchRule, bool) {
	for _, r := range s.Watch {
		if strings.EqualFold(r.Name, name) {
			return r, true
		}
	}
	return WatchRule{}, false
}

// WatchFacts is what is known of a bot's post that rules caught, or that may be one of a bot in quarantine, without its content.
type WatchFacts struct {
	// Rules are the names of the rules that caught it, whichever bot they are about.
	Rules []string `json:"rules,omitempty"`
	// Sender is the bot: its open_id from an event, its app id from the history, which may also have its name.
	Sender string `json:"sender,omitempty"`
	Name   string `json:"name,omitempty"`
}

// WatchWindow is a window of a chat: the rule, and the bot or the content where those are counted by themselves.
type WatchWindow struct {
	Name string
	When WatchWhen
}

// WatchCause is why a post is recalled: a rule of the chat, or the quarantine of a bot. Exactly one is set.
type WatchCause struct {
	Rule string `json:"rule,omitempty"`
	Bot  BotRef `json:"bot,omitzero"`
}

// Recalls reports whether a post of a time may be recalled for a cause: the rule was on, or the bot in quarantine, when it was posted.
func (s Settings) Recalls(cause WatchCause, at time.Time) bool {
	if cause.Rule != "" {
		rule, ok := s.Rule(cause.Rule)
		return ok && rule.State == WatchOn && !at.Before(rule.Since)
	}
	for _, q := range s.Quarantines {
		if cause.Bot != (BotRef{}) && q.Bot == cause.Bot && !at.Before(q.Since) && at.Before(q.Until) {
			return true
		}
	}
	return false
}

// WindowPost is a message that a rule counts. Sender is empty for a person; Name is the bot's, where it is known.
type WindowPost struct {
	Chat   ChatID
	ID     MessageID
	Sender string
	Name   string
	At     time.Time
}

// Notice notifies the moderators of a chat of the posts that a rule or a quarantine caught: one notice for all posts with the
// same cause in close succession.
type Notice struct {
	// Key is that of its buttons.
	Key  string     `json:"-"`
	Chat ChatID     `json:"chat"`
	Kind NoticeKind `json:"kind"`
	// Rule is the rule's name; Bot the bot in quarantine.
	Rule string `json:"rule,omitempty"`
	Bot  BotRef `json:"bot,omitzero"`
	// Count posts were caught from First to Last, so many of each of Senders (SenderRef); Posts are the first of them.
	Count       int            `json:"-"`
	First, Last time.Time      `json:"-"`
	Senders     map[string]int `json:"-"`
	Posts       []MessageID    `json:"-"`
}

// NoticeKind is what a notice says.
type NoticeKind string

// The kinds of notices.
const (
	// NoticeTell and NoticeAsk are those of rules that act so, NoticeCap asks because the rule recalled as much as it may in an hour.
	NoticeTell NoticeKind = "tell"
	NoticeAsk  NoticeKind = "ask"
	NoticeCap  NoticeKind = "cap"
	// NoticeRecalled says what a rule recalled, NoticeQuarantine what the quarantine of a bot recalled.
	NoticeRecalled   NoticeKind = "recalled"
	NoticeQuarantine NoticeKind = "quarantine"
)

// Name tells the notices of a chat apart.
func (n Notice) Name() string {
	return string(n.Kind) + " " + n.Rule + " " + n.Bot.String()
}

// SenderRef is a sender of a notice: an id, and after a space the name where it is known.
func SenderRef(sender string) BotRef {
	id, name, _ := strings.Cut(sender, " ")
	switch {
	case id == BotRef{Me: true}.String():
		return BotRef{Me: true}
	case strings.HasPrefix(id, "ou_"):
		return BotRef{User: UserID(id), Name: name}
	default:
		return BotRef{App: AppID(id), Name: name}
	}
}

// Refs are the senders, at most so many.
func (n Notice) Refs(limit int) []BotRef {
	var refs []BotRef
	for _, sender := range slices.Sorted(maps.Keys(n.Senders)) {
		if len(refs) < limit {
			refs = append(refs, SenderRef(sender))
		}
	}
	return refs
}

// Same reports whether two references name one bot.
func (b BotRef) Same(other BotRef) bool {
	switch {
	case b == other, b.User != "" && b.User == other.User, b.App != "" && b.App == other.App:
		return true
	case b.User != "" && other.User != "", b.App != "" && other.App != "":
		return false
	default:
		return b.Name != "" && SameName(b.Name, other.Name)
	}
}

// WatchDue is a time that has come: the cards of Notice are to be changed, a weekly Report is to be sent, or else the quarantine of Bot is over.
type WatchDue struct {
	Chat   ChatID    `json:"chat"`
	Notice string    `json:"notice,omitempty"`
	Report bool      `json:"report,omitempty"`
	Bot    BotRef    `json:"bot,omitzero"`
	At     time.Time `json:"at,omitzero"`
}
