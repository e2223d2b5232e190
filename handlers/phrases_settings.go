package handlers

const (
	phraseMoreThis   phrase = "details_this"
	phraseMoreLog    phrase = "details_log"
	phraseMoreDoctor phrase = "details_doctor"
	phraseMoreHelp   phrase = "details_help"
)

// settingsPhrases are the sentences of a chat's settings and of the pages of help.
func settingsPhrases() map[phrase]sentence {
	return map[phrase]sentence{
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
	}
}
