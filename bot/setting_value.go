package bot

import (
	"slices"
	"strconv"
	"strings"
)

func (s Setting) readPeople(words []string, mentions []Mentioned) (Setting, error) {
	switch strings.ToLower(words[0]) {
	case "add", "+", "添加", "增加", "加":
	case "remove", "delete", "rm", "移除", "删除", "去掉":
		s.Remove = true
	default:
		return Setting{}, settingError(SettingVerb, words[0], "")
	}
	if len(words) == 1 {
		return Setting{}, settingError(SettingNoValue, string(s.Key)+" "+words[0], "")
	}
	for _, word := range words[1:] {
		id, ok := personIn(word, mentions)
		if !ok {
			return Setting{}, settingError(SettingPerson, word, "")
		}
		s.People = append(s.People, id)
	}
	return s, nil
}

// personIn is whom a word names: by a mention, or by an open_id. Bots are no persons.
func personIn(word string, mentions []Mentioned) (UserID, bool) {
	for _, m := range mentions {
		if m.Key == word {
			return m.ID, m.ID.Valid() && !m.Bot && !m.Self
		}
	}
	return UserID(word), UserID(word).Valid()
}

func (s Setting) readEmoji(words []string) (Setting, error) {
	if len(words) == 1 && isDefault(words[0]) {
		return s, nil
	}
	for _, word := range words {
		for one := range strings.FieldsFuncSeq(word, func(r rune) bool { return strings.ContainsRune(",，、|/", r) }) {
			key := emojiKey(one)
			if !isWord(key) || len(key) > maxEmoji {
				return Setting{}, settingError(SettingEmoji, one, "")
			}
			if !slices.Contains(s.Emoji, key) {
				s.Emoji = append(s.Emoji, key)
			}
		}
	}
	switch {
	case len(s.Emoji) == 0:
		return Setting{}, settingError(SettingNoValue, string(s.Key), "")
	case len(s.Emoji) > MaxEmoji:
		return Setting{}, settingError(SettingMany, string(s.Key), strconv.Itoa(MaxEmoji))
	}
	return s, nil
}

// emojiKey is the platform's key for a sign, where the sign has one; else the word is taken for the key.
func emojiKey(sign string) string {
	switch strings.Trim(sign, "[]") {
	case "❌", "✖", "✗":
		return "CrossMark"
	case "🚫", "⛔":
		return "No"
	case "👎":
		return "ThumbsDown"
	case "💣":
		return "BOMB"
	case "🔥":
		return "Fire"
	case "💩":
		return "POOP"
	default:
		return strings.Trim(sign, "[]")
	}
}

func (s Setting) readNumber(word string, most int, none string) (Setting, error) {
	if isDefault(word) && none == wordDefault {
		return s, nil
	}
	if on, ok := switchOf(word); ok && !on && none == wordOff {
		return s, nil
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > most {
		return Setting{}, settingError(SettingNumber, word, strconv.Itoa(most))
	}
	s.Number = n
	return s, nil
}

func (s Setting) readLanguage(word string) (Setting, error) {
	switch strings.ToLower(word) {
	case "zh", "zh-cn", "zh_cn", "cn", "中文", "chinese":
		s.Word = "zh-CN"
	case "en", "en-us", "english", "英文", "英语":
		s.Word = "en"
	default:
		if !isDefault(word) {
			return Setting{}, settingError(SettingLanguage, word, "")
		}
	}
	return s, nil
}

func (s Setting) readSwitch(word string) (Setting, error) {
	on, ok := switchOf(word)
	if !ok {
		return Setting{}, settingError(SettingSwitch, word, "")
	}
	s.On = on
	return s, nil
}

func switchOf(word string) (on, ok bool) {
	switch strings.ToLower(word) {
	case wordOn, "yes", "true", "1", "开", "打开", "开启", "是":
		return true, true
	case wordOff, "no", "false", "0", "none", "关", "关闭", "否", "不":
		return false, true
	default:
		return false, false
	}
}

func isDefault(word string) bool {
	switch strings.ToLower(word) {
	case wordDefault, "默认", "缺省":
		return true
	default:
		return false
	}
}

// isWord tells a key of the platform's from anything else.
func isWord(word string) bool {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-"
	return word != "" && strings.Trim(word, letters) == ""
}
