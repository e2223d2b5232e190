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
	// votesTTL is the TTL of a message's reactions after the last one.
	votesTTL = 24 * time.Hour
	// maxVotes is the maximum of reactions that are counted for a message.
	maxVotes = 300
)

// Votes stores who reacted to a message, for chats with a quorum.
type Votes struct {
	client redis.UniversalClient
	vote   *redis.Script
}

// NewVotes returns the votes of an open store.
func NewVotes(s *Store) *Votes { return &Votes{client: s.client, vote: redis.NewScript(voteLua)} }

// voteLua stores a reaction or its removal, unless a newer one of the same person and emoji is stored. In the same millisecond the
// removal counts.
// KEYS: the message's reactions. ARGV: person and emoji, time in milliseconds, "+" or "-", TTL in milliseconds, cap.
// Returns pairs of person/emoji and sign with time.
const voteLua = `
local had = redis.call('HGET', KEYS[1], ARGV[1])
local at = had and tonumber(string.sub(had, 2)) - tonumber(ARGV[2])
local newer = had and (at > 0 or (at == 0 and string.sub(had, 1, 1) == '-'))
if not newer and (had or redis.call('HLEN', KEYS[1]) < tonumber(ARGV[5])) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. ARGV[2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return redis.call('HGETALL', KEYS[1])`

// Vote stores that a person added or removed a reaction, and returns all people with a reaction, sorted. The newest of a person and an
// emoji counts, also if events arrive in another order.
func (v *Votes) Vote(
	ctx context.Context, id bot.MessageID, who bot.UserID, emoji string, at time.Time, added bool,
) ([]bot.UserID, error) {
	sign := "-"
	if added {
		sign = "+"
	}
	found, err := v.vote.Run(ctx, v.client, []string{keyVotes(id)}, string(who)+"/"+emoji,
		strconv.FormatInt(at.UnixMilli(), 10), sign, votesTTL.Milliseconds(), maxVotes).StringSlice()
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
