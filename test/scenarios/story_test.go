package scenarios_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/sandbox"
)

// story is the state of a running script.
type story struct {
	*env

	t          *testing.T
	ids        map[string]string // of people, bots, chats and messages, by name
	private    map[string]string // two-person chats with our bot, by the person's id
	mentionIDs map[string]string // the ids by which people and bots are mentioned, by name
	chats      []string
	replicas   int
	own        map[string]bool // messages that the story posted
	told       map[string]bool // messages of the bot that the story expected
	gone       map[string]bool // messages that the story expected to be recalled
	dead       int64           // dead letters that the story expected
	pressed    map[string]any  // values of pressed buttons, by card and text
	endFaults  []func()
	liveFiles  map[string]string // files of the settings that "live" changes, by key
	changed    time.Time         // the last change by "live"
	callback   callbackPage
}

// run runs the script: the setup, the bot, the lines, and checkEnd.
func (s script) run(t *testing.T, on stage) {
	t.Helper()
	w := newEnv(t, envOptions{redis: on.redis, platform: s.platform()})
	if on.socket {
		w.set("FEISHU_TRANSPORT", "websocket")
	}
	st := &story{
		env: w, t: t, ids: map[string]string{"RecallBot": w.Bot().ID}, private: map[string]string{}, mentionIDs: map[string]string{}, replicas: 1,
		own: map[string]bool{}, told: map[string]bool{}, gone: map[string]bool{}, pressed: map[string]any{},
		liveFiles: map[string]string{},
	}
	st.jobs = slices.ContainsFunc(s.lines, line.startsJob)
	st.processes = slices.ContainsFunc(s.lines, func(l line) bool { return l.verb == "kill" })
	for _, l := range s.setup {
		st.run(l)
	}
	st.start(st.replicas)
	for _, l := range s.lines {
		st.run(l)
	}
	st.checkEnd()
	w.close()
}

// platform returns the sandbox's configuration of the "platform" lines.
func (s script) platform() sandbox.Config {
	var cfg sandbox.Config
	for _, l := range s.setup {
		if l.verb != "platform" {
			continue
		}
		if l.has("brief-consents") {
			cfg.UserTokenLife = time.Minute
		}
		cfg.MuteOwnRecall, cfg.OwnGet, cfg.Extras = l.has("mute-own-recall"), l.has("own-get"), l.has("extras")
		if l.has("ping-1s") {
			cfg.SocketPing = time.Second
		}
		switch {
		case l.has("ids-long"):
			cfg.IDStyle = sandbox.IDLong
		case l.has("ids-new"):
			cfg.IDStyle = sandbox.IDNew
		}
	}
	return cfg
}

// run runs one line.
func (s *story) run(l line) {
	s.t.Helper()
	verb, acts := actionVerbs()[l.verb]
	if acts {
		s.idleAt = activity{}
	} else if verb = checkVerbs()[l.verb]; verb == nil {
		s.t.Fatalf("%s: no such verb", l.place)
	}
	verb(s, l)
	if s.t.Failed() {
		s.t.Fatalf("in %s\n%s", l.place, s.tail())
	}
}

// actionVerbs are the verbs that act.
func actionVerbs() map[string]func(*story, line) {
	return map[string]func(*story, line){
		// The env.
		"people": (*story).people, "bots": (*story).apps, "group": (*story).group, "topics": (*story).group,
		"platform": func(*story, line) {}, // read before the env was opened
		"config":   (*story).configure, "live": (*story).live, "replicas": (*story).setReplicas, "scope": (*story).scope,
		// What people, bots and the platform do.
		"post": (*story).post, "say": (*story).say, "reply": (*story).reply, "react": (*story).react,
		"unreact": (*story).unreact, "takes": (*story).recallAsPerson, "owner": (*story).owner, "manager": (*story).manager,
		"leave": (*story).leave, "disband": (*story).disband, "redeliver": (*story).redeliver, "events": (*story).events,
		"pin": (*story).pin, "unpin": (*story).pin, "flood": (*story).flood, "batch": (*story).batch, "press": (*story).press,
		"fault": (*story).fault, "tokens": (*story).tokens, "sockets": (*story).sockets, "hide": (*story).hide, "unreachable": (*story).unreachable,
		// What happens to the bot.
		"consent-enabled": (*story).enableConsent, "consents": (*story).consents, "declines": (*story).consents,
		"returns": (*story).reopenCallback, "revokes": (*story).revokes,
		"restart": (*story).restartBots, "kill": (*story).kill, "redis": (*story).redis, "wait": (*story).wait,
	}
}

// checkVerbs are the verbs that check.
func checkVerbs() map[string]func(*story, line) {
	return map[string]func(*story, line){
		"recalled": (*story).recalled, "stays": (*story).stays, "told": (*story).wantTold, "sign": (*story).sign,
		"audit": (*story).wantAudit, "calls": (*story).calls, "quiet": (*story).quiet, "indexed": (*story).indexed,
		"card": (*story).card, "preview": (*story).preview, "shows": (*story).shows, "lacks": (*story).lacks,
		"buttons": (*story).buttons, "vanishes": (*story).vanishes, "job": (*story).job, "peak": (*story).peak,
		"restored": (*story).restored, "forget": (*story).forget, "ordered": (*story).ordered, "same-topic": (*story).wantSameTopic,
		"count": (*story).wantCount, "once": (*story).once,
		"some": (*story).some, "still": (*story).still, "spaced": (*story).wantSpacing,
		"unreadable": (*story).unreadable, "writes": (*story).writes, "page": (*story).page,
		"deadletters": (*story).wantDeadLetters, "answers": (*story).answers,
	}
}

