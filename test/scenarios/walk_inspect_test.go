package scenarios_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/sandbox"
)

// walkSeen is what earlier steps have inspected already.
type walkSeen struct {
	calls       int
	records     int64
	lateRecords []audit.Entry // records that hasRecord read after gather
	messages    map[string]bool
	gone        map[string]bool
	states      map[string]string // of posts
	buttons     map[string]bool
}

func newWalkSeen() walkSeen {
	return walkSeen{messages: map[string]bool{}, gone: map[string]bool{}, states: map[string]string{}, buttons: map[string]bool{}}
}

// stepResult is what is new after a step.
type stepResult struct {
	fresh, gone []sandbox.Message
	calls       []sandbox.Call
	records     []audit.Entry
	posts       []apiPost
}

// inspect checks that everything that the last step caused was allowed, and is recorded.
func (w *walk) inspect() {
	h := w.gather()
	w.learnPosts(h)
	w.learnMessages(h)
	w.learnJobs(h)
	w.checkRecords(h)
	w.checkRecalls(h)
	w.checkAttempts(h)
	w.checkEdits(h)
	w.checkCancelled(h)
	w.checkJobs()
}

// hasRecord waits for a matching record, and reports whether it came: the bot may not be done with work on hold.
func (w *walk) hasRecord(h *stepResult, is func(audit.Entry) bool) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 100 {
		if slices.ContainsFunc(h.records, is) {
			return true
		}
		<-tick.C
		w.seen.lateRecords = append(w.seen.lateRecords, w.readRecords(h)...)
	}
	return false
}

// readRecords reads the new records.
func (w *walk) readRecords(h *stepResult) (fresh []audit.Entry) {
	w.poll("every record is in the file", w.auditFileComplete)
	last := w.seen.records
	for _, e := range w.auditLines() {
		if e.N > last {
			fresh = append(fresh, e)
			w.seen.records = max(w.seen.records, e.N)
			w.count.add("records: " + string(e.Result))
		}
	}
	h.records = append(h.records, fresh...)
	return fresh
}

// gather reads what is new on the platform, in the audit and in the API.
func (w *walk) gather() *stepResult {
	h := &stepResult{records: w.seen.lateRecords}
	w.seen.lateRecords = nil
	w.readRecords(h)
	for _, e := range h.records {
		if e.Result == bot.Asked {
			w.poll("the platform recalls a batch", func() bool {
				return !slices.ContainsFunc(w.model.batches[string(e.Message)], func(id string) bool { m, _ := w.Message(id); return !m.Deleted })
			})
		}
	}
	h.posts = w.listPosts(w.operator, "/posts?limit=200")
	w.withState(func(s sandbox.State) {
		h.calls = slices.Clone(s.Calls()[w.seen.calls:])
		for _, chat := range w.allChats() {
			for _, m := range s.Messages(chat) {
				if !w.seen.messages[m.ID] {
					h.fresh = append(h.fresh, m)
				}
				if m.Deleted && !w.seen.gone[m.ID] {
					h.gone = append(h.gone, m)
				}
				w.seen.messages[m.ID], w.seen.gone[m.ID] = true, m.Deleted
				w.noteButtons(m)
			}
		}
	})
	w.seen.calls += len(h.calls)
	return h
}

// noteButtons notes the buttons of a card of ours.
func (w *walk) noteButtons(m sandbox.Message) {
	if !w.own(m) || m.Deleted {
		return
	}
	for _, b := range buttonsOf(m.Content) {
		key := fmt.Sprint(m.ID, b.text, b.value)
		if p := (cardButton{b, m}).decode(); p.Action != "" && !w.seen.buttons[key] {
			w.seen.buttons[key] = true
			w.model.buttons = append(w.model.buttons, cardButton{b, m})
		}
	}
}

// learnPosts notes the messages of posts, and checks that they were sent to the right chat by a valid token.
func (w *walk) learnPosts(h *stepResult) {
	for _, p := range h.posts {
		asked, known := w.model.posts[p.ID]
		if !known {
			if w.last.alert == "" {
				w.fail("unknown post %+v", p)
			}
			asked = walkPost{id: p.ID, team: w.last.token.team, chat: w.last.alertChat, token: w.last.token}
			w.model.posts[p.ID], w.model.alerts[p.ID] = asked, w.last.alert
		}
		delete(w.model.unconfirmed, p.Message)
		if p.Message == "" || w.model.postOf[p.Message] != "" || asked.batch != "" {
			continue
		}
		again := slices.Contains(slices.Collect(maps.Values(w.model.postOf)), p.ID) // restored by an undo
		w.model.postOf[p.Message] = p.ID
		w.count.add("posts sent")
		m, _ := w.Message(p.Message)
		counterpart := asked.user != "" && w.isCounterpart(asked.user, m.Chat)
		switch {
		case m.Chat != asked.chat && !counterpart:
			w.fail("a post for %s%s is sent to %s", asked.chat, asked.user, m.Chat)
		case asked.token.revoked && !again:
			w.fail("a post of a revoked token is sent")
		}
	}
}

