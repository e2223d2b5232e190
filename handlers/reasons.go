package handlers

import (
	"maps"

	"recallbot/bot"
)

type explained struct{ full, short sentence }

// reasons are the sentences for each reason: what happened, and the next step.
func reasons() map[bot.Reason]explained {
	all := ownReasons()
	maps.Copy(all, platformReasons())
	maps.Copy(all, jobReasons())
	maps.Copy(all, consentReasons())
	return all
}

func ownReasons() map[bot.Reason]explained {
	return map[bot.Reason]explained{
		bot.ReasonNoRight: {
			sentence{"只有群主、群管理员、指定的协管员或这条消息的发起人可以撤回。请找他们帮忙。", "Only the group's owner, an admin, an appointed moderator or the person who caused this post may recall it. Ask one of them."},
			sentence{"没有权限", "no right"},
		},
		bot.ReasonNoSay: {
			sentence{"只有群主、群管理员或指定的协管员可以这样做。请找他们帮忙。", "Only the group's owner, an admin or an appointed moderator may do that. Ask one of them."},
			sentence{"没有权限", "no right"},
		},
		bot.ReasonUnchecked: {
			sentence{"没能查到你在群里的身份（could not check），所以没有撤回。请稍后再试；一直这样的话，请管理员运行 recallbot doctor。", "I could not check your role in this group, so nothing was recalled. Try again in a while; if it goes on, an admin should run recallbot doctor."},
			sentence{"查不到身份", "could not check"},
		},
		bot.ReasonPerson: {
			sentence{"这条消息是人发的，我只撤回机器人发的消息；群主或群管理员可以用 /recall settings people on 改变这一点。发送者自己可以撤回；在群里，群主和群管理员也可以。", "A person wrote this message; I recall only what bots posted, unless the owner or an admin sets /recall settings people on. Its sender can recall it, and in a group the owner and the admins."},
			sentence{"是人发的消息", "a person's message"},
		},
		bot.ReasonNoRank: {
			sentence{"这是别的机器人发的消息，而我在这个群里不是管理员，只能撤回自己发的。请群主把我设为群管理员，或由群主发送 /recall authorize 授权，然后重试。", "Another bot posted this, and I am not an admin of this group, so I can recall only my own posts. Ask the owner to make me an admin, or to say /recall authorize, then try again."},
			sentence{"我不是管理员", "bot is no admin"},
		},
		bot.ReasonUnknownTarget: {
			sentence{"我看不到这条消息是谁发的；我在这个群里有管理权限，为了不误撤别人的消息，没有撤回。请给应用开通 im:message.group_msg 权限后重试。", "I can't see who posted this message. Since I have admin rights here I might take away somebody else's message, so I did nothing. Grant the app the scope im:message.group_msg, then try again."},
			sentence{"不知道是谁发的", "unknown sender"},
		},
		bot.ReasonUnseen: {
			sentence{"我没见过这条消息，也没有权限查看它，所以没有撤回。请回复它并发送 /recall，或开通 im:message.group_msg 权限。", "I never saw this message and may not look it up, so nothing was recalled. Reply to it with /recall, or grant the scope im:message.group_msg."},
			sentence{"没见过的消息", "unseen message"},
		},
		bot.ReasonAnswer: {
			sentence{"这是我自己的回答或卡片，不算发布的消息，清理和接口不会撤回它。要撤回它，请回复它并发送 /recall。", "This is an answer or a card of my own, and no post: clean-ups and the API leave it alone. To take it away, reply to it with /recall."},
			sentence{"是我自己的回答", "my own answer"},
		},
		bot.ReasonOtherChat: {
			sentence{"那条消息在另一个会话里。请到那个会话里撤回。", "That message stands in another chat. Recall it there."},
			sentence{"在别的会话", "another chat"},
		},
		bot.ReasonTooLate: {
			sentence{"这条命令超过 8 小时才送到，没有执行。请重新发送。", "This command arrived more than 8 hours late and was not carried out. Say it again."},
			sentence{"命令过期", "command too old"},
		},
		bot.ReasonNoTarget: {
			sentence{"请回复要撤回的那条消息，再发送 /recall。发送 /recall help 查看用法。", "Reply to the message you want recalled, then send /recall. /recall help shows more."},
			sentence{"没有指明消息", "no target"},
		},
		bot.ReasonNothingHere: {
			sentence{"这个话题里没有我发的消息可撤回。要撤回某一条，请给它贴撤回表情（见 /recall help）。", "There is no post of mine in this topic to recall. To name a particular message, react to it; /recall help says with what."},
			sentence{"话题里没有", "nothing here"},
		},
		bot.ReasonTopicUnseen: {
			sentence{"我没有权限查看这个话题，不知道该撤回哪一条。请给要撤回的消息贴撤回表情（见 /recall help），或开通 im:message.group_msg 权限。", "I may not look through this topic, so I can't tell which message you mean. React to it (/recall help says with what), or grant the scope im:message.group_msg."},
			sentence{"看不到话题", "topic unseen"},
		},
		bot.ReasonDryRun: {
			sentence{"演练模式（dry_run）：本来会撤回这条消息，现在什么也没做。", "Dry run: this message would have been recalled; nothing was done."},
			sentence{"演练", "dry run"},
		},
	}
}

