package store

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// AuditEnds is between which numbers the records must be that are kept.
type AuditEnds struct {
	// First is the number of the oldest record that the cap has not taken, Last that of the newest. Both are 0 where no
	// record has a number yet.
	First, Last int64
}

// Ends tells which records must be there.
func (a *Audit) Ends(ctx context.Context) (AuditEnds, error) {
	const op = "look for the ends of the audit"
	values, err := a.client.HMGet(ctx, keyAuditHead, "n", "older", "cut").Result()
	if err != nil {
		return AuditEnds{}, failed(err, op)
	}
	var numbers [3]int64
	for i, value := range values {
		text, ok := value.(string)
		if !ok {
			continue
		}
		if numbers[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return AuditEnds{}, bot.Errorf(bot.Internal, "%s: %w", op, err)
		}
	}
	last, older, cut := numbers[0], numbers[1], numbers[2]
	if last == 0 {
		return AuditEnds{}, nil
	}
	return AuditEnds{First: max(cut-older, 0) + 1, Last: last}, nil
}

// Walk gives every record that is kept to see, the oldest first.
func (a *Audit) Walk(ctx context.Context, see func(AuditRecord) error) error {
	for from := "-"; ; {
		messages, err := a.client.XRangeN(ctx, keyAudit, from, "+", auditPage).Result()
		if err != nil {
			return failed(err, "walk through the audit")
		}
		if len(messages) == 0 {
			return nil
		}
		for _, m := range messages {
			if err := see(recordOf(m)); err != nil {
				return err
			}
			from = "(" + m.ID
		}
	}
}

// recordOf reads a record and leaves it as it is: what another version wrote, or somebody's hand, must stay to be seen.
func recordOf(m redis.XMessage) AuditRecord {
	text, _ := m.Values[auditField].(string)
	r := AuditRecord{ID: m.ID, JSON: []byte(text)}
	var place struct {
		N int64 `json:"n"`
	}
	if json.Unmarshal(r.JSON, &place) != nil {
		return r
	}
	r.N = place.N
	if fields, ok := bytes.CutPrefix(r.JSON, []byte("{")); ok && len(fields) > 1 {
		r.JSON = append([]byte(`{"id":"`+m.ID+`",`), fields...)
	}
	return r
}

// recordTime is when a record was made, by Redis's clock; the zero time for an id that is none.
func recordTime(id string) time.Time {
	ms, _, _ := strings.Cut(id, "-")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n)
}
