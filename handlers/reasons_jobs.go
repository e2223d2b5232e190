package handlers

import "recallbot/bot"

// jobReasons are the sentences for what can stand in the way of a job, its buttons, an undo or a setting.
func jobReasons() map[bot.Reason]explained {
	return map[bot.Reason]explained{
		bot.ReasonPinned: {
			sentence{"这条消息被置顶（Pin）了，所以保留。要一起撤回，请加 --with-pinned。", "This message is pinned, so it stays. Add --with-pinned to take it too."},
			sentence{"已置顶", "pinned"},
		},
		bot.ReasonNotYours: {
			sentence{"这个按钮只有发起命令的人可以按。", "Only the person who gave the command may press this."},
			sentence{"不是发起人", "not who asked"},
		},
		bot.ReasonSecondPerson: {
			sentence{"需要另一位群主、群管理员或协管员来批准，发起人自己不能批准。", "Another owner, admin or moderator has to approve; whoever asked can't."},
			sentence{"需要第二人批准", "needs a second person"},
		},
		bot.ReasonNeedsApproval: {
			sentence{"有一个群规定，一次撤回这么多条要由第二人批准，所以没有撤回。请在那个群里发送命令。", "One of the groups requires a second person's approval for this many messages, so nothing was recalled. Give the command in that group."},
			sentence{"需要在群里由第二人批准", "needs a second person's approval in the chat"},
		},
		bot.ReasonTokenOver: {
			sentence{"发起这次操作的接口令牌已失效或已被撤销，余下的没有处理。", "The API token that asked for this has expired or was revoked, so the rest was not done."},
			sentence{"接口令牌已失效", "API token expired or revoked"},
		},
		bot.ReasonStale: {
			sentence{"这张卡片已经用过或已失效，这次点击没有任何作用。如仍需要，请重新发送命令。", "This card's offer is over: this press did nothing. If you still want it, say the command again."},
			sentence{"卡片已失效", "stale card"},
		},
		bot.ReasonNoJob: {
			sentence{"这个群里没有这样的任务。发送 /recall log 查看记录。", "There is no such job in this chat. /recall log shows what was done."},
			sentence{"没有这个任务", "no such job"},
		},
		bot.ReasonNothingFound: {
			sentence{"没有符合条件的消息，没有撤回任何消息。", "No message matches; nothing was recalled."},
			sentence{"没有符合条件的消息", "nothing matches"},
		},
		bot.ReasonNoHistory: {
			sentence{"按内容或类型筛选需要读取群消息，而我没有这个权限。请给应用开通 im:message.group_msg 权限，或改用 --last、--since、--bot 等条件。", "To choose by text or type I must read the chat's messages, and I may not. Grant the app the scope im:message.group_msg, or choose by --last, --since or --bot."},
			sentence{"读不到群消息", "history may not be read"},
		},
		bot.ReasonUnknownBot: {
			sentence{"我分不清你说的是哪个机器人。请写它的应用编号，例如 --bot cli_a1b2c3；预览里会列出每个机器人的编号。", "I can't tell which bot you mean. Write its app id, such as --bot cli_a1b2c3; a preview with --bot any --dry-run lists the ids."},
			sentence{"不知道是哪个机器人", "unknown bot"},
		},
		bot.ReasonUnknownStart: {
			sentence{"在这个会话里找不到范围开头或结尾的那条消息，没有撤回任何消息。", "The message that the range begins or ends with is not to be found in this chat; nothing was recalled."},
			sentence{"找不到范围的消息", "range message not found"},
		},
		bot.ReasonCopiedLink: {
			sentence{"客户端复制的消息链接里没有消息编号，我查不到它指的是哪一条，没有撤回任何消息。请回复（引用）那条消息再发送命令，或写它的编号（om_…）。", "A link that you copy in the client does not hold the message's id, so I can't find the message; nothing was recalled. Reply to that message with the command instead, or give its id (om_…)."},
			sentence{"链接里没有消息编号", "link without an id"},
		},
		bot.ReasonOnlyOwners: {
			sentence{"只有群主和群管理员可以这样做。请找他们帮忙。", "Only the group's owner and admins may do that. Ask one of them."},
			sentence{"仅限群主和管理员", "owner and admins only"},
		},
		bot.ReasonArchiveOff: {
			sentence{"没有打开存档，所以没有可以恢复的内容。请管理员在配置里设置 archive.key。", "The archive is off, so nothing was kept that could come back. An administrator can set archive.key in the configuration."},
			sentence{"未打开存档", "archive is off"},
		},
		bot.ReasonNothingKept: {
			sentence{"没有保存可以恢复的内容，或者已经超过保存时间。", "Nothing is kept that could come back, or it was kept too long ago."},
			sentence{"没有存档", "nothing kept"},
		},
		bot.ReasonTookPerson: {
			sentence{"最近一次撤回的是成员的消息，无法恢复。", "The last recall took a person's message; that can't come back."},
			sentence{"撤回的是成员的消息", "took a person's message"},
		},
		bot.ReasonTookBot: {
			sentence{"最近一次撤回的是其他机器人的消息，无法恢复。", "The last recall took another bot's post; that can't come back."},
			sentence{"撤回的是其他机器人的消息", "took another bot's post"},
		},
		bot.ReasonTookAnswer: {
			sentence{"最近一次撤回的是我的回复或操作卡片，无法恢复。", "The last recall took an answer or a card of mine; that can't come back."},
			sentence{"撤回的是我的回复", "took an answer of mine"},
		},
		bot.ReasonTookBatch: {
			sentence{"最近一次撤回的是批量消息，无法恢复。", "The last recall took a batch send; that can't come back."},
			sentence{"撤回的是批量消息", "took a batch send"},
		},
		bot.ReasonTookUnkept: {
			sentence{"最近一次撤回的内容没有存档，无法恢复。", "Nothing that the last recall took was kept, so it can't come back."},
			sentence{"没有存档", "nothing kept"},
		},
		bot.ReasonNotEnded: {
			sentence{"这次撤回还没有结束，请等它结束后再恢复。", "This recall has not ended yet. Undo it when it has."},
			sentence{"还没有结束", "not ended yet"},
		},
		bot.ReasonUndone: {
			sentence{"这次撤回已经恢复过了，只能恢复一次。要恢复更早的撤回，请写编号，编号见 /recall log。", "This was restored already; it can be restored only once. For an earlier recall write its id; /recall log shows the ids."},
			sentence{"已恢复过", "restored already"},
		},
		bot.ReasonBatchP2P: {
			sentence{"批量消息（bm-…）请在和我的单聊里撤回。", "Recall a batch (bm-…) in the two-person chat with me."},
			sentence{"只能在单聊里", "p2p only"},
		},
		bot.ReasonBatchRight: {
			sentence{"只有对所有会话指定的协管员可以撤回批量消息。管理员可以在 policy.moderators 里指定。", "Only a moderator of all chats may recall a batch. An administrator names them in policy.moderators."},
			sentence{"没有权限", "no right"},
		},
		bot.ReasonUnknownBatch: {
			sentence{"平台不认识这个批量消息，或者它不是我发的。", "The platform knows no such batch, or I did not send it."},
			sentence{"没有这个批量消息", "unknown batch"},
		},
	}
}
