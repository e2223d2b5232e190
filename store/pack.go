package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"recallbot/bot"
)

// The packed forms of a message.
//
//	member (sorted set)  time 5 | head | sender 5? | thread 5? | id
//	field  (hash)        the first 7 bytes of the id's hash
//	value  (hash)        head | chat 5 | time 5 | gone since 5? | sender 5? | thread 5? | chat id?
//
// Numbers are big endian, times in milliseconds since 2020; parts with a question mark are present only if the head has their flag. The
// time comes first in a member, so that members are in the order of time. For a person's message outside topics a member has 27 bytes,
// a field 7 and a value 16.

const (
	rawSize   = 16
	timeSize  = 5
	hashSize  = 5
	fieldSize = 7
	refSize   = 5
	maxMillis = 1<<(8*timeSize) - 1 // in the year 2054
	// firstMillis is the beginning of 2020; no message of the platform is older.
	firstMillis = 1_577_836_800_000
)

// The head byte: the kind of message, flags, and the form of a member's id. forgetLua sets flagGone by adding it.
const (
	headKind   = 0x03
	flagSender = 0x04
	flagThread = 0x08
	flagGone   = 0x10
	flagAnswer = 0x20
	// flagChatID is set in a value that has its chat's id, because the chat shares its reference with another one.
	flagChatID = 0x40
	formShift  = 6
)

// Forms of ids. The platform's ids are opaque: other forms are stored as text.
const (
	formOM   = iota // om_ and 32 hexadecimal digits
	formOMX         // om_x and 31 hexadecimal digits
	formOC          // oc_ and 32 hexadecimal digits
	formText        // anything else
)

// entry is a message in a bucket.
type entry struct {
	bot.Message
	// since is when it was marked as gone; zero if it is not.
	since time.Time
}

// chatRef is a chat in a value: the first bytes of its id's hash. It is zero if the chat is not known.
type chatRef [refSize]byte

func chatRefOf(chat bot.ChatID) (ref chatRef) {
	if chat == "" {
		return chatRef{}
	}
	sum := sha256.Sum256([]byte(chat))
	copy(ref[:], sum[:])
	return ref
}

// place is where a message is: a bucket and its field there.
type place struct {
	bucket int
	field  string
}

// placeOf hashes the id, because newer ids share their first bytes. Bucket and field are 71 bits of the hash.
func placeOf(id bot.MessageID) place {
	sum := sha256.Sum256([]byte(id))
	return place{int(binary.BigEndian.Uint16(sum[fieldSize:]) & (buckets - 1)), string(sum[:fieldSize])}
}

func (p place) key() string { return keyBucket(p.bucket) }

// packID returns an id's form and its bytes.
func packID[T ~string](id T) (form byte, data []byte) {
	for form, prefix := range []string{formOM: "om_", formOMX: "om_x", formOC: "oc_"} {
		digits, ok := strings.CutPrefix(string(id), prefix)
		if !ok || len(prefix)+len(digits) != len("om_")+2*rawSize {
			continue
		}
		if form == formOMX {
			digits = "0" + digits
		}
		if data, err := hex.DecodeString(digits); err == nil && strings.ToLower(digits) == digits {
			return byte(form), data
		}
	}
	return formText, []byte(id)
}

// unpackID is the inverse of packID; ok is false for invalid data.
func unpackID(form byte, data string) (id string, ok bool) {
	if form == formText {
		return data, true
	}
	if len(data) != rawSize {
		return "", false
	}
	digits := hex.EncodeToString([]byte(data))
	switch form {
	case formOM:
		return "om_" + digits, true
	case formOC:
		return "oc_" + digits, true
	default:
		return "om_x" + digits[1:], digits[0] == '0'
	}
}

// head is the head byte of e without its id's form and without the flags that only values have.
func (e entry) head() byte {
	head := byte(e.Kind) & headKind
	if e.Sender != 0 {
		head |= flagSender
	}
	if e.Thread != 0 {
		head |= flagThread
	}
	if e.Answer {
		head |= flagAnswer
	}
	return head
}

func (e entry) appendHashes(dst []byte) []byte {
	for _, hash := range []bot.Hash{e.Sender, e.Thread} {
		if hash != 0 {
			dst = appendNumber(dst, uint64(hash))
		}
	}
	return dst
}

