package handlers

const (
	phraseHelpMine       phrase = "help_mine"
	phraseMoreMine       phrase = "details_mine"
	phraseMineTitle      phrase = "title_mine"
	phraseMineNone       phrase = "mine_none"
	phraseMineNumber     phrase = "mine_number"
	phraseMineP2P        phrase = "part_p2p"
	phraseButtonTakeBack phrase = "button_take_back"
	phraseButtonAll      phrase = "button_all"
	phraseSureAll        phrase = "sure_all"
	phraseTakenBack      phrase = "taken_back"
	phraseGoneBefore     phrase = "gone_before"
	phraseOffer          phrase = "offer"
)

// minePhrases are the sentences for those who had something posted.
func minePhrases() map[phrase]sentence {
	return map[phrase]sentence{
		phraseHelpMine: {"列出通过接口为你发的消息，每条都有撤回按钮", "lists what was posted for you through the API, with a button each"},
		phraseMoreMine: {
			"在群里列出这个群的，在和我的单聊里列出所有群的，只有你看得到。群发的消息可以一次全部撤回。\n" +
				"不写数字列出最近 5 条，最多 20 条。\n" +
				"例子：\n/recall mine\n/recall mine 20",
			"In a group it lists those of the group, in the two-person chat with me those of all groups; only you see it. A broadcast can be taken back as a whole.\n" +
				"Without a number it lists the newest 5, at most 20.\n" +
				"Examples:\n/recall mine\n/recall mine 20",
		},
		phraseMineTitle:      {"为你发的消息", "Posted for you"},
		phraseMineNone:       {"没有还在的、通过接口为你发的消息。", "Nothing that was posted for you through the API is still there."},
		phraseMineNumber:     {"“%s”不是 1 到 %d 之间的数字。例子：/recall mine 10。", "“%s” is no number from 1 to %d. Example: /recall mine 10."},
		phraseMineP2P:        {"单聊", "two-person chat"},
		phraseButtonTakeBack: {"撤回", "Undo"},
		phraseButtonAll:      {"撤回整个群发（%d 条）", "All of this broadcast (%d)"},
		phraseSureAll:        {"这会撤回群发的全部 %d 条消息。", "This takes back all %d posts of the broadcast."},
		phraseTakenBack:      {"已撤回。", "Taken back."},
		phraseGoneBefore:     {"这条消息早已撤回，没有需要做的了。", "This post is gone already; there is nothing left to do."},
		phraseOffer:          {"这条消息是为你发的，发错了可以撤回。", "This was posted for you. If it is wrong, take it back."},
	}
}
