package bot

import "time"

// PostOrder asks for the same post in several chats.
type PostOrder struct {
	// CauseID is the cause: the same cause makes the same posts.
	CauseID EventID
	By      *Principal
	// Chats and Users are the receivers, at most MaxTargets together, each once.
	Chats []ChatID
	Users []UserID
	// Type is the msg_type, Body the content in the platform's form.
	Type, Body string
	// Group is chosen by the team; where it is empty, one is made. Author is the person for whom it is posted.
	Group  GroupID
	Author UserID
	// Life is the lifetime; zero is none.
	Life time.Duration
	// Undo asks for a button by which the author recalls it.
	Undo bool
	// Post is the id for the post, where there is one target and the caller chooses the id.
	Post PostID
}

// RegisterOrder asks to register posts and batch sends that our app made elsewhere. Their chat and sender are read from the
// platform.
type RegisterOrder struct {
	CauseID  EventID
	By       *Principal
	Messages []MessageID
	Group    GroupID
	Author   UserID
	Life     time.Duration
}

// PostQuery asks for posts, the newest first. Empty fields match everything.
type PostQuery struct {
	// Team is the posts' team; without one All must be set, for the posts of all teams.
	Team   TeamID
	All    bool
	Group  GroupID
	Author UserID
	Chat   ChatID
	State  PostState
	// Limit is the size of a page; Cursor is where the page before ended.
	Limit  int
	Cursor string
}

// Wants reports whether a post matches.
func (q PostQuery) Wants(p Post) bool {
	return (q.Team == "" || p.Team == q.Team) && (q.Group == "" || p.Group == q.Group) &&
		(q.Author == "" || p.Author == q.Author) && (q.Chat == "" || p.Chat == q.Chat) && (q.State == "" || p.State == q.State)
}
