package handlers

import (
	"net/url"

	"recallbot/bot"
)

// platformFindings are about the app on the platform.
func platformFindings() map[string]findingSentence {
	return map[string]findingSentence{
		"credentials": {
			pair{"应用凭证可用（{0}，{1}）", "the app's credentials work ({0} at {1})"},
			pair{"取不到 tenant_access_token（{0}）", "no tenant_access_token ({0})"},
			pair{
				"核对 feishu.app_id、feishu.app_secret 和 feishu.base_url（现在是 {1}）",
				"check feishu.app_id, feishu.app_secret and feishu.base_url (now {1})",
			},
			onPage("baseinfo"),
		},
		"platform_away": {
			fault: pair{"连不上平台，或者 {0} 不是平台（{1}）", "the platform can't be reached, or {0} is not the platform ({1})"},
			fix:   pair{"检查网络、DNS、代理（HTTPS_PROXY）和 feishu.base_url", "check network, DNS, proxy (HTTPS_PROXY) and feishu.base_url"},
		},
		"domain": {
			fault: pair{"这个应用不在 {0}，而在 {1}", "the app is not one of {0} but of {1}"},
			fix:   pair{"把 feishu.base_url 设为 {1}", "set feishu.base_url to {1}"},
		},
		"bot": {
			pair{"机器人已启用（{0}）", "the bot is enabled ({0})"},
			pair{"机器人不可用（{0}）", "the bot can't be used ({0})"},
			pair{"开启机器人能力并发布版本，再请管理员启用应用", "switch the bot ability on, publish a version, and have the admin enable the app"},
			onPage("bot"),
		},
		"clock": {
			pair{"时钟与平台一致（相差 {0}）", "our clock agrees with the platform's (off by {0})"},
			pair{"本机时钟与平台相差 {0}，事件会因时间戳被拒绝", "our clock is off by {0} from the platform's: events are refused for their timestamps"},
			pair{"在本机开启 NTP 校时", "switch NTP on"},
			nil,
		},
		"events": {
			pair{"事件已全部订阅", "subscribed to all events"},
			pair{"还没有订阅的事件：{0}", "not subscribed to {0}"},
			pair{"在“事件与回调”中添加并发布新版本", "add them under Events & Callbacks and publish a new version"},
			onPage("event"),
		},
		"events_unread": {
			fault: pair{"读不到事件订阅（{0}）", "the event subscriptions can't be read ({0})"},
			fix: pair{
				"自行核对是否都已订阅：{1}；开通 application:application:self_manage 后可自动检查",
				"see for yourself that there are {1}; the scope application:application:self_manage lets me check",
			},
			where: onPage("event"),
		},
		"version": {
			fault: pair{"应用还没有已发布的版本", "no version of the app is published"},
			fix:   pair{"创建版本并发布", "create a version and publish it"},
			where: onPage("version"),
		},
		"callback": {
			pair{"卡片按钮的回调已订阅（{0}）", "presses of buttons come ({0})"},
			pair{"卡片上的按钮没有反应：没有订阅回调 {0}", "buttons of cards do nothing: the callback {0} is not subscribed"},
			pair{"在“事件与回调”的“回调配置”中添加 {0} 并发布新版本", "add {0} under Events & Callbacks, Callback configuration, and publish a new version"},
			onPage("event"),
		},
		"scope_owner": {
			pair{"可以请群主授权撤回（用户权限 {0}）", "owners can be asked to let me recall as them (user scope {0})"},
			pair{"群主无法授权：应用没有用户权限 {0}", "owners can't authorise me: the app lacks the user scope {0}"},
			pair{"开通用户身份权限 {0} 和 offline_access，并发布新版本", "add the user scopes {0} and offline_access, and publish a new version"},
			func(s Site, f bot.Finding) string {
				return s.console("auth?q=" + url.QueryEscape(f.Args[0]) + "&token_type=user")
			},
		},
		"redirect": {
			pair{"群主授权后的浏览器会回到 {0}", "browsers of owners come back to {0}"},
			pair{"群主授权后浏览器回不来：没有登记重定向 URL {0}", "browsers of owners don't come back: the redirect URL {0} is not registered"},
			pair{"在“安全设置”的“重定向 URL”中添加 {0}", "add {0} under Security Settings, Redirect URLs"},
			onPage("safe"),
		},
		"transport": {
			fault: pair{"平台用 {0} 推送事件，而机器人在等 {1}", "the platform sends events by {0}, and the bot waits for them by {1}"},
			fix:   pair{"把 feishu.transport 设为 {0}，或在“事件与回调”中改变订阅方式", "set feishu.transport to {0}, or change the way of subscription under Events & Callbacks"},
			where: onPage("event"),
		},
		"webhook": {
			fine: pair{"{0} 收得到事件，密钥一致", "events get through to {0}, and the keys are the same there"},
		},
		"webhook_away": {
			fault: pair{"{0} 没有应答（{1}）", "nothing answers at {0} ({1})"},
			fix: pair{
				"机器人在运行吗（recallbot serve）？如果这是公网地址，请从外面再试一次",
				"is the bot running (recallbot serve)? If this is the public address, try it from outside too",
			},
			where: onPage("event"),
		},
		"webhook_key": {
			fault: pair{"{0} 有应答（HTTP {1}），但不接受我们签名的事件", "{0} answers (HTTP {1}), but does not take an event that we signed"},
			fix: pair{
				"那里的 feishu.encrypt_key、feishu.verification_token、feishu.app_id 或时钟与这里不同，或者那不是 recallbot；密钥在“事件与回调”的“加密策略”中",
				"feishu.encrypt_key, feishu.verification_token, feishu.app_id or the clock differ there, or it is no recallbot; the keys stand under Events & Callbacks, Encryption strategy",
			},
			where: onPage("event"),
		},
	}
}

