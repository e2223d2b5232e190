package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
)

// Post is one post in one chat.
type Post struct {
	ID     bot.PostID    `json:"id" example:"p_4f2c0a"`
	State  bot.PostState `json:"state" enum:"queued,sent,failed,unsure,cancelled,recalled" doc:"unsure: it may have been sent, and the platform can't be asked any more; it is not sent again"`
	Group  bot.GroupID   `json:"group,omitempty" doc:"The broadcast that it is part of"`
	Team   bot.TeamID    `json:"team,omitempty"`
	Author bot.UserID    `json:"author,omitempty" doc:"The person who caused it, and may take it back in the chat"`
	Chat   bot.ChatID    `json:"chat_id,omitempty"`
	User   bot.UserID    `json:"user_id,omitempty"`
	// Message is the message that was sent.
	Message    bot.MessageID `json:"message_id,omitempty" doc:"The message that it became; bm-… is a batch send"`
	Type       string        `json:"type,omitempty"`
	Undo       bool          `json:"undo" doc:"It carries a button by which its author takes it back"`
	Registered bool          `json:"registered" doc:"It was made elsewhere"`
	Expires    time.Time     `json:"expires_at,omitzero" doc:"When it is recalled by itself"`
	Created    time.Time     `json:"created_at"`
	Sent       time.Time     `json:"sent_at,omitzero"`
	Recalled   time.Time     `json:"recalled_at,omitzero"`
	Error      *PostError    `json:"error,omitempty" doc:"Why it was not sent"`
}

// PostError is why a post was not sent.
type PostError struct {
	Reason bot.Reason `json:"reason"`
	Detail string     `json:"detail,omitempty" doc:"What that means, and what to do"`
	Code   int        `json:"code,omitempty"`
	LogID  string     `json:"log_id,omitempty"`
}

func (a *api) postOf(p bot.Post) Post {
	shown := Post{
		ID: p.ID, State: p.State, Group: p.Group, Team: p.Team, Author: p.Author, Chat: p.Chat, User: p.To, Message: p.Message,
		Type: p.Type, Undo: p.Undo, Registered: p.Registered, Expires: p.Expires, Created: p.Created, Sent: p.Sent, Recalled: p.Recalled,
	}
	if p.Reason != "" || p.Code != 0 {
		shown.Error = &PostError{p.Reason, a.Say.Failed(p.Reason, p.Code), p.Code, p.LogID}
	}
	return shown
}

func (a *api) postsOf(list []bot.Post) []Post {
	shown := make([]Post, len(list))
	for i, p := range list {
		shown[i] = a.postOf(p)
	}
	return shown
}

// PostRequest requests posts.
type PostRequest struct {
	Chats []bot.ChatID `json:"chats,omitempty" maxItems:"200" doc:"Chats to post to" example:"[\"oc_84983ff6516d731e5b5f68d4ea2e1da5\"]"`
	Users []bot.UserID `json:"users,omitempty" maxItems:"200" doc:"People to post to, in their two-person chats with the bot"`

	Text     string          `json:"text,omitempty" maxLength:"150000" doc:"Give exactly one of text, rich_text, image_key, file_key and card"`
	RichText json.RawMessage `json:"rich_text,omitempty" doc:"The platform's post JSON, by language"`
	ImageKey string          `json:"image_key,omitempty" maxLength:"256" doc:"The platform's key of an image that was uploaded to it"`
	FileKey  string          `json:"file_key,omitempty" maxLength:"256" doc:"The platform's key of a file that was uploaded to it"`
	Card     json.RawMessage `json:"card,omitempty" doc:"The platform's card JSON"`

	Group    bot.GroupID `json:"group,omitempty" maxLength:"128" doc:"One name for the whole broadcast; made up when absent"`
	Author   bot.UserID  `json:"author,omitempty" maxLength:"128" pattern:"^ou_[0-9A-Za-z_-]+$" doc:"The person who caused it: may take it back in the chat"`
	ExpireIn string      `json:"expire_in,omitempty" maxLength:"32" doc:"After how long it is recalled: a duration such as 24h or 3d, or seconds" example:"24h"`
	Undo     *UndoWish   `json:"undo,omitempty"`
}

