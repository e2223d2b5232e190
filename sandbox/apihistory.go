package sandbox

import (
	"slices"
	"strconv"
)

// listMessages is GET /im/v1/messages: the messages of a topic, or those of a chat with only the first one of each
// topic.
func (f *Feishu) listMessages(c *call) (any, error) {
	if err := c.oneOf("user_id_type", idTypes()...); err != nil {
		return nil, err
	}
	all, err := f.container(c)
	if err != nil {
		return nil, err
	}
	from, to, err := timeRange(c)
	if err != nil {
		return nil, err
	}
	var found []messageView
	for _, m := range all {
		at := m.Created.Unix()
		if m.Ephemeral == "" && !m.Hidden && from <= at && at <= to {
			found = append(found, f.listView(c, m))
		}
	}
	switch c.query("sort_type") {
	case "ByCreateTimeDesc":
		slices.Reverse(found)
	case "", "ByCreateTimeAsc":
	default:
		return nil, refuse(codeParam, "invalid sort_type")
	}
	return pageOf(c, found, 20, 50, func(v messageView) string { return v.MessageID })
}

// listView is a message in a list; a recalled one stays in it.
func (f *Feishu) listView(c *call, m *Message) messageView {
	v := f.contentView(c, m)
	if m.Deleted {
		v.Body, v.Mentions = &bodyView{"This message was recalled"}, nil
	}
	return v
}

// container returns the messages of the requested container.
func (f *Feishu) container(c *call) ([]*Message, error) {
	kind, id := c.query("container_id_type"), c.query("container_id")
	if kind != "chat" && kind != "thread" {
		return nil, refuse(codeParam, "invalid container_id_type")
	}
	ch, thread := f.world.chats[id], ""
	if kind == "thread" {
		ch, thread = f.world.threads[id], id
	}
	if ch == nil {
		return nil, refuse(codeParam, "invalid container_id")
	}
	if err := f.checkMember(c.actor, ch); err != nil {
		return nil, err
	}
	if err := c.mayRead(ch); err != nil {
		return nil, err
	}
	if thread != "" && ch.threads[thread].Hidden {
		return nil, refuse(codeThreadInvisible, "")
	}
	return ch.listMessages(thread), nil
}

// listMessages are a topic's messages or, without a topic, the chat's without replies in topics.
func (c *chat) listMessages(thread string) []*Message {
	var found []*Message
	for _, m := range c.messages {
		root := m.Thread == "" || c.threads[m.Thread] == m
		if (thread == "" && root) || (thread != "" && m.Thread == thread) {
			found = append(found, m)
		}
	}
	return found
}

// timeRange is the requested time range in seconds, both ends included; a topic allows none.
func timeRange(c *call) (from, to int64, err error) {
	const never = 1 << 60
	if c.query("container_id_type") == "thread" {
		return 0, never, nil
	}
	if from, err = seconds(c, "start_time", 0); err != nil {
		return 0, 0, err
	}
	if to, err = seconds(c, "end_time", never); err == nil && to < from {
		err = refuse(codeParam, "The end_time is earlier than the start_time")
	}
	return from, to, err
}

func seconds(c *call, param string, fallback int64) (int64, error) {
	s := c.query(param)
	if s == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, refuse(codeParam, "invalid "+param+": "+s)
	}
	return n, nil
}

// page is one page of a list.
type page[T any] struct {
	HasMore   bool   `json:"has_more"`
	PageToken string `json:"page_token,omitempty"`
	Items     []T    `json:"items"`
}

// pageOf returns the requested page. The token is the last item's key, so that new items do not move pages.
func pageOf[T any](c *call, all []T, defaultSize, maxSize int, key func(T) string) (page[T], error) {
	size := defaultSize
	if s := c.query("page_size"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > maxSize {
			return page[T]{}, violation("page_size", s, "the value must be from 1 to "+strconv.Itoa(maxSize))
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
