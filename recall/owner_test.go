package recall_test

import (
	"context"
	"slices"
	"testing"

	"recallbot/bot"
	"recallbot/recall"
)

// owners act for those who have authorised us, each in one chat; the platform takes anybody's message back for an owner.
type owners struct {
	platform *platform
	lent     map[bot.UserID]bot.ChatID
	// err is what comes of acting; asked is who was asked about.
	err   error
	asked []bot.UserID
	acted []bot.MessageID
}

func (o *owners) Lends(_ context.Context, who bot.UserID, chat bot.ChatID) (bool, error) {
	o.asked = append(o.asked, who)
	return o.lent[who] == chat && chat != "", nil
}

func (o *owners) RecallAs(_ context.Context, _ bot.UserID, _ bot.ChatID, id bot.MessageID) error {
	o.acted = append(o.acted, id)
	if o.err == nil {
		msg := o.platform.messages[id]
		msg.Gone = true
		o.platform.messages[id] = msg
	}
	return o.err
}

// TestAsTheOwner: what our bot may not recall goes with the authorisation of the owner who asks, and with nobody else's.
func TestAsTheOwner(t *testing.T) {
	t.Parallel()
	notAllowed := said(bot.Denied, "recall om_own", 230026, bot.ReasonNotAllowed)
	for name, row := range map[string]struct {
		lent   map[bot.UserID]bot.ChatID
		who    bot.UserID
		target bot.MessageID
		says   error // the platform, to our bot
		breaks error // what comes of acting as the owner
		want   end
		as     string
		acted  bool
	}{
		"the owner": {
			lent: map[bot.UserID]bot.ChatID{"ou_owner": here}, who: "ou_owner", target: "om_bot",
			want: end{Result: bot.Done, Rule: "owner"}, as: bot.AsOwner, acted: true,
		},
		"who has authorised us elsewhere": {
			lent: map[bot.UserID]bot.ChatID{"ou_owner": there}, who: "ou_owner", target: "om_bot",
			want: end{Result: bot.Refused, Rule: "other_bot_without_rank", Reason: bot.ReasonNoRank},
		},
		"a manager": {
			lent: map[bot.UserID]bot.ChatID{"ou_owner": here, "ou_manager": here}, who: "ou_manager", target: "om_bot",
			want: end{Result: bot.Refused, Rule: "other_bot_without_rank", Reason: bot.ReasonNoRank},
		},
		"our own post goes as ourselves": {
			lent: map[bot.UserID]bot.ChatID{"ou_owner": here}, who: "ou_owner", target: "om_own",
			want: end{Result: bot.Done, Rule: "owner"},
		},
		"unless the platform says no": {
			lent: map[bot.UserID]bot.ChatID{"ou_owner": here}, who: "ou_owner", target: "om_own", says: notAllowed,
			want: end{Result: bot.Done, Rule: "owner"}, as: bot.AsOwner, acted: true,
		},
		"to an owner who has not authorised us": {
			who: "ou_owner", target: "om_own", says: notAllowed,
			want: end{Result: bot.Failed, Rule: "owner", Reason: bot.ReasonNotAllowed, Code: 230026},
		},
		"or to a manager": {
			lent: map[bot.UserID]bot.ChatID{"ou_owner": here, "ou_manager": here}, who: "ou_manager", target: "om_own", says: notAllowed,
			want: end{Result: bot.Failed, Rule: "manager", Reason: bot.ReasonNotAllowed, Code: 230026},
		},
		"or for another reason": {
			lent: map[bot.UserID]bot.ChatID{"ou_owner": here}, who: "ou_owner", target: "om_own",
			says: said(bot.Expired, "recall om_own", 230050, bot.ReasonTooOld),
			want: end{Result: bot.Failed, Rule: "owner", Reason: bot.ReasonTooOld, Code: 230050},
		},
		"whose authorisation has ended": {
			lent: map[bot.UserID]bot.ChatID{"ou_owner": here}, who: "ou_owner", target: "om_bot",
			breaks: said(bot.Denied, "recall om_bot", 99991668, bot.ReasonConsentGone),
			want:   end{Result: bot.Failed, Rule: "owner", Reason: bot.ReasonConsentGone, Code: 99991668}, as: bot.AsOwner, acted: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, recall.Config{})
			s.owners.lent, s.owners.err = row.lent, row.breaks
			if row.says != nil {
				s.platform.fail(takeOwn, row.says)
			}
			out := s.settles(t, s.reply(row.who, row.target), row.want)
			if out.As != row.as || (len(s.owners.acted) == 1) != row.acted {
				t.Errorf("done as %q, %v as the owner", out.As, s.owners.acted)
			}
			if row.who != "ou_owner" && slices.Contains(s.owners.asked, "ou_owner") {
				t.Error("somebody else's authorisation was looked for")
			}
		})
	}
}
