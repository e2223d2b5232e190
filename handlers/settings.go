package handlers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall"
)

// settings is /recall settings: a card that shows what is set in the chat, to those with a say there, and lets the owner
// and managers change it; or one change, in words.
type settings struct {
	Parts
	answers *answers
	// usual are the emoji of the chats that chose none.
	usual []string
}

func (s *settings) handle(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := s.answers.recipient(ctx, d, said)
	if len(said.Command.Args) == 0 {
		return s.open(ctx, to, said)
	}
	change, err := command.ParseSetting(said.Command.Args, said.Command.Mentions)
	if err != nil {
		return s.fault(ctx, to, err)
	}
	if s.Now().Sub(said.Message.At) > lateness {
		return s.answers.refuse(ctx, to, bot.ReasonTooLate)
	}
	return s.change(ctx, to, recall.SettingRequest{
		CauseID: d.Event.ID, Via: bot.ViaSettings, Who: said.By, Asked: said.Message.At, Chat: said.Message.Chat,
		P2P: said.P2P, Command: said.Message.ID, Change: change.Apply,
	})
}

// change changes the settings, and tells what came of it.
func (s *settings) change(ctx context.Context, to recipient, req recall.SettingRequest) error {
	decision, changed, err := s.Recaller.Configure(ctx, req)
	switch {
	case err != nil:
		return s.fault(ctx, to, err)
	case !decision.Allow:
		return s.answers.refuse(ctx, to, decision.Reason)
	case len(changed) == 0:
		return s.answers.tell(ctx, to, s.answers.say(to, text.SettingsSame))
	}
	if slices.ContainsFunc(changed, func(d bot.SettingDiff) bool { return d.Key == bot.SetLanguage }) {
		to.lang = s.answers.language(ctx, req.Chat, "")
	}
	lines := []string{s.answers.say(to, text.SettingsSaved)}
	for _, diff := range changed {
		lines = append(lines, fmt.Sprintf("%s: %s → %s", s.answers.say(to, text.Setting(diff.Key)),
			card.SettingValue(to.lang, diff.Before), card.SettingValue(to.lang, diff.After)))
	}
	if slices.ContainsFunc(changed, func(d bot.SettingDiff) bool { return d.Key == bot.SetApprove && d.After != "off" }) {
		alone, err := s.Recaller.Alone(ctx, req.Who, req.Chat, req.P2P)
		if err != nil {
			return err
		}
		if alone {
			lines = append(lines, s.answers.say(to, text.ApproveAlone))
		}
	}
	return s.answers.tell(ctx, to, strings.Join(lines, "\n"))
}

// fault tells what is wrong with a change; any other error is handed back.
func (s *settings) fault(ctx context.Context, to recipient, err error) error {
	said, ok := to.lang.Setting(err)
	if !ok {
		return err
	}
	return s.answers.tell(ctx, to, said)
}

// open shows the card.
func (s *settings) open(ctx context.Context, to recipient, said bot.Said) error {
	chat := said.Message.Chat
	allowed, err := s.Recaller.May(ctx, said.By, chat, said.P2P)
	if err != nil {
		return err
	}
	if !allowed.Allow {
		return s.answers.refuse(ctx, to, allowed.Reason)
	}
	manages, err := s.Recaller.Manage(ctx, said.By, chat, said.P2P)
	if err != nil {
		return err
	}
	set, err := s.Settings.Settings(ctx, chat)
	if err != nil {
		return err
	}
	if !manages.Allow {
		_, err := s.answers.show(ctx, to, card.Settings(to.lang, set, s.usual, text.SettingsReadOnly))
		return err
	}
	offer, err := s.offer(ctx, to, said)
	if err != nil {
		return err
	}
	ref, err := s.answers.show(ctx, to, card.SettingsForm(to.lang, set, offer.key))
	if err != nil || ref.ID == "" {
		return err
	}
	return s.remember(ctx, offer, ref)
}
