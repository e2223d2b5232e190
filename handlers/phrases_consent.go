package handlers

import (
	"recallbot/audit"
	"recallbot/bot"
)

const (
	phraseHelpAuthorize   phrase = "help_authorize"
	phraseMoreAuthorize   phrase = "details_authorize"
	phraseHelpDeauthorize phrase = "help_deauthorize"
	phraseMoreDeauthorize phrase = "details_deauthorize"
	phraseConsentLink     phrase = "consent_link"
	phraseConsentLinkAll  phrase = "consent_link_all"
	phraseConsentGiven    phrase = "consent_given"
	phraseConsentStale    phrase = "consent_stale"
	phraseConsentFailed   phrase = "consent_failed"
	phraseConsentEnded    phrase = "consent_ended"
	phraseConsentLapsed   phrase = "consent_lapsed"
	phraseLogAsOwner      phrase = "part_log_as_owner"
)

func consentPhrases() map[phrase]sentence {
	return map[phrase]sentence{
		phraseHelpAuthorize: {"群主授权我：我在这个群里不是管理员时，也能按群主的命令撤回", "the owner authorises me: then I recall at the owner's word where I am no admin"},
		phraseMoreAuthorize: {
			"我把授权链接单独发给你，10 分钟内有效，只能用一次，只有你本人可以同意。之后你在这个群里让我撤回而我自己没有权限时，我用你的授权撤回，并记在记录里；别人让我撤回时绝不会用到。在单聊里发送，则对你作为群主的所有群有效。\n例如：\n/recall authorize\n/撤回 授权",
			"I send you a link in private: good for 10 minutes, once, and only for yourself. From then on, when you ask me here for a recall that I may not do by myself, I do it with your authorisation, and the log says so; never when anybody else asks. Said in p2p it holds for every group that you own.\nFor example:\n/recall authorize\n/recall authorise",
		},
		phraseHelpDeauthorize: {"取消你的授权", "ends your authorisation"},
		phraseMoreDeauthorize: {
			"我立即删除你的授权，在所有群里都不再使用。\n例如：\n/recall deauthorize\n/撤回 取消授权",
			"I forget your authorisation at once, for all groups.\nFor example:\n/recall deauthorize\n/recall deauthorise",
		},
		phraseConsentLink: {
			"打开链接并同意，我就能在你作为群主的这个群里按你的命令撤回别的机器人的消息。链接 10 分钟内有效，只能用一次，请不要转发：",
			"Open this link and agree, and I can recall other bots' posts at your word in that group of yours. It is good for 10 minutes, once; don't pass it on:",
		},
		phraseConsentLinkAll: {
			"打开链接并同意，我就能在所有你作为群主的群里按你的命令撤回别的机器人的消息。链接 10 分钟内有效，只能用一次，请不要转发：",
			"Open this link and agree, and I can recall other bots' posts at your word in every group that you own. It is good for 10 minutes, once; don't pass it on:",
		},
		phraseConsentGiven: {
			"已授权。我自己没有权限的撤回，在你让我做时用你的授权来做。发送 /recall deauthorize 可随时取消。",
			"Authorised. What I may not recall by myself I recall with your authorisation, when you ask for it. /recall deauthorize ends that at any time.",
		},
		phraseConsentStale: {
			"这个链接已经用过、已经过期，或者从来没有过。请重新发送 /recall authorize。",
			"This link was used, is over, or never was. Say /recall authorize again.",
		},
		phraseConsentFailed: {
			"没能完成授权。请稍后重新发送 /recall authorize。",
			"The authorisation could not be completed. Say /recall authorize again in a while.",
		},
		phraseConsentEnded: {"好了，我这里没有你的任何授权了。", "Done: I hold no authorisation of yours any more."},
		phraseConsentLapsed: {
			"你的授权已失效或被撤销，我已将它删除。需要时请重新发送 /recall authorize。",
			"Your authorisation has ended or was revoked, and I have forgotten it. Say /recall authorize again if you need it.",
		},
		phraseLogAsOwner: {"用群主的授权", "with the owner's authorisation"},

		"via_" + phrase(bot.ViaConsent):      {"授权", "by asking for consent"},
		"via_" + phrase(bot.ViaDeauthorize):  {"取消授权", "by command"},
		"via_" + phrase(bot.ViaPlatform):     {"平台", "by the platform"},
		"result_" + phrase(bot.Authorised):   {"已授权", "authorised"},
		"result_" + phrase(bot.Deauthorised): {"授权已结束", "authorisation ended"},
		"rule_" + phrase(audit.RuleConsent):  {"本人的授权", "their own"},
	}
}

func consentReasons() map[bot.Reason]explained {
	return map[bot.Reason]explained{
		bot.ReasonOnlyOwner: {
			sentence{"只有群主本人可以授权。请群主发送 /recall authorize。", "Only the group's owner can authorise me. Ask the owner to say /recall authorize."},
			sentence{"不是群主", "not the owner"},
		},
		bot.ReasonConsentOff: {
			sentence{"这里没有开通群主授权。请运维人员设置 owner.key 和 owner.public_url。", "Owners can't authorise me here. Whoever runs me has to set owner.key and owner.public_url."},
			sentence{"没有开通授权", "authorisation is off"},
		},
		bot.ReasonConsentUnsent: {
			sentence{"我没能给你发单聊消息，授权链接不能发在群里。请让管理员把你加入应用的可用范围，再发送 /recall authorize。", "I could not write to you in private, and the link must not stand in the group. Ask an admin to add you to the app's availability, then say /recall authorize again."},
			sentence{"发不了单聊", "no private message"},
		},
		bot.ReasonConsentGone: {
			sentence{"你的授权已失效，所以没有撤回。请重新发送 /recall authorize，或把我设为群管理员。", "Your authorisation has ended, so nothing was recalled. Say /recall authorize again, or make me an admin."},
			sentence{"授权已失效", "authorisation has ended"},
		},
		bot.ReasonOtherPerson: {
			sentence{"这个链接是给另一个人的，没有授权。需要授权的话，请自己发送 /recall authorize。", "This link is for another person, and nothing was authorised. To authorise me yourself, say /recall authorize."},
			sentence{"不是本人", "another person"},
		},
		bot.ReasonConsentDeclined: {
			sentence{"没有授权，什么都没有改变。", "You did not authorise me, and nothing has changed."},
			sentence{"没有同意", "declined"},
		},
	}
}
