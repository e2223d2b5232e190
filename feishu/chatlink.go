package feishu

import (
	"net/url"
	"strings"

	"recallbot/bot"
)

// ChatLink is a web address that opens a chat in the platform's client; without a chat, the conversation with the bot. A simulator
// has its chats on its own page.
func (c Config) ChatLink(chat bot.ChatID) string {
	base := trimSlash(c.BaseURL)
	if base != addressFeishu && base != addressLark {
		return base + "/"
	}
	link := strings.Replace(base, "//open.", "//applink.", 1) + "/client/"
	if chat == "" {
		return link + "bot/open?appId=" + url.QueryEscape(c.AppID)
	}
	return link + "chat/open?openChatId=" + url.QueryEscape(string(chat))
}
