package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// LoadCase replaces people, chats, messages, other bots and faults by those of a file that SaveCase made. If the file
// is wrong, everything stays. Our bot keeps its id and credentials, and gets no event.
func (f *Feishu) LoadCase(from io.Reader) error {
	file, err := io.ReadAll(io.LimitReader(from, maxCaseBytes+1))
	if err != nil {
		return fmt.Errorf("read the case: %w", err)
	}
	saved, err := readCase(file)
	if err != nil {
		return err
	}
	f.mu.Lock()
	l := &caseLoader{f: f, file: saved, now: f.now(), ids: map[string]string{}, chatOf: map[string]string{}}
	err = l.build()
	if err == nil {
		f.replaceWorld(l)
	}
	loaded := f.hooks.Loaded
	f.mu.Unlock()
	if err != nil {
		return err
	}
	on := map[string]bool{}
	for _, name := range saved.Faults {
		on[name] = true
	}
	if err := f.setSwitches(on); err != nil {
		return err
	}
	if loaded != nil {
		loaded()
	}
	return nil
}

// controlLoad is PUT case, with the file as the body.
func (f *Feishu) controlLoad(w http.ResponseWriter, r *http.Request) {
	if err := f.LoadCase(r.Body); err != nil {
		problem(w, http.StatusBadRequest, err)
		return
	}
	writeJSON(w, http.StatusOK, struct{}{})
}

// readCase decodes a file and checks format, version and size.
func readCase(file []byte) (caseFile, error) {
	var out caseFile
	if len(file) > maxCaseBytes {
		return out, caseTooLarge()
	}
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(file, &head); err != nil {
		return out, readingFault(file, 0, err)
	}
	switch {
	case head.Format != caseFormat:
		return out, casePlace{}.fault(`this is not a case of the sandbox: it does not say "format": "%s"`, `这不是沙盒的场景文件：没有 "format": "%s"`, caseFormat)
	case head.Version > caseVersion:
		return out, casePlace{}.fault("the case has version %d, from a newer sandbox; this one reads version %d", "场景文件是版本 %d，来自更新的沙盒；当前沙盒只能读版本 %d", head.Version, caseVersion)
	case head.Version != caseVersion:
		return out, casePlace{}.fault("version %d does not exist; want %d", "没有版本 %d，应为 %d", head.Version, caseVersion)
	}
	dec := json.NewDecoder(bytes.NewReader(file))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&out); err != nil {
		return out, readingFault(file, dec.InputOffset(), err)
	}
	return out, out.checkSize()
}

// caseLoader builds a world from a case.
type caseLoader struct {
	f     *Feishu
	file  caseFile
	world *world
	now   time.Time
	ids   map[string]string // new ids by those of the file
	// chatOf is the chat of each message, both by new ids.
	chatOf map[string]string
	// scopes are those of our bot.
	scopes []string
}

