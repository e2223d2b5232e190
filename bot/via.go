package bot

// Via is how a recall was asked for.
type Via string

// How a recall can be asked for.
const (
	// ViaReply is /recall as a reply in a group.
	ViaReply Via = "reply"
	// ViaReaction is a reaction to the message.
	ViaReaction Via = "reaction"
	// ViaP2P is /recall in the two-person chat with our bot.
	ViaP2P Via = "p2p"
	// ViaTidy is our bot removing a command after it was carried out.
	ViaTidy Via = "tidy"
	// ViaClean is a clean-up by a command: a number or a filter.
	ViaClean Via = "clean"
	// ViaButton is a button of a card: a retry, a setting.
	ViaButton Via = "button"
	// ViaQuorum is the reactions of enough people.
	ViaQuorum Via = "quorum"
	// ViaCascade is the recall of the message that a post of ours answered.
	ViaCascade Via = "cascade"
	// ViaWatch is a rule on bots' posts, or a quarantine.
	ViaWatch Via = "watch"
	// ViaUndo posts recalled posts again.
	ViaUndo Via = "undo"
	// ViaSettings changes a chat's settings by a command.
	ViaSettings Via = "settings"
	// ViaOperator is the command line.
	ViaOperator Via = "operator"
	// ViaAPI is a call of the HTTP API.
	ViaAPI Via = "api"
	// ViaLifetime is the end of a lifetime.
	ViaLifetime Via = "lifetime"
	// ViaCancelled recalls a post that was sent at the moment it was cancelled.
	ViaCancelled Via = "cancelled"
	// ViaConsent is /recall authorize and the platform's consent page.
	ViaConsent Via = "consent"
	// ViaDeauthorize is /recall deauthorize.
	ViaDeauthorize Via = "deauthorize"
	// ViaPlatform is the platform's event that a grant has ended.
	ViaPlatform Via = "platform"
)

// Result is how an attempt ended.
type Result string

// The results.
const (
	// Done: the bot recalled it.
	Done Result = "recalled"
	// AlreadyGone: it was recalled before.
	AlreadyGone Result = "already_gone"
	// Refused: policy refused; the platform was not called.
	Refused Result = "refused"
	// Failed: the platform refused, or did not answer.
	Failed Result = "failed"
	// DryRun: it would have been recalled.
	DryRun Result = "dry_run"
	// Restored: it was posted again.
	Restored Result = "restored"
	// Changed: a setting was changed.
	Changed Result = "changed"
	// Asked: the platform has accepted the recall of a batch.
	Asked Result = "asked"
	// Cancelled: the post was cancelled before it was sent.
	Cancelled Result = "cancelled"
	// Authorised: a grant was given.
	Authorised Result = "authorised"
	// Deauthorised: a grant has ended.
	Deauthorised Result = "deauthorised"
)
