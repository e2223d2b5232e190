package scenarios_test

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/sandbox"
)

// checkRecalls checks that each recall was allowed, and is recorded in the message's chat with the rule.
func (w *walk) checkRecalls(h *stepResult) {
	taken := map[*walkAction][]sandbox.Message{}
	approvers := map[*walkAction]string{}
	for _, m := range h.gone {
		if m.Ephemeral != "" || slices.Contains(w.last.recalledByPerson, m.ID) {
			continue
		}
		w.count.add("recalled: " + w.kindOf(m))
		right, c, not := w.rightTo(m)
		if right == "" {
			w.fail("recalled without a right: %s of %s in %s%s\n%s", m.ID, m.Sender, m.Chat, not, m.Content)
			continue
		}
		if m.RecalledBy != w.Bot().ID && (c == nil || m.RecalledBy != c.who) {
			w.fail("recalled in the name of %s: %s", m.RecalledBy, m.ID)
		}
		if c != nil {
			taken[c.walkAction] = append(taken[c.walkAction], m)
			approvers[c.walkAction] = c.approver
		}
		w.checkRecord(h, m)
	}
	for a, messages := range taken {
		w.checkApproval(a, approvers[a], messages)
	}
}

func (w *walk) kindOf(m sandbox.Message) string {
	switch {
	case w.model.botAnswers[m.ID]:
		return "own, said by itself"
	case w.model.postOf[m.ID] != "":
		return "own, a post of the API"
	case w.model.restored[m.ID] != "":
		return "own, posted again"
	case w.own(m):
		return "own, of another service"
	case m.Sender == w.other.ID:
		return "another bot's"
	default:
		return "a person's"
	}
}

// checkApproval checks that an action recalled no more than its limit, and was approved if the chat's settings require it. A
// two-person chat needs no approval.
func (w *walk) checkApproval(a *walkAction, approver string, messages []sandbox.Message) {
	if a.limit > 0 && len(messages) > a.limit {
		w.fail("%d messages are gone, where %d were asked for", len(messages), a.limit)
	}
	in := map[string]int{}
	for _, m := range messages {
		in[m.Chat]++
	}
	for chat, n := range in {
		if c, _ := w.Chat(chat); c.Mode == sandbox.P2P && a.token == nil {
			continue
		}
		now, then := w.model.settings[chat].approve, a.approveFrom[chat]
		if a.bulk && approver == "" && now > 0 && n >= now && then > 0 && n >= then {
			w.fail("%d messages are gone in %s, where %d need a second person", n, chat, now)
		}
	}
}

// checkRecord checks that a recall is recorded in the message's chat, with the right rule and the right person or token.
func (w *walk) checkRecord(h *stepResult, m sandbox.Message) {
	about := func(e audit.Entry) bool {
		return string(e.Message) == m.ID && e.Result == bot.Done || bot.IsBatch(e.Message) && e.Result == bot.Asked && w.inBatch(string(e.Message))(m)
	}
	if !w.hasRecord(h, about) {
		w.fail("recalled without a record: %s of %s in %s", m.ID, m.Sender, m.Chat)
	}
	for _, e := range h.records {
		if !about(e) {
			continue
		}
		if string(e.Chat) != m.Chat && !bot.IsBatch(e.Message) {
			w.fail("recorded in %s is a recall in %s", e.Chat, m.Chat)
		}
		if why := w.recordError(h, e, m); why != "" {
			w.fail("the record of %s (%s, %s) says %s of %s%s: %s", m.ID, w.kindOf(m), m.Content, e.Rule, e.Who, e.Token, why)
		}
	}
}

// wasCancelled reports whether a post was cancelled in this step, such as by the end of its lifetime while it was sent.
func wasCancelled(h *stepResult, post string) bool {
	return slices.ContainsFunc(h.records, func(e audit.Entry) bool { return string(e.Message) == post && e.Result == bot.Cancelled })
}

