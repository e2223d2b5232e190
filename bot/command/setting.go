package command

import (
	"errors"
	"maps"
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
		return bot.Setting{}, bot.NewSettingError("", bot.SettingUnknown, "", "")
	}
	key, known := settingKeyOf(words[0])
	if !known {
		return bot.Setting{}, bot.NewSettingError("", bot.SettingUnknown, words[0], nearestSetting(words[0]))
	}
	return readSetting(key, words[1:], mentions)
}

func readSetting(key bot.SettingKey, words []string, mentions []bot.Mentioned) (bot.Setting, error) {
	value := strings.Join(words, " ")
	switch {
	case value == "":
		return bot.Setting{}, bot.NewSettingError(key, bot.SettingNoValue, "", "")
	case key == bot.SetModerators:
		return readPeople(words, mentions)
	case isDefault(value):
		return bot.Setting{Key: key}, nil
	}
	switch key {
	case bot.SetEmoji:
		return readEmoji(words)
	case bot.SetQuorum:
		return readNumber(key, value, bot.MaxQuorum)
	case bot.SetApprove, bot.SetConfirm:
		return readNumber(key, value, bot.MaxLast)
	case bot.SetLanguage:
		return readLanguage(value)
	default:
		return readSwitch(key, value)
	}
}

// ParseSettings parses the fields of a form, which have the names of settings. A missing field changes nothing, an empty one
// resets the setting. Its error has a SettingError, as of ParseSetting, for each field that is wrong.
func ParseSettings(form map[string][]string) ([]bot.Setting, error) {
	var list []bot.Setting
	var faults []error
	for _, key := range bot.SettingKeys() {
		values, ok := form[string(key)]
		if !ok {
			continue
		}
		s, err := settingOf(key, plainWords(strings.FieldsFunc(bot.Typed(strings.Join(values, " ")), bot.IsSpace)))
		list, faults = append(list, s), append(faults, err)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return list, nil
}

func settingOf(key bot.SettingKey, values []string) (bot.Setting, error) {
	switch {
	case key == bot.SetModerators:
		return setPeople(values)
	case len(values) == 0:
		return bot.Setting{Key: key}, nil
	default:
		return readSetting(key, values, nil)
	}
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
	names := slices.Sorted(maps.Keys(settingNames()))
	for _, key := range bot.SettingKeys() {
		names = append(names, string(key))
	}
	return Nearest(word, names)
}
