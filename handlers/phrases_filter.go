package handlers

import "recallbot/bot"

// filterPhrases are the sentences of the mistakes in a filter, each with the word at fault.
func filterPhrases() map[phrase]sentence {
	return map[phrase]sentence{
		phrase(bot.FaultEmpty):   {"请说明要撤回哪些消息。什么也没有撤回。", "Say which messages are meant. Nothing was recalled."},
		phrase(bot.FaultUnknown): {"我不认识条件“%s”，没有撤回任何消息。", "I don't know the condition “%s”; nothing was recalled."},
		phrase(bot.FaultStray):   {"“%s”不属于任何条件，没有撤回任何消息。", "“%s” belongs to no condition; nothing was recalled."},
		phrase(bot.FaultNoValue): {"“%s”后面要写一个值，没有撤回任何消息。", "“%s” needs a value; nothing was recalled."},
		phrase(bot.FaultTwice):   {"“%s”写了两次，没有撤回任何消息。", "“%s” stands twice; nothing was recalled."},
		phrase(bot.FaultMany):    {"“%s”写得太多了，没有撤回任何消息。", "“%s” stands too often; nothing was recalled."},
		phrase(bot.FaultNumber):  {"“%s”不是 1 到 10000 的数字，没有撤回任何消息。", "“%s” is no number from 1 to 10000; nothing was recalled."},
		phrase(bot.FaultTime):    {"“%s”不是时间。可以写 30m、2h、3d 或 2026-09-01T10:00。没有撤回任何消息。", "“%s” is no time. Write 30m, 2h, 3d or 2026-09-01T10:00. Nothing was recalled."},
		phrase(bot.FaultFuture):  {"时间“%s”在将来，没有撤回任何消息。", "The time “%s” is in the future; nothing was recalled."},
		phrase(bot.FaultPerson):  {"“%s”不是群成员。请 @ 提到他，或写 ou_ 开头的编号。没有撤回任何消息。", "“%s” names no person. Mention them, or write their id (ou_…). Nothing was recalled."},
		phrase(bot.FaultBot):     {"“%s”不是机器人。请 @ 提到它，写应用编号（cli_…），或写 me、any。没有撤回任何消息。", "“%s” names no bot. Mention it, write its app id (cli_…), or me or any. Nothing was recalled."},
		phrase(bot.FaultMessage): {"“%s”不是消息编号（om_…），没有撤回任何消息。也可以回复（引用）那条消息再发送命令。", "“%s” is no message's id (om_…); nothing was recalled. You can also reply to that message with the command."},
		phrase(bot.FaultRegex):   {"“%s”不是可用的正则表达式（RE2），或者太长，没有撤回任何消息。", "“%s” is no regular expression of RE2, or too long; nothing was recalled."},
		phrase(bot.FaultType):    {"“%s”不是消息类型。可以写 text、post、card、image、file 等。没有撤回任何消息。", "“%s” is no type of messages. Write text, post, card, image, file and so on. Nothing was recalled."},
		phrase(bot.FaultLife):    {"“%s”太短或太长：期限从 10 秒到 365 天。", "“%s” is too short or too long: a lifetime is 10 seconds to 365 days."},
		phrase(bot.FaultTopic):   {"“%s”只能在话题里用，没有撤回任何消息。", "“%s” works inside a topic only; nothing was recalled."},
		phrase(bot.FaultClash):   {"“%s”和“%s”互相矛盾，没有撤回任何消息。", "“%s” and “%s” contradict each other; nothing was recalled."},
		phrase(bot.FaultOrder):   {"从“%s”到“%s”的范围前后颠倒，没有撤回任何消息。", "The range from “%s” to “%s” ends before it begins; nothing was recalled."},
		phrase(bot.FaultLong):    {"“%s”太长了，没有撤回任何消息。", "“%s” is longer than it may be; nothing was recalled."},
	}
}
