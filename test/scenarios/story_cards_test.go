package scenarios_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"recallbot/bot"
	"recallbot/sandbox"
)

// button is a button of a card: its text, and the value of its callback.
type button struct {
	text   string
	value  any
	submit bool
}

// buttonsOf reads the buttons of a card's JSON, from top to bottom.
func buttonsOf(card string) []button {
	var content any
	if err := json.Unmarshal([]byte(card), &content); err != nil {
		return nil
	}
	return findButtons(content)
}

func findButtons(v any) []button {
	switch v := v.(type) {
	case map[string]any:
		if v["tag"] == "button" {
			return []button{readButton(v)}
		}
		var all []button
		for _, key := range []string{"body", "elements", "columns", "actions"} {
			all = append(all, findButtons(v[key])...)
		}
		return all
	case []any:
		var all []button
		for _, inner := range v {
			all = append(all, findButtons(inner)...)
		}
		return all
	default:
		return nil
	}
}

func readButton(v map[string]any) button {
	b := button{value: v["value"], submit: v["form_action_type"] == "submit"}
	if text, ok := v["text"].(map[string]any); ok {
		b.text, _ = text["content"].(string)
	}
	behaviors, _ := v["behaviors"].([]any)
	for _, one := range behaviors {
		if behavior, ok := one.(map[string]any); ok && behavior["type"] == "callback" {
			b.value = behavior["value"]
		}
	}
	return b
}

// press presses a button of a card as a person: press Olga on k1: Recall 37. "filling quorum=3,people=on" fills a form. Some
// callbacks are none that a client sends: "again" presses a removed button, "forged" changes the secrets in its value, "in
// Sales" names another chat.
func (s *story) press(l line) {
	s.t.Helper()
	who, card := s.id(l, l.word(0)), s.id(l, l.with["on"])
	name := card + " " + l.text
	if l.has("again") {
		s.pressRaw(l, who, card, s.pressed[name])
		return
	}
	pressed := s.button(l, card)
	s.pressed[name] = pressed.value
	switch {
	case l.has("forged"):
		s.pressRaw(l, who, card, withForgedKeys(pressed.value))
	case l.has("raw"), l.with["in"] != "", l.with["filling"] != "":
		s.pressRaw(l, who, card, pressed.value)
	default:
		result, err := s.Press(s.t.Context(), who, card, pressed.value)
		s.ok(l, err)
		if result.Code != 0 {
			s.t.Fatalf("%s: the client shows the error %d", l.place, result.Code)
		}
	}
}

// isText compares the text of a button with that of a line, which may end in … for any end.
func isText(text, want string) bool {
	begin, open := strings.CutSuffix(want, " …")
	return text == want || open && strings.HasPrefix(text, begin)
}

// button waits until the card has a button with the line's text.
func (s *story) button(l line, card string) button {
	s.t.Helper()
	var found button
	shown := ""
	defer func() {
		if s.t.Failed() {
			s.t.Logf("%s: the card is %s", l.place, shown)
		}
	}()
	s.await(l.place, func(st sandbox.State) bool {
		m, _ := st.Message(card)
		shown = m.Content
		buttons := buttonsOf(m.Content)
		i := slices.IndexFunc(buttons, func(b button) bool { return isText(b.text, l.text) })
		if m.Deleted || i < 0 {
			return false
		}
		found = buttons[i]
		return true
	})
	return found
}

// withForgedKeys returns a copy of the value in which each string of 16 bytes or more is replaced.
func withForgedKeys(value any) any {
	fields, _ := value.(map[string]any)
	other := map[string]any{}
	for name, field := range fields {
		text, isText := field.(string)
		if isText && len(text) >= 16 {
			field = strings.Repeat("A", len(text))
		}
		other[name] = field
	}
	return other
}

// pressRaw sends the callback of a press.
func (s *story) pressRaw(l line, who, card string, value any) {
	s.t.Helper()
	m, _ := s.Message(card)
	chat := m.Chat
	if elsewhere := l.with["in"]; elsewhere != "" {
		chat = s.id(l, elsewhere)
	}
	action := map[string]any{"value": value, "tag": "button", "timezone": "Asia/Shanghai"}
	if fields := l.with["filling"]; fields != "" {
		action["form_value"] = s.fields(fields)
	}
	plain, err := s.Envelope(bot.TypePressed, map[string]any{
		"operator": map[string]string{"open_id": who, "tenant_key": "tenant"}, "token": "c-of-a-press", "host": "im_message",
		"action": action, "context": map[string]string{"open_message_id": card, "open_chat_id": chat},
	})
	s.ok(l, err)
	status, answer, err := s.Deliver(s.t.Context(), plain)
	s.ok(l, err)
	if status != http.StatusOK || !bytes.HasPrefix(answer, []byte("{")) {
		s.t.Fatalf("%s: answered %d %s", l.place, status, answer)
	}
}

