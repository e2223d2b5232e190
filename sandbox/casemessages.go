package sandbox

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
)

// idInText finds the ids in the content of a message.
var idInText = regexp.MustCompile(`(?:ou|oc|om|omt|cli)_[0-9A-Za-z_-]+`)

// message adds a message to a chat.
func (l *caseLoader) message(p casePlace, c *chat, one caseMessage) error {
	age, err := p.length("ago", one.Ago)
	if err != nil {
		return err
	}
	m := &Message{
		ID: l.ids[one.ID], Chat: c.ID, Type: one.Type, Created: l.now.Add(-age), Updated: l.now.Add(-age),
		Edits: one.Edits, Hidden: one.Hidden,
	}
	if m.Sender, err = l.who(p, "from", one.From, one.Type == "system"); err != nil {
		return err
	}
	if m.Type == "" {
		return p.fault(`"type" is missing`, "缺少 “type”")
	}
	for _, step := range []func(casePlace, *Message, caseMessage) error{l.place, l.content, l.mentions, l.marks, l.recalled} {
		if err := step(p, m, one); err != nil {
			return err
		}
	}
	c.messages = append(c.messages, m)
	l.world.messages[m.ID] = m
	return nil
}

// place sets what a message replies to, and its topic.
func (l *caseLoader) place(p casePlace, m *Message, one caseMessage) error {
	for _, to := range []struct {
		field, id string
		set       *string
	}{{"root", one.Root, &m.Root}, {"parent", one.Parent, &m.Parent}} {
		if to.id == "" {
			continue
		}
		if *to.set = l.ids[to.id]; l.chatOf[*to.set] != m.Chat {
			return p.fault(`"%s" names %q, which is no message of this chat`, `“%s”里的 %q 不是这个会话的消息`, to.field, to.id)
		}
	}
	if one.Topic != "" {
		if l.ids[one.Topic] == "" {
			l.ids[one.Topic] = "omt_" + l.f.ids.hex(12)
		}
		m.Thread = l.ids[one.Topic]
	}
	return nil
}

// content sets the content, in which known ids become the new ones.
func (l *caseLoader) content(p casePlace, m *Message, one caseMessage) error {
	if one.Recalled != nil {
		m.Content = textContent("")
		return nil
	}
	var text string
	var flat bytes.Buffer
	switch {
	case len(one.Content) > maxContent:
		return p.fault("the content is longer than %d KB", "内容超过 %d KB", maxContent>>10)
	case isObject(one.Content) && json.Compact(&flat, one.Content) == nil:
		text = flat.String()
	case json.Unmarshal(one.Content, &text) != nil || text == "":
		return p.fault(`"content" must be an object, such as {"text": "hello"}`, `“content”应为对象，例如 {"text": "你好"}`)
	}
	m.Content = idInText.ReplaceAllStringFunc(text, func(id string) string { return orElse(l.ids[id], id) })
	return nil
}

func (l *caseLoader) mentions(p casePlace, m *Message, one caseMessage) error {
	for _, said := range one.Mentions {
		who, err := l.who(p, "mentions", said.ID, false)
		if err != nil {
			return err
		}
		to := Mention{Key: said.Key, ID: who, Name: l.world.name(who)}
		if a := l.world.apps[who]; a != nil {
			to.ID, to.Bot = a.OpenID, true
		}
		m.Mentions = append(m.Mentions, to)
	}
	return nil
}

// marks sets reactions, readers, the pin and the only person who sees the message.
func (l *caseLoader) marks(p casePlace, m *Message, one caseMessage) (err error) {
	for _, r := range one.Reactions {
		by, err := l.who(p, "reactions", r.By, false)
		if err != nil {
			return err
		}
		if !isEmoji(r.Emoji) {
			return p.fault("there is no emoji %q", "没有表情 %q", r.Emoji)
		}
		m.Reactions = append(m.Reactions, Reaction{ID: "ZCaCIjUBVVWSrm5L-" + l.f.ids.hex(12), Emoji: r.Emoji, By: by, At: m.Created})
	}
	for _, id := range one.ReadBy {
		by, err := l.who(p, "read_by", id, false)
		if err != nil {
			return err
		}
		m.Reads = append(m.Reads, Read{By: by, At: m.Created})
	}
	if m.PinnedBy, err = l.who(p, "pinned_by", one.PinnedBy, true); err != nil {
		return err
	}
	m.Pinned, m.PinnedAt = m.PinnedBy != "", m.Created
	m.Ephemeral, err = l.who(p, "only", one.Only, true)
	return err
}

func (l *caseLoader) recalled(p casePlace, m *Message, one caseMessage) (err error) {
	if one.Recalled == nil {
		return nil
	}
	if !slices.Contains([]string{"", "message_owner", "group_owner", "group_manager"}, one.Recalled.As) {
		return p.fault(`"as" is %q; want message_owner, group_owner or group_manager`, `“as”是 %q；应为 message_owner、group_owner 或 group_manager`, one.Recalled.As)
	}
	age, err := p.length("ago", one.Recalled.Ago)
	if err != nil {
		return err
	}
	m.Deleted, m.RecalledAt, m.RecallType = true, l.now.Add(-age), one.Recalled.As
	m.RecalledBy, err = l.who(p, "by", one.Recalled.By, false)
	return err
}

// topics finds the first message of each topic: the one that others name as their root, else the oldest.
func (l *caseLoader) topics(c *chat) {
	for _, m := range c.messages {
		if m.Thread == "" {
			continue
		}
		l.world.threads[m.Thread] = c
		root := l.world.messages[m.Root]
		switch {
		case root != nil && root.Thread == m.Thread:
			c.threads[m.Thread] = root
		case c.threads[m.Thread] == nil:
			c.threads[m.Thread] = m
		}
	}
}
