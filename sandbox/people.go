package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// DefaultScopes returns what a new sandbox grants to our app: everything a recall bot asks for, the sensitive
// im:message.group_msg included.
func DefaultScopes() []string {
	return []string{
		"im:message", "im:message:readonly", "im:message:send_as_bot", "im:message:recall", "im:message:update",
		"im:message.p2p_msg:readonly", "im:message.group_at_msg:readonly", "im:message.group_msg",
		"im:message.reactions:read", "im:message.reactions:write_only", "im:message.pins:read",
		"im:message.pins:write_only", "im:message:send_multi_users", "im:chat", "im:chat:readonly",
		"im:chat.members:read", "im:chat.members:bot_access", "im:resource", "cardkit:card:write",
		"application:application:self_manage",
	}
}

// AddUser brings a person into the tenant.
func (f *Feishu) AddUser(name string) User {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := User{
		OpenID: "ou_" + f.ids.hex(32), UnionID: "on_" + f.ids.hex(32), UserID: f.ids.hex(8), Name: name,
	}
	u.Email = u.UserID + "@example.com"
	f.world.users[u.OpenID] = u
	f.world.people = append(f.world.people, u.OpenID)
	f.notify()
	return u
}

// Grant gives our app a scope.
func (f *Feishu) Grant(scope string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.scopes[scope] = true
	f.notify()
}

// Revoke takes a scope from our app.
func (f *Feishu) Revoke(scope string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.world.app.scopes, scope)
	f.notify()
}

// Scopes returns our app's scopes, sorted.
func (f *Feishu) Scopes() []string { return f.ScopesOf(f.Bot().ID) }

// Subscribe switches an event type on or off. All are on at the start.
func (f *Feishu) Subscribe(eventType string, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.unsubscribed[eventType] = !on
}

// SetRecallWindow sets the tenant's limit for the recall of one's own messages; 0 forbids it. The recall of
// others' messages by an owner or manager is bound to one year instead.
func (f *Feishu) SetRecallWindow(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.recallLimit = d
}

// SetReachable puts a person into or out of our app's availability range (230013).
func (f *Feishu) SetReachable(user string, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.unreachable[user] = !on
}

// SetEphemeralAvailable says whether a person can be shown a card that only she sees.
func (f *Feishu) SetEphemeralAvailable(user string, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.offline[user] = !on
}

// SetBotAbility switches our app's bot ability (230006).
func (f *Feishu) SetBotAbility(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.disabled = !on
}

// SetExternalSharing says whether our app may work in external groups (230027).
func (f *Feishu) SetExternalSharing(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.noExternal = !on
}

// SetVisible shows a message to our bot or hides it (230050).
func (f *Feishu) SetVisible(message string, on bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, ok := f.world.messages[message]
	if !ok {
		return fmt.Errorf("set visible %s: no such message", message)
	}
	m.Hidden = !on
	return nil
}

// People are the open_ids of all persons, in the order in which they came.
func (f *Feishu) People() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.world.people)
}

// Groups are the ids of all chats but those of two persons, in the order in which they were made.
func (f *Feishu) Groups() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.world.order), func(id string) bool { return f.world.chats[id].Mode == P2P })
}
