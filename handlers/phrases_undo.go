package handlers

const (
	phraseRestored   phrase = "part_restored"
	phraseUndone     phrase = "undone"
	phraseCantReturn phrase = "cant_return"
	phraseHelpUndo   phrase = "help_undo"
	phraseMoreUndo   phrase = "details_undo"
	phraseHelpBatch  phrase = "help_batch"
	phraseMoreBatch  phrase = "details_batch"
	phraseBatchSoon  phrase = "batch_soon"
)

// undoPhrases are the sentences of undoing, and batch sends.
func undoPhrases() map[phrase]sentence {
	return map[phrase]sentence{
		phraseRestored:   {"（已恢复，原发于 %s）", "(restored, first sent %s)"},
		phraseUndone:     {"已恢复。", "Posted again."},
		phraseCantReturn: {"无法恢复：%s。", "These can't come back: %s."},
		phraseHelpUndo:   {"把撤回的内容重新发出来（需要打开存档）", "posts again what was recalled (with the archive on)"},
		phraseMoreUndo: {
			"把我自己的、被撤回的消息按原来的顺序发回原来的地方，并注明是恢复的。\n" +
				"不写编号就恢复最近一次撤回；如果那一次撤回的不是我发的，就什么也不发。编号见 /recall log。每次撤回只能恢复一次，系统消息等类型无法恢复。\n" +
				"例子：\n/recall undo\n/recall undo k3v9x2aq",
			"Posts my own recalled messages again, in their order and where they stood, marked as restored.\n" +
				"Without an id it means the last recall; where that took no post of mine, nothing is posted. /recall log shows the ids. Each comes back once, and some types can't.\n" +
				"Examples:\n/recall undo\n/recall undo k3v9x2aq",
		},
		phraseHelpBatch: {"在和我的单聊里撤回批量消息", "in the two-person chat with me: recalls a batch send"},
		phraseBatchSoon: {
			"已请平台撤回；当时还没有人收到这批消息。",
			"The platform was asked to recall it; it had reached nobody yet.",
		},
		phraseMoreBatch: {
			"批量发送的消息由平台自己陆续撤回，我会显示进度。发送后 24 小时内可以撤回，只有对所有会话指定的协管员可以使用。\n" +
				"例子：\n/recall bm-dc13264520392913993dd051dba21dcf\n/recall bm-dc13264520392913993dd051dba21dcf -- 发错了",
			"The platform recalls a batch by itself, bit by bit, and I show how far it is. It can be asked within 24 hours, by moderators of all chats.\n" +
				"Examples:\n/recall bm-dc13264520392913993dd051dba21dcf\n/recall bm-dc13264520392913993dd051dba21dcf -- wrong text",
		},
	}
}
