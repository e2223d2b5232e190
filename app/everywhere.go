package app

import (
	"context"
	"slices"
	"unicode/utf8"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/recall"
)

// chatPage is how many groups are listed at a time.
const chatPage = 20

// everywhere finds the groups of a clean-up over all groups.
type everywhere struct {
	client   *feishu.Client
	recaller *recall.Recaller
}

// Parts implements jobs.PartsFunc. Where our bot is in many groups, the platform's search finds those with candidates, if it may be used.
func (e everywhere) Parts(ctx context.Context, job bot.Job, take func(part bot.PreviewPart) error) ([]bot.Unseen, error) {
	var found map[bot.ChatID]bool
	for cursor, first := "", true; ; first = false {
		page, next, err := e.client.Chats(ctx, chatPage, cursor)
		if err != nil {
			return nil, err
		}
		if first && next != "" {
			if found, err = e.search(ctx, job); err != nil {
				return nil, err
			}
		}
		for _, chat := range page {
			if found != nil && !found[chat.ID] {
				continue
			}
			if err := e.part(ctx, job, chat, take); err != nil {
				return nil, err
			}
		}
		if cursor = next; cursor != "" {
			continue
		}
		if found != nil {
			return []bot.Unseen{bot.UnseenSearched}, nil
		}
		return nil, nil
	}
}

// search finds the groups with messages that contain the filter's text; nil where that can't be searched.
func (e everywhere) search(ctx context.Context, job bot.Job) (map[bot.ChatID]bool, error) {
	f := job.Filter
	if len(f.Match) == 0 || f.Any || utf8.RuneCountInString(f.Match[0]) > feishu.MaxQuery {
		return nil, nil //nolint:nilnil // all groups are looked through
	}
	until := f.Until
	if until.IsZero() {
		until = job.Asked
	}
	found, complete, err := e.client.SearchGroups(ctx, f.Match[0], f.Since, until)
	switch {
	case bot.Retryable(err):
		return nil, err
	case err != nil || !complete:
		return nil, nil //nolint:nilerr,nilnil // the app may not search: all groups are looked through
	default:
		return found, nil
	}
}

// part passes on a group in which the person may recall.
func (e everywhere) part(ctx context.Context, job bot.Job, chat bot.Chat, take func(part bot.PreviewPart) error) error {
	may, err := e.recaller.May(ctx, job.Who, chat.ID, false)
	if err != nil || !may.Allow {
		return err
	}
	part := bot.PreviewPart{Chat: chat.ID, Name: chat.Name}
	if !may.Ranked && !may.AsOwner && meansOthers(job.Filter) {
		part.Reason = bot.ReasonNoRank
	}
	return take(part)
}

// meansOthers reports a filter that is only about messages that are not ours.
func meansOthers(f bot.Filter) bool {
	return len(f.Bots) > 0 && !slices.ContainsFunc(f.Bots, func(b bot.BotRef) bool { return b.Me || b.Any }) || len(f.By) > 0 && !f.Any
}
