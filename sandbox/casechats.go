package sandbox

import "slices"

// chats makes the chats, and then their messages, which may name any chat.
func (l *caseLoader) chats() error {
	for i, one := range l.file.Chats {
		c, err := l.chat(casePlace{}.in("chat", "会话", i, one.Name), one)
		if err != nil {
			return err
		}
		l.world.chats[c.ID] = c
		l.world.order = append(l.world.order, c.ID)
		for j, m := range one.Messages {
			if err := l.add(casePlace{}.in("chat", "会话", i, one.Name).in("message", "消息", j, ""), m.ID, l.f.ids.message(l.f.cfg.IDStyle)); err != nil {
				return err
			}
			l.chatOf[l.ids[m.ID]] = c.ID
		}
	}
	for i, one := range l.file.Chats {
		c := l.world.chats[l.ids[one.ID]]
		for j, m := range one.Messages {
			if err := l.message(casePlace{}.in("chat", "会话", i, one.Name).in("message", "消息", j, ""), c, m); err != nil {
				return err
			}
		}
		slices.SortStableFunc(c.messages, func(a, b *Message) int { return a.Created.Compare(b.Created) })
		l.topics(c)
	}
	return nil
}

func (l *caseLoader) chat(p casePlace, one caseChat) (*chat, error) {
	c := &chat{threads: map[string]*Message{}, Chat: Chat{
		ID: "oc_" + l.f.ids.hex(32), Name: one.Name, Mode: one.Mode,
		External: one.External, Disbanded: one.Disbanded, KeptHistory: one.KeptHistory,
	}}
	if err := l.add(p, one.ID, c.ID); err != nil {
		return nil, err
	}
	if !slices.Contains([]Mode{Group, Topic, P2P}, one.Mode) {
		return nil, p.fault(`"mode" is %q; want group, topic or p2p`, `“mode”是 %q；应为 group、topic 或 p2p`, string(one.Mode))
	}
	if one.Name != "" {
		if err := p.checkName(one.Name); err != nil {
			return nil, err
		}
	}
	if err := l.members(p, c, one); err != nil {
		return nil, err
	}
	if one.Mode == P2P && (len(c.Members) == 0 || len(c.Members)+len(c.Bots) != 2) {
		return nil, p.fault("a chat of two has one person and a bot, or two people", "单聊应为一个人和一个机器人，或者两个人")
	}
	return c, nil
}

// members sets who is in a chat, and as what.
func (l *caseLoader) members(p casePlace, c *chat, one caseChat) (err error) {
	if c.Owner, err = l.who(p, "owner", one.Owner, true); err != nil {
		return err
	}
	if c.Creator, err = l.who(p, "creator", one.Creator, true); err != nil {
		return err
	}
	for _, id := range one.Members {
		member, err := l.who(p, "members", id, false)
		if err != nil {
			return err
		}
		c.join(l.world, member)
	}
	for _, id := range one.Managers {
		manager, err := l.who(p, "managers", id, false)
		if err != nil {
			return err
		}
		list := c.managers(manager)
		*list = append(*list, manager)
	}
	return nil
}
