package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// listPage is how many items of a list are read at once.
const listPage = 100

// listPosition is the position of an item in a list by time.
type listPosition struct {
	at int64
	id string
}

func (p listPosition) cursor() string { return strconv.FormatInt(p.at, 10) + "." + p.id }

// readList reads a page of a list after the cursor, newest first; end is set if it is the last page.
func readList(ctx context.Context, client redis.UniversalClient, key, cursor string) (page []listPosition, end bool, err error) {
	after := listPosition{}
	last := "+inf"
	if cursor != "" {
		var at string
		at, after.id, _ = strings.Cut(cursor, ".")
		if after.at, err = strconv.ParseInt(at, 10, 64); err != nil || after.id == "" {
			return nil, false, bot.Errorf(bot.Invalid, "cursor must be the next_cursor of an earlier answer")
		}
		last = strconv.FormatInt(after.at, 10)
	}
	// Items of the cursor's millisecond up to the cursor are skipped.
	for skip := int64(0); ; skip += listPage {
		members, err := client.ZRevRangeByScoreWithScores(ctx, key, &redis.ZRangeBy{
			Min: "-inf", Max: last, Offset: skip, Count: listPage,
		}).Result()
		if err != nil {
			return nil, false, failed(err, "read a list")
		}
		for _, z := range members {
			id, _ := z.Member.(string)
			at := listPosition{int64(z.Score), id}
			if cursor != "" && at.at == after.at && at.id >= after.id {
				continue
			}
			page = append(page, at)
		}
		if end = len(members) < listPage; end || len(page) > 0 {
			return page, end, nil
		}
	}
}