// member is the packed form in the chat's order.
func (e entry) member() string {
	form, id := packID(e.ID)
	dst := make([]byte, 0, timeSize+1+2*hashSize+len(id))
	dst = appendTime(dst, e.At)
	dst = append(dst, e.head()|form<<formShift)
	return string(append(e.appendHashes(dst), id...))
}

// value is the packed form in the bucket. It has the chat's id in place of the reference if full is set.
func (e entry) value(ref chatRef, full bool) string {
	dst := make([]byte, 0, 1+refSize+2*timeSize+2*hashSize)
	head := e.head()
	if e.Gone {
		head |= flagGone
	}
	if full {
		head, ref = head|flagChatID, chatRef{}
	}
	dst = append(dst, head)
	dst = append(dst, ref[:]...)
	dst = appendTime(dst, e.At)
	if e.Gone {
		dst = appendTime(dst, e.since)
	}
	dst = e.appendHashes(dst)
	if full {
		dst = append(dst, e.Chat...)
	}
	return string(dst)
}

// unpackMember is the inverse of member; ok is false for invalid data.
func unpackMember(chat bot.ChatID, data string) (e entry, ok bool) {
	if len(data) <= timeSize || data[timeSize]&flagGone != 0 {
		return entry{}, false
	}
	head := data[timeSize]
	e.Chat, e.At = chat, readTime(data)
	rest, ok := e.readHashes(head, data[timeSize+1:])
	if !ok {
		return entry{}, false
	}
	id, ok := unpackID(head>>formShift, rest)
	e.ID = bot.MessageID(id)
	return e, ok
}

// unpackValue is the inverse of value; ok is false for invalid data. The chat's id is empty if the value has only its reference.
func unpackValue(id bot.MessageID, data string) (e entry, ref chatRef, ok bool) {
	const fixed = 1 + refSize + timeSize
	if len(data) < fixed || data[0]>>formShift > flagChatID>>formShift {
		return entry{}, ref, false
	}
	head, rest := data[0], data[fixed:]
	copy(ref[:], data[1:])
	e.ID, e.At = id, readTime(data[1+refSize:])
	if head&flagGone != 0 {
		if len(rest) < timeSize {
			return entry{}, ref, false
		}
		e.Gone, e.since, rest = true, readTime(rest), rest[timeSize:]
	}
	if rest, ok = e.readHashes(head, rest); !ok {
		return entry{}, ref, false
	}
	if head&flagChatID == 0 {
		return e, ref, rest == ""
	}
	e.Chat = bot.ChatID(rest)
	return e, chatRef{}, true
}

func (e *entry) readHashes(head byte, data string) (rest string, ok bool) {
	e.Kind, e.Answer = bot.Kind(head&headKind), head&flagAnswer != 0
	if head&flagSender != 0 {
		if e.Sender, data, ok = readHash(data); !ok {
			return "", false
		}
	}
	if head&flagThread != 0 {
		if e.Thread, data, ok = readHash(data); !ok {
			return "", false
		}
	}
	return data, true
}

func readHash(data string) (h bot.Hash, rest string, ok bool) {
	if len(data) < hashSize {
		return 0, "", false
	}
	h = bot.Hash(readNumber(data))
	return h, data[hashSize:], h != 0
}

// millis is a time in milliseconds since 2020, clamped to five bytes; 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return min(max(t.UnixMilli()-firstMillis, 1), maxMillis)
}

// timeOf is the inverse of millis.
func timeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms + firstMillis)
}

func appendTime(dst []byte, t time.Time) []byte {
	return appendNumber(dst, uint64(millis(t))) //nolint:gosec // millis is never negative
}

func readTime(data string) time.Time {
	return timeOf(int64(readNumber(data))) //nolint:gosec // five bytes
}

// appendNumber appends a number of five bytes, the size of times and hashes.
func appendNumber(dst []byte, n uint64) []byte {
	var bytes [8]byte
	binary.BigEndian.PutUint64(bytes[:], n)
	return append(dst, bytes[8-timeSize:]...)
}

func readNumber(data string) uint64 {
	var bytes [8]byte
	copy(bytes[8-timeSize:], data[:timeSize])
	return binary.BigEndian.Uint64(bytes[:])
}
