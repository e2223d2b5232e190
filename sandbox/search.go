package sandbox

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// searchOrder is the body of a search.
type searchOrder struct {
	Query  string `json:"query"`
	Filter struct {
		From     []string `json:"from_ids"`
		Chats    []string `json:"chat_ids"`
		Types    []string `json:"from_types"` // user, bot
		Without  []string `json:"exclude_from_types"`
		Attached []string `json:"include_attachment_types"`
		At       []string `json:"at_chatter_ids"`
		ChatType string   `json:"chat_type"` // p2p or group
		AtMe     bool     `json:"is_at_me"`
		Time     struct {
			Start string `json:"start_time"`
			End   string `json:"end_time"`
		} `json:"time_range"`
	} `json:"filter"`
}

type foundView struct {
	ID      string    `json:"id"`
	Display string    `json:"display_info"`
	Meta    foundMeta `json:"meta_data"`
}

type foundMeta struct {
	MessageID  string `json:"message_id"`
	Type       string `json:"type"`
	CreateTime string `json:"create_time"` // ISO 8601
	UpdateTime string `json:"update_time"`
	ChatID     string `json:"chat_id"`
	FromID     string `json:"from_id"`
	ThreadID   string `json:"thread_id,omitempty"`
	IsP2P      bool   `json:"is_p2p_chat"`
}

// searchMessages is POST /im/v1/messages/search: over all chats of the caller, the newest first.
func (f *Feishu) searchMessages(c *call) (any, error) {
	var in searchOrder
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(in.Query) > 50 {
		return nil, violation("query", in.Query, "the max len is 50")
	}
	from, err := searchTime(in.Filter.Time.Start, time.Time{}, "start_time")
	if err != nil {
		return nil, err
	}
	to, err := searchTime(in.Filter.Time.End, c.start, "end_time")
	if err != nil {
		return nil, err
	}
	found := f.searchResults(c, in, from, to)
	p, err := pageOf(c, found, 15, 50, func(v foundView) string { return v.ID })
	if err != nil {
		return nil, err
	}
	return struct {
		page[foundView]
		Total int `json:"total"`
	}{p, len(found)}, nil
}

// searchResults are the matching messages of a time range, the newest first.
func (f *Feishu) searchResults(c *call, in searchOrder, from, to time.Time) []foundView {
	var found []foundView
	for _, id := range f.world.order {
		ch := f.world.chats[id]
		if ch.Disbanded || !ch.hasMember(c.senderID()) || !f.matchesChat(in, ch) {
			continue
		}
		for _, m := range ch.messages {
			if m.visible() && !m.Created.Before(from) && !m.Created.After(to) && f.matchesMessage(c, in, m) {
				found = append(found, f.foundView(c, in, ch, m))
			}
		}
	}
	slices.SortStableFunc(found, func(a, b foundView) int {
		return f.world.messages[b.ID].Created.Compare(f.world.messages[a.ID].Created)
	})
	return found
}

func searchTime(text string, fallback time.Time, field string) (time.Time, error) {
	if text == "" {
		return fallback, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, violation("filter.time_range."+field, text, "want ISO 8601")
	}
	return at, nil
}

// visible reports whether all members of the chat see a message.
func (m *Message) visible() bool { return !m.Deleted && !m.Hidden && m.Ephemeral == "" }

func (f *Feishu) matchesChat(in searchOrder, ch *chat) bool {
	kind := "group"
	if ch.Mode == P2P {
		kind = "p2p"
	}
	want := in.Filter
	return (len(want.Chats) == 0 || slices.Contains(want.Chats, ch.ID)) && (want.ChatType == "" || want.ChatType == kind)
}

// matchesMessage reports whether a message matches a search.
func (f *Feishu) matchesMessage(c *call, in searchOrder, m *Message) bool {
	kind, from := "user", f.idOf(c, "user_id_type", m.Sender)
	if f.world.apps[m.Sender] != nil {
		kind, from = "bot", m.Sender
	}
	at := func(id string) bool {
		one, _ := f.resolveOpenID(c.app, id)
		return slices.ContainsFunc(m.Mentions, func(v Mention) bool { return v.ID == one })
	}
	want := in.Filter
	switch {
	case len(want.From) > 0 && !slices.Contains(want.From, from),
		len(want.Types) > 0 && !slices.Contains(want.Types, kind),
		slices.Contains(want.Without, kind),
		len(want.Attached) > 0 && !slices.Contains(want.Attached, m.Type),
		len(want.At) > 0 && !slices.ContainsFunc(want.At, at),
		want.AtMe && !slices.ContainsFunc(m.Mentions, func(v Mention) bool { return v.ID == c.user || v.ID == c.app.OpenID && c.user == "" }):
		return false
	}
	return strings.Contains(strings.ToLower(f.plain(m)), strings.ToLower(in.Query))
}

func (f *Feishu) foundView(c *call, in searchOrder, ch *chat, m *Message) foundView {
	words := f.plain(m)
	if i := strings.Index(strings.ToLower(words), strings.ToLower(in.Query)); in.Query != "" && i >= 0 && i+len(in.Query) <= len(words) {
		words = words[:i] + "<h>" + words[i:i+len(in.Query)] + "</h>" + words[i+len(in.Query):]
	}
	meta := foundMeta{
		MessageID: m.ID, Type: m.Type, CreateTime: m.Created.Format(time.RFC3339), UpdateTime: m.Updated.Format(time.RFC3339),
		ChatID: m.Chat, FromID: f.idOf(c, "user_id_type", m.Sender), ThreadID: m.Thread, IsP2P: ch.Mode == P2P,
	}
	if f.world.apps[m.Sender] != nil {
		meta.FromID = m.Sender
	}
	return foundView{m.ID, words, meta}
}