// learnMessages classifies new messages of the bot: posts of the API, restored posts, and answers.
func (w *walk) learnMessages(h *stepResult) {
	for _, m := range h.fresh {
		if !w.own(m) || w.model.foreign[m.ID] || w.model.postOf[m.ID] != "" {
			continue
		}
		if p := w.unconfirmedPost(m); p != "" {
			w.model.postOf[m.ID], w.model.unconfirmed[m.ID] = p, true
			w.count.add("posts sent, and not heard of")
			continue
		}
		if before := w.restoredFrom(m); before.ID != "" {
			w.model.restored[m.ID] = before.ID
			w.count.add("posted again")
			w.checkRestored(h, m, before)
			continue
		}
		w.model.botAnswers[m.ID], w.model.madeBy[m.ID], w.model.madeFor[m.ID] = true, w.last, w.reader(m)
	}
}

// unconfirmedPost returns the id of the post that a message belongs to if the platform's answer was lost, or "".
func (w *walk) unconfirmedPost(m sandbox.Message) string {
	for id, p := range w.model.posts {
		state := w.seen.states[id]
		there := p.chat == m.Chat || p.user != "" && w.isCounterpart(p.user, m.Chat)
		if p.mark != "" && p.mark == markOf(m.Content) && there && (state == "" || state == "queued" || state == "cancelled") {
			return id
		}
	}
	return ""
}

// reader returns the person for whom a message of the bot is: the only reader, else the person who asked.
func (w *walk) reader(m sandbox.Message) string {
	c, _ := w.Chat(m.Chat)
	asked := w.model.jobs[w.last.press.Job]
	switch {
	case m.Ephemeral != "":
		return m.Ephemeral
	case c.Mode == sandbox.P2P:
		return c.Members[0]
	case asked != nil:
		return asked.who
	default:
		return w.last.who
	}
}

// restoredFrom returns the recalled message that m restores, or the zero Message.
func (w *walk) restoredFrom(m sandbox.Message) sandbox.Message {
	mark := markOf(m.Content)
	again := mark != "" && m.Ephemeral == "" && (m.Type == "text" || strings.Contains(m.Content, "walk.example.com"))
	if !again {
		return sandbox.Message{}
	}
	for _, chat := range append([]string{m.Chat}, w.allChats()...) {
		for _, o := range w.Messages(chat) {
			if o.ID != m.ID && o.Deleted && w.own(o) && !w.model.botAnswers[o.ID] && markOf(o.Content) == mark {
				return o
			}
		}
	}
	if !strings.Contains(m.Content, postMark) && !strings.Contains(m.Content, "the words of") {
		return sandbox.Message{} // an answer that quotes the command
	}
	w.fail("the bot says again in %s what was not gone: %s", m.Chat, m.Content)
	return sandbox.Message{}
}

// checkRestored checks that the undo was allowed, and is recorded.
func (w *walk) checkRestored(h *stepResult, m, before sandbox.Message) {
	a, t := w.last, w.last.token
	asked := w.model.jobs[a.job]
	switch {
	case m.Chat != before.Chat:
		w.fail("restored in %s is a message of %s", m.Chat, before.Chat)
	case !a.undoes:
		w.fail("restored without an undo: %s", before.Content)
	case t != nil && (asked == nil || !w.mayStop(t, asked) || !t.reaches(m.Chat)):
		w.fail("restored for a token without a right: %s", before.Content)
	case t == nil && !w.mayModerate(a.who, m.Chat) && !w.isAuthor(a.who, before):
		w.fail("restored without a right: %s", before.Content)
	}
	onRecord := func(e audit.Entry) bool {
		o, known := w.Message(string(e.Message)) // the same text may have been recalled and restored before
		same := known && o.Deleted && markOf(o.Content) == markOf(before.Content)
		return same && e.Result == bot.Restored && string(e.Chat) == m.Chat && w.isAllowRule(e.Rule) && w.isActor(e)
	}
	if !w.hasRecord(h, onRecord) {
		w.fail("restored without a record: %s", before.Content)
	}
}

// mayStop reports whether a token may stop or undo a job: one of its team, or any that it reaches for the operator's token.
func (w *walk) mayStop(t *walkToken, asked *walkAction) bool {
	mine := asked.token != nil && asked.token.team == t.team
	reached := asked.chat == "" || t.reaches(asked.chat)
	return (t.may("recall:own") || t.may("recall:any")) && reached && (mine || t.team == "")
}

// isActor reports whether a record names the person or token of this step.
func (w *walk) isActor(e audit.Entry) bool {
	return slices.ContainsFunc(w.causes(), func(c cause) bool {
		if c.token != nil {
			return e.Token == c.token.id && string(e.Team) == c.token.team && e.Who == ""
		}
		return c.who != "" && string(e.Who) == c.who && e.Token == ""
	})
}

