package card

import (
	"strconv"
	"strings"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// SettingsView is what a card of settings shows.
type SettingsView struct {
	Set bot.Settings
	// Emoji and Language are those of a chat that chose none; empty where they are unknown.
	Emoji    []string
	Language text.Language
	// P2P is set for a two-person chat: it shows only what has an effect there.
	P2P bool
}

func (v SettingsView) keys() []bot.SettingKey {
	var keys []bot.SettingKey
	for _, key := range bot.SettingKeys() {
		if !v.P2P || !key.GroupsOnly() {
			keys = append(keys, key)
		}
	}
	return keys
}

// SettingsForm is the card with a field for each setting; the key goes with its button.
func (l Locale) SettingsForm(v SettingsView, key string) bot.Card {
	form := bot.Form{Fields: l.SettingFields(v), Submit: bot.Button{
		Text: l.Say(text.SettingsSave), Style: bot.StylePrimary, Press: bot.Press{Action: bot.ActSettings, Key: key},
	}}
	return bot.Card{
		Title: l.Say(text.SettingsTitle), Tone: bot.ToneInfo,
		Parts: []bot.CardPart{{Form: &form}, {Note: l.settingsHint()}},
	}
}

func (l Locale) settingsHint() string {
	return l.Say(text.SettingsHint, "example", l.Say(text.SettingExample(bot.SetConfirm)))
}

// SettingFields are the fields of the form, with their present values.
func (l Locale) SettingFields(v SettingsView) []bot.Field {
	var fields []bot.Field
	for _, key := range v.keys() {
		field := l.settingField(v, key)
		field.Name = string(key)
		field.Label = l.Say(text.SettingsLabel, "name", l.Say(text.Setting(key)), "setting", l.Say(text.SettingWord(key)), "default", l.settingDefault(v, key))
		fields = append(fields, field)
	}
	return fields
}

func (l Locale) settingField(v SettingsView, key bot.SettingKey) bot.Field {
	switch key {
	case bot.SetModerators:
		field := bot.Field{People: true, Many: true}
		for _, id := range v.Set.Moderators {
			field.Values = append(field.Values, string(id))
		}
		return field
	case bot.SetLanguage:
		return bot.Field{Value: v.Set.Text(key), Options: []bot.Option{
			{Value: bot.WordDefault, Text: l.Say(text.ValueDefaultIs, "value", languageName(v.Language))},
			{Value: string(text.Chinese), Text: languageName(text.Chinese)},
			{Value: string(text.English), Text: languageName(text.English)},
		}}
	case bot.SetPeople, bot.SetQuiet, bot.SetCascade, bot.SetCleanup:
		return bot.Field{Value: v.Set.Text(key), Options: []bot.Option{
			{Value: bot.WordOff, Text: l.Say(text.ValueOff)},
			{Value: bot.WordOn, Text: l.Say(text.ValueOn)},
		}}
	default:
		return bot.Field{Value: l.SettingNow(v, key)}
	}
}

// Settings is the card that shows the settings, with a note.
func (l Locale) Settings(v SettingsView, note string) bot.Card {
	var lines []string
	for _, key := range v.keys() {
		lines = append(lines, l.Say(text.SettingsValue, "name", l.Say(text.Setting(key)), "value", l.SettingNow(v, key), "default", l.settingDefault(v, key)))
	}
	return bot.Card{
		Title: l.Say(text.SettingsTitle), Tone: bot.ToneInfo,
		Parts: []bot.CardPart{{Text: strings.Join(lines, "\n")}, {Note: note}},
	}
}

// SettingsSaved is Settings after a change.
func (l Locale) SettingsSaved(v SettingsView) bot.Card { return l.Settings(v, l.settingsHint()) }

// SettingNow is the value that holds, which is the default's where the chat chose none.
func (l Locale) SettingNow(v SettingsView, key bot.SettingKey) string {
	if value := v.Set.Text(key); value != bot.WordDefault {
		return l.SettingValue(v, key, value)
	}
	return l.settingDefault(v, key)
}

func (l Locale) settingDefault(v SettingsView, key bot.SettingKey) string {
	switch key {
	case bot.SetModerators:
		return l.Say(text.ValueNobody)
	case bot.SetEmoji:
		return strings.Join(emojiSigns(v.Emoji), " ")
	case bot.SetConfirm:
		return strconv.Itoa(bot.DefaultConfirmFrom)
	case bot.SetLanguage:
		return languageName(v.Language)
	default:
		return l.Say(text.ValueOff)
	}
}

// SettingValue is a value of a setting, as bot.Settings.Text gives it, as people read it.
func (l Locale) SettingValue(v SettingsView, key bot.SettingKey, value string) string {
	switch {
	case value == bot.WordOn:
		return l.Say(text.ValueOn)
	case value == bot.WordOff:
		return l.Say(text.ValueOff)
	case value == bot.WordDefault:
		if shown := l.settingDefault(v, key); shown != "" {
			return l.Say(text.ValueDefaultIs, "value", shown)
		}
		return l.Say(text.ValueDefault)
	case key == bot.SetModerators && value == bot.WordNone:
		return l.Say(text.ValueNobody)
	case key == bot.SetEmoji:
		return strings.Join(emojiSigns(strings.Fields(value)), " ")
	case key == bot.SetLanguage:
		return languageName(text.Language(value))
	}
	words := strings.Fields(value)
	for i, word := range words {
		if strings.HasPrefix(word, "ou_") {
			words[i] = bot.Mention(bot.UserID(word))
		}
	}
	return strings.Join(words, " ")
}

// languageName is the name of a language in that language.
func languageName(lang text.Language) string {
	switch lang {
	case text.Chinese:
		return "中文"
	case text.English:
		return "English"
	default:
		return string(lang)
	}
}

func emojiSigns(keys []string) []string {
	signs := make([]string, len(keys))
	for i, key := range keys {
		signs[i] = bot.EmojiSign(key)
	}
	return signs
}
