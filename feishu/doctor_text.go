package feishu

import "fmt"

// Text says the finding in Chinese ("zh") or English (anything else), with what to do about it.
func (f Finding) Text(lang string) string {
	s, ok := findingSentences()[f.Name]
	if !ok {
		return f.Name
	}
	pair := s.good
	if f.Level != LevelOK {
		pair = s.fault
	}
	format := pair.en
	if lang == "zh" {
		format = pair.zh
	}
	args := make([]any, len(f.Args))
	for i, arg := range f.Args {
		args[i] = arg
	}
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

type bilingual struct{ zh, en string }

// sentence takes all Args of its finding, in their order, in every form.
type sentence struct{ good, fault bilingual }

func findingSentences() map[string]sentence {
	return map[string]sentence{
		"credentials": {
			bilingual{"应用凭证可用（%s）", "the app's credentials work (%s)"},
			bilingual{
				"取不到 tenant_access_token（%s）：核对 feishu.app_id、feishu.app_secret 和 feishu.base_url（飞书与 Lark 的地址不同）",
				"no tenant_access_token (%s): check feishu.app_id, feishu.app_secret and feishu.base_url (Feishu and Lark have different addresses)",
			},
		},
		"bot": {
			bilingual{"机器人已启用（%s）", "the bot is enabled (%s)"},
			bilingual{
				"机器人不可用（%s）：在开发者后台开启机器人能力并发布版本，再请管理员启用应用",
				"the bot can't be used (%s): switch the bot ability on in the developer console, publish a version, and have the admin enable the app",
			},
		},
		"clock": {
			bilingual{"时钟与平台一致（相差 %s）", "our clock agrees with the platform's (off by %s)"},
			bilingual{
				"本机时钟与平台相差 %s：请开启 NTP 校时，否则事件会因时间戳被拒绝",
				"our clock is off by %s from the platform's: switch NTP on, or events are refused for their timestamps",
			},
		},
		"scopes": {fault: bilingual{"读不到权限列表（%s），无法核对权限", "the list of scopes can't be read (%s), so scopes were not checked"}},
		"scope_recall": {
			bilingual{"可以撤回消息（%s）", "may recall messages (%s)"},
			bilingual{"缺少撤回权限：开通 %s 并发布新版本", "may not recall: add the scope %s and publish a new version"},
		},
		"scope_send": {
			bilingual{"可以发消息（%s）", "may send messages (%s)"},
			bilingual{"无法答复任何人：开通 %s 并发布新版本", "can't answer anybody: add the scope %s and publish a new version"},
		},
		"scope_chat": {
			bilingual{"可以查看群主和管理员（%s）", "may see owners and managers of groups (%s)"},
			bilingual{
				"查不到谁是群主，所有撤回都会被拒绝：开通 %s 并发布新版本",
				"can't learn who owns a group, so everything is refused: add the scope %s and publish a new version",
			},
		},
		"scope_group": {
			bilingual{"收得到群里的命令（%s）", "hears commands in groups (%s)"},
			bilingual{"收不到群里的命令：开通 %s 并发布新版本", "hears nothing in groups: add the scope %s and publish a new version"},
		},
		"scope_group_all": {
			bilingual{"收得到群里的全部消息（%s）", "hears all messages in groups (%s)"},
			bilingual{
				"命令必须 @ 机器人，未见过的消息无法通过表情撤回；若需要，请开通敏感权限 %s",
				"commands must mention the bot, and a reaction on a message it has not seen can't be checked; the sensitive scope %s lifts both",
			},
		},
		"scope_p2p": {
			bilingual{"收得到单聊消息（%s）", "hears private chats (%s)"},
			bilingual{"收不到单聊里的命令：开通 %s", "hears no commands in private chats: add the scope %s"},
		},
		"scope_read": {
			bilingual{"可以查询消息（%s）", "may look messages up (%s)"},
			bilingual{"查不到未见过的消息，也收不到撤回事件：开通 %s", "can't look up messages it has not seen, nor hear of recalls: add the scope %s"},
		},
		"scope_reactions": {
			bilingual{"收得到表情回复（%s）", "hears reactions (%s)"},
			bilingual{"无法用表情撤回：开通 %s", "can't be told by a reaction: add the scope %s"},
		},
		"scope_react": {
			bilingual{"可以用表情答复（%s）", "may answer with a reaction (%s)"},
			bilingual{"无法用 DONE 表情确认：开通 %s", "can't confirm with a DONE reaction: add the scope %s"},
		},
		"events": {
			bilingual{"事件已全部订阅%s", "subscribed to all events%s"},
			bilingual{"还没有订阅的事件：%s；在“事件与回调”中添加并发布新版本", "not subscribed to %s: add them under Events & Callbacks and publish a new version"},
		},
		"events_unread": {fault: bilingual{
			"读不到事件订阅（%s），请自行核对：%s；开通 application:application:self_manage 后可自动检查",
			"subscriptions can't be read (%s), so see for yourself that there are %s; the scope application:application:self_manage lets me check",
		}},
		"version": {fault: bilingual{"应用还没有已发布的版本：创建版本并发布", "no version of the app is published: create one and publish it"}},
	}
}
