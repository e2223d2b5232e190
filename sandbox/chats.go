package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// ChatSpec describes a new chat.
type ChatSpec struct {
	Name        string
	Mode        Mode     // default Group
	Owner       string   // open_id or, for a bot owner, app id; the person of a P2P chat
	Managers    []string // open_ids; they are members too
	BotManagers []string // app ids; they are in the chat too
	Members     []string // open_ids and app ids
	CreatorApp  string   // app id of the bot that made the group
	External    bool
	WithoutBot  bool // without our bot
}

// AddChat creates a chat, with our bot unless the spec excludes it, and returns its id. Our bot gets no event.
func (f *Feishu) AddChat(spec ChatSpec) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := slices.Concat([]string{spec.Owner}, spec.Managers, spec.BotManagers, spec.Members)
	for _, id := range all {
		if !f.world.known(id) {
			return "", fmt.Errorf("add chat %q: nobody is called %q", spec.Name, id)
		}
	}
	c := &chat{threads: map[string]*Message{}, Chat: Chat{
		ID: "oc_" + f.ids.hex(32), Name: spec.Name, Mode: orElse(spec.Mode, Group), Owner: spec.Owner,
		Creator: spec.CreatorApp, Managers: slices.Clone(spec.Managers), BotManagers: slices.Clone(spec.BotManagers),
		External: spec.External,
	}}
	for _, id := range append(all, spec.CreatorApp) {
		c.join(f.world, id)
	}
	if !spec.WithoutBot {
		c.join(f.world, f.world.app.ID)
	}
	if c.Mode == P2P {
		c.Owner = ""
	}
	f.world.chats[c.ID] = c
	f.world.order = append(f.world.order, c.ID)
	f.notify(c.ID)
	return c.ID, nil
}

func (c *chat) join(w *world, id string) {
	if c.hasMember(id) {
		return
	}
	if _, ok := w.users[id]; ok {
		c.Members = append(c.Members, id)
	}
	if _, ok := w.apps[id]; ok {
		c.Bots = append(c.Bots, id)
	}
}

// inChat changes a chat under the lock and notifies waiters.
func (f *Feishu) inChat(what, id string, change func(c *chat) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.world.chats[id]
	if !ok {
		return fmt.Errorf("%s: no chat %q", what, id)
	}
	if c.Disbanded {
		return refuse(codeDissolved, "")
	}
	if err := change(c); err != nil {
		return err
	}
	f.notify(id)
	return nil
}

// SetOwner makes a person or a bot the owner of a group and a member if needed; im.chat.updated_v1 is sent.
func (f *Feishu) SetOwner(chatID, owner string) error {
	return f.inChat("set owner", chatID, func(c *chat) error {
		if c.Mode == P2P || !f.world.known(owner) {
			return fmt.Errorf("set owner of %s: %q can't own it", chatID, owner)
		}
		before := c.Owner
		c.join(f.world, owner)
		c.Owner = owner
		f.emitOwner(c, before)
		return nil
	})
}

// AddManager makes a person or a bot a manager of a group. As on the platform, there is no event.
func (f *Feishu) AddManager(chatID, id string) error {
	return f.inChat("add manager", chatID, func(c *chat) error {
		if c.Mode == P2P || !f.world.known(id) {
			return fmt.Errorf("add manager to %s: %q can't manage it", chatID, id)
		}
		c.join(f.world, id)
		list := c.managers(id)
		if !slices.Contains(*list, id) {
			*list = append(*list, id)
		}
		return nil
	})
}

// RemoveManager makes a manager a plain member. As on the platform, there is no event.
func (f *Feishu) RemoveManager(chatID, id string) error {
	return f.inChat("remove manager", chatID, func(c *chat) error {
		c.dropManager(id)
		return nil
	})
}

// managers is the list for an id: people or bots.
func (c *chat) managers(id string) *[]string {
	if len(id) > 4 && id[:4] == "cli_" {
		return &c.BotManagers
	}
	return &c.Managers
}

