package handlers

import (
	"context"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/jobs"
)

// watchDecision is what a moderator decided about a notice.
type watchDecision struct {
	Event bot.EventID `json:"event"`
	Says  text.Key    `json:"says"`
	Who   bot.UserID  `json:"who"`
}

func noticeDone(key string) string { return stateKey("notice_done", key) }

// press does what a moderator decided about a notice. The first decision counts; a later press is answered with it.
func (n *WatchNotices) press(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	to := n.Answers.presser(ctx, d, body)
	about, ok, err := n.Notices.Load(ctx, body.Press.Chat, body.Press.Key)
	if err != nil {
		return err
	}
	if !ok {
		return n.Answers.refuse(ctx, to, bot.ReasonStale)
	}
	to.chat, to.noWhisper, to.lang = about.Chat, body.Chat != about.Chat, n.Answers.language(ctx, about.Chat, "")
	may, err := n.Rights.May(ctx, body.By, about.Chat, false)
	if err != nil {
		return err
	}
	if !may.Allow {
		return n.Answers.refuse(ctx, to, may.Reason)
	}
	mine := watchDecision{Event: d.Event.ID, Says: text.NoticeDecided(body.Press.Word), Who: body.By}
	first, err := keepState(ctx, n.Answers.Once, noticeDone(about.Key), mine, noticeLife)
	if err != nil {
		return err
	}
	if first.Event != d.Event.ID {
		return n.Answers.tell(ctx, to, n.Answers.say(to, first.Says, "who", bot.Mention(first.Who)))
	}
	if done, err := n.decide(ctx, d, body, about); err != nil || !done {
		return n.undecide(ctx, d, to, about, err)
	}
	if err := afterPress(ctx); err != nil {
		return err
	}
	return n.show(ctx, d, about.Chat, about.Key)
}

// undecide makes a decision that could not be carried out open again, unless another run will try it.
func (n *WatchNotices) undecide(ctx context.Context, d bot.Delivery, to recipient, about bot.Notice, err error) error {
	if bot.Retryable(err) && !d.Last {
		return err
	}
	if err := n.Answers.Once.Forget(ctx, noticeDone(about.Key)); err != nil {
		return err
	}
	if err != nil {
		return n.Answers.denied(ctx, to, err)
	}
	return n.Answers.refuse(ctx, to, bot.ReasonStale)
}

// decide carries out a decision. It reports false for a button that the notice does not have.
func (n *WatchNotices) decide(ctx context.Context, d bot.Delivery, body bot.Pressed, about bot.Notice) (bool, error) {
	change := func(made func(bot.Settings) (bot.Settings, error)) (bool, error) {
		_, _, err := n.Rights.Configure(ctx, recall.SettingRequest{
			CauseID: d.Event.ID, Via: bot.ViaButton, Who: body.By, Asked: body.At, Chat: about.Chat, Moderators: true, Change: made,
		})
		return err == nil, err
	}
	switch body.Press.Word {
	case card.NoticeRecall:
		posts, err := n.Notices.Posts(ctx, about.Chat, about.Key)
		if err != nil {
			return false, err
		}
		_, err = n.Jobs.Start(ctx, jobs.Request{
			Kind: bot.JobPosts, CauseID: d.Event.ID, Who: body.By, Via: bot.ViaButton, Chat: about.Chat, Asked: body.At, Named: posts,
			Language: string(n.Answers.language(ctx, about.Chat, "")),
		})
		if err != nil {
			return false, err
		}
		return true, n.Notices.Close(ctx, about) // what is posted from now on asks again
	case card.NoticeLeave:
		return true, nil
	case card.NoticeOff:
		return change(func(set bot.Settings) (bot.Settings, error) {
			return switched(set, about.Rule, bot.WatchOff, body.By, body.At)
		})
	case card.NoticeRelease:
		return change(func(set bot.Settings) (bot.Settings, error) { return released(set, about.Bot, n.Now()) })
	case card.NoticeQuarantine:
		return n.quarantine(ctx, body, about, change)
	default:
		return false, nil
	}
}

// quarantine puts the bots of a notice into quarantine.
func (n *WatchNotices) quarantine(
	ctx context.Context, body bot.Pressed, about bot.Notice, change func(func(bot.Settings) (bot.Settings, error)) (bool, error),
) (bool, error) {
	var made []bot.Quarantine
	for _, ref := range about.Refs(maxNoticeQuarantines) {
		made = append(made, bot.Quarantine{Bot: ref, Since: body.At, Until: body.At.Add(bot.DefaultQuarantine), By: body.By})
	}
	done, err := change(func(set bot.Settings) (bot.Settings, error) {
		for _, q := range made {
			var err error
			if set, err = quarantined(set, q, n.Now()); err != nil {
				return set, err
			}
		}
		return set, nil
	})
	for _, q := range made {
		if !done || err != nil {
			break
		}
		err = n.begin(ctx, about.Chat, q)
	}
	return done, err
}
