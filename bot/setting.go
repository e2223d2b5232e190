package bot

import (
	"slices"
	"strconv"
	"strings"
)

// SettingKey is the name of a chat's setting, as people write it.
type SettingKey string

// The settings that people can change.
const (
	SetModerators SettingKey = "moderators"
	SetEmoji      SettingKey = "emoji"
	SetQuorum     SettingKey = "quorum"
	SetConfirm    SettingKey = "confirm"
	SetApprove    SettingKey = "approve"
	SetPeople     SettingKey = "people"
	SetQuiet      SettingKey = "quiet"
	SetLanguage   SettingKey = "language"
	SetCascade    SettingKey = "cascade"
	SetCleanup    SettingKey = "cleanup"
)

// The bounds of settings.
const (
	// MaxQuorum is the largest quorum.
	MaxQuorum = 50
	// MaxModerators and MaxEmoji are the most of a chat.
	MaxModerators = 50
	MaxEmoji      = 20
)

// The words for values.
const (
	WordOn      = "on"
	WordOff     = "off"
	WordDefault = "default"
	WordNone    = "-"
)

// SettingKeys are all settings, in the order in which they are shown.
func SettingKeys() []SettingKey {
	return []SettingKey{
		SetModerators, SetEmoji, SetQuorum, SetConfirm, SetApprove, SetPeople, SetQuiet, SetLanguage, SetCascade, SetCleanup,
	}
}

// GroupsOnly reports a setting that has no effect in a two-person chat: there is no other person to recall, to react or to approve, and
// people's messages are never recalled there.
func (k SettingKey) GroupsOnly() bool {
	switch k {
	case SetModerators, SetQuorum, SetApprove, SetPeople:
		return true
	default:
		return false
	}
}

// Text is the value of a setting as text.
func (s Settings) Text(key SettingKey) string {
	switch key {
	case SetModerators:
		return people(s.Moderators)
	case SetEmoji:
		return orDefault(strings.Join(s.Emoji, " "))
	case SetQuorum:
		return orOff(s.Quorum)
	case SetConfirm:
		return orDefault(number(s.ConfirmFrom))
	case SetApprove:
		return orOff(s.ApproveFrom)
	case SetLanguage:
		return orDefault(s.Language)
	case SetLifetimes:
		return listed(s.Lifetimes, Lifetime.String)
	case SetWatch:
		return listed(s.Watch, func(r WatchRule) string { return r.Name + " " + string(r.State) }) // without its text
	case SetQuarantine:
		return listed(s.Quarantines, func(q Quarantine) string { return q.Bot.String() })
	default:
		return s.onOff(key)
	}
}

func (s Settings) onOff(key SettingKey) string {
	if flag := s.flag(key); flag != nil && *flag {
		return WordOn
	}
	return WordOff
}

// number is empty for zero.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// flag is the field of a switch; nil for other settings.
func (s *Settings) flag(key SettingKey) *bool {
	switch key {
	case SetPeople:
		return &s.People
	case SetQuiet:
		return &s.Quiet
	case SetCascade:
		return &s.Cascade
	case SetCleanup:
		return &s.Cleanup
	case SetReports:
		return &s.Reports
	default:
		return nil
	}
}

func people(ids []UserID) string {
	if len(ids) == 0 {
		return WordNone
	}
	named := make([]string, len(ids))
	for i, id := range ids {
		named[i] = string(id)
	}
	return strings.Join(named, " ")
}

// listed is a list of values as text.
func listed[T any](list []T, text func(T) string) string {
	if len(list) == 0 {
		return WordOff
	}
	shown := make([]string, len(list))
	for i, one := range list {
		shown[i] = text(one)
	}
	return strings.Join(shown, "; ")
}

func orDefault(value string) string {
	if value == "" {
		return WordDefault
	}
	return value
}

func orOff(n int) string {
	if n == 0 {
		return WordOff
	}
	return strconv.Itoa(n)
}

// SettingDiff is a setting that changed.
type SettingDiff struct {
	Key           SettingKey
	Before, After string
}

// String is for example "quorum off → 3".
func (d SettingDiff) String() string {
	if d.Key == "" {
		return ""
	}
	return string(d.Key) + " " + d.Before + " → " + d.After
}

