package feishu_test

import (
	"context"
	"strconv"
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
)

// seenCard is a card of our app as the client reads it.
func seenCard(t *testing.T, sender, kind, content string) bot.Seen {
	t.Helper()
	body := `{"code":0,"data":{"items":[{"message_id":"om_1","chat_id":"oc_1","msg_type":"` + kind + `","create_time":"1717049990000",` +
		`"sender":{"id":"` + sender + `","sender_type":"app"},"body":{"content":` + strconv.Quote(content) + `}}]}}`
	client := newClient(newPlatform(t, always(fakeReply{body: body})))
	seen, err := client.Post(t.Context(), "om_1")
	if err != nil {
		t.Fatal(err)
	}
	if m, err := client.Message(t.Context(), "om_1"); err != nil || m.Answer != seen.Answer {
		t.Errorf("looked up it is %+v, %v; read %t", m, err, seen.Answer)
	}
	return seen
}

// TestIsAnswer: every card of the bot is an answer, posts are not.
func TestIsAnswer(t *testing.T) {
	t.Parallel()
	button := bot.Button{Text: "Take back", Press: bot.Press{Action: bot.ActTakeBack, Post: "p_1", Key: "k"}}
	stop := bot.CardPart{Buttons: []bot.Button{{Text: "Stop", Press: bot.Press{Action: bot.ActStop, Job: "j1", Key: "k"}}}}
	words := bot.CardPart{Text: "Recalled 3"}
	posted, _ := feishu.WithButton(`{"schema":"2.0","body":{"elements":[{"tag":"markdown","content":"deployed"}]}}`, button)
	alert := feishu.CardContent(bot.Card{Title: "🔥 1 firing", Parts: []bot.CardPart{words}, Post: true})
	decorated, _ := feishu.WithButton(alert, button)
	for name, tt := range map[string]struct {
		sender, kind, content string
		want                  bool
	}{
		"words":                  {testApp, "interactive", feishu.CardContent(bot.Card{Title: "Done", Parts: []bot.CardPart{words}}), true},
		"buttons":                {testApp, "interactive", feishu.CardContent(bot.Card{Parts: []bot.CardPart{stop, words}}), true},
		"a bar":                  {testApp, "interactive", feishu.CardContent(bot.Card{Parts: []bot.CardPart{{Bar: &bot.Bar{Done: 1, Total: 2}}}}), true},
		"within its drawing":     {testApp, "interactive", `{"elements":[[]],"user_dsl":` + strconv.Quote(feishu.CardContent(bot.Card{Parts: []bot.CardPart{words}})) + `}`, true},
		"another app's":          {"cli_other", "interactive", feishu.CardContent(bot.Card{Parts: []bot.CardPart{words}}), false},
		"a post":                 {testApp, "interactive", `{"schema":"2.0","body":{"elements":[{"tag":"markdown","content":"recallbot_answer"}]}}`, false},
		"a post with our button": {testApp, "interactive", posted, false},
		"an alert":               {testApp, "interactive", alert, false},
		"an alert with one":      {testApp, "interactive", decorated, false},
		"a text":                 {testApp, "text", `{"text":"\"recallbot\""}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := seenCard(t, tt.sender, tt.kind, tt.content); got.Answer != tt.want {
				t.Errorf("an answer: %t, want %t, of %s", got.Answer, tt.want, tt.content)
			}
		})
	}
}

// TestOnPostMarksAnswers: messages of the bot itself are answers; posts for others and reposts are not.
func TestOnPostMarksAnswers(t *testing.T) {
	t.Parallel()
	var posts []bot.Message
	cfg := clientConfig(newPlatform(t, always(fakeReply{body: postedBody})).URL)
	cfg.OnPost = func(_ context.Context, m bot.Message, _ []bot.MessageID) { posts = append(posts, m) }
	client, card := feishu.NewClient(cfg, &limiter{}, discardLog()), bot.Card{Parts: []bot.CardPart{{Text: "x"}}}
	for name, tt := range map[string]struct {
		say  func() error
		want bool
	}{
		"tell":      {func() error { return client.Tell(t.Context(), "ou_1", "x", "k") }, true},
		"reply":     {func() error { return client.Reply(t.Context(), "om_1", "ou_1", "x", "k") }, true},
		"tell card": {func() error { _, err := client.TellCard(t.Context(), "ou_1", card, "k"); return err }, true},
		"reply card": {func() error {
			_, err := client.PostCard(t.Context(), bot.Place{Chat: "oc_1", Message: "om_1"}, "ou_1", card, "k")
			return err
		}, true},
		"post card": {func() error {
			_, err := client.PostCard(t.Context(), bot.Place{Chat: "oc_1"}, "ou_1", card, "k")
			return err
		}, true},
		"post": {func() error {
			_, err := client.Publish(t.Context(), bot.Outgoing{Chat: "oc_1", Type: "text", Body: `{"text":"x"}`, Key: "k"})
			return err
		}, false},
		"post again": {func() error {
			_, err := client.Repost(t.Context(), bot.Repost{Archived: bot.Archived{Message: bot.Message{ID: "om_1", Chat: "oc_1"}, Type: "text", Body: `{"text":"x"}`}, Key: "k"})
			return err
		}, false},
	} {
		posts = nil
		if err := tt.say(); err != nil || len(posts) != 1 || posts[0].Answer != tt.want {
			t.Errorf("%s: %+v, %v", name, posts, err)
		}
	}
}
