package bot

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// The platform's ids. Each has its own type, so that a chat can't be recalled by mistake. They are opaque: nothing may
// depend on their length or alphabet.
type (
	// MessageID names a message (om_…).
	MessageID string
	// ChatID names a group, a topic group or a p2p chat (oc_…).
	ChatID string
	// ThreadID names a topic (omt_…).
	ThreadID string
	// UserID is a person's open_id (ou_…); it is valid for our app only.
	UserID string
	// AppID names an app (cli_…).
	AppID string
	// EventID names one event; the platform repeats it when it sends the event again.
	EventID string
)

// Kind says who sent a message, as far as recalling is concerned. The zero value is "not known".
type Kind uint8

// The kinds of messages.
const (
	// KindUnknown is a message whose sender could not be learned.
	KindUnknown Kind = iota
	// KindOwn is a post of our own app.
	KindOwn
	// KindBot is a post of another app.
	KindBot
	// KindPerson is a message that a person wrote.
	KindPerson
)

// String is the word used in logs, audit records and `recallbot index`.
func (k Kind) String() string {
	switch k {
	case KindOwn:
		return "own"
	case KindBot:
		return "bot"
	case KindPerson:
		return "person"
	default:
		return "unknown"
	}
}

// Hash64 stands for an id in the index: its first 64 bits of SHA-256. Marks can be compared, not turned back. The zero
// mark stands for nobody and nothing and equals no id's mark.
type Hash64 uint64

// Hash64Of is the mark of an id; the mark of the empty id is zero.
func Hash64Of[T ~string](id T) Hash64 {
	if id == "" {
		return 0
	}
	sum := sha256.Sum256([]byte(id))
	return Hash64(max(binary.BigEndian.Uint64(sum[:8]), 1))
}

// Is reports whether m is the mark of id. Neither the zero mark nor the empty id matches anything.
func Is[T ~string](m Hash64, id T) bool { return m != 0 && id != "" && m == Hash64Of(id) }

// Message is what must be known of a message to decide on recalling it. It never holds text.
type Message struct {
	ID   MessageID `json:"id"`
	Chat ChatID    `json:"chat"`
	Kind Kind      `json:"kind"`
	// Sender marks who wrote it; for an own post it marks its author, the person for whom we posted (zero: nobody).
	Sender Hash64 `json:"sender,omitempty"`
	// Thread marks the topic it stands in; zero outside topics.
	Thread Hash64 `json:"thread,omitempty"`
	// At is the platform's create_time, to the millisecond.
	At time.Time `json:"at"`
	// Answer is set for what our bot says of itself: answers to people, and the cards of jobs, settings and lists. It is no
	// post, and nothing that means posts means it.
	Answer bool `json:"answer,omitempty"`
	// Gone is set when the platform said that it has been recalled or deleted.
	Gone bool `json:"gone,omitempty"`
}
