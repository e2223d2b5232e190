package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SaySpec is a message of a person.
type SaySpec struct {
	Chat, From string // chat id, open_id
	Text       string // plain text; "@Name" of a mention becomes its key, else the mention is put in front
	Type       string // with Content instead of Text: post, image, file …
	Content    string // raw JSON

	ReplyTo string // message id
	Thread  bool   // reply in a topic, created if needed
	Quote   bool   // in a topic, parent_id is the message replied to and not the root
	// Straight posts into the topic of ReplyTo without a reply: the event has a thread_id only.
	Straight bool

	MentionBot bool
	Mentions   []string // open_ids of people, or ids of bots
	ByName     bool     // mention the members with an "@Name" in Text

	At time.Time // default now
}

// PostSpec is a message of a bot.
type PostSpec struct {
	Chat, App     string // chat id; app id, default our app
	Type, Content string // default a text
	Text          string
	ReplyTo       string
	Thread        bool
	At            time.Time // default now
}

// draft is a message before it is inserted.
type draft struct {
	chat, sender, kind, content string
	mentions                    []Mention
	replyTo                     string
	thread, quote               bool
	at                          time.Time
}

// Say sends a message as a person and returns its id. Our bot gets an event if its scopes allow.
func (f *Feishu) Say(s SaySpec) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.world.chats[s.Chat]
	if !ok {
		return "", fmt.Errorf("say: no chat %q", s.Chat)
	}
	if s.Type != "system" && !c.hasMember(s.From) {
		return "", fmt.Errorf("say in %s: %q is not in it", s.Chat, s.From)
	}
	d := draft{
		chat: s.Chat, sender: s.From, kind: orElse(s.Type, "text"), content: s.Content,
		replyTo: s.ReplyTo, thread: s.Thread || s.Straight, quote: s.Quote, at: s.At,
	}
	mentions := s.Mentions
	if s.ByName {
		mentions = append(f.calledByName(c, s.Text), mentions...)
	}
	if s.MentionBot {
		mentions = append([]string{f.world.app.OpenID}, mentions...)
	}
	f.addFiles(s.From, d.kind, d.content)
	text, err := f.mention(&d, s.Text, mentions)
	if err != nil {
		return "", err
	}
	if d.content == "" {
		d.content = textContent(text)
	}
	m, err := f.insertDraft(d)
	if err != nil {
		return "", err
	}
	told := *m
	if s.Straight {
		told.Root, told.Parent = "", ""
	}
	f.emitMessage(&told)
	return m.ID, nil
}

// Post sends a message as a bot without the API and without limits, also as our own app.
func (f *Feishu) Post(p PostSpec) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	app := orElse(p.App, f.world.app.ID)
	c, ok := f.world.chats[p.Chat]
	if !ok {
		return "", fmt.Errorf("post: no chat %q", p.Chat)
	}
	if !c.hasBot(app) {
		return "", fmt.Errorf("post in %s: %q is not in it", p.Chat, app)
	}
	d := draft{
		chat: p.Chat, sender: app, kind: orElse(p.Type, "text"), content: p.Content,
		replyTo: p.ReplyTo, thread: p.Thread, at: p.At,
	}
	text := p.Text
	if tag := "@" + f.world.app.Name; strings.Contains(text, tag) {
		text, _ = f.mention(&d, text, []string{f.world.app.OpenID})
	}
	f.addFiles(app, d.kind, d.content)
	if d.content == "" {
		d.content = textContent(text)
	}
	m, err := f.insertDraft(d)
	if err != nil {
		return "", err
	}
	f.emitMessage(m)
	return m.ID, nil
}

// calledByName finds the members whose "@Name" is in a text, in order of the text. The longest name wins.
func (f *Feishu) calledByName(c *chat, text string) []string {
	var called []string
	for range strings.Count(text, "@") {
		_, text, _ = strings.Cut(text, "@")
		best := ""
		for _, id := range slices.Concat(c.Bots, c.Members) {
			name := f.world.name(id)
			if strings.HasPrefix(text, name) && len(name) > len(f.world.name(best)) {
				best = id
			}
		}
		if best != "" && !slices.Contains(called, best) {
			called = append(called, best)
		}
	}
	return called
}

