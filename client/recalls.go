package client

import (
	"context"
	"crypto/rand"
	"iter"
	"net/http"
	"time"
)

// RecallState is the state of a recall.
type RecallState string

// States of a recall; the last five are final.
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

// Ended reports whether the state is final.
func (s RecallState) Ended() bool {
	switch s {
	case RecallDone, RecallStopped, RecallCancelled, RecallExpired, RecallFailed:
		return true
	default:
		return false
	}
}

// Recall is a job that recalls messages or undoes a recall.
type Recall struct {
	ID    string      `json:"id"`
	State RecallState `json:"state"`
	// Kind is clean, posts, batch or undo.
	Kind   string `json:"kind"`
	Group  string `json:"group,omitempty"`
	ChatID string `json:"chat_id,omitempty"`
	// Total is the number of messages, Settled how many are finished, Counts their results (recalled, already_gone,
	// not_permitted, too_old, pinned, failed, …).
	Total   int            `json:"total"`
	Settled int            `json:"settled"`
	Counts  map[string]int `json:"counts,omitempty"`
	// Lost are, for an undo, the messages that can't be restored, and why.
	Lost map[string]int `json:"lost,omitempty"`
	// Reason, Code and LogID explain a failed recall.
	Reason     string    `json:"reason,omitempty"`
	Detail     string    `json:"detail,omitempty"`
	Code       int       `json:"code,omitempty"`
	LogID      string    `json:"log_id,omitempty"`
	AskedAt    time.Time `json:"asked_at"`
	BeganAt    time.Time `json:"began_at,omitzero"`
	EndedAt    time.Time `json:"ended_at,omitzero"`
	ETASeconds int       `json:"eta_seconds,omitempty"`
}

// RecallOrder requests a recall. Exactly one of Messages, Chat and Group is set.
type RecallOrder struct {
	// Messages are ids (om_…), at most 200.
	Messages []string `json:"messages,omitempty"`
	// Chat is the chat in which Filter, the options of the clean command ("--bot me --since 30m"), selects messages.
	Chat   string `json:"chat,omitempty"`
	Filter string `json:"filter,omitempty"`
	// Group is the name of a broadcast; Team is its team, for tokens without a team only.
	Group string `json:"group,omitempty"`
	Team  string `json:"team,omitempty"`
	// Reason is recorded in the audit.
	Reason string  `json:"reason,omitempty"`
	Notify *Notify `json:"notify,omitempty"`

	// Key is the Idempotency-Key, valid for 24 hours; generated if empty.
	Key string `json:"-"`
}

// Notify is an address that is notified when a recall has ended.
type Notify struct {
	URL string `json:"url"`
}

// Preview is what a recall would remove.
type Preview struct {
	Count  int      `json:"count"`
	Sample []Sample `json:"sample,omitempty"`
	// Skipped are the messages that would stay, and why; Unseen is what could not be read.
	Skipped          map[string]int `json:"skipped,omitempty"`
	Unseen           []string       `json:"unseen,omitempty"`
	EstimatedSeconds int            `json:"estimated_seconds,omitempty"`
}

// Sample is one of the messages that would be recalled.
type Sample struct {
	MessageID string    `json:"message_id"`
	ChatID    string    `json:"chat_id,omitempty"`
	At        time.Time `json:"at"`
	Kind      string    `json:"kind,omitempty"`
	Author    string    `json:"author,omitempty"`
}

// recallBody is the body of POST /recalls: without Confirm it is a preview.
type recallBody struct {
	RecallOrder

	Confirm bool `json:"confirm"`
}

// Preview returns what an order would recall, without recalling it.
func (c *Client) Preview(ctx context.Context, order RecallOrder) (Preview, error) {
	var preview Preview
	err := c.do(ctx, call{
		method: http.MethodPost, path: []string{"recalls"}, body: recallBody{RecallOrder: order}, idempotent: true,
	}, &preview)
	return preview, err
}

// Recall starts a recall. Retries do not start it twice. Watch follows it.
func (c *Client) Recall(ctx context.Context, order RecallOrder) (Recall, error) {
	if order.Key == "" {
		order.Key = rand.Text()
	}
	var recall Recall
	err := c.do(ctx, call{
		method: http.MethodPost, path: []string{"recalls"}, body: recallBody{order, true}, key: order.Key,
	}, &recall)
	return recall, err
}

// RecallGroup starts the recall of a broadcast. Team is empty for the token's own.
func (c *Client) RecallGroup(ctx context.Context, group, team string) (Recall, error) {
	var recall Recall
	err := c.do(ctx, call{
		method: http.MethodDelete, path: []string{"groups", group}, query: queryOf("team", team),
	}, &recall)
	return recall, err
}

// FindRecall returns the state of a recall.
func (c *Client) FindRecall(ctx context.Context, id string) (Recall, error) {
	var recall Recall
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"recalls", id}}, &recall)
	return recall, err
}

// RecallsQuery selects recalls; empty fields select all.
type RecallsQuery struct {
	State       RecallState
	Chat, Group string
	// PerPage is the page size; 0 means the bot's default.
	PerPage int
}

// RecallsPage returns a page of the team's recalls, the newest first; for a token without a team, of all recalls.
// cursor is empty for the first page.
func (c *Client) RecallsPage(ctx context.Context, q RecallsQuery, cursor string) (Page[Recall], error) {
	query := queryOf("state", string(q.State), "chat", q.Chat, "group", q.Group)
	return page[Recall](ctx, c, []string{"recalls"}, withPage(query, q.PerPage, cursor))
}

// Recalls iterates over the recalls, the newest first. An error ends the iteration.
func (c *Client) Recalls(ctx context.Context, q RecallsQuery) iter.Seq2[Recall, error] {
	return all(func(cursor string) (Page[Recall], error) { return c.RecallsPage(ctx, q, cursor) })
}

// Stop stops a recall. What was recalled stays recalled. A recall that has ended is an ErrConflict.
func (c *Client) Stop(ctx context.Context, id string) (Recall, error) {
	var recall Recall
	err := c.do(ctx, call{method: http.MethodDelete, path: []string{"recalls", id}}, &recall)
	return recall, err
}

// Undo starts to post again what was recalled: one recall for each chat. A second undo is an ErrConflict.
func (c *Client) Undo(ctx context.Context, id string) ([]Recall, error) {
	var undone struct {
		Recalls []Recall `json:"recalls"`
	}
	err := c.do(ctx, call{method: http.MethodPost, path: []string{"recalls", id, "undo"}}, &undone)
	return undone.Recalls, err
}
