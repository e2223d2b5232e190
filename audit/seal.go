package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"recallbot/bot"
)

// Link is the end of a chain of records: the newest one's number, counted from 1 on, and its hash.
type Link struct {
	N    int64  `json:"n"`
	Hash string `json:"hash"`
}

// Sealer puts records into a chain: each has a number and the hash of the one before it, and its own hash is over both, so
// that no record can be changed, added or taken out without a trace. The hash is HMAC-SHA-256 with the first key, or
// SHA-256 where there is none, which whoever can write the records can make anew for all that follow.
//
// It is over the record's JSON without "id" and "hash", as RFC 8785 writes it: the names sorted, nothing between them.
type Sealer struct{ keys [][]byte }

// NewSealer makes a sealer that seals with its first key and knows the seals of all.
func NewSealer(keys ...[]byte) Sealer { return Sealer{keys} }

// Seal puts an entry behind the last one. It gives the JSON to keep and the new end of the chain.
func (s Sealer) Seal(e Entry, last Link) ([]byte, Link, error) {
	e.ID, e.N, e.Prev, e.Hash = "", last.N+1, last.Hash, ""
	plain, err := json.Marshal(e)
	if err != nil {
		return nil, Link{}, bot.Errorf(bot.Internal, "seal record %d: %w", e.N, err)
	}
	exact, err := canonical(plain)
	if err != nil {
		return nil, Link{}, bot.Errorf(bot.Internal, "seal record %d: %w", e.N, err)
	}
	e.Hash = s.hashes(exact)[0]
	sealed, err := json.Marshal(e)
	if err != nil {
		return nil, Link{}, bot.Errorf(bot.Internal, "seal record %d: %w", e.N, err)
	}
	return sealed, Link{N: e.N, Hash: e.Hash}, nil
}

// hashes are what may stand as the hash of a record: by each key, and last without any.
func (s Sealer) hashes(exact []byte) []string {
	all := make([]string, 0, len(s.keys)+1)
	for _, key := range s.keys {
		all = append(all, sum(hmac.New(sha256.New, key), exact))
	}
	return append(all, sum(sha256.New(), exact))
}

func sum(h hash.Hash, data []byte) string {
	_, _ = h.Write(data) // never fails
	return hex.EncodeToString(h.Sum(nil))
}

var errRecord = errors.New("no record")

// canonical writes a record in the one way in which it is hashed. A name that stands twice is refused: readers differ in
// which of the two they believe.
func canonical(record []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(record))
	decoder.UseNumber()
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, fmt.Errorf("%w: want a JSON object", errRecord)
	}
	fields := map[string]any{}
	for decoder.More() {
		token, err := decoder.Token()
		name, ok := token.(string)
		if _, twice := fields[name]; err != nil || !ok || twice {
			return nil, fmt.Errorf("%w: want each name once", errRecord)
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return nil, fmt.Errorf("%w: %w", errRecord, err)
		}
		fields[name] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows it", errRecord)
	}
	delete(fields, "id")
	delete(fields, "hash")
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(fields); err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	// Go alone escapes these two.
	plain := strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029")
	return []byte(plain.Replace(strings.TrimSuffix(out.String(), "\n"))), nil
}
