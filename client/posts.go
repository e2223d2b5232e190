package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// PostState is the state of a post.
type PostState string

// States of a post. PostQueued and PostSent may change, all others are final.
const (
	PostQueued    PostState = "queued"
	PostSent      PostState = "sent"
	PostFailed    PostState = "failed"
	PostUnsure    PostState = "unsure"
	PostCancelled PostState = "cancelled"
	PostRecalled  PostState = "recalled"
)

// Post is one post in one chat.
type Post struct {
	ID         string     `json:"id"`
	State      PostState  `json:"state"`
	Group      string     `json:"group,omitempty"`
	Team       string     `json:"team,omitempty"`
	Author     string     `json:"author,omitempty"`
	ChatID     string     `json:"chat_id,omitempty"`
	UserID     string     `json:"user_id,omitempty"`
	MessageID  string     `json:"message_id,omitempty"`
	Type       string     `json:"type,omitempty"`
	Undo       bool       `json:"undo,omitempty"`
	Registered bool       `json:"registered,omitempty"`
	ExpiresAt  time.Time  `json:"expires_at,omitzero"`
	CreatedAt  time.Time  `json:"created_at"`
	SentAt     time.Time  `json:"sent_at,omitzero"`
	RecalledAt time.Time  `json:"recalled_at,omitzero"`
	Error      *PostError `json:"error,omitempty"`
}

// PostError is why a post failed.
type PostError struct {
	Reason string `json:"reason,omitempty"`
	Code   int    `json:"code,omitempty"`
	LogID  string `json:"log_id,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// PostOrder requests posts. Exactly one of Text, RichText, ImageKey, FileKey and Card is set.
type PostOrder struct {
	// Chats (oc_…) and Users (ou_…) are the targets, 1 to 200 in all.
	Chats []string `json:"chats,omitempty"`
	Users []string `json:"users,omitempty"`

	Text     string          `json:"text,omitempty"`
	RichText json.RawMessage `json:"rich_text,omitempty"`
	ImageKey string          `json:"image_key,omitempty"`
	FileKey  string          `json:"file_key,omitempty"`
	Card     json.RawMessage `json:"card,omitempty"`

	// Group is the name of a broadcast, by which its posts can be recalled together; generated if empty.
	Group string `json:"group,omitempty"`
	// Author is the person (ou_…) who may recall the posts in the chat.
	Author string `json:"author,omitempty"`
	// ExpireIn is after how long the posts are recalled ("24h"); empty means never.
	ExpireIn string `json:"expire_in,omitempty"`
	// Undo adds a button by which the author recalls a post.
	Undo *Undo `json:"undo,omitempty"`

	// Key is the Idempotency-Key, valid for 24 hours; generated if empty.
	Key string `json:"-"`
	// Wait is how long to wait until all posts are sent or failed, up to 30 s.
	Wait time.Duration `json:"-"`
}

// Undo configures how the author recalls a post, in addition to the command.
type Undo struct {
	Button bool `json:"button"`
}

// Posted is the result of an order.
type Posted struct {
	Group string `json:"group"`
	Posts []Post `json:"posts"`
	// Replayed is set if the Key was used before: the posts are those of the first call in their current state.
	Replayed bool `json:"-"`
}

// Registration assigns messages that the same app sent elsewhere to the token's team.
type Registration struct {
	Messages []MessageRef `json:"messages"`
	Group    string       `json:"group,omitempty"`
	Author   string       `json:"author,omitempty"`
	ExpireIn string       `json:"expire_in,omitempty"`
}

// MessageRef is a message (om_… or bm-…). The chat is not needed any more.
type MessageRef struct {
	MessageID string `json:"message_id"`
	ChatID    string `json:"chat_id,omitempty"`
}

// PostsQuery selects posts; empty fields select all.
type PostsQuery struct {
	Group, Author, Chat string
	State               PostState
	// PerPage is the page size; 0 means the bot's default.
	PerPage int
}

// TakenBack is the result of recalling a post: recalled, already_gone, cancelled (before it was sent), dry_run or
// asked (a batch send).
type TakenBack struct {
	Outcome string `json:"outcome"`
	Rule    string `json:"rule"`
	Post    Post   `json:"post"`
}

// Post creates posts. Retries do not create them twice.
func (c *Client) Post(ctx context.Context, order PostOrder) (Posted, error) {
	if order.Key == "" {
		order.Key = rand.Text()
	}
	var posted Posted
	err := c.do(ctx, call{
		method: http.MethodPost, path: []string{"posts"}, body: order, key: order.Key, wait: order.Wait, replayed: &posted.Replayed,
	}, &posted)
	return posted, err
}

// Register registers messages as posts of the team.
func (c *Client) Register(ctx context.Context, r Registration) (Posted, error) {
	var posted Posted
	err := c.do(ctx, call{method: http.MethodPost, path: []string{"posts", "register"}, body: r, idempotent: true}, &posted)
	return posted, err
}

// FindPost returns a post by its id (p_…) or its message's (om_…).
func (c *Client) FindPost(ctx context.Context, id string) (Post, error) {
	var post Post
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"posts", id}}, &post)
	return post, err
}

// PostsPage returns a page of posts, the newest first; cursor is empty for the first page.
func (c *Client) PostsPage(ctx context.Context, q PostsQuery, cursor string) (Page[Post], error) {
	query := queryOf("group", q.Group, "author", q.Author, "chat", q.Chat, "state", string(q.State))
	return page[Post](ctx, c, []string{"posts"}, withPage(query, q.PerPage, cursor))
}

// Posts iterates over the posts, the newest first. An error ends the iteration.
func (c *Client) Posts(ctx context.Context, q PostsQuery) iter.Seq2[Post, error] {
	return all(func(cursor string) (Page[Post], error) { return c.PostsPage(ctx, q, cursor) })
}

// TakeBack recalls a post by its id (p_…) or its message's (om_…). A post that is not sent yet is cancelled.
func (c *Client) TakeBack(ctx context.Context, id string) (TakenBack, error) {
	var taken TakenBack
	err := c.do(ctx, call{method: http.MethodDelete, path: []string{"posts", id}}, &taken)
	return taken, err
}

// queryOf returns a query of name-value pairs, without empty values.
func queryOf(pairs ...string) url.Values {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return query
}

func withPage(query url.Values, perPage int, cursor string) url.Values {
	if perPage > 0 {
		query.Set("limit", strconv.Itoa(perPage))
	}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	return query
}
