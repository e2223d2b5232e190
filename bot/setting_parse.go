package bot

import (
	"errors"
	"slices"
	"strings"
)

// Setting is a change of one setting that somebody asked for. Its zero value changes nothing.
type Setting struct {
	Key SettingKey
	// Remove takes the people away instead of adding them; Set takes exactly these.
	Remove, Set bool
	// People are those of SetModerators, Emoji those of SetEmoji; Number, Word and On are the value of the others.
	People []UserID
	Emoji  []string
	Number int
	Word   string
	On     bool
}

// SettingFault is a kind of mistake in a change of a setting. Each has a sentence in handlers.
type SettingFault string

// The mistakes.
const (
	// SettingUnknown: Word is no setting; Other is the one that was meant, if one is near.
	SettingUnknown SettingFault = "setting_unknown"
	// SettingNoValue: the setting Word needs a value.
	SettingNoValue SettingFault = "setting_no_value"
	// SettingNumber: Word is no number that the setting takes; Other is the largest.
	SettingNumber SettingFault = "setting_number"
	// SettingSwitch: Word is neither on nor off.
	SettingSwitch SettingFault = "setting_switch"
	// SettingPerson: Word names no person.
	SettingPerson SettingFault = "setting_person"
	// SettingVerb: moderators are added or removed, and Word is neither.
	SettingVerb SettingFault = "setting_verb"
	// SettingEmoji: Word is no key of an emoji.
	SettingEmoji SettingFault = "setting_emoji"
	// SettingLanguage: Word is no language of ours.
	SettingLanguage SettingFault = "setting_language"
	// SettingMany: more than Other.
	SettingMany SettingFault = "setting_many"
	// SettingExtra: Word stands behind a value that is complete.
	SettingExtra SettingFault = "setting_extra"
)

// SettingError is what is wrong with a change of a setting, for a sentence that names it.
type SettingError struct {
	Fault       SettingFault
	Word, Other string
}

// Error names the fault, for logs.
func (e *SettingError) Error() string { return "setting: " + string(e.Fault) }

func settingError(fault SettingFault, word, other string) error {
	return &Error{Kind: Invalid, Op: "read a setting", Err: &SettingError{fault, word, other}}
}

// ParseSetting reads what stands behind "/recall settings": a setting and its value, in English or Chinese. Mentions
// stand in the words by their keys. Its errors are Invalid and hold a SettingError.
func ParseSetting(words []string, mentions []Mentioned) (Setting, error) {
	s, err := parseSetting(words, mentions)
	if wrong, ok := errors.AsType[*SettingError](err); ok {
		wrong.Word = Unplaced(wrong.Word, mentions)
	}
	return s, err
}

func parseSetting(words []string, mentions []Mentioned) (Setting, error) {
	if len(words) == 0 {
		return Setting{}, settingError(SettingNoValue, "", "")
	}
	key, known := settingKeyOf(words[0])
	if !known {
		return Setting{}, settingError(SettingUnknown, words[0], nearestSetting(words[0]))
	}
	if len(words) == 1 {
		return Setting{}, settingError(SettingNoValue, string(key), "")
	}
	if values := words[1:]; key != SetModerators && key != SetEmoji && len(values) > 1 {
		return Setting{}, settingError(SettingExtra, values[1], "")
	}
	return Setting{Key: key}.read(words[1:], mentions)
}

func (s Setting) read(values []string, mentions []Mentioned) (Setting, error) {
	switch s.Key {
	case SetModerators:
		return s.readPeople(values, mentions)
	case SetEmoji:
		return s.readEmoji(values)
	case SetQuorum:
		return s.readNumber(values[0], MaxQuorum, wordOff)
	case SetApprove:
		return s.readNumber(values[0], MaxLast, wordOff)
	case SetConfirm:
		return s.readNumber(values[0], MaxLast, wordDefault)
	case SetLanguage:
		return s.readLanguage(values[0])
	default:
		return s.readSwitch(values[0])
	}
}

// ParseSettings reads the fields of a form, each named like its setting. A field that is not there changes nothing, and an
// empty one takes back what was set. Its errors are Invalid and hold a SettingError.
func ParseSettings(form map[string][]string) ([]Setting, error) {
	var list []Setting
	for _, key := range SettingKeys() {
		values, there := form[string(key)]
		if !there {
			continue
		}
		s, err := settingOf(key, plainWords(strings.FieldsFunc(Typed(strings.Join(values, " ")), isSpace)))
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func settingOf(key SettingKey, values []string) (Setting, error) {
	if key == SetModerators {
		s := Setting{Key: key, Set: true}
		for _, word := range values {
			id, ok := personIn(word, nil)
			if !ok {
				return s, settingError(SettingPerson, word, "")
			}
			if !slices.Contains(s.People, id) {
				s.People = append(s.People, id)
			}
		}
		return s, nil
	}
	if len(values) == 0 {
		return Setting{Key: key}, nil
	}
	return ParseSetting(append([]string{string(key)}, values...), nil)
}

func settingKeyOf(word string) (SettingKey, bool) {
	key := SettingKey(strings.ToLower(word))
	if slices.Contains(SettingKeys(), key) {
		return key, true
	}
	key, known := settingNames()[string(key)]
	return key, known
}

// settingNames are the Chinese names, and other words that come to mind.
func settingNames() map[string]SettingKey {
	return map[string]SettingKey{
		"协管员": SetModerators, "moderator": SetModerators, "mods": SetModerators,
		"表情": SetEmoji, "reactions": SetEmoji,
		"人数": SetQuorum, "投票": SetQuorum, "多人": SetQuorum,
		"确认": SetConfirm, "批准": SetApprove, "审批": SetApprove,
		"成员": SetPeople, "成员消息": SetPeople, "安静": SetQuiet, "静默": SetQuiet,
		"语言": SetLanguage, "lang": SetLanguage, "级联": SetCascade, "连带": SetCascade,
		"清理": SetCleanup, "自动清理": SetCleanup,
	}
}

func nearestSetting(word string) string {
	var names []string
	for _, key := range SettingKeys() {
		names = append(names, string(key))
	}
	return Nearest(word, names)
}
