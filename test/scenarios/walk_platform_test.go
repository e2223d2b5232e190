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

// doBots posts as another bot or another service of our app: a message, an answer, a command or a batch.
func (w *walk) doBots() {
	chat := w.drawChat("chat")
	c, _ := w.Chat(chat)
	spec := sandbox.PostSpec{Chat: chat, App: pick(w, "app", c.Bots)}
	a := w.begin(&walkAction{text: fmt.Sprintf("%s posts in %s", w.withNames(spec.App), w.withNames(chat))})
	switch pick(w, "what", []string{"words", "words", "words", "command", "batch", "answer"}) {
	case "words":
		w.post(spec)
	case "answer":
		to := w.drawMessageIn(chat)
		if to.Deleted {
			w.skipStep("it is gone")
		}
		spec.ReplyTo, spec.At = to.ID, time.Now()
		a.text += ", an answer to " + to.ID
		w.post(spec)
	case "command":
		to := w.drawMessageIn(chat)
		if to.Deleted || spec.App != w.other.ID {
			w.skipStep("it is gone")
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

// sendBatch is a batch send of another service of our app to two people.
func (w *walk) sendBatch(a *walkAction) {
	mark, names := w.mark(), []string{pick(w, "to", w.personNames()), pick(w, "to", w.personNames())}
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

// inBatch returns a function that selects the messages of a batch.
func (w *walk) inBatch(id string) func(sandbox.Message) bool {
	return func(m sandbox.Message) bool { return slices.Contains(w.model.batches[id], m.ID) }
}

// doPeople recalls a message as a person in the client, if the platform allows it.
func (w *walk) doPeople() {
	name := pick(w, "who", w.personNames())
	m := w.drawMessageIn(w.drawChatOf(name))
	w.begin(&walkAction{text: fmt.Sprintf("%s takes %s back in the client", name, m.ID), recalledByPerson: []string{m.ID}})
	if w.RecallAs(w.users[name], m.ID) != nil {
		w.last = nil
	}
}

const (
	// rolesPause is longer than our bot caches roles.
	rolesPause = 100 * time.Millisecond
	// walkPause is longer than the shortest lifetime of a post.
	walkPause = 1100 * time.Millisecond
)

// doRanks changes the role of a person or our bot in a group.
func (w *walk) doRanks() {
	group := pick(w, "group", sortedKeys(w.groups))
	chat, name := w.groups[group], pick(w, "who", w.personNames())
	who, self := w.users[name], w.Bot().ID
	what := pick(w, "change", []string{"owner", "manager", "no manager", "bot manager", "bot no manager", "bot leaves", "bot comes", "member", "no member"})
	w.begin(&walkAction{text: fmt.Sprintf("in #%s, %s: %s", group, name, what)})
	err := map[string]func() error{
		"owner":          func() error { return w.SetOwner(chat, who) },
		"manager":        func() error { return w.AddManager(chat, who) },
		"no manager":     func() error { return w.RemoveManager(chat, who) },
		"bot manager":    func() error { return w.AddManager(chat, self) },
		"bot no manager": func() error { return w.RemoveManager(chat, self) },
		"bot leaves":     func() error { return w.RemoveBot(chat, self) },
		"bot comes":      func() error { return w.AddBot(chat, self) },
		"member":         func() error { return w.AddMember(chat, who) },
		"no member":      func() error { return w.removeMember(chat, who) },
	}[what]()
	if err != nil {
		w.last = nil
		return
	}
	<-time.After(rolesPause)
}

// removeMember removes a member who is not the owner.
func (w *walk) removeMember(chat, who string) error {
	if c, _ := w.Chat(chat); c.Owner == who {
		return fmt.Errorf("%s owns %s", who, chat)
	}
	return w.RemoveMember(chat, who)
}

// drawUnheldGroup draws a group that is not on hold.
func (w *walk) drawUnheldGroup() string {
	return pick(w, "chat", slices.DeleteFunc(w.chatChoices(), func(id string) bool {
		c, _ := w.Chat(id)
		return w.holds[id] != nil || c.Mode == sandbox.P2P
	}))
}

// doPlatform starts or ends a hold of a group, makes a recall fail, redelivers an event, or lets time pass.
func (w *walk) doPlatform() {
	switch pick(w, "what", []string{"hold", "hold", "lose", "release", "release", "release", "refuse", "refuse", "again", "again", "time"}) {
	case "hold":
		chat := w.drawUnheldGroup()
		w.begin(&walkAction{text: "the platform puts off what is posted to " + w.withNames(chat)})
		w.hold(chat)
	case "lose":
		chat := w.drawUnheldGroup()
		w.begin(&walkAction{text: "the platform's answers are lost to what is posted to " + w.withNames(chat)})
		w.loseAnswers(chat)
	case "refuse":
		w.begin(&walkAction{text: "the platform refuses the next recall"})
		w.Fault(sandbox.FaultSpec{API: apis["delete"], Code: 230026, Times: 1})
	case "release":
		chat := pick(w, "held", sortedKeys(w.holds))
		w.begin(&walkAction{text: "the platform takes what is posted to " + w.withNames(chat)})
		w.holds[chat]()
	case "again":
		var events []string
		for _, d := range w.Deliveries() {
			if d.Type == "im.message.receive_v1" && d.Status == http.StatusOK {
				events = append(events, d.EventID)
			}
		}
		id := pick(w, "event", events[max(0, len(events)-5):])
		w.begin(&walkAction{text: "the event " + id + " comes again"})
		if err := w.RedeliverAs(id, fmt.Sprintf("again-%d-%s", w.steps, id)); err != nil {
			w.t.Fatal(err)
		}
	case "time":
		w.begin(&walkAction{text: "time passes"})
		<-time.After(walkPause)
	}
}
