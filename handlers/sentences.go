package handlers

import (
	"fmt"
	"strings"

	"recallbot/bot"
)

// Sentences says in one language what went wrong, to whoever did not ask in a chat.
type Sentences struct {
	lang  Language
	book  map[phrase]sentence
	codes map[int]sentence
}

// NewSentences makes them.
func NewSentences(lang Language) Sentences { return Sentences{lang, phrases(), codeSentences()} }

// Filter says what is wrong with a filter.
func (s Sentences) Filter(wrong *bot.FilterError) string {
	return filterWords(func(p phrase) string { return s.in(s.book[p]) }, *wrong)
}

// Failed says why a post or a recall failed, and what to do: by the platform's code where that tells more than the reason.
func (s Sentences) Failed(reason bot.Reason, code int) string {
	if said, ok := s.codes[code]; ok {
		return s.in(said)
	}
	return s.in(s.book[phrase(reason)])
}

func (s Sentences) in(said sentence) string {
	if s.lang == English {
		return said.en
	}
	return said.zh
}

// filterWords says what is wrong with a filter, by name, and what may have been meant.
func filterWords(say func(phrase) string, wrong bot.FilterError) string {
	word, other := plain(wrong.Word), plain(wrong.Other)
	text := say(phrase(wrong.Fault))
	switch strings.Count(text, "%s") {
	case 1:
		text = fmt.Sprintf(text, word)
	case 2:
		return fmt.Sprintf(text, word, other)
	}
	if other != "" && wrong.Fault != bot.FaultEmpty {
		text += " " + fmt.Sprintf(say(phraseDidYouMean), other)
	}
	return text
}

// SaidCodes are the platform's codes of which Failed knows more than the reason.
func SaidCodes() []int {
	var codes []int
	for code := range codeSentences() {
		codes = append(codes, code)
	}
	return codes
}

// codeSentences are for the platform's codes of sending, and of chats that are none.
func codeSentences() map[int]sentence {
	return map[int]sentence{
		230001: {
			"平台没有接受这条消息。请核对会话或用户的编号，以及卡片、富文本的内容。",
			"The platform did not accept the post. Check the id of the chat or person, and the content of a card or rich text.",
		},
		230002: {"我不在这个群里。请先把机器人加进群。", "I am not in this chat. Add the bot to it."},
		230006: {"应用没有启用机器人能力。请在开发者后台启用并发布新版本。", "The app's bot ability is off. Switch it on in the developer console and publish a version."},
		230013: {"对方不在应用的可用范围内，或已离职。", "That person is outside the app's availability, or has left."},
		230015: {"这张卡片不能转发到单聊。", "This card can't be shared to a two-person chat."},
		230017: {"图片或文件不是这个机器人上传的。请先用这个应用上传。", "The image or file was not uploaded by this bot. Upload it with this app first."},
		230018: {"群设置不允许机器人发言，例如全员禁言。", "The group's settings forbid it: it may be muted."},
		230019: {"这个话题不存在，或已被撤回。", "There is no such topic, or it was recalled."},
		230020: {"这个会话里发得太快，平台限流；稍后会自动重试。", "Too much is sent into this chat; it is tried again by itself."},
		230022: {"平台认为内容敏感，没有发送。请修改内容。", "The platform takes the content for sensitive. Change it."},
		230025: {"内容太长：文本不超过 150 KB，卡片和富文本不超过 30 KB。", "The content is too long: a text may have 150 KB, a card or rich text 30 KB."},
		230027: {"应用缺少权限，或没有开启对外共享（外部群）。recallbot doctor 会说明缺什么。", "A scope is missing, or the app may not work in external groups. recallbot doctor shows which."},
		230028: {"企业的数据防泄漏（DLP）检查没有通过。", "Your organisation's data loss prevention (DLP) refused it."},
		230029: {"对方已离职。", "That person has left the organisation."},
		230034: {"没有这个会话或用户。请核对编号：会话以 oc_ 开头，用户以 ou_ 开头。", "There is no such chat or person. Check the id: those of chats begin with oc_, of people with ou_."},
		230035: {"在这个会话里不能发言：被禁言、被屏蔽，或企业不允许。", "The bot may not send here: it is muted or blocked, or the organisation forbids it."},
		230036: {"企业的密钥已被删除，平台不能发送。", "The organisation's encryption key was deleted; the platform can't send."},
		230038: {"不能给别的企业的人发单聊消息。", "People of other organisations can't be written to in a two-person chat."},
		230049: {"同一条消息正在发送。", "The same message is being sent just now."},
		230053: {"对方屏蔽了这个机器人的消息。", "That person has stopped this bot's messages."},
		230055: {"文件的类型与消息的类型不一致。", "The file's type does not fit the type of the message."},
		230071: {"这个群不支持在话题里回复。", "This group takes no replies in topics."},
		230072: {"合并转发的消息不能回复成话题。", "A topic can't begin at a combined message."},
		230075: {"密聊里机器人不能发消息。", "Bots can't send into encrypted (secret) chats."},
		230099: {"平台画不出这张卡片。请用卡片搭建工具检查它的 JSON。", "The platform can't draw this card. Check its JSON with the card builder."},
		232006: {"没有这个群。请核对编号，它以 oc_ 开头。", "There is no such chat. Check the id: it begins with oc_."},
		232009: {"这个群已经解散。", "This group is dissolved."},
	}
}
