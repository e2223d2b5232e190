package feishu_test

import (
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
)

func TestChatLink(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ base, chat, want string }{
		{"https://open.feishu.cn", "oc_1", "https://applink.feishu.cn/client/chat/open?openChatId=oc_1"},
		{"https://open.larksuite.com/", "oc_1", "https://applink.larksuite.com/client/chat/open?openChatId=oc_1"},
		{"https://open.feishu.cn", "", "https://applink.feishu.cn/client/bot/open?appId=cli_1"},
		{"http://127.0.0.1:8090", "oc_1", "http://127.0.0.1:8090/"},
	} {
		config := feishu.Config{BaseURL: tt.base, AppID: "cli_1"}
		if got := config.ChatLink(bot.ChatID(tt.chat)); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}