// learnJobs notes the action that started each new job.
func (w *walk) learnJobs(h *stepResult) {
	note := func(id string, command string) {
		if id == "" || w.model.jobs[id] != nil {
			return
		}
		w.model.jobs[id] = w.last
		if a := w.model.commands[command]; a != nil {
			w.model.jobs[id] = a
		}
	}
	for _, e := range h.records {
		note(string(e.Job), string(e.Command))
	}
	for _, b := range w.model.buttons {
		note(b.decode().Job, "")
	}
}

// checkAttempts checks that each DELETE was allowed, whatever the platform answered.
func (w *walk) checkAttempts(h *stepResult) {
	for _, call := range h.calls {
		if call.API != apis["delete"] {
			continue
		}
		w.count.add(fmt.Sprintf("DELETE, code %d", call.Code))
		id := call.Path[strings.LastIndex(call.Path, "/")+1:]
		if strings.HasPrefix(id, elsewhere) {
			continue // a command of doElsewhere, which exists in the event only
		}
		m, known := w.Message(id)
		if !known {
			w.fail("DELETE of %s, which is no message", id)
		}
		if call.Code == 0 {
			continue // checkRecalls checks it
		}
		before := m
		before.Deleted = false
		if _, _, not := w.rightTo(before); not != "" {
			w.fail("asked without a right: DELETE of %s in %s by %s (code %d)%s", id, m.Chat, m.Sender, call.Code, not)
		}
		if !w.hasRecord(h, func(e audit.Entry) bool { return string(e.Message) == id && string(e.Chat) == m.Chat }) {
			w.fail("asked without a record in its chat: DELETE of %s in %s, code %d", id, m.Chat, call.Code)
		}
	}
}

// checkEdits checks that only the bot's own cards were edited, and alerts' cards by their own team.
func (w *walk) checkEdits(h *stepResult) {
	for _, call := range h.calls {
		edit := call.API == apis["patch"] || call.Method == http.MethodPut
		if !edit || call.Code != 0 {
			continue
		}
		id := call.Path[strings.LastIndex(call.Path, "/")+1:]
		alert := w.model.alerts[w.model.postOf[id]]
		w.count.add("edits")
		pressed := w.last.press.Action == "take_back" && w.model.postOf[id] == w.last.press.Post // its sending is unconfirmed
		if !w.model.botAnswers[id] && !pressed && (alert == "" || alert != w.last.alert) {
			w.fail("edited is %s, which is not the bot's own", id)
		}
	}
}

// checkCancelled checks that each cancellation was allowed, and is recorded.
func (w *walk) checkCancelled(h *stepResult) {
	for _, p := range h.posts {
		before := w.seen.states[p.ID]
		w.seen.states[p.ID] = p.State
		if p.State != "cancelled" || before == p.State {
			continue
		}
		w.count.add("posts cancelled")
		asked := w.model.posts[p.ID]
		var not strings.Builder
		for _, c := range w.causes() {
			if why := w.mayCancel(c, asked); why != "" {
				not.WriteString("; " + why)
				continue
			}
			w.model.cancelledBy[p.ID] = c
		}
		over := !asked.until.IsZero() && !asked.until.After(time.Now())
		switch _, allowed := w.model.cancelledBy[p.ID]; {
		case allowed, over, asked.token.revoked:
		default:
			w.fail("cancelled without a right: post %+v%s", p, not.String())
		}
		onRecord := func(e audit.Entry) bool {
			return string(e.Message) == p.ID && e.Result == bot.Cancelled && string(e.Chat) == asked.chat && w.isAllowRule(e.Rule) &&
				(w.isActor(e) || over || (asked.token.revoked && e.Rule == "token_over"))
		}
		if !w.hasRecord(h, onRecord) {
			w.fail("cancelled without a record in its chat: post %+v", p)
		}
	}
}

// isAllowRule reports whether a rule is one that allows.
func (w *walk) isAllowRule(rule string) bool {
	return slices.Contains(strings.Fields("owner manager moderator author counterpart quorum cascade team token lifetime cancelled token_over own_command"), rule)
}

var idsInAnswers = regexp.MustCompile(`\b(p_[a-z2-7]{10,}|om_[0-9a-f]{32})\b`)

// checkIsolation checks that an answer reveals no ids of other teams' posts.
func (w *walk) checkIsolation(t *walkToken, asked string, got apiAnswer) {
	for _, id := range idsInAnswers.FindAllString(string(got.body), -1) {
		p, known := w.model.posts[id]
		if !known {
			p, known = w.model.posts[w.model.postOf[id]]
		}
		if known && !p.registered && !w.model.unconfirmed[id] && t.team != "" && p.team != "" && p.team != t.team && !strings.Contains(asked, id) {
			w.fail("team %q is told of %s, which is the team's %q", t.team, id, p.team)
		}
	}
}
