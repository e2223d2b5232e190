package app

import (
	"log/slog"
	"sync/atomic"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// liveKeys are the settings that a reload changes while the bot runs; all others need a restart.
func liveKeys() []string {
	return []string{
		"feishu.max_event_age", "policy.moderators", "policy.roles_ttl", "chat.emoji", "chat.language", "chat.timezone",
		"log.level", "dry_run",
	}
}

// live is what follows the configuration while the bot runs.
type live struct {
	dryRun     atomic.Bool
	opener     *feishu.Opener
	roles      *recall.Roles
	recallers  []*recall.Recaller
	dispatcher *bot.Dispatcher
	chat       liveChat
	makeChat   func(handlers.Config) (*chatParts, error)
}

// recaller makes a recaller that follows.
func (l *live) recaller(config recall.Config, parts recall.Deps) *recall.Recaller {
	made := recall.New(config, parts)
	l.recallers = append(l.recallers, made)
	return made
}

// begin makes the behaviours, and gives the dispatcher that always knows those of now.
func (l *live) begin(config Config, makeChat func(handlers.Config) (*chatParts, error), log *slog.Logger) (*bot.Dispatcher, error) {
	l.makeChat = makeChat
	var err error
	if l.dispatcher, err = bot.NewDispatcher(); err != nil {
		return nil, err
	}
	return l.dispatcher, l.apply(config, log)
}

// apply makes everything follow a valid configuration. Work under way goes on as it began.
func (l *live) apply(config Config, log *slog.Logger) error {
	chat, err := l.makeChat(config.Chat)
	if err != nil {
		return err
	}
	if err := l.dispatcher.Replace(chat.list...); err != nil {
		return err
	}
	l.chat.Store(chat)
	l.dryRun.Store(config.DryRun)
	rules := recall.Rules{Policy: policy.New(config.Policy.Config), DryRun: config.DryRun}
	for _, r := range l.recallers {
		r.Follow(rules)
	}
	l.roles.KeepFor(config.Policy.RolesTTL)
	l.opener.SetMaxAge(config.Feishu.MaxEventAge)
	setLevel(log, config.Log)
	return nil
}
