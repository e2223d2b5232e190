package handlers

import (
	"cmp"
	"context"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// Consents are what owners authorise us to, so that we recall as them where our bot has no rank.
type Consents interface {
	// Begin gives the link by which a person can authorise us in a chat; the empty chat stands for every group of theirs.
	Begin(ctx context.Context, asked bot.Consent) (string, error)
	// Finish keeps what a person consented to, and Decline that they did not; both give what was asked, once.
	Finish(ctx context.Context, state, code string) (bot.Consent, error)
	Decline(ctx context.Context, state string) (bot.Consent, error)
	// Drop forgets what a person authorised, if anything, and tells them where the platform ended it.
	Drop(ctx context.Context, w bot.Withdrawal) error
}

// Consent is /recall authorize and deauthorize, and the event that tells of the latter when it was done elsewhere.
type Consent struct {
	Answers *Answers
	// Consents is nil where owners can't authorise us.
	Consents Consents
	// MayGrant says who may authorise us in a group.
	MayGrant func(ctx context.Context, who bot.UserID, chat bot.ChatID) (policy.Decision, error)
}

// Handlers implements Behaviour.
func (c *Consent) Handlers() []bot.Handler {
	list := []bot.Handler{c.Answers.command(bot.VerbAuthorize, c.begin), c.Answers.command(bot.VerbDeauthorize, c.end)}
	if c.Consents != nil {
		list = append(list, bot.On("revoked", always[bot.Revoked], c.revoked))
	}
	return list
}

// begin writes the link to the owner. Whoever has it could only consent as themselves, and yet nobody else sees it: where
// the owner can't be written to, there is none.
func (c *Consent) begin(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to, chat := c.Answers.recipient(ctx, d, said), said.Message.Chat
	if c.Consents == nil {
		return c.Answers.refuse(ctx, to, bot.ReasonConsentOff)
	}
	invitation := text.ConsentLink
	if said.P2P {
		invitation, chat = text.ConsentLinkAll, ""
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
	err = c.Answers.Speaker.Tell(ctx, said.By, c.Answers.say(to, invitation)+"\n"+link, string(d.Event.ID)+"/consent")
	switch {
	case err == nil:
		return c.Answers.done(ctx, said.Message.ID)
	case later(err):
		return err
	default:
		return c.Answers.refuse(ctx, to, bot.ReasonConsentUnsent)
	}
}

// refuse records that somebody may not authorise us in a group, and says so.
func (c *Consent) refuse(ctx context.Context, d bot.Delivery, said bot.Said, decision policy.Decision) error {
	req := recall.Request{
		CauseID: d.Event.ID, Via: bot.ViaConsent, Who: said.By, Asked: said.Message.At, Chat: said.Message.Chat, Command: said.Message.ID,
	}
	return c.Answers.reject(ctx, c.Answers.recipient(ctx, d, said), req, decision.Rule, decision.Reason)
}

// end forgets all that the person authorised, and says the same where there was nothing: a second run finds nothing.
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

// revoked is told by the platform. What the person authorised after that stands.
func (c *Consent) revoked(ctx context.Context, d bot.Delivery, body bot.Revoked) error {
	return c.Consents.Drop(ctx, bot.Withdrawal{CauseID: d.Event.ID, Who: body.Who, Via: bot.ViaPlatform, Until: body.At})
}

// Landing is what a person reads in the browser after they were asked for their consent: in both languages, since nobody
// knows whose browser it is.
type Landing struct{ Chinese, English string }

// Callback is what is done when the browser comes back: code is of a consent, and empty of none. It keeps the consent, tells
// the person, and gives what the page says; its error's kind is the page's status.
func (c *Consent) Callback(ctx context.Context, state, code string) (Landing, error) {
	if code == "" {
		_, err := c.Consents.Decline(ctx, state)
		return page(landing(err, text.Reason(bot.ReasonConsentDeclined))), err
	}
	asked, err := c.Consents.Finish(ctx, state, code)
	if err != nil {
		return page(landing(err, "")), err
	}
	said := cmp.Or(text.Language(asked.Language), c.Answers.Language).Say(text.ConsentGiven)
	if err := c.Answers.Speaker.Tell(ctx, asked.Who, said, "consent/"+state); err != nil {
		c.Answers.Log.InfoContext(ctx, "owner is not told", "user_id", string(asked.Who), "error", err)
	}
	return page(text.ConsentGiven), nil
}

func page(key text.Key) Landing { return Landing{text.Chinese.Say(key), text.English.Say(key)} }

// landing is what the page says of an error.
func landing(err error, otherwise text.Key) text.Key {
	switch {
	case err == nil:
		return otherwise
	case bot.Detail(err).Reason == bot.ReasonOtherPerson:
		return text.Reason(bot.ReasonOtherPerson)
	case bot.KindOf(err) == bot.NotFound:
		return text.ConsentStale
	default:
		return text.ConsentFailed
	}
}

// Expired tells a person that the platform has ended their authorisation; the same key says it once.
func (a *Answers) Expired(ctx context.Context, who bot.UserID, key string) error {
	return a.Speaker.Tell(ctx, who, a.Language.Say(text.ConsentExpired), key)
}
