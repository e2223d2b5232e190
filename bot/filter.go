package bot

import "time"

// Filter selects messages of a chat. The zero filter selects all own posts. Its parts are joined by AND. With Any, those that
// test a message (Bots, By, Match, Regex, Types, Links, Dup) are joined by OR, and those that bound the search (Last, Since, Until,
// From, To, Thread) still by AND.
type Filter struct {
	// Last limits the selection to the newest; zero is no limit.
	Last int `json:"last,omitempty"`
	// Bots are the apps whose posts are selected; without Bots and By it is our own.
	Bots []BotRef `json:"bots,omitempty"`
	// By selects messages of people, and our posts whose author they are.
	By []UserID `json:"by,omitempty"`
	// Since and Until bound the time, both inclusive.
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// From and To are the first and the last message, inclusive. FromReply is set when From is the message that the command
	// replied to.
	From      MessageRef `json:"from,omitzero"`
	To        MessageRef `json:"to,omitzero"`
	FromReply bool       `json:"from_reply,omitempty"`
	// Match are substrings of the text, without regard to case; Regex are RE2 expressions. All must match.
	Match []string `json:"match,omitempty"`
	Regex []string `json:"regex,omitempty"`
	// Types are values of msg_type (text, post, image, file, interactive, …). One must match.
	Types []string `json:"types,omitempty"`
	// Links are hosts: a message must have a link to one of them or to a part of it. A host after ! is met by a link to any other.
	Links []string `json:"links,omitempty"`
	// Dup selects all but the newest of equal posts of one bot.
	Dup bool `json:"dup,omitempty"`
	// Everywhere searches all groups in which the person may recall, instead of the chat of the command.
	Everywhere bool `json:"everywhere,omitempty"`
	// Thread limits the search to the topic of the command.
	Thread bool `json:"thread,omitempty"`
	// WithPinned selects pinned messages too.
	WithPinned bool `json:"with_pinned,omitempty"`
	Any        bool `json:"any,omitempty"`
	// DryRun ends after the preview, Yes skips it, Quiet shows no card and no result.
	DryRun bool `json:"dry_run,omitempty"`
	Yes    bool `json:"yes,omitempty"`
	Quiet  bool `json:"quiet,omitempty"`
}

// BotRef names an app, or all of them. Exactly one of its fields is set, but for User, which may have a Name.
type BotRef struct { //nolint:revive // Ref alone would be unclear
	// Me is our own app, Any every app.
	Me  bool `json:"me,omitempty"`
	Any bool `json:"any,omitempty"`
	// App is an app's id. User is the open_id of a mentioned bot, and Name its name: a mention has no app id, and the
	// sender of a message no open_id. A mention sets both, a typed name only Name.
	App  AppID  `json:"app,omitempty"`
	User UserID `json:"user,omitempty"`
	Name string `json:"name,omitempty"`
}

// MessageRef is a message's id, or the link that a client copies, which has no id in it. Exactly one is set.
type MessageRef struct {
	ID   MessageID `json:"id,omitempty"`
	Link string    `json:"link,omitempty"`
}

// IsZero reports whether neither is set.
func (r MessageRef) IsZero() bool { return r == MessageRef{} }

// Narrows reports whether the filter has a condition besides Bots. A filter without one is always confirmed.
func (f Filter) Narrows() bool {
	return f.Last > 0 || len(f.By) > 0 || !f.Since.IsZero() || !f.Until.IsZero() || !f.From.IsZero() || !f.To.IsZero() ||
		len(f.Match) > 0 || len(f.Regex) > 0 || len(f.Types) > 0 || len(f.Links) > 0 || f.Thread
}

// ReadsText reports whether the filter depends on the content of messages.
func (f Filter) ReadsText() bool {
	return len(f.Match) > 0 || len(f.Regex) > 0 || len(f.Types) > 0 || len(f.Links) > 0 || f.Dup
}

// FilterError is a fault of a filter, for a sentence about it.
type FilterError struct {
	Fault FilterFault
	// Word is the wrong word, Other the word that contradicts it or that may have been meant.
	Word  string
	Other string
}

// Error is the fault without any text of the person, since it is logged.
func (e *FilterError) Error() string { return string(e.Fault) }

// FilterFault is a kind of mistake in a filter. Each has a sentence in handlers.
type FilterFault string

// The mistakes.
const (
	// FaultEmpty: no condition at all; the answer is the help.
	FaultEmpty FilterFault = "filter_empty"
	// FaultUnknown: Word is not a switch; Other is a similar switch, if there is one.
	FaultUnknown FilterFault = "filter_unknown"
	// FaultStray: Word belongs to no switch; Other is the switch that may be missing, if there is one.
	FaultStray FilterFault = "filter_stray"
	// FaultNoValue: the switch Word needs a value.
	FaultNoValue FilterFault = "filter_no_value"
	// FaultTwice: the switch Word is given twice.
	FaultTwice FilterFault = "filter_twice"
	// FaultMany: the switch Word is given too many times.
	FaultMany FilterFault = "filter_many"
	// FaultNumber: Word is not a number from 1 to MaxLast.
	FaultNumber FilterFault = "filter_number"
	// FaultTime: Word is neither a duration nor a time.
	FaultTime FilterFault = "filter_time"
	// FaultFuture: the time Word is in the future.
	FaultFuture FilterFault = "filter_future"
	// FaultPerson: Word is not a person; Other is the switch for what it is, if any.
	FaultPerson FilterFault = "filter_person"
	// FaultBot: Word is not a bot; Other is the switch for what it is, if any.
	FaultBot FilterFault = "filter_bot"
	// FaultMessage: Word is neither a message's id nor a link.
	FaultMessage FilterFault = "filter_message"
	// FaultRegex: Word is not an RE2 expression, or too long.
	FaultRegex FilterFault = "filter_regex"
	// FaultType: Word is not a type of messages; Other is a similar one, if there is one.
	FaultType FilterFault = "filter_type"
	// FaultLink: Word is not the host of a link, or has hosts with and without "!".
	FaultLink FilterFault = "filter_link"
	// FaultThreshold: Word is no threshold such as 10/1m, for the switch Other.
	FaultThreshold FilterFault = "watch_threshold"
	// FaultAct: Word is not an act of rules.
	FaultAct FilterFault = "watch_act"
	// FaultName: Word is no name of a rule, or the name is missing.
	FaultName FilterFault = "watch_name"
	// FaultWatch: Word is no word of /recall watch; Other is a similar one, if there is one.
	FaultWatch FilterFault = "watch_unknown"
	// FaultReport: Word is no time of a report.
	FaultReport FilterFault = "watch_report"
	// FaultNoBot: no bot is named.
	FaultNoBot FilterFault = "watch_no_bot"
	// FaultLife: the lifetime Word is too short or too long.
	FaultLife FilterFault = "filter_life"
	// FaultEverywhere: --everywhere outside the two-person chat.
	FaultEverywhere FilterFault = "filter_everywhere"
	// FaultTopic: --thread outside a topic.
	FaultTopic FilterFault = "filter_topic"
	// FaultClash: Word and Other contradict each other.
	FaultClash FilterFault = "filter_clash"
	// FaultOrder: the range from Word to Other ends before it begins.
	FaultOrder FilterFault = "filter_order"
	// FaultLong: Word is too long.
	FaultLong FilterFault = "filter_long"
)

// MaxLast is the largest number of messages that a command may ask for.
const MaxLast = 10000
