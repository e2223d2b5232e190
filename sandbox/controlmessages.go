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
	// Oldest is the message with which they begin, apart from the roots of topics. More says that there are older ones.
	Oldest string `json:"oldest"`
	More   bool   `json:"more"`
}

// span selects messages: the newest ones, but at least back to one of them and some before it.
type span struct {
	last, older int
	through     string
}

// controlMessages lists a chat as a person sees it: all, or with ?last= only the newest, but at least back to
// ?through= and ?older= messages before that. The roots of their topics come first.
func (f *Feishu) controlMessages(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	want := span{through: q.Get("through")}
	for name, field := range map[string]*int{"last": &want.last, "older": &want.older} {
		n, err := strconv.Atoi(orElse(q.Get(name), "0"))
		if err != nil || n < 0 {
			problem(w, http.StatusBadRequest, errors.New(name+": want a number of messages"))
			return
		}
		*field = n
	}
	f.mu.Lock()
	c, ok := f.world.chats[r.PathValue("chat")]
	var out messagesView
	if ok {
		out = f.messagesFor(c, q.Get("as"), want)
	}
	f.mu.Unlock()
	if !ok {
		problem(w, http.StatusBadRequest, errors.New("no such chat"))
		return
	}
	writeJSON(w, http.StatusOK, out)
}

// start is the index of the oldest selected message.
func (s span) start(all []*Message) int {
	from := 0
	if s.last > 0 {
		from = max(len(all)-s.last, 0)
	}
	if i := slices.IndexFunc(all, func(m *Message) bool { return m.ID == s.through }); i >= 0 {
		from = min(from, max(i-s.older, 0))
	}
	return from
}

func (f *Feishu) messagesFor(c *chat, as string, want span) messagesView {
	sees := func(m *Message) bool { return m.Ephemeral == "" || m.Ephemeral == as && !m.Deleted }
	all := make([]*Message, 0, len(c.messages))
	for _, m := range c.messages {
		if sees(m) {
			all = append(all, m)
		}
	}
	from := want.start(all)
	shown := f.withRoots(all[:from], all[from:])
	out := messagesView{Items: []messageItem{}, Quoted: []messageItem{}, More: from > 0}
	if from < len(all) {
		out.Oldest = all[from].ID
	}
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
