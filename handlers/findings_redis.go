package handlers

// redisFindings are about what the promises need of Redis.
func redisFindings() map[string]findingSentence {
	return map[string]findingSentence{
		"redis": {
			pair{"Redis 正常（{0}）", "Redis answers ({0})"},
			pair{"Redis 没有应答（{0}）", "Redis does not answer ({0})"},
			pair{"核对 redis.url，并确认 Redis 在运行、从这里能连上", "check redis.url, and that Redis is running there and can be reached from here"},
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

// redisFaults are why Redis can't be used, or soon can't.
func redisFaults() map[string]findingSentence {
	return map[string]findingSentence{
		"redis_writes": {fine: pair{"Redis 可以写入", "Redis takes writes"}},
		"redis_memory": {
			pair{"Redis 内存够用（已用 {0}，上限 {1}）", "Redis has memory left ({0} of {1} used)"},
			pair{"Redis 内存快满了（已用 {0}，上限 {1}）：满了就会拒绝所有写入", "Redis is nearly full ({0} of {1} used): then it refuses all writes"},
			pair{"调大 maxmemory，或减小 store.index_cap、store.audit_cap", "raise maxmemory, or lower store.index_cap and store.audit_cap"},
			at(pageMemory),
		},
		"redis_memory_unbounded": {fine: pair{"Redis 没有内存上限（已用 {0}）", "Redis has no limit of memory ({0} used)"}},
		"redis_full": {
			fault: pair{"Redis 内存满了，不接受写入（OOM）：事件都会被答 503", "Redis is full and takes no writes (OOM): every event is answered 503"},
			fix:   pair{"调大 maxmemory，或减小 store.index_cap、store.audit_cap", "raise maxmemory, or lower store.index_cap and store.audit_cap"},
			where: at(pageMemory),
		},
		"redis_read_only": {
			fault: pair{"redis.url 指向只读副本（READONLY）：事件都会被答 503", "redis.url leads to a read-only replica (READONLY): every event is answered 503"},
			fix:   pair{"把 redis.url 设为主节点，或使用 redis+sentinel://", "set redis.url to the primary, or use redis+sentinel://"},
			where: at(pageReplication),
		},
		"redis_disk": {
			fault: pair{"Redis 无法写磁盘，不接受写入（MISCONF）：事件都会被答 503", "Redis can't write to its disk and takes no writes (MISCONF): every event is answered 503"},
			fix:   pair{"查看 Redis 的日志；通常是磁盘满了或没有写权限", "look at the log of Redis; mostly the disk is full, or may not be written to"},
			where: at(pagePersistence),
		},
		"redis_forbidden": {
			fault: pair{"Redis 用户没有权限（NOPERM）：{0}", "the user of Redis may not use (NOPERM): {0}"},
			fix:   pair{"给它 ~* &* +@all -@dangerous +info +config|get +cluster|slots", "grant it ~* &* +@all -@dangerous +info +config|get +cluster|slots"},
			where: at(pageACL),
		},
		"redis_command": {
			fault: pair{"这个 Redis 没有所需的命令：{0}", "this Redis lacks commands that are needed: {0}"},
			fix:   pair{"去掉 rename-command；代理或兼容产品要支持这些命令", "take rename-command away; a proxy, or something compatible with Redis, has to know these commands"},
		},
		"redis_password": {
			fault: pair{"Redis 不接受用户名或密码（{0}）", "Redis does not take the user or the password ({0})"},
			fix:   pair{"核对 redis.url 里的用户名和密码，特殊字符要百分号编码", "check user and password in redis.url; special characters are percent-encoded"},
			where: at(pageACL),
		},
		"redis_loading": {
			fault: pair{"Redis 还没有准备好（{0}）", "Redis is not ready yet ({0})"},
			fix:   pair{"等它读完文件或完成切换", "wait until it has read its file, or has failed over"},
		},
		"redis_replicas": {
			fault: pair{"Redis 的副本不够，不接受写入：事件都会被答 503", "Redis has too few replicas and takes no writes: every event is answered 503"},
			fix:   pair{"恢复副本，或减小 redis.wait_replicas、min-replicas-to-write", "bring the replicas back, or lower redis.wait_replicas and min-replicas-to-write"},
			where: at(pageReplication),
		},
		"redis_version": {
			fault: pair{"Redis 版本是 {0}，需要 7.0 或更新的版本", "Redis is of version {0}; 7.0 or newer is needed"},
			fix:   pair{"升级 Redis", "upgrade Redis"},
		},
	}
}

// certificateFindings are why a connection over TLS fails, whoever is at its other end.
func certificateFindings() map[string]findingSentence {
	trust := pair{
		"用公认机构签发的证书，或让本机信任签发机构（SSL_CERT_FILE；Redis 用 redis.ca_file），证书链要完整",
		"use a certificate of a public authority, or have this machine trust the authority (SSL_CERT_FILE; for Redis redis.ca_file); the chain has to be complete",
	}
	return map[string]findingSentence{
		"tls_unknown_authority": {
			fault: pair{"{0} 的证书由不受信任的机构签发", "the certificate of {0} is signed by an unknown authority"},
			fix:   trust,
		},
		"tls_expired": {
			fault: pair{"{0} 的证书已过期，或还没有生效", "the certificate of {0} has expired, or is not valid yet"},
			fix:   pair{"更新证书，并核对本机时钟", "renew it, and check the clock of this machine"},
		},
		"tls_wrong_name": {
			fault: pair{"{0} 的证书是给别的域名的", "the certificate of {0} is for another name"},
			fix:   pair{"使用证书上的域名，或换一张包含这个域名的证书", "use the name in the certificate, or get one for this name"},
		},
		"tls_plain": {
			fault: pair{"{0} 不支持 TLS", "{0} does not speak TLS"},
			fix:   pair{"改用不加密的地址（http://、redis://），或在那里开启 TLS", "use the address without TLS (http://, redis://), or switch TLS on there"},
		},
		"tls_invalid": {
			fault: pair{"{0} 的证书无法验证", "the certificate of {0} can't be verified"},
			fix:   trust,
		},
	}
}
