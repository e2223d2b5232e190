package bot

import "time"

// Seen is a message with its content. The content is stored only in the archive, encrypted, and shown only in the card for the
// person who asked.
type Seen struct {
	Message

	// Topic is the topic's id; Message.Thread is its hash.
	Topic ThreadID
	// Root and Parent are set on replies.
	Root, Parent MessageID
	// Type is the msg_type. Body is the content as the platform gives it, for cards the original JSON if possible. It is empty
	// where the platform shows no content, or a placeholder.
	Type string
	Body string
	// Opaque is set where Body is not all that people see: equal bodies may look different.
	Opaque bool
	// Mentions resolve the keys in Body.
	Mentions []Mentioned
	// Text is the plain text, on one line.
	Text string
	// From is the sender's open_id or app id, Name the sender's name where the platform gives it.
	From string
	Name string
	// Open is the open_id of a sender that is an app, as in mentions, where the platform gives it.
	Open UserID
	// Link is the link that a client copies, where the platform gives it.
	Link string
}

// HistoryQuery asks for messages of a chat, or of one topic of it, the newest first.
type HistoryQuery struct {
	Chat ChatID
	// Topic, when set, reads that topic; Since and Until have no effect there.
	Topic ThreadID
	// Since and Until bound the time, to the second, both inclusive.
	Since, Until time.Time
	// Page is the Next of the page before.
	Page string
}

// HistoryPage is up to 50 messages, the newest first. Recalled messages are included, with Gone set.
type HistoryPage struct {
	Messages []Seen
	// Next is the cursor of the next page; empty at the end.
	Next string
}

// Archived is a post in the archive.
type Archived struct {
	Message

	Topic        ThreadID
	Root, Parent MessageID
	Type         string
	Body         string
	// Mentions resolve the keys in Body.
	Mentions []Mentioned
	// Lost is set where the content can't be decrypted: only ID and Chat are known.
	Lost bool
}

// Repost is an archived post to be posted again.
type Repost struct {
	Archived

	// To are messages to reply to, tried in order, since some may be gone. In a topic, any message of the topic will do. Without
	// one it is posted as a new message.
	To []MessageID
	// Note is added to a post that can have text; Button is added to a card that has room.
	Note   string
	Button *Button
	// Key makes the platform send the same post of the same undo once.
	Key string
}

// BatchProgress is how far the platform is with the recall of a batch.
type BatchProgress struct {
	// Sent is how many messages the batch became, Recalled how many of them are gone. Begun is set once the platform has
	// started the recall.
	Sent, Recalled int
	Begun          bool
}
