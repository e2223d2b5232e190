package scenarios_test

import (
	"encoding/json"
	"html"
	"net/http"
	"slices"
	"strings"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/sandbox"
)

// recalled waits until the messages are recalled.
func (s *story) recalled(l line) {
	for _, name := range spans(l.words) {
		id := s.id(l, name)
		s.await(name+" is recalled", func(st sandbox.State) bool { return st.Recalled(id) })
		s.gone[id] = true
	}
}

// stays checks that the messages are not recalled when the bot is idle.
func (s *story) stays(l line) {
	s.waitIdle()
	for _, name := range spans(l.words) {
		if m, _ := s.Message(s.id(l, name)); m.Deleted {
			s.t.Errorf("%s: %s is gone", l.place, name)
		}
	}
}

// still checks that a message is not recalled now.
func (s *story) still(l line) {
	if m, _ := s.Message(s.id(l, l.word(0))); m.Deleted {
		s.t.Errorf("%s: it is gone", l.place)
	}
}

// some checks that some, but not all, of the messages are recalled when the bot is idle.
func (s *story) some(l line) {
	s.waitIdle()
	names, before := spans(l.words), len(s.gone)
	for _, name := range names {
		if m, _ := s.Message(s.id(l, name)); m.Deleted {
			s.gone[m.ID] = true
		}
	}
	if n := len(s.gone) - before; n == 0 || n == len(names) {
		s.t.Errorf("%s: %d of %d are gone", l.place, n, len(names))
	}
}

// wantTold waits for exactly one new message of the bot to a person: told Mia privately: fragment. The ways are privately (a
// card that only she sees), p2p, and reply (in the chat).
func (s *story) wantTold(l line) {
	s.t.Helper()
	person := s.id(l, l.word(0))
	s.awaitState(func(st sandbox.State) bool { return s.hasMessage(st, l, person) })
	s.waitIdle()
	var fits []sandbox.Message
	for _, m := range s.botMessages() {
		if !s.told[m.ID] && s.isFor(l, m, person, s.Message) && (!isTaken(m) || taken.MatchString(l.text)) {
			fits = append(fits, m)
		}
	}
	if len(fits) != 1 {
		s.t.Errorf("%s: %d such messages, want 1; the bot said:", l.place, len(fits))
		for _, m := range s.botMessages() {
			s.t.Logf("  in %s to %q: %s", s.name(m.Chat), s.name(m.Ephemeral), messageText(m))
		}
		return
	}
	for fragment := range strings.SplitSeq(l.text, " … ") {
		if !strings.Contains(messageText(fits[0]), s.expand(fragment)) {
			s.t.Errorf("%s: told %q", l.place, messageText(fits[0]))
		}
	}
	s.told[fits[0].ID] = true
	if as := l.with["as"]; as != "" {
		s.ids[as] = fits[0].ID
	}
}

// expand replaces <name> with the id of that name.
func (s *story) expand(fragment string) string {
	before, rest, found := strings.Cut(fragment, "<")
	name, after, closed := strings.Cut(rest, ">")
	if !found || !closed {
		return fragment
	}
	if id, known := s.ids[name]; known {
		return before + id + s.expand(after)
	}
	return before + "<" + s.expand(rest)
}

// hasMessage reports whether there is a new message of the bot for the person.
func (s *story) hasMessage(st sandbox.State, l line, person string) bool {
	for _, chat := range s.chats {
		for _, m := range st.Messages(chat) {
			ours := m.Sender == s.Bot().ID && !s.own[m.ID] && !s.told[m.ID]
			if ours && s.isFor(l, m, person, st.Message) {
				return true
			}
		}
	}
	return false
}

// isFor reports whether a message is for the person, in the line's way.
func (s *story) isFor(l line, m sandbox.Message, person string, find func(string) (sandbox.Message, bool)) bool {
	switch l.word(1) {
	case "privately":
		return m.Ephemeral == person
	case "p2p":
		return m.Ephemeral == "" && m.Chat == s.private[person]
	case "reply":
		asked, _ := find(m.Parent)
		return m.Ephemeral == "" && m.Chat != s.private[person] && asked.Sender == person
	default:
		s.t.Fatalf("%s: told how?", l.place)
		return false
	}
}

// messageText returns the text of a message or a card.
func messageText(m sandbox.Message) string {
	var content any
	if err := json.Unmarshal([]byte(m.Content), &content); err != nil {
		return m.Content
	}
	var b strings.Builder
	collectText(&b, content)
	return strings.ReplaceAll(html.UnescapeString(b.String()), "\u200b", "")
}

func collectText(b *strings.Builder, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range []string{"text", "content"} {
			if text, plain := v[key].(string); plain {
				b.WriteString(text)
			}
		}
		for _, inner := range v {
			collectText(b, inner)
		}
	case []any:
		for _, inner := range v {
			collectText(b, inner)
		}
	}
}

