package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"time"
)

// AuditEntry is the audit record of one attempt.
type AuditEntry struct {
	ID        string    `json:"id,omitempty"`
	At        time.Time `json:"at"`
	Who       string    `json:"who,omitempty"`
	Token     string    `json:"token,omitempty"`
	Team      string    `json:"team,omitempty"`
	Via       string    `json:"via"`
	Chat      string    `json:"chat,omitempty"`
	Message   string    `json:"message,omitempty"`
	Command   string    `json:"command,omitempty"`
	Job       string    `json:"job,omitempty"`
	With      []string  `json:"with,omitempty"`
	Target    string    `json:"target,omitempty"`
	Rule      string    `json:"rule"`
	Result    string    `json:"result"`
	Reason    string    `json:"reason,omitempty"`
	Code      int       `json:"code,omitempty"`
	LogID     string    `json:"log_id,omitempty"`
	LatencyMS int64     `json:"latency_ms"`
	Words     string    `json:"words,omitempty"`
}

// Chat is a chat that the bot is in.
type Chat struct {
	ChatID string `json:"chat_id"`
	Name   string `json:"name,omitempty"`
}

// Message is a message in the bot's index, which has no texts.
type Message struct {
	MessageID string    `json:"message_id"`
	At        time.Time `json:"at"`
	Kind      string    `json:"kind,omitempty"`
	Gone      bool      `json:"gone,omitempty"`
	// Mine is set for posts of the token's team.
	Mine bool `json:"mine,omitempty"`
}

// AuditPage returns a page of audit records, the newest first, of a chat or, with an empty one, of all; perPage 0
// means the bot's default.
func (c *Client) AuditPage(ctx context.Context, chat string, perPage int, cursor string) (Page[AuditEntry], error) {
	return page[AuditEntry](ctx, c, []string{"audit"}, withPage(queryOf("chat", chat), perPage, cursor))
}

// Audit iterates over the audit records, the newest first. An error ends the iteration.
func (c *Client) Audit(ctx context.Context, chat string) iter.Seq2[AuditEntry, error] {
	return all(func(cursor string) (Page[AuditEntry], error) { return c.AuditPage(ctx, chat, 0, cursor) })
}

// Chats iterates over the chats that the bot is in and the token may use. An error ends the iteration.
func (c *Client) Chats(ctx context.Context) iter.Seq2[Chat, error] {
	return all(func(cursor string) (Page[Chat], error) {
		return page[Chat](ctx, c, []string{"chats"}, withPage(queryOf(), 0, cursor))
	})
}

// Messages iterates over a chat's messages in the index, the newest first. An error ends the iteration.
func (c *Client) Messages(ctx context.Context, chat string) iter.Seq2[Message, error] {
	return all(func(cursor string) (Page[Message], error) {
		return page[Message](ctx, c, []string{"chats", chat, "messages"}, withPage(queryOf(), 0, cursor))
	})
}

// AlertOptions configure the cards of alerts.
type AlertOptions struct {
	// Chat (oc_…) is the chat of the cards.
	Chat string
	// Resolved is what happens when all alerts are resolved: update (the bot's default), recall, or recall after a
	// duration ("10m").
	Resolved string
	// Again is what happens when alerts fire again after that: new (a new card, the bot's default) or same.
	Again string
}

// Alertmanager forwards a webhook of Alertmanager, version 4.
func (c *Client) Alertmanager(ctx context.Context, opts AlertOptions, payload json.RawMessage) error {
	return c.alert(ctx, "alertmanager", opts, payload)
}

// Grafana forwards a webhook of Grafana's alerting.
func (c *Client) Grafana(ctx context.Context, opts AlertOptions, payload json.RawMessage) error {
	return c.alert(ctx, "grafana", opts, payload)
}

func (c *Client) alert(ctx context.Context, source string, opts AlertOptions, payload json.RawMessage) error {
	return c.do(ctx, call{
		method: http.MethodPost, path: []string{source}, body: payload, idempotent: true,
		query: queryOf("chat", opts.Chat, "resolved", opts.Resolved, "again", opts.Again),
	}, nil)
}

// OpenAPI returns the description of the API as JSON.
func (c *Client) OpenAPI(ctx context.Context) ([]byte, error) {
	var text []byte
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"openapi.json"}}, &text)
	return text, err
}
