package sandbox

import (
	"fmt"
	"slices"
	"time"
)

const year = 365 * 24 * time.Hour

// RecallAs lets a person take a message back in the client: her own within the tenant's window, anybody's as
// the group's owner or manager.
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
	f.takeBack(m, user, kind)
	return nil
}

// recallAsBot is the decision of DELETE /im/v1/messages/:message_id after token, scope and limit.
func (f *Feishu) recallAsBot(id string) error {
	m, c, err := f.reach(id)
	if err != nil {
		return err
	}
	kind, err := f.mayRecall(c, m, f.world.app.ID)
	if err != nil {
		return err
	}
	f.takeBack(m, f.world.app.ID, kind)
	return nil
}

// recallAsUser is recallAsBot with a person's token: only the standing in the group counts, whoever wrote the message.
func (f *Feishu) recallAsUser(id, user string) error {
	m, c, err := f.reach(id)
	switch {
	case err != nil:
		return err
	case !slices.Contains(c.Members, user):
		return refuse(codeInvisible, "")
	case !m.Deleted && c.rank(user) == "":
		return refuse(codeNoRecallRight, "User is NOT the group owner or group admin.")
	}
	kind, err := f.mayRecall(c, m, user)
	if err != nil {
		return err
	}
	f.takeBack(m, user, kind)
	return nil
}

// reach finds a message as our bot would: the id, then the bot, then the chat, then the message's visibility.
func (f *Feishu) reach(id string) (*Message, *chat, error) {
	if len(id) < 4 || id[:3] != "om_" {
		return nil, nil, refuse(codeMessageUnknown, "")
	}
	m, ok := f.world.messages[id]
	if !ok {
		return nil, nil, refuse(codeParam, "invalid message_id")
	}
	c := f.world.chats[m.Chat]
	if err := f.botIn(c); err != nil {
		return nil, nil, err
	}
	if m.Hidden {
		return nil, nil, refuse(codeInvisible, "")
	}
	return m, c, nil
}

// botIn says why our bot can't act in a chat.
func (f *Feishu) botIn(c *chat) error {
	switch {
	case f.world.disabled:
		return refuse(codeBotDisabled, "")
	case c.Disbanded:
		return refuse(codeDissolved, "")
	case !c.hasBot(f.world.app.ID):
		return refuse(codeBotOutside, "")
	case c.Mode == P2P && f.world.unreachable[c.Members[0]]:
		return refuse(codeUnreachable, "")
	case c.External && f.world.noExternal:
		return refuse(codeNoPermission, "external chat without the ability to be shared")
	}
	return nil
}

// mayRecall returns the recall_type with which by takes m back, or the refusal.
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
	if time.Since(m.Created) > limit || limit == 0 {
		return "", refuse(codeTooOld, "")
	}
	return kind, nil
}

// takeBack marks a message as recalled and tells our bot.
func (f *Feishu) takeBack(m *Message, by, kind string) {
	m.Deleted, m.RecalledBy, m.RecallType, m.RecalledAt = true, by, kind, time.Now()
	m.Pinned = false
	if by != f.world.app.ID || !f.cfg.MuteOwnRecall {
		f.emitRecalled(m)
	}
	f.touch(m.Chat)
}
