// Package audit is the record of what the bot did: its entries, the chain that shows whether one is missing or was
// changed, and its verification.
package audit

import (
	"time"

	"recallbot/bot"
)

// Entry is the record of one attempt, refusals too. It never holds message text.
type Entry struct {
	// ID is given by the store; entries sort by it.
	ID  string     `json:"id,omitempty"`
	At  time.Time  `json:"at"`
	Who bot.UserID `json:"who,omitempty"`
	// Token and Team are who asked by the HTTP API, in the place of Who.
	Token bot.TokenID `json:"token,omitempty"`
	Team  bot.TeamID  `json:"team,omitempty"`
	Via   bot.Via     `json:"via"`
	Chat  bot.ChatID  `json:"chat,omitempty"`
	// Message is the target, or the id of a post (p_…) that was cancelled; Command the message that asked (empty for reactions).
	Message bot.MessageID `json:"message,omitempty"`
	Command bot.MessageID `json:"command,omitempty"`
	// Job is the job that it was part of.
	Job bot.JobID `json:"job,omitempty"`
	// With are the others who had to agree: whoever approved a job, or reacted too.
	With []bot.UserID `json:"with,omitempty"`
	// Target is whose message it was.
	Target string `json:"target,omitempty"`
	// As is "owner" where it was done with the owner's authorisation, and empty where our bot did it as itself.
	As string `json:"as,omitempty"`
	// Rule is the name of the rule of policy that allowed or refused it.
	Rule   string     `json:"rule"`
	Result bot.Result `json:"result"`
	Reason bot.Reason `json:"reason,omitempty"`
	Code   int        `json:"code,omitempty"`
	LogID  string     `json:"log_id,omitempty"`
	// Latency is from when it was asked for to the result, in milliseconds.
	Latency int64 `json:"latency_ms"`
	// Comment is what the person gave as the reason.
	Comment string `json:"words,omitempty"`

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
func (e Entry) Refused() bool { return e.Result == bot.Refused }

// RuleConsent is audit.Entry.Rule of what became of an authorisation: its person and the platform decide, and nobody else.
const RuleConsent = "own_consent"

// AsOwner is audit.Entry.As for what was done with the owner's authorisation.
const AsOwner = "owner"
