package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"time"
)

// AuditEntry is the record of one attempt.
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

// Message is what the bot's index knows of a message; its text is kept nowhere.
type Message struct {
	MessageID string    `json:"message_id"`
	At        time.Time `json:"at"`
	Kind      string    `json:"kind,omitempty"`
	Gone      bool      `json:"gone,omitempty"`
	// Mine is set for posts of the token's team.
	Mine bool `json:"mine,omitempty"`
}

// AuditPage gives one page of records, the newest first, of a chat or, with an empty one, of all; perPage 0 leaves its
// size to the bot.
func (c *Client) AuditPage(ctx context.Context, chat string, perPage int, cursor string) (Page[AuditEntry], error) {
	return page[AuditEntry](ctx, c, []string{"audit"}, paged(queryOf("chat", chat), perPage, cursor))
}

// Audit goes through the records, the newest first. It ends after the first error.
func (c *Client) Audit(ctx context.Context, chat string) iter.Seq2[AuditEntry, error] {
	return all(func(cursor string) (Page[AuditEntry], error) { return c.AuditPage(ctx, chat, 0, cursor) })
}

// Chats goes through the chats that the bot is in and the token may use. It ends after the first error.
func (c *Client) Chats(ctx context.Context) iter.Seq2[Chat, error] {
	return all(func(cursor string) (Page[Chat], error) {
		return page[Chat](ctx, c, []string{"chats"}, paged(queryOf(), 0, cursor))
	})
}

// Messages goes through what the index knows of a chat, the newest first. It ends after the first error.
func (c *Client) Messages(ctx context.Context, chat string) iter.Seq2[Message, error] {
	return all(func(cursor string) (Page[Message], error) {
		return page[Message](ctx, c, []string{"chats", chat, "messages"}, paged(queryOf(), 0, cursor))
	})
}

// AlertOptions say where the cards of alerts go and what becomes of them.
type AlertOptions struct {
	// Chat (oc_…) is where they go.
	Chat string
	// Resolved is what happens when all is resolved: update (the bot's default), recall, or after which time to recall
	// ("10m").
	Resolved string
	// Again is what happens when it fires again after that: new (the bot's default) or same, for the card to be used.
	Again string
}

// Alertmanager hands on a webhook of Alertmanager, version 4, as it is.
func (c *Client) Alertmanager(ctx context.Context, to AlertOptions, payload json.RawMessage) error {
	return c.alert(ctx, "alertmanager", to, payload)
}

// Grafana hands on a webhook of Grafana's alerting as it is.
func (c *Client) Grafana(ctx context.Context, to AlertOptions, payload json.RawMessage) error {
	return c.alert(ctx, "grafana", to, payload)
}

func (c *Client) alert(ctx context.Context, source string, to AlertOptions, payload json.RawMessage) error {
	return c.do(ctx, call{
		method: http.MethodPost, path: []string{source}, body: payload, again: true,
		query: queryOf("chat", to.Chat, "resolved", to.Resolved, "again", to.Again),
	}, nil)
}

// OpenAPI gives the API's own description, in JSON.
func (c *Client) OpenAPI(ctx context.Context) ([]byte, error) {
	var text []byte
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"openapi.json"}}, &text)
	return text, err
}
