package handlers

import (
	"maps"

	"recallbot/bot"
)

const (
	phraseMoreThis   phrase = "details_this"
	phraseMoreLog    phrase = "details_log"
	phraseMoreDoctor phrase = "details_doctor"
	phraseMoreHelp   phrase = "details_help"

	phraseHelpSettings phrase = "help_settings"
	phraseMoreSettings phrase = "details_settings"
	phraseHelpSay      phrase = "help_say"
	phraseHelpManage   phrase = "help_manage"
	phraseHelpMore     phrase = "help_more"
	phraseUnknownHelp  phrase = "unknown_help"

	phraseSettingsTitle phrase = "settings_title"
	phraseSettingsSave  phrase = "settings_save"
	phraseSettingsSaved phrase = "settings_saved"
	phraseApproveAlone  phrase = "approve_alone"
	phraseSettingsSame  phrase = "settings_same"
	phraseSettingsRead  phrase = "settings_read"
	phraseSettingsHint  phrase = "settings_hint"
	phraseValueOn       phrase = "value_on"
	phraseValueOff      phrase = "value_off"
	phraseValueDefault  phrase = "value_default"
)

// settingsPhrases are the sentences of a chat's settings and of the pages of help.
func settingsPhrases() map[phrase]sentence {
	book := map[phrase]sentence{
		phraseMoreThis: {
			"回复机器人的一条消息，它就会被撤回；我是群管理员时，也能撤回其他机器人的消息。在话题里不引用某条消息时，撤回我在话题里最新的一条。“--”后面可以写原因，会留在记录里。\n例如，作为回复：\n/recall\n/recall -- 发错群了\n/撤回",
			"Reply to a bot's message with it, and the message goes; other bots' messages go where I am an admin of the group. In a topic, without quoting a message, my newest post there goes. What follows “--” is the reason, and is kept in the record.\nFor example, as a reply:\n/recall\n/recall -- wrong group\n/撤回",
		},
		phraseMoreLog: {
			"这个群最近的撤回记录：什么时候、谁、用什么方式、结果和依据。N 从 1 到 50，不写是 10。\n例如：\n/recall log\n/recall log 30",
			"What was recalled here lately: when, by whom, by which way, how it ended and by what right. N is from 1 to 50; without it, 10.\nFor example:\n/recall log\n/recall log 30",
		},
		phraseMoreDoctor: {
			"检查我的权限、订阅的事件、在这个群里的身份，并说明每个问题怎么解决。\n例如：\n/recall doctor\n/撤回 诊断",
			"Checks my scopes, the events I get and my rank in this group, and says what to do about each fault.\nFor example:\n/recall doctor",
		},
		phraseMoreHelp: {
			"显示你在这里可以用的命令；后面加一个词，显示那个命令的细节和例子。\n例如：\n/recall help\n/recall help log",
			"Shows what you may do here; with a word, how that command is used, with examples.\nFor example:\n/recall help\n/recall help log",
		},
		phraseMoreSettings: {
			"不带词：一张卡片，显示全部设置，群主和群管理员可以在上面改。带词：改一项。设置项：moderators 协管员，emoji 表情，quorum 人数，confirm 确认，approve 批准，people 成员消息，quiet 安静，language 语言，cascade 级联，cleanup 清理。\n例如：\n/recall settings\n/recall settings quorum 3\n/recall settings moderators add @某人\n/recall settings emoji ❌ 🚫",
			"Alone: a card with all settings, on which the owner and admins can change them. With a word: changes one. The settings are moderators, emoji, quorum, confirm, approve, people, quiet, language, cascade, cleanup.\nFor example:\n/recall settings\n/recall settings quorum 3\n/recall settings moderators add @someone\n/recall settings emoji ❌ 🚫",
		},
		phraseHelpSettings: {"查看和更改这个群的设置", "shows and changes what is set in this chat"},
		phraseHelpSay:      {"群主、群管理员和协管员还可以：", "The owner, admins and moderators also have:"},
		phraseHelpManage:   {"群主和群管理员还可以：", "The owner and admins also have:"},
		phraseHelpMore:     {"群主、群管理员和协管员可以做得更多，请找他们帮忙。", "The owner, admins and moderators may do more; ask one of them."},
		phraseUnknownHelp:  {"没有“%s”这个命令。下面是你可以用的：", "There is no command “%s”. These are yours:"},

		phraseSettingsTitle: {"这个会话的设置", "Settings of this chat"},
		phraseSettingsSave:  {"保存", "Save"},
		phraseSettingsSaved: {"设置已更改：", "Changed:"},
		phraseApproveAlone: {
			"注意：现在除了你没有人可以批准，所以到了这个条数会请你自己确认。要有第二人把关，请把一位成员设为群管理员，或发送 /recall settings moderators add @成员。",
			"Note: nobody but you could approve here now, so from that number on you will be asked to confirm it yourself. For a second person, make a member an admin, or say /recall settings moderators add @NAME.",
		},
		phraseSettingsSame: {"设置本来就是这样，没有更改。", "It is set like that already; nothing changed."},
		phraseSettingsRead: {"只有群主和群管理员可以更改。", "Only the owner and admins can change them."},
		phraseSettingsHint: {
			"也可以用命令更改，例如 /recall settings quorum 3；发送 /recall help settings 看全部。",
			"Commands change them too, such as /recall settings quorum 3; /recall help settings shows all.",
		},
		phraseValueOn:      {"开", "on"},
		phraseValueOff:     {"关", "off"},
		phraseValueDefault: {"默认", "default"},
	}
	maps.Copy(book, settingNames())
	maps.Copy(book, settingFaults())
	return book
}

