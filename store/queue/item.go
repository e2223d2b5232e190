package queue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// ErrUndecodable is returned for an entry that this package did not write.
var ErrUndecodable = errors.New("not a job of this queue")

// header is the first line of an encoded item, which is called job in Redis; the payload follows the newline unchanged.
// JSON is readable with redis-cli, and older replicas ignore new fields.
type header struct {
	ID    string `json:"id"`
	Key   string `json:"key,omitempty"`
	Owner string `json:"owner,omitempty"`
	Kind  string `json:"kind,omitempty"`
	Fails int    `json:"fails,omitempty"` // failed attempts
	Trace string `json:"trace,omitempty"`
	At    int64  `json:"at,omitempty"` // first enqueued, Unix milliseconds; 0 is the time of the entry

	Redelivered bool `json:"again,omitempty"` // a handler has begun before
}

// encode returns an error for an item that would not decode to the same item.
func encode(it Item, fails int, redelivered bool, enqueued time.Time) (string, error) {
	if it.ID == "" {
		return "", errors.New("item without an id")
	}
	if !utf8.ValidString(it.ID) || !utf8.ValidString(it.Key) || !utf8.ValidString(it.Owner) || !utf8.ValidString(it.Kind) || !utf8.ValidString(it.Trace) {
		return "", fmt.Errorf("id, key, owner, kind and trace of item %q must be valid UTF-8", it.ID)
	}
	h := header{ID: it.ID, Key: it.Key, Owner: it.Owner, Kind: it.Kind, Fails: fails, Redelivered: redelivered, Trace: it.Trace}
	if !enqueued.IsZero() {
		h.At = enqueued.UnixMilli()
	}
	line, err := json.Marshal(h)
	if err != nil {
		return "", fmt.Errorf("encode item %q: %w", it.ID, err)
	}

	return string(append(append(line, '\n'), it.Payload...)), nil
}

// decode decodes an item; entry is the id of its stream entry.
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
		Redelivered: h.Redelivered,
		Enqueued:    at,
	}, nil
}
