package scenarios_test

import (
	"fmt"
	"slices"

	"recallbot/sandbox"
)

// doPress: somebody presses a button that they see, or saw.
func (w *walk) doPress() {
	b := w.button()
	c, _ := w.Chat(b.card.Chat)
	who := slices.DeleteFunc(w.everybody(), func(name string) bool {
		id := w.users[name]
		return !slices.Contains(c.Members, id) || b.card.Ephemeral != "" && b.card.Ephemeral != id
	})
	name := pick(w, "who", who)
	form := w.form(b)
	w.presses(name, b.card.Chat, b, form)
	w.callback(name, b.card.Chat, b.card.ID, b.value, form)
}

// doPressCopy: somebody presses a copy of a card, or the card itself that they can't see, in a chat that they are in.
func (w *walk) doPressCopy() {
	b, name := w.button(), w.somebody("who")
	chat, form := w.chatOf(name), w.form(b)
	w.presses(name, chat, b, form).text += " (a copy)"
	copied, err := w.Say(sandbox.SaySpec{Chat: chat, From: w.users[name], Type: "interactive", Content: b.card.Content})
	if err != nil {
		w.t.Fatal(err)
	}
	w.callback(name, chat, copied, b.value, form)
}

// button draws one of the newest buttons of a kind. All of them were seen by somebody, and may be pressed late.
func (w *walk) button() shownButton {
	const newest = 4
	kinds := map[string][]shownButton{}
	for _, b := range w.model.buttons {
		kinds[b.sends().Action] = append(kinds[b.sends().Action], b)
	}
	kind := kinds[pick(w, "kind of button", sortedKeys(kinds))]
	return pick(w, "button", kind[max(0, len(kind)-newest):])
}

// form is what somebody fills into the fields beside a button.
func (w *walk) form(b shownButton) map[string]any {
	if b.sends().Action != "settings" {
		return nil
	}
	return map[string]any{
		"people": pick(w, "people", []string{"on", "off"}), "quorum": pick(w, "quorum", []string{"2", "off"}),
		"approve": pick(w, "approve", []string{"2", "3", "off"}), "cascade": pick(w, "cascade", []string{"on", "off"}),
		"moderators": []string{w.users[pick(w, "moderator", w.everybody())]},
	}
}

// presses notes who presses what, and what may come of it.
func (w *walk) presses(name, chat string, b shownButton, form map[string]any) *act {
	p := b.sends()
	a := &act{
		text: fmt.Sprintf("%s presses %q (%s %s%s) of %s in %s", name, b.text, p.Action, p.Job, p.Post, b.card.ID, w.named(chat)),
		who:  w.users[name], chat: chat, press: p, job: p.Job, card: b.card.ID,
	}
	if form != nil {
		a.text += fmt.Sprint(" with ", form)
	}
	a.anywhere = p.Post != ""
	switch asked := w.model.jobs[p.Job]; p.Action {
	case "retry":
		if asked != nil {
			a.means, a.many, a.most, a.anywhere, a.inWords = asked.means, true, asked.most, asked.anywhere, asked.inWords
			a.chat = asked.chat
		}
	case "take_back", "mine":
		a.means = func(m sandbox.Message) bool {
			return w.model.became[m.ID] == p.Post || w.inBatch(w.model.posts[p.Post].batch)(m)
		}
		a.queued = func(o walkPost) bool { return o.id == p.Post }
	case "mine_all":
		a.many = true
		pressed := w.model.posts[p.Post]
		theirs := func(o walkPost) bool {
			return o.id == p.Post || o.team == pressed.team && o.group == pressed.group && o.author == a.who
		}
		a.queued = func(o walkPost) bool { return pressed.author == a.who && theirs(o) }
		a.means = func(m sandbox.Message) bool {
			o, known := w.model.posts[w.model.became[m.ID]]
			return known && a.queued(o)
		}
	case "undo":
		a.undoes = true
	case "stop", "cancel":
		a.stops = true
	}
	w.count.add("pressed: " + p.Action)
	return w.begins(a)
}
