package handlers

const (
	phraseHelpTTL      phrase = "help_ttl"
	phraseMoreTTL      phrase = "details_ttl"
	phraseTTLSet       phrase = "ttl_set"
	phraseTTLAll       phrase = "part_all_posts"
	phraseTTLTypes     phrase = "part_posts_of_types"
	phraseTTLNone      phrase = "ttl_none"
	phraseTTLOff       phrase = "ttl_off"
	phraseTTLCut       phrase = "ttl_cut"
	phraseTTLNew       phrase = "ttl_new"
	phraseHours        phrase = "part_hours"
	phraseDays         phrase = "part_days"
	phraseHoursMinutes phrase = "part_hours_minutes"
)

// lifetimePhrases are the sentences of lifetimes.
func lifetimePhrases() map[phrase]sentence {
	return map[phrase]sentence{
		phraseHelpTTL: {"我自己发的消息过多久自动撤回", "how long my own posts stay before I recall them"},
		phraseMoreTTL: {
			"规定我自己在这里发的消息过多久自动撤回，可以按类型分别规定；置顶的消息保留。list 查看和下一次的时间，off 关闭。\n" +
				"最短 10 秒。消息多的时候最多晚一分钟。\n" +
				"例子：\n/recall ttl 24h --type card\n/recall ttl 7d\n/recall ttl list\n/recall ttl off",
			"Says how long my own posts stay here before I recall them, for each type if you like; pinned ones stay. list shows it with the next time, off ends it.\n" +
				"At least 10 seconds. In a busy chat it may be a minute late.\n" +
				"Examples:\n/recall ttl 24h --type card\n/recall ttl 7d\n/recall ttl list\n/recall ttl off",
		},
		phraseTTLSet:   {"%s：发出 %s后自动撤回，下一次在 %s。", "%s: recalled %s after they were posted, next at %s."},
		phraseTTLAll:   {"我在这里发的所有消息", "all my posts here"},
		phraseTTLTypes: {"我在这里发的%s", "my posts here of the type %s"},
		phraseTTLNone:  {"这里没有规定消息的期限。", "No lifetime is set here."},
		phraseTTLOff:   {"好的，不再自动撤回。", "All right, nothing is recalled by itself any more."},
		phraseTTLNew: {
			"已有的消息不受影响：在本群撤回多条消息需要另一人批准。",
			"Posts that are already here stay: recalling many messages here needs a second person's approval.",
		},
		phraseTTLCut: {
			"贵组织规定消息发出 %s后就不能撤回，所以我会提前撤回。",
			"Your organisation lets nothing be recalled later than %s after it was sent, so I recall it in time.",
		},
		phraseHours:        {"%d 小时", "%d h"},
		phraseDays:         {"%d 天", "%d days"},
		phraseHoursMinutes: {"%d 小时 %d 分", "%d h %d min"},
	}
}
