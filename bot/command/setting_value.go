package command

import (
	"slices"
	"strconv"
	"strings"

	"recallbot/bot"
)

func readPeople(words []string, mentions []bot.Mentioned) (bot.Setting, error) {
	s := bot.Setting{Key: bot.SetModerators}
	switch strings.ToLower(words[0]) {
	case "add", "+", "添加", "增加", "加":
	case "remove", "delete", "rm", "-", "移除", "删除", "去掉":
		s.Remove = true
	default:
		return bot.Setting{}, bot.NewSettingError(s.Key, bot.SettingVerb, words[0], "")
	}
	if len(words) == 1 {
		return bot.Setting{}, bot.NewSettingError(s.Key, bot.SettingNoValue, "", "")
	}
	for _, word := range words[1:] {
		id, ok := personIn(word, mentions)
		if !ok {
			return bot.Setting{}, bot.NewSettingError(s.Key, bot.SettingPerson, word, "")
		}
		s.People = append(s.People, id)
	}
	return s, nil
}

// setPeople replaces all people by those of a form, which has their open_ids.
func setPeople(words []string) (bot.Setting, error) {
	s := bot.Setting{Key: bot.SetModerators, Set: true}
	for _, word := range words {
		id, ok := personIn(word, nil)
		if !ok {
			return s, bot.NewSettingError(s.Key, bot.SettingPerson, word, "")
		}
		if !slices.Contains(s.People, id) {
			s.People = append(s.People, id)
		}
	}
	if len(s.People) > bot.MaxModerators {
		return s, bot.NewSettingError(s.Key, bot.SettingMany, "", strconv.Itoa(bot.MaxModerators))
	}
	return s, nil
}

// personIn parses a mention of a person, or an open_id.
func personIn(word string, mentions []bot.Mentioned) (bot.UserID, bool) {
	for _, m := range mentions {
		if m.Key == word {
			return m.ID, m.ID.Valid() && !m.Bot && !m.Self
		}
	}
	return bot.UserID(word), bot.UserID(word).Valid()
}

func readEmoji(words []string) (bot.Setting, error) {
	s := bot.Setting{Key: bot.SetEmoji}
	for _, word := range words {
		for one := range strings.FieldsFuncSeq(word, func(r rune) bool { return strings.ContainsRune(",，、|/", r) }) {
			keys, ok := emojiIn(one)
			if !ok {
				return bot.Setting{}, bot.NewSettingError(s.Key, bot.SettingEmoji, one, nearestEmoji(one))
			}
			for _, key := range keys {
				if !slices.Contains(s.Emoji, key) {
					s.Emoji = append(s.Emoji, key)
				}
			}
		}
	}
	switch {
	case len(s.Emoji) == 0:
		return bot.Setting{}, bot.NewSettingError(s.Key, bot.SettingNoValue, "", "")
	case len(s.Emoji) > bot.MaxEmoji:
		return bot.Setting{}, bot.NewSettingError(s.Key, bot.SettingMany, "", strconv.Itoa(bot.MaxEmoji))
	}
	return s, nil
}

// readNumber reads a number, also with the word of what it counts: 20 条. Where off is the default, off is 0.
func readNumber(key bot.SettingKey, value string, limit int) (bot.Setting, error) {
	if on, ok := switchOf(value); ok && !on && key != bot.SetConfirm {
		return bot.Setting{Key: key}, nil
	}
	n, err := strconv.Atoi(strings.TrimRight(narrow(value), "条人个位名 "))
	if err != nil || n < 1 || n > limit {
		return bot.Setting{}, bot.NewSettingError(key, bot.SettingNumber, value, strconv.Itoa(limit))
	}
	return bot.Setting{Key: key, Number: n}, nil
}

func readLanguage(value string) (bot.Setting, error) {
	s := bot.Setting{Key: bot.SetLanguage}
	switch strings.ToLower(value) {
	case "zh", "zh-cn", "zh_cn", "cn", "中文", "汉语", "简体中文", "chinese":
		s.Word = "zh-CN"
	case "en", "en-us", "english", "英文", "英语":
		s.Word = "en"
	default:
		return bot.Setting{}, bot.NewSettingError(s.Key, bot.SettingLanguage, value, "")
	}
	return s, nil
}

func readSwitch(key bot.SettingKey, value string) (bot.Setting, error) {
	on, ok := switchOf(value)
	if !ok {
		return bot.Setting{}, bot.NewSettingError(key, bot.SettingSwitch, value, "")
	}
	return bot.Setting{Key: key, On: on}, nil
}

func switchOf(word string) (on, ok bool) {
	switch strings.ToLower(word) {
	case bot.WordOn, "yes", "true", "1", "开", "打开", "开启", "启用", "是":
		return true, true
	case bot.WordOff, "no", "false", "0", "none", "关", "关闭", "关掉", "停用", "否", "不":
		return false, true
	default:
		return false, false
	}
}

func isDefault(word string) bool {
	switch strings.ToLower(word) {
	case bot.WordDefault, "默认", "缺省":
		return true
	default:
		return false
	}
}
