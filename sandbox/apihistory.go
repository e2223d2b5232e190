package sandbox

import (
	"slices"
	"strconv"
	"time"
)

// listMessages is GET /im/v1/messages: a chat's messages, of each topic the first only, or one topic's.
func (f *Feishu) listMessages(c *call) (any, error) {
	all, err := f.container(c)
	if err != nil {
		return nil, err
	}
	from, to, err := span(c)
	if err != nil {
		return nil, err
	}
	var found []messageView
	for _, m := range all {
		at := m.Created.Unix()
		if m.Ephemeral == "" && !m.Hidden && from <= at && at <= to {
			found = append(found, f.historic(c, m))
		}
	}
	switch c.query("sort_type") {
	case "ByCreateTimeDesc":
		slices.Reverse(found)
	case "", "ByCreateTimeAsc":
	default:
		return nil, refuse(codeParam, "sort_type")
	}
	return pageOf(c, found, 20, 50, func(v messageView) string { return v.MessageID })
}

// historic is a message in a list, where a recalled one keeps its place.
func (f *Feishu) historic(c *call, m *Message) messageView {
	v := f.read(c, m)
	if m.Deleted {
		v.Body, v.Mentions = &bodyView{"This message was recalled"}, nil
	}
	return v
}

// container is the messages that a list looks through.
func (f *Feishu) container(c *call) ([]*Message, error) {
	kind, id := c.query("container_id_type"), c.query("container_id")
	ch, thread := f.world.chats[id], ""
	if kind == "thread" {
		ch, thread = f.world.threads[id], id
	}
	if ch == nil || (kind != "chat" && kind != "thread") {
		return nil, refuse(codeParam, "invalid container_id")
	}
	if err := f.botIn(ch); err != nil {
		return nil, err
	}
	if ch.Mode != P2P && !f.readsGroups() {
		return nil, refuse(codeNoPermission, "need scope: im:message.group_msg")
	}
	if thread != "" && ch.threads[thread].Hidden {
		return nil, refuse(codeThreadInvisible, "")
	}
	return ch.listed(thread), nil
}

// listed is a topic's messages or, with no topic named, the chat's without the replies in topics.
func (c *chat) listed(thread string) []*Message {
	var found []*Message
	for _, m := range c.messages {
		root := m.Thread == "" || c.threads[m.Thread] == m
		if (thread == "" && root) || (thread != "" && m.Thread == thread) {
			found = append(found, m)
		}
	}
	return found
}

// span is the time asked for, in seconds and both ends included; a topic takes none.
func span(c *call) (from, to int64, err error) {
	const never = 1 << 60
	if c.query("container_id_type") == "thread" {
		return 0, never, nil
	}
	if from, err = seconds(c.query("start_time"), 0); err != nil {
		return 0, 0, err
	}
	to, err = seconds(c.query("end_time"), never)
	return from, to, err
}

func seconds(s string, fallback int64) (int64, error) {
	if s == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, refuse(codeParam, "time is not in seconds")
	}
	return n, nil
}

// page is one page of a list.
type page[T any] struct {
	HasMore   bool   `json:"has_more"`
	PageToken string `json:"page_token,omitempty"`
	Items     []T    `json:"items"`
}

// pageOf cuts the page that the query asks for. The token names the last item seen, so that what is added
// meanwhile moves nothing.
func pageOf[T any](c *call, all []T, usual, most int, key func(T) string) (page[T], error) {
	size := usual
	if s := c.query("page_size"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > most {
			return page[T]{}, &Error{Status: 400, Code: codeField, Msg: codeText(codeField), Fields: []FieldViolation{
				{Field: "page_size", Value: s, Description: "page_size is out of range"},
			}}
		}
		size = n
	}
	start := 0
	if tok := c.query("page_token"); tok != "" {
		i := slices.IndexFunc(all, func(v T) bool { return "after-"+key(v) == tok })
		if i < 0 {
			return page[T]{}, refuse(codeParam, "invalid page_token")
		}
		start = i + 1
	}
	end := min(start+size, len(all))
	out := page[T]{Items: append([]T{}, all[start:end]...), HasMore: end < len(all)}
	if out.HasMore {
		out.PageToken = "after-" + key(all[end-1])
	}
	return out, nil
}

type reactionView struct {
	ReactionID   string       `json:"reaction_id"`
	Operator     operatorView `json:"operator"`
	ActionTime   string       `json:"action_time"`
	ReactionType emojiType    `json:"reaction_type"`
}

type operatorView struct {
	OperatorID   string `json:"operator_id"`
	OperatorType string `json:"operator_type"` // user or app
}

func (f *Feishu) reactionOf(r Reaction) reactionView {
	op := operatorView{r.By, "user"}
	if _, app := f.world.apps[r.By]; app {
		op.OperatorType = "app"
	}
	return reactionView{r.ID, op, millis(r.At), emojiType{r.Emoji}}
}

// createReaction is POST /im/v1/messages/:message_id/reactions.
func (f *Feishu) createReaction(c *call) (any, error) {
	var in struct {
		ReactionType emojiType `json:"reaction_type"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, _, err := f.reach(c.path("message_id"))
	if err != nil {
		return nil, err
	}
	r, err := f.addReaction(m, f.world.app.ID, in.ReactionType.EmojiType)
	if err != nil {
		return nil, err
	}
	return f.reactionOf(r), nil
}

// deleteReaction is DELETE /im/v1/messages/:message_id/reactions/:reaction_id, for own reactions only.
func (f *Feishu) deleteReaction(c *call) (any, error) {
	m, _, err := f.reach(c.path("message_id"))
	if err != nil {
		return nil, err
	}
	if m.Deleted {
		return nil, refuse(codeDeleted, "")
	}
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.ID == c.path("reaction_id") })
	if i < 0 {
		return nil, refuse(codeReactMissing, "")
	}
	r := m.Reactions[i]
	if r.By != f.world.app.ID {
		return nil, refuse(codeReactNotMine, "")
	}
	f.dropReaction(m, i)
	r.At = time.Now()
	return f.reactionOf(r), nil
}

// listReactions is GET /im/v1/messages/:message_id/reactions.
func (f *Feishu) listReactions(c *call) (any, error) {
	m, _, err := f.reach(c.path("message_id"))
	if err != nil {
		return nil, err
	}
	if m.Deleted {
		return nil, refuse(codeReactGone, "")
	}
	var found []reactionView
	for _, r := range m.Reactions {
		if want := c.query("reaction_type"); want == "" || want == r.Emoji {
			found = append(found, f.reactionOf(r))
		}
	}
	return pageOf(c, found, 20, 50, func(v reactionView) string { return v.ReactionID })
}
