package app

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/store"
)

// indexed finds our own posts in the index.
type indexed struct{ index *store.Index }

func (s indexed) Select(
	ctx context.Context, job bot.Job, take func(ctx context.Context, page []bot.Seen) error,
) (bot.Preview, error) {
	found, err := s.index.Newest(ctx, job.Chat, store.NewestQuery{
		Before: job.Asked.Add(time.Millisecond), Kind: bot.KindOwn, Limit: job.Filter.Last,
	})
	preview := bot.Preview{}
	for i := 0; i < len(found) && err == nil; i += 50 {
		var page []bot.Seen
		for _, m := range found[i:min(i+50, len(found))] {
			page = append(page, bot.Seen{Message: m})
		}
		preview.Total += len(page)
		err = take(ctx, page)
	}
	return preview, err
}