// UndoWish is how the author can recall a post.
type UndoWish struct {
	Button bool `json:"button,omitempty" doc:"Give it a button"`
}

// RegisterRequest registers posts.
type RegisterRequest struct {
	Messages []RegisterMessage `json:"messages" minItems:"1" maxItems:"200"`
	Group    bot.GroupID       `json:"group,omitempty" maxLength:"128"`
	Author   bot.UserID        `json:"author,omitempty" maxLength:"128" pattern:"^ou_[0-9A-Za-z_-]+$"`
	ExpireIn string            `json:"expire_in,omitempty" maxLength:"32"`
}

// RegisterMessage is a message that was sent without the API.
type RegisterMessage struct {
	Message bot.MessageID `json:"message_id" pattern:"^(om_|bm-)[0-9A-Za-z_-]+$" maxLength:"128"`
	Chat    bot.ChatID    `json:"chat_id,omitempty" maxLength:"128" pattern:"^oc_[0-9A-Za-z_-]+$" doc:"Not needed any more: the platform is asked in which chat it is"`
}

// content returns the platform's message type and content. Only text needs wrapping; the other contents are in the
// platform's form.
func (r PostRequest) content() (kind, body string, err error) {
	n := 0
	add := func(given bool, name string, value any) {
		if !given {
			return
		}
		n++
		raw, marshalErr := json.Marshal(value)
		kind, body, err = name, string(raw), marshalErr
	}
	add(r.Text != "", "text", map[string]string{"text": r.Text})
	add(isObject(r.RichText), "post", r.RichText)
	add(r.ImageKey != "", "image", map[string]string{"image_key": r.ImageKey})
	add(r.FileKey != "", "file", map[string]string{"file_key": r.FileKey})
	add(isObject(r.Card), "interactive", r.Card)
	if n != 1 {
		return "", "", invalid("body", "Give exactly one of text, rich_text, image_key, file_key and card; rich_text and card are objects.")
	}
	return kind, body, err
}

// placeholderText follows an id that was copied from an example.
const placeholderText = " is a placeholder: put the id of a real one in its place. GET /api/v1/chats lists the chats that the bot is in."

func isObject(raw json.RawMessage) bool {
	return strings.HasPrefix(strings.TrimSpace(string(raw)), "{")
}

// targets checks that each target is valid and listed once.
func (r PostRequest) targets() error {
	if n := len(r.Chats) + len(r.Users); n == 0 || n > bot.MaxTargets {
		return invalid("body", fmt.Sprintf("Name 1 to %d chats and users together.", bot.MaxTargets))
	}
	if err := checkIDs("body.chats", "oc_", r.Chats); err != nil {
		return err
	}
	return checkIDs("body.users", "ou_", r.Users)
}

func checkIDs[T interface {
	~string
	Valid() bool
}](location, prefix string, ids []T) error {
	for i, id := range ids {
		switch place := fmt.Sprintf("%s[%d]", location, i); {
		case !id.Valid():
			return invalid(place, "This id must begin with "+prefix+".")
		case bot.IsPlaceholder(string(id)):
			return invalid(place, string(id)+placeholderText)
		case slices.Contains(ids[:i], id):
			return invalid(place, "It is listed twice.")
		}
	}
	return nil
}

// lifetime parses a duration, or a number of seconds.
func lifetime(text string) (time.Duration, error) {
	const maxLifetime = 365 * 24 * time.Hour
	if text == "" {
		return 0, nil
	}
	d, err := command.ParseDuration(text)
	if seconds, numberErr := strconv.Atoi(text); numberErr == nil {
		d, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || d < time.Second || d > maxLifetime {
		return 0, invalid("body.expire_in", "expire_in must be a duration from 1s to 365d, such as 24h or 3d, or a number of seconds.")
	}
	return d, nil
}
