package bot

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
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

// Hash is the first 40 bits of an id's SHA-256, as the index stores it. Zero is no id.
type Hash uint64

// hashBits is the size of a hash.
const hashBits = 40

// HashOf is the hash of an id; that of the empty id is zero.
func HashOf[T ~string](id T) Hash {
	if id == "" {
		return 0
	}
	sum := sha256.Sum256([]byte(id))
	return shortened(binary.BigEndian.Uint64(sum[:8]))
}

func shortened(long uint64) Hash { return Hash(max(long>>(64-hashBits), 1)) }

// UnmarshalJSON also reads the 64 bits that the version before has stored in jobs.
func (h *Hash) UnmarshalJSON(data []byte) error {
	n, err := strconv.ParseUint(string(data), 10, 64)
	if *h = Hash(n); n >= 1<<hashBits {
		*h = shortened(n)
	}
	return err
}

// Is reports whether h is the hash of id. Neither zero nor the empty id matches anything.
func Is[T ~string](h Hash, id T) bool { return h != 0 && id != "" && h == HashOf(id) }

// Message is a message without its content.
type Message struct {
	ID   MessageID `json:"id"`
	Chat ChatID    `json:"chat"`
	Kind Kind      `json:"kind"`
	// Sender is the sender's hash. For an own post it is its author's, zero where it has none.
	Sender Hash `json:"sender,omitempty"`
	// Thread is the hash of its topic; zero outside topics.
	Thread Hash `json:"thread,omitempty"`
	// At is the platform's create_time, to the millisecond.
	At time.Time `json:"at"`
	// Answer is set for our bot's answers to people, and for its cards of jobs, settings and lists. These are not posts.
	Answer bool `json:"answer,omitempty"`
	// Gone is set once it was recalled or deleted.
	Gone bool `json:"gone,omitempty"`
}
