package bot

import (
	"strings"
	"time"
)

// The ids of posts and of those who ask for them.
type (
	// PostID names one post in one chat, also before it is sent (p_…).
	PostID string
	// GroupID names all posts of one broadcast. Its team chooses it, so it is unique within the team only.
	GroupID string
	// TeamID names a team that posts through the bot.
	TeamID string
	// TokenID names an API token. It is not a secret.
	TokenID string
	// OrderID names one order: the same content for one or many chats.
	OrderID string
)

// Principal is an API token with its rights. The zero value, and nil, have no rights.
type Principal struct {
	Token TokenID `json:"token"`
	// Team is the token's team; a token without a team is the operator's.
	Team TeamID `json:"team,omitempty"`
	// Own lets it recall its team's posts, Any also what no team posted.
	Own bool `json:"own,omitempty"`
	Any bool `json:"any,omitempty"`
	// Chats are the only chats of the token; empty means all.
	Chats []ChatID `json:"chats,omitempty"`
	// Over is set where the token is revoked or has expired: it has no rights then.
	Over bool `json:"over,omitempty"`
}

// PostState is the state of a post.
type PostState string

// The states. All but PostQueued and PostSent are final.
const (
	// PostQueued: it will be sent.
	PostQueued PostState = "queued"
	// PostSent: it is in its chat.
	PostSent PostState = "sent"
	// PostFailed: it was not and will not be sent, for Reason.
	PostFailed PostState = "failed"
	// PostUnsure: it may have been sent, and the platform can't tell any more. It is not sent again.
	PostUnsure PostState = "unsure"
	// PostCancelled: it was cancelled before it was sent.
	PostCancelled PostState = "cancelled"
	// PostRecalled: it was recalled, by us or by others.
	PostRecalled PostState = "recalled"
)

// Post is one post in one chat that the API was asked to make or to register. Its content is stored apart from it, until it
// is sent.
type Post struct {
	ID    PostID    `json:"id"`
	State PostState `json:"state"`
	Group GroupID   `json:"group,omitempty"`
	// Order is its order, until it is sent.
	Order OrderID `json:"order,omitempty"`
	// Epoch is how often the group had been recalled when the post was accepted. Only later recalls of the group concern it.
	Epoch int `json:"epoch,omitempty"`
	// Team is the team whose Token made or registered it. Author is the person for whom it is posted.
	Team   TeamID  `json:"team,omitempty"`
	Token  TokenID `json:"token,omitempty"`
	Author UserID  `json:"author,omitempty"`
	// Chat is its chat. To is the person instead, until the two-person chat is known.
	Chat ChatID `json:"chat,omitempty"`
	To   UserID `json:"to,omitempty"`
	// Message is its message once it is sent. A batch send has a bm-… id, and no chat.
	Message MessageID `json:"message,omitempty"`
	// Kind is KindOwn. An earlier version registered posts without a check: these have KindUnknown.
	Kind Kind `json:"kind,omitempty"`
	// Type is the msg_type: text, post, image, file, interactive.
	Type string `json:"type,omitempty"`
	// Undo asks for a button by which the author recalls it. Key is the random key of its presses.
	Undo bool   `json:"undo,omitempty"`
	Key  string `json:"key,omitempty"`
	// Bare is set where the post had no room for the button: the author gets it in a card of its own.
	Bare bool `json:"bare,omitempty"`
	// Registered is set where it was not made through the API.
	Registered bool `json:"registered,omitempty"`
	// Life is the lifetime that was asked for. It begins again when the post is restored.
	Life time.Duration `json:"life,omitempty"`
	// Expires is when it is to be recalled; zero is never. Shortened is set where that is earlier than asked for, because of the
	// tenant's recall window.
	Expires   time.Time `json:"expires,omitzero"`
	Shortened bool      `json:"shortened,omitempty"`
	Created   time.Time `json:"created"`
	// Tried is when sending was first tried: for an hour from then the platform recognises a repetition.
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

// Cancellation is who cancelled a post: a person or an API token, neither where its lifetime ended.
type Cancellation struct {
	Who   UserID  `json:"who,omitempty"`
	Token TokenID `json:"token,omitempty"`
	Team  TeamID  `json:"team,omitempty"`
	Job   JobID   `json:"job,omitempty"`
}

// Known is the post's message; nil where it has none, or where it was registered without a check.
func (p Post) Known() *Message {
	if p.Message == "" || p.Kind != KindOwn {
		return nil
	}
	return &Message{
		ID: p.Message, Chat: p.Chat, Kind: p.Kind, Sender: HashOf(p.Author), At: p.Sent, Gone: p.State == PostRecalled,
	}
}

// HasOffer reports whether the author gets the button of the post on a card of its own, because the post has no room for it.
func (p Post) HasOffer() bool { return p.Undo && p.Bare && p.Author != "" && p.Message != "" }

// IsBatch reports whether it is a batch send, which has messages in many chats.
func (p Post) IsBatch() bool { return IsBatch(p.Message) }

// LineID names the line of its chat or person, whose posts are sent in order.
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

// Outgoing is a post to be sent.
type Outgoing struct {
	// Chat or To is the receiver.
	Chat ChatID
	To   UserID
	// Type is the msg_type, Body the content in the platform's form.
	Type, Body string
	// Author is the person for whom it is posted. The platform sends the same Key once within an hour.
	Author UserID
	Key    string
}
