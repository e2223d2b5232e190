package sandbox

import (
	"fmt"
	"slices"
	"time"
)

const year = 365 * 24 * time.Hour

// RecallAs recalls a message as a person in the client: an own one within the tenant's window, any as the group's
// owner or manager.
func (f *Feishu) RecallAs(user, message string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, ok := f.world.messages[message]
	if !ok {
		return fmt.Errorf("recall as %s: no message %q", user, message)
	}
	c := f.world.chats[m.Chat]
	if !slices.Contains(c.Members, user) {
		return refuse(codeInvisible, "")
	}
	kind, err := f.mayRecall(c, m, user)
	if err != nil {
		return err
	}
	f.markRecalled(m, user, kind)
	return nil
}

// recallBy decides DELETE /im/v1/messages/:message_id after token, scope and limit. With a user token only the role
// in the group counts, not the sender.
func (f *Feishu) recallBy(a actor, id string) error {
	m, c, err := f.findMessage(a, id)
	switch {
	case err != nil:
		return err
	case a.user != "" && !m.Deleted && c.rank(a.user) == "":
		return refuse(codeNoRecallRight, "User is NOT the group owner or group admin.")
	}
	kind, err := f.mayRecall(c, m, a.senderID())
	if err != nil {
		return err
	}
	f.markRecalled(m, a.senderID(), kind)
	return nil
}

// findMessage checks in the platform's order: the id, the bot, the chat, the message's visibility.
func (f *Feishu) findMessage(a actor, id string) (*Message, *chat, error) {
	if len(id) < 4 || id[:3] != "om_" {
		return nil, nil, refuse(codeMessageUnknown, "")
	}
	m, ok := f.world.messages[id]
	if !ok {
		return nil, nil, refuse(codeParam, "invalid message_id")
	}
	c := f.world.chats[m.Chat]
	if err := f.checkMember(a, c); err != nil {
		return nil, nil, err
	}
	if m.Hidden {
		return nil, nil, refuse(codeInvisible, "")
	}
	return m, c, nil
}

// checkMember returns why the caller can't act in a chat.
func (f *Feishu) checkMember(a actor, c *chat) error {
	switch {
	case a.app.disabled:
		return refuse(codeBotDisabled, "")
	case c.Disbanded:
		return refuse(codeDissolved, "")
	case !c.hasMember(a.senderID()):
		return refuse(codeBotOutside, "")
	case a.user == "" && c.Mode == P2P && a.app.unreachable[c.Members[0]]:
		return refuse(codeUnreachable, "")
	case c.External && a.app.noExternal:
		return refuse(codeNoPermission, "external chat without the ability to be shared")
	}
	return nil
}

// mayRecall returns the recall_type for the caller, or the refusal.
func (f *Feishu) mayRecall(c *chat, m *Message, by string) (string, error) {
	switch {
	case m.Deleted:
		return "", refuse(codeDeleted, "")
	case m.Type == "system" || m.Type == "hongbao" || m.Ephemeral != "":
		return "", refuse(codeWrongType, "")
	}
	kind, limit := c.rank(by), year
	if m.Sender == by {
		kind, limit = "message_owner", f.world.recallLimit
	}
	if kind == "" {
		return "", refuse(codeNoRecallRight, "")
	}
	if f.now().Sub(m.Created) > limit || limit == 0 {
		return "", refuse(codeTooOld, "")
	}
	return kind, nil
}

// markRecalled marks a message as recalled and sends the events.
func (f *Feishu) markRecalled(m *Message, by, kind string) {
	m.Deleted, m.RecalledBy, m.RecallType, m.RecalledAt = true, by, kind, f.now()
	m.Pinned = false
	f.emitRecalled(m)
	f.notify(m.Chat)
}
