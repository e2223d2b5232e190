package sandbox_test

import (
	"context"
	"strings"
	"testing"

	"recallbot/sandbox"
)

// settingsCard has one of each component that the bot's forms use.
const settingsCard = `{"schema":"2.0","config":{"update_multi":true},"header":{"template":"blue","title":{"tag":"plain_text","content":"Settings"}},
	"body":{"elements":[{"tag":"form","name":"form","elements":[
	{"tag":"input","name":"quorum","label":{"tag":"plain_text","content":"Quorum"},"default_value":"3"},
	{"tag":"div","text":{"tag":"plain_text","content":"Language","text_size":"notation"}},
	{"tag":"select_static","name":"language","initial_option":"en","options":[
		{"text":{"tag":"plain_text","content":"中文"},"value":"zh-CN"},{"text":{"tag":"plain_text","content":"English"},"value":"en"}]},
	{"tag":"multi_select_static","name":"emoji","selected_values":["CrossMark"],"options":[
		{"text":{"tag":"plain_text","content":"CrossMark"},"value":"CrossMark"},{"text":{"tag":"plain_text","content":"No"},"value":"No"}]},
	{"tag":"multi_select_person","name":"moderators"},
	{"tag":"button","name":"submit","text":{"tag":"plain_text","content":"Save"},"type":"primary","form_action_type":"submit",
		"confirm":{"title":{"tag":"plain_text","content":"Save"},"text":{"tag":"plain_text","content":"Really?"}},
		"behaviors":[{"type":"callback","value":{"a":"settings"}}]}]}]}}`

func TestCardChecks(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{Limits: sandbox.Limits{SendsPerChat: -1, PatchesPerMessage: -1, PerSecond: -1}})
	old := s.post(sandbox.PostSpec{Type: "interactive", Content: card})
	two := func(elements string) string { return `{"schema":"2.0","body":{"elements":[` + elements + `]}}` }
	const text = `"text":{"tag":"plain_text","content":"x"}`
	for name, tc := range map[string]struct {
		card string
		want int
	}{
		"form":             {settingsCard, 0},
		"bar":              {two(`{"tag":"div",` + text + `}`), 0},
		"buttons":          {two(`{"tag":"column_set","columns":[{"tag":"column","elements":[{"tag":"button",` + text + `}]}]}`), 0},
		"1.0 note":         {`{"config":{"update_multi":true},"elements":[{"tag":"note","elements":[{"tag":"plain_text","content":"x"}]}]}`, 0},
		"2.0 note":         {two(`{"tag":"note","elements":[]}`), 230099},
		"unknown tag":      {two(`{"tag":"buton",` + text + `}`), 230099},
		"no tag":           {two(`{}`), 230099},
		"not an object":    {two(`"x"`), 230099},
		"no content":       {two(`{"tag":"markdown"}`), 230099},
		"no text":          {two(`{"tag":"button"}`), 230099},
		"text as a string": {two(`{"tag":"div","text":"x"}`), 230099},
		"odd button":       {two(`{"tag":"button","type":"plain",` + text + `}`), 230099},
		"odd behavior":     {two(`{"tag":"button",` + text + `,"behaviors":[{"type":"call"}]}`), 230099},
		"loose column":     {two(`{"tag":"column","elements":[]}`), 230099},
		"nameless field":   {strings.Replace(settingsCard, `"name":"quorum",`, "", 1), 230099},
		"same names":       {strings.Replace(settingsCard, `"name":"quorum"`, `"name":"emoji"`, 1), 230099},
		"no options":       {two(`{"tag":"select_static"}`), 230099},
		"nothing submits":  {strings.Replace(settingsCard, `"form_action_type":"submit",`, "", 1), 230099},
		"untitled confirm": {strings.Replace(settingsCard, `"title":{"tag":"plain_text","content":"Save"},"text"`, `"text"`, 1), 230099},
		"untitled header":  {strings.Replace(settingsCard, `"title":{"tag":"plain_text","content":"Settings"}`, `"x":1`, 1), 230099},
		"too many":         {two(strings.TrimSuffix(strings.Repeat(`{"tag":"hr"},`, 201), ",")), 230099},
	} {
		sent := s.call("POST", messagesPath+"?receive_id_type=chat_id", map[string]string{"receive_id": s.chat, "msg_type": "interactive", "content": tc.card})
		if sent.Code != tc.want {
			t.Errorf("%s: sent %d %s, want %d", name, sent.Code, sent.Msg, tc.want)
		}
		if tc.want == 0 {
			continue
		}
		if got := s.call("PATCH", messagesPath+"/"+old, map[string]string{"content": tc.card}); got.Code != tc.want {
			t.Errorf("%s: patched %d, want %d", name, got.Code, tc.want)
		}
	}
}

func TestPressForm(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	h := listen(t, s)
	id := s.post(sandbox.PostSpec{Type: "interactive", Content: settingsCard})
	action := func(press func(context.Context) error) map[string]any {
		t.Helper()
		s.must(press(t.Context()))
		got := h.events("card.action.trigger")
		a, _ := got[len(got)-1].Event["action"].(map[string]any)
		return a
	}
	form := action(func(ctx context.Context) error {
		_, err := s.PressWith(ctx, sandbox.PressSpec{
			User: s.owner.OpenID, Message: id, Value: map[string]string{"a": "settings"}, Name: "submit",
			Form: map[string]any{"quorum": "3", "emoji": []string{"No"}},
		})
		return err
	})
	values, _ := form["form_value"].(map[string]any)
	emoji, _ := values["emoji"].([]any)
	if form["tag"] != "button" || form["name"] != "submit" || values["quorum"] != "3" || len(emoji) != 1 || emoji[0] != "No" {
		t.Errorf("form = %v", form)
	}
	r := s.order("press", map[string]any{
		"as": s.owner.OpenID, "message": id, "value": map[string]string{"a": "x"}, "tag": "select_static", "option": "en",
		"options": []string{"a", "b"}, "input": "said",
	})
	if r.status != 200 {
		t.Fatalf("press: %d %v", r.status, r.raw)
	}
	got := action(func(context.Context) error { return nil })
	options, _ := got["options"].([]any)
	if got["tag"] != "select_static" || got["option"] != "en" || len(options) != 2 || got["input_value"] != "said" || got["form_value"] != nil {
		t.Errorf("choice = %v", got)
	}
}
