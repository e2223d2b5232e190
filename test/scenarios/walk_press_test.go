package scenarios_test

import (
	"cmp"
	"fmt"
	"slices"

	"recallbot/sandbox"
)

// doPress presses a button as a person who sees it, or has seen it.
func (w *walk) doPress() {
	b := w.drawButton()
	c, _ := w.Chat(b.card.Chat)
	who := slices.DeleteFunc(w.personNames(), func(name string) bool {
		id := w.users[name]
		return !slices.Contains(c.Members, id) || b.card.Ephemeral != "" && b.card.Ephemeral != id
	})
	name := pick(w, "who", who)
	form := w.drawForm(b)
	w.beginPress(name, b.card.Chat, b, form)
	w.callback(name, b.card.Chat, b.card.ID, b.value, form)
}

// doPressCopy presses a button of a copy of a card in another chat.
func (w *walk) doPressCopy() {
	b, name := w.drawButton(), w.drawPerson("who")
	chat, form := w.drawChatOf(name), w.drawForm(b)
	w.beginPress(name, chat, b, form).text += " (a copy)"
	copied, err := w.Say(sandbox.SaySpec{Chat: chat, From: w.users[name], Type: "interactive", Content: b.card.Content})
	if err != nil {
		w.t.Fatal(err)
	}
	w.callback(name, chat, copied, b.value, form)
}

// drawButton draws one of the newest buttons of a kind, whether its card still shows it or not.
func (w *walk) drawButton() cardButton {
	const newest = 4
	kinds := map[string][]cardButton{}
	for _, b := range w.model.buttons {
		kinds[b.decode().Action] = append(kinds[b.decode().Action], b)
	}
	kind := kinds[pick(w, "kind of button", sortedKeys(kinds))]
	return pick(w, "button", kind[max(0, len(kind)-newest):])
}

// drawForm draws the values of the form of a settings card.
func (w *walk) drawForm(b cardButton) map[string]any {
	if b.decode().Action != "settings" {
		return nil
	}
	return map[string]any{
		"people": pick(w, "people", []string{"on", "off"}), "quorum": pick(w, "quorum", []string{"2", "off"}),
		"approve": pick(w, "approve", []string{"2", "3", "off"}), "cascade": pick(w, "cascade", []string{"on", "off"}),
		"moderators": []string{w.users[pick(w, "moderator", w.personNames())]},
	}
}

// ofBots reports whether a message is of our bot or of another one.
func (w *walk) ofBots(m sandbox.Message) bool { return w.own(m) || m.Sender == w.other.ID }

// beginPress notes a press and what it may cause.
func (w *walk) beginPress(name, chat string, b cardButton, form map[string]any) *walkAction {
	p := b.decode()
	a := &walkAction{
		text: fmt.Sprintf("%s presses %q (%s %s%s) of %s in %s", name, b.text, p.Action, p.Job, p.Post, b.card.ID, w.withNames(chat)),
		who:  w.users[name], chat: chat, press: p, job: p.Job, card: b.card.ID,
	}
	if form != nil {
		a.text += fmt.Sprint(" with ", form)
	}
	a.anyChat = p.Post != ""
	switch asked := w.model.jobs[p.Job]; p.Action {
	case "retry":
		if asked != nil {
			a.targets, a.bulk, a.limit, a.anyChat, a.command = asked.targets, true, asked.limit, asked.anyChat, asked.command
			a.chat = asked.chat
		}
	case "go_on", "all_bots":
		if asked != nil {
			a.targets, a.bulk, a.command, a.chat = asked.targets, true, asked.command, asked.chat
		}
		if p.Action == "all_bots" {
			a.targets = w.ofBots
		}
	case "clean":
		a.targets, a.bulk, a.chat = w.ofBots, true, cmp.Or(p.Chat, chat)
		if p.Word == "mine" {
			a.targets, a.limit = w.own, 5
		}
	case "this":
		a.targets, a.anyChat = w.own, true // the chat of the post that was offered, wherever the card is pressed
	case "recall":
		a.targets, a.anyChat = w.ofBots, true
	case "take_back", "mine":
		a.targets = func(m sandbox.Message) bool {
			return w.model.postOf[m.ID] == p.Post || w.inBatch(w.model.posts[p.Post].batch)(m)
		}
		a.queued = func(o walkPost) bool { return o.id == p.Post }
	case "mine_all":
		a.bulk = true
		pressed := w.model.posts[p.Post]
		theirs := func(o walkPost) bool {
			return o.id == p.Post || o.team == pressed.team && o.group == pressed.group && o.author == a.who
		}
		a.queued = func(o walkPost) bool { return pressed.author == a.who && theirs(o) }
		a.targets = func(m sandbox.Message) bool {
			o, known := w.model.posts[w.model.postOf[m.ID]]
			return known && a.queued(o)
		}
	case "undo":
		a.undoes = true
	case "stop", "cancel":
		a.stops = true
	}
	w.count.add("pressed: " + p.Action)
	return w.begin(a)
}
