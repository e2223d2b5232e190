package sandbox

import "slices"

// State is the state at one moment, for the predicate of Wait.
type State struct{ f *Feishu }

// Message returns the message with the given id.
func (s State) Message(id string) (Message, bool) {
	m, ok := s.f.world.messages[id]
	if !ok {
		return Message{}, false
	}
	return m.snapshot(), true
}

// Recalled reports whether the message exists and is recalled.
func (s State) Recalled(id string) bool {
	m, ok := s.f.world.messages[id]
	return ok && m.Deleted
}

// Chat returns the chat with the given id.
func (s State) Chat(id string) (Chat, bool) {
	c, ok := s.f.world.chats[id]
	if !ok {
		return Chat{}, false
	}
	return c.snapshot(), true
}

// Messages returns a chat's messages in order of creation, the recalled and the ephemeral ones too.
func (s State) Messages(chat string) []Message {
	c, ok := s.f.world.chats[chat]
	if !ok {
		return nil
	}
	out := make([]Message, len(c.messages))
	for i, m := range c.messages {
		out[i] = m.snapshot()
	}
	return out
}

// Calls returns the finished API calls, oldest first. The slice is shared: read only.
func (s State) Calls() []Call { return slices.Clip(s.f.record.calls) }

// CallCount returns how many calls of an API have finished, like "DELETE /open-apis/im/v1/messages/:message_id".
func (s State) CallCount(api string) int { return s.f.record.finished[api] }

// InFlight returns how many calls of an API are in progress.
func (s State) InFlight(api string) int { return s.f.record.inFlight[api] }

// Deliveries returns every attempt to push an event, oldest first. The slice is shared: read only.
func (s State) Deliveries() []Delivery { return slices.Clip(s.f.push.deliveries) }

// Idle reports whether every event had its first attempt.
func (s State) Idle() bool { return s.f.push.waiting == 0 }

// Message returns the message with the given id.
func (f *Feishu) Message(id string) (Message, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return State{f}.Message(id)
}

// Chat returns the chat with the given id.
func (f *Feishu) Chat(id string) (Chat, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return State{f}.Chat(id)
}

// Messages returns a chat's messages in order of creation, the recalled and the ephemeral ones too.
func (f *Feishu) Messages(chat string) []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return State{f}.Messages(chat)
}

// Calls returns the finished API calls, oldest first. The slice is shared: read only.
func (f *Feishu) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return State{f}.Calls()
}

// CallCount returns how many calls of an API have finished, like "DELETE /open-apis/im/v1/messages/:message_id".
func (f *Feishu) CallCount(api string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return State{f}.CallCount(api)
}

// Deliveries returns every attempt to push an event, oldest first. The slice is shared: read only.
func (f *Feishu) Deliveries() []Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return State{f}.Deliveries()
}
