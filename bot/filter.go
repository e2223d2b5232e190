package bot

import "time"

// Filter says which messages of a chat are meant. The zero filter means all own posts. Its parts are joined by AND;
// with Any, those that look at a message itself (Bots, By, Match, Regex, Types, Dup) are joined by OR, and those that
// bound the search (Last, Since, Until, From, To, Thread) hold all the same.
type Filter struct {
	// Last keeps the newest so many of what the rest selects; zero keeps all.
	Last int `json:"last,omitempty"`
	// Bots are the apps whose posts are meant; without Bots and By that is our own.
	Bots []BotRef `json:"bots,omitempty"`
	// By are people: what they wrote, and posts of ours that were made for them.
	By []UserID `json:"by,omitempty"`
	// Since and Until bound the time, both inclusive.
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// From and To are the first and the last message meant, inclusive. FromReply is set when From is the message that
	// the command replied to.
	From      MessageRef `json:"from,omitzero"`
	To        MessageRef `json:"to,omitzero"`
	FromReply bool       `json:"from_reply,omitempty"`
	// Match are words that the text holds, whatever their case; Regex are RE2 expressions. All must be found.
	Match []string `json:"match,omitempty"`
	Regex []string `json:"regex,omitempty"`
	// Types are the platform's types of messages (text, post, image, file, interactive, …), of which one must fit.
	Types []string `json:"types,omitempty"`
	// Dup means all but the newest of posts of one bot that say the same.
	Dup bool `json:"dup,omitempty"`
	// Thread bounds the search to the topic where the command was said.
	Thread bool `json:"thread,omitempty"`
	// WithPinned takes pinned messages too.
	WithPinned bool `json:"with_pinned,omitempty"`
	Any        bool `json:"any,omitempty"`
	// DryRun stops after the preview, Yes asks for none, Quiet wants no card and no words at the end.
	DryRun bool `json:"dry_run,omitempty"`
	Yes    bool `json:"yes,omitempty"`
	Quiet  bool `json:"quiet,omitempty"`
}

// BotRef names an app, or all of them. Exactly one of its fields is set, but for User, which may have a Name.
type BotRef struct { //nolint:revive // a bot is what is meant, and Ref alone says nothing
	// Me is our own app, Any every app.
	Me  bool `json:"me,omitempty"`
	Any bool `json:"any,omitempty"`
	// App is an app's id. User is the open_id by which a mention names a bot, and Name its name there: the platform
	// tells no app id in a mention, and no open_id in a message's sender. A mention sets both, a typed name Name alone.
	App  AppID  `json:"app,omitempty"`
	User UserID `json:"user,omitempty"`
	Name string `json:"name,omitempty"`
}

// MessageRef names a message by its id, or by the link that a client copies, which holds no id. Exactly one is set.
type MessageRef struct {
	ID   MessageID `json:"id,omitempty"`
	Link string    `json:"link,omitempty"`
}

// IsZero reports whether no message is named.
func (r MessageRef) IsZero() bool { return r == MessageRef{} }

// Narrows reports whether anything but whose posts are meant narrows the filter: one that does not is always confirmed.
// Repetitions alone are looked for in all of a chat.
func (f Filter) Narrows() bool {
	return f.Last > 0 || len(f.By) > 0 || !f.Since.IsZero() || !f.Until.IsZero() || !f.From.IsZero() || !f.To.IsZero() ||
		len(f.Match) > 0 || len(f.Regex) > 0 || len(f.Types) > 0 || f.Thread
}

// ReadsText reports whether a message's content must be known to tell whether it is meant.
func (f Filter) ReadsText() bool {
	return len(f.Match) > 0 || len(f.Regex) > 0 || len(f.Types) > 0 || f.Dup
}

// FilterError is what is wrong with a filter, for a sentence that names it.
type FilterError struct {
	Fault FilterFault
	// Word is what was said, Other the word that contradicts it or that may have been meant.
	Word  string
	Other string
}

// Error names the fault, for logs, in which nothing that was said may stand.
func (e *FilterError) Error() string { return string(e.Fault) }

// FilterFault is a kind of mistake in a filter. Each has a sentence in handlers.
type FilterFault string

// The mistakes.
const (
	// FaultEmpty: nothing says which messages are meant; help follows.
	FaultEmpty FilterFault = "filter_empty"
	// FaultUnknown: Word is no switch; Other is the switch that was meant, if one is near.
	FaultUnknown FilterFault = "filter_unknown"
	// FaultStray: Word belongs to no switch; Other is the switch that it may lack, if one comes to mind.
	FaultStray FilterFault = "filter_stray"
	// FaultNoValue: the switch Word needs a value.
	FaultNoValue FilterFault = "filter_no_value"
	// FaultTwice: the switch Word stands twice.
	FaultTwice FilterFault = "filter_twice"
	// FaultMany: the switch Word may stand several times, but not so many.
	FaultMany FilterFault = "filter_many"
	// FaultNumber: Word is no number from 1 to MaxLast.
	FaultNumber FilterFault = "filter_number"
	// FaultTime: Word is neither a duration nor a time.
	FaultTime FilterFault = "filter_time"
	// FaultFuture: the time Word is in the future.
	FaultFuture FilterFault = "filter_future"
	// FaultPerson: Word names no person; Other is the switch for what it names, if any.
	FaultPerson FilterFault = "filter_person"
	// FaultBot: Word names no bot; Other is the switch for what it names, if any.
	FaultBot FilterFault = "filter_bot"
	// FaultMessage: Word is neither a message's id nor a link.
	FaultMessage FilterFault = "filter_message"
	// FaultRegex: Word is no RE2 expression, or too long.
	FaultRegex FilterFault = "filter_regex"
	// FaultType: Word is no type of messages; Other is the one that was meant, if one is near.
	FaultType FilterFault = "filter_type"
	// FaultLife: the lifetime Word is too short or too long.
	FaultLife FilterFault = "filter_life"
	// FaultTopic: --thread outside a topic.
	FaultTopic FilterFault = "filter_topic"
	// FaultClash: Word and Other contradict each other.
	FaultClash FilterFault = "filter_clash"
	// FaultOrder: the range from Word to Other ends before it begins.
	FaultOrder FilterFault = "filter_order"
	// FaultLong: Word is longer than it may be.
	FaultLong FilterFault = "filter_long"
)

// MaxLast is the largest number of messages that a command may ask for.
const MaxLast = 10000
