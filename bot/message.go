package bot

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// The platform's ids. They are opaque: nothing may depend on their length or alphabet.
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
	// EventID names one event. The platform sends the same id with a repetition.
	EventID string
)

// Kind is the kind of a message's sender.
type Kind uint8

// The kinds of messages.
const (
	// KindUnknown is a message whose sender is not known.
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

// Hash64 is the first 64 bits of an id's SHA-256, as the index stores it. Zero is no id.
type Hash64 uint64

// Hash64Of is the hash of an id; that of the empty id is zero.
func Hash64Of[T ~string](id T) Hash64 {
	if id == "" {
		return 0
	}
	sum := sha256.Sum256([]byte(id))
	return Hash64(max(binary.BigEndian.Uint64(sum[:8]), 1))
}

// Is reports whether h is the hash of id. Neither zero nor the empty id matches anything.
func Is[T ~string](h Hash64, id T) bool { return h != 0 && id != "" && h == Hash64Of(id) }

// Message is a message without its content.
type Message struct {
	ID   MessageID `json:"id"`
	Chat ChatID    `json:"chat"`
	Kind Kind      `json:"kind"`
	// Sender is the sender's hash. For an own post it is its author's, zero where it has none.
	Sender Hash64 `json:"sender,omitempty"`
	// Thread is the hash of its topic; zero outside topics.
	Thread Hash64 `json:"thread,omitempty"`
	// At is the platform's create_time, to the millisecond.
	At time.Time `json:"at"`
	// Answer is set for our bot's answers to people, and for its cards of jobs, settings and lists. These are not posts.
	Answer bool `json:"answer,omitempty"`
	// Gone is set once it was recalled or deleted.
	Gone bool `json:"gone,omitempty"`
}
