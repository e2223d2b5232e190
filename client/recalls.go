package client

import (
	"context"
	"crypto/rand"
	"iter"
	"net/http"
	"time"
)

// RecallState is how far a recall is.
type RecallState string

// The states of a recall; the last five are ends.
const (
	RecallNew       RecallState = "new"
	RecallWaiting   RecallState = "waiting"
	RecallRunning   RecallState = "running"
	RecallDone      RecallState = "done"
	RecallStopped   RecallState = "stopped"
	RecallCancelled RecallState = "cancelled"
	RecallExpired   RecallState = "expired"
	RecallFailed    RecallState = "failed"
)

// Ended reports whether nothing more will happen.
func (s RecallState) Ended() bool {
	switch s {
	case RecallDone, RecallStopped, RecallCancelled, RecallExpired, RecallFailed:
		return true
	default:
		return false
	}
}

// Recall is a job: the recall of several messages, or the undoing of one.
type Recall struct {
	ID    string      `json:"id"`
	State RecallState `json:"state"`
	// Kind is clean, posts, batch or undo.
	Kind   string `json:"kind"`
	Group  string `json:"group,omitempty"`
	ChatID string `json:"chat_id,omitempty"`
	// Total is how many messages it is about, Settled how many of them are dealt with, Counts how (recalled, already_gone,
	// not_permitted, too_old, pinned, failed, …).
	Total   int            `json:"total"`
	Settled int            `json:"settled"`
	Counts  map[string]int `json:"counts,omitempty"`
	// Lost is, of an undo, what the recall took besides, and why that can't come back.
	Lost map[string]int `json:"lost,omitempty"`
	// Reason, Code and LogID explain a recall that failed.
	Reason     string    `json:"reason,omitempty"`
	Detail     string    `json:"detail,omitempty"`
	Code       int       `json:"code,omitempty"`
	LogID      string    `json:"log_id,omitempty"`
	AskedAt    time.Time `json:"asked_at"`
	BeganAt    time.Time `json:"began_at,omitzero"`
	EndedAt    time.Time `json:"ended_at,omitzero"`
	ETASeconds int       `json:"eta_seconds,omitempty"`
}

// RecallOrder asks for a recall. Exactly one of Messages, Chat and Group is set.
type RecallOrder struct {
	// Messages are ids (om_…), at most 200.
	Messages []string `json:"messages,omitempty"`
	// Chat is where Filter, in the words of the chat command ("--bot me --since 30m"), selects messages.
	Chat   string `json:"chat,omitempty"`
	Filter string `json:"filter,omitempty"`
	// Group is a broadcast; Team is whose, and only tokens without a team may name it.
	Group string `json:"group,omitempty"`
	Team  string `json:"team,omitempty"`
	// Reason is written into the audit.
	Reason string  `json:"reason,omitempty"`
	Notify *Notify `json:"notify,omitempty"`

	// Key makes the order one that is carried out once within 24 hours, however often it comes; made up where it is empty.
	Key string `json:"-"`
}

// Notify names who is told when a recall has ended.
type Notify struct {
	URL string `json:"url"`
}

// Preview is what a recall would be about.
type Preview struct {
	Count  int      `json:"count"`
	Sample []Sample `json:"sample,omitempty"`
	// Skipped are how many would stay, and why; Unseen is what could not be looked at.
	Skipped          map[string]int `json:"skipped,omitempty"`
	Unseen           []string       `json:"unseen,omitempty"`
	EstimatedSeconds int            `json:"estimated_seconds,omitempty"`
}

// Sample is one of the messages that would go.
type Sample struct {
	MessageID string    `json:"message_id"`
	ChatID    string    `json:"chat_id,omitempty"`
	At        time.Time `json:"at"`
	Kind      string    `json:"kind,omitempty"`
	Author    string    `json:"author,omitempty"`
}

// confirmed is an order that is meant, or, with false, a question.
type confirmed struct {
	RecallOrder

	Confirm bool `json:"confirm"`
}

// Preview says what an order would recall, and recalls nothing.
func (c *Client) Preview(ctx context.Context, order RecallOrder) (Preview, error) {
	var preview Preview
	err := c.do(ctx, call{
		method: http.MethodPost, path: []string{"recalls"}, body: confirmed{RecallOrder: order}, again: true,
	}, &preview)
	return preview, err
}

// Recall begins a recall, once, however often the call has to be repeated. Watch tells how it goes on.
func (c *Client) Recall(ctx context.Context, order RecallOrder) (Recall, error) {
	if order.Key == "" {
		order.Key = rand.Text()
	}
	var recall Recall
	err := c.do(ctx, call{
		method: http.MethodPost, path: []string{"recalls"}, body: confirmed{order, true}, key: order.Key,
	}, &recall)
	return recall, err
}

// RecallGroup begins the recall of everything of a broadcast. Team is empty for the token's own.
func (c *Client) RecallGroup(ctx context.Context, group, team string) (Recall, error) {
	var recall Recall
	err := c.do(ctx, call{
		method: http.MethodDelete, path: []string{"groups", group}, query: queryOf("team", team),
	}, &recall)
	return recall, err
}

// FindRecall says how far a recall is.
func (c *Client) FindRecall(ctx context.Context, id string) (Recall, error) {
	var recall Recall
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"recalls", id}}, &recall)
	return recall, err
}

// RecallsQuery selects recalls; empty fields select all.
type RecallsQuery struct {
	State       RecallState
	Chat, Group string
	// PerPage is how many are fetched at once; 0 leaves it to the bot.
	PerPage int
}

// RecallsPage gives one page of the team's recalls, the newest first; for a token without a team, of all. cursor is empty
// for the first page.
func (c *Client) RecallsPage(ctx context.Context, q RecallsQuery, cursor string) (Page[Recall], error) {
	query := queryOf("state", string(q.State), "chat", q.Chat, "group", q.Group)
	return page[Recall](ctx, c, []string{"recalls"}, paged(query, q.PerPage, cursor))
}

// Recalls goes through the recalls, the newest first. It ends after the first error.
func (c *Client) Recalls(ctx context.Context, q RecallsQuery) iter.Seq2[Recall, error] {
	return all(func(cursor string) (Page[Recall], error) { return c.RecallsPage(ctx, q, cursor) })
}

// Stop ends a recall; what is done stays done. One that has ended already is an ErrConflict.
func (c *Client) Stop(ctx context.Context, id string) (Recall, error) {
	var recall Recall
	err := c.do(ctx, call{method: http.MethodDelete, path: []string{"recalls", id}}, &recall)
	return recall, err
}

// Undo begins to post again what a recall took: one recall for each chat. What was undone already is an ErrConflict.
func (c *Client) Undo(ctx context.Context, id string) ([]Recall, error) {
	var undone struct {
		Recalls []Recall `json:"recalls"`
	}
	err := c.do(ctx, call{method: http.MethodPost, path: []string{"recalls", id, "undo"}}, &undone)
	return undone.Recalls, err
}
