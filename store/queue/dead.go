package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrNotFound is returned by Replay and Drop for a dead letter that does not exist.
var ErrNotFound = errors.New("no such dead letter")

// reasonField is the second field of a dead letter, beside field.
const reasonField = "reason"

// Dead is an item that was given up.
type Dead struct {
	Item

	Letter   string    // id of the dead letter's stream entry, ascending in time
	Attempts int       // failed runs
	Reason   string    // the last error
	First    time.Time // when the item was put, or became due
	Last     time.Time // when it was given up
}

// DeadLetters lists up to n dead letters after the given one, oldest first; with an empty after from the oldest on. An
// undecodable entry has no ID, and its raw text as Payload.
func (q *Queue) DeadLetters(ctx context.Context, after string, n int) ([]Dead, error) {
	from := "-"
	if after != "" {
		from = "(" + after
	}
	msgs, err := q.rdb.XRangeN(ctx, q.keys.dead, from, "+", int64(n)).Result()
	if err != nil {
		return nil, fmt.Errorf("list dead letters after %q: %w", after, err)
	}
	dead := make([]Dead, 0, len(msgs))
	for _, m := range msgs {
		dead = append(dead, deadOf(m))
	}

	return dead, nil
}

// Replay moves a dead letter back to the stream, with no failed attempts and marked as redelivered. It returns ErrNotFound, or
// ErrUndecodable for an entry that can't be decoded.
func (q *Queue) Replay(ctx context.Context, letter string) error {
	if !isEntryID(letter) {
		return fmt.Errorf("replay %s: %w", letter, ErrNotFound)
	}
	msgs, err := q.rdb.XRangeN(ctx, q.keys.dead, letter, letter, 1).Result()
	if err != nil {
		return fmt.Errorf("replay %s: %w", letter, err)
	}
	if len(msgs) == 0 {
		return fmt.Errorf("replay %s: %w", letter, ErrNotFound)
	}
	d, err := decode(text(msgs[0], field), letter)
	if err != nil {
		return fmt.Errorf("replay %s: %w", letter, err)
	}
	job, err := encode(d.Item, 0, true, time.Time{})
	if err != nil {
		return fmt.Errorf("replay %s: %w", letter, err)
	}
	moved, err := q.scripts.replay.Run(ctx, q.rdb, []string{q.keys.dead, q.keys.stream}, letter, job).Bool()
	if err != nil {
		return fmt.Errorf("replay %s: %w", letter, err)
	}
	if !moved {
		return fmt.Errorf("replay %s: %w", letter, ErrNotFound)
	}

	return nil
}

// Drop deletes a dead letter, or returns ErrNotFound.
func (q *Queue) Drop(ctx context.Context, letter string) error {
	if !isEntryID(letter) {
		return fmt.Errorf("drop %s: %w", letter, ErrNotFound)
	}
	n, err := q.rdb.XDel(ctx, q.keys.dead, letter).Result()
	if err != nil {
		return fmt.Errorf("drop %s: %w", letter, err)
	}
	if n == 0 {
		return fmt.Errorf("drop %s: %w", letter, ErrNotFound)
	}

	return nil
}

// isEntryID reports whether id is a complete id of a stream entry; for others Redis returns an error, or several entries.
func isEntryID(id string) bool {
	ms, n, ok := strings.Cut(id, "-")
	_, errMS := strconv.ParseUint(ms, 10, 64)
	_, errN := strconv.ParseUint(n, 10, 64)

	return ok && errMS == nil && errN == nil
}

func deadOf(m redis.XMessage) Dead {
	raw := text(m, field)
	dead := Dead{Letter: m.ID, Reason: text(m, reasonField), Last: entryTime(m.ID)}
	d, err := decode(raw, m.ID)
	if err != nil {
		dead.Item = Item{Payload: []byte(raw)}

		return dead
	}
	dead.Item, dead.Attempts, dead.First = d.Item, d.Attempt-1, d.Enqueued

	return dead
}

func text(m redis.XMessage, name string) string {
	s, _ := m.Values[name].(string)

	return s
}