// apis are the calls by short names.
var apis = map[string]string{
	"self":    "GET /open-apis/bot/v3/info",
	"readers": "GET /open-apis/im/v1/messages/:message_id/read_users",
	"token":   "POST /open-apis/auth/v3/tenant_access_token/internal",
	"delete":  "DELETE /open-apis/im/v1/messages/:message_id",
	"get":     "GET /open-apis/im/v1/messages/:message_id",
	"list":    "GET /open-apis/im/v1/messages",
	"send":    "POST /open-apis/im/v1/messages",
	"reply":   "POST /open-apis/im/v1/messages/:message_id/reply",
	"react":   "POST /open-apis/im/v1/messages/:message_id/reactions",
	"chat":    "GET /open-apis/im/v1/chats/:chat_id",
	"whisper": "POST /open-apis/ephemeral/v1/send",
	"unsay":   "POST /open-apis/ephemeral/v1/delete",
	"patch":   "PATCH /open-apis/im/v1/messages/:message_id",
	"pins":    "GET /open-apis/im/v1/pins",
	"consent": "POST /open-apis/authen/v2/oauth/token",
	"connect": "POST /callback/ws/endpoint",
	"batch":   "DELETE /open-apis/im/v1/batch_messages/:batch_message_id",
}

// api returns the route of a short name.
func (s *story) api(l line, name string) string {
	s.t.Helper()
	if apis[name] == "" {
		s.t.Fatalf("%s: no API is called %q", l.place, name)
	}
	return apis[name]
}

// id returns the id of a name.
func (s *story) id(l line, name string) string {
	s.t.Helper()
	id, known := s.ids[name]
	if !known {
		s.t.Fatalf("%s: unknown name %q", l.place, name)
	}
	return id
}

// idList returns the ids of comma-separated names.
func (s *story) idList(l line, names string) []string {
	s.t.Helper()
	var list []string
	for name := range strings.SplitSeq(names, ",") {
		if name != "" {
			list = append(list, s.id(l, name))
		}
	}
	return list
}

// translate replaces every name in a text with its id.
func (s *story) translate(text string) string {
	return regexp.MustCompile(`\w+`).ReplaceAllStringFunc(text, func(word string) string {
		if id, known := s.ids[word]; known {
			return id
		}
		return word
	})
}

// ok fails the story if a line returned an error.
func (s *story) ok(l line, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v", l.place, err)
	}
}

// checkEnd checks that the story has expected all messages of the bot, all recalls and all dead letters.
func (s *story) checkEnd() {
	s.t.Helper()
	s.waitIdle()
	for _, m := range s.botMessages() {
		if !s.told[m.ID] && !s.late(m) && !isTaken(m) {
			s.t.Errorf("unexpected message of the bot in %s to %q: %s", s.name(m.Chat), s.name(m.Ephemeral), messageText(m))
		}
	}
	for _, m := range s.allMessages() {
		// Private cards are removed when they are no longer valid.
		if m.Deleted && !s.gone[m.ID] && m.Ephemeral == "" {
			s.t.Errorf("unexpected recall of %s: %s", s.name(m.ID), messageText(m))
		}
	}
	if n := s.deadLetters(); n != s.dead {
		s.t.Errorf("%d dead letters, want %d", n, s.dead)
	}
	if s.t.Failed() {
		s.t.Log(s.tail())
	}
}

// late reports whether a message is the card of a job that took long, on a busy machine: stories don't expect this card.
func (s *story) late(m sandbox.Message) bool {
	const quickly = 2 * time.Second
	asked, found := s.Message(m.Parent)
	return found && m.Type == "interactive" && strings.Contains(messageText(m), asked.Sender) && m.Created.Sub(asked.Created) >= quickly
}

// isTaken reports whether a message says what a quick clean-up took. Each of them is followed by one, which only the person who asked
// sees, so that stories need not expect it.
func isTaken(m sandbox.Message) bool {
	return taken.MatchString(messageText(m))
}

var taken = regexp.MustCompile(`^(In “[^”]*”:)?(Recalled \d+ messages?\.|已撤回 \d+ 条。)`)

// allMessages returns the messages of all chats.
func (s *story) allMessages() []sandbox.Message {
	s.t.Helper()
	var all []sandbox.Message
	s.withState(func(st sandbox.State) {
		for _, chat := range s.chats {
			all = append(all, st.Messages(chat)...)
		}
	})
	return all
}

// botMessages returns the messages that the bot itself sent.
func (s *story) botMessages() []sandbox.Message {
	s.t.Helper()
	var all []sandbox.Message
	for _, m := range s.allMessages() {
		if m.Sender == s.Bot().ID && !s.own[m.ID] {
			all = append(all, m)
		}
	}
	return all
}

// name returns the story's name of an id.
func (s *story) name(id string) string {
	for name, known := range s.ids {
		if known == id {
			return name
		}
	}
	return id
}
