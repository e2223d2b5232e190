package handlers_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
)

// TestTypesHaveNames: what people read calls no type of messages by the platform's name for it.
func TestTypesHaveNames(t *testing.T) {
	t.Parallel()
	for _, kind := range command.MessageTypes() {
		for i, name := range []string{zh("part_type_" + kind), en("part_type_" + kind)} {
			if strings.HasPrefix(name, "no sentence") || strings.Contains(name, "_") || i == 0 && name == kind {
				t.Errorf("%s is called %q", kind, name)
			}
		}
	}
}

// TestTTLInChinese says what is set as people would.
func TestTTLInChinese(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.settings.chats["oc_1"] = bot.Settings{Lifetimes: []bot.Lifetime{
		{Life: 10 * time.Second, Types: []string{"interactive", "image"}}, {Life: 24 * time.Hour},
	}}
	d.does(t, d.reply(bot.Command{Verb: bot.VerbTTL, Args: []string{"list"}}))
	lines := strings.Split(d.body(t), "\n")
	want := []string{"我在这里发的卡片、图片：发出 10 秒后自动撤回，下一次在 09-01 18:00:10。", "我在这里发的所有消息：发出 24 小时后自动撤回，下一次在 09-02 18:00:00。"}
	if !slices.Equal(lines, want) {
		t.Errorf("says %q", lines)
	}
}
