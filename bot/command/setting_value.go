package command

import (
	"slices"
	"strconv"
	"strings"

	"recallbot/bot"
)

func readPeople(s bot.Setting, words []string, mentions []bot.Mentioned) (bot.Setting, error) {
	switch strings.ToLower(words[0]) {
	case "add", "+", "添加", "增加", "加":
	case "remove", "delete", "rm", "移除", "删除", "去掉":
		s.Remove = true
	default:
		return bot.Setting{}, bot.NewSettingError(bot.SettingVerb, words[0], "")
	}
	if len(words) == 1 {
		return bot.Setting{}, bot.NewSettingError(bot.SettingNoValue, string(s.Key)+" "+words[0], "")
	}
	for _, word := range words[1:] {
		id, ok := personIn(word, mentions)
		if !ok {
			return bot.Setting{}, bot.NewSettingError(bot.SettingPerson, word, "")
		}
		s.People = append(s.People, id)
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

func readEmoji(s bot.Setting, words []string) (bot.Setting, error) {
	if len(words) == 1 && isDefault(words[0]) {
		return s, nil
	}
	for _, word := range words {
		for one := range strings.FieldsFuncSeq(word, func(r rune) bool { return strings.ContainsRune(",，、|/", r) }) {
			key := emojiKey(one)
			if !isWord(key) || len(key) > bot.MaxEmojiKey {
				return bot.Setting{}, bot.NewSettingError(bot.SettingEmoji, one, "")
			}
			if !slices.Contains(s.Emoji, key) {
				s.Emoji = append(s.Emoji, key)
			}
		}
	}
	switch {
	case len(s.Emoji) == 0:
		return bot.Setting{}, bot.NewSettingError(bot.SettingNoValue, string(s.Key), "")
	case len(s.Emoji) > bot.MaxEmoji:
		return bot.Setting{}, bot.NewSettingError(bot.SettingMany, string(s.Key), strconv.Itoa(bot.MaxEmoji))
	}
	return s, nil
}

func readNumber(s bot.Setting, word string, limit int, none string) (bot.Setting, error) {
	if isDefault(word) && none == bot.WordDefault {
		return s, nil
	}
	if on, ok := switchOf(word); ok && !on && none == bot.WordOff {
		return s, nil
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > limit {
		return bot.Setting{}, bot.NewSettingError(bot.SettingNumber, word, strconv.Itoa(limit))
	}
	s.Number = n
	return s, nil
}

func readLanguage(s bot.Setting, word string) (bot.Setting, error) {
	switch strings.ToLower(word) {
	case "zh", "zh-cn", "zh_cn", "cn", "中文", "chinese":
		s.Word = "zh-CN"
	case "en", "en-us", "english", "英文", "英语":
		s.Word = "en"
	default:
		if !isDefault(word) {
			return bot.Setting{}, bot.NewSettingError(bot.SettingLanguage, word, "")
		}
	}
	return s, nil
}

func readSwitch(s bot.Setting, word string) (bot.Setting, error) {
	on, ok := switchOf(word)
	if !ok {
		return bot.Setting{}, bot.NewSettingError(bot.SettingSwitch, word, "")
	}
	s.On = on
	return s, nil
}

func switchOf(word string) (on, ok bool) {
	switch strings.ToLower(word) {
	case bot.WordOn, "yes", "true", "1", "开", "打开", "开启", "是":
		return true, true
	case bot.WordOff, "no", "false", "0", "none", "关", "关闭", "否", "不":
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

// isWord reports whether a word has the form of the platform's keys.
func isWord(word string) bool {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-"
	return word != "" && strings.Trim(word, letters) == ""
}