func (c *chat) dropManager(id string) {
	list := c.managers(id)
	*list = slices.DeleteFunc(*list, func(m string) bool { return m == id })
}

// AddMember adds a person to a chat.
func (f *Feishu) AddMember(chatID, user string) error {
	return f.inChat("add member", chatID, func(c *chat) error {
		if _, ok := f.world.users[user]; !ok {
			return fmt.Errorf("add member to %s: nobody is called %q", chatID, user)
		}
		f.addToChat(c, user)
		return nil
	})
}

// RemoveMember removes a person and their role from a chat.
func (f *Feishu) RemoveMember(chatID, user string) error {
	return f.inChat("remove member", chatID, func(c *chat) error {
		if !slices.Contains(c.Members, user) {
			return fmt.Errorf("remove member of %s: %q is not in it", chatID, user)
		}
		f.removeFromChat(c, user)
		return nil
	})
}

// AddBot adds a bot to a chat; it gets an event.
func (f *Feishu) AddBot(chatID, app string) error {
	return f.inChat("add bot", chatID, func(c *chat) error {
		if f.world.apps[app] == nil {
			return fmt.Errorf("add bot to %s: no app %q", chatID, app)
		}
		f.addToChat(c, app)
		return nil
	})
}

// RemoveBot removes a bot and its role from a chat; it gets an event.
func (f *Feishu) RemoveBot(chatID, app string) error {
	return f.inChat("remove bot", chatID, func(c *chat) error {
		if !c.hasBot(app) {
			return fmt.Errorf("remove bot of %s: %q is not in it", chatID, app)
		}
		f.removeFromChat(c, app)
		return nil
	})
}

// addToChat adds a person or a bot to a chat and sends the events.
func (f *Feishu) addToChat(c *chat, id string) {
	if c.hasMember(id) {
		return
	}
	c.join(f.world, id)
	if a := f.world.apps[id]; a != nil {
		f.emitChat("im.chat.member.bot.added_v1", c, a)
		return
	}
	f.emitMember("im.chat.member.user.added_v1", c, id)
}

// removeFromChat removes a person or a bot and their role, and sends the events.
func (f *Feishu) removeFromChat(c *chat, id string) {
	if _, user := f.world.users[id]; user {
		f.emitMember("im.chat.member.user.deleted_v1", c, id)
	}
	c.dropManager(id)
	c.Members = slices.DeleteFunc(c.Members, func(m string) bool { return m == id })
	c.Bots = slices.DeleteFunc(c.Bots, func(b string) bool { return b == id })
	if a := f.world.apps[id]; a != nil {
		f.emitChat("im.chat.member.bot.deleted_v1", c, a)
	}
}

// Disband dissolves a group. With keepHistory people can still read it, and no event is sent.
func (f *Feishu) Disband(chatID string, keepHistory bool) error {
	return f.inChat("disband", chatID, func(c *chat) error {
		c.Disbanded, c.KeptHistory = true, keepHistory
		if !keepHistory {
			for _, id := range c.Bots {
				f.emitChat("im.chat.disbanded_v1", c, f.world.apps[id])
			}
		}
		return nil
	})
}

// p2p finds or creates the chat of a bot or a person with a person. The caller holds mu.
func (f *Feishu) p2p(a actor, user string) *chat {
	for _, id := range f.world.order {
		c := f.world.chats[id]
		if c.Mode == P2P && slices.Contains(c.Members, user) && c.hasMember(a.senderID()) && (a.user == "") == (len(c.Bots) > 0) {
			return c
		}
	}
	c := &chat{threads: map[string]*Message{}, Chat: Chat{ID: "oc_" + f.ids.hex(32), Mode: P2P}}
	c.join(f.world, user)
	c.join(f.world, a.senderID())
	f.world.chats[c.ID] = c
	f.world.order = append(f.world.order, c.ID)
	return c
}

// lastMessageAt is the time of a chat's last message.
func (c *chat) lastMessageAt() time.Time {
	if len(c.messages) == 0 {
		return time.Time{}
	}
	return c.messages[len(c.messages)-1].Created
}