// recordError returns what is wrong with the rule or the person of a record, or "".
func (w *walk) recordError(h *stepResult, e audit.Entry, m sandbox.Message) string {
	who, batch := string(e.Who), bot.IsBatch(e.Message)
	p, posted := w.asPost(m.ID)
	if batch {
		p = w.batchPost(string(e.Message))
	}
	holds := map[string]bool{
		"owner": w.roleIn(who, m.Chat) == "owner", "manager": w.roleIn(who, m.Chat) == "manager", "moderator": w.roleIn(who, m.Chat) == "moderator",
		"author": w.isAuthor(who, m) || batch && who != "" && p.author == who, "counterpart": w.isCounterpart(who, m.Chat), "quorum": w.votes(m) >= 2,
		"cascade": w.answersRecalled(m), "lifetime": true, "own_command": who != "" && (m.Sender == who || w.model.madeFor[m.ID] == who),
		"team": (posted || batch) && p.team != "" && string(e.Team) == p.team, "token": e.Token != "",
		"cancelled": w.seen.states[p.id] == "cancelled" || w.model.cancelledBy[p.id].walkAction != nil || wasCancelled(h, p.id),
	}
	switch {
	case !w.isAllowRule(e.Rule):
		return "that is no rule that allows"
	case !holds[e.Rule]:
		return "that is not so"
	case slices.Contains([]string{"cascade", "lifetime", "own_command"}, e.Rule), w.isActor(e), w.isCanceller(e, p.id):
		return ""
	default:
		return "it was another person"
	}
}

// isCanceller reports whether a record names the one who cancelled a post while it was being sent.
func (w *walk) isCanceller(e audit.Entry, post string) bool {
	c, known := w.model.cancelledBy[post]
	switch {
	case e.Via != bot.ViaCancelled:
		return false
	case !known:
		return e.Who == "" && e.Token == "" // it expired, or its token was revoked
	case c.token != nil:
		return e.Token == c.token.id
	default:
		return string(e.Who) == c.who
	}
}

// checkRecords checks the records of recalls, consents and changes of settings against the platform.
func (w *walk) checkRecords(h *stepResult) {
	for _, e := range h.records {
		who, chat := string(e.Who), string(e.Chat)
		m, known := w.Message(string(e.Message))
		switch {
		case e.Result == bot.Done && known && !m.Deleted:
			w.fail("recorded as recalled is %s, which is not", e.Message)
		case known && e.Result != bot.Refused && e.Result != bot.AlreadyGone && chat != m.Chat:
			w.fail("recorded in %s is what happened in %s: %+v", chat, m.Chat, e)
		case e.Result == bot.Authorised && !w.model.consented[who]:
			w.fail("authorised without consent: %+v", e)
		case e.Result == bot.Deauthorised:
			w.model.consented[who] = false
		case e.Result == bot.Changed:
			w.checkSettingChange(e)
		}
	}
}

// checkSettingChange checks that a setting was changed by an owner or manager, in the chat of the command, and notes its value.
func (w *walk) checkSettingChange(e audit.Entry) {
	who, chat := string(e.Who), string(e.Chat)
	asked := w.last
	if by := w.model.madeBy[w.last.card]; w.last.press.Action == "settings" && by != nil {
		asked = by
	}
	role := w.roleIn(who, chat)
	manages := role == "owner" || role == "manager" || w.isCounterpart(who, chat)
	if !manages || who != w.last.who || asked.chat != chat {
		w.fail("settings of %s are changed without a right: %+v", chat, e)
	}
	key, change, _ := strings.Cut(e.Comment, " ")
	_, value, _ := strings.Cut(change, " → ")
	set := w.model.settings[chat]
	switch bot.SettingKey(key) {
	case bot.SetPeople:
		set.people = value == "on"
	case bot.SetCascade:
		set.cascade = value == "on"
	case bot.SetQuorum:
		set.quorum, _ = strconv.Atoi(value)
	case bot.SetApprove:
		set.approve, _ = strconv.Atoi(value)
	case bot.SetModerators:
		set.moderators = strings.Fields(value)
	case bot.SetLifetimes:
		set.lifetime = 0
		for one := range strings.SplitSeq(value, ";") {
			d, err := time.ParseDuration(strings.TrimSpace(one))
			if err == nil && (set.lifetime == 0 || d < set.lifetime) {
				set.lifetime = d
			}
		}
	default:
	}
	w.model.settings[chat] = set
}

// checkJobs checks that each stop of a job was allowed.
func (w *walk) checkJobs() {
	for _, id := range sortedKeys(w.model.jobs) {
		if w.model.ended[id] {
			continue
		}
		var job struct{ State string }
		if got := w.api(w.operator, "GET", "/recalls/"+id, nil); got.status < 300 {
			got.decode(w.authzEnv, &job)
		} else {
			job.State = "none" // a single recall, which has an archive but no job
		}
		asked, a := w.model.jobs[id], w.last
		switch job.State {
		case "none", "done", "expired", "failed", "stopped", "cancelled":
			w.model.ended[id] = true
		}
		stops := a.stops && (a.token != nil && w.mayStop(a.token, asked) || a.token == nil && (a.who == asked.who && a.who != "" || w.mayModerate(a.who, asked.chat)))
		if (job.State == "stopped" || job.State == "cancelled") && !stops {
			w.fail("job %s is %s without a right", id, job.State)
		}
	}
}
