package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
)

// messagesView are messages of a chat for one person, the oldest first.
type messagesView struct {
	Items []messageItem `json:"items"`
	// Quoted are messages that items reply to and that are not among them.
	Quoted []messageItem `json:"quoted"`
	// More says that there are older messages.
	More bool `json:"more"`
}

// aroundThrough is how many messages before the one that through names are shown too.
const aroundThrough = 50

// controlMessages lists a chat as a person sees it: all, or with ?last= only the newest, but back to ?through= at
// least. The roots of their topics come first.
func (f *Feishu) controlMessages(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	last := 0
	if q.Get("last") != "" {
		n, err := strconv.Atoi(q.Get("last"))
		if err != nil || n < 1 {
			problem(w, http.StatusBadRequest, errors.New("last: want a number of messages from 1"))
			return
		}
		last = n
	}
	f.mu.Lock()
	c, ok := f.world.chats[r.PathValue("chat")]
	var out messagesView
	if ok {
		out = f.messagesFor(c, q.Get("as"), last, q.Get("through"))
	}
	f.mu.Unlock()
	if !ok {
		problem(w, http.StatusBadRequest, errors.New("no such chat"))
		return
	}
	writeJSON(w, http.StatusOK, out)
}

func (f *Feishu) messagesFor(c *chat, as string, last int, through string) messagesView {
	sees := func(m *Message) bool { return m.Ephemeral == "" || m.Ephemeral == as && !m.Deleted }
	all := make([]*Message, 0, len(c.messages))
	for _, m := range c.messages {
		if sees(m) {
			all = append(all, m)
		}
	}
	from := 0
	if last > 0 {
		from = max(len(all)-last, 0)
	}
	if i := slices.IndexFunc(all, func(m *Message) bool { return m.ID == through }); i >= 0 {
		from = min(from, max(i-aroundThrough, 0))
	}
	shown := f.withRoots(all[:from], all[from:])
	out := messagesView{Items: []messageItem{}, Quoted: []messageItem{}, More: from > 0}
	there := map[string]bool{}
	for _, m := range shown {
		there[m.ID] = true
		out.Items = append(out.Items, f.item(m, as))
	}
	for _, m := range shown {
		if parent := f.world.messages[m.Parent]; parent != nil && !there[parent.ID] && sees(parent) {
			there[parent.ID] = true
			out.Quoted = append(out.Quoted, f.item(parent, as))
		}
	}
	return out
}

// withRoots puts those older messages in front that are the roots of topics in newer ones.
func (f *Feishu) withRoots(older, newer []*Message) []*Message {
	roots := map[string]bool{}
	for _, m := range newer {
		if m.Thread != "" {
			roots[m.Root] = true
		}
	}
	var out []*Message
	for _, m := range older {
		if roots[m.ID] {
			out = append(out, m)
		}
	}
	return append(out, newer...)
}
