package handlers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"recallbot/bot"
	"recallbot/bot/command"
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
		return s.answers.tell(ctx, to, s.answers.say(to, phraseSettingsSame))
	}
	if slices.ContainsFunc(changed, func(d bot.SettingDiff) bool { return d.Key == bot.SetLanguage }) {
		to.lang = s.answers.language(ctx, req.Chat, "")
	}
	lines := []string{s.answers.say(to, phraseSettingsSaved)}
	for _, diff := range changed {
		lines = append(lines, fmt.Sprintf("%s: %s → %s", s.label(to, diff.Key), s.value(to, diff.Before), s.value(to, diff.After)))
	}
	if slices.ContainsFunc(changed, func(d bot.SettingDiff) bool { return d.Key == bot.SetApprove && d.After != "off" }) {
		alone, err := s.Recaller.Alone(ctx, req.Who, req.Chat, req.P2P)
		if err != nil {
			return err
		}
		if alone {
			lines = append(lines, s.answers.say(to, phraseApproveAlone))
		}
	}
	return s.answers.tell(ctx, to, strings.Join(lines, "\n"))
}

// fault tells what is wrong with a change; any other error is handed back.
func (s *settings) fault(ctx context.Context, to recipient, err error) error {
	text, ok := s.answers.explainSetting(to, err)
	if !ok {
		return err
	}
	return s.answers.tell(ctx, to, text)
}

// explainSetting is the sentence for what is wrong with a change of a setting, if that is what the error says.
func (a *answers) explainSetting(to recipient, err error) (string, bool) {
	fault, ok := errors.AsType[*bot.SettingError](err)
	if !ok {
		return "", false
	}
	text := a.say(to, phrase(fault.Fault))
	switch fault.Fault {
	case bot.SettingNumber, bot.SettingMany:
		return fmt.Sprintf(text, plain(fault.Word), fault.Other), true
	case bot.SettingUnknown:
		text = fmt.Sprintf(text, plain(fault.Word))
		if fault.Other != "" {
			text += " " + fmt.Sprintf(a.say(to, phraseDidYouMean), fault.Other)
		}
		return text, true
	default:
		return fmt.Sprintf(text, plain(fault.Word)), true
	}
}

// ExplainSetting is the sentence for what is wrong with a change of a setting, or the error's own text.
func ExplainSetting(err error, lang Language) string {
	a := &answers{fallback: lang, phrases: phrases()}
	if text, ok := a.explainSetting(recipient{}, err); ok {
		return text
	}
	return err.Error()
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
		_, err := s.answers.show(ctx, to, s.view(to, set, phraseSettingsRead))
		return err
	}
	offer, err := s.offer(ctx, to, said)
	if err != nil {
		return err
	}
	ref, err := s.answers.show(ctx, to, s.form(to, set, offer))
	if err != nil || ref.ID == "" {
		return err
	}
	return s.remember(ctx, offer, ref)
}

// label is what a setting is called, and the word for it in commands.
func (s *settings) label(to recipient, key bot.SettingKey) string {
	return s.answers.say(to, "set_"+phrase(key))
}

// value shows a value of a setting to people.
func (s *settings) value(to recipient, text string) string {
	switch text {
	case "on":
		return s.answers.say(to, phraseValueOn)
	case "off":
		return s.answers.say(to, phraseValueOff)
	case "default":
		return s.answers.say(to, phraseValueDefault)
	}
	words := strings.Fields(text)
	for i, word := range words {
		if strings.HasPrefix(word, "ou_") {
			words[i] = bot.Mention(bot.UserID(word))
		}
	}
	return strings.Join(words, " ")
}

// view is the card that only shows; the note says why, or what to do.
func (s *settings) view(to recipient, set bot.Settings, note phrase) bot.Card {
	card := bot.Card{Title: s.answers.say(to, phraseSettingsTitle), Tone: bot.ToneInfo}
	var lines []string
	for _, key := range bot.SettingKeys() {
		lines = append(lines, s.label(to, key)+": "+s.shown(to, set, key))
	}
	card.Parts = []bot.CardPart{{Text: strings.Join(lines, "\n")}, {Note: s.answers.say(to, note)}}
	return card
}

// shown is the value that holds, also where nothing was set.
func (s *settings) shown(to recipient, set bot.Settings, key bot.SettingKey) string {
	switch key {
	case bot.SetEmoji:
		return signs(set.Emojis(s.usual))
	case bot.SetConfirm:
		return strconv.Itoa(set.ConfirmsFrom())
	default:
		return s.value(to, set.Text(key))
	}
}
