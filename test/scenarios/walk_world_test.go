package scenarios_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"recallbot/sandbox"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// doBots: bots post, also commands, and other services of our app post.
func (w *walk) doBots() {
	chat := w.aChat("chat")
	c, _ := w.Chat(chat)
	spec := sandbox.PostSpec{Chat: chat, App: pick(w, "app", c.Bots)}
	a := w.begins(&act{text: fmt.Sprintf("%s posts in %s", w.named(spec.App), w.named(chat))})
	switch pick(w, "what", []string{"words", "words", "words", "command", "batch", "answer"}) {
	case "words":
		w.posted(spec)
	case "answer":
		to := w.messageIn(chat)
		if to.Deleted {
			w.redraw("it is gone")
		}
		spec.ReplyTo, spec.At = to.ID, time.Now()
		a.text += ", an answer to " + to.ID
		w.posted(spec)
	case "command":
		to := w.messageIn(chat)
		if to.Deleted || spec.App != w.other.ID {
			w.redraw("it is gone")
		}
		spec.Text, spec.ReplyTo = "@RecallBot /recall", to.ID
		a.text += " /recall, a reply to " + to.ID
		if _, err := w.Post(spec); err != nil {
			w.t.Fatal(err)
		}
	case "batch":
		w.sendBatch(a)
	}
}

// sendBatch lets another service of our app send a batch to two people.
func (w *walk) sendBatch(a *act) {
	mark, names := w.mark(), []string{pick(w, "to", w.everybody()), pick(w, "to", w.everybody())}
	body, err := json.Marshal(map[string]any{
		"open_ids": []string{w.users[names[0]], w.users[names[1]]}, "msg_type": "text", "content": map[string]string{"text": mark + " to many"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	data, _ := w.asApp(http.MethodPost, "/open-apis/message/v4/batch_send/", string(body))["data"].(map[string]any)
	id, _ := data["message_id"].(string)
	a.text = fmt.Sprintf("our app sends the batch %s to %v", id, names)
	w.model.batches[id] = []string{}
	for _, name := range names {
		for _, m := range w.Messages(w.private[name]) {
			if markOf(m.Content) == mark {
				w.model.foreign[m.ID] = true
				w.model.batches[id] = append(w.model.batches[id], m.ID)
			}
		}
	}
}

// inBatch tells the messages of a batch.
func (w *walk) inBatch(id string) func(sandbox.Message) bool {
	return func(m sandbox.Message) bool { return slices.Contains(w.model.batches[id], m.ID) }
}

// doPeople: somebody takes a message back in the client, as the platform lets them.
func (w *walk) doPeople() {
	name := pick(w, "who", w.everybody())
	m := w.messageIn(w.chatOf(name))
	w.begins(&act{text: fmt.Sprintf("%s takes %s back in the client", name, m.ID), harmed: []string{m.ID}})
	if w.RecallAs(w.users[name], m.ID) != nil {
		w.last = nil
	}
}

const (
	// rolesLife is longer than our bot believes what it has learned of a chat.
	rolesLife = 100 * time.Millisecond
	// aMoment is longer than the shortest lifetime.
	aMoment = 1100 * time.Millisecond
)

// doRanks: somebody gets a rank in a group, or loses it, and so does our bot.
func (w *walk) doRanks() {
	group := pick(w, "group", sortedKeys(w.groups))
	chat, name := w.groups[group], pick(w, "who", w.everybody())
	who, self := w.users[name], w.Bot().ID
	what := pick(w, "change", []string{"owner", "manager", "no manager", "bot manager", "bot no manager", "bot leaves", "bot comes", "member", "no member"})
	w.begins(&act{text: fmt.Sprintf("in #%s, %s: %s", group, name, what)})
	err := map[string]func() error{
		"owner":          func() error { return w.SetOwner(chat, who) },
		"manager":        func() error { return w.AddManager(chat, who) },
		"no manager":     func() error { return w.RemoveManager(chat, who) },
		"bot manager":    func() error { return w.AddManager(chat, self) },
		"bot no manager": func() error { return w.RemoveManager(chat, self) },
		"bot leaves":     func() error { return w.RemoveBot(chat, self) },
		"bot comes":      func() error { return w.AddBot(chat, self) },
		"member":         func() error { return w.AddMember(chat, who) },
		"no member":      func() error { return w.leaves(chat, who) },
	}[what]()
	if err != nil {
		w.last = nil
		return
	}
	<-time.After(rolesLife)
}

// leaves takes somebody out of a chat who does not own it.
func (w *walk) leaves(chat, who string) error {
	if c, _ := w.Chat(chat); c.Owner == who {
		return fmt.Errorf("%s owns %s", who, chat)
	}
	return w.RemoveMember(chat, who)
}

// unheld draws a group to which posts are sent as they should.
func (w *walk) unheld() string {
	return pick(w, "chat", slices.DeleteFunc(w.usual(), func(id string) bool {
		c, _ := w.Chat(id)
		return w.holds[id] != nil || c.Mode == sandbox.P2P
	}))
}

// doPlatform: the platform puts off what is posted to a group, or no longer; it sends an event again; time passes.
func (w *walk) doPlatform() {
	switch pick(w, "what", []string{"hold", "hold", "lose", "release", "release", "release", "refuse", "refuse", "again", "again", "time"}) {
	case "hold":
		chat := w.unheld()
		w.begins(&act{text: "the platform puts off what is posted to " + w.named(chat)})
		w.hold(chat)
	case "lose":
		chat := w.unheld()
		w.begins(&act{text: "the platform's answers are lost to what is posted to " + w.named(chat)})
		w.lose(chat)
	case "refuse":
		w.begins(&act{text: "the platform refuses the next recall"})
		w.Fault(sandbox.FaultSpec{API: apis["delete"], Code: 230026, Times: 1})
	case "release":
		chat := pick(w, "held", sortedKeys(w.holds))
		w.begins(&act{text: "the platform takes what is posted to " + w.named(chat)})
		w.holds[chat]()
	case "again":
		var events []string
		for _, d := range w.Deliveries() {
			if d.Type == "im.message.receive_v1" && d.Status == http.StatusOK {
				events = append(events, d.EventID)
			}
		}
		id := pick(w, "event", events[max(0, len(events)-5):])
		w.begins(&act{text: "the event " + id + " comes again"})
		if err := w.RedeliverAs(id, fmt.Sprintf("again-%d-%s", w.steps, id)); err != nil {
			w.t.Fatal(err)
		}
	case "time":
		w.begins(&act{text: "time passes"})
		<-time.After(aMoment)
	}
}
