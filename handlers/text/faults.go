package text

import (
	"errors"
	"fmt"
	"strings"

	"recallbot/bot"
)

// Failed is why a post or a recall failed and what to do. The platform's code is used where it is more precise than the reason.
func (l Language) Failed(reason bot.Reason, code int) string {
	if said, ok := l.find(Key(fmt.Sprintf("codes.%d", code))); ok {
		return said
	}
	said, _ := l.find(Reason(reason))
	return said
}

// Reference is the platform's code and log id in brackets, for the support; empty without a code.
func (l Language) Reference(code int, logID string) string {
	switch {
	case code == 0:
		return ""
	case logID == "":
		return l.Say(Code, "code", code)
	default:
		return l.Say(CodeAndLog, "code", code, "log_id", logID)
	}
}

// Filter says what is wrong with a filter, and what may have been meant.
func (l Language) Filter(wrong *bot.FilterError) string {
	word, other := Plain(wrong.Word), l.condition(Plain(wrong.Other))
	said := l.Say(filterFault(wrong.Fault), "word", word, "other", other)
	switch wrong.Fault {
	case bot.FaultEmpty, bot.FaultClash, bot.FaultOrder:
		return said
	default:
		return said + l.suggest(other)
	}
}

// CleanUp is Filter for the filter of a clean-up, in which a stray word was probably to be found in messages.
func (l Language) CleanUp(wrong *bot.FilterError) string {
	said := l.Filter(wrong)
	if wrong.Fault == bot.FaultStray && wrong.Other == "" && !strings.HasPrefix(wrong.Word, "-") {
		said += l.Join(l.Say(FilterMatch, "word", Plain(wrong.Word)))
	}
	return said
}

// Setting says what is wrong with changes of settings, a line for each fault, if that is what the error says.
func (l Language) Setting(err error) (string, bool) {
	var lines []string
	for _, one := range bot.Flat(err) {
		wrong, ok := errors.AsType[*bot.SettingError](one)
		if !ok {
			return "", false
		}
		lines = append(lines, l.setting(wrong))
	}
	return strings.Join(lines, "\n"), len(lines) > 0
}

// setting names the setting, except where the sentence does.
func (l Language) setting(wrong *bot.SettingError) string {
	word, example := l.Say(SettingWord(wrong.Setting)), l.Say(SettingExample(wrong.Setting))
	said := l.Say(settingFault(wrong.Fault), "word", Plain(wrong.Word), "limit", wrong.Other, "setting", word, "example", example)
	switch wrong.Fault {
	case bot.SettingNoValue, bot.SettingGroups:
		return said
	case bot.SettingUnknown:
		return said + l.meant(wrong.Other, l.Say(SettingsAll, "settings", l.List(l.settingWords())))
	case bot.SettingEmoji:
		said += l.meant(wrong.Other, l.Say(SomeEmoji))
	default:
	}
	return l.Say(SettingsOf, "setting", word, "fault", said)
}

// meant is a suggestion, or other words where there is none.
func (l Language) meant(suggestion, otherwise string) string {
	if suggestion != "" {
		return l.suggest(suggestion)
	}
	return l.Join(otherwise)
}

func (l Language) settingWords() []string {
	var words []string
	for _, key := range bot.SettingKeys() {
		words = append(words, l.Say(SettingWord(key)))
	}
	return words
}

// condition is a condition of a clean-up as the help of the language writes it.
func (l Language) condition(name string) string {
	chinese := map[string]string{"--last": "--最近", "--since": "--起", "--bot": "--机器人", "--by": "--成员"}
	if said, ok := chinese[name]; ok && l == Chinese {
		return said
	}
	return name
}

func (l Language) suggest(word string) string {
	if word == "" {
		return ""
	}
	return l.Join(l.Say(DidYouMean, "suggestion", word))
}

// Configuration says what is wrong with the configuration, a line for each fault. An error of another kind gives its own text.
func (l Language) Configuration(err error) []string {
	var lines []string
	for _, one := range bot.Flat(err) {
		if fault, ok := errors.AsType[*bot.BadSetting](one); ok && l == Chinese {
			lines = append(lines, fault.Say(inChinese(fault)))
			continue
		}
		lines = append(lines, one.Error())
	}
	return lines
}

// inChinese translates a fault, whose English text is in the code.
func inChinese(fault *bot.BadSetting) string {
	args := make([]any, len(fault.Args))
	for i, arg := range fault.Args {
		args[i] = arg
		if inner, ok := arg.(*bot.BadSetting); ok {
			args[i] = inner.Say(inChinese(inner))
		}
	}
	return fmt.Sprintf(Chinese.Sentence(fault.Format), args...)
}

// Sentence translates a format of a BadSetting; other texts stay as they are.
func (l Language) Sentence(english string) string {
	if said, ok := Chinese.find(Key("configuration." + english)); ok && l == Chinese {
		return said
	}
	return english
}
