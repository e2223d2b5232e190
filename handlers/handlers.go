// Package handlers is what the bot does: one file, one behaviour. This file is the table of contents.
package handlers

import (
	"context"
	"log/slog"
	"time"

	"recallbot/bot"
	"recallbot/policy"
	"recallbot/recall"
)

// Recaller is the one door to recalling, and the answer to who has a say in a chat.
type Recaller interface {
	Recall(ctx context.Context, req recall.Request) (recall.Outcome, error)
	Refuse(ctx context.Context, req recall.Request, rule policy.Rule, reason bot.Reason) error
	May(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (policy.Decision, error)
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

// Topics finds the newest post of ours in a topic that is not newer than a moment.
type Topics interface {
	// NewestOwn asks the platform; Denied means that we may not look, NotFound that there is none.
	NewestOwn(ctx context.Context, thread bot.ThreadID, before time.Time) (bot.Message, error)
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
	Recent(ctx context.Context, chat bot.ChatID, n int) ([]bot.AuditEntry, error)
}

// Doctor checks the bot's set-up and says what it found, a line each, in the language.
type Doctor interface {
	Examine(ctx context.Context, chat bot.ChatID, lang Language) []string
}

// Chats forgets what is kept about a chat that the bot has left.
type Chats interface {
	Leave(ctx context.Context, chat bot.ChatID) error
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
	answers := &answers{
		speaker: parts.Speaker, once: parts.Once, log: parts.Logger,
		fallback: config.language(), phrases: phrases(),
	}
	recalls := &recalls{Parts: parts, answers: answers}
	commands := []command{
		{verb: bot.VerbThis, usage: "/recall", help: phraseHelpThis, details: phraseMoreThis, handle: recalls.this},
		{
			verb: bot.VerbLog, usage: "/recall log [N]", help: phraseHelpLog, details: phraseMoreLog, needs: needSay,
			handle: (&auditLog{parts, answers, zone}).show,
		},
		{
			verb: bot.VerbDoctor, usage: "/recall doctor", help: phraseHelpDoctor, details: phraseMoreDoctor, needs: needSay,
			handle: (&doctor{parts, answers}).examine,
		},
	}
	commands = append(commands, helpCommand(answers, commands, config.signs()))
	reactions := &reactions{Parts: parts, answers: answers, wanted: config.emojiSet()}
	list := []bot.Handler{
		bot.On("reaction", reactions.want, reactions.handle),
		bot.On("chat_left", always[bot.ChatLeft], (&farewell{parts}).handle),
	}
	for _, c := range commands {
		list = append(list, c.handler())
	}
	return list, nil
}

// command is one word after /recall: the help page and the page of the word come from the same value as its behaviour.
type command struct {
	verb bot.Verb
	// usage is how it is written, help says in a line what it does, and details in several lines how, with two to four
	// examples, each on a line of its own.
	usage   string
	help    phrase
	details phrase
	// needs is what somebody must be in the chat for the help to offer it. It grants nothing.
	needs  need
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

func (c command) handler() bot.Handler {
	name := "command_" + string(c.verb)
	if c.verb == bot.VerbThis {
		name = "command_recall"
	}
	return bot.On(name, func(s bot.Said) bool {
		return s.Command != nil && s.Command.Verb == c.verb && s.By != ""
	}, c.handle)
}

func always[T any](T) bool { return true }
