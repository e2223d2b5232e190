package sandbox

import (
	"maps"
	"slices"
	"time"
)

// User is a person of the tenant.
type User struct {
	OpenID, UnionID, UserID, Name, Email string
}

// Mode is the kind of a chat.
type Mode string

// Kinds of chats.
const (
	Group Mode = "group" // a normal group; replies may open topics
	Topic Mode = "topic" // every message is a topic of its own
	P2P   Mode = "p2p"   // one person and one bot
)

// Chat is a snapshot of a chat.
type Chat struct {
	ID, Name    string
	Mode        Mode
	Owner       string   // open_id, or the app id of a bot owner; empty for p2p
	Creator     string   // app id of the bot that made the group, if one did
	Managers    []string // open_ids
	BotManagers []string // app ids
	Members     []string // open_ids, the owner among them
	Bots        []string // app ids
	External    bool
	Disbanded   bool
	KeptHistory bool // disbanded, but people keep the history: no event was sent
}

// Mention is an @ in a message.
type Mention struct {
	Key  string // @_user_1 and so on
	ID   string // open_id; of the bot's, if a bot is mentioned
	Name string
	Bot  bool
}

// Reaction is an emoji of a person or an app on a message.
type Reaction struct {
	ID, Emoji string
	By        string // open_id or app id
	At        time.Time
}

// Read is a person's read receipt.
type Read struct {
	By string // open_id
	At time.Time
}

// Message is a snapshot of a stored message: a recalled one keeps its content here.
type Message struct {
	ID, Chat, Thread, Root, Parent string
	Sender                         string // open_id or app id; empty for the system
	Type                           string // text, post, interactive, system, hongbao …
	Content                        string // JSON
	Mentions                       []Mention
	Created, Updated               time.Time
	Edits                          int
	Reactions                      []Reaction
	Reads                          []Read // who has read it
	Pinned                         bool
	PinnedBy                       string // open_id or app id
	PinnedAt                       time.Time
	Ephemeral                      string // open_id of the only person who sees it
	Hidden                         bool   // invisible to our bot
	Deleted                        bool
	RecalledBy                     string // open_id or app id
	RecallType                     string // message_owner, group_owner, group_manager
	RecalledAt                     time.Time
}

type chat struct {
	Chat
	messages []*Message          // in order of creation
	threads  map[string]*Message // thread id -> root
	version  int64               // of Feishu, at the last change
}

type world struct {
	tenant      string
	app         *app            // our app
	installed   []*app          // all apps in order of creation
	users       map[string]User // by open_id
	apps        map[string]*app // by app id
	people      []string        // open_ids in order of creation
	chats       map[string]*chat
	order       []string         // chat ids in order of creation
	threads     map[string]*chat // by thread id
	messages    map[string]*Message
	uuids       map[string]uuidEntry
	batches     map[string]*batch
	recallLimit time.Duration // limit for own messages
}

// uuidEntry is the message of a uuid, for repeated sends within an hour.
type uuidEntry struct {
	message string
	at      time.Time
}

func newWorld(ids *ids) *world {
	return &world{
		tenant:      ids.hex(16),
		users:       map[string]User{},
		apps:        map[string]*app{},
		chats:       map[string]*chat{},
		threads:     map[string]*chat{},
		messages:    map[string]*Message{},
		uuids:       map[string]uuidEntry{},
		batches:     map[string]*batch{},
		recallLimit: 24 * time.Hour,
	}
}

// name is the displayed name of a person or an app.
func (w *world) name(id string) string {
	if u, ok := w.users[id]; ok {
		return u.Name
	}
	if a := w.apps[id]; a != nil {
		return a.Name
	}
	return ""
}

// firstUser is the first person, or "".
func (w *world) firstUser() string {
	if len(w.people) == 0 {
		return ""
	}
	return w.people[0]
}

func (w *world) known(id string) bool {
	_, user := w.users[id]
	_, app := w.apps[id]
	return user || app
}

// appByOpenID finds a bot by its open_id.
func (w *world) appByOpenID(id string) (*app, bool) {
	for _, a := range w.installed {
		if a.OpenID == id || a.ID == id {
			return a, true
		}
	}
	return nil, false
}

func (c *chat) hasBot(app string) bool { return slices.Contains(c.Bots, app) }

func (c *chat) hasMember(id string) bool {
	return slices.Contains(c.Members, id) || slices.Contains(c.Bots, id)
}

// rank is the recall_type of a member's role for others' messages, or "".
func (c *chat) rank(id string) string {
	switch {
	case c.Mode == P2P || id == "":
		return ""
	case c.Owner == id:
		return "group_owner"
	case slices.Contains(c.Managers, id), slices.Contains(c.BotManagers, id), c.Creator == id:
		return "group_manager"
	}
	return ""
}

func (c *chat) snapshot() Chat {
	out := c.Chat
	out.Managers = slices.Clone(c.Managers)
	out.BotManagers = slices.Clone(c.BotManagers)
	out.Members = slices.Clone(c.Members)
	out.Bots = slices.Clone(c.Bots)
	return out
}

func (m *Message) snapshot() Message {
	out := *m
	out.Mentions = slices.Clone(m.Mentions)
	out.Reactions = slices.Clone(m.Reactions)
	out.Reads = slices.Clone(m.Reads)
	return out
}

func sorted(set map[string]bool) []string {
	return slices.Sorted(maps.Keys(set))
}
