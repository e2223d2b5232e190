package recalltest

import (
	"context"
	"testing/synctest"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// Configure is a change by a person in the group.
func (s *Env) Configure(who bot.UserID, change func(bot.Settings) (bot.Settings, error)) recall.SettingRequest {
	return recall.SettingRequest{
		CauseID: "e1", Via: bot.ViaSettings, Who: who, Asked: s.Clock.Add(-time.Second), Chat: Here, Command: "om_cmd", Change: change,
	}
}

// Ask asks for the roles concurrently.
func (s *Env) Ask(ctx context.Context, age time.Duration) <-chan Answer {
	answers := make(chan Answer, 1)
	go func() {
		chat, err := s.Roles.Chat(ctx, Here, age)
		answers <- Answer{chat, err}
	}()
	synctest.Wait()
	return answers
}

// Answer is the result of Ask.
type Answer struct {
	Chat bot.Chat
	Err  error
}
