package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// votesTTL is how long reactions are counted after the last one.
	votesTTL = 24 * time.Hour
	// votesCap is how many reactions of one message are counted.
	votesCap = 300
)

// Votes remember who reacted to a message, for the chats with a quorum.
type Votes struct {
	client redis.UniversalClient
	vote   *redis.Script
}

// NewVotes makes the votes of an open store.
func NewVotes(s *Store) *Votes { return &Votes{client: s.client, vote: redis.NewScript(voteLua)} }

// voteLua notes a reaction, or that it was taken back, unless something newer is noted of the same person and emoji, and
// gives all that is noted. Of two in the same millisecond the withdrawal counts.
// KEYS: the message's reactions. ARGV: person and emoji, when in milliseconds, "+" or "-", life in milliseconds, cap.
// Returns pairs of person and emoji, and when with the sign.
const voteLua = `
local had = redis.call('HGET', KEYS[1], ARGV[1])
local at = had and tonumber(string.sub(had, 2)) - tonumber(ARGV[2])
local newer = had and (at > 0 or (at == 0 and string.sub(had, 1, 1) == '-'))
if not newer and (had or redis.call('HLEN', KEYS[1]) < tonumber(ARGV[5])) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. ARGV[2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return redis.call('HGETALL', KEYS[1])`

// Vote notes that a person reacted with an emoji, or took the reaction back, and gives all whose reactions stand,
// sorted. Whatever order reactions and withdrawals come in, the newest of a person and an emoji counts.
func (v *Votes) Vote(
	ctx context.Context, id bot.MessageID, who bot.UserID, emoji string, at time.Time, stands bool,
) ([]bot.UserID, error) {
	sign := "-"
	if stands {
		sign = "+"
	}
	found, err := v.vote.Run(ctx, v.client, []string{keyVotes(id)}, string(who)+"/"+emoji,
		strconv.FormatInt(at.UnixMilli(), 10), sign, votesTTL.Milliseconds(), votesCap).StringSlice()
	if err != nil {
		return nil, failed(err, "count the reactions to "+string(id))
	}
	var people []bot.UserID
	for pair := range slices.Chunk(found, 2) { //nolint:mnd // field and value
		person, _, _ := strings.Cut(pair[0], "/")
		if strings.HasPrefix(pair[1], "+") && !slices.Contains(people, bot.UserID(person)) {
			people = append(people, bot.UserID(person))
		}
	}
	slices.Sort(people)
	return people, nil
}
