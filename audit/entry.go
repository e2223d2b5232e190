// Package audit defines the entries of the audit, the hash chain that shows whether records are missing or changed, and its
// verification.
package audit

import (
	"time"

	"recallbot/bot"
)

// Entry is the record of one attempt, also of a refused one. It has no text of messages.
type Entry struct {
	// ID is set by the store; entries sort by it.
	ID  string     `json:"id,omitempty"`
	At  time.Time  `json:"at"`
	Who bot.UserID `json:"who,omitempty"`
	// Token and Team are set instead of Who for requests of the HTTP API.
	Token bot.TokenID `json:"token,omitempty"`
	Team  bot.TeamID  `json:"team,omitempty"`
	Via   bot.Via     `json:"via"`
	Chat  bot.ChatID  `json:"chat,omitempty"`
	// Message is the target, or the id of a post (p_…) that was cancelled; Command the message of the command (empty for reactions).
	Message bot.MessageID `json:"message,omitempty"`
	Command bot.MessageID `json:"command,omitempty"`
	// Job is the job that the attempt was part of.
	Job bot.JobID `json:"job,omitempty"`
	// With are the others who agreed: the person who approved a job, or all who reacted.
	With []bot.UserID `json:"with,omitempty"`
	// Target is the sender of the message.
	Target string `json:"target,omitempty"`
	// As is "owner" if the owner's grant was used, and empty if the bot acted as itself.
	As string `json:"as,omitempty"`
	// Rule is the name of the policy's rule that allowed or refused the attempt.
	Rule   string     `json:"rule"`
	Result bot.Result `json:"result"`
	Reason bot.Reason `json:"reason,omitempty"`
	Code   int        `json:"code,omitempty"`
	LogID  string     `json:"log_id,omitempty"`
	// Latency is the time from the request to the result, in milliseconds.
	Latency int64 `json:"latency_ms"`
	// Comment is the person's comment.
	Comment string `json:"words,omitempty"`

	// N, Prev and Hash are the record's place in the chain; set by Sealer.
	N    int64  `json:"n,omitempty"`
	Prev string `json:"prev,omitempty"`
	Hash string `json:"hash,omitempty"`
	// Act or Refusal is the record's number among those of its kind, Seal the state of the head's seal when it was appended, Seen
	// the number of a record that had been after that end. See Head.
	Act     int64    `json:"act,omitempty"`
	Refusal int64    `json:"refusal,omitempty"`
	Seal    SealMark `json:"seal,omitempty"`
	Seen    int64    `json:"seen,omitempty"`
	// ChatPrev is the number of the previous record of its chat and kind, if the replica knew it.
	ChatPrev int64 `json:"chat_prev,omitempty"`
}

// Refused reports whether the policy refused the attempt. All other records are acts.
func (e Entry) Refused() bool { return e.Result == bot.Refused }

// RuleConsent is Entry.Rule of records about a grant, on which only its person and the platform decide.
const RuleConsent = "own_consent"

// AsOwner is Entry.As if the owner's grant was used.
const AsOwner = "owner"
