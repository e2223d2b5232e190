package recall

import (
	"context"
	"errors"
	"time"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// Request asks for the recall of one message.
type Request struct {
	// CauseID is the event's id. The same cause is recorded once, however often it runs.
	CauseID bot.EventID
	Via     bot.Via
	// Who is the person who asks. By is set instead for an API token.
	Who bot.UserID
	By  *bot.Principal
	// Asked is when, by the platform's clock.
	Asked time.Time
	// Chat is where it was asked for. It is empty for a reaction: the event does not name the chat.
	Chat bot.ChatID
	P2P  bool
	// Target is the message. Known is set when it need not be looked up.
	Target bot.MessageID
	Known  *bot.Message
	// Post is the post of the API to recall, sent or not. Target and Known are filled from it.
	Post bot.PostID
	// Posted is the post of the API that a message to restore was; nil where it was none.
	Posted *bot.Post
	// Command is the message that asked, if there is one.
	Command bot.MessageID
	// Comment is the reason that the person gave.
	Comment string
	// Job is the job that the request is part of.
	Job bot.JobID
	// With are the people who reacted, for a quorum.
	With []bot.UserID
	// Watch is the rule or the quarantine that recalls it, with ViaWatch.
	Watch bot.WatchCause
	// Keep archives the target although a job recalls it.
	Keep bool
	// Wanted, when set, is called with the settings of the target's chat. Where it returns false, nothing is tried and nothing
	// recorded, and the outcome has no result.
	Wanted func(bot.Settings) bool
	// Unless, when set, is called while our store is read. Where it returns true, nothing is tried and nothing recorded, and the
	// outcome has no result.
	Unless func(ctx context.Context) bool
	// OwnOnly leaves alone all that is not known to be ours: nothing is recorded then, and the outcome has no result.
	OwnOnly bool
	// OnAnswer, when set, is called where the target is an answer of our bot. Its error ends the attempt.
	OnAnswer func(ctx context.Context, target bot.Message) error
	// Redelivered is set where an earlier run of the same work may have acted.
	Redelivered bool
	// BestEffort treats what the platform fails to say as unknown, instead of asking again later.
	BestEffort bool
	// Last makes a failure final, so that it is recorded.
	Last bool
	// Before is the failure of the attempt before the last one. The record has its code and log id where the last one gets no answer.
	Before error

	// ahead is what was read in advance.
	ahead reads
}

// Outcome is how a request ended.
type Outcome struct {
	Result bot.Result
	Rule   policy.Rule
	Reason bot.Reason
	// Code and LogID are the platform's.
	Code  int
	LogID string
	// Target is what is known of the message, Chat what is known of its chat.
	Target bot.Message
	Chat   *bot.Chat
	// Take is the id under which the target is archived; empty where it is not.
	Take bot.JobID
	// As is audit.AsOwner where the owner's grant was used.
	As string
	// Ranked is set where our bot may recall other people's messages in the chat, or might.
	Ranked bool
}

// OK reports whether the message is gone, or will not be posted.
func (o Outcome) OK() bool {
	return o.Result == bot.Done || o.Result == bot.AlreadyGone || o.Result == bot.Cancelled
}

// concerns reports whether the request is about such a message.
func (req Request) concerns(ctx context.Context, target bot.Message) (bool, error) {
	if req.OwnOnly && target.Kind != bot.KindOwn {
		return false, nil
	}
	if target.Answer && req.OnAnswer != nil {
		if err := req.OnAnswer(ctx, target); err != nil {
			return false, err
		}
	}
	return true, nil
}

// retryLater reports whether an error makes the request run again later. A platform that gave no answer of its own is waited
// for even with BestEffort: it could not carry out the recall either.
func (req Request) retryLater(err error) bool {
	return bot.Retryable(err) && (!req.BestEffort || Unreachable(err) || bot.KindOf(err) == bot.RateLimited)
}

// isReply reports whether a person replied to the target, in the chat that the signed event names.
func (req Request) isReply() bool {
	return req.By == nil && req.Chat != "" && (req.Via == bot.ViaReply || req.Via == bot.ViaP2P)
}

// notOwn reports whether our app is known not to have sent the target. A message that the platform shows without a sender
// is one of the group itself.
func (req Request) notOwn(target bot.Message, lookup error) bool {
	shown := lookup == nil && req.Known == nil
	return errors.Is(lookup, errNotOwn) || (shown && target.Kind == bot.KindUnknown)
}

// Across makes the request one for a target in its own chat, which may be another than the job's. A target of unknown
// kind is looked up again.
func (req *Request) Across(known bot.Message) {
	req.Chat, req.P2P, req.Keep = known.Chat, false, true
	if known.Kind == bot.KindUnknown {
		req.Known = nil
	}
}
