package text

import (
	"cmp"
	"strings"

	"recallbot/bot"
)

// Here is what a finding says to the people of a chat: part is "fine", "fault" or "fix".
func Here(name, part string) Key { return Key("here." + name + "." + part) }

// Help is what a command does, in a line.
func Help(verb bot.Verb) Key { return command(verb, "help") }

// Details is how a command is used.
func Details(verb bot.Verb) Key { return command(verb, "details") }

// Usage is how a command is written.
func Usage(verb bot.Verb) Key { return command(verb, "usage") }

// Word is the text of the button of a command.
func Word(verb bot.Verb) Key { return command(verb, "word") }

// Examples are uses of a command, a line each.
func Examples(verb bot.Verb) Key { return command(verb, "examples") }

// HelpButton is the button that does what a command does.
func HelpButton(verb bot.Verb) Key { return Key("help.button." + verb) }

// Menu is a choice of the menu of clean-ups.
func Menu(choice string) Key { return Key("menu.choice." + choice) }

func command(verb bot.Verb, part string) Key {
	if verb == bot.VerbThis {
		verb = "this"
	}
	return Key("commands." + string(verb) + "." + part)
}

// Reason is why something was not done and what to do about it; ShortReason is the reason in a few words.
func Reason(r bot.Reason) Key { return Key("reasons." + r + ".full") }

// ShortReason is the reason in a few words, for the log.
func ShortReason(r bot.Reason) Key { return Key("reasons." + r + ".short") }

// Via is by which way a recall was asked for.
func Via(v bot.Via) Key { return Key("via." + v) }

// Result is how an attempt ended.
func Result(r bot.Result) Key { return Key("result." + r) }

// WatchState is whether a rule on bots' posts acts.
func WatchState(s bot.WatchState) Key { return Key("watch.state." + s) }

// WatchWhen is the condition of a rule.
func WatchWhen(k bot.WatchKind) Key { return Key("watch.when." + cmp.Or(k, "each")) }

// WatchActs is what a rule does.
func WatchActs(a bot.WatchAct) Key { return Key("watch.act." + a) }

// PartReason is why a group is left out of a clean-up over all groups.
func PartReason(r bot.Reason) Key {
	switch r {
	case bot.ReasonNoRank, bot.ReasonNoHistory, bot.ReasonNeedsApproval:
		return Key("everywhere.why." + r)
	default:
		return "everywhere.why.other"
	}
}

// Visibility is how our own posts, or those of other bots, are seen.
func Visibility(s bot.Visibility, own bool) Key {
	if own {
		return Key("watch.visibility_own." + s)
	}
	return Key("watch.visibility." + s)
}

// RuleSwitch is the button that switches a rule to a state.
func RuleSwitch(s bot.WatchState) Key { return Key("watch.switch." + s) }

// ReadyRule is what a ready-made rule is about.
func ReadyRule(name string) Key { return Key("watch.ready." + name) }

// NoticeTitle is the title of a notice.
func NoticeTitle(k bot.NoticeKind) Key { return Key("notice.title." + k) }

// NoticeDecided is what a moderator decided about a notice, by the word of the button.
func NoticeDecided(word string) Key { return Key("notice.decided." + word) }

// Rule is the rule that a decision rests on.
func Rule(name string) Key { return Key("rule." + name) }

// Cause is what became of some messages of a job, with {count}.
func Cause(c bot.Cause) Key { return Key("cause." + c) }

// Unseen is what a preview could not see.
func Unseen(u bot.Unseen) Key { return Key("unseen." + strings.TrimPrefix(string(u), "unseen_")) }

// Running is the title of a job of the kind that runs.
func Running(kind bot.JobKind) Key { return Key("job.title.running." + kind) }

// Done is the title of a job of the kind that has ended.
func Done(kind bot.JobKind) Key { return Key("job.title.done." + kind) }

// Setting is what a setting is called.
func Setting(key bot.SettingKey) Key { return Key("settings.name." + key) }

// SettingWord is the word of a setting in commands.
func SettingWord(key bot.SettingKey) Key { return Key("settings.word." + key) }

// SettingExample is a command that changes a setting.
func SettingExample(key bot.SettingKey) Key { return Key("settings.example." + key) }

// AlertLink is a link of an alert.
func AlertLink(kind string) Key { return Key("alert.link." + kind) }

func settingFault(f bot.SettingFault) Key {
	return Key("settings.fault." + strings.TrimPrefix(string(f), "setting_"))
}

func filterFault(f bot.FilterFault) Key {
	return Key("filter." + strings.TrimPrefix(string(f), "filter_"))
}
