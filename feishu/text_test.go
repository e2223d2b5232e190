package feishu_test

import (
	"strconv"
	"strings"
	"testing"

	"recallbot/bot"
)

func TestVisibleText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, kind, content, want string
	}{
		{"text", "text", `{"text":" two\n lines\t"}`, "two lines"},
		{"a mention", "text", `{"text":"@_user_1 and @_user_10, not @_user_3"}`, "@Tom and @Ann, not @_user_3"},
		{"a tag", "text", `{"text":"<at user_id=\"ou_1\">Tom</at> hi <at user_id=\"all\"></at> a <at b"}`, "@Tom hi @ a <at b"},
		{"our own sign", "text", `{"text":"@{ou_1}"}`, "@ {ou_1}"},
		{"rich text", "post", `{"title":"T","content":[[{"tag":"text","text":"a "},{"tag":"a","href":"http://x","text":"link"},{"tag":"at","user_id":"@_user_1","user_name":"Tom"}],[{"tag":"img","image_key":"k"},{"tag":"md","text":"**b**"}]]}`, "T a link @Tom **b**"},
		{"rich text by locale", "post", `{"zh_cn":{"title":"标题","content":[[{"tag":"text","text":"正文"}]]}}`, "标题 正文"},
		{"a card", "interactive", `{"config":{"text":"no"},"elements":[{"tag":"div","text":{"tag":"lark_md","content":"**disk** <at id=ou_1></at>full"},"fields":[{"is_short":true,"text":{"tag":"plain_text","content":"f1"}}]},{"tag":"hr"},{"tag":"action","actions":[{"tag":"button","text":{"tag":"plain_text","content":"Go"},"value":{"text":"no"}}]}],"header":{"title":{"tag":"plain_text","content":"Alert"},"template":{"x":1}}}`, "Alert disk @full f1 Go"},
		{"a card of schema 2.0", "interactive", `{"schema":"2.0","body":{"elements":[{"tag":"markdown","content":"line ~~one~~"},{"tag":"column_set","columns":[{"tag":"column","elements":[{"tag":"markdown","content":"two"}]}]},{"tag":"button","text":{"tag":"plain_text","content":"Go"},"behaviors":[{"type":"callback","value":{"text":"no"}}]}]},"header":{"title":{"tag":"plain_text","content":"Alert"},"subtitle":{"tag":"plain_text","content":"sub"}}}`, "Alert sub line one two Go"},
		{"a card as the platform simplifies it", "interactive", `{"title":"Alert","elements":[[{"tag":"text","text":"disk"},{"tag":"button","text":"Go"}]]}`, "Alert disk Go"},
		{"a file", "file", `{"file_key":"k","file_name":"report final.pdf"}`, "report final.pdf"},
		{"a card with a form", "interactive", `{"schema":"2.0","header":{"title":{"tag":"plain_text","content":"Alert"},"template":"blue"},"body":{"elements":[{"tag":"form","name":"form","elements":[{"tag":"button","name":"submit","text":{"tag":"plain_text","content":"Go"}}]}]}}`, "Alert Go"},
		{"a place", "location", `{"name":"Office","longitude":"1","latitude":"2"}`, "Office"},
		{"a task", "todo", `{"task_id":"t","summary":{"title":"","content":[[{"tag":"text","text":"do it","style":[]}]]},"due_time":"1"}`, "do it"},
		{"an image", "image", `{"image_key":"k"}`, ""},
		{"no JSON", "interactive", `words`, ""},
		{"nothing", "text", ``, ""},
		{"deep", "interactive", strings.Repeat(`[`, 200) + `{"text":"down there"}` + strings.Repeat(`]`, 200), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body := `{"code":0,"data":{"items":[{"message_id":"om_1","msg_type":"` + tt.kind + `","body":{"content":` + strconv.Quote(tt.content) + `},` +
				`"mentions":[{"key":"@_user_1","name":"Tom"},{"key":"@_user_10","name":"Ann"},{"key":"","name":"x"},{"key":"@_user_3"}]}]}}`
			got, err := newClient(newPlatform(t, always(fakeReply{body: body}))).Post(t.Context(), bot.MessageID("om_1"))
			if err != nil || got.Text != tt.want || got.Body != tt.content {
				t.Errorf("got %q, want %q, %v", got.Text, tt.want, err)
			}
		})
	}
}
