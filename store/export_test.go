package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"recallbot/bot"
)

// RoundTripMember unpacks a member and packs it again.
func RoundTripMember(data string, score int64) (m bot.Message, again string, ok bool) {
	e, ok := unpackMember("oc_1", data, float64(score))
	return e.Message, e.member(), ok
}

// RoundTripValue unpacks a value and packs it again.
func RoundTripValue(data string) (m bot.Message, again string, ok bool) {
	e, ok := unpackValue("om_1", data)
	return e.Message, e.value(), ok
}

// RoundTripID packs an id and unpacks it again.
func RoundTripID(id string) (again string, size int, ok bool) {
	packed := packID(nil, id)
	again, rest, ok := unpackID(string(packed))
	return again, len(packed), ok && rest == ""
}

// Member is the packed form of a message in its chat's set.
func Member(m bot.Message) string { return entry{Message: m}.member() }

// Value is the packed form of a message in its bucket.
func Value(m bot.Message) string { return entry{Message: m}.value() }

// BucketOf is the key and field of a message in its bucket.
func BucketOf(id bot.MessageID) (key, field string) {
	packed := packID(nil, id)
	return keyBucket(packed), string(packed)
}

// ChatKey is the key of a chat's sorted set.
func ChatKey(chat bot.ChatID) string { return keyChat(chat) }

// SweepOf sweeps the bucket of one message.
func (x *Index) SweepOf(ctx context.Context, id bot.MessageID, now time.Time) error {
	key := keyBucket(packID(nil, id))
	for n := range buckets {
		if keyBucketNo(n) == key {
			return x.sweepBuckets(ctx, n, 1, now)
		}
	}
	return nil
}

// BucketNo is the key of a bucket.
func BucketNo(n int) string { return keyBucketNo(n) }

// NewEnough checks a version.
func NewEnough(version string) bool { return newEnough(version) }

// The times of the sweeper.
const (
	MinSweepAge = minSweepAge
	GoneTTL     = goneTTL
)

// Clock is the slot by Redis's clock.
func (s Slot) Clock() time.Time { return time.UnixMicro(s.at) }

// Describe describes the options of a URL.
func Describe(u URL) (string, error) {
	opts, err := u.options()
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%s db=%d", strings.Join(opts.Addrs, ","), opts.DB)
	if opts.MasterName != "" {
		text += " master=" + opts.MasterName
	}
	if opts.Username != "" {
		text += " user=" + opts.Username
	}
	if opts.Password != "" {
		text += " password=" + opts.Password
	}
	if opts.IsClusterMode {
		text += " cluster"
	}
	if opts.TLSConfig != nil {
		text += " tls"
	}
	return text, nil
}

// SetEmbeddedClock stops the embedded server's clock at a time.
func (s *Store) SetEmbeddedClock(ahead time.Duration) {
	s.embedded.server.SetTime(time.Now().Add(ahead))
}

// Needed returns the needed commands.
func Needed() []string { return neededCommands() }

// NewReplica returns an audit that does not share the end of the chain, as in another process.
func NewReplica(s *Store) *Audit {
	a := NewAudit(s)
	a.end = newChain(a.sealer)
	return a
}

// CompareIDs compares ids of records.
func CompareIDs(a, b string) int { return compareIDs(a, b) }