// settingNames are what the settings are called, with the word for each in commands.
func settingNames() map[phrase]sentence {
	return map[phrase]sentence{
		"set_" + phrase(bot.SetModerators): {"协管员（moderators）", "Moderators (moderators)"},
		"set_" + phrase(bot.SetEmoji):      {"撤回用的表情（emoji）", "Reactions that recall (emoji)"},
		"set_" + phrase(bot.SetQuorum):     {"几个人贴表情就撤回（quorum）", "So many people's reactions recall (quorum)"},
		"set_" + phrase(bot.SetConfirm):    {"从几条起先确认（confirm）", "Confirm from so many messages on (confirm)"},
		"set_" + phrase(bot.SetApprove):    {"从几条起要第二个人批准（approve）", "A second person approves from so many on (approve)"},
		"set_" + phrase(bot.SetPeople):     {"也可以撤回成员的消息（people）", "People's messages may be recalled too (people)"},
		"set_" + phrase(bot.SetQuiet):      {"不在群里显示进度和结果（quiet）", "Keep progress and results out of the chat (quiet)"},
		"set_" + phrase(bot.SetLanguage):   {"回答的语言（language）", "Language of answers (language)"},
		"set_" + phrase(bot.SetCascade):    {"原消息撤回时，我的回复也撤回（cascade）", "My answers go with what they answer (cascade)"},
		"set_" + phrase(bot.SetCleanup):    {"任务成功后移除卡片（cleanup）", "Remove the card of a job that went well (cleanup)"},
	}
}

// settingFaults are the sentences for mistakes in a change of a setting.
func settingFaults() map[phrase]sentence {
	return map[phrase]sentence{
		phrase(bot.SettingUnknown):  {"没有“%s”这项设置，没有更改任何设置。", "There is no setting “%s”; nothing was changed."},
		phrase(bot.SettingNoValue):  {"“%s”后面缺少要设成的值，没有更改任何设置。", "What “%s” is to be is missing; nothing was changed."},
		phrase(bot.SettingNumber):   {"“%s”不是 1 到 %s 的数字，没有更改任何设置。", "“%s” is no number from 1 to %s; nothing was changed."},
		phrase(bot.SettingSwitch):   {"“%s”既不是 on（开）也不是 off（关），没有更改任何设置。", "“%s” is neither on nor off; nothing was changed."},
		phrase(bot.SettingPerson):   {"“%s”不是一位成员，请用 @ 提到他；没有更改任何设置。", "“%s” is no person; mention one with @. Nothing was changed."},
		phrase(bot.SettingVerb):     {"请写 add（添加）或 remove（移除），而不是“%s”；没有更改任何设置。", "Say add or remove instead of “%s”; nothing was changed."},
		phrase(bot.SettingEmoji):    {"我不知道表情“%s”。请写 ❌、🚫 或平台的表情名，例如 CrossMark；没有更改任何设置。", "I don't know the emoji “%s”. Write ❌, 🚫 or the platform's name of one, such as CrossMark; nothing was changed."},
		phrase(bot.SettingLanguage): {"“%s”不是 zh、en 或 default，没有更改任何设置。", "“%s” is none of zh, en and default; nothing was changed."},
		phrase(bot.SettingMany):     {"“%s”最多 %s 个，没有更改任何设置。", "“%s” takes at most %s; nothing was changed."},
		phrase(bot.SettingExtra):    {"“%s”是多余的，没有更改任何设置。", "“%s” is one word too many; nothing was changed."},
	}
}