func platformReasons() map[bot.Reason]explained {
	return map[bot.Reason]explained{
		bot.ReasonGone: {
			sentence{"消息已经被撤回了。", "The message is recalled already."},
			sentence{"早已撤回", "already gone"},
		},
		bot.ReasonNotAllowed: {
			sentence{"平台不允许我撤回这条消息：它不是我发的，而我在这个群里不是管理员。请群主把我设为群管理员后重试。", "The platform does not let me recall this message: it is not mine, and I am not an admin of this group. Ask the owner to make me an admin, then try again."},
			sentence{"平台不允许", "not allowed"},
		},
		bot.ReasonTooOld: {
			sentence{"已超过企业设置的撤回时限，不能撤回了。企业管理员可以在管理后台调整时限。", "It is past your organisation's recall window. An administrator can change the window in the admin console."},
			sentence{"超过时限", "too old"},
		},
		bot.ReasonNotInChat: {
			sentence{"我不在那个群里。请先把我加进群，再试一次。", "I am not in that group. Add me to it, then try again."},
			sentence{"不在群里", "not in the group"},
		},
		bot.ReasonNoBot: {
			sentence{"应用没有启用机器人能力。请在开发者后台启用并发布新版本。", "The app's bot ability is off. Switch it on in the developer console and publish a version."},
			sentence{"机器人能力未启用", "bot ability off"},
		},
		bot.ReasonUserUnavailable: {
			sentence{"对方不在应用的可用范围内，或已离职。请管理员调整应用的可用范围。", "That person is outside the app's availability, or has left. An administrator can widen the availability."},
			sentence{"不在可用范围", "outside availability"},
		},
		bot.ReasonScope: {
			sentence{"应用缺少权限，或没有开启对外共享（外部群）。请发送 /recall doctor 查看缺什么。", "A scope is missing, or the app may not work in external groups. /recall doctor shows which."},
			sentence{"缺少权限", "scope missing"},
		},
		bot.ReasonAppScope: {
			sentence{"应用没有撤回消息的权限。请在开发者后台开通 im:message:recall 并发布新版本；发送 /recall doctor 可以查看还缺什么。", "The app lacks the scope for this. Grant im:message:recall in the developer console and publish a version; /recall doctor shows more."},
			sentence{"应用缺少权限", "app lacks scope"},
		},
		bot.ReasonInvisible: {
			sentence{"这条消息我看不到（例如入群之前的消息），不能撤回。发送者或群主自己可以撤回。", "I can't see this message (it may be from before I joined), so I can't recall it. Its sender or the group's owner can."},
			sentence{"不可见", "invisible"},
		},
		bot.ReasonType: {
			sentence{"这种类型的消息（系统消息、红包等）不支持撤回。", "Messages of this type (system messages, red packets) can't be recalled."},
			sentence{"类型不支持", "type unsupported"},
		},
		bot.ReasonDissolved: {
			sentence{"这个群已经解散，不能再撤回。", "This group is dissolved; nothing can be recalled any more."},
			sentence{"群已解散", "group dissolved"},
		},
		bot.ReasonBadRequest: {
			sentence{"平台没有接受这个请求。请把括号里的代码和日志号交给管理员。", "The platform did not accept the request. Give an administrator the code and log id in brackets."},
			sentence{"请求无效", "bad request"},
		},
		bot.ReasonUnknownMessage: {
			sentence{"平台不认识这条消息。请确认它还在群里。", "The platform knows no such message. See whether it is still in the chat."},
			sentence{"没有这条消息", "unknown message"},
		},
		bot.ReasonRateLimited: {
			sentence{"平台限流，稍后会自动继续。", "The platform asks us to wait; it goes on by itself in a while."},
			sentence{"限流", "rate limited"},
		},
		bot.ReasonQuota: {
			sentence{"应用本月的接口调用额度已用完。请管理员在开发者后台增加额度。", "The app's monthly quota of calls is used up. An administrator can raise it in the developer console."},
			sentence{"额度用完", "quota used up"},
		},
		bot.ReasonAddress: {
			sentence{"服务器的 IP 不在应用的白名单里。请管理员在开发者后台的安全设置里添加。", "Our server's address is not in the app's allow-list. An administrator can add it in the console's security settings."},
			sentence{"IP 不在白名单", "address not allowed"},
		},
		bot.ReasonCredentials: {
			sentence{"平台不接受应用的凭证。请管理员核对 App ID 和 App Secret，并运行 recallbot doctor。", "The platform does not accept the app's credentials. An administrator should check app id and secret and run recallbot doctor."},
			sentence{"凭证无效", "bad credentials"},
		},
		bot.ReasonAppOff: {
			sentence{"应用在本企业没有启用。请管理员在管理后台启用它。", "The app is not in use in this organisation. An administrator can enable it in the admin console."},
			sentence{"应用未启用", "app not in use"},
		},
		bot.ReasonUnavailable: {
			sentence{"平台一直没有应答，没能撤回。请稍后再试。", "The platform did not answer, so it could not be recalled. Try again later."},
			sentence{"平台无应答", "no answer"},
		},
		bot.ReasonOther: {
			sentence{"平台拒绝了这个请求。请把括号里的代码和日志号交给管理员。", "The platform refused. Give an administrator the code and log id in brackets."},
			sentence{"其他", "other"},
		},
	}
}
