package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"recallbot/bot"
)

// RoundTripMember unpacks a member and packs it again.
func RoundTripMember(data string) (m bot.Message, again string, ok bool) {
	e, ok := unpackMember("oc_1", data)
	return e.Message, e.member(), ok
}

// RoundTripValue unpacks a value and packs it again.
func RoundTripValue(data string) (m bot.Message, again string, ok bool) {
	e, ref, ok := unpackValue("om_1", data)
	return e.Message, e.value(ref, data != "" && data[0]&flagChatID != 0), ok
}

// RoundTripID packs an id and unpacks it again.
func RoundTripID(id string) (again string, size int, ok bool) {
	form, packed := packID(id)
	again, ok = unpackID(form, string(packed))
	return again, len(packed), ok
}

// Member is the packed form of a message in its chat's order.
func Member(m bot.Message) string { return entry{Message: m}.member() }

// Value is the packed form of a message in its bucket, with its chat's reference or, if full is set, its chat's id.
func Value(m bot.Message, full bool) string { return entry{Message: m}.value(chatRefOf(m.Chat), full) }

// BucketOf is the key and field of a message in its bucket.
func BucketOf(id bot.MessageID) (key, field string) {
	at := placeOf(id)
	return at.key(), at.field
}

// BucketNo is the number of a message's bucket.
func BucketNo(id bot.MessageID) int { return placeOf(id).bucket }

// NewestKey is the key of a chat's newest set.
func NewestKey(chat bot.ChatID) string { return keyNewest(chat) }

// ChunkSize is the size of a chunk.
const ChunkSize = chunkSize

// MoveNext does the next pass over the old layout, and reports whether all was moved.
func (x *Index) MoveNext(ctx context.Context) (bool, error) {
	err := x.moveNext(ctx)
	return x.moved.Load(), err
}

// OldPlace is the bucket and the field of a message in the old layout, and the key of its chat.
func OldPlace(m bot.Message) (bucket, field, chat string) {
	field = oldID(m.ID)
	return oldBucket(field), field, oldOrder(m.Chat)
}

// OldID is a packed id of the old layout.
func OldID[T ~string](id T) string { return oldID(id) }

// ReadOld reads an entry of the old layout.
func ReadOld(field, value string) (bot.Message, bool) {
	e, ok := oldValue{field: field, value: value}.read()
	return e.Message, ok
}

// SweepOf sweeps the bucket of one message.
func (x *Index) SweepOf(ctx context.Context, id bot.MessageID, now time.Time) error {
	return x.sweepHashes(ctx, placeOf(id).bucket, 1, now)
}

// NewEnough checks a version.
func NewEnough(version string) bool { return newEnough(version) }

// GoneTTL is how long a mark of a gone message is kept.
const GoneTTL = goneTTL

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
