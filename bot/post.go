package bot

import (
	"strings"
	"time"
)

// The names of what is posted through us, and of who has it posted.
type (
	// PostID names one post in one chat, before it is a message too (p_…).
	PostID string
	// GroupID names everything of one broadcast. Its team chooses it, so it means something together with the team only.
	GroupID string
	// TeamID names a team that posts through us.
	TeamID string
	// TokenID names an API token; it is no secret.
	TokenID string
	// OrderID names what was asked for at once: the same content for one or many chats.
	OrderID string
)

// Principal is who asks by an API token. The zero value, and nil, may nothing.
type Principal struct {
	Token TokenID `json:"token"`
	// Team is whose posts it may touch; a token without a team is the operator's.
	Team TeamID `json:"team,omitempty"`
	// Own lets it recall its team's posts, Any also what no team posted.
	Own bool `json:"own,omitempty"`
	Any bool `json:"any,omitempty"`
	// Chats are the only ones where it may do anything; empty means all.
	Chats []ChatID `json:"chats,omitempty"`
	// Over is set where the token is revoked or has expired: then it may nothing.
	Over bool `json:"over,omitempty"`
}

// PostState is how far a post is.
type PostState string

// The states. PostQueued and PostSent go on, all others are ends.
const (
	// PostQueued: it will be sent.
	PostQueued PostState = "queued"
	// PostSent: it stands in its chat.
	PostSent PostState = "sent"
	// PostFailed: it was not sent, and will not be; Reason says why.
	PostFailed PostState = "failed"
	// PostUnsure: it may have been sent, and the platform can't be asked any more; it is not sent again.
	PostUnsure PostState = "unsure"
	// PostCancelled: it was taken back before it was sent.
	PostCancelled PostState = "cancelled"
	// PostRecalled: it was taken back, by whatever hand.
	PostRecalled PostState = "recalled"
)

// Post is one post in one chat that we were asked to make, or that was made elsewhere and registered. What it says is kept
// beside it, and only until it is sent.
type Post struct {
	ID    PostID    `json:"id"`
	State PostState `json:"state"`
	Group GroupID   `json:"group,omitempty"`
	// Order is what it is part of, as long as it is to be sent.
	Order OrderID `json:"order,omitempty"`
	// Epoch is how often the group had been recalled when the post was accepted: only later recalls of the group mean it.
	Epoch int `json:"epoch,omitempty"`
	// Team is the team whose token made or registered it; Token is that token. Author is the person who caused it.
	Team   TeamID  `json:"team,omitempty"`
	Token  TokenID `json:"token,omitempty"`
	Author UserID  `json:"author,omitempty"`
	// Chat is where it stands, or is to; To is the person instead, until the two-person chat is known.
	Chat ChatID `json:"chat,omitempty"`
	To   UserID `json:"to,omitempty"`
	// Message is what it became; a batch send's is a bm-… id, without a chat.
	Message MessageID `json:"message,omitempty"`
	// Kind is KindOwn. KindUnknown is a post that an earlier version registered on its caller's word.
	Kind Kind `json:"kind,omitempty"`
	// Type is the platform's: text, post, image, file, interactive.
	Type string `json:"type,omitempty"`
	// Undo asks for a button by which the author takes it back. Key comes back with its presses: nobody can guess it.
	Undo bool   `json:"undo,omitempty"`
	Key  string `json:"key,omitempty"`
	// Bare is set where the button found no room in what was posted: the author is shown one beside it.
	Bare bool `json:"bare,omitempty"`
	// Registered is set where it was made elsewhere.
	Registered bool `json:"registered,omitempty"`
	// Life is the lifetime that was asked for: it begins again when the post is restored.
	Life time.Duration `json:"life,omitempty"`
	// Expires is when it is to be recalled; zero is never. Shortened is set where that is earlier than was asked for, since
	// later the tenant would not allow it.
	Expires   time.Time `json:"expires,omitzero"`
	Shortened bool      `json:"shortened,omitempty"`
	Created   time.Time `json:"created"`
	// Tried is when sending it was first tried: the platform knows a repetition for an hour from then.
	Tried    time.Time `json:"tried,omitzero"`
	Sent     time.Time `json:"sent,omitzero"`
	Recalled time.Time `json:"recalled,omitzero"`
	// CancelledBy is who cancelled it before it was sent.
	CancelledBy *Cancellation `json:"cancelled_by,omitempty"`
	// Reason, Code and LogID explain a post that failed.
	Reason Reason `json:"reason,omitempty"`
	Code   int    `json:"code,omitempty"`
	LogID  string `json:"log_id,omitempty"`
}

// Cancellation is who cancelled a post: a person, or an API token. Without either its lifetime was over.
type Cancellation struct {
	Who   UserID  `json:"who,omitempty"`
	Token TokenID `json:"token,omitempty"`
	Team  TeamID  `json:"team,omitempty"`
	Job   JobID   `json:"job,omitempty"`
}

// Known is what is known of the message that the post became: nil where it became none, or where only its caller said so.
func (p Post) Known() *Message {
	if p.Message == "" || p.Kind != KindOwn {
		return nil
	}
	return &Message{
		ID: p.Message, Chat: p.Chat, Kind: p.Kind, Sender: Hash64Of(p.Author), At: p.Sent, Gone: p.State == PostRecalled,
	}
}

// IsBatch reports whether it is a batch send, which stands in many chats.
func (p Post) IsBatch() bool { return IsBatch(p.Message) }

// LineID is where it goes, as far as the order of what is sent there is concerned.
func (p Post) LineID() string {
	if p.Chat != "" && p.To == "" {
		return string(p.Chat)
	}
	return string(p.To)
}

// IsBatch reports whether an id names a batch send.
func IsBatch(id MessageID) bool {
	const prefix = "bm-"
	return len(id) > len(prefix) && strings.EqualFold(string(id[:len(prefix)]), prefix)
}

// Outgoing is a post on its way to the platform.
type Outgoing struct {
	// Chat is where it goes, or To the person.
	Chat ChatID
	To   UserID
	// Type is the platform's msg_type, Body the content as the platform takes it.
	Type, Body string
	// Author is for whom it is posted. The same Key posts once within an hour.
	Author UserID
	Key    string
}
