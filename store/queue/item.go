package queue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// ErrUndecodable is the error of an entry that this package did not write.
var ErrUndecodable = errors.New("not a job of this queue")

// header is the first line of an encoded job; the payload follows the newline as it is. A line of JSON can be read
// with redis-cli and grows new fields without harm to older replicas.
type header struct {
	ID    string `json:"id"`
	Key   string `json:"key,omitempty"`
	Owner string `json:"owner,omitempty"`
	Kind  string `json:"kind,omitempty"`
	Fails int    `json:"fails,omitempty"` // attempts that failed
	Again bool   `json:"again,omitempty"` // a handler has begun before
	Trace string `json:"trace,omitempty"`
	At    int64  `json:"at,omitempty"` // first enqueued, Unix milliseconds; 0 stands for the time of the entry
}

// encode refuses what would not come back as it went in.
func encode(it Item, fails int, again bool, at time.Time) (string, error) {
	if it.ID == "" {
		return "", errors.New("an item needs an id")
	}
	if !utf8.ValidString(it.ID) || !utf8.ValidString(it.Key) || !utf8.ValidString(it.Owner) || !utf8.ValidString(it.Kind) || !utf8.ValidString(it.Trace) {
		return "", fmt.Errorf("id, key, owner, kind and trace of item %q must be valid UTF-8", it.ID)
	}
	h := header{ID: it.ID, Key: it.Key, Owner: it.Owner, Kind: it.Kind, Fails: fails, Again: again, Trace: it.Trace}
	if !at.IsZero() {
		h.At = at.UnixMilli()
	}
	line, err := json.Marshal(h)
	if err != nil {
		return "", fmt.Errorf("encode item %q: %w", it.ID, err)
	}

	return string(append(append(line, '\n'), it.Payload...)), nil
}

// decode reads a job; entry is the id of the stream entry that held it.
func decode(raw, entry string) (Delivery, error) {
	line, payload, ok := bytes.Cut([]byte(raw), []byte{'\n'})
	if !ok {
		return Delivery{}, fmt.Errorf("%w: no header", ErrUndecodable)
	}
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return Delivery{}, fmt.Errorf("%w: %w", ErrUndecodable, err)
	}
	if h.ID == "" || h.Fails < 0 {
		return Delivery{}, fmt.Errorf("%w: no id", ErrUndecodable)
	}
	at := entryTime(entry)
	if h.At > 0 {
		at = time.UnixMilli(h.At)
	}

	return Delivery{
		Item:        Item{ID: h.ID, Key: h.Key, Owner: h.Owner, Kind: h.Kind, Trace: h.Trace, Payload: payload},
		Attempt:     h.Fails + 1,
		Redelivered: h.Again,
		Enqueued:    at,
	}, nil
}