// fields parses quorum=3,people=on. Names become ids; several moderators are joined with +.
func (s *story) fields(text string) map[string]any {
	form := map[string]any{}
	for field := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(field, "=")
		form[name] = s.translate(value)
		if name == string(bot.SetModerators) {
			form[name] = strings.FieldsFunc(s.translate(value), func(r rune) bool { return r == '+' })
		}
	}
	return form
}

// card waits for a new public card of the bot: card k2 in Launch: fragment … fragment.
func (s *story) card(l line) {
	s.t.Helper()
	chat := s.id(l, l.with["in"])
	found, said := "", []string(nil)
	came := s.awaitState(func(st sandbox.State) bool {
		said = nil
		for _, m := range st.Messages(chat) {
			if m.Sender != s.Bot().ID || m.Ephemeral != "" || m.Type != "interactive" || m.Deleted || s.own[m.ID] || s.told[m.ID] {
				continue
			}
			said = append(said, messageText(m))
			if s.contains(m, l.text) {
				found = m.ID
			}
		}
		return found != ""
	})
	if !came {
		s.t.Fatalf("%s: not within %s; the cards say:\n%s\n%s", l.place, waitTimeout, strings.Join(said, "\n"), s.tail())
	}
	s.told[found] = true
	s.ids[l.word(0)] = found
}

// preview waits for a new card that only a person sees, in the group or in the two-person chat: preview k1 for Olga:
// fragment … fragment.
func (s *story) preview(l line) {
	s.t.Helper()
	person := s.id(l, l.with["for"])
	found := ""
	s.await(l.place, func(st sandbox.State) bool {
		for _, chat := range s.chats {
			for _, m := range st.Messages(chat) {
				private := m.Ephemeral == person || m.Chat == s.private[person]
				if m.Sender == s.Bot().ID && private && !m.Deleted && !s.own[m.ID] && !s.told[m.ID] && s.contains(m, l.text) {
					found = m.ID
				}
			}
		}
		return found != ""
	})
	s.told[found] = true
	s.ids[l.word(0)] = found
}

// shows waits until a card contains the fragments: shows k2: fragment … fragment.
func (s *story) shows(l line) {
	s.t.Helper()
	card := s.id(l, l.word(0))
	shown := func(st sandbox.State) bool {
		m, _ := st.Message(card)
		return s.contains(m, l.text)
	}
	if !s.awaitState(shown) {
		m, _ := s.Message(card)
		s.t.Fatalf("%s: it says %s", l.place, messageText(m))
	}
}

// lacks checks that a card does not contain the fragments when the bot is idle.
func (s *story) lacks(l line) {
	s.waitIdle()
	m, _ := s.Message(s.id(l, l.word(0)))
	for fragment := range strings.SplitSeq(l.text, " … ") {
		if strings.Contains(messageText(m), s.expand(fragment)) {
			s.t.Errorf("%s: it says %s", l.place, messageText(m))
		}
	}
}

// once checks that each message contains the fragment exactly once: once r1 r2: fragment.
func (s *story) once(l line) {
	s.waitIdle()
	for _, name := range spans(l.words) {
		m, _ := s.Message(s.id(l, name))
		if n := strings.Count(messageText(m), l.text); n != 1 {
			s.t.Errorf("%s: %s says so %d times: %s", l.place, name, n, messageText(m))
		}
	}
}

// buttons compares the buttons of a card when the bot is idle: buttons k1: Recall 37, Cancel.
func (s *story) buttons(l line) {
	s.waitIdle()
	m, _ := s.Message(s.id(l, l.word(0)))
	var texts []string
	for _, b := range buttonsOf(m.Content) {
		texts = append(texts, b.text)
	}
	if got := strings.Join(texts, ", "); got != l.text {
		s.t.Errorf("%s: %s", l.place, got)
	}
}

// vanishes waits until a card of the bot is recalled.
func (s *story) vanishes(l line) {
	card := s.id(l, l.word(0))
	s.await(l.place, func(st sandbox.State) bool { return st.Recalled(card) })
	s.gone[card] = true
}

// contains reports whether a message contains all fragments.
func (s *story) contains(m sandbox.Message, fragments string) bool {
	for fragment := range strings.SplitSeq(fragments, " … ") {
		if !strings.Contains(messageText(m), s.expand(fragment)) {
			return false
		}
	}
	return true
}
