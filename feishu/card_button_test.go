package feishu_test

import (
	"encoding/json"
	"strings"
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
)

// TestWithButton: cards of every form get the button; others are unchanged.
func TestWithButton(t *testing.T) {
	t.Parallel()
	button := bot.Button{Text: "Undo", Press: bot.Press{Action: bot.ActTakeBack, Post: "p_1", Key: "secret"}}
	for name, row := range map[string]struct {
		content string
		buttons int
	}{
		"schema 1.0":        {`{"header":{"title":{"tag":"plain_text","content":"Hi"}},"elements":[{"tag":"hr"}]}`, 1},
		"in two languages":  {`{"i18n_elements":{"zh_cn":[{"tag":"hr"}],"en_us":[]}}`, 2},
		"schema 2.0":        {`{"schema":"2.0","body":{"direction":"vertical","elements":[{"tag":"hr"}]}}`, 1},
		"nothing in it":     {`{"schema":"2.0","body":{"elements":[]}}`, 1},
		"a template":        {`{"type":"template","data":{"template_id":"AAq"}}`, 0},
		"no body":           {`{"schema":"2.0"}`, 0},
		"elements no list":  {`{"elements":{}}`, 0},
		"no object":         {`[]`, 0},
		"null":              {`null`, 0},
		"no JSON":           {`{`, 0},
		"already too large": {`{"elements":[{"tag":"div","text":"` + strings.Repeat("x", 28<<10) + `"}]}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := feishu.WithButton(row.content, button)
			if ok != (row.buttons > 0) {
				t.Fatalf("ok is %t", ok)
			}
			if n := strings.Count(got, `"secret"`); n != row.buttons {
				t.Errorf("%d buttons, want %d: %s", n, row.buttons, got)
			}
			if back := feishu.WithoutRecallButton(got); ok && (strings.Contains(back, "secret") || strings.Contains(row.content, "hr") != strings.Contains(back, "hr")) {
				t.Errorf("without the button it is %s", back)
			}
			if !ok && got != row.content {
				t.Errorf("changed to %s", got)
			}
			if ok && (!json.Valid([]byte(got)) || strings.Count(got, `"recallbot":1`) != row.buttons) {
				t.Errorf("no press of ours: %s", got)
			}
		})
	}
}
