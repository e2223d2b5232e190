package bot

import "time"

// PostOrder asks for the same post in several chats.
type PostOrder struct {
	// CauseID names the cause: the same work makes the same posts, however often it comes.
	CauseID EventID
	By      *Principal
	// Chats and Users are where it goes, at most MaxTargets together, each once.
	Chats []ChatID
	Users []UserID
	// Type is the platform's msg_type, Body the content as the platform takes it.
	Type, Body string
	// Group is chosen by the team; empty has one made. Author is the person who caused it.
	Group  GroupID
	Author UserID
	// Life is after how long it is to be recalled; zero is never.
	Life time.Duration
	// Undo asks for a button by which the author takes it back.
	Undo bool
	// Post is the id of the one post, where there is one target and whoever asks has chosen it.
	Post PostID
}

// RegisterOrder asks to take posts of ours, and batch sends, into the books that were made elsewhere. Where they are and whose
// they are, the platform says.
type RegisterOrder struct {
	CauseID  EventID
	By       *Principal
	Messages []MessageID
	Group    GroupID
	Author   UserID
	Life     time.Duration
}

// PostQuery asks for posts, the newest first. Empty fields ask for nothing in particular.
type PostQuery struct {
	// Team is whose; without one All must be set, for the posts of all.
	Team   TeamID
	All    bool
	Group  GroupID
	Author UserID
	Chat   ChatID
	State  PostState
	// Limit is how many at most; Cursor is where the page before ended.
	Limit  int
	Cursor string
}

// Wants reports whether a post is among those that are asked for.
func (q PostQuery) Wants(p Post) bool {
	return (q.Team == "" || p.Team == q.Team) && (q.Group == "" || p.Group == q.Group) &&
		(q.Author == "" || p.Author == q.Author) && (q.Chat == "" || p.Chat == q.Chat) && (q.State == "" || p.State == q.State)
}
