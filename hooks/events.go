package hooks

import (
	"encoding/json"
	"net/url"
	"time"

	"recallbot/bot"
)

// The events that are sent.
const (
	EventJobFinished  = "job.finished"
	EventAuditRecords = "audit.records"
)

// Delivery is an event for one receiver.
type Delivery struct {
	// ID is unique for an event and a receiver.
	ID string `json:"id"`
	// URL is the receiver's address; empty means the configured target.
	URL string `json:"url,omitempty"`
	// Team selects the team's secret (TeamSecret); empty means the configured secret.
	Team  string `json:"team,omitempty"`
	Event string `json:"event"`
	// Body is JSON.
	Body json.RawMessage `json:"body"`
}

// Host is the host of the address, which is not secret; empty for the configured target.
func (d Delivery) Host() string {
	u, err := url.Parse(d.URL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// EncodeEvent returns the body of an event.
func EncodeEvent(event string, at time.Time, data any) (json.RawMessage, error) {
	body, err := json.Marshal(struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      any       `json:"data"`
	}{event, at.UTC(), data})
	if err != nil {
		return nil, bot.Errorf(bot.Internal, "encode event %s: %w", event, err)
	}
	return body, nil
}

// finished is the data of job.finished. It has no text of a message, and no filter, which may quote one.
type finished struct {
	ID      bot.JobID     `json:"id"`
	Kind    bot.JobKind   `json:"kind"`
	State   bot.JobState  `json:"state"`
	Chat    bot.ChatID    `json:"chat,omitempty"`
	Who     bot.UserID    `json:"who,omitempty"`
	Token   bot.TokenID   `json:"token,omitempty"`
	Team    bot.TeamID    `json:"team,omitempty"`
	Via     bot.Via       `json:"via"`
	Command bot.MessageID `json:"command,omitempty"`
	Of      bot.JobID     `json:"of,omitempty"`
	Group   bot.GroupID   `json:"group,omitempty"`
	Batch   bot.MessageID `json:"batch,omitempty"`
	Asked   time.Time     `json:"asked"`
	Began   time.Time     `json:"began,omitzero"`
	Ended   time.Time     `json:"ended"`
	Total   int           `json:"total"`
	Counts  bot.Counts    `json:"counts"`
	Reason  bot.Reason    `json:"reason,omitempty"`
	Code    int           `json:"code,omitempty"`
	LogID   string        `json:"log_id,omitempty"`
	// Words is the comment of the person.
	Words string `json:"words,omitempty"`
}

// JobFinished returns the event job.finished for the configured target.
func JobFinished(job bot.Job) (Delivery, error) {
	data := finished{
		ID: job.ID, Kind: job.Kind, State: job.State, Chat: job.Chat, Who: job.Who, Via: job.Via, Command: job.Command, Of: job.Of,
		Group: job.Group, Batch: job.Batch, Asked: job.Asked, Began: job.Began, Ended: job.Ended, Total: job.Total,
		Counts: job.Counts, Reason: job.Reason, Code: job.Code, LogID: job.LogID, Words: job.Comment,
	}
	if data.Counts == nil {
		data.Counts = bot.Counts{}
	}
	if job.Chat == bot.LineOf(job.ID) {
		data.Chat = ""
	}
	if job.By != nil {
		data.Token, data.Team = job.By.Token, job.By.Team
	}
	body, err := EncodeEvent(EventJobFinished, job.Ended, data)
	return Delivery{ID: "job-" + string(job.ID), Event: EventJobFinished, Body: body}, err
}
