package app

import (
	"sync/atomic"
	"time"

	"recallbot/handlers"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// liveKeys are the settings that a reload changes while the bot runs; all others need a restart. The level of the log is
// changed where it is kept; see setLevel.
func liveKeys() []string {
	return []string{
		"feishu.max_event_age", "policy.moderators", "policy.roles_ttl", "chat.emoji", "chat.language", "chat.timezone",
		"log.level", "dry_run",
	}
}

// liveSettings are made of the settings that a reload changes.
type liveSettings struct {
	rules       recall.Rules
	rolesTTL    time.Duration
	maxEventAge time.Duration
	chat        handlers.ChatDefaults
}

// live gives the settings of now. A reload replaces all of them at once; work under way may see the new ones.
type live struct{ current atomic.Pointer[liveSettings] }

func newLive(config Config) (*live, error) {
	l := &live{}
	return l, l.set(config)
}

// set replaces the settings by those of a valid configuration.
func (l *live) set(config Config) error {
	chat, err := config.Chat.ChatDefaults()
	if err != nil {
		return err
	}
	l.current.Store(&liveSettings{
		rules:    recall.Rules{Policy: policy.New(config.Policy.Config), DryRun: config.DryRun},
		rolesTTL: config.Policy.RolesTTL, maxEventAge: config.Feishu.MaxEventAge, chat: chat,
	})
	return nil
}

// speak changes the language of the chats that have chosen none.
func (l *live) speak(lang text.Language) {
	next := *l.current.Load()
	next.chat.Language = lang
	l.current.Store(&next)
}

func (l *live) rules() recall.Rules         { return l.current.Load().rules }
func (l *live) dryRun() bool                { return l.current.Load().rules.DryRun }
func (l *live) rolesTTL() time.Duration     { return l.current.Load().rolesTTL }
func (l *live) maxEventAge() time.Duration  { return l.current.Load().maxEventAge }
func (l *live) chat() handlers.ChatDefaults { return l.current.Load().chat }
func (l *live) zone() *time.Location        { return l.current.Load().chat.Zone }
