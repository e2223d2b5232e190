package recall

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// Request asks for one message to be taken back.
type Request struct {
	// CauseID names the cause, so that the same cause is recorded once however often it runs: the event's id.
	CauseID bot.EventID
	Via     bot.Via
	// Who asks, and when by the platform's clock. By is who asks by an API token, in the place of Who.
	Who   bot.UserID
	By    *bot.Principal
	Asked time.Time
	// Chat is where it was asked; empty for reactions.
	Chat bot.ChatID
	P2P  bool
	// Target is the message. Known is set when it need not be looked up.
	Target bot.MessageID
	Known  *bot.Message
	// Post is the post of the API that is to be taken back, whether it was sent or not; then Target and Known are learned.
	Post bot.PostID
	// Posted is what a message that is to be restored is as a post of the API, if it is one.
	Posted *bot.Post
	// Command is the message that asked, if one did.
	Command bot.MessageID
	// Comment is what the person gave as the reason.
	Comment string
	// Job is the job that it is part of, and With are the others who had to agree.
	Job  bot.JobID
	With []bot.UserID
	// Keep has the target kept in the archive though a job recalls it.
	Keep bool
	// Wanted, when set, is asked once it is known where the target stands; where it says no, nothing is tried, nothing
	// recorded, and the outcome has no result.
	Wanted func(bot.Settings) bool
	// OwnOnly: what is not known to be ours is left alone; nothing is recorded then, and the outcome has no result.
	OwnOnly bool
	// OnAnswer, when set, is asked where the target is an answer of our bot's own; its error is that of the attempt.
	OnAnswer func(ctx context.Context, target bot.Message) error
	// Again: an earlier run of the same work may have acted.
	Redelivered bool
	// Hurry: what the platform fails to tell now is taken as not known, rather than asked again later.
	BestEffort bool
	// Last: a failure is final and must be recorded.
	Last bool
}

// Outcome is how it ended.
type Outcome struct {
	Result bot.Result
	Rule   policy.Rule
	Reason bot.Reason
	// Code and LogID are the platform's, for the person and the support.
	Code  int
	LogID string
	// Target is what is known of the message, Chat what is known of where it stands.
	Target bot.Message
	Chat   *bot.Chat
	// Take is under which id the target is kept in the archive, if it is.
	Take bot.JobID
	// As is bot.AsOwner where it was done with the owner's authorisation.
	As string
	// Ranked is set where our bot may take away other people's messages, or may be allowed to.
	Ranked bool
}

// OK reports whether the message is gone, or will not be posted.
func (o Outcome) OK() bool {
	return o.Result == bot.Done || o.Result == bot.AlreadyGone || o.Result == bot.Cancelled
}
