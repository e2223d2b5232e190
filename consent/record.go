package consent

import (
	"cmp"
	"context"
	"slices"

	"recallbot/audit"
	"recallbot/bot"
)

// recordAnswer records the end of a link; err is nil for a consent.
func (o *Service) recordAnswer(ctx context.Context, state string, asked bot.Consent, result bot.Result, err error) error {
	detail := bot.Detail(err)
	_, failed := o.Record(ctx, "consent/"+state+"/"+string(result), audit.Entry{
		At: o.Now(), Who: asked.Who, Via: bot.ViaConsent, Chat: cmp.Or(asked.Chat, asked.Asked), Command: asked.Command,
		Rule: audit.RuleConsent, Result: result, Reason: detail.Reason, Code: detail.Code, LogID: detail.LogID,
	})
	return failed
}

// recordFailure records a link that failed, and returns its error. The link can't be used again, so a failure to record is only
// logged.
func (o *Service) recordFailure(ctx context.Context, state string, asked bot.Consent, err error) error {
	result := bot.Failed
	if bot.Detail(err).Reason == bot.ReasonOtherPerson {
		result = bot.Refused
	}
	if failed := o.recordAnswer(context.WithoutCancel(ctx), state, asked, result, err); failed != nil {
		o.Log.WarnContext(ctx, "grant not recorded", "user_id", string(asked.Who), "error", failed)
	}
	return err
}

// recordEnd records the end of a grant, once in each of its chats.
func (o *Service) recordEnd(ctx context.Context, key string, end audit.Entry, grant bot.KeptGrant) error {
	end.At, end.Rule = o.Now(), audit.RuleConsent
	chats := grant.Chats
	if end.Chat != "" || len(chats) == 0 {
		chats = append(slices.Clone(chats), end.Chat)
	}
	slices.Sort(chats)
	for _, end.Chat = range slices.Compact(chats) {
		if _, err := o.Record(ctx, key+"/"+string(end.Chat), end); err != nil {
			return err
		}
	}
	return nil
}
