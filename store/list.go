package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// listPage is how many places of a list are read at once.
const listPage = 100

// spot is where something stands in a list by time.
type spot struct {
	at int64
	id string
}

func (p spot) cursor() string { return strconv.FormatInt(p.at, 10) + "." + p.id }

// places reads a page of a list, the newest first, behind the cursor; end is set where nothing follows.
func places(ctx context.Context, client redis.UniversalClient, key, cursor string) (page []spot, end bool, err error) {
	after := spot{}
	last := "+inf"
	if cursor != "" {
		var at string
		at, after.id, _ = strings.Cut(cursor, ".")
		if after.at, err = strconv.ParseInt(at, 10, 64); err != nil || after.id == "" {
			return nil, false, bot.Errorf(bot.Invalid, "read a list: the cursor %q is none of ours", cursor)
		}
		last = strconv.FormatInt(after.at, 10)
	}
	// Of what is of the same moment, the list goes on behind the one that the cursor names.
	for skip := int64(0); ; skip += listPage {
		members, err := client.ZRevRangeByScoreWithScores(ctx, key, &redis.ZRangeBy{
			Min: "-inf", Max: last, Offset: skip, Count: listPage,
		}).Result()
		if err != nil {
			return nil, false, failed(err, "read a list")
		}
		for _, z := range members {
			id, _ := z.Member.(string)
			at := spot{int64(z.Score), id}
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
