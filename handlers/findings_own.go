package handlers

// The pages that explain Redis, and what receivers of webhooks are.
const (
	pagePersistence = "https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/"
	pageEviction    = "https://redis.io/docs/latest/develop/reference/eviction/"
	pageReplication = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"
	pageLatency     = "https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency/"
	pageReceivers   = "https://www.standardwebhooks.com"
	pageMemory      = "https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/memory-optimization/"
	pageACL         = "https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/"
)

// ownFindings are about the configuration and a chat.
func ownFindings() map[string]findingSentence {
	return map[string]findingSentence{
		"configuration": {
			pair{"配置正确", "the configuration is right"},
			pair{"配置有错：\n   {0}", "the configuration is wrong:\n   {0}"},
			pair{"改正后运行 recallbot config check", "put it right and run recallbot config check"},
			nil,
		},
		"receiver": {
			pair{"{1} 有应答（{0}）", "{1} answers ({0})"},
			pair{"{1} 没有应答（{0}），发给它的内容会再试", "{1} does not answer ({0}); what is for it is tried again"},
			pair{"核对 {0}，并确认那里有服务在运行、从这里能连上", "check {0}, and that somebody listens there who can be reached from here"},
			at(pageReceivers),
		},
		"receiver_forbidden": {
			fault: pair{"{1} 不是允许访问的地址（{0}）", "{1} may not be reached ({0})"},
			fix: pair{
				"改用公网的 https 地址；确实在内网时，把它写进 hooks.allow",
				"use a public address with https; name it in hooks.allow where it is meant to be a private one",
			},
			where: at(pageReceivers),
		},
		"chat": {
			pair{"我在这个群里（{0}）", "I am in this chat ({0})"},
			pair{"我不在这个群里，或查不到（{0}）", "I am not in this chat, or can't see it ({0})"},
			pair{"把机器人加进群；如果已经在群里，原因见其他各项", "add the bot to the chat; if it is there, the other lines tell why"},
			nil,
		},
		"rank_manager": {fine: pair{
			"我在这里是群管理员：自己的和别的机器人的消息都能撤回",
			"I am an admin here: I can recall my own and other bots' posts",
		}},
		"rank_none": {fine: pair{
			"我在这里是普通成员：可以撤回我自己发的消息。要撤回别的机器人的消息，请群主把我设为群管理员",
			"I am a plain member here: I can recall my own posts. For other bots' posts, ask the owner to make me an admin",
		}},
		"rank_maybe": {fine: pair{
			"这个群的群主是机器人，平台不说是哪一个；如果是我，别的机器人的消息也能撤回",
			"a bot owns this group and the platform does not say which; if it is me, other bots' posts can be recalled too",
		}},
		"rank_p2p":        {fine: pair{"这是单聊：可以撤回我自己发的消息", "this is a private chat: I can recall my own posts"}},
		"may_owner":       {fine: pair{"群主可以撤回：{0}（owner）", "the owner may recall: {0} (rule owner)"}},
		"may_manager":     {fine: pair{"群管理员可以撤回：{0}（manager）", "admins may recall: {0} (rule manager)"}},
		"may_moderator":   {fine: pair{"指定的协管员可以撤回：{0}（moderator）", "moderators may recall: {0} (rule moderator)"}},
		"may_author":      {fine: pair{"让机器人发出某条消息的人可以撤回那一条（author）", "whoever caused a post may recall that post (rule author)"}},
		"may_counterpart": {fine: pair{"单聊里的对方可以撤回我发的消息（counterpart）", "the other person of a private chat may recall my posts (rule counterpart)"}},
		"may_quorum":      {fine: pair{"{0} 个人用表情就可以撤回一条机器人的消息（quorum）", "{0} people's reactions together recall a bot's post (rule quorum)"}},
		"may_nobody":      {fine: pair{"其他人不可以（nobody）", "nobody else may (rule nobody)"}},
	}
}