// DiffSettings gives the settings that differ.
func DiffSettings(before, after Settings) []SettingDiff {
	var diffs []SettingDiff
	for _, key := range append(SettingKeys(), SetLifetimes, SetWatch, SetQuarantine, SetReports) {
		if was, is := before.Text(key), after.Text(key); was != is {
			diffs = append(diffs, SettingDiff{key, was, is})
		}
	}
	return diffs
}

// Emojis are the reactions that recall in the chat; defaults are those of the configuration.
func (s Settings) Emojis(defaults []string) []string {
	if len(s.Emoji) > 0 {
		return s.Emoji
	}
	return defaults
}

// Wants reports whether the reaction recalls in the chat.
func (s Settings) Wants(emoji string, defaults []string) bool {
	return emoji != "" && slices.Contains(s.Emojis(defaults), emoji)
}

// Apply makes the change. Its error is Invalid with a SettingError, where there would be too many.
func (s Setting) Apply(to Settings) (Settings, error) {
	switch s.Key {
	case SetModerators:
		to.Moderators = s.people(to.Moderators)
		if len(to.Moderators) > MaxModerators {
			return to, NewSettingError(s.Key, SettingMany, "", strconv.Itoa(MaxModerators))
		}
	case SetEmoji:
		to.Emoji = s.Emoji
	case SetQuorum:
		to.Quorum = s.Number
	case SetConfirm:
		to.ConfirmFrom = s.Number
	case SetApprove:
		to.ApproveFrom = s.Number
	case SetLanguage:
		to.Language = s.Word
	default:
		if flag := to.flag(s.Key); flag != nil {
			*flag = s.On
		}
	}
	return to, nil
}

func (s Setting) people(now []UserID) []UserID {
	if s.Set {
		return s.People
	}
	kept := slices.DeleteFunc(slices.Clone(now), func(id UserID) bool { return slices.Contains(s.People, id) })
	if s.Remove {
		return kept
	}
	kept = slices.Clone(now)
	for _, id := range s.People {
		if !slices.Contains(kept, id) {
			kept = append(kept, id)
		}
	}
	return kept
}

// Setting is a change of one setting. Its zero value changes nothing.
type Setting struct {
	Key SettingKey
	// Remove removes the people instead of adding them; Set replaces all by them.
	Remove, Set bool
	// People is the value of SetModerators, Emoji that of SetEmoji; Number, Word and On are the values of the others.
	People []UserID
	Emoji  []string
	Number int
	Word   string
	On     bool
}

// Sets reports a change to another value than the default.
func (s Setting) Sets() bool {
	return len(s.People) > 0 && !s.Remove || len(s.Emoji) > 0 || s.Number > 0 || s.Word != "" || s.On
}

// SettingFault is a kind of mistake in a change of a setting. Each has a sentence in handlers.
type SettingFault string

// The mistakes.
const (
	// SettingUnknown: Word is not a setting; Other is a similar one, if there is one.
	SettingUnknown SettingFault = "setting_unknown"
	// SettingNoValue: the setting needs a value.
	SettingNoValue SettingFault = "setting_no_value"
	// SettingNumber: Word is not a number from 1 to Other.
	SettingNumber SettingFault = "setting_number"
	// SettingSwitch: Word is neither on nor off.
	SettingSwitch SettingFault = "setting_switch"
	// SettingPerson: Word is not a person.
	SettingPerson SettingFault = "setting_person"
	// SettingVerb: Word is neither add nor remove.
	SettingVerb SettingFault = "setting_verb"
	// SettingEmoji: Word is not an emoji of the platform; Other is a similar one, if there is one.
	SettingEmoji SettingFault = "setting_emoji"
	// SettingLanguage: Word is not a language of the bot.
	SettingLanguage SettingFault = "setting_language"
	// SettingMany: more than Other.
	SettingMany SettingFault = "setting_many"
	// SettingGroups: the setting has no effect in a two-person chat.
	SettingGroups SettingFault = "setting_groups"
)

// SettingError is a fault of a change of a setting, for a sentence about it. Setting is empty for an unknown one.
type SettingError struct {
	Setting     SettingKey
	Fault       SettingFault
	Word, Other string
}

// Error is the fault without any text of the person, since it is logged.
func (e *SettingError) Error() string { return "setting: " + string(e.Fault) }

// NewSettingError is Invalid and holds a SettingError.
func NewSettingError(setting SettingKey, fault SettingFault, word, other string) error {
	return &Error{Kind: Invalid, Op: "read a setting", Err: &SettingError{setting, fault, word, other}}
}
