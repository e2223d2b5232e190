package store

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"time"

	"recallbot/bot"
)

// The packed forms of a message.
//
//	member (sorted set)  id | head | sender 8? | thread 8?
//	field  (hash)        id
//	value  (hash)        head | chat id | create_time 6 | sender 8? | thread 8? | gone since 6?
//	id                   form 1 | 16 raw bytes, or, in the text form, length uvarint | text
//
// Numbers are big endian, times in milliseconds; parts with a question mark are present only if the head has their flag. The
// score of a member is its create_time. For a person's message outside topics a member has 26 bytes and a value 32.

// Forms of ids. The platform's ids are opaque: other forms are stored as text.
const (
	formText  = 't'
	formOM    = 'm' // om_ and 32 hexadecimal digits
	formOMX   = 'x' // om_x and 31 hexadecimal digits
	formOC    = 'c' // oc_ and 32 hexadecimal digits
	rawSize   = 16
	timeSize  = 6
	hashSize  = 8
	maxMillis = 1<<(8*timeSize) - 1
)

// The head byte: the kind of message and flags. forgetLua sets flagGone by adding it.
const (
	headKind   = 0x03
	flagSender = 0x04
	flagThread = 0x08
	flagGone   = 0x10
	flagAnswer = 0x20
	headAll    = headKind | flagSender | flagThread | flagGone | flagAnswer
)

// entry is a message in a bucket.
type entry struct {
	bot.Message
	// since is when it was marked as gone; zero if it is not.
	since time.Time
}

// packID appends an id in its shortest form.
func packID[T ~string](dst []byte, id T) []byte {
	form, digits, odd := formOf(string(id))
	if form != formText {
		packed := append(dst, form)
		if odd {
			packed = append(packed, hexNibble(digits[0]))
			digits = digits[1:]
		}
		if out, err := hex.AppendDecode(packed, []byte(digits)); err == nil {
			return out
		}
	}
	dst = append(dst, formText)
	dst = binary.AppendUvarint(dst, uint64(len(id)))
	return append(dst, id...)
}

// formOf returns an id's form, its hexadecimal digits, and whether their number is odd.
func formOf(id string) (form byte, digits string, odd bool) {
	if rest, ok := strings.CutPrefix(id, "om_"); ok && len(rest) == 2*rawSize {
		if isLowerHex(rest) {
			return formOM, rest, false
		}
		if rest[0] == 'x' && isLowerHex(rest[1:]) {
			return formOMX, rest[1:], true
		}
	}
	if rest, ok := strings.CutPrefix(id, "oc_"); ok && len(rest) == 2*rawSize && isLowerHex(rest) {
		return formOC, rest, false
	}
	return formText, "", false
}

func isLowerHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

func hexNibble(digit byte) byte {
	if digit >= 'a' {
		return digit - 'a' + 10
	}
	return digit - '0'
}

// unpackID reads an id from the front of data.
func unpackID(data string) (id, rest string, ok bool) {
	if data == "" {
		return "", "", false
	}
	form, rest := data[0], data[1:]
	if form == formText {
		return cutText(rest)
	}
	if len(rest) < rawSize {
		return "", "", false
	}
	digits := hex.EncodeToString([]byte(rest[:rawSize]))
	rest = rest[rawSize:]
	switch form {
	case formOM:
		return "om_" + digits, rest, true
	case formOC:
		return "oc_" + digits, rest, true
	case formOMX:
		return "om_x" + digits[1:], rest, digits[0] == '0'
	default:
		return "", "", false
	}
}

// cutText reads a text with its length from the front of data.
func cutText(data string) (text, rest string, ok bool) {
	size, n := binary.Uvarint([]byte(data[:min(len(data), binary.MaxVarintLen64)]))
	if n <= 0 || size > math.MaxInt32 || int(size) > len(data)-n {
		return "", "", false
	}
	end := n + int(size)
	return data[n:end], data[end:], true
}

// head is the head byte of e without flagGone, which only values have.
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
	if e.Sender != 0 {
		dst = binary.BigEndian.AppendUint64(dst, uint64(e.Sender))
	}
	if e.Thread != 0 {
		dst = binary.BigEndian.AppendUint64(dst, uint64(e.Thread))
	}
	return dst
}

// member is the packed form in the chat's sorted set.
func (e entry) member() string {
	dst := make([]byte, 0, 1+rawSize+1+2*hashSize)
	dst = packID(dst, e.ID)
	dst = append(dst, e.head())
	return string(e.appendHashes(dst))
}

// score is the member's score in the sorted set.
func (e entry) score() int64 { return millis(e.At) }

// field is the message's field in its bucket.
func (e entry) field() []byte { return packID(make([]byte, 0, 1+rawSize), e.ID) }

// value is the packed form in the bucket.
func (e entry) value() string {
	dst := make([]byte, 0, 1+1+rawSize+2*timeSize+2*hashSize)
	head := e.head()
	if e.Gone {
		head |= flagGone
	}
	dst = append(dst, head)
	dst = packID(dst, e.Chat)
	dst = appendTime(dst, e.At)
	dst = e.appendHashes(dst)
	if e.Gone {
		dst = appendTime(dst, e.since)
	}
	return string(dst)
}

// unpackMember is the inverse of member; ok is false for invalid data.
func unpackMember(chat bot.ChatID, data string, score float64) (e entry, ok bool) {
	id, rest, ok := unpackID(data)
	if !ok || rest == "" || rest[0]&flagGone != 0 {
		return entry{}, false
	}
	e.ID, e.Chat, e.At = bot.MessageID(id), chat, timeOf(int64(score))
	rest, ok = e.readHashes(rest[0], rest[1:])
	return e, ok && rest == ""
}

// unpackValue is the inverse of value; ok is false for invalid data.
func unpackValue(id bot.MessageID, data string) (e entry, ok bool) {
	if data == "" {
		return entry{}, false
	}
	head := data[0]
	chat, rest, ok := unpackID(data[1:])
	if !ok || len(rest) < timeSize {
		return entry{}, false
	}
	e.ID, e.Chat, e.At = id, bot.ChatID(chat), readTime(rest)
	rest, ok = e.readHashes(head, rest[timeSize:])
	if !ok || head&flagGone == 0 {
		return e, ok && rest == ""
	}
	if len(rest) != timeSize {
		return entry{}, false
	}
	e.Gone, e.since = true, readTime(rest)
	return e, true
}

func (e *entry) readHashes(head byte, data string) (rest string, ok bool) {
	if head&^byte(headAll) != 0 {
		return "", false
	}
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

func readHash(data string) (m bot.Hash64, rest string, ok bool) {
	if len(data) < hashSize {
		return 0, "", false
	}
	m = bot.Hash64(binary.BigEndian.Uint64([]byte(data[:hashSize])))
	return m, data[hashSize:], m != 0
}

// millis is a time in Unix milliseconds, clamped to six bytes; 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return min(max(t.UnixMilli(), 0), maxMillis)
}

// timeOf is the inverse of millis.
func timeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func appendTime(dst []byte, t time.Time) []byte {
	var bytes [8]byte
	binary.BigEndian.PutUint64(bytes[:], uint64(millis(t))) //nolint:gosec // millis is never negative
	return append(dst, bytes[8-timeSize:]...)
}

func readTime(data string) time.Time {
	var bytes [8]byte
	copy(bytes[8-timeSize:], data)
	return timeOf(int64(binary.BigEndian.Uint64(bytes[:]) & math.MaxInt64))
}