// scopeFindings are about what the app may do, by what people do with it.
func scopeFindings() map[string]findingSentence {
	grant := pair{"开通 {0} 并发布新版本", "add the scope {0} and publish a new version"}
	scope := func(fine, fault pair) findingSentence { return findingSentence{fine, fault, grant, scopePage} }
	return map[string]findingSentence{
		"scopes": {
			fault: pair{"读不到权限列表（{0}），无法核对权限", "the list of scopes can't be read ({0}), so scopes were not checked"},
			fix:   pair{"请自行核对权限", "see for yourself which scopes are granted"},
			where: onPage("auth"),
		},
		"scope_recall": scope(pair{"可以撤回消息（{0}）", "may recall messages ({0})"}, pair{"缺少撤回权限", "may not recall messages"}),
		"scope_send":   scope(pair{"可以发消息（{0}）", "may send messages ({0})"}, pair{"无法答复任何人，也无法恢复消息", "can't answer anybody, nor post again what was recalled"}),
		"scope_chat": scope(pair{"可以查看群主和管理员（{0}）", "may see owners and managers of groups ({0})"},
			pair{"查不到谁是群主，所有撤回都会被拒绝", "can't learn who owns a group, so everything is refused"}),
		"scope_group": scope(pair{"收得到群里的命令（{0}）", "hears commands in groups ({0})"}, pair{"收不到群里的命令", "hears nothing in groups"}),
		"scope_group_all": scope(pair{"收得到群里的全部消息（{0}）", "hears all messages in groups ({0})"},
			pair{
				"命令必须 @ 机器人，未见过的消息无法通过表情撤回，清理也看不到群聊历史",
				"commands must mention the bot, a reaction on a message it has not seen can't be checked, and clean-ups don't see a group's history",
			}),
		"scope_p2p": scope(pair{"收得到单聊消息（{0}）", "hears private chats ({0})"}, pair{"收不到单聊里的命令", "hears no commands in private chats"}),
		"scope_history": scope(pair{"清理可以查看历史消息（{0}）", "clean-ups may read a chat's history ({0})"},
			pair{"清理只能看到机器人收到过的消息", "clean-ups see only what the bot has seen come"}),
		"scope_read": scope(pair{"可以查询消息（{0}）", "may look messages up ({0})"},
			pair{"查不到未见过的消息，也收不到撤回事件", "can't look up messages it has not seen, nor hear of recalls"}),
		"scope_reactions": scope(pair{"收得到表情回复（{0}）", "hears reactions ({0})"}, pair{"无法用表情撤回", "can't be told by a reaction"}),
		"scope_react":     scope(pair{"可以用表情答复（{0}）", "may answer with a reaction ({0})"}, pair{"无法用 DONE 表情确认", "can't confirm with a DONE reaction"}),
	}
}
