package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// caseFormat and caseVersion are how a file with a case begins.
const (
	caseFormat  = "recallbot-sandbox"
	caseVersion = 1
)

// Limits of a case.
const (
	maxCaseBytes    = 16 << 20
	maxCasePeople   = 1000
	maxCaseBots     = 100
	maxCaseChats    = 1000
	maxCaseMessages = 50_000
	maxContent      = 150 << 10
)

// caseFile is a saved case: people, bots, chats and faults. Ids are those of the run that saved it, or any words; a
// run that loads it gives new ones. It has no credentials.
type caseFile struct {
	Format       string       `json:"format"`
	Version      int          `json:"version"`
	Saved        string       `json:"saved,omitempty"` // for the reader
	RecallWindow string       `json:"recall_window,omitempty"`
	Faults       []string     `json:"faults,omitempty"` // names of switches
	People       []casePerson `json:"people"`
	Bots         []caseBot    `json:"bots"`
	Chats        []caseChat   `json:"chats"`
}

type casePerson struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type caseBot struct {
	ID     string   `json:"id"`
	OpenID string   `json:"open_id,omitempty"`
	Name   string   `json:"name"`
	Ours   bool     `json:"ours,omitempty"` // the bot that runs here: it keeps its id, name and credentials
	Scopes []string `json:"scopes"`
}

// caseChat is a chat. Owner, managers and members are ids of people or bots.
type caseChat struct {
	ID          string        `json:"id"`
	Name        string        `json:"name,omitempty"`
	Mode        Mode          `json:"mode"`
	Owner       string        `json:"owner,omitempty"`
	Creator     string        `json:"creator,omitempty"`
	Managers    []string      `json:"managers,omitempty"`
	Members     []string      `json:"members"`
	External    bool          `json:"external,omitempty"`
	Disbanded   bool          `json:"disbanded,omitempty"`
	KeptHistory bool          `json:"kept_history,omitempty"`
	Messages    []caseMessage `json:"messages"`
}

// caseMessage is a message. A recalled one has no content.
type caseMessage struct {
	ID        string          `json:"id"`
	From      string          `json:"from,omitempty"` // empty for the system
	Ago       string          `json:"ago"`            // how old it is when the case is loaded
	Type      string          `json:"type"`
	Content   json.RawMessage `json:"content,omitempty"` // an object, or as text what is no object
	Mentions  []caseMention   `json:"mentions,omitempty"`
	Root      string          `json:"root,omitempty"`
	Parent    string          `json:"parent,omitempty"`
	Topic     string          `json:"topic,omitempty"`
	Edits     int             `json:"edits,omitempty"`
	Reactions []caseReaction  `json:"reactions,omitempty"`
	ReadBy    []string        `json:"read_by,omitempty"`
	PinnedBy  string          `json:"pinned_by,omitempty"`
	Only      string          `json:"only,omitempty"` // the only person who sees it
	Hidden    bool            `json:"hidden,omitempty"`
	Recalled  *caseRecalled   `json:"recalled,omitempty"`
}

type caseMention struct {
	Key string `json:"key"`
	ID  string `json:"id"` // of a person or a bot
}

type caseReaction struct {
	Emoji string `json:"emoji"`
	By    string `json:"by"`
}

type caseRecalled struct {
	By  string `json:"by"`
	As  string `json:"as"` // message_owner, group_owner or group_manager
	Ago string `json:"ago"`
}

// SaveCase returns the case as a file: people, bots, chats with messages, and the faults that are switched on.
func (f *Feishu) SaveCase() ([]byte, error) {
	f.mu.Lock()
	file := f.caseNow()
	f.mu.Unlock()
	if err := file.checkSize(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(file); err != nil {
		return nil, err
	}
	if out.Len() > maxCaseBytes {
		return nil, caseTooLarge()
	}
	return out.Bytes(), nil
}

// controlSave is GET case: a file to download.
func (f *Feishu) controlSave(w http.ResponseWriter, _ *http.Request) {
	file, err := f.SaveCase()
	if err != nil {
		problem(w, http.StatusBadRequest, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="sandbox-case.json"`)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(file) // the page may have gone
}

// caseNow is the world as a case. The caller holds mu.
func (f *Feishu) caseNow() caseFile {
	w, now := f.world, f.now()
	out := caseFile{
		Format: caseFormat, Version: caseVersion, Saved: now.UTC().Format(time.RFC3339), RecallWindow: w.recallLimit.String(),
		People: []casePerson{}, Bots: []caseBot{}, Chats: []caseChat{},
	}
	for _, s := range faultSwitches() {
		if s.on(f) {
			out.Faults = append(out.Faults, s.name)
		}
	}
	for _, id := range w.people {
		out.People = append(out.People, casePerson{id, w.name(id)})
	}
	for _, a := range w.installed {
		out.Bots = append(out.Bots, caseBot{a.ID, a.OpenID, a.Name, a == w.app, append([]string{}, sorted(a.scopes)...)})
	}
	for _, id := range w.order {
		out.Chats = append(out.Chats, f.caseChat(w.chats[id], now))
	}
	return out
}

func (f *Feishu) caseChat(c *chat, now time.Time) caseChat {
	out := caseChat{
		ID: c.ID, Name: c.Name, Mode: c.Mode, Owner: c.Owner, Creator: c.Creator,
		Managers: slices.Concat(c.Managers, c.BotManagers), Members: slices.Concat([]string{}, c.Members, c.Bots),
		External: c.External, Disbanded: c.Disbanded, KeptHistory: c.KeptHistory, Messages: []caseMessage{},
	}
	for _, m := range c.messages {
		if m.Ephemeral == "" || !m.Deleted {
			out.Messages = append(out.Messages, f.caseMessage(m, now))
		}
	}
	return out
}

func (f *Feishu) caseMessage(m *Message, now time.Time) caseMessage {
	out := caseMessage{
		ID: m.ID, From: m.Sender, Ago: ago(now, m.Created), Type: m.Type, Root: m.Root, Parent: m.Parent, Topic: m.Thread,
		Edits: m.Edits, PinnedBy: m.PinnedBy, Only: m.Ephemeral, Hidden: m.Hidden,
	}
	if !m.Pinned {
		out.PinnedBy = ""
	}
	for _, r := range m.Reactions {
		out.Reactions = append(out.Reactions, caseReaction{r.Emoji, r.By})
	}
	for _, r := range m.Reads {
		out.ReadBy = append(out.ReadBy, r.By)
	}
	if m.Deleted {
		out.Recalled = &caseRecalled{m.RecalledBy, m.RecallType, ago(now, m.RecalledAt)}
		return out
	}
	out.Content = json.RawMessage(f.cardOf(m))
	if !isObject(out.Content) {
		text, err := json.Marshal(m.Content)
		if err != nil {
			panic(err) // a string always marshals
		}
		out.Content = text
	}
	for _, at := range m.Mentions {
		id := at.ID
		if a, ok := f.world.appByOpenID(id); ok {
			id = a.ID
		}
		out.Mentions = append(out.Mentions, caseMention{at.Key, id})
	}
	return out
}

func ago(now, at time.Time) string { return max(now.Sub(at).Round(time.Millisecond), 0).String() }
