package bot

// Card is the content of a card; package feishu renders it. Its texts are plain, except for mentions (Mention).
type Card struct {
	Title string
	Tone  Tone
	Parts []CardPart
	// Post is set for a card that is posted for others, such as an alert's. All other cards are answers.
	Post bool
}

// Tone is the colour of a card's header.
type Tone string

// The tones.
const (
	ToneInfo    Tone = "info"
	ToneGood    Tone = "good"
	ToneWarning Tone = "warning"
	ToneBad     Tone = "bad"
	ToneMuted   Tone = "muted"
)

// CardPart is one part of a card, from top to bottom. Exactly one of its fields is set.
type CardPart struct {
	// Heading is the title of the parts below it.
	Heading string
	// Text is a paragraph, Note one in small print.
	Text string
	Note string
	// Quotes are excerpts of messages, one per line.
	Quotes []string
	// Bar shows how much of a whole is done.
	Bar *Bar
	// Buttons are in one row.
	Buttons []Button
	// Links are in one row.
	Links []CardLink
	// Form holds fields that are sent together by its one button.
	Form *Form
}

// CardLink is a link with the scheme http or https.
type CardLink struct{ Text, URL string }

// Bar is Done of Total.
type Bar struct{ Done, Total int }

// Button sends its Press when it is pressed.
type Button struct {
	Text  string
	Style ButtonStyle
	Press Press
	// Sure, when set, is the question to confirm first.
	Sure string
}

// ButtonStyle is how a button looks.
type ButtonStyle string

// The styles.
const (
	StylePlain   ButtonStyle = "plain"
	StylePrimary ButtonStyle = "primary"
	StyleDanger  ButtonStyle = "danger"
)

// Form is a list of fields with one button.
type Form struct {
	Fields []Field
	Submit Button
}

// Field is one field of a form: with Options a select, with Many a multiple one, with People a select of people, else a line
// of text.
type Field struct {
	Name    string
	Label   string
	Value   string
	Values  []string
	Options []Option
	Many    bool
	People  bool
}

// Option is one choice.
type Option struct{ Value, Text string }

// Press is the value of a button. Anyone who sees the card can send it, so nothing in it is trusted: Key must equal the
// present key of the job or post.
type Press struct {
	Action Action `json:"a"`
	// Job is the job that it is about, if any.
	Job JobID  `json:"j,omitempty"`
	Key string `json:"k,omitempty"`
	// Post is the post that it is about, if any.
	Post PostID `json:"p,omitempty"`
	// Word is what ActHelp, ActOpen and ActClean are about. Chat is the chat that it is about if the card may be shown elsewhere, and
	// Chinese is set where the answer is to be in Chinese.
	Word    string `json:"w,omitempty"`
	Chat    ChatID `json:"c,omitempty"`
	Chinese bool   `json:"z,omitempty"`
}

// Action is what a button does.
type Action string

// The actions.
const (
	ActConfirm Action = "confirm"
	ActCancel  Action = "cancel"
	ActApprove Action = "approve"
	ActStop    Action = "stop"
	ActRetry   Action = "retry"
	// ActGoOn looks again for what a stopped clean-up did not reach, ActAllBots for the posts of all bots where it found none of ours.
	ActGoOn     Action = "go_on"
	ActAllBots  Action = "all_bots"
	ActUndo     Action = "undo"
	ActSettings Action = "settings"
	// ActLog shows another page of a log.
	ActLog Action = "log"
	// ActTakeBack recalls the post that the button belongs to, ActMine one of a list of posts, and ActMineAll all of its
	// broadcast.
	ActTakeBack Action = "take_back"
	ActMine     Action = "mine"
	ActMineAll  Action = "mine_all"
	// ActHelp shows the help, or how the command of Word is used. ActOpen does what the command of Word does without arguments, which
	// recalls nothing; ActClean previews one of the clean-ups of the menu; ActThis recalls the post that was offered under the key.
	ActHelp  Action = "help"
	ActOpen  Action = "open"
	ActClean Action = "clean"
	ActThis  Action = "this"
	// ActTTL sets a lifetime, for old posts too or for new ones only.
	ActTTL Action = "ttl"
	// ActAsk asks the moderators to recall a message; ActRecall and ActLeave are their answers.
	ActAsk    Action = "ask"
	ActRecall Action = "recall"
	ActLeave  Action = "leave"
	// ActWatch is what a moderator decided about a notice, in Word; ActRule is a change of a rule, as the arguments of /recall watch.
	ActWatch Action = "watch"
	ActRule  Action = "rule"
	// ActStopReading ends the reading of a chat's history for a rehearsal or a report.
	ActStopReading Action = "stop_reading"
	// ActDoctor shows all that a check of the chat found.
	ActDoctor Action = "doctor"
)
