package bot

import "time"

// Seen is a message as the platform shows it, with what it says. It is never kept as it stands: its words leave the
// process only encrypted, where the archive is on, and in the card for the person who asked.
type Seen struct {
	Message

	// Topic is the topic's id; Message.Thread is its mark.
	Topic ThreadID
	// Root and Parent are set on replies.
	Root, Parent MessageID
	// Type is the platform's msg_type; Body is the content as the platform gave it, and for cards, where it could be
	// had, the original JSON. It is empty where the platform shows no content, or a sentence of its own in its place.
	Type string
	Body string
	// Opaque is set where the content does not tell all that people see: two that are equal may say different things.
	Opaque bool
	// Mentions are who the keys in Body stand for.
	Mentions []Mentioned
	// Text is the words in it, on one line, without markup.
	Text string
	// From is the sender as the platform names it (an open_id or an app id), Name what it is called, where that is said.
	From string
	Name string
	// Open is an app's open_id, by which mentions name it, where the platform says that.
	Open UserID
	// Link is what a client copies as the message's link, where the platform says it.
	Link string
}

// HistoryQuery asks for messages of a chat, or of one topic of it, the newest first.
type HistoryQuery struct {
	Chat ChatID
	// Topic, when set, asks for the topic; the platform knows no times there.
	Topic ThreadID
	// Since and Until bound the time, to the second, both inclusive.
	Since, Until time.Time
	// Page is where the last page ended.
	Page string
}

// HistoryPage is up to 50 messages, the newest first; recalled ones are among them, with Gone set.
type HistoryPage struct {
	Messages []Seen
	// Next is where the next page begins; empty after the last one.
	Next string
}

// Archived is a post of ours as the archive keeps it, so that it can be posted again.
type Archived struct {
	Message

	Topic        ThreadID
	Root, Parent MessageID
	Type         string
	Body         string
	// Mentions are who the keys in Body stand for.
	Mentions []Mentioned
	// Lost is set where the content can't be read any more: then only ID and Chat are known.
	Lost bool
}

// Repost asks for a post that was kept to be posted again.
type Repost struct {
	Archived

	// To are messages to answer, tried in order, since some may be gone. In a topic, any message that still stands there
	// will do; without one, and outside topics, it is posted into the chat by itself.
	To []MessageID
	// Note is what the post says of being posted again, where it can carry words; Button is put into a card that has room.
	Note   string
	Button *Button
	// Key is the same for the same post of the same undo, so that it is sent once.
	Key string
}

// BatchProgress is how far the platform is with the recall of a batch.
type BatchProgress struct {
	// Sent is how many messages the batch became, Recalled how many of them are gone. Begun is set once the platform has
	// taken the wish to recall up.
	Sent, Recalled int
	Begun          bool
}
