package watch_test

import (
	"testing"

	"recallbot/recall/watch"
)

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Hello {{name}}, your order", "Hello {{ .Name }}!", "你好 {{用户名}}", "Dear ${user.first_name},", "Hi #{name}", "<%= title %> is out",
		"Hello %(name)s", "%{count} builds failed", "Hello %s", "%d builds failed", "共 %d 个失败", "1. %1$s", "%!s(MISSING) joined", "value: %!d(string=hi)",
		"Alert: [object Object]", "[object Promise]", "Price: NaN", "NaN%", "总价：NaN 元", "Due: Invalid Date", "Owner: <no value>",
		"Hello undefined,", "undefined joined the group", "Order undefined was shipped", "姓名：undefined", "Name: null", "负责人：None", "Owner = nil",
	} {
		if !watch.HasPlaceholder(text) {
			t.Errorf("%q has a placeholder", text)
		}
	}
	for _, text := range []string{
		"", "Nancy is here", "100% sure", "100%sure", "50% discount", `{"price": 5}`, `{"price": null}`, `{"a": null, "b": undefinedThing}`, "a {b} c", "{}", "{{}}",
		"undefined behaviour in C", "x is undefined", "TypeError: Cannot read properties of undefined (reading 'x')", "the undefined variable", "nanny", "BANANA", "math.NaN()",
		"use fmt.Sprintf", "100 %", "5 % of", "50%d", "None of them failed", "null pointer", "nil error", "$5", "$HOME", "#5", "CPU 90%, disk 80%", "完成 100%。", "price: 5",
	} {
		if watch.HasPlaceholder(text) {
			t.Errorf("%q has no placeholder", text)
		}
	}
}
