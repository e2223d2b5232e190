package scenarios_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"recallbot/sandbox"
)

// The oracle of a walk says who has the right to what. It is written from the contract ("Who may", "Promises") and from
// what the platform allows, and reads whose a message is, where it stands and who has which rank from the sandbox.

// cause is why something may happen in a step: what somebody did, now or, where a button only let it go on, before.
type cause struct {
	*walkAction

	who      string
	asked    time.Time
	approver string
	// reply is set where a person's reply names the message, so that the platform may be left to say whose it is.
	reply bool
}

// causes are what the last act may have set going.
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

// roleIn is what somebody is in a group that gives them a say there: owner, manager, moderator, or empty.
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

// isCounterpart reports whether a chat is the two-person chat of somebody and our bot.
func (w *walk) isCounterpart(who, chat string) bool {
	c, _ := w.Chat(chat)
	return c.Mode == sandbox.P2P && who != "" && slices.Contains(c.Members, who)
}

func (w *walk) mayModerate(who, chat string) bool {
	return w.roleIn(who, chat) != "" || w.isCounterpart(who, chat)
}

// ranked reports whether the platform lets our bot take away what others wrote in a chat, as far as the bot can tell: of a
// group that some bot owns it is not told which.
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

// mayRecall says why a cause gives no right to have a message recalled, and is empty where it does.
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
		return "it stands in another chat"
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
		return "" // the platform refuses what is not ours; what it lets the bot take is seen by its being gone
	case role == "" || counterpart:
		return "it is not ours"
	}
	return w.rankedMay(c, m, role)
}

// rankedMay is mayRecall for what others wrote, by whoever has a say in the group.
func (w *walk) rankedMay(c cause, m sandbox.Message, role string) string {
	lent := role == "owner" && w.model.consented[c.who]
	person := w.isPerson(m.Sender)
	switch {
	case !w.ranked(m.Chat) && !lent:
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

// byBatch reports whether a message is part of a batch that the cause gives the right to take back as a whole.
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

// batchPost is a batch as it is registered.
func (w *walk) batchPost(id string) walkPost {
	for _, p := range w.model.posts {
		if p.batch == id {
			return p
		}
	}
	return walkPost{}
}

// automaticRight says why a message may go without anybody asking for it, and is empty where it may not.
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

// votes is how many people react to a message as if it were to go.
func (w *walk) votes(m sandbox.Message) int {
	people := map[string]bool{}
	for _, r := range m.Reactions {
		if person := w.isPerson(r.By); person && (r.Emoji == "CrossMark" || r.Emoji == "No") {
			people[r.By] = true
		}
	}
	return len(people)
}

// answersRecalled reports whether a message answers one that is gone.
func (w *walk) answersRecalled(m sandbox.Message) bool {
	for _, id := range []string{m.Parent, m.Root} {
		if before, known := w.Message(id); known && before.Deleted {
			return true
		}
	}
	return false
}

// rightTo says by what right a message may be recalled in this step, or why by none.
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

// mayCancel says why a cause gives no right to a post that is not sent yet, and is empty where it does.
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
