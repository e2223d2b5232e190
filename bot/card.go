package bot

// Card is a card of ours, as far as its meaning goes; feishu draws it. Texts are plain words, in which Mention alone
// means more.
type Card struct {
	Title string
	Tone  Tone
	Parts []CardPart
	// Post is set for a card that is posted for others, such as an alert's: all others are our bot's own answers.
	Post bool
}

// Tone is the mood of a card's head.
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
	// Text is a paragraph; Note a paragraph in small print.
	Text string
	Note string
	// Quotes are lines of what others wrote, each on its own line.
	Quotes []string
	// Bar shows how much of a whole is done.
	Bar *Bar
	// Buttons stand beside each other.
	Buttons []Button
	// Links lead to pages, beside each other.
	Links []CardLink
	// Form holds fields that are sent together by its one button.
	Form *Form
}

// CardLink leads to a page, http or https.
type CardLink struct{ Text, URL string }

// Bar is Done of Total.
type Bar struct{ Done, Total int }

// Button is a button; pressing it sends its Press back.
type Button struct {
	Text  string
	Style ButtonStyle
	Press Press
	// Sure, when set, is asked before the press is sent.
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

// Form is fields with one button.
type Form struct {
	Fields []Field
	Submit Button
}

// Field is one field of a form. Options make it a choice; Many of them may be chosen at once; People makes it a choice of
// persons; with none of these it is a line of text.
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

// Press is what a button of ours means. It comes back from whoever could see the card, so nothing in it is believed: Key
// must be the one that the job, or whatever it is about, has now.
type Press struct {
	Action Action `json:"a"`
	// Job is what it is about, where it is about a job.
	Job JobID  `json:"j,omitempty"`
	Key string `json:"k,omitempty"`
	// Post is what it is about, where it is about a post.
	Post PostID `json:"p,omitempty"`
}

// Action is what a button does.
type Action string

// The actions.
const (
	ActConfirm  Action = "confirm"
	ActCancel   Action = "cancel"
	ActApprove  Action = "approve"
	ActStop     Action = "stop"
	ActRetry    Action = "retry"
	ActUndo     Action = "undo"
	ActSettings Action = "settings"
	// ActTakeBack takes back the post that the button belongs to, ActMine one of a list of posts, and ActMineAll all of
	// its broadcast.
	ActTakeBack Action = "take_back"
	ActMine     Action = "mine"
	ActMineAll  Action = "mine_all"
)
