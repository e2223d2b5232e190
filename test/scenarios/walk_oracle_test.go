package scenarios_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"recallbot/sandbox"
)

// The oracle of a walk decides what is allowed. It is written from the contract ("Who may", "Promises") and the platform's
// rules, not from the code. It reads senders, chats and roles from the sandbox.

// cause is an action that may have caused a recall in this step: the current one, or an earlier one that a button continued.
type cause struct {
	*walkAction

	who      string
	asked    time.Time
	approver string
	// reply is set for a reply to the message: then the bot may let the platform decide whose message it is.
	reply bool
}

// causes returns the possible causes in this step.
func (w *walk) causes() []cause {
	a := w.last
	own := cause{walkAction: a, who: a.who, asked: a.began, reply: a.command && a.repliesTo != ""}
	asked := w.model.jobs[a.press.Job]
	if asked == nil {
		return []cause{own}
	}
	before := cause{walkAction: asked, who: asked.who, asked: asked.began}
	switch {
	case a.press.Action == "confirm" && a.who == asked.who:
		return []cause{before}
	case a.press.Action == "approve" && a.who != asked.who && w.mayModerate(a.who, asked.chat):
		before.approver = a.who
		return []cause{before}
	default:
		return []cause{own}
	}
}

// roleIn returns a person's role in a chat that allows recalls: owner, manager, moderator, or "".
func (w *walk) roleIn(who, chat string) string {
	c, _ := w.Chat(chat)
	here := who == w.users["Hans"] && chat == w.groups["plain"]
	switch {
	case who == "":
		return ""
	case c.Mode != sandbox.P2P && c.Owner == who:
		return "owner"
	case c.Mode != sandbox.P2P && slices.Contains(c.Managers, who):
		return "manager"
	case who == w.users["Mona"] || here || slices.Contains(w.model.settings[chat].moderators, who):
		return "moderator"
	default:
		return ""
	}
}

// isCounterpart reports whether a chat is a person's two-person chat with our bot.
func (w *walk) isCounterpart(who, chat string) bool {
	c, _ := w.Chat(chat)
	return c.Mode == sandbox.P2P && who != "" && slices.Contains(c.Members, who)
}

func (w *walk) mayModerate(who, chat string) bool {
	return w.roleIn(who, chat) != "" || w.isCounterpart(who, chat)
}

// ranked reports whether the platform may let our bot recall messages of others in a chat. If a bot owns the group, the
// platform does not say which one.
func (w *walk) ranked(chat string) bool {
	c, _ := w.Chat(chat)
	person := w.isPerson(c.Owner)
	self := w.Bot().ID
	return c.Mode != sandbox.P2P && (slices.Contains(c.BotManagers, self) || c.Creator == self || !person)
}

// isPerson reports whether an id is a person's.
func (w *walk) isPerson(id string) bool {
	return slices.Contains(slices.Collect(maps.Values(w.users)), id)
}

// mayRecall returns why a cause does not allow the recall of a message, or "" if it does.
func (w *walk) mayRecall(c cause, m sandbox.Message) string {
	switch {
	case !c.targets(m):
		return "it was not meant"
	case m.Ephemeral != "":
		return "it is seen by one person alone"
	case m.Created.After(c.asked):
		return "it is newer"
	case w.byBatch(c, m):
		return ""
	case c.token != nil:
		return w.tokenMay(c, m)
	case c.chat != "" && !c.anyChat && m.Chat != c.chat:
		return "it is in another chat"
	default:
		return w.personMay(c, m)
	}
}

// personMay is mayRecall for a person who asks.
func (w *walk) personMay(c cause, m sandbox.Message) string {
	role, own := w.roleIn(c.who, m.Chat), w.own(m)
	author := w.isAuthor(c.who, m)
	counterpart := w.isCounterpart(c.who, m.Chat)
	switch {
	case role == "" && !author && !counterpart:
		return "no right of " + c.who + " in " + m.Chat
	case own:
		return ""
	case c.reply && !w.ranked(m.Chat):
		return "" // the platform refuses messages that are not ours; checkRecalls finds those that it did not
	case role == "" || counterpart:
		return "it is not ours"
	}
	return w.rankedMay(c, m, role)
}

// rankedMay is mayRecall for messages of others, for a person with a role.
func (w *walk) rankedMay(c cause, m sandbox.Message, role string) string {
	granted := role == "owner" && w.model.consented[c.who]
	person := w.isPerson(m.Sender)
	switch {
	case !w.ranked(m.Chat) && !granted:
		return "our bot has no rank"
	case m.Sender == "":
		return "the system said it"
	case person && (!w.model.settings[m.Chat].people || c.token == nil && !c.command):
		return "a person wrote it"
	default:
		return ""
	}
}

