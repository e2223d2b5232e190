package handlers

import (
	"cmp"
	"context"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// Consents keeps owners' grants, by which the bot recalls as them where it has no rank.
type Consents interface {
	// Begin returns the link by which a person authorises the bot in a chat; an empty chat means all of their groups.
	Begin(ctx context.Context, asked bot.Consent) (string, error)
	// Finish stores the grant of a person who consented, Decline records that they declined. Each returns the request, once.
	Finish(ctx context.Context, state, code string) (bot.Consent, error)
	Decline(ctx context.Context, state string) (bot.Consent, error)
	// Drop deletes a person's grant, if there is one, and notifies them if the platform ended it.
	Drop(ctx context.Context, w bot.Withdrawal) error
}

// Consent is /recall authorize and deauthorize, and the event of an authorisation that was revoked on the platform.
type Consent struct {
	Answers *Answers
	// Consents is nil where owners can't authorise the bot.
	Consents Consents
	// MayGrant decides who may authorise the bot in a group.
	MayGrant func(ctx context.Context, who bot.UserID, chat bot.ChatID) (policy.Decision, error)
}

// Handlers implements Behaviour.
func (c *Consent) Handlers() []bot.Handler {
	list := []bot.Handler{
		c.Answers.command(bot.VerbAuthorize, c.begin), c.Answers.opened(bot.VerbAuthorize, c.begin), c.Answers.command(bot.VerbDeauthorize, c.end),
	}
	if c.Consents != nil {
		list = append(list, bot.On("revoked", always[bot.Revoked], c.revoked))
	}
	return list
}

// begin sends the link to the owner in the two-person chat, and never to the group: if that fails, there is no link.
func (c *Consent) begin(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to, chat := c.Answers.recipient(ctx, d, said), said.Message.Chat
	if c.Consents == nil {
		return c.Answers.refuse(ctx, to, bot.ReasonConsentOff)
	}
	if said.P2P {
		chat = ""
	} else {
		decision, err := c.MayGrant(ctx, said.By, chat)
		if err != nil {
			return err
		}
		if !decision.Allow {
			return c.refuse(ctx, d, said, decision)
		}
	}
	link, err := c.Consents.Begin(ctx, bot.Consent{
		Who: said.By, Chat: chat, Asked: said.Message.Chat, Command: said.Message.ID, Language: string(to.lang),
	})
	if err != nil {
		return err
	}
	_, err = c.Answers.Cards.TellCard(ctx, said.By, c.invitation(ctx, to, chat, link), string(d.Event.ID)+"/consent")
	switch {
	case err == nil:
		return c.Answers.done(ctx, said.Message.ID)
	case bot.Retryable(err):
		return err
	default:
		return c.Answers.refuse(ctx, to, bot.ReasonConsentUnsent)
	}
}

// invitation is the card with the link, for one group or, without one, for all that the person owns.
func (c *Consent) invitation(ctx context.Context, to recipient, chat bot.ChatID, link string) bot.Card {
	what := c.Answers.say(to, text.ConsentLinkAll)
	if chat != "" {
		what = c.Answers.say(to, text.ConsentLink, "chat", c.Answers.chatName(ctx, to, chat))
	}
	return bot.Card{Parts: []bot.CardPart{
		{Text: what}, {Links: []bot.CardLink{{Text: c.Answers.say(to, text.ConsentButton), URL: link}}}, {Note: c.Answers.say(to, text.ConsentOnce)},
	}}
}

// refuse records that a person may not authorise the bot in a group, and answers with the reason.
func (c *Consent) refuse(ctx context.Context, d bot.Delivery, said bot.Said, decision policy.Decision) error {
	req := recall.Request{
		CauseID: d.Event.ID, Via: bot.ViaConsent, Who: said.By, Asked: said.Message.At, Chat: said.Message.Chat, Command: said.Message.ID,
	}
	return c.Answers.reject(ctx, c.Answers.recipient(ctx, d, said), req, decision.Rule, decision.Reason)
}

// end deletes the person's grant. The answer is the same without one, because a second run finds none.
func (c *Consent) end(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := c.Answers.recipient(ctx, d, said)
	if c.Consents == nil {
		return c.Answers.refuse(ctx, to, bot.ReasonConsentOff)
	}
	if err := c.Consents.Drop(ctx, bot.Withdrawal{
		CauseID: d.Event.ID, Who: said.By, Via: bot.ViaDeauthorize, Asked: said.Message.Chat, Command: said.Message.ID,
	}); err != nil {
		return err
	}
	return c.Answers.tell(ctx, to, c.Answers.say(to, text.ConsentEnded))
}

// revoked deletes a grant from before the platform's event.
func (c *Consent) revoked(ctx context.Context, d bot.Delivery, body bot.Revoked) error {
	return c.Consents.Drop(ctx, bot.Withdrawal{CauseID: d.Event.ID, Who: body.Who, Via: bot.ViaPlatform, Until: body.At})
}

// Callback is the platform's redirect of a browser.
type Callback struct {
	// State is empty if the redirect has none that can be ours; Code is empty if the person declined.
	State, Code string
	// Browser is the browser's language, for a reader who is not known. It may be empty.
	Browser text.Language
	// Busy is set if too many redirects are handled at once: nothing is done.
	Busy bool
}

// CallbackPage is what a person reads in the browser after the consent page.
type CallbackPage struct {
	Language          text.Language
	Good              bool
	Title, Text, Back string
	// Chat is the chat to go back to; empty if it is not known.
	Chat bot.ChatID
}

// Callback handles the platform's redirect. It stores the consent, tells the person, and returns the page, in the person's language
// where the link was theirs, else in the browser's; the error's kind is the page's status.
func (c *Consent) Callback(ctx context.Context, call Callback) (CallbackPage, error) {
	reader := cmp.Or(call.Browser, c.Answers.Defaults().Language)
	switch {
	case call.State == "" || c.Consents == nil:
		return newPage(reader, text.PageStale, text.ConsentStale, bot.Consent{}), bot.Errorf(bot.NotFound, "no state")
	case call.Busy:
		return newPage(reader, text.PageFailed, text.ConsentBusy, bot.Consent{}), bot.Errorf(bot.Unavailable, "too many redirects at once")
	case call.Code == "":
		asked, err := c.Consents.Decline(ctx, call.State)
		if err != nil {
			return failedPage(reader, err), err
		}
		return newPage(c.languageOf(asked), text.PageDeclined, text.Reason(bot.ReasonConsentDeclined), asked), nil
	}
	asked, err := c.Consents.Finish(ctx, call.State, call.Code)
	if err != nil {
		return failedPage(reader, err), err
	}
	lang := c.languageOf(asked)
	if err := c.Answers.Speaker.Tell(ctx, asked.Who, lang.Say(text.ConsentGiven), "consent/"+call.State); err != nil {
		c.Answers.Log.InfoContext(ctx, "owner not notified", "user_id", string(asked.Who), "error", err)
	}
	page := newPage(lang, text.PageGiven, text.ConsentGiven, asked)
	page.Good = true
	return page, nil
}

func (c *Consent) languageOf(asked bot.Consent) text.Language {
	return cmp.Or(text.Language(asked.Language), c.Answers.Defaults().Language)
}

func newPage(lang text.Language, title, says text.Key, asked bot.Consent) CallbackPage {
	return CallbackPage{Language: lang, Title: lang.Say(title), Text: lang.Say(says), Back: lang.Say(text.PageBack), Chat: asked.Asked}
}

// failedPage is the page for an error.
func failedPage(lang text.Language, err error) CallbackPage {
	switch {
	case bot.Detail(err).Reason == bot.ReasonOtherPerson:
		return newPage(lang, text.PageDeclined, text.Reason(bot.ReasonOtherPerson), bot.Consent{})
	case bot.KindOf(err) == bot.NotFound:
		return newPage(lang, text.PageStale, text.ConsentStale, bot.Consent{})
	default:
		return newPage(lang, text.PageFailed, text.ConsentFailed, bot.Consent{})
	}
}

// ConsentExpired makes the function that notifies a person that the platform has ended their grant, once for a key.
func ConsentExpired(speaker Speaker, defaults func() ChatDefaults) func(ctx context.Context, who bot.UserID, key string) error {
	return func(ctx context.Context, who bot.UserID, key string) error {
		return speaker.Tell(ctx, who, defaults().Language.Say(text.ConsentExpired), key)
	}
}
