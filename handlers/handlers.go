// Package handlers is what the bot does: one file, one behaviour. This file is the table of contents.
package handlers

import (
	"context"
	"log/slog"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
)

// Recaller is the one door to recalling and to settings, and the answer to who has a say in a chat.
type Recaller interface { //nolint:interfacebloat // what handlers ask of the door
	Recall(ctx context.Context, req recall.Request) (recall.Outcome, error)
	Refuse(ctx context.Context, req recall.Request, rule policy.Rule, reason bot.Reason) error
	May(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (policy.Decision, error)
	// Manage is May for what only the owner and managers may do.
	Manage(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (policy.Decision, error)
	// Alone reports whether somebody who may manage the chat is the only one there who has a say.
	Alone(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (bool, error)
	// Configure changes a chat's settings, and gives what changed.
	Configure(ctx context.Context, req recall.SettingRequest) (policy.Decision, []bot.SettingDiff, error)
}

// Settings are what the chats' owners and managers have set. All but the first call cost nothing: they tell intake
// whether any chat wishes something, and may be some seconds old.
type Settings interface {
	Settings(ctx context.Context, chat bot.ChatID) (bot.Settings, error)
	// Emoji reports whether any chat chose the emoji for itself.
	Emoji(key string) bool
	Quorums() bool
	Cascades() bool
}

// Votes counts the people who reacted to a message.
type Votes interface {
	// Vote notes that a person reacted, or took that back, and gives all whose reactions stand.
	Vote(
		ctx context.Context, id bot.MessageID, who bot.UserID, emoji string, at time.Time, stands bool,
	) ([]bot.UserID, error)
}

// Messages finds a message in the index.
type Messages interface {
	Find(ctx context.Context, id bot.MessageID) (bot.Message, bool, error)
}

// Replies finds our posts that answer a message, as far as they were remembered.
type Replies interface {
	To(ctx context.Context, id bot.MessageID) ([]bot.MessageID, error)
}

// History reads a chat's messages from the platform, the newest first; Denied means that we may not.
type History interface {
	History(ctx context.Context, q bot.HistoryQuery) (bot.HistoryPage, error)
}

// Speaker says things in chats. Persons are named in a text by bot.Mention; all else in it is shown as it stands.
type Speaker interface {
	// React puts an emoji on a message.
	React(ctx context.Context, id bot.MessageID, emoji string) error
	// Whisper shows a card in a group to one person alone. It can't be made to happen at most once.
	Whisper(ctx context.Context, chat bot.ChatID, to bot.UserID, text string) error
	// Tell writes to a person in the two-person chat; the same key says it once.
	Tell(ctx context.Context, to bot.UserID, text, key string) error
	// Reply answers a message in its chat, for its author; the same key says it once.
	Reply(ctx context.Context, to bot.MessageID, author bot.UserID, text, key string) error
}

// Topics finds the newest message of ours in a topic that is not newer than a moment and is a post.
type Topics interface {
	// NewestOwn asks the platform; Denied means that we may not look, NotFound that there is none.
	NewestOwn(
		ctx context.Context, thread bot.ThreadID, before time.Time, isPost func(context.Context, bot.Message) (bool, error),
	) (bot.Message, error)
}

// OwnPosts finds our own posts of a topic in the index.
type OwnPosts interface {
	NewestOwn(ctx context.Context, chat bot.ChatID, thread bot.ThreadID, before time.Time) (bot.Message, bool, error)
}

// Once makes things happen once, for all replicas together.
type Once interface {
	// First reports true for the first call with the key within the time.
	First(ctx context.Context, key string, within time.Duration) (bool, error)
	// Forget makes the next call with the key the first again.
	Forget(ctx context.Context, key string) error
	// Keep remembers the first value given for the key and gives that one; Kept gives it, or the empty string.
	Keep(ctx context.Context, key, value string, within time.Duration) (string, error)
	Kept(ctx context.Context, key string) (string, error)
}

// Log reads the audit of a chat, newest first.
type Log interface {
	Recent(ctx context.Context, chat bot.ChatID, n int) ([]audit.Entry, error)
}

// Doctor checks the bot's set-up and says what it found, a line each, in the language.
type Doctor interface {
	Examine(ctx context.Context, chat bot.ChatID, lang Language) []string
}

// Chats forgets what is kept about a chat that the bot has left.
type Chats interface {
	Leave(ctx context.Context, chat bot.ChatID) error
}

// Jobs are recalls of many messages, and their undoing; jobs.Engine are.
type Jobs interface {
	// Start makes a job, the same for the same work. Denied says why nothing begins; that is recorded.
	Start(ctx context.Context, req jobs.Request) (bot.Job, error)
	// Line is the chat's jobs that run and wait, the running one first; Asking those that ask somebody to confirm or approve.
	Line(ctx context.Context, chat bot.ChatID) ([]bot.Job, error)
	Asking(ctx context.Context, chat bot.ChatID) ([]bot.Job, error)
	Find(ctx context.Context, id bot.JobID) (bot.Job, error)
}

// Presses are what the buttons of a job do; jobs.Engine do it. Denied says why nothing happens; that is recorded where
// it matters.
type Presses interface {
	Confirm(ctx context.Context, id bot.JobID, key string, who bot.UserID) error
	Cancel(ctx context.Context, id bot.JobID, key string, who bot.UserID) error
	Approve(ctx context.Context, id bot.JobID, key string, who bot.UserID) error
	Retry(ctx context.Context, id bot.JobID, key string, who bot.UserID) error
	// Stop takes the empty key for a job that is named by its id.
	Stop(ctx context.Context, id bot.JobID, key string, who bot.UserID) error
}

// Parts are what the behaviours work with.
type Parts struct {
	Recaller Recaller
	Speaker  Speaker
	Topics   Topics
	OwnPosts OwnPosts
	Once     Once
	Log      Log
	Doctor   Doctor
	Chats    Chats
	Cards    Cards
	Settings Settings
	Votes    Votes
	Messages Messages
	Replies  Replies
	History  History
	Jobs     Jobs
	Presses  Presses
	// Posts are what was posted through the API, Groups finds those of a broadcast, Reads what they say, and Rooms what
	// their chats are called.
	Posts  Posts
	Groups Groups
	Reads  recall.PostReader
	Rooms  Rooms
	// Timers and Oldest are what lifetimes need; RecallWindow is how long after sending the organisation lets messages be
	// recalled, or 0, and InTime the longest lifetime that ends before that.
	Timers       Timers
	Oldest       Oldest
	RecallWindow time.Duration
	InTime       time.Duration
	// Archive keeps what was taken; nil where it is off.
	Archive     Takes
	BatchRights BatchRights
	// Consents are what owners authorise us to; nil where that is off. Lending says who may.
	Consents Consents
	Lending  Lending
	Logger   *slog.Logger
	// Now is the clock.
	Now func() time.Time
}

// New is the list of all behaviours.
func New(config Config, parts Parts) ([]bot.Handler, error) {
	zone, err := time.LoadLocation(config.Timezone)
	if err != nil {
		return nil, bot.Errorf(bot.Invalid, "chat.timezone: %w", err)
	}
	answers := newAnswers(config, parts)
	settings := &settings{Parts: parts, answers: answers, usual: config.Emoji}
	reactions := &reactions{Parts: parts, answers: answers, usual: config.Emoji}
	cascade := &cascade{parts}
	presses, undos := &presses{parts, answers}, &undos{parts, answers}
	mine := &mine{parts, answers, zone}
	list := []bot.Handler{
		bot.On("reaction", reactions.want, reactions.handle),
		bot.On("unreaction", reactions.wantBack, reactions.takeBack),
		bot.On("cascade", cascade.want, cascade.handle),
		parts.pressed("settings_press", answers, settings.wantPress, settings.press),
		parts.pressed("job_press", answers, presses.want, presses.handle),
		parts.pressed("undo_press", answers, undos.wantPress, undos.press),
		parts.pressed("post_press", answers, mine.wantPress, mine.press),
		bot.On("lifetime", always[bot.Due], (&lifetimes{parts, answers, zone}).due),
		bot.On("chat_left", always[bot.ChatLeft], (&farewell{parts}).handle),
	}
	if parts.Consents != nil {
		list = append(list, bot.On("revoked", always[bot.Revoked], (&consents{parts, answers}).revoked))
	}
	for _, c := range commands(config, parts, answers, zone) {
		list = append(list, c.handler(parts, answers))
	}
	return list, nil
}

// commands is the list of all words after /recall, in the order in which the help shows them.
func commands(config Config, parts Parts, answers *answers, zone *time.Location) []commandSpec {
	recalls := &recalls{Parts: parts, answers: answers}
	settings := &settings{Parts: parts, answers: answers, usual: config.Emoji}
	cleans, list := &cleans{parts, answers, zone}, &jobCommands{parts, answers}
	help := &help{Parts: parts, answers: answers, usual: config.Emoji}
	help.commands = []commandSpec{
		{verb: bot.VerbThis, usage: "/recall", help: phraseHelpThis, details: phraseMoreThis, handle: recalls.this},
		{
			verb: bot.VerbLast, usage: "/recall N", help: phraseHelpLast, details: phraseMoreLast, needs: needSay,
			via: bot.ViaClean, handle: cleans.start,
		},
		{
			verb: bot.VerbClean, usage: "/recall clean …", help: phraseHelpClean, details: phraseMoreClean, needs: needSay,
			via: bot.ViaClean, handle: cleans.start,
		},
		{
			verb: bot.VerbStop, usage: "/recall stop [JOB]", help: phraseHelpStop, details: phraseMoreStop, needs: needSay,
			handle: list.stop,
		},
		{
			verb: bot.VerbStatus, usage: "/recall status", help: phraseHelpStatus, details: phraseMoreStatus, needs: needSay,
			handle: list.status,
		},
		{
			verb: bot.VerbUndo, usage: "/recall undo [JOB]", help: phraseHelpUndo, details: phraseMoreUndo, needs: needSay,
			via: bot.ViaUndo, handle: (&undos{parts, answers}).undo,
		},
		{
			verb: bot.VerbMine, usage: "/recall mine [N]", help: phraseHelpMine, details: phraseMoreMine,
			handle: (&mine{parts, answers, zone}).list,
		},
		{
			verb: bot.VerbBatch, usage: "/recall bm-…", help: phraseHelpBatch, details: phraseMoreBatch, needs: needSay,
			via: bot.ViaP2P, handle: (&batches{parts, answers}).recall,
		},
		{
			verb: bot.VerbLog, usage: "/recall log [N]", help: phraseHelpLog, details: phraseMoreLog, needs: needSay,
			handle: (&auditLog{parts, answers, zone}).show,
		},
		{
			verb: bot.VerbDoctor, usage: "/recall doctor", help: phraseHelpDoctor, details: phraseMoreDoctor, needs: needSay,
			handle: (&doctor{parts, answers}).examine,
		},
		{
			verb: bot.VerbTTL, usage: "/recall ttl …", help: phraseHelpTTL, details: phraseMoreTTL, needs: needManage,
			via: bot.ViaSettings, handle: (&lifetimes{parts, answers, zone}).handle,
		},
		{
			verb: bot.VerbSettings, usage: "/recall settings", help: phraseHelpSettings, details: phraseMoreSettings,
			needs: needManage, via: bot.ViaSettings, handle: settings.handle,
		},
		{
			verb: bot.VerbAuthorize, usage: "/recall authorize", help: phraseHelpAuthorize, details: phraseMoreAuthorize,
			needs: needManage, via: bot.ViaConsent, handle: (&consents{parts, answers}).begin,
		},
		{
			verb: bot.VerbDeauthorize, usage: "/recall deauthorize", help: phraseHelpDeauthorize, details: phraseMoreDeauthorize,
			needs: needManage, handle: (&consents{parts, answers}).end,
		},
		{
			verb: bot.VerbHelp, usage: "/recall help [WORD]", help: phraseHelpHelp, details: phraseMoreHelp,
			handle: help.handle,
		},
	}
	return help.commands
}

// commandSpec is one word after /recall: the help page and the page of the word come from the same value as its behaviour.
type commandSpec struct {
	verb bot.Verb
	// usage is how it is written, help says in a line what it does, and details in several lines how, with two to four
	// examples, each on a line of its own.
	usage   string
	help    phrase
	details phrase
	// needs is what somebody must be in the chat for the help to offer it. It grants nothing.
	needs need
	// via is the way in under which it is recorded that it came to nothing; empty where that is not recorded.
	via    bot.Via
	handle func(context.Context, bot.Delivery, bot.Said) error
}

// need is what somebody must be in a chat to use a command.
type need uint8

// The needs.
const (
	// needNothing: anybody may, at least for what is theirs.
	needNothing need = iota
	// needSay: the owner, managers, moderators, and in p2p the counterpart.
	needSay
	// needManage: the owner, managers, and in p2p the counterpart.
	needManage
)

func (c commandSpec) handler(p Parts, a *answers) bot.Handler {
	name := "command_" + string(c.verb)
	if c.verb == bot.VerbThis {
		name = "command_recall"
	}
	return bot.On(name, func(s bot.Said) bool {
		return s.Command != nil && s.Command.Verb == c.verb && s.By != ""
	}, func(ctx context.Context, d bot.Delivery, said bot.Said) error {
		err := c.handle(ctx, d, said)
		reason := unanswered(d, err)
		if reason == "" || c.verb == bot.VerbThis { // which tells of its last failure itself
			return err
		}
		req := request(d, said)
		req.Via, req.Target = c.via, ""
		return p.giveUp(ctx, a, a.recipient(ctx, d, said), req, err, reason)
	})
}

func always[T any](T) bool { return true }
