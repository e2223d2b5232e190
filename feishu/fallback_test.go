package feishu_test

import (
	"cmp"
	"strconv"
	"strings"
	"testing"

	"recallbot/bot"
)

// seenAs is a message with this content as the client reads it.
func seenAs(t *testing.T, kind, content string) bot.Seen {
	t.Helper()
	body := `{"code":0,"data":{"items":[{"message_id":"om_1","msg_type":"` + kind + `","body":{"content":` + strconv.Quote(content) + `}}]}}`
	got, err := newClient(newPlatform(t, always(fakeReply{body: body}))).Post(t.Context(), "om_1")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// fallbackCard is the rendered card with a sentence in place of the content.
func fallbackCard(title, sentence string) string {
	return `{"title":` + title + `,"elements":[[{"tag":"img","image_key":"img_v3_x"},{"tag":"text","text":` + strconv.Quote(sentence) + `},{"tag":"text","text":""}]]}`
}

// TestOpaqueContent: equal contents that may belong to different messages. Fallback texts are dropped.
func TestOpaqueContent(t *testing.T) {
	t.Parallel()
	const card = `{"schema":"2.0","body":{"elements":[{"tag":"markdown","content":"deployed"}]}}`
	for _, tt := range []struct {
		name, kind, content string
		body, text          string // expected result
	}{
		{"a card that is kept elsewhere", "interactive", `{"type": "card", "data": {"card_id": "7355000000000000"}}`, "", ""},
		{"one without its id", "interactive", `{"type":"card","data":{}}`, "", ""},
		{"one without its type", "interactive", `{"data":{"card_id":"7355000000000000"}}`, "", ""},
		{"a template", "interactive", `{"type":"template","data":{"template_id":"AAq","template_variable":{"title":"x"}}}`, `{"type":"template","data":{"template_id":"AAq","template_variable":{"title":"x"}}}`, "x"},
		{"a card that is not shown", "interactive", fallbackCard("null", "请升级至最新版本客户端，以查看内容"), "", ""},
		{"with a title", "interactive", fallbackCard(`"Deploy"`, "请升级至最新版本客户端，以查看内容"), "", ""},
		{"a chart", "interactive", `{"title":"Load","elements":[[{"tag":"text","text":"of today"}],[{"tag":"text","text":"请将客户端升级至最新版本，以查看图表"}]]}`, "", ""},
		{"in Traditional Chinese", "interactive", fallbackCard("null", "請升級至最新版本用戶端，以檢視內容"), "", ""},
		{"in English", "interactive", `{"title":"","elements":[[{"tag":"text","text":"Please upgrade the client to the latest version to view the content."}]]}`, "", ""},
		{"in English, in other words", "interactive", `{"elements":[[{"tag":"text","text":"please upgrade your client to view"}]]}`, "", ""},
		{"in Japanese", "interactive", `{"elements":[[{"tag":"text","text":"コンテンツを表示するには最新バージョンにアップデートしてください"}]]}`, "", ""},
		{"in Vietnamese", "interactive", `{"elements":[[{"tag":"text","text":"Vui lòng cập nhật phiên bản mới nhất để xem nội dung"}]]}`, "", ""},
		{"in a language that we don't know", "interactive", fallbackCard("null", "Uppdatera"), "", ""},
		{"such a sentence as a card", "interactive", `{"elements":[{"tag":"markdown","content":"请升级至最新版本客户端，以查看内容"}]}`, `{"elements":[{"tag":"markdown","content":"请升级至最新版本客户端，以查看内容"}]}`, "请升级至最新版本客户端，以查看内容"},
		{"such a sentence as a text", "text", `{"text":"请升级至最新版本客户端，以查看内容"}`, `{"text":"请升级至最新版本客户端，以查看内容"}`, "请升级至最新版本客户端，以查看内容"},
		{"forwarded together", "merge_forward", `{"content":"Merged and Forwarded Message"}`, "", ""},
		{"forwarded together, as a text", "text", `{"text":"Merged and Forwarded Message"}`, "", ""},
		{"recalled", "text", `{"text":"This message was recalled"}`, "", ""},
		{"recalled, no JSON", "text", `This message was recalled`, `This message was recalled`, ""},
		{"no words", "text", `{"text":" \n"}`, `{"text":" \n"}`, ""},
		{"no text", "text", `{}`, `{}`, ""},
		{"nothing", "text", "", "", ""},
		{"an empty card", "interactive", `{}`, `{}`, ""},
		{"a card without words", "interactive", `{"schema":"2.0","body":{"elements":[{"tag":"hr"}]}}`, `{"schema":"2.0","body":{"elements":[{"tag":"hr"}]}}`, ""},
		{"a card of values", "interactive", `{"elements":[{"tag":"button","value":{"text":"x"}}]}`, `{"elements":[{"tag":"button","value":{"text":"x"}}]}`, ""},
		{"empty rich text", "post", `{"title":"","content":[[]]}`, `{"title":"","content":[[]]}`, ""},
		{"an image without its key", "image", `{"image_key":""}`, `{"image_key":""}`, ""},
		{"a file without its key", "file", `{"file_name":"a.pdf"}`, `{"file_name":"a.pdf"}`, "a.pdf"},
		{"a red packet", "hongbao", `{"text":"[红包]"}`, `{"text":"[红包]"}`, "[红包]"},
		{"a vote", "vote", `{"topic":"lunch","options":["a"]}`, `{"topic":"lunch","options":["a"]}`, "lunch"},
		{"cut off", "text", `{"text":"a long`, `{"text":"a long`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := seenAs(t, tt.kind, tt.content)
			if !got.Opaque || got.Body != tt.body || got.Text != tt.text {
				t.Errorf("opaque %t, body %q, text %q", got.Opaque, got.Body, got.Text)
			}
		})
	}
	for name, tt := range map[string]struct{ kind, content, body string }{
		"a text":                     {"text", `{"text":"Deployed"}`, ""},
		"a text about a new version": {"text", `{"text":"` + strings.Repeat("Please upgrade to the latest version. ", 9) + `"}`, ""},
		"rich text":                  {"post", `{"title":"","content":[[{"tag":"img","image_key":"k"}]]}`, ""},
		"a card":                     {"interactive", card, ""},
		"a card as it is drawn":      {"interactive", `{"title":"Alert","elements":[[{"tag":"img","image_key":"k"},{"tag":"text","text":"disk"},{"tag":"button","text":"Go"}]]}`, ""},
		"a card within its drawing":  {"interactive", strings.TrimSuffix(fallbackCard("null", "请升级至最新版本客户端，以查看内容"), "}") + `,"user_dsl":` + strconv.Quote(card) + `}`, card},
		"an image":                   {"image", `{"image_key":"k"}`, ""},
		"a file":                     {"file", `{"file_key":"k","file_name":"a.pdf"}`, ""},
		"a sticker":                  {"sticker", `{"file_key":"k"}`, ""},
		"a person's card":            {"share_user", `{"user_id":"ou_1"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := seenAs(t, tt.kind, tt.content)
			if got.Opaque || got.Body != cmp.Or(tt.body, tt.content) {
				t.Errorf("opaque %t, body %q", got.Opaque, got.Body)
			}
		})
	}
}