// tokenMay is mayRecall for the holder of a token.
func (w *walk) tokenMay(c cause, m sandbox.Message) string {
	t := c.token
	p, posted := w.asPost(m.ID)
	any := t.may("recall:any")
	switch {
	case !any && !t.may("recall:own"):
		return "the token may not recall"
	case !t.reaches(m.Chat):
		return "the token does not reach " + m.Chat
	case posted && t.team != "" && p.team == t.team && w.own(m):
		return ""
	case !any:
		return "it is not the team's"
	case posted && !p.registered && !w.model.unconfirmed[m.ID] && p.team != "" && t.team != "" && p.team != t.team:
		return "it is the team's " + p.team
	case w.own(m):
		return ""
	default:
		return w.rankedMay(c, m, "")
	}
}

// byBatch reports whether a message belongs to a batch that the cause may recall as a whole.
func (w *walk) byBatch(c cause, m sandbox.Message) bool {
	for id := range w.model.batches {
		if !w.inBatch(id)(m) {
			continue
		}
		p, t := w.batchPost(id), c.token
		mine := t != nil && p.id != "" && t.team != "" && p.team == t.team
		open := t != nil && (p.id == "" || t.team == "" || p.team == "" || p.team == t.team)
		switch {
		case t != nil && len(t.chats) > 0:
		case t != nil && (t.may("recall:any") && open || t.may("recall:own") && mine):
			return true
		case t == nil && c.who != "" && (c.who == w.users["Mona"] || p.author == c.who):
			return true
		}
	}
	return false
}

// batchPost returns the registered post of a batch.
func (w *walk) batchPost(id string) walkPost {
	for _, p := range w.model.posts {
		if p.batch == id {
			return p
		}
	}
	return walkPost{}
}

// automaticRight returns why a message may be recalled without a command, or "" if it may not.
func (w *walk) automaticRight(m sandbox.Message) string {
	set := w.model.settings[m.Chat]
	p, _ := w.model.posts[w.model.postOf[m.ID]]
	over := func(until time.Time) bool { return !until.IsZero() && time.Now().After(until) }
	batchOver := slices.ContainsFunc(sortedKeys(w.model.batches), func(id string) bool { return w.inBatch(id)(m) && over(w.batchPost(id).until) })
	command := w.model.commands[m.ID]
	switch {
	case w.own(m) && (over(p.until) || batchOver):
		return "lifetime"
	case w.own(m) && w.seen.states[p.id] == "cancelled":
		return "cancelled while it was sent"
	case w.own(m) && set.lifetime > 0 && time.Since(m.Created) > set.lifetime:
		return "lifetime"
	case w.own(m) && set.cascade && w.answersRecalled(m):
		return "cascade"
	case set.quorum > 0 && w.last.targets(m) && w.votes(m) >= set.quorum && (w.own(m) || m.Sender == w.other.ID && w.ranked(m.Chat)):
		return "quorum"
	case command != nil && command.who == m.Sender && w.ranked(m.Chat):
		return "own_command"
	case w.model.botAnswers[m.ID]:
		return "own_command"
	default:
		return ""
	}
}

// votes counts the people who vote for a recall by a reaction.
func (w *walk) votes(m sandbox.Message) int {
	people := map[string]bool{}
	for _, r := range m.Reactions {
		if person := w.isPerson(r.By); person && (r.Emoji == "CrossMark" || r.Emoji == "No") {
			people[r.By] = true
		}
	}
	return len(people)
}

// answersRecalled reports whether a message replies to a recalled one.
func (w *walk) answersRecalled(m sandbox.Message) bool {
	for _, id := range []string{m.Parent, m.Root} {
		if before, known := w.Message(id); known && before.Deleted {
			return true
		}
	}
	return false
}

// rightTo returns the right by which a message may be recalled in this step and its cause, or the reasons against it.
func (w *walk) rightTo(m sandbox.Message) (right string, c *cause, not string) {
	var nots strings.Builder
	for _, c := range w.causes() {
		why := w.mayRecall(c, m)
		if why == "" {
			return "asked for", &c, ""
		}
		fmt.Fprintf(&nots, "; %s: %s", c.text, why)
	}
	if right = w.automaticRight(m); right != "" {
		return right, nil, ""
	}
	return "", nil, nots.String()
}

// mayCancel returns why a cause does not allow to cancel a queued post, or "" if it does.
func (w *walk) mayCancel(c cause, p walkPost) string {
	if !c.queued(p) {
		return "it was not meant"
	}
	if t := c.token; t != nil {
		switch {
		case !t.may("recall:any") && !t.may("recall:own"):
			return "the token may not recall"
		case len(t.chats) > 0 && !slices.Contains(t.chats, p.chat):
			return "the token does not reach " + p.chat
		case t.team != "" && t.team == p.team, t.may("recall:any") && (t.team == "" || p.team == ""):
			return ""
		default:
			return "it is the team's " + p.team
		}
	}
	if c.who != "" && (c.who == p.author || w.mayModerate(c.who, p.chat) || p.user == c.who) {
		return ""
	}
	return "no right of " + c.who
}
