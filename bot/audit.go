package bot

import "time"

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

// AuditEntry is the record of one attempt, refusals too. It never holds message text.
type AuditEntry struct {
	// ID is given by the store; entries sort by it.
	ID  string    `json:"id,omitempty"`
	At  time.Time `json:"at"`
	Who UserID    `json:"who,omitempty"`
	// Token and Team are who asked by the HTTP API, in the place of Who.
	Token TokenID `json:"token,omitempty"`
	Team  TeamID  `json:"team,omitempty"`
	Via   Via     `json:"via"`
	Chat  ChatID  `json:"chat,omitempty"`
	// Message is the target, or the id of a post (p_…) that was cancelled; Command the message that asked (empty for reactions).
	Message MessageID `json:"message,omitempty"`
	Command MessageID `json:"command,omitempty"`
	// Job is the job that it was part of.
	Job JobID `json:"job,omitempty"`
	// With are the others who had to agree: whoever approved a job, or reacted too.
	With []UserID `json:"with,omitempty"`
	// Target is whose message it was.
	Target string `json:"target,omitempty"`
	// As is "owner" where it was done with the owner's authorisation, and empty where our bot did it as itself.
	As string `json:"as,omitempty"`
	// Rule is the name of the rule of policy that allowed or refused it.
	Rule   string `json:"rule"`
	Result Result `json:"result"`
	Reason Reason `json:"reason,omitempty"`
	Code   int    `json:"code,omitempty"`
	LogID  string `json:"log_id,omitempty"`
	// Latency is from when it was asked for to the result, in milliseconds.
	Latency int64 `json:"latency_ms"`
	// Words is what the person gave as the reason.
	Words string `json:"words,omitempty"`

	// N, Prev and Hash are the record's place in the chain; the store gives them. See Sealer.
	N    int64  `json:"n,omitempty"`
	Prev string `json:"prev,omitempty"`
	Hash string `json:"hash,omitempty"`
	// Act or Refusal is the record's number among those of its kind, Seal how the seal of the chain's end was found, Seen
	// what was beyond that end. See Head.
	Act     int64    `json:"act,omitempty"`
	Refusal int64    `json:"refusal,omitempty"`
	Seal    SealMark `json:"seal,omitempty"`
	Seen    int64    `json:"seen,omitempty"`
	// ChatPrev is the number of the record before it among its chat's of the same kind, as far as the replica knew.
	ChatPrev int64 `json:"chat_prev,omitempty"`
}

// Refused reports whether nothing was done because policy said no. All others are acts.
func (e AuditEntry) Refused() bool { return e.Result == Refused }

// RuleConsent is AuditEntry.Rule of what became of an authorisation: its person and the platform decide, and nobody else.
const RuleConsent = "own_consent"

// AsOwner is AuditEntry.As for what was done with the owner's authorisation.
const AsOwner = "owner"
