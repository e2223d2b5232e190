package handlers

import (
	"maps"

	"recallbot/bot"
)

// phrase names a sentence. Every bot.Reason is one, and via_…, result_…, rule_… and short_… stand for the words of
// the log; a test holds that none is missing in either language.
type phrase string

const (
	phraseCode         phrase = "code"
	phraseCodeAndLog   phrase = "code_and_log"
	phraseHelpHead     phrase = "help_head"
	phraseHelpThis     phrase = "help_this"
	phraseHelpLog      phrase = "help_log"
	phraseHelpDoctor   phrase = "help_doctor"
	phraseHelpHelp     phrase = "help_help"
	phraseHelpReaction phrase = "help_reaction"
	phraseUnknownWord  phrase = "unknown_word"
	phraseDidYouMean   phrase = "did_you_mean"
	phraseLogHead      phrase = "log_head"
	phraseLogJob       phrase = "part_log_job"
	phraseLogEmpty     phrase = "log_empty"
	phraseLogCount     phrase = "log_count"
)

type sentence struct{ zh, en string }

// phrases is the whole phrasebook.
func phrases() map[phrase]sentence {
	book := map[phrase]sentence{
		phraseCode:         {"（%d）", " (%d)"},
		phraseCodeAndLog:   {"（%d，日志 %s）", " (%d, log id %s)"},
		phraseHelpHead:     {"我可以撤回机器人在群里发的消息：", "I take back what bots posted in this chat:"},
		phraseHelpThis:     {"回复一条消息并发送，撤回那条消息；在话题里撤回我最新的一条（同 /撤回，或在回复里只写“撤回”）", "as a reply: recalls the message replied to; in a topic, my newest post there (same as /撤回)"},
		phraseHelpLog:      {"这个群最近的撤回记录", "who recalled what here lately"},
		phraseHelpDoctor:   {"检查我在这个群里能做什么、还缺什么", "checks what I may do here and what is missing"},
		phraseHelpHelp:     {"显示这份说明", "shows this"},
		phraseHelpReaction: {"也可以直接给机器人的消息贴表情 %s。群主、管理员、指定的协管员和消息的发起人可以使用。", "Or react to a bot's message with %s. For the group's owner and admins, appointed moderators, and the person who caused the post."},
		phraseUnknownWord:  {"我不认识“%s”，没有撤回任何消息。", "I don't know “%s”; nothing was recalled."},
		phraseDidYouMean:   {"你是不是想说 %s？", "Did you mean %s?"},
		phraseLogJob:       {"任务 %s", "job %s"},
		phraseLogHead:      {"最近的撤回记录：", "Recalled here lately:"},
		phraseLogEmpty:     {"这里还没有撤回记录。", "Nothing has been recalled here yet."},
		phraseLogCount:     {"“%s”不是 1 到 50 的数字，请发送 /recall log 10 这样的命令。", "“%s” is no number from 1 to 50; say for example /recall log 10."},
	}
	maps.Copy(book, logWords())
	maps.Copy(book, boardPhrases())
	maps.Copy(book, filterPhrases())
	maps.Copy(book, settingsPhrases())
	maps.Copy(book, undoPhrases())
	maps.Copy(book, alertPhrases())
	maps.Copy(book, minePhrases())
	maps.Copy(book, lifetimePhrases())
	maps.Copy(book, typePhrases())
	maps.Copy(book, consentPhrases())
	for reason, r := range reasons() {
		book[phrase(reason)] = r.full
		book[phrase("short_"+string(reason))] = r.short
	}
	return book
}

func logWords() map[phrase]sentence {
	return map[phrase]sentence{
		"via_" + phrase(bot.ViaReply):       {"回复", "by reply"},
		"via_" + phrase(bot.ViaReaction):    {"表情", "by reaction"},
		"via_" + phrase(bot.ViaP2P):         {"单聊", "in p2p"},
		"via_" + phrase(bot.ViaClean):       {"清理", "by clean-up"},
		"via_" + phrase(bot.ViaButton):      {"按钮", "by button"},
		"via_" + phrase(bot.ViaQuorum):      {"多人表情", "by several reactions"},
		"via_" + phrase(bot.ViaCascade):     {"随原消息", "with its source"},
		"via_" + phrase(bot.ViaUndo):        {"恢复", "by undo"},
		"via_" + phrase(bot.ViaSettings):    {"设置", "by setting"},
		"via_" + phrase(bot.ViaOperator):    {"命令行", "by the operator"},
		"via_" + phrase(bot.ViaAPI):         {"接口", "by API"},
		"via_" + phrase(bot.ViaLifetime):    {"定时", "by lifetime"},
		"via_" + phrase(bot.ViaCancelled):   {"取消发送", "by cancelling it"},
		"result_" + phrase(bot.Done):        {"已撤回", "recalled"},
		"result_" + phrase(bot.AlreadyGone): {"早已撤回", "already gone"},
		"result_" + phrase(bot.Refused):     {"被拒绝", "refused"},
		"result_" + phrase(bot.Failed):      {"失败", "failed"},
		"result_" + phrase(bot.DryRun):      {"演练", "dry run"},
		"result_" + phrase(bot.Restored):    {"已恢复", "restored"},
		"result_" + phrase(bot.Changed):     {"已更改", "changed"},
		"result_" + phrase(bot.Asked):       {"已请求撤回", "asked for"},
		"result_" + phrase(bot.Cancelled):   {"发送前已取消", "cancelled before it was sent"},
		"rule_owner":                        {"群主", "owner"},
		"rule_manager":                      {"管理员", "admin"},
		"rule_moderator":                    {"协管员", "moderator"},
		"rule_author":                       {"发起人", "author"},
		"rule_counterpart":                  {"单聊对方", "p2p counterpart"},
		"rule_quorum":                       {"多人同意", "quorum"},
		"rule_cascade":                      {"随原消息撤回", "cascade"},
		"rule_operator":                     {"运维人员", "operator"},
		"rule_team":                         {"发送团队", "its team"},
		"rule_token":                        {"接口令牌", "API token"},
		"rule_lifetime":                     {"到期", "lifetime over"},
		"rule_token_over":                   {"接口令牌已失效", "API token over"},
		"rule_cancelled":                    {"发送已取消", "cancelled while being sent"},
	}
}