// sign checks the bot's reaction of success on a message: sign c1, sign none c1.
func (s *story) sign(l line) {
	id, none, emoji := s.id(l, l.words[len(l.words)-1]), l.has("none"), "DONE"
	if len(l.words) > 1 && !none {
		emoji = l.word(0)
	}
	ours := func(r sandbox.Reaction) bool { return r.By == s.Bot().ID && r.Emoji == emoji }
	s.awaitState(func(st sandbox.State) bool {
		m, _ := st.Message(id)
		return none || slices.ContainsFunc(m.Reactions, ours)
	})
	s.waitIdle()
	m, _ := s.Message(id)
	if slices.ContainsFunc(m.Reactions, ours) == none {
		s.t.Errorf("%s: the reactions are %v", l.place, m.Reactions)
	}
}

// wantAudit compares the records of a message, separated by commas: audit p1: owner recalled reply. "audit none" checks that
// there is none.
func (s *story) wantAudit(l line) {
	s.t.Helper()
	s.waitIdle()
	if l.word(0) == "none" {
		s.wantAuditOf(l, "")
		return
	}
	for _, name := range span(l.word(0)) {
		s.wantAuditOf(l, s.id(l, name))
	}
}

func (s *story) wantAuditOf(l line, message string) {
	s.t.Helper()
	var got []string
	for _, e := range s.records(message) {
		text := e.Rule + " " + string(e.Result) + " " + string(e.Via)
		if e.Reason != "" {
			text += " " + string(e.Reason)
		}
		if e.As != "" {
			text += " as " + e.As
		}
		got = append(got, text)
		s.checkComplete(l, e)
	}
	if want := l.text; strings.Join(got, ", ") != want {
		s.t.Errorf("%s: the audit says %q of %s", l.place, strings.Join(got, ", "), s.name(message))
	}
}

// checkComplete checks that a record has all fields that the contract promises.
func (s *story) checkComplete(l line, e audit.Entry) {
	single := e.Via == bot.ViaReply || e.Via == bot.ViaReaction || e.Via == bot.ViaP2P
	if e.Who == "" && e.Via != bot.ViaCascade && e.Via != bot.ViaWatch || e.Message == "" && e.Rule != "no_target" && single || e.At.IsZero() || e.Rule == "" {
		s.t.Errorf("%s: incomplete: %+v", l.place, e)
	}
	if e.Result == bot.Failed && (e.LogID == "" || e.Code == 0 && e.Reason != bot.ReasonUnavailable) {
		s.t.Errorf("%s: a failure without code or log id: %+v", l.place, e)
	}
	if e.Command == "" && (e.Via == bot.ViaReply || e.Via == bot.ViaP2P || e.Via == bot.ViaClean) {
		s.t.Errorf("%s: no command: %+v", l.place, e)
	}
}

// calls counts the calls of an API since the bot started: calls delete 1.
func (s *story) calls(l line) {
	s.waitIdle()
	if n, want := s.CallCount(s.api(l, l.word(0))), s.number(l, l.word(1)); n != want {
		s.t.Errorf("%s: %d calls", l.place, n)
	}
}

// quiet checks that the story has expected all messages of the bot so far.
func (s *story) quiet(l line) {
	s.waitIdle()
	for _, m := range s.botMessages() {
		if !s.told[m.ID] && !s.late(m) && !isTaken(m) {
			s.t.Errorf("%s: the bot said: %s", l.place, messageText(m))
		}
	}
}

// indexed counts the messages of a chat in the index: indexed Launch 3.
func (s *story) indexed(l line) {
	s.waitIdle()
	found, err := s.probe.index.List(s.t.Context(), bot.ChatID(s.id(l, l.word(0))))
	s.ok(l, err)
	if want := s.number(l, l.word(1)); len(found) != want {
		s.t.Errorf("%s: %d messages: %v", l.place, len(found), found)
	}
}

func (s *story) wantDeadLetters(l line) {
	s.waitIdle()
	s.dead = int64(s.number(l, l.word(0)))
	if n := s.deadLetters(); n != s.dead {
		s.t.Errorf("%s: %d dead letters", l.place, n)
	}
}

// answers waits for a delivery with this status: answers 503. Over the websocket there are only 200 and 500.
func (s *story) answers(l line) {
	want := s.number(l, l.word(0))
	if want != http.StatusOK && s.config().Feishu.Transport == "websocket" {
		want = http.StatusInternalServerError
	}
	s.await("the platform is answered "+l.word(0), func(st sandbox.State) bool {
		return slices.ContainsFunc(st.Deliveries(), func(d sandbox.Delivery) bool { return d.Status == want })
	})
}
