package handlers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall"
)

// ChatSettings is /recall settings: a card with the chat's settings, on which the owner and managers can change them; or one change
// in words.
type ChatSettings struct {
	Answers  *Answers
	Settings Settings
	Rights   Rights
	Once     Once
	Cards    Cards
	Now      func() time.Time
}

// Handlers implements Behaviour.
func (s *ChatSettings) Handlers() []bot.Handler {
	return []bot.Handler{
		s.Answers.command(bot.VerbSettings, s.handle), s.Answers.opened(bot.VerbSettings, s.handle), s.Answers.pressed("settings_press", s.wantPress, s.press),
	}
}

func (s *ChatSettings) handle(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := s.Answers.recipient(ctx, d, said)
	if len(said.Command.Args) == 0 {
		return s.open(ctx, to, said)
	}
	change, err := command.ParseSetting(said.Command.Args, said.Command.Mentions)
	if err != nil {
		return s.fault(ctx, to, err)
	}
	if s.Now().Sub(said.Message.At) > maxCommandAge {
		return s.Answers.refuse(ctx, to, bot.ReasonTooLate)
	}
	return s.change(ctx, to, recall.SettingRequest{
		CauseID: d.Event.ID, Via: bot.ViaSettings, Who: said.By, Asked: said.Message.At, Chat: said.Message.Chat,
		P2P: said.P2P, Command: said.Message.ID, Change: change.Apply,
	})
}

// change changes the settings, and answers with the result.
func (s *ChatSettings) change(ctx context.Context, to recipient, req recall.SettingRequest) error {
	decision, changed, err := s.Rights.Configure(ctx, req)
	switch {
	case err != nil:
		return s.fault(ctx, to, err)
	case !decision.Allow:
		return s.Answers.refuse(ctx, to, decision.Reason)
	case len(changed) == 0:
		return s.Answers.tell(ctx, to, s.Answers.say(to, text.SettingsSame))
	}
	if slices.ContainsFunc(changed, func(d bot.SettingDiff) bool { return d.Key == bot.SetLanguage }) {
		to.lang = s.Answers.language(ctx, req.Chat, "")
	}
	lines := []string{s.Answers.say(to, text.SettingsSaved)}
	for _, diff := range changed {
		lines = append(lines, fmt.Sprintf("%s: %s → %s", s.Answers.say(to, text.Setting(diff.Key)),
			card.SettingValue(to.lang, diff.Before), card.SettingValue(to.lang, diff.After)))
	}
	if slices.ContainsFunc(changed, func(d bot.SettingDiff) bool { return d.Key == bot.SetApprove && d.After != "off" }) {
		alone, err := s.Rights.Alone(ctx, req.Who, req.Chat, req.P2P)
		if err != nil {
			return err
		}
		if alone {
			lines = append(lines, s.Answers.say(to, text.ApproveAlone))
		}
	}
	return s.Answers.tell(ctx, to, strings.Join(lines, "\n"))
}

// fault answers what is wrong with a change; any other error is returned.
func (s *ChatSettings) fault(ctx context.Context, to recipient, err error) error {
	said, ok := to.lang.Setting(err)
	if !ok {
		return err
	}
	return s.Answers.tell(ctx, to, said)
}

// open shows the card.
func (s *ChatSettings) open(ctx context.Context, to recipient, said bot.Said) error {
	chat := said.Message.Chat
	if ok, err := s.Answers.allows(ctx, s.Rights, to, said); !ok {
		return err
	}
	manages, err := s.Rights.Manage(ctx, said.By, chat, said.P2P)
	if err != nil {
		return err
	}
	set, err := s.Settings.Settings(ctx, chat)
	if err != nil {
		return err
	}
	if !manages.Allow {
		_, err := s.Answers.show(ctx, to, card.Settings(to.lang, set, s.Answers.Defaults().Emoji, text.SettingsReadOnly))
		return err
	}
	form, err := s.newForm(ctx, to, said)
	if err != nil {
		return err
	}
	ref, err := s.Answers.show(ctx, to, card.SettingsForm(to.lang, set, form.key))
	if err != nil || ref.ID == "" {
		return err
	}
	return s.remember(ctx, form, ref)
}