// mention puts the keys of mentions into the text and the mentions into the draft.
func (f *Feishu) mention(d *draft, text string, ids []string) (string, error) {
	var front strings.Builder
	for i, id := range ids {
		one := Mention{Key: "@_user_" + strconv.Itoa(i+1)}
		if app, ok := f.world.appByOpenID(id); ok {
			one.ID, one.Name, one.Bot = app.OpenID, app.Name, true
		} else if user, ok := f.world.users[id]; ok {
			one.ID, one.Name = user.OpenID, user.Name
		} else {
			return "", fmt.Errorf("mention: nobody is called %q", id)
		}
		d.mentions = append(d.mentions, one)
		if tag := "@" + one.Name; strings.Contains(text, tag) {
			text = strings.Replace(text, tag, one.Key, 1)
			continue
		}
		front.WriteString(one.Key + " ")
	}
	return front.String() + text, nil
}

// insertDraft sets id, root, parent and topic of a draft and inserts it into the chat. The caller holds mu and has
// checked the sender.
func (f *Feishu) insertDraft(d draft) (*Message, error) {
	c, ok := f.world.chats[d.chat]
	if !ok {
		return nil, refuse(codeBadReceiver, "")
	}
	if c.Disbanded {
		return nil, refuse(codeDissolved, "")
	}
	now := d.at
	if now.IsZero() {
		now = f.now()
	}
	m := &Message{
		ID: f.ids.message(f.cfg.IDStyle), Chat: c.ID, Sender: d.sender, Type: d.kind, Content: d.content,
		Mentions: d.mentions, Created: now, Updated: now,
	}
	if d.replyTo != "" {
		target, ok := f.world.messages[d.replyTo]
		if !ok || target.Chat != c.ID {
			return nil, refuse(codeParam, "the message replied to is not in the chat")
		}
		if target.Deleted {
			return nil, refuse(codeTargetGone, "")
		}
		f.setReply(c, m, target, d)
	} else if c.Mode == Topic {
		m.Thread = f.newThread(c, m)
	}
	c.insert(m)
	f.world.messages[m.ID] = m
	f.notify(c.ID)
	return m, nil
}

// insert inserts a message in order of creation time.
func (c *chat) insert(m *Message) {
	i := len(c.messages)
	for i > 0 && c.messages[i-1].Created.After(m.Created) {
		i--
	}
	c.messages = slices.Insert(c.messages, i, m)
}

// Age moves the time of a message back, so that ages and limits can be tried.
func (f *Feishu) Age(message string, by time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, ok := f.world.messages[message]
	switch {
	case !ok:
		return fmt.Errorf("age: no message %q", message)
	case by <= 0 || by > maxAge:
		return errors.New("age: more than nothing and at most 10 years; a message does not get younger")
	}
	c := f.world.chats[m.Chat]
	c.messages = slices.DeleteFunc(c.messages, func(other *Message) bool { return other == m })
	m.Created, m.Updated = m.Created.Add(-by), m.Updated.Add(-by)
	c.insert(m)
	f.notify(c.ID)
	return nil
}

// maxAge is how far back a message can be moved.
const maxAge = 10 * year

// setReply makes m a reply to target. In a topic root and parent are the topic's first message, as documented; with
// Quote the parent is target.
func (f *Feishu) setReply(c *chat, m, target *Message, d draft) {
	if target.Thread == "" && d.thread {
		target.Thread = f.newThread(c, target)
	}
	m.Thread = target.Thread
	if m.Thread == "" {
		m.Root, m.Parent = orElse(target.Root, target.ID), target.ID
		return
	}
	root := c.threads[m.Thread].ID
	m.Root, m.Parent = root, root
	if d.quote {
		m.Parent = target.ID
	}
}

func (f *Feishu) newThread(c *chat, root *Message) string {
	id := "omt_" + f.ids.hex(12)
	c.threads[id], f.world.threads[id] = root, c
	return id
}

func textContent(text string) string {
	b, err := json.Marshal(struct {
		Text string `json:"text"`
	}{text})
	if err != nil {
		return `{"text":""}`
	}
	return string(b)
}
