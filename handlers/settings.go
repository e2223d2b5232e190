package handlers

import (
	"context"
	"errors"
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
	if err == nil && said.P2P && change.Key.GroupsOnly() && change.Sets() {
		err = bot.NewSettingError(change.Key, bot.SettingGroups, "", "")
	}
	if err != nil {
		return s.fault(ctx, to, err)
	}
	if s.Now().Sub(said.Message.At) > maxCommandAge {
		return s.Answers.refuse(ctx, to, bot.ReasonTooLate)
	}
	_, err = s.change(ctx, to, recall.SettingRequest{
		CauseID: d.Event.ID, Via: bot.ViaSettings, Who: said.By, Asked: said.Message.At, Chat: said.Message.Chat,
		P2P: said.P2P, Command: said.Message.ID, Change: change.Apply,
	})
	return err
}

// change changes the settings, and answers with the result. It reports whether the settings are as was asked.
func (s *ChatSettings) change(ctx context.Context, to recipient, req recall.SettingRequest) (done bool, err error) {
	decision, changed, err := s.Rights.Configure(ctx, req)
	switch {
	case err != nil:
		return false, s.fault(ctx, to, err)
	case !decision.Allow:
		return false, s.Answers.refuse(ctx, to, decision.Reason)
	case len(changed) == 0:
		return true, s.Answers.tell(ctx, to, s.Answers.say(to, text.SettingsSame))
	}
	if changes(changed, bot.SetLanguage) != "" {
		to.lang = s.Answers.language(ctx, req.Chat, "")
	}
	if err := s.tellChat(ctx, to, req, changed); err != nil {
		return false, err
	}
	lines := []string{s.Answers.say(to, text.SettingsSaved)}
	l, defaults := s.Answers.locale(to.lang), s.view(bot.Settings{}, req.P2P)
	for _, diff := range changed {
		lines = append(lines, s.Answers.say(to, text.SettingsChanged, "name", s.Answers.say(to, text.Setting(diff.Key)),
			"before", l.SettingValue(defaults, diff.Key, diff.Before), "after", l.SettingValue(defaults, diff.Key, diff.After)))
	}
	if after := changes(changed, bot.SetApprove); after != "" && after != bot.WordOff {
		alone, err := s.Rights.Alone(ctx, req.Who, req.Chat, req.P2P)
		if err != nil {
			return false, err
		}
		if alone {
			lines = append(lines, s.Answers.say(to, text.ApproveAlone))
		}
	}
	return true, s.Answers.tell(ctx, to, strings.Join(lines, "\n"))
}

// changes is the new value of a setting; empty if it did not change.
func changes(changed []bot.SettingDiff, key bot.SettingKey) string {
	for _, diff := range changed {
		if diff.Key == key {
			return diff.After
		}
	}
	return ""
}

// tellChat tells a group that people's messages can be recalled there from now on, or no longer.
func (s *ChatSettings) tellChat(ctx context.Context, to recipient, req recall.SettingRequest, changed []bot.SettingDiff) error {
	key := text.PeopleOff
	switch after := changes(changed, bot.SetPeople); {
	case after == "" || req.P2P:
		return nil
	case after == bot.WordOn:
		key = text.PeopleOn
	}
	to.lang = s.Answers.language(ctx, req.Chat, "")
	err := s.Answers.Speaker.Say(ctx, req.Chat, s.Answers.say(to, key, "who", bot.Mention(req.Who)), string(to.work)+"/people")
	if err != nil && !bot.Retryable(err) {
		s.Answers.Log.WarnContext(ctx, "answer not sent", "chat_id", string(req.Chat), "error", err)
		return nil
	}
	return err
}

// fault answers what is wrong with a change; any other error is returned. A setting without a value is answered with the present one.
func (s *ChatSettings) fault(ctx context.Context, to recipient, err error) error {
	said, ok := to.lang.Setting(err)
	if !ok {
		return err
	}
	if wrong, ok := errors.AsType[*bot.SettingError](err); ok && wrong.Fault == bot.SettingNoValue {
		set, err := s.Settings.Settings(ctx, to.chat)
		if err != nil {
			return err
		}
		said += s.Answers.say(to, text.SettingsNow, "value", s.Answers.locale(to.lang).SettingNow(s.view(set, to.p2p), wrong.Setting))
	}
	return s.Answers.tell(ctx, to, said)
}

// view is what a card of settings shows.
func (s *ChatSettings) view(set bot.Settings, p2p bool) card.SettingsView {
	defaults := s.Answers.Defaults()
	return card.SettingsView{Set: set, Emoji: defaults.Emoji, Language: defaults.Language, P2P: p2p}
}

// open shows the card.
func (s *ChatSettings) open(ctx context.Context, to recipient, said bot.Said) error {
	chat := said.Message.Chat
	if ok, err := s.Answers.allows(ctx, to, said); !ok {
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
	view, l := s.view(set, said.P2P), s.Answers.locale(to.lang)
	if !manages.Allow {
		_, err := s.Answers.show(ctx, to, l.Settings(view, l.Say(text.SettingsReadOnly)))
		return err
	}
	form, err := s.newForm(ctx, to, said, set)
	if err != nil {
		return err
	}
	ref, err := s.Answers.show(ctx, to, l.SettingsForm(s.view(form.Was, said.P2P), form.key))
	if err != nil || ref.ID == "" {
		return err
	}
	return s.remember(ctx, form, ref)
}
