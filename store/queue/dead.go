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

// ErrNotFound is the error of Replay and Drop for a dead letter that is not there.
var ErrNotFound = errors.New("no such dead letter")

// reasonField is the field of a dead letter beside its job.
const reasonField = "reason"

// Dead is an item that was given up.
type Dead struct {
	Item

	Letter   string    // names the dead letter; later ones sort after earlier ones
	Attempts int       // runs that failed
	Reason   string    // the last error
	First    time.Time // when the item was put, or first fell due
	Last     time.Time // when it was given up
}

// DeadLetters lists up to n dead letters from the oldest on, those after the given one; an empty after starts at the
// beginning. An entry that could not be decoded has no id and its raw text as payload.
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

// Replay puts the item of a dead letter back to work, with all its attempts before it and marked as redelivered.
// It returns ErrNotFound, or ErrUndecodable for an entry that never was an item.
func (q *Queue) Replay(ctx context.Context, letter string) error {
	if !isLetter(letter) {
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

// Drop deletes a dead letter for good, or returns ErrNotFound.
func (q *Queue) Drop(ctx context.Context, letter string) error {
	if !isLetter(letter) {
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

// isLetter reports whether a dead letter can be named so; Redis takes other ids for faults, or for several.
func isLetter(name string) bool {
	ms, n, ok := strings.Cut(name, "-")
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
