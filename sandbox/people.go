package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// DefaultScopes returns the default scopes of our app: everything that a recall bot needs, including the sensitive
// im:message.group_msg.
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

// AddUser adds a person to the tenant.
func (f *Feishu) AddUser(name string) User {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.newUser(name)
	f.world.users[u.OpenID] = u
	f.world.people = append(f.world.people, u.OpenID)
	f.notify()
	return u
}

func (f *Feishu) newUser(name string) User {
	u := User{
		OpenID: "ou_" + f.ids.hex(32), UnionID: "on_" + f.ids.hex(32), UserID: f.ids.hex(8), Name: name,
	}
	u.Email = u.UserID + "@example.com"
	return u
}

// Grant grants a scope to our app.
func (f *Feishu) Grant(scope string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.scopes[scope] = true
	f.notify()
}

// Revoke revokes a scope of our app.
func (f *Feishu) Revoke(scope string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.world.app.scopes, scope)
	f.notify()
}

// Scopes returns our app's scopes, sorted.
func (f *Feishu) Scopes() []string { return f.ScopesOf(f.Bot().ID) }

// maxName limits the characters of a name that the control API gives.
const maxName = 60

// checkName refuses a name that is blank or too long.
func checkName(name string) error {
	if n := utf8.RuneCountInString(name); strings.TrimSpace(name) == "" || n > maxName {
		return fmt.Errorf("name: 1 to %d characters", maxName)
	}
	return nil
}

// Subscribe turns an event type on or off. All are on by default.
func (f *Feishu) Subscribe(eventType string, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.unsubscribed[eventType] = !on
}

// SetRecallWindow sets the tenant's limit for recalling own messages; 0 forbids it. Owners and managers may recall
// others' messages for one year.
func (f *Feishu) SetRecallWindow(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.recallLimit = d
}

// SetReachable sets whether a person is in our app's availability range (230013).
func (f *Feishu) SetReachable(user string, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.unreachable[user] = !on
}

// SetEphemeralAvailable sets whether a person can see ephemeral cards.
func (f *Feishu) SetEphemeralAvailable(user string, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.offline[user] = !on
}

// SetBotAbility turns our app's bot ability on or off (230006).
func (f *Feishu) SetBotAbility(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.disabled = !on
}

// SetExternalSharing sets whether our app may work in external groups (230027).
func (f *Feishu) SetExternalSharing(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.noExternal = !on
}

// SetVisible sets whether our bot can see a message (230050).
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

// People are the open_ids of all people, in order of creation.
func (f *Feishu) People() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.world.people)
}

// Groups are the ids of all chats except p2p chats, in order of creation.
func (f *Feishu) Groups() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.world.order), func(id string) bool { return f.world.chats[id].Mode == P2P })
}
