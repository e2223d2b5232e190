package scenarios_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/sandbox"
)

// post sends a message as a bot, a minute ago.
func (w *walk) post(spec sandbox.PostSpec) string {
	spec.Text = w.mark() + " the words of a bot"
	if spec.At.IsZero() {
		spec.At = time.Now().Add(-time.Minute)
	}
	id, err := w.Post(spec)
	if err != nil {
		w.t.Fatal(err)
	}
	w.model.foreign[id] = true
	return id
}

// say sends a message as a person that is no command.
func (w *walk) say(name, chat string) {
	if _, err := w.Say(sandbox.SaySpec{Chat: chat, From: w.users[name], Text: w.mark() + " the words of a person, who could say /recall"}); err != nil {
		w.t.Fatal(err)
	}
}

// sayCommand sends a command as a person, and notes what it may recall.
func (w *walk) sayCommand(name, chat, text string, a walkAction, more ...func(*sandbox.SaySpec)) *walkAction {
	spec := sandbox.SaySpec{Chat: chat, From: w.users[name], Text: text}
	spec.MentionBot = !w.oneIn(4, "does not mention the bot")
	for _, change := range more {
		change(&spec)
	}
	a.text = fmt.Sprintf("%s in %s: %s", name, w.withNames(chat), w.withNames(text))
	if spec.ReplyTo != "" {
		a.text += " (a reply to " + spec.ReplyTo + ")"
	}
	a.who, a.chat, a.command = w.users[name], chat, true
	done := w.begin(&a)
	id, err := w.Say(spec)
	if err != nil {
		w.skipStep(err)
	}
	w.model.commands[id] = done
	return done
}

// doReply replies /recall to any message.
func (w *walk) doReply() {
	name := w.drawPerson("who")
	chat := w.drawChatOf(name)
	to := w.drawMessageIn(chat)
	if to.Deleted {
		w.skipStep("it is gone")
	}
	text, quotes := pick(w, "words", []string{"/recall", "/recall", "/撤回", "撤回", "/recall -- a reason"}), w.chance("quotes")
	newest := w.newestOwn(chat, to.Thread)
	a := w.sayCommand(name, chat, text, walkAction{}, replying(to.ID), func(s *sandbox.SaySpec) { s.Quote = quotes })
	a.repliesTo = to.ID
	if c, _ := w.Chat(chat); (to.Thread != "" || c.Mode == sandbox.Topic) && (!quotes || to.Parent == "") {
		a.repliesTo = newest // without a quotation, a reply in a topic means our newest message there
	}
	a.targets = func(m sandbox.Message) bool { return m.ID == a.repliesTo }
}

// elsewhere is the prefix of the ids of doElsewhere's commands.
const elsewhere = "om_elsewhere"

