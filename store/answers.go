package store

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// maxAnswers is the maximum of answers that are stored for one message.
const maxAnswers = 100

// Answers stores which of our posts answer which message, for the retention of the index.
type Answers struct {
	client redis.UniversalClient
	ttl    time.Duration
	add    *redis.Script
}

// NewAnswers returns the answers of an open store.
func NewAnswers(s *Store) *Answers {
	return &Answers{client: s.client, ttl: s.cfg.IndexRetention, add: redis.NewScript(addAnswerLua)}
}

// addAnswerLua adds an answer unless there are too many.
// KEYS: the message's answers. ARGV: the answer, cap, TTL in milliseconds. The result is not used.
const addAnswerLua = `
if redis.call('SCARD', KEYS[1]) < tonumber(ARGV[2]) then redis.call('SADD', KEYS[1], ARGV[1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[3])`

// Add stores that a post of ours answers the messages.
func (a *Answers) Add(ctx context.Context, post bot.MessageID, to ...bot.MessageID) error {
	for _, id := range to {
		err := a.add.Run(ctx, a.client, []string{keyAnswers(id)}, string(post), maxAnswers, a.ttl.Milliseconds()).Err()
		if err != nil {
			return failed(err, "add an answer to "+string(id))
		}
	}
	return nil
}

// To returns our posts that answer a message.
func (a *Answers) To(ctx context.Context, id bot.MessageID) ([]bot.MessageID, error) {
	found, err := a.client.SMembers(ctx, keyAnswers(id)).Result()
	if err != nil {
		return nil, failed(err, "load answers to "+string(id))
	}
	posts := make([]bot.MessageID, len(found))
	for i, post := range found {
		posts[i] = bot.MessageID(post)
	}
	return posts, nil
}
