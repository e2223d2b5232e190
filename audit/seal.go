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

// Link is number and hash of a record; numbers start at 1.
type Link struct {
	N    int64  `json:"n"`
	Hash string `json:"hash"`
}

// Sealer makes a hash chain of records: the hash of a record includes its number and the hash of the one before, so that a record that is
// changed, added or removed is detected. The hash is HMAC-SHA-256 with the first key. Without a key it is SHA-256, which a person
// with write access can compute again for all following records.
//
// It is the hash of the record's JSON without "id" and "hash" in the canonical form of RFC 8785.
type Sealer struct{ keys [][]byte }

// NewSealer returns a sealer that seals with its first key and verifies with all.
func NewSealer(keys ...[]byte) Sealer { return Sealer{keys} }

// Seal makes an entry the record after last. It returns the JSON to store and the new end of the chain.
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

// hashes returns the valid hashes of a record: with each key, and last without a key.
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

var errRecord = errors.New("not a record")

// canonical returns a record in the form that is hashed. It refuses duplicate names, because JSON readers differ in which value they
// take.
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
		if _, duplicate := fields[name]; err != nil || !ok || duplicate {
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
		return nil, fmt.Errorf("%w: more data after it", errRecord)
	}
	delete(fields, "id")
	delete(fields, "hash")
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(fields); err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	// Only Go escapes these two.
	plain := strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029")
	return []byte(plain.Replace(strings.TrimSuffix(out.String(), "\n"))), nil
}