// build checks the case while it builds the world.
func (l *caseLoader) build() error {
	before := l.f.world
	l.world = newWorld(l.f.ids)
	l.world.app = before.app
	l.world.apps[before.app.ID] = before.app
	l.world.installed = []*app{before.app}
	if l.file.RecallWindow != "" {
		window, err := casePlace{}.length("recall_window", l.file.RecallWindow)
		if err != nil {
			return err
		}
		l.world.recallLimit = window
	}
	known := map[string]bool{}
	for _, s := range faultSwitches() {
		known[s.name] = true
	}
	for _, name := range l.file.Faults {
		if !known[name] {
			return casePlace{}.fault("there is no fault %q; there are %s", "没有故障 %q；可用的有 %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
	}
	for _, step := range []func() error{l.people, l.bots, l.chats} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// length parses a length of time.
func (p casePlace) length(field, text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxAge {
		return 0, p.fault(`"%s" is %q; want a length of time such as "90s" or "25h", at most 10 years`, `“%s”是 %q；应为时长，例如 "90s" 或 "25h"，最长 10 年`, field, text)
	}
	return d, nil
}

// add gives an id of the file its new id.
func (l *caseLoader) add(p casePlace, id, made string) error {
	switch {
	case id == "":
		return p.fault(`"id" is missing`, "缺少 “id”")
	case l.ids[id] != "":
		return p.fault("the id %q is there twice", "id %q 出现了两次", id)
	}
	l.ids[id] = made
	return nil
}

func (p casePlace) checkName(name string) error {
	if checkName(name) != nil {
		return p.fault("the name needs 1 to %d characters", "名称应为 1 到 %d 个字", maxName)
	}
	return nil
}

func (l *caseLoader) people() error {
	for i, one := range l.file.People {
		p := casePlace{}.in("person", "人", i, one.Name)
		if err := p.checkName(one.Name); err != nil {
			return err
		}
		u := l.f.newUser(one.Name)
		if err := l.add(p, one.ID, u.OpenID); err != nil {
			return err
		}
		l.world.users[u.OpenID] = u
		l.world.people = append(l.world.people, u.OpenID)
	}
	return nil
}

// bots replaces the other bots. Ours is kept, and gets its scopes when the world is replaced.
func (l *caseLoader) bots() error {
	ours := false
	for i, one := range l.file.Bots {
		p := casePlace{}.in("bot", "机器人", i, one.Name)
		if err := p.checkName(one.Name); err != nil {
			return err
		}
		a := l.world.app
		switch {
		case one.Ours && ours:
			return p.fault(`only one bot can be "ours"`, "只能有一个机器人是 “ours”")
		case one.Ours:
			ours, l.scopes = true, one.Scopes
		default:
			a = l.f.newApp(one.Name, Credentials{}, orDefault(one.Scopes))
			l.world.apps[a.ID] = a
			l.world.installed = append(l.world.installed, a)
		}
		if err := l.add(p, one.ID, a.ID); err != nil {
			return err
		}
		if one.OpenID == "" {
			continue
		}
		if err := l.add(p, one.OpenID, a.OpenID); err != nil {
			return err
		}
	}
	return nil
}

func orDefault(scopes []string) []string {
	if scopes == nil {
		return DefaultScopes()
	}
	return scopes
}

// who is the new id of a person or a bot.
func (l *caseLoader) who(p casePlace, field, id string, optional bool) (string, error) {
	if id == "" && optional {
		return "", nil
	}
	if to := l.ids[id]; l.world.known(to) {
		return to, nil
	}
	return "", p.fault(`"%s" names %q, who is not among the people and bots`, `“%s”里的 %q 不在人和机器人里`, field, id)
}

// replaceWorld puts a loaded world in the place of the present one. What points to people and messages that are gone
// goes too. The caller holds mu.
func (f *Feishu) replaceWorld(l *caseLoader) {
	for _, a := range f.world.installed {
		if a != f.world.app {
			a.sockets.closeAll()
		}
	}
	maps.DeleteFunc(f.tickets, func(_ string, a *app) bool { return a != f.world.app })
	w, by := f.world, l.world // the world stays, since its app is read without the lock
	w.installed, w.apps, w.users, w.people = by.installed, by.apps, by.users, by.people
	w.chats, w.order, w.threads, w.messages = by.chats, by.order, by.threads, by.messages
	w.uuids, w.batches, w.recallLimit = by.uuids, by.batches, by.recallLimit
	f.consents = newConsents()
	f.cards, f.entities = map[string]*cardToken{}, map[string]*entity{}
	own := w.app
	own.unreachable, own.offline, own.disabled, own.noExternal = map[string]bool{}, map[string]bool{}, false, false
	own.scopes = map[string]bool{}
	for _, scope := range orDefault(l.scopes) {
		own.scopes[scope] = true
	}
	for _, m := range w.messages {
		f.addFiles(m.Sender, m.Type, m.Content)
	}
	f.notify(w.order...)
}
