package handlers_test

import (
	"context"
	"testing"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/handlers/text"
)

// consents answers as it is set.
type consents struct {
	asked bot.Consent
	err   error
}

func (consents) Begin(context.Context, bot.Consent) (string, error) { return "", nil }

func (c consents) Finish(context.Context, string, string) (bot.Consent, error) { return c.asked, c.err }

func (c consents) Decline(context.Context, string) (bot.Consent, error) { return c.asked, c.err }

func (consents) Drop(context.Context, bot.Withdrawal) error { return nil }

// TestCallbackPage checks what the browser shows: in the language of the person whose link it was, else of the browser.
func TestCallbackPage(t *testing.T) {
	t.Parallel()
	olga := bot.Consent{Who: "ou_olga", Asked: "oc_launch", Language: "en"}
	other := &bot.Error{Kind: bot.Denied, Reason: bot.ReasonOtherPerson}
	full := handlers.Callback{State: "s", Code: "c", Browser: text.Chinese}
	for name, row := range map[string]struct {
		call        handlers.Callback
		store       consents
		kind        bot.ErrorKind
		lang        text.Language
		title, says string
		chat        bot.ChatID
	}{
		"authorised":             {full, consents{asked: olga}, bot.None, text.English, "Done", text.English.Say(text.ConsentGiven), "oc_launch"},
		"in Chinese":             {full, consents{asked: bot.Consent{Language: "zh-CN"}}, bot.None, text.Chinese, "授权完成", text.Chinese.Say(text.ConsentGiven), ""},
		"declined":               {handlers.Callback{State: "s", Browser: text.Chinese}, consents{asked: olga}, bot.None, text.English, "Not authorised", "You did not authorise me. Nothing has changed.", "oc_launch"},
		"another person's":       {full, consents{asked: olga, err: other}, bot.Denied, text.Chinese, "未授权", text.Chinese.Say(text.Reason(bot.ReasonOtherPerson)), ""},
		"used":                   {full, consents{err: bot.Errorf(bot.NotFound, "x")}, bot.NotFound, text.Chinese, "链接已失效", "这个链接已经用过或已过期，请重新发送 /撤回 授权。", ""},
		"used, in English":       {handlers.Callback{State: "s", Code: "c", Browser: text.English}, consents{err: bot.Errorf(bot.NotFound, "x")}, bot.NotFound, text.English, "This link no longer works", "This link has been used or has expired. Send /recall authorize again.", ""},
		"declined too late":      {handlers.Callback{State: "s", Browser: text.Chinese}, consents{err: bot.Errorf(bot.NotFound, "x")}, bot.NotFound, text.Chinese, "链接已失效", text.Chinese.Say(text.ConsentStale), ""},
		"the platform is away":   {full, consents{err: bot.Errorf(bot.Unavailable, "x")}, bot.Unavailable, text.Chinese, "授权没有成功", text.Chinese.Say(text.ConsentFailed), ""},
		"no state":               {handlers.Callback{Code: "c", Browser: text.English}, consents{}, bot.NotFound, text.English, "This link no longer works", text.English.Say(text.ConsentStale), ""},
		"too many at once":       {handlers.Callback{State: "s", Code: "c", Browser: text.English, Busy: true}, consents{}, bot.Unavailable, text.English, "It did not work", "Too many people are authorising me right now. Reload this page in a few seconds.", ""},
		"a browser of elsewhere": {handlers.Callback{Code: "c"}, consents{}, bot.NotFound, text.Chinese, "链接已失效", text.Chinese.Say(text.ConsentStale), ""},
	} {
		d := newHarness(t)
		behaviour := &handlers.Consent{Answers: d.answers(t), Consents: row.store}
		page, err := behaviour.Callback(t.Context(), row.call)
		if bot.KindOf(err) != row.kind || page.Good != (name == "authorised" || name == "in Chinese") {
			t.Errorf("%s: %v, good %t", name, err, page.Good)
		}
		if page.Language != row.lang || page.Title != row.title || page.Text != row.says || page.Chat != row.chat || page.Back != row.lang.Say(text.PageBack) {
			t.Errorf("%s: %+v", name, page)
		}
	}
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]text.Language{
		"": "", "fr-FR,fr;q=0.9": "", "zh-CN,zh;q=0.9,en;q=0.8": text.Chinese, "en-GB": text.English, "fr, EN;q=0.5, zh": text.English, "zh-TW": text.Chinese,
	} {
		if got := text.Accepted(header); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}
