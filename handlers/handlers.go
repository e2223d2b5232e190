// Package handlers is what the bot does: one file, one behaviour. This file has the list of the commands, and what several
// behaviours work with.
package handlers

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
)

// Behaviour is what the bot does about some events.
type Behaviour interface{ Handlers() []bot.Handler }

// List is the handlers of behaviours.
func List(behaviours ...Behaviour) []bot.Handler {
	var list []bot.Handler
	for _, b := range behaviours {
		list = append(list, b.Handlers()...)
	}
	return list
}

// commands is the list of all words after /recall, in the order in which the help shows them.
func commands() []commandSpec {
	return []commandSpec{
		{verb: bot.VerbThis, section: text.HelpOne},
		{verb: bot.VerbLast, section: text.HelpMany, needs: needRecall, via: bot.ViaClean},
		{verb: bot.VerbClean, section: text.HelpMany, needs: needRecall, via: bot.ViaClean, opens: true},
		{verb: bot.VerbBatch, section: text.HelpMany, needs: needRecall, via: bot.ViaP2P},
		{verb: bot.VerbMine, section: text.HelpOwn, opens: true},
		{verb: bot.VerbStatus, needs: needRecall},
		{verb: bot.VerbStop, needs: needRecall},
		{verb: bot.VerbUndo, section: text.HelpAfter, needs: needRecall, via: bot.ViaUndo},
		{verb: bot.VerbLog, section: text.HelpAfter, needs: needRecall, opens: true},
		{verb: bot.VerbSettings, section: text.HelpChat, needs: needManage, via: bot.ViaSettings, opens: true},
		{verb: bot.VerbTTL, section: text.HelpChat, needs: needManage, via: bot.ViaSettings},
		{verb: bot.VerbWatch, section: text.HelpChat, needs: needRecall, via: bot.ViaSettings, opens: true},
		{verb: bot.VerbReport, section: text.HelpChat, needs: needRecall, via: bot.ViaSettings, opens: true},
		{verb: bot.VerbQuarantine, needs: needRecall, via: bot.ViaSettings},
		{verb: bot.VerbRelease, needs: needRecall, via: bot.ViaSettings},
		{verb: bot.VerbAuthorize, section: text.HelpChat, needs: needManage, via: bot.ViaConsent},
		{verb: bot.VerbDoctor, needs: needRecall},
		{verb: bot.VerbDeauthorize, needs: needManage},
		{verb: bot.VerbHelp},
	}
}

// commandSpec is one word after /recall.
type commandSpec struct {
	verb bot.Verb
	// section is the part of the help that lists it; empty if it has only a button there.
	section text.Key
	// opens is set where the help has a button for it.
	opens bool
	// needs is what a person must be in the chat for the help to offer it. It grants nothing.
	needs need
	// via is the Via under which a failure is recorded; empty if it is not recorded.
	via bot.Via
}

// need is what a person must be in a chat to use a command.
type need uint8

// The needs.
const (
	// needNothing: all may, at least for what is theirs.
	needNothing need = iota
	// needRecall: the owner, managers, moderators, and in p2p the counterpart.
	needRecall
	// needManage: the owner, managers, and in p2p the counterpart.
	needManage
)

// command is the handler of a command of the list. If the last run fails, the person gets the reason. Recall does not use it: it
// answers its last failure itself.
func (a *Answers) command(verb bot.Verb, handle func(context.Context, bot.Delivery, bot.Said) error) bot.Handler {
	return bot.On("command_"+string(verb), isCommand(verb), func(ctx context.Context, d bot.Delivery, said bot.Said) error {
		err := handle(ctx, d, said)
		reason := giveUpReason(d, err)
		if reason == "" {
			return err
		}
		req := request(d, said)
		req.Target = ""
		for _, c := range commands() {
			if c.verb == verb {
				req.Via = c.via
			}
		}
		return a.giveUp(ctx, a.recipient(ctx, d, said), req, err, reason)
	})
}

// isCommand is the condition for a command of the list.
func isCommand(verb bot.Verb) func(bot.Said) bool {
	return func(s bot.Said) bool { return s.Command != nil && s.Command.Verb == verb && s.By != "" }
}

func always[T any](T) bool { return true }

// Recaller recalls messages, and records what is refused before that.
type Recaller interface {
	Recall(ctx context.Context, req recall.Request) (recall.Outcome, error)
	Refuse(ctx context.Context, req recall.Request, rule policy.Rule, reason bot.Reason) error
}

// Rights decides who may do what in a chat, and changes its settings; recall.Recaller implements it.
type Rights interface {
	// May is for what the owner, managers and moderators may do, Manage for what only the owner and managers may.
	May(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (policy.Decision, error)
	Manage(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (policy.Decision, error)
	// Alone reports whether a person who may manage the chat is the only one there who may recall.
	Alone(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (bool, error)
	// Configure changes a chat's settings, and gives what changed.
	Configure(ctx context.Context, req recall.SettingRequest) (policy.Decision, []bot.SettingDiff, error)
}

// Settings are the settings of chats. All methods but the first read memory, for intake: they report whether any chat has set
// something, and may be some seconds old.
type Settings interface {
	Settings(ctx context.Context, chat bot.ChatID) (bot.Settings, error)
	// Emoji reports whether any chat chose the emoji for itself.
	Emoji(key string) bool
	Quorums() bool
	Cascades() bool
}

// Speaker sends texts to chats. Persons are named in a text by bot.Mention; all else in it is shown as it is.
type Speaker interface {
	// React puts an emoji on a message.
	React(ctx context.Context, id bot.MessageID, emoji string) error
	// Whisper shows a card in a group to one person alone. It has no key: a repeated call shows another card.
	Whisper(ctx context.Context, chat bot.ChatID, to bot.UserID, said string) error
	// Tell writes to a person in the two-person chat, once for a key.
	Tell(ctx context.Context, to bot.UserID, said, key string) error
	// Say tells all in a chat, once for a key.
	Say(ctx context.Context, chat bot.ChatID, said, key string) error
	// Reply answers a message in its chat, for its author, once for a key.
	Reply(ctx context.Context, to bot.MessageID, author bot.UserID, said, key string) error
}

// Once remembers keys, for all replicas.
type Once interface {
	// First reports true for the first call with the key within the time.
	First(ctx context.Context, key string, within time.Duration) (bool, error)
	// Forget deletes the key, so that the next call of First returns true.
	Forget(ctx context.Context, key string) error
	// Keep stores the first value of the key, and returns the stored one. Kept returns it, or "".
	Keep(ctx context.Context, key, value string, within time.Duration) (string, error)
	Kept(ctx context.Context, key string) (string, error)
}

// Jobs are recalls of many messages, and undos; jobs.Engine implements it.
type Jobs interface {
	// Start makes a job, the same for the same work. It returns Denied with the reason if it may not begin; that is recorded.
	Start(ctx context.Context, req jobs.Request) (bot.Job, error)
	// Line is the chat's jobs that run and wait, the running one first; Asking those that ask for confirmation or approval.
	Line(ctx context.Context, chat bot.ChatID) ([]bot.Job, error)
	Asking(ctx context.Context, chat bot.ChatID) ([]bot.Job, error)
	Find(ctx context.Context, id bot.JobID) (bot.Job, error)
	// Stop ends a job. The key is that of its button, empty for a job that is named by its id. It returns Denied with the reason
	// if nothing happens.
	Stop(ctx context.Context, id bot.JobID, key string, who bot.UserID) error
}
