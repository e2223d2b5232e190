package handlers

// The pages that explain Redis, and what receivers of webhooks are.
const (
	pagePersistence = "https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/"
	pageEviction    = "https://redis.io/docs/latest/develop/reference/eviction/"
	pageReplication = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"
	pageLatency     = "https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency/"
	pageReceivers   = "https://www.standardwebhooks.com"
	pageACL         = "https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/"
)

// redisFindings are about what the promises need of Redis.
func redisFindings() map[string]findingSentence {
	return map[string]findingSentence{
		"redis": {
			pair{"Redis 正常（{0}）", "Redis answers ({0})"},
			pair{"Redis 没有应答（{0}）", "Redis does not answer ({0})"},
			pair{"核对 redis.url，并确认 Redis 7 或更新的版本在运行", "check redis.url, and that a Redis of version 7 or newer is running there"},
			nil,
		},
		"redis_embedded": {
			fault: pair{"没有设置 redis.url：数据只在内存里，进程结束就没了", "no redis.url: everything is kept in memory and lost with the process"},
			fix:   pair{"只适合试用；正式使用请设置 redis.url", "for trying out only; set redis.url"},
		},
		"redis_unread": {
			fault: pair{"Redis 不允许查看自己的状态（INFO），无法核对设置", "Redis does not tell about itself (INFO), so its settings were not checked"},
			fix:   pair{"允许 INFO 和 CONFIG GET，或自行核对设置", "allow INFO and CONFIG GET, or see for yourself that it is set right"},
			where: at(pageACL),
		},
		"redis_latency": {
			pair{"Redis 应答很快（{0}）", "Redis answers quickly ({0})"},
			pair{"Redis 应答太慢（{0}）", "Redis answers slowly ({0})"},
			pair{"把 Redis 放到离机器人近的地方，并查看它为什么慢", "bring Redis nearer to the bot, and look why it is slow"},
			at(pageLatency),
		},
		"redis_aof": {
			pair{"Redis 写追加文件", "Redis keeps an append-only file"},
			pair{"Redis 不写追加文件：它一重启，已答应的事就丢了", "Redis keeps no append-only file: a restart of it forgets what was promised"},
			pair{"设置 appendonly yes", "set appendonly yes"},
			at(pagePersistence),
		},
		"redis_fsync": {
			pair{"追加文件及时落盘（appendfsync {0}）", "the append-only file is written through (appendfsync {0})"},
			pair{"追加文件不及时落盘，或查不到（appendfsync {0}）", "the append-only file is not written through, or that can't be seen (appendfsync {0})"},
			pair{"设置 appendfsync always，至少 everysec", "set appendfsync always, or everysec at least"},
			at(pagePersistence),
		},
		"redis_eviction": {
			pair{"Redis 不会为腾出内存而丢数据", "Redis does not throw away what is kept to make room"},
			pair{"Redis 内存满时会丢数据（maxmemory-policy {0}）", "Redis throws away what is kept when its memory is full (maxmemory-policy {0})"},
			pair{"设置 maxmemory-policy noeviction", "set maxmemory-policy noeviction"},
			at(pageEviction),
		},
		"redis_alone": {
			fine: pair{"Redis 没有副本，不会故障切换", "Redis has no replicas: nothing fails over"},
		},
		"redis_wait": {
			fault: pair{"Redis 有 {0} 个副本，但机器人不等它们：故障切换会丢失最后几毫秒已答应的事", "Redis has {0} replicas, and the bot does not wait for them: a failover loses what was promised in the last milliseconds"},
			fix:   pair{"设置 redis.wait_replicas: 1", "set redis.wait_replicas: 1"},
			where: at(pageReplication),
		},
		"redis_guard": {
			fault: pair{"Redis 主节点与副本断开后仍接受写入", "the primary of Redis takes writes while it is cut off from its replicas"},
			fix:   pair{"设置 min-replicas-to-write 1 和 min-replicas-max-lag 10", "set min-replicas-to-write 1 and min-replicas-max-lag 10"},
			where: at(pageReplication),
		},
		"redis_copies": {
			pair{"Redis 有 {0} 个副本，机器人等 {1} 个", "Redis has {0} replicas, and the bot waits for {1}"},
			pair{"机器人要等 {1} 个 Redis 副本，而现在只有 {0} 个：事件都会被答 503", "the bot waits for {1} replicas of Redis and there are {0}: every event is answered 503"},
			pair{"恢复副本，或减小 redis.wait_replicas", "bring the replicas back, or lower redis.wait_replicas"},
			at(pageReplication),
		},
	}
}

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
