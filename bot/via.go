package bot

// Via is the way in by which somebody asked for a recall.
type Via string

// The ways in.
const (
	// ViaReply is /recall as a reply in a group.
	ViaReply Via = "reply"
	// ViaReaction is an emoji on the message.
	ViaReaction Via = "reaction"
	// ViaP2P is /recall in the two-person chat with our bot.
	ViaP2P Via = "p2p"
	// ViaTidy is our bot taking the command itself away after it was carried out.
	ViaTidy Via = "tidy"
	// ViaClean is a job that a command asked for: a number or a filter.
	ViaClean Via = "clean"
	// ViaButton is a button of a card: a retry, a setting.
	ViaButton Via = "button"
	// ViaQuorum is the reactions of so many people that nobody's right is needed.
	ViaQuorum Via = "quorum"
	// ViaCascade is the recall of the message that a post of ours answered.
	ViaCascade Via = "cascade"
	// ViaUndo posts again what was taken.
	ViaUndo Via = "undo"
	// ViaSettings changes a chat's settings by a command.
	ViaSettings Via = "settings"
	// ViaOperator is the command line.
	ViaOperator Via = "operator"
	// ViaAPI is a call of the HTTP API.
	ViaAPI Via = "api"
	// ViaLifetime is a time that ran out.
	ViaLifetime Via = "lifetime"
	// ViaCancelled takes back a post that was sent just when somebody cancelled it.
	ViaCancelled Via = "cancelled"
	// ViaConsent is an owner who authorises us, or does not: /recall authorize and the platform's page of consent.
	ViaConsent Via = "consent"
	// ViaDeauthorize is /recall deauthorize.
	ViaDeauthorize Via = "deauthorize"
	// ViaPlatform is the platform's word that an authorisation has ended.
	ViaPlatform Via = "platform"
)

// Result is how an attempt ended.
type Result string

// The results.
const (
	// Done: we recalled it.
	Done Result = "recalled"
	// AlreadyGone: somebody else had.
	AlreadyGone Result = "already_gone"
	// Refused: policy said no; the platform was not asked to recall.
	Refused Result = "refused"
	// Failed: the platform said no, for good.
	Failed Result = "failed"
	// DryRun: it would have been recalled.
	DryRun Result = "dry_run"
	// Restored: it was posted again.
	Restored Result = "restored"
	// Changed: a setting was changed.
	Changed Result = "changed"
	// Asked: the platform was asked to recall a batch, and does so by itself.
	Asked Result = "asked"
	// Cancelled: it was not posted yet, and is not any more.
	Cancelled Result = "cancelled"
	// Authorised: an owner has authorised us.
	Authorised Result = "authorised"
	// Deauthorised: an authorisation has ended.
	Deauthorised Result = "deauthorised"
)
