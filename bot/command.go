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
	// VerbMine lists the posts whose author the person is.
	VerbMine Verb = "mine"
	// VerbTTL sets the lifetimes of our posts; its Args are read by command.ParseLifetime.
	VerbTTL Verb = "ttl"
	// VerbWatch lists and changes the rules on bots' posts; its Args are read by command.ParseWatch.
	VerbWatch Verb = "watch"
	// VerbQuarantine recalls what a bot posts for a time, VerbRelease ends that; command.ParseQuarantine reads their Args.
	VerbQuarantine Verb = "quarantine"
	VerbRelease    Verb = "release"
	// VerbReport is a report about the bots of a chat; command.ParseReport reads its Args.
	VerbReport Verb = "report"
	// VerbBatch is /recall bm-…; the id is its one argument.
	VerbBatch Verb = "batch"
	// VerbGuess is a message that is no command and probably was to be one: Meant.
	VerbGuess Verb = "guess"
	// VerbAuthorize lets us act as the owner, VerbDeauthorize ends that.
	VerbAuthorize   Verb = "authorize"
	VerbDeauthorize Verb = "deauthorize"
)

// Command is a command to the bot.
type Command struct {
	Verb Verb `json:"verb,omitempty"`
	// Args are the words after the verb; quoted words are one. They contain the keys of mentions.
	Args []string `json:"args,omitempty"`
	// Mentions resolve the keys in Args.
	Mentions []Mentioned `json:"mentions,omitempty"`
	// Unknown is the word that is not a verb. The answer is the help then.
	Unknown string `json:"unknown,omitempty"`
	// Meant is the command that a message probably means which is none (see command.Guess). The answer suggests it.
	Meant string `json:"meant,omitempty"`
	// Reason is the text after "--", cut to MaxReason.
	Reason string `json:"reason,omitempty"`
	// Dashed is set where a single long dash began the reason. A phone may have made it of a switch's two dashes, so a clean-up
	// shows a preview first.
	Dashed bool `json:"dashed,omitempty"`
	// Elsewhere is set where the message mentions another bot and not ours. The platform may report the mention of our bot
	// wrongly, so the bare command in a reply still holds, for posts of ours only.
	Elsewhere bool `json:"elsewhere,omitempty"`
	// Chinese is set for a command in Chinese; the answer is in Chinese then.
	Chinese bool `json:"chinese,omitempty"`
}
