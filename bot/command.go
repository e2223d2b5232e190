package bot

// Verb is the word after /recall.
type Verb string

// The verbs. VerbThis, the bare /recall, recalls the message that the command replies to.
const (
	VerbThis   Verb = ""
	VerbHelp   Verb = "help"
	VerbLog    Verb = "log"
	VerbDoctor Verb = "doctor"
	// VerbLast is /recall N, VerbClean /recall clean FILTERS; their Args are read by command.ParseFilter.
	VerbLast     Verb = "last"
	VerbClean    Verb = "clean"
	VerbStop     Verb = "stop"
	VerbStatus   Verb = "status"
	VerbUndo     Verb = "undo"
	VerbSettings Verb = "settings"
	// VerbMine lists what somebody had posted.
	VerbMine Verb = "mine"
	// VerbTTL sets how long our posts stand; its Args are read by command.ParseLifetime.
	VerbTTL Verb = "ttl"
	// VerbBatch is /recall bm-…; the id is its one argument.
	VerbBatch Verb = "batch"
	// VerbAuthorize lets us act as the owner, VerbDeauthorize ends that.
	VerbAuthorize   Verb = "authorize"
	VerbDeauthorize Verb = "deauthorize"
)

// Command is something said to the bot.
type Command struct {
	Verb Verb `json:"verb,omitempty"`
	// Args are the words after the verb; words in quotes are one. Mentions stand in them by their keys.
	Args []string `json:"args,omitempty"`
	// Mentions are who the keys in Args stand for.
	Mentions []Mentioned `json:"mentions,omitempty"`
	// Unknown is the word that is no verb; then nothing but help may follow.
	Unknown string `json:"unknown,omitempty"`
	// Reason is the rest of the line after "--", cut short where it is long.
	Reason string `json:"reason,omitempty"`
	// Dashed is set where a lone long dash, which a phone may have made of a switch's, began the reason: what takes many
	// then shows first what would go.
	Dashed bool `json:"dashed,omitempty"`
	// Elsewhere is set where the message names another bot and not ours. The platform may tell our name wrong, so the bare
	// command in a reply is read all the same: for a post of ours, and for nothing else.
	Elsewhere bool `json:"elsewhere,omitempty"`
	// Chinese is set when the command was spelled in Chinese; the answer then is Chinese too.
	Chinese bool `json:"chinese,omitempty"`
}
