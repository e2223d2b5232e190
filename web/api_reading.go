package web

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall/policy"
)

// Index is the index of messages.
type Index interface {
	// Walk iterates over a chat's messages, the newest first, from before back to since, both inclusive.
	Walk(ctx context.Context, chat bot.ChatID, since, before time.Time) iter.Seq2[bot.Message, error]
	Known(ctx context.Context, ids []bot.MessageID) ([]bot.Message, error)
}

// maxScanned limits the entries that are scanned for one page, since a caller may see few of them.
const maxScanned = 2000

type auditInput struct {
	Paged

	Chat bot.ChatID `query:"chat" maxLength:"128"`
}

type auditPage struct {
	Body struct {
		Items []audit.Entry `json:"items"`
		Next  string        `json:"next_cursor,omitempty" doc:"There may be more, even after an empty page"`
	}
}

// readAudit is GET /audit.
func (a *api) readAudit(ctx context.Context, in *auditInput) (*auditPage, error) {
	by, answer := principalOf(ctx), &auditPage{}
	answer.Body.Items = []audit.Entry{}
	if in.Chat != "" && !policy.Reaches(by, in.Chat) {
		return nil, notFound("chat")
	}
	before, err := decodeCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	for scanned := 0; scanned < maxScanned; {
		page, err := a.Recent(ctx, in.Chat, in.Limit, before)
		if err != nil {
			return nil, a.fail(ctx, "read the audit", err)
		}
		if len(page) == 0 {
			return answer, nil
		}
		scanned += len(page)
		for _, entry := range page {
			before = entry.ID
			visible, err := a.seesEntry(ctx, by, entry)
			if err != nil {
				return nil, a.fail(ctx, "read the audit", err)
			}
			if !visible {
				continue
			}
			if answer.Body.Items = append(answer.Body.Items, entry); len(answer.Body.Items) == in.Limit {
				answer.Body.Next = encodeCursor(before)
				return answer, nil
			}
		}
	}
	answer.Body.Next = encodeCursor(before)
	return answer, nil
}

// seesEntry reports whether the caller may see an entry: a team sees what it requested and what was done with its
// posts.
func (a *api) seesEntry(ctx context.Context, by *bot.Principal, e audit.Entry) (bool, error) {
	switch {
	case !policy.Reaches(by, e.Chat):
		return false, nil
	case by.Team == "" || e.Team == by.Team:
		return true, nil
	case e.Team != "" || e.Message == "":
		return false, nil
	}
	p, err := a.Book.Of(ctx, e.Message)
	return p != nil && p.Team == by.Team, err
}

// Chat is a chat that the bot is in.
type Chat struct {
	ID   bot.ChatID `json:"chat_id"`
	Name string     `json:"name,omitempty"`
}

type chatsPage struct {
	Body struct {
		Items []Chat `json:"items"`
		Next  string `json:"next_cursor,omitempty" doc:"There may be more, even after an empty page"`
	}
}

// listChats is GET /chats.
func (a *api) listChats(ctx context.Context, in *Paged) (*chatsPage, error) {
	place, err := decodeCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	page, next, err := a.Chats(ctx, min(in.Limit, 100), place)
	if err != nil {
		return nil, a.fail(ctx, "list chats", platformError(err))
	}
	answer := &chatsPage{}
	answer.Body.Items = []Chat{}
	if next != "" {
		answer.Body.Next = encodeCursor(next)
	}
	for _, chat := range page {
		if policy.Reaches(principalOf(ctx), chat.ID) {
			answer.Body.Items = append(answer.Body.Items, Chat{chat.ID, chat.Name})
		}
	}
	return answer, nil
}

// Message is a message as the index knows it.
type Message struct {
	ID   bot.MessageID `json:"message_id"`
	At   time.Time     `json:"at"`
	Kind string        `json:"kind" doc:"own, bot, person, unknown"`
	Gone bool          `json:"gone" doc:"It is recalled"`
	Mine bool          `json:"mine" doc:"The team of the token had it posted"`
}

type messagesInput struct {
	Paged

	ID bot.ChatID `path:"id" maxLength:"128"`
}

type messagesPage struct {
	Body struct {
		Items []Message `json:"items"`
		Next  string    `json:"next_cursor,omitempty"`
	}
}

// listMessages is GET /chats/{id}/messages.
func (a *api) listMessages(ctx context.Context, in *messagesInput) (*messagesPage, error) {
	by, answer := principalOf(ctx), &messagesPage{}
	answer.Body.Items = []Message{}
	if !policy.Reaches(by, in.ID) {
		return nil, notFound("chat")
	}
	at, err := positionOf(in.Cursor)
	if err != nil {
		return nil, err
	}
	skip, scanned := at.n, 0
	for m, err := range a.Index.Walk(ctx, in.ID, time.Time{}, at.time) {
		if err != nil {
			return nil, a.fail(ctx, "list messages", err)
		}
		if skip > 0 && m.At.Equal(at.time) {
			skip--
			continue
		}
		if len(answer.Body.Items) == in.Limit || scanned == maxScanned {
			answer.Body.Next = at.cursor()
			return answer, nil
		}
		scanned++
		at.advance(m.At)
		if m.Answer {
			continue
		}
		if answer.Body.Items, err = a.appendVisible(ctx, answer.Body.Items, by, m); err != nil {
			return nil, a.fail(ctx, "list messages", err)
		}
	}
	return answer, nil
}

// appendVisible appends m if the token may see it.
func (a *api) appendVisible(ctx context.Context, items []Message, by *bot.Principal, m bot.Message) ([]Message, error) {
	p, err := a.Book.Of(ctx, m.ID)
	if err != nil || !policy.Sees(by, p) {
		return items, err
	}
	return append(items, Message{m.ID, m.At, m.Kind.String(), m.Gone, p != nil && p.Team == by.Team}), nil
}

// position is the end of a page of messages: after n messages of that time.
type position struct {
	time time.Time
	n    int
}

func (s *position) advance(at time.Time) {
	if !at.Equal(s.time) {
		*s = position{time: at}
	}
	s.n++
}

func (s *position) cursor() string {
	return encodeCursor(fmt.Sprintf("%d.%d", s.time.UnixMilli(), s.n))
}

func positionOf(cursor string) (position, error) {
	place, err := decodeCursor(cursor)
	if err != nil || place == "" {
		return position{}, err
	}
	ms, n, ok := strings.Cut(place, ".")
	at, errAt := strconv.ParseInt(ms, 10, 64)
	count, errCount := strconv.Atoi(n)
	if !ok || errAt != nil || errCount != nil || count < 0 {
		return position{}, invalid("query.cursor", wrongCursor)
	}
	return position{time.UnixMilli(at), count}, nil
}
