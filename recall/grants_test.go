package recall_test

import (
	"slices"
	"testing"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall/recalltest"
)

// TestAsTheOwner: a message that our bot may not recall is recalled with the grant of the owner who asks, and with no other.
func TestAsTheOwner(t *testing.T) {
	t.Parallel()
	notAllowed := recalltest.Fault(bot.Denied, "recall om_own", 230026, bot.ReasonNotAllowed)
	for name, row := range map[string]struct {
		granted map[bot.UserID]bot.ChatID
		who     bot.UserID
		target  bot.MessageID
		says    error // the platform, to our bot
		breaks  error // what comes of acting as the owner
		want    recalltest.Ended
		as      string
		acted   bool
	}{
		"the owner": {
			granted: map[bot.UserID]bot.ChatID{"ou_owner": recalltest.Here}, who: "ou_owner", target: "om_bot",
			want: recalltest.Ended{Result: bot.Done, Rule: "owner"}, as: audit.AsOwner, acted: true,
		},
		"who has authorised us elsewhere": {
			granted: map[bot.UserID]bot.ChatID{"ou_owner": recalltest.There}, who: "ou_owner", target: "om_bot",
			want: recalltest.Ended{Result: bot.Refused, Rule: "other_bot_without_rank", Reason: bot.ReasonNoRank},
		},
		"a manager": {
			granted: map[bot.UserID]bot.ChatID{"ou_owner": recalltest.Here, "ou_manager": recalltest.Here}, who: "ou_manager", target: "om_bot",
			want: recalltest.Ended{Result: bot.Refused, Rule: "other_bot_without_rank", Reason: bot.ReasonNoRank},
		},
		"our own post goes as ourselves": {
			granted: map[bot.UserID]bot.ChatID{"ou_owner": recalltest.Here}, who: "ou_owner", target: "om_own",
			want: recalltest.Ended{Result: bot.Done, Rule: "owner"},
		},
		"unless the platform says no": {
			granted: map[bot.UserID]bot.ChatID{"ou_owner": recalltest.Here}, who: "ou_owner", target: "om_own", says: notAllowed,
			want: recalltest.Ended{Result: bot.Done, Rule: "owner"}, as: audit.AsOwner, acted: true,
		},
		"to an owner who has not authorised us": {
			who: "ou_owner", target: "om_own", says: notAllowed,
			want: recalltest.Ended{Result: bot.Failed, Rule: "owner", Reason: bot.ReasonNotAllowed, Code: 230026},
		},
		"or to a manager": {
			granted: map[bot.UserID]bot.ChatID{"ou_owner": recalltest.Here, "ou_manager": recalltest.Here}, who: "ou_manager", target: "om_own", says: notAllowed,
			want: recalltest.Ended{Result: bot.Failed, Rule: "manager", Reason: bot.ReasonNotAllowed, Code: 230026},
		},
		"or for another reason": {
			granted: map[bot.UserID]bot.ChatID{"ou_owner": recalltest.Here}, who: "ou_owner", target: "om_own",
			says: recalltest.Fault(bot.Expired, "recall om_own", 230050, bot.ReasonTooOld),
			want: recalltest.Ended{Result: bot.Failed, Rule: "owner", Reason: bot.ReasonTooOld, Code: 230050},
		},
		"whose authorisation has ended": {
			granted: map[bot.UserID]bot.ChatID{"ou_owner": recalltest.Here}, who: "ou_owner", target: "om_bot",
			breaks: recalltest.Fault(bot.Denied, "recall om_bot", 99991668, bot.ReasonConsentGone),
			want:   recalltest.Ended{Result: bot.Failed, Rule: "owner", Reason: bot.ReasonConsentGone, Code: 99991668}, as: audit.AsOwner, acted: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := recalltest.New(t)
			s.Owners.Granted, s.Owners.Err = row.granted, row.breaks
			if row.says != nil {
				s.Platform.Fail(recalltest.TakeOwn, row.says)
			}
			out := s.Settles(t, s.Reply(row.who, row.target), row.want)
			if out.As != row.as || (len(s.Owners.Acted) == 1) != row.acted {
				t.Errorf("done as %q, %v as the owner", out.As, s.Owners.Acted)
			}
			if row.who != "ou_owner" && slices.Contains(s.Owners.Asked, "ou_owner") {
				t.Error("the grant of another person was read")
			}
		})
	}
}
