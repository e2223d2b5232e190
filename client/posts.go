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

// PostState is how far a post is.
type PostState string

// The states of a post. PostQueued and PostSent go on, all others are ends.
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

// PostOrder asks for posts. Exactly one of Text, RichText, ImageKey, FileKey and Card is set.
type PostOrder struct {
	// Chats (oc_…) and Users (ou_…) are where it goes, at least one and at most 200 in all.
	Chats []string `json:"chats,omitempty"`
	Users []string `json:"users,omitempty"`

	Text     string          `json:"text,omitempty"`
	RichText json.RawMessage `json:"rich_text,omitempty"`
	ImageKey string          `json:"image_key,omitempty"`
	FileKey  string          `json:"file_key,omitempty"`
	Card     json.RawMessage `json:"card,omitempty"`

	// Group names all posts of a broadcast, so that they can be taken back together; made up where it is empty.
	Group string `json:"group,omitempty"`
	// Author is the person (ou_…) who may take the posts back in the chat.
	Author string `json:"author,omitempty"`
	// ExpireIn is how long the posts stand ("24h"); empty is for good.
	ExpireIn string `json:"expire_in,omitempty"`
	// Undo asks for a button by which the author takes a post back.
	Undo *Undo `json:"undo,omitempty"`

	// Key makes the order one that is carried out once within 24 hours, however often it comes; made up where it is empty.
	Key string `json:"-"`
	// Wait is how long the answer may wait for all to be sent or failed, up to 30 s.
	Wait time.Duration `json:"-"`
}

// Undo says how the author takes a post back, besides by command.
type Undo struct {
	Button bool `json:"button"`
}

// Posted is what became of an order.
type Posted struct {
	Group string `json:"group"`
	Posts []Post `json:"posts"`
	// Replayed is set where the order's Key came before: then these are the posts of that time, as they are now, and nothing
	// was posted again.
	Replayed bool `json:"-"`
}

// Registration makes messages that were sent elsewhere, by the same app, posts of the token's team.
type Registration struct {
	Messages []MessageRef `json:"messages"`
	Group    string       `json:"group,omitempty"`
	Author   string       `json:"author,omitempty"`
	ExpireIn string       `json:"expire_in,omitempty"`
}

// MessageRef names a message (om_… or bm-…) and, where the bot can't look it up, its chat.
type MessageRef struct {
	MessageID string `json:"message_id"`
	ChatID    string `json:"chat_id,omitempty"`
}

// PostsQuery selects posts; empty fields select all.
type PostsQuery struct {
	Group, Author, Chat string
	State               PostState
	// PerPage is how many are fetched at once; 0 leaves it to the bot.
	PerPage int
}

// TakenBack is what became of a post that was to be recalled: recalled, already_gone, cancelled (before it was sent) or
// dry_run.
type TakenBack struct {
	Outcome string `json:"outcome"`
	Rule    string `json:"rule"`
	Post    Post   `json:"post"`
}

// Post has something posted, once, however often the call has to be repeated.
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

// Register makes messages that stand already posts of the team.
func (c *Client) Register(ctx context.Context, r Registration) (Posted, error) {
	var posted Posted
	err := c.do(ctx, call{method: http.MethodPost, path: []string{"posts", "register"}, body: r, again: true}, &posted)
	return posted, err
}

// FindPost gives a post by its id (p_…) or that of its message (om_…).
func (c *Client) FindPost(ctx context.Context, id string) (Post, error) {
	var post Post
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"posts", id}}, &post)
	return post, err
}

// PostsPage gives one page of posts, the newest first; cursor is empty for the first one.
func (c *Client) PostsPage(ctx context.Context, q PostsQuery, cursor string) (Page[Post], error) {
	query := queryOf("group", q.Group, "author", q.Author, "chat", q.Chat, "state", string(q.State))
	return page[Post](ctx, c, []string{"posts"}, paged(query, q.PerPage, cursor))
}

// Posts goes through the posts, the newest first. It ends after the first error.
func (c *Client) Posts(ctx context.Context, q PostsQuery) iter.Seq2[Post, error] {
	return all(func(cursor string) (Page[Post], error) { return c.PostsPage(ctx, q, cursor) })
}

// TakeBack recalls a post by its id (p_…) or that of its message (om_…), or sees to it that it is not sent.
func (c *Client) TakeBack(ctx context.Context, id string) (TakenBack, error) {
	var taken TakenBack
	err := c.do(ctx, call{method: http.MethodDelete, path: []string{"posts", id}}, &taken)
	return taken, err
}

// queryOf makes a query of pairs, without those that are empty.
func queryOf(pairs ...string) url.Values {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return query
}

func paged(query url.Values, perPage int, cursor string) url.Values {
	if perPage > 0 {
		query.Set("limit", strconv.Itoa(perPage))
	}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	return query
}
