package sandbox

import (
	"fmt"
	"slices"
)

// Pin pins a message as a person.
func (f *Feishu) Pin(user, message string) error { return f.pinAs(user, message, true) }

// Unpin unpins a message as a person.
func (f *Feishu) Unpin(user, message string) error { return f.pinAs(user, message, false) }

func (f *Feishu) pinAs(user, message string, on bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, ok := f.world.messages[message]
	if !ok || !f.world.chats[m.Chat].hasMember(user) {
		return fmt.Errorf("pin: %q can't see %q", user, message)
	}
	return f.setPinned(m, user, on)
}

func (f *Feishu) setPinned(m *Message, by string, on bool) error {
	if m.Deleted {
		return refuse(codeDeleted, "")
	}
	if on && !m.Pinned {
		m.PinnedBy, m.PinnedAt = by, f.now()
	}
	m.Pinned = on
	f.notify(m.Chat)
	return nil
}

// pinView is a pin as the API returns it.
type pinView struct {
	MessageID      string `json:"message_id"`
	ChatID         string `json:"chat_id"`
	OperatorID     string `json:"operator_id"`
	OperatorIDType string `json:"operator_id_type"`
	CreateTime     string `json:"create_time"`
}

func (f *Feishu) pinOf(c *call, m *Message) pinView {
	id, kind := f.openIDFor(c.app, m.PinnedBy), "open_id"
	if f.world.apps[m.PinnedBy] != nil {
		id, kind = m.PinnedBy, "app_id"
	}
	return pinView{m.ID, m.Chat, id, kind, millis(m.PinnedAt)}
}

// createPin is POST /im/v1/pins.
func (f *Feishu) createPin(c *call) (any, error) {
	var in struct {
		MessageID string `json:"message_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, _, err := f.findMessage(c.actor, in.MessageID)
	if err != nil {
		return nil, err
	}
	if err := f.setPinned(m, c.senderID(), true); err != nil {
		return nil, err
	}
	return map[string]any{"pin": f.pinOf(c, m)}, nil
}

// deletePin is DELETE /im/v1/pins/:message_id.
func (f *Feishu) deletePin(c *call) (any, error) {
	m, _, err := f.findMessage(c.actor, c.path("message_id"))
	if err != nil {
		return nil, err
	}
	return nil, f.setPinned(m, "", false)
}

// listPins is GET /im/v1/pins, newest message first.
func (f *Feishu) listPins(c *call) (any, error) {
	ch, ok := f.world.chats[c.query("chat_id")]
	if !ok {
		return nil, refuse(codeParam, "invalid chat_id")
	}
	if err := f.checkMember(c.actor, ch); err != nil {
		return nil, err
	}
	var pins []pinView
	for _, m := range slices.Backward(ch.messages) {
		if m.Pinned {
			pins = append(pins, f.pinOf(c, m))
		}
	}
	return pageOf(c, pins, 20, 50, func(p pinView) string { return p.MessageID })
}