// doElsewhere sends an event with a reply to a message of another chat, which no client sends. It draws only messages that our
// bot can identify without the event.
func (w *walk) doElsewhere() {
	name, to := w.drawPerson("who"), w.drawMessage()
	p := w.model.posts[w.model.postOf[to.ID]]
	sent := w.seen.states[p.id] == "sent" && !p.registered
	if c, _ := w.Chat(to.Chat); !sent && (!w.groupMsg || !slices.Contains(c.Bots, w.Bot().ID)) {
		w.skipStep("the bot can't know it")
	}
	chat, kind, now := w.drawChatOf(name), "group", millis(time.Now())
	switch c, _ := w.Chat(chat); {
	case chat == to.Chat:
		w.skipStep("it is in this chat")
	case c.Mode == sandbox.P2P:
		kind = "p2p"
	}
	id := elsewhere + strconv.Itoa(w.steps)
	a := &walkAction{text: fmt.Sprintf("%s in %s: /recall, as a reply to %s of %s", name, w.withNames(chat), to.ID, w.withNames(to.Chat))}
	a.who, a.chat, a.command, a.repliesTo = w.users[name], chat, true, to.ID
	a.targets = func(m sandbox.Message) bool { return m.ID == to.ID }
	w.begin(a)
	plain, err := w.Envelope(bot.TypeSaid, map[string]any{
		"sender": map[string]any{"sender_id": map[string]string{"open_id": a.who}, "sender_type": "user"},
		"message": map[string]any{
			"message_id": id, "root_id": to.ID, "parent_id": to.ID, "chat_id": chat, "chat_type": kind, "message_type": "text",
			"create_time": now, "update_time": now, "content": `{"text":"/recall"}`,
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if status, _, err := w.Deliver(w.t.Context(), plain); err != nil || status != http.StatusOK {
		w.t.Fatalf("an event is answered %d, %v", status, err)
	}
}

// newestOwn returns our newest message in a topic, or "".
func (w *walk) newestOwn(chat, thread string) string {
	id := ""
	for _, m := range w.Messages(chat) {
		if thread != "" && m.Thread == thread && w.own(m) && !m.Deleted && m.Ephemeral == "" {
			id = m.ID
		}
	}
	return id
}

// doReact adds or removes a reaction as a person or another bot.
func (w *walk) doReact() {
	name := w.drawPerson("who")
	m := w.drawMessageIn(w.drawChatOf(name))
	emoji := pick(w, "emoji", []string{"CrossMark", "CrossMark", "No", "THUMBSUP"})
	if w.oneIn(6, "by a bot") {
		w.begin(&walkAction{text: fmt.Sprintf("Reporter puts %s on %s", emoji, m.ID)})
		if w.ReactAsApp(w.other.ID, m.ID, emoji) != nil {
			w.last = nil
		}
		return
	}
	a := &walkAction{text: fmt.Sprintf("%s puts %s on %s", name, emoji, m.ID), who: w.users[name]}
	a.targets = func(o sandbox.Message) bool { return o.ID == m.ID && emoji != "THUMBSUP" }
	w.begin(a)
	does := w.React
	if slices.ContainsFunc(m.Reactions, func(r sandbox.Reaction) bool { return r.By == w.users[name] && r.Emoji == emoji }) {
		does, a.text = w.Unreact, a.text+" off again"
		a.targets = func(sandbox.Message) bool { return false }
	}
	if does(w.users[name], m.ID, emoji) != nil {
		w.last = nil
	}
}

// doCommand sends a command that is no reply.
func (w *walk) doCommand() {
	name := w.drawPerson("who")
	chat := w.drawChatOf(name)
	switch pick(w, "command", strings.Fields("N N clean clean clean clean undo undo undo stop stop mine mine mine ttl look authorize authorize deauthorize batch")) {
	case "N":
		n := pick(w, "N", []int{1, 2, 3, 4})
		w.sayCommand(name, chat, "/recall "+strconv.Itoa(n), walkAction{bulk: true, limit: n, targets: w.own})
	case "clean":
		f := w.drawFilter()
		w.sayCommand(name, chat, "/recall clean "+f.text, walkAction{bulk: true, limit: f.last, targets: f.targets(w)}, mentioning(f.mentions...))
	case "undo":
		w.sayCommand(name, chat, strings.TrimSpace("/recall undo "+w.drawJob()), walkAction{undoes: true})
	case "stop":
		w.sayCommand(name, chat, strings.TrimSpace("/recall stop "+w.drawJob()), walkAction{stops: true})
	case "mine":
		w.sayCommand(name, chat, "/recall mine 20", walkAction{})
	case "ttl":
		w.sayCommand(name, chat, pick(w, "lifetime", []string{"/recall ttl 10s", "/recall ttl 1h", "/recall ttl off", "/recall ttl list"}), walkAction{})
	case "look":
		w.sayCommand(name, chat, pick(w, "words", []string{"/recall status", "/recall log", "/recall log 50", "/recall doctor", "/recall help", "/recall"}), walkAction{})
	case "authorize":
		w.authorizes(name, chat)
	case "deauthorize":
		w.sayCommand(name, chat, "/recall deauthorize", walkAction{})
	case "batch":
		id := pick(w, "batch", append(sortedKeys(w.model.batches), "bm-00000000000000000000000000000000"))
		w.sayCommand(name, chat, "/recall "+id, walkAction{targets: w.inBatch(id)})
	}
}

// drawJob draws the id of a job, or "".
func (w *walk) drawJob() string { return pick(w, "job", append(sortedKeys(w.model.jobs), "", "")) }

// walkFilter is a filter of a clean-up and its meaning.
type walkFilter struct {
	text, by, match string
	bots            bool
	last            int
	mentions        []string
}

// drawFilter draws a filter.
func (w *walk) drawFilter() walkFilter {
	f := walkFilter{bots: w.chance("any bot")}
	f.text = "--bot me"
	if f.bots {
		f.text = "--bot any"
	}
	switch pick(w, "filter", strings.Fields("all last since by match")) {
	case "last":
		f.last = pick(w, "last", []int{1, 2, 3})
		f.text += " --last " + strconv.Itoa(f.last)
	case "since":
		f.text += " --since 2h --yes"
	case "by":
		name := pick(w, "by", w.personNames())
		f.by, f.mentions = w.users[name], []string{w.users[name]}
		f.text = "--by @" + name
	case "match":
		f.match = fmt.Sprintf("mark%04d", 1+evenly.Draw(w.rt, "match")%max(w.model.marks, 1))
		f.text += " --match " + f.match
	}
	return f
}

// targets returns a function that selects the messages of the filter, or more.
func (f walkFilter) targets(w *walk) func(sandbox.Message) bool {
	return func(m sandbox.Message) bool {
		switch {
		case f.match != "" && !strings.Contains(m.Content, f.match):
			return false
		case f.by != "":
			return m.Sender == f.by || w.isAuthor(f.by, m)
		default:
			return w.own(m) || f.bots && m.Sender == w.other.ID
		}
	}
}

// doSettings changes a setting as a person.
func (w *walk) doSettings() {
	name := w.drawPerson("who")
	chat := w.drawChatOf(name)
	what := pick(w, "setting", []string{
		"people on", "people on", "people off", "quorum 2", "quorum off", "cascade on", "cascade off", "approve 2", "approve 2", "approve 3", "approve off",
		"moderators add", "moderators remove", "confirm 2", "confirm default", "cleanup on", "quiet on", "quiet off", "",
	})
	text, other := "/recall settings "+what, pick(w, "moderator", w.personNames())
	if strings.HasPrefix(what, "moderators") {
		w.sayCommand(name, chat, text+" @"+other, walkAction{}, mentioning(w.users[other]))
		return
	}
	w.sayCommand(name, chat, strings.TrimSpace(text), walkAction{})
}

// authorizes asks for a link of consent, and opens it as the same or another person.
func (w *walk) authorizes(name, chat string) {
	agrees := pick(w, "agrees", []string{name, name, pick(w, "other", w.personNames())})
	before := w.consentLink(name)
	a := w.sayCommand(name, chat, "/recall authorize", walkAction{})
	w.waitQueuesIdle()
	if after := w.consentLink(name); after != before {
		back, err := w.Consent(after, w.users[agrees], true)
		if err != nil {
			return
		}
		page := w.openURL(back)
		a.text += fmt.Sprintf(", and %s agrees: %d", agrees, page.status)
		if agrees == name {
			w.model.consented[w.users[name]] = true
		}
	}
}

// consentLink returns the newest link in a person's two-person chat, or "".
func (w *walk) consentLink(name string) (link string) {
	w.withState(func(s sandbox.State) { link = w.newestLink(s, w.private[name]) })
	return link
}

// doTalk sends a message that is no command.
func (w *walk) doTalk() {
	name := w.drawPerson("who")
	chat := w.drawChatOf(name)
	w.begin(&walkAction{text: name + " talks in " + w.withNames(chat)})
	w.say(name, chat)
}
