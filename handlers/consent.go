package handlers

import (
	"cmp"
	"context"

	"recallbot/bot"
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

// Lending says who may authorise us in a group.
type Lending interface {
	MayGrant(ctx context.Context, who bot.UserID, chat bot.ChatID) (policy.Decision, error)
}

// consents is /recall authorize and deauthorize, and the event that tells of the latter when it was done elsewhere.
type consents struct {
	Parts
	answers *answers
}

// begin writes the link to the owner. Whoever has it could only consent as themselves, and yet nobody else sees it: where
// the owner can't be written to, there is none.
func (c *consents) begin(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to, chat := c.answers.recipient(ctx, d, said), said.Message.Chat
	if c.Consents == nil {
		return c.answers.refuse(ctx, to, bot.ReasonConsentOff)
	}
	text := phraseConsentLink
	if said.P2P {
		text, chat = phraseConsentLinkAll, ""
	} else {
		decision, err := c.Lending.MayGrant(ctx, said.By, chat)
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
	err = c.Speaker.Tell(ctx, said.By, c.answers.say(to, text)+"\n"+link, string(d.Event.ID)+"/consent")
	switch {
	case err == nil:
		return c.answers.done(ctx, said.Message.ID)
	case later(err):
		return err
	default:
		return c.answers.refuse(ctx, to, bot.ReasonConsentUnsent)
	}
}

// refuse records that somebody may not authorise us in a group, and says so.
func (c *consents) refuse(ctx context.Context, d bot.Delivery, said bot.Said, decision policy.Decision) error {
	req := recall.Request{
		CauseID: d.Event.ID, Via: bot.ViaConsent, Who: said.By, Asked: said.Message.At, Chat: said.Message.Chat, Command: said.Message.ID,
	}
	if err := c.Recaller.Refuse(ctx, req, decision.Rule, decision.Reason); err != nil {
		return err
	}
	return c.answers.refuse(ctx, c.answers.recipient(ctx, d, said), decision.Reason)
}

// end forgets all that the person authorised, and says the same where there was nothing: a second run finds nothing.
func (c *consents) end(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := c.answers.recipient(ctx, d, said)
	if c.Consents == nil {
		return c.answers.refuse(ctx, to, bot.ReasonConsentOff)
	}
	if err := c.Consents.Drop(ctx, bot.Withdrawal{
		CauseID: d.Event.ID, Who: said.By, Via: bot.ViaDeauthorize, Asked: said.Message.Chat, Command: said.Message.ID,
	}); err != nil {
		return err
	}
	return c.answers.tell(ctx, to, c.answers.say(to, phraseConsentEnded))
}

// revoked is told by the platform. What the person authorised after that stands.
func (c *consents) revoked(ctx context.Context, d bot.Delivery, body bot.Revoked) error {
	return c.Consents.Drop(ctx, bot.Withdrawal{CauseID: d.Event.ID, Who: body.Who, Via: bot.ViaPlatform, Until: body.At})
}

// Landing is what a person reads in the browser after they were asked for their consent: in both languages, since nobody
// knows whose browser it is.
type Landing struct{ Chinese, English string }

// Landed gives what is done when the browser comes back: code is of a consent, and empty of none. It keeps the consent,
// tells the person, and gives what the page says; its error's kind is the page's status.
func Landed(config Config, parts Parts) func(ctx context.Context, state, code string) (Landing, error) {
	answers := newAnswers(config, parts)
	page := func(p phrase) Landing { return Landing{answers.words(Chinese, p), answers.words(English, p)} }
	return func(ctx context.Context, state, code string) (Landing, error) {
		if code == "" {
			_, err := parts.Consents.Decline(ctx, state)
			return page(landing(err, phrase(bot.ReasonConsentDeclined))), err
		}
		asked, err := parts.Consents.Finish(ctx, state, code)
		if err != nil {
			return page(landing(err, "")), err
		}
		words := answers.words(Language(cmp.Or(asked.Language, string(answers.fallback))), phraseConsentGiven)
		if err := parts.Speaker.Tell(ctx, asked.Who, words, "consent/"+state); err != nil {
			parts.Logger.InfoContext(ctx, "owner not notified", "user_id", string(asked.Who), "error", err)
		}
		return page(phraseConsentGiven), nil
	}
}

// landing is what the page says of an error.
func landing(err error, otherwise phrase) phrase {
	switch {
	case err == nil:
		return otherwise
	case bot.Detail(err).Reason == bot.ReasonOtherPerson:
		return phrase(bot.ReasonOtherPerson)
	case bot.KindOf(err) == bot.NotFound:
		return phraseConsentStale
	default:
		return phraseConsentFailed
	}
}

// Lapsed gives what tells a person that the platform has ended their authorisation; the same key says it once.
func Lapsed(config Config, parts Parts) func(ctx context.Context, who bot.UserID, key string) error {
	answers := newAnswers(config, parts)
	return func(ctx context.Context, who bot.UserID, key string) error {
		return parts.Speaker.Tell(ctx, who, answers.words(answers.fallback, phraseConsentLapsed), key)
	}
}
