package recalltest

import (
	"context"
	"sync"
	"time"

	"recallbot/bot"
)

// index is an index in memory.
type index struct {
	mu       sync.Mutex
	Messages map[bot.MessageID]bot.Message
	FindErr  error
	AddErr   error
	// ForgetErr is the result of Forget.
	ForgetErr error
	trip      *time.Duration
}

func (x *index) Find(_ context.Context, id bot.MessageID) (bot.Message, bool, error) {
	x.mu.Lock()
	msg, ok := x.Messages[id]
	x.mu.Unlock()
	<-time.After(*x.trip)
	return msg, ok, x.FindErr
}

func (x *index) Add(_ context.Context, messages ...bot.Message) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.AddErr != nil {
		return x.AddErr
	}
	for _, msg := range messages {
		msg.Gone = x.Messages[msg.ID].Gone
		x.Messages[msg.ID] = msg
	}
	return nil
}

func (x *index) Forget(_ context.Context, id bot.MessageID) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ForgetErr != nil {
		return x.ForgetErr
	}
	msg := x.Messages[id]
	msg.ID, msg.Gone = id, true
	x.Messages[id] = msg
	return nil
}

// cache is a role cache in memory.
type cache struct {
	mu       sync.Mutex
	chats    map[bot.ChatID]bot.Chat
	versions map[bot.ChatID]int64
	TTL      time.Duration
	LoadErr  error
	KeepErr  error
	trip     *time.Duration
}

func (c *cache) Load(_ context.Context, id bot.ChatID) (chat bot.Chat, version int64, ok bool, err error) {
	c.mu.Lock()
	chat, ok = c.chats[id]
	version = c.versions[id]
	c.mu.Unlock()
	<-time.After(*c.trip)
	return chat, version, ok, c.LoadErr
}

func (c *cache) Keep(_ context.Context, chat bot.Chat, version int64, ttl time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.KeepErr == nil && version == c.versions[chat.ID] {
		c.chats[chat.ID], c.TTL = chat, ttl
	}
	return c.KeepErr
}

func (c *cache) Drop(id bot.ChatID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.chats, id)
	c.versions[id]++
}

// settings are the settings of chats in memory, and the changes by their cause.
type settings struct {
	Chats map[bot.ChatID]bot.Settings
	done  map[bot.EventID][2]bot.Settings
	Err   error
	trip  *time.Duration
}

func (s *settings) Settings(_ context.Context, chat bot.ChatID) (bot.Settings, error) {
	<-time.After(*s.trip)
	return s.Chats[chat], s.Err
}

func (s *settings) Change(
	_ context.Context, work bot.EventID, chat bot.ChatID, change func(bot.Settings) (bot.Settings, error),
) (before, after bot.Settings, err error) {
	if s.Err != nil {
		return before, after, s.Err
	}
	if done, again := s.done[work]; again {
		return done[0], done[1], nil
	}
	before = s.Chats[chat]
	if after, err = change(before); err != nil {
		return before, after, err
	}
	s.Chats[chat], s.done[work] = after, [2]bot.Settings{before, after}
	return before, after, nil
}

// marks are the keys of First.
type marks map[string]bool

func (m marks) First(_ context.Context, key string, _ time.Duration) (bool, error) {
	first := !m[key]
	m[key] = true
	return first, nil
}

// owners are grants of owners, each in one chat. With a grant the platform recalls every message.
type owners struct {
	platform *platform
	Granted  map[bot.UserID]bot.ChatID
	// Err is the result of RecallAs; Asked are the people of the calls of HasGrant.
	Err   error
	Asked []bot.UserID
	Acted []bot.MessageID
}

func (o *owners) HasGrant(_ context.Context, who bot.UserID, chat bot.ChatID) (bool, error) {
	o.Asked = append(o.Asked, who)
	return o.Granted[who] == chat && chat != "", nil
}

func (o *owners) RecallAs(_ context.Context, _ bot.UserID, _ bot.ChatID, id bot.MessageID) error {
	o.Acted = append(o.Acted, id)
	if o.Err == nil {
		msg := o.platform.Messages[id]
		msg.Gone = true
		o.platform.Messages[id] = msg
	}
	return o.Err
}
