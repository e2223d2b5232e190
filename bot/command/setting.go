package command

import (
	"errors"
	"slices"
	"strings"

	"recallbot/bot"
)

// ParseSetting parses the arguments of "/recall settings": a setting and its value, in English or Chinese, with keys of
// mentions. Its errors are Invalid with a SettingError.
func ParseSetting(words []string, mentions []bot.Mentioned) (bot.Setting, error) {
	s, err := parseSetting(words, mentions)
	if wrong, ok := errors.AsType[*bot.SettingError](err); ok {
		wrong.Word = Unplaced(wrong.Word, mentions)
	}
	return s, err
}

func parseSetting(words []string, mentions []bot.Mentioned) (bot.Setting, error) {
	if len(words) == 0 {
		return bot.Setting{}, bot.NewSettingError(bot.SettingNoValue, "", "")
	}
	key, known := settingKeyOf(words[0])
	if !known {
		return bot.Setting{}, bot.NewSettingError(bot.SettingUnknown, words[0], nearestSetting(words[0]))
	}
	if len(words) == 1 {
		return bot.Setting{}, bot.NewSettingError(bot.SettingNoValue, string(key), "")
	}
	if values := words[1:]; key != bot.SetModerators && key != bot.SetEmoji && len(values) > 1 {
		return bot.Setting{}, bot.NewSettingError(bot.SettingExtra, values[1], "")
	}
	return readSetting(bot.Setting{Key: key}, words[1:], mentions)
}

func readSetting(s bot.Setting, values []string, mentions []bot.Mentioned) (bot.Setting, error) {
	switch s.Key {
	case bot.SetModerators:
		return readPeople(s, values, mentions)
	case bot.SetEmoji:
		return readEmoji(s, values)
	case bot.SetQuorum:
		return readNumber(s, values[0], bot.MaxQuorum, bot.WordOff)
	case bot.SetApprove:
		return readNumber(s, values[0], bot.MaxLast, bot.WordOff)
	case bot.SetConfirm:
		return readNumber(s, values[0], bot.MaxLast, bot.WordDefault)
	case bot.SetLanguage:
		return readLanguage(s, values[0])
	default:
		return readSwitch(s, values[0])
	}
}

// ParseSettings parses the fields of a form, which have the names of settings. A missing field changes nothing, an empty one
// resets the setting. Its errors are Invalid with a SettingError.
func ParseSettings(form map[string][]string) ([]bot.Setting, error) {
	var list []bot.Setting
	for _, key := range bot.SettingKeys() {
		values, ok := form[string(key)]
		if !ok {
			continue
		}
		s, err := settingOf(key, plainWords(strings.FieldsFunc(bot.Typed(strings.Join(values, " ")), bot.IsSpace)))
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func settingOf(key bot.SettingKey, values []string) (bot.Setting, error) {
	if key == bot.SetModerators {
		s := bot.Setting{Key: key, Set: true}
		for _, word := range values {
			id, ok := personIn(word, nil)
			if !ok {
				return s, bot.NewSettingError(bot.SettingPerson, word, "")
			}
			if !slices.Contains(s.People, id) {
				s.People = append(s.People, id)
			}
		}
		return s, nil
	}
	if len(values) == 0 {
		return bot.Setting{Key: key}, nil
	}
	return ParseSetting(append([]string{string(key)}, values...), nil)
}

func settingKeyOf(word string) (bot.SettingKey, bool) {
	key := bot.SettingKey(strings.ToLower(word))
	if slices.Contains(bot.SettingKeys(), key) {
		return key, true
	}
	key, known := settingNames()[string(key)]
	return key, known
}

// settingNames are other names of settings.
func settingNames() map[string]bot.SettingKey {
	return map[string]bot.SettingKey{
		"协管员": bot.SetModerators, "moderator": bot.SetModerators, "mods": bot.SetModerators,
		"表情": bot.SetEmoji, "reactions": bot.SetEmoji,
		"人数": bot.SetQuorum, "投票": bot.SetQuorum, "多人": bot.SetQuorum,
		"确认": bot.SetConfirm, "批准": bot.SetApprove, "审批": bot.SetApprove,
		"成员": bot.SetPeople, "成员消息": bot.SetPeople, "安静": bot.SetQuiet, "静默": bot.SetQuiet,
		"语言": bot.SetLanguage, "lang": bot.SetLanguage, "级联": bot.SetCascade, "连带": bot.SetCascade,
		"清理": bot.SetCleanup, "自动清理": bot.SetCleanup,
	}
}

func nearestSetting(word string) string {
	var names []string
	for _, key := range bot.SettingKeys() {
		names = append(names, string(key))
	}
	return Nearest(word, names)
}
