package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// Read reads a message as a person. The bot of a p2p chat gets im.message.message_read_v1.
func (f *Feishu) Read(user, message string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, ok := f.world.messages[message]
	if !ok || !slices.Contains(f.world.chats[m.Chat].Members, user) {
		return fmt.Errorf("read: %q can't see %q", user, message)
	}
	if user == m.Sender || slices.ContainsFunc(m.Reads, func(r Read) bool { return r.By == user }) {
		return nil
	}
	r := Read{user, f.now()}
	m.Reads = append(m.Reads, r)
	f.emitRead(m, r)
	f.notify(m.Chat)
	return nil
}

type readEvent struct {
	Reader   readerView `json:"reader"`
	Messages []string   `json:"message_id_list"`
}

type readerView struct {
	ReaderID  *userID `json:"reader_id"`
	ReadTime  string  `json:"read_time"`
	TenantKey string  `json:"tenant_key"`
}

func (f *Feishu) emitRead(m *Message, r Read) {
	const kind = "im.message.message_read_v1"
	c := f.world.chats[m.Chat]
	for _, a := range f.receivers(c, kind) {
		if c.Mode == P2P && m.Sender == a.ID && a.has("im:message", "im:message:readonly") {
			f.emit(a, kind, c.ID, readEvent{readerView{f.userOf(a, r.By), millis(r.At), f.world.tenant}, []string{m.ID}})
		}
	}
}

type readView struct {
	UserIDType string `json:"user_id_type"`
	UserID     string `json:"user_id"`
	Timestamp  string `json:"timestamp"`
	TenantKey  string `json:"tenant_key"`
}

// listReaders is GET /im/v1/messages/:message_id/read_users: for an own message of the last seven days in an internal
// chat.
func (f *Feishu) listReaders(c *call) (any, error) {
	if err := c.oneOf("user_id_type", idTypes()...); err != nil {
		return nil, err
	}
	m, ch, err := f.findMessage(c.actor, c.path("message_id"))
	switch {
	case err != nil:
		return nil, err
	case m.Deleted:
		return nil, refuse(codeDeleted, "")
	case m.Sender != c.senderID():
		return nil, refuse(codeNotSender, "")
	case ch.External:
		return nil, refuse(codeNoPermission, "external chats are not supported")
	case f.now().Sub(m.Created) > 7*24*time.Hour:
		return nil, refuse(codeReadTooOld, "")
	}
	var found []readView
	for _, r := range m.Reads {
		found = append(found, readView{
			c.query("user_id_type"), f.idOf(c, "user_id_type", r.By), millis(r.At), f.world.tenant,
		})
	}
	return pageOf(c, found, 20, 100, func(v readView) string { return v.UserID })
}
