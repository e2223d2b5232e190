package card

import (
	"strconv"
	"strings"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// SettingsForm is the card with a field for each setting; the key goes with its button.
func SettingsForm(lang text.Language, set bot.Settings, key string) bot.Card {
	form := bot.Form{Submit: bot.Button{
		Text: lang.Say(text.SettingsSave), Style: bot.StylePrimary, Press: bot.Press{Action: bot.ActSettings, Key: key},
	}}
	for _, setting := range bot.SettingKeys() {
		form.Fields = append(form.Fields, settingField(lang, set, setting))
	}
	return bot.Card{
		Title: lang.Say(text.SettingsTitle), Tone: bot.ToneInfo,
		Parts: []bot.CardPart{{Form: &form}, {Note: lang.Say(text.SettingsHint)}},
	}
}

func settingField(lang text.Language, set bot.Settings, key bot.SettingKey) bot.Field {
	field := bot.Field{Name: string(key), Label: lang.Say(text.Setting(key)), Value: set.Text(key)}
	switch key {
	case bot.SetModerators:
		field.People, field.Many, field.Value = true, true, ""
		for _, id := range set.Moderators {
			field.Values = append(field.Values, string(id))
		}
	case bot.SetEmoji, bot.SetQuorum, bot.SetConfirm, bot.SetApprove, bot.SetLifetimes:
	case bot.SetLanguage:
		field.Options = []bot.Option{
			{Value: "default", Text: lang.Say(text.ValueDefault)},
			{Value: string(text.Chinese), Text: "中文"},
			{Value: string(text.English), Text: "English"},
		}
	case bot.SetPeople, bot.SetQuiet, bot.SetCascade, bot.SetCleanup:
		field.Options = []bot.Option{
			{Value: "off", Text: lang.Say(text.ValueOff)},
			{Value: "on", Text: lang.Say(text.ValueOn)},
		}
	}
	return field
}

// Settings is the card that shows the settings, with a note. The emoji are those of a chat that chose none.
func Settings(lang text.Language, set bot.Settings, emoji []string, note text.Key) bot.Card {
	var lines []string
	for _, key := range bot.SettingKeys() {
		value := SettingValue(lang, set.Text(key))
		switch key {
		case bot.SetEmoji:
			value = Emoji(set.Emojis(emoji))
		case bot.SetConfirm:
			value = strconv.Itoa(set.ConfirmsFrom())
		default:
		}
		lines = append(lines, lang.Say(text.Setting(key))+": "+value)
	}
	return bot.Card{
		Title: lang.Say(text.SettingsTitle), Tone: bot.ToneInfo,
		Parts: []bot.CardPart{{Text: strings.Join(lines, "\n")}, {Note: lang.Say(note)}},
	}
}

// SettingValue is a value of a setting as people read it.
func SettingValue(lang text.Language, value string) string {
	switch value {
	case "on":
		return lang.Say(text.ValueOn)
	case "off":
		return lang.Say(text.ValueOff)
	case "default":
		return lang.Say(text.ValueDefault)
	}
	words := strings.Fields(value)
	for i, word := range words {
		if strings.HasPrefix(word, "ou_") {
			words[i] = bot.Mention(bot.UserID(word))
		}
	}
	return strings.Join(words, " ")
}
