package consent

import (
	"cmp"
	"context"
	"slices"

	"recallbot/audit"
	"recallbot/bot"
)

// Audit keeps records. The key names the work that makes one: work that runs again records nothing more, which is false.
type Audit interface {
	Record(ctx context.Context, key string, entry audit.Entry) (bool, error)
}

// recordAnswer records what became of a link; the reason and the error are of one that was for nothing.
func (o *Service) recordAnswer(ctx context.Context, state string, asked bot.Consent, result bot.Result, err error) error {
	detail := bot.Detail(err)
	_, failed := o.Audit.Record(ctx, "consent/"+state+"/"+string(result), audit.Entry{
		At: o.Now(), Who: asked.Who, Via: bot.ViaConsent, Chat: cmp.Or(asked.Chat, asked.Asked), Command: asked.Command,
		Rule: audit.RuleConsent, Result: result, Reason: detail.Reason, Code: detail.Code, LogID: detail.LogID,
	})
	return failed
}

// recordFailure records that a link was for nothing, and gives the error that says why. The link is used up by then, so a
// record that can't be made is not made later either.
func (o *Service) recordFailure(ctx context.Context, state string, asked bot.Consent, err error) error {
	result := bot.Failed
	if bot.Detail(err).Reason == bot.ReasonOtherPerson {
		result = bot.Refused
	}
	if failed := o.recordAnswer(context.WithoutCancel(ctx), state, asked, result, err); failed != nil {
		o.Log.WarnContext(ctx, "authorisation is not recorded", "user_id", string(asked.Who), "error", failed)
	}
	return err
}

// recordEnd records the end of an authorisation, once in each chat where it held.
func (o *Service) recordEnd(ctx context.Context, key string, end audit.Entry, lent bot.KeptGrant) error {
	end.At, end.Rule = o.Now(), audit.RuleConsent
	chats := lent.Chats
	if end.Chat != "" || len(chats) == 0 {
		chats = append(slices.Clone(chats), end.Chat)
	}
	slices.Sort(chats)
	for _, end.Chat = range slices.Compact(chats) {
		if _, err := o.Audit.Record(ctx, key+"/"+string(end.Chat), end); err != nil {
			return err
		}
	}
	return nil
}
