package feishu_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/feishu"
)

// sentCard returns a card as the client sends it.
func sentCard(t *testing.T, c bot.Card) (map[string]any, string) {
	t.Helper()
	p := newPlatform(t, always(fakeReply{body: postedBody}))
	if _, err := newClient(p).TellCard(t.Context(), "ou_1", c, "key"); err != nil {
		t.Fatal(err)
	}
	request := decodeJSON[sent](t, p.seen()[0].Body)
	if request.Type != "interactive" || request.ReceiveID != "ou_1" || request.UUID != "key" {
		t.Errorf("sent %+v", request)
	}
	return decodeJSON[map[string]any](t, request.Content), request.Content
}

func plainText(text string) map[string]any {
	return map[string]any{"tag": "plain_text", "content": text}
}

func cardText(text, size string) map[string]any {
	content := plainText(text)
	content["text_size"] = size
	return content
}

type object = map[string]any

func TestDrawCard(t *testing.T) {
	t.Parallel()
	press := bot.Press{Action: bot.ActConfirm, Job: "j1", Key: "k1"}
	value := object{"recallbot": 1.0, "a": "confirm", "j": "j1", "k": "k1"}
	got, _ := sentCard(t, bot.Card{Title: "要撤回 3 条", Tone: bot.ToneWarning, Parts: []bot.CardPart{
		{Text: "*plain*"},
		{Text: bot.Mention("ou_1") + " *x*"},
		{Note: "small"},
		{Quotes: []string{"@{ou_2} [a](b)\n**c**", "second"}},
		{Bar: &bot.Bar{Done: 37, Total: 120}},
		{Links: []bot.CardLink{{Text: "Runbook", URL: "https://runbooks.example.com"}}},
		{Buttons: []bot.Button{
			{Text: "Recall 3", Style: bot.StyleDanger, Press: press, Sure: "Really?"},
			{Text: "Cancel", Press: bot.Press{Action: bot.ActCancel}},
		}},
	}})
	callback := func(value object) []any { return []any{object{"type": "callback", "value": value}} }
	want := object{
		"schema": "2.0", "config": object{"update_multi": true},
		"header": object{"title": plainText("要撤回 3 条"), "template": "orange"},
		"body": object{"elements": []any{
			object{"tag": "div", "element_id": "recallbot_answer", "text": plainText("*plain*")},
			object{"tag": "markdown", "content": "<at id=ou_1></at> &#42;x&#42;"},
			object{"tag": "div", "text": cardText("small", "notation")},
			object{"tag": "div", "text": plainText("@{ou_2} [a](b) **c**\nsecond")},
			object{"tag": "div", "text": plainText("▰▰▰▰▰▰▱▱▱▱▱▱▱▱▱▱▱▱▱▱  37 / 120 (31 %)")},
			object{"tag": "column_set", "flex_mode": "flow", "columns": []any{
				object{"tag": "column", "width": "auto", "elements": []any{object{
					"tag": "button", "text": plainText("Runbook"), "type": "default",
					"behaviors": []any{object{"type": "open_url", "default_url": "https://runbooks.example.com"}},
				}}},
			}},
			object{"tag": "column_set", "flex_mode": "flow", "columns": []any{
				object{"tag": "column", "width": "auto", "elements": []any{object{
					"tag": "button", "text": plainText("Recall 3"), "type": "danger", "behaviors": callback(value),
					"confirm": object{"title": plainText("Recall 3"), "text": plainText("Really?")},
				}}},
				object{"tag": "column", "width": "auto", "elements": []any{object{
					"tag": "button", "text": plainText("Cancel"), "type": "default",
					"behaviors": callback(object{"recallbot": 1.0, "a": "cancel"}),
				}}},
			}},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDrawForm(t *testing.T) {
	t.Parallel()
	options := []bot.Option{{Value: "a", Text: "A"}, {Value: "b", Text: "B"}}
	got, _ := sentCard(t, bot.Card{Parts: []bot.CardPart{{Form: &bot.Form{
		Fields: []bot.Field{
			{Name: "quorum", Label: "Quorum", Value: "3"},
			{Name: "people", Label: "People", Value: "b", Options: options},
			{Name: "emoji", Label: "Emoji", Values: []string{"a"}, Options: options, Many: true},
			{Name: "moderators", Label: "Moderators", Values: []string{"ou_1"}, Many: true, People: true},
		},
		Submit: bot.Button{Text: "Save", Style: bot.StylePrimary, Press: bot.Press{Action: bot.ActSettings, Key: "k"}},
	}}}})
	label := func(text string) object { return object{"tag": "div", "text": cardText(text, "notation")} }
	drawn := []any{object{"text": plainText("A"), "value": "a"}, object{"text": plainText("B"), "value": "b"}}
	want := []any{object{"tag": "form", "element_id": "recallbot_answer", "name": "form", "elements": []any{
		object{"tag": "input", "name": "quorum", "label": plainText("Quorum"), "default_value": "3"},
		label("People"),
		object{"tag": "select_static", "name": "people", "options": drawn, "initial_option": "b"},
		label("Emoji"),
		object{"tag": "multi_select_static", "name": "emoji", "options": drawn, "selected_values": []any{"a"}},
		label("Moderators"),
		object{"tag": "multi_select_person", "name": "moderators", "selected_values": []any{"ou_1"}},
		object{
			"tag": "button", "name": "submit", "text": plainText("Save"), "type": "primary_filled", "form_action_type": "submit",
			"behaviors": []any{object{"type": "callback", "value": object{"recallbot": 1.0, "a": "settings", "k": "k"}}},
		},
	}}}
	if diff := cmp.Diff(want, got["body"].(object)["elements"]); diff != "" {
		t.Error(diff)
	}
	if _, headed := got["header"]; headed {
		t.Error("a card without a title has a head")
	}
}

func TestCardTemplate(t *testing.T) {
	t.Parallel()
	for tone, want := range map[bot.Tone]string{
		bot.ToneInfo: "blue", bot.ToneGood: "green", bot.ToneWarning: "orange", bot.ToneBad: "red", bot.ToneMuted: "grey", "": "blue",
	} {
		got, _ := sentCard(t, bot.Card{Title: "x", Tone: tone})
		if head := got["header"].(object); head["template"] != want {
			t.Errorf("%q is drawn as %v, want %q", tone, head["template"], want)
		}
	}
}

func TestCardSizeLimit(t *testing.T) {
	t.Parallel()
	heavy := bot.Card{Title: strings.Repeat("题", 10_000), Parts: []bot.CardPart{
		{Text: strings.Repeat(bot.Mention(bot.UserID("ou_"+strings.Repeat("a", 60)))+"<<<<", 2000)},
		{Note: strings.Repeat("\\", 50_000)},
		{Buttons: []bot.Button{{Text: "Stop", Press: bot.Press{Action: bot.ActStop}}}},
	}}
	for range 10 {
		heavy.Parts = append(heavy.Parts, bot.CardPart{Quotes: []string{strings.Repeat("\x01", 20_000)}})
	}
	got, content := sentCard(t, heavy)
	if len(content) > 30<<10 {
		t.Errorf("the card weighs %d bytes", len(content))
	}
	elements := got["body"].(object)["elements"].([]any)
	if len(elements) != len(heavy.Parts) {
		t.Errorf("%d of %d parts are left", len(elements), len(heavy.Parts))
	}
	if text, _ := elements[0].(object)["content"].(string); strings.Contains(text, "@{") {
		t.Errorf("a mention is cut in two: %q", text)
	}
}

func TestProgressBar(t *testing.T) {
	t.Parallel()
	for want, b := range map[string]bot.Bar{
		strings.Repeat("▱", 20) + "  0 / 0 (0 %)":                            {},
		strings.Repeat("▰", 19) + "▱  999 / 1000 (99 %)":                     {Done: 999, Total: 1000},
		strings.Repeat("▰", 20) + "  5 / 5 (100 %)":                          {Done: 5, Total: 5},
		strings.Repeat("▰", 20) + "  7 / 5 (100 %)":                          {Done: 7, Total: 5},
		strings.Repeat("▰", 10) + strings.Repeat("▱", 10) + "  1 / 2 (50 %)": {Done: 1, Total: 2},
	} {
		got, _ := sentCard(t, bot.Card{Parts: []bot.CardPart{{Bar: &b}}})
		if text := got["body"].(object)["elements"].([]any)[0].(object)["text"].(object)["content"]; text != want {
			t.Errorf("%+v is drawn as %q, want %q", b, text, want)
		}
	}
}

func TestCardsAreSent(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, func(_ int, call seen) fakeReply {
		if strings.HasPrefix(call.Path, "/open-apis/ephemeral/") {
			return fakeReply{body: `{"code":0,"data":{"message_id":"om_eph"}}`}
		}
		return fakeReply{body: postedBody}
	})
	var posts []bot.Message
	cfg := clientConfig(p.URL)
	cfg.Now = testTime
	cfg.OnPost = func(_ context.Context, m bot.Message, _ []bot.MessageID) { posts = append(posts, m) }
	client := feishu.NewClient(cfg, &limiter{}, discardLog())
	small := bot.Card{Title: "x"}
	private, err := client.WhisperCard(t.Context(), "oc_1", "ou_1", small)
	if err != nil {
		t.Fatal(err)
	}
	replied, err := client.PostCard(t.Context(), bot.Place{Message: "om_1"}, "ou_1", small, "key")
	if err != nil {
		t.Fatal(err)
	}
	if err := client.EditCard(t.Context(), replied, small); err != nil {
		t.Error(err)
	}
	if err := client.DropWhisper(t.Context(), private); err != nil {
		t.Error(err)
	}
	if err := client.DropWhisper(t.Context(), bot.CardRef{Private: true}); err != nil {
		t.Error(err)
	}
	want := []bot.CardRef{
		{ID: "om_eph", Chat: "oc_1", Private: true, Edited: testTime()}, {ID: "om_new", Chat: "oc_p2p", Edited: testTime()},
	}
	if diff := cmp.Diff(want, []bot.CardRef{private, replied}); diff != "" {
		t.Error(diff)
	}
	var asked []string
	for _, call := range p.seen() {
		asked = append(asked, call.Method+" "+call.Path)
	}
	wantAsked := []string{
		"POST /open-apis/ephemeral/v1/send", "POST /open-apis/im/v1/messages/om_1/reply",
		"PATCH /open-apis/im/v1/messages/om_new", "POST /open-apis/ephemeral/v1/delete",
	}
	if diff := cmp.Diff(wantAsked, asked); diff != "" {
		t.Error(diff)
	}
	if body := p.seen()[3].Body; body != `{"message_id":"om_eph"}` {
		t.Errorf("taken away by %s", body)
	}
	if len(posts) != 1 || posts[0].Sender != bot.HashOf("ou_1") || posts[0].ID != "om_new" {
		t.Errorf("noted as own posts: %+v", posts)
	}
}

func TestCardErrors(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]bot.ErrorKind{
		230011: bot.NotFound, 230110: bot.NotFound, 230031: bot.Expired, 230020: bot.RateLimited, 230099: bot.Invalid,
	} {
		err := newClient(newPlatform(t, always(refusal(code)))).EditCard(t.Context(), bot.CardRef{ID: "om_1"}, bot.Card{})
		wantKind(t, err, want)
	}
	client := newClient(newPlatform(t, always(refusal(18051))))
	if err := client.DropWhisper(t.Context(), bot.CardRef{ID: "om_1"}); err != nil {
		t.Errorf("taking away what is gone: %v", err)
	}
	client = newClient(newPlatform(t, always(refusal(18053))))
	_, err := client.WhisperCard(t.Context(), "oc_1", "ou_1", bot.Card{})
	wantKind(t, err, bot.Denied)
	if err := client.EditCard(t.Context(), bot.CardRef{ID: ".."}, bot.Card{}); bot.KindOf(err) != bot.Invalid {
		t.Errorf("editing a card without id: %v", err)
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	if got := feishu.Answer(bot.Event{Type: bot.TypePressed}); string(got) != "{}" {
		t.Errorf("a press of a card that is not ours is answered %s", got)
	}
	var answer struct {
		Toast struct {
			Type, Content string
			I18n          map[string]string
		}
	}
	if err := json.Unmarshal(feishu.Answer(bot.Event{Body: bot.Pressed{At: time.Unix(1, 0)}}), &answer); err != nil {
		t.Fatal(err)
	}
	if toast := answer.Toast; toast.Type != "info" || toast.Content == "" || toast.I18n["zh_cn"] == "" || toast.I18n["en_us"] == "" {
		t.Errorf("answered %+v", answer)
	}
}
