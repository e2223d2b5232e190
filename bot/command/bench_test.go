package command_test

import (
	"strings"
	"testing"

	"recallbot/bot/command"
)

// BenchmarkParseCommand parses ordinary messages, which must not allocate, and commands.
func BenchmarkParseCommand(b *testing.B) {
	for _, row := range []struct{ name, text string }{
		{"talk", strings.Repeat("did you see the numbers of last week ", 8)},
		{"talk with a link", "look at https://example.com/a/b and tell me " + strings.Repeat("what you think ", 12)},
		{"chinese talk", strings.Repeat("请问昨天的日报为什么被撤回了，有人知道吗？", 6)},
		{"mentioned talk", "@_user_1 " + strings.Repeat("did you see a/b in it ", 8)},
		{"command", "@_user_1 /recall"},
		{"chinese command", "／撤回 清理 --最近 5 --机器人 任意"},
		{"clean-up", `@_user_1 /recall clean --match "two words" --since 30m --bot @_user_2 -- wrong group`},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				command.Parse(row.text, true)
			}
		})
	}
}
