package scenarios_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"recallbot/bot"
	"recallbot/sandbox"
)

// walkAction is the action of a step: who acts, and what it may cause.
type walkAction struct {
	text  string
	who   string // open_id
	token *walkToken
	// chat is the chat of the command or the press.
	chat  string
	began time.Time
	// command is set for commands; repliesTo is the message that it replies to.
	command   bool
	repliesTo string
	// bulk is set if the action may recall many messages, which may need approval; limit is their maximum number.
	bulk bool
	// anyChat is set if the targets may be in other chats.
	anyChat bool
	limit   int
	// targets selects the messages to recall, queued the posts to cancel.
	targets func(sandbox.Message) bool
	queued  func(walkPost) bool
	// press is the value of the pressed button.
	press buttonValue
	// undoes and stops say what else it may cause.
	undoes, stops bool
	job           string // the job to undo or stop
	alert         string // the alert whose card it changes
	alertChat     string
	card          string // the message of the pressed button
	// approveFrom is the setting approve of each chat at that time.
	approveFrom      map[string]int
	recalledByPerson []string // messages that the act itself takes away, without the bot
}

// walkToken is an API token.
type walkToken struct {
	id           bot.TokenID
	bearer, team string
	scopes       string
	chats        []string
	expired      bool
	revoked      bool
}

func (t *walkToken) String() string {
	text := "a token of " + t.team
	if t.team == "" {
		text = "a token of the operator"
	}
	text += " (" + t.scopes + ")"
	if len(t.chats) > 0 {
		text += " bound to " + strings.Join(t.chats, ",")
	}
	if t.expired {
		text += ", expired"
	}
	if t.revoked {
		text += ", revoked"
	}
	return text
}

func (t *walkToken) may(scope string) bool {
	return !t.expired && !t.revoked && slices.Contains(strings.Split(t.scopes, ","), scope)
}

func (t *walkToken) reaches(chat string) bool {
	return len(t.chats) == 0 || slices.Contains(t.chats, chat)
}

// walkPost is a post as it was ordered or registered through the API.
type walkPost struct {
	id, team, author, group string
	chat                    string // empty for a post to a person
	user                    string
	token                   *walkToken
	until                   time.Time // the end of its lifetime
	registered              bool
	mark                    string // the mark in its text
	batch                   string // the id of a registered batch
}

// walkSettings are a chat's settings.
type walkSettings struct {
	people, cascade bool
	quorum, approve int
	moderators      []string
	lifetime        time.Duration
}

// walkModel is what the walk knows besides the sandbox's state.
type walkModel struct {
	tokens      map[string]*walkToken
	posts       map[string]walkPost // by post id
	postOf      map[string]string   // post id by message id
	restored    map[string]string   // the message that was posted again, by the one that it became
	settings    map[string]walkSettings
	jobs        map[string]*walkAction // what asked for a job
	ended       map[string]bool        // jobs that are over
	approved    map[string]bool        // jobs that a second person approved
	commands    map[string]*walkAction
	botAnswers  map[string]bool        // messages of the bot that are no posts
	madeFor     map[string]string      // for whom
	madeBy      map[string]*walkAction // because of what
	foreign     map[string]bool        // posts of other services of our app
	cancelledBy map[string]cause       // who cancelled a post
	unconfirmed map[string]bool        // messages of posts whose sending was not confirmed: our bot does not know whose they are
	consented   map[string]bool        // who has authorised us
	batches     map[string][]string    // the messages of a batch
	alerts      map[string]string      // whose a card of alerts is: team and chat
	buttons     []cardButton
	marks       int
}

func newWalkModel() walkModel {
	return walkModel{
		tokens: map[string]*walkToken{}, posts: map[string]walkPost{}, postOf: map[string]string{}, restored: map[string]string{},
		settings: map[string]walkSettings{}, jobs: map[string]*walkAction{}, ended: map[string]bool{}, approved: map[string]bool{},
		commands: map[string]*walkAction{}, madeFor: map[string]string{}, consented: map[string]bool{},
		batches: map[string][]string{}, alerts: map[string]string{}, botAnswers: map[string]bool{}, madeBy: map[string]*walkAction{}, foreign: map[string]bool{}, cancelledBy: map[string]cause{}, unconfirmed: map[string]bool{},
	}
}

// evenly draws a number from a uniform distribution.
var evenly = rapid.Custom(func(t *rapid.T) int {
	n := 0
	for range 10 {
		n *= 2
		if rapid.Bool().Draw(t, "bit") {
			n++
		}
	}
	return n
})

// pick draws an element of a list. If the list is empty, it skips the step.
func pick[T any](w *walk, label string, list []T) T {
	if len(list) == 0 {
		w.skipStep("no " + label)
	}
	return list[evenly.Draw(w.rt, label)%len(list)]
}

// oneIn draws true once in n times.
func (w *walk) oneIn(n int, label string) bool { return evenly.Draw(w.rt, label)%n == n-1 }

// chance draws true or false.
func (w *walk) chance(label string) bool { return w.oneIn(2, label) }

// begin notes the action of this step.
func (w *walk) begin(a *walkAction) *walkAction {
	a.began, a.approveFrom = time.Now(), map[string]int{}
	for chat, set := range w.model.settings {
		a.approveFrom[chat] = set.approve
	}
	if a.targets == nil {
		a.targets = func(sandbox.Message) bool { return false }
	}
	if a.queued == nil {
		a.queued = func(walkPost) bool { return false }
	}
	w.last = a
	return a
}

// allChats returns all chats, groups first.
func (w *walk) allChats() []string {
	var all []string
	for _, chats := range []map[string]string{w.groups, w.private} {
		for _, name := range slices.Sorted(maps.Keys(chats)) {
			all = append(all, chats[name])
		}
	}
	return all
}

// defaultChats are the chats of drawChat. Repeated names are drawn more often.
const defaultChats = "plain plain plain plain plain ranked ranked ranked ranked foreign foreign topics topics owned created maybe absent p2p-Anna p2p-Anna p2p-Ben p2p-Mia"

// drawChat draws a chat.
func (w *walk) drawChat(label string) string { return pick(w, label, w.chatChoices()) }

// chatChoices returns the ids of defaultChats.
func (w *walk) chatChoices() []string {
	var list []string
	for name := range strings.FieldsSeq(defaultChats) {
		if person, p2p := strings.CutPrefix(name, "p2p-"); p2p {
			list = append(list, w.private[person])
			continue
		}
		list = append(list, w.groups[name])
	}
	return list
}

// personNames returns the names of all persons.
func (w *walk) personNames() []string { return slices.Sorted(maps.Keys(w.users)) }

// peopleInWalks are the persons of drawPerson. Repeated names are drawn more often.
const peopleInWalks = "Olga Olga Max Max Mona Hans Anna Anna Ben Mia Otto Fay"

// drawPerson draws a person.
func (w *walk) drawPerson(label string) string { return pick(w, label, strings.Fields(peopleInWalks)) } //nolint:unparam // the label is of the draw

// drawMember draws a member of a chat.
func (w *walk) drawMember(chat string) string {
	c, _ := w.Chat(chat)
	return pick(w, "who", slices.DeleteFunc(w.personNames(), func(name string) bool { return !slices.Contains(c.Members, w.users[name]) }))
}

// drawChatOf draws a chat that a person is in.
func (w *walk) drawChatOf(name string) string {
	return pick(w, "chat", append(slices.DeleteFunc(w.chatChoices(), func(id string) bool {
		c, _ := w.Chat(id)
		return !slices.Contains(c.Members, w.users[name])
	}), w.private[name]))
}

// drawMessageIn draws one of a chat's newest public messages.
func (w *walk) drawMessageIn(chat string) sandbox.Message {
	const newest = 12
	all := slices.DeleteFunc(w.Messages(chat), func(m sandbox.Message) bool { return m.Ephemeral != "" })
	return pick(w, "message", all[max(0, len(all)-newest):])
}

// drawMessage draws a message of any chat.
func (w *walk) drawMessage() sandbox.Message { return w.drawMessageIn(w.drawChat("chat")) }

// mark returns a word that no other message contains.
func (w *walk) mark() string {
	w.model.marks++
	return fmt.Sprintf("mark%04d", w.model.marks)
}

// markOf returns the mark in a message, or "".
func markOf(content string) string {
	if i := strings.Index(content, "mark"); i >= 0 && len(content) >= i+8 {
		return content[i : i+8]
	}
	return ""
}

// own reports whether our app sent a message.
func (w *walk) own(m sandbox.Message) bool { return m.Sender == w.Bot().ID }

// asPost returns the post of the API that a message belongs to; for a restored message, the original's post.
func (w *walk) asPost(m string) (walkPost, bool) {
	for range 20 {
		if before := w.model.restored[m]; before != "" {
			m = before
			continue
		}
		break
	}
	p, known := w.model.posts[w.model.postOf[m]]
	return p, known
}

// isAuthor reports whether a person is the author of a post, or has caused an answer of the bot.
func (w *walk) isAuthor(who string, m sandbox.Message) bool {
	p, _ := w.asPost(m.ID)
	return w.own(m) && who != "" && (p.author == who || w.model.madeFor[m.ID] == who)
}

// drawTeam draws a team; "" is the operator.
func (w *walk) drawTeam() string { return pick(w, "team", []string{"red", "red", "blue", ""}) }

// goodTokens returns the valid tokens with a scope of recalls.
func (w *walk) goodTokens() []*walkToken {
	var good []*walkToken
	for _, key := range sortedKeys(w.model.tokens) {
		if t := w.model.tokens[key]; t.may("recall:own") || t.may("recall:any") {
			good = append(good, t)
		}
	}
	return good
}

// drawToken draws an API token, and creates it the first time.
func (w *walk) drawToken() *walkToken {
	if good := w.goodTokens(); len(good) > 0 && w.chance("a good one") {
		return pick(w, "token", good)
	}
	t := walkToken{team: w.drawTeam()}
	t.scopes = pick(w, "scopes", []string{
		"post,recall:own", "post,recall:own", "post,recall:own", "post,recall:any", "post,recall:any", "post", "recall:own", "recall:any", "audit:read",
		"post,recall:own,recall:any,audit:read",
	})
	if w.oneIn(4, "bound") {
		t.chats = []string{w.groups[pick(w, "bound to", []string{"plain", "plain", "foreign"})]}
	}
	t.expired = w.oneIn(20, "expired")
	key := t.String()
	if known := w.model.tokens[key]; known != nil {
		return known
	}
	made := bot.Token{Team: bot.TeamID(t.team), Rate: 60000, Created: time.Now().Add(-time.Hour)}
	for scope := range strings.SplitSeq(t.scopes, ",") {
		made.Scopes = append(made.Scopes, bot.TokenScope(scope))
	}
	for _, chat := range t.chats {
		made.Chats = append(made.Chats, bot.ChatID(chat))
	}
	if t.expired {
		made.Expires = time.Now().Add(-time.Minute)
	}
	created, bearer, err := w.tokens.Create(w.t.Context(), made)
	if err != nil {
		w.t.Fatal(err)
	}
	t.id, t.bearer = created.ID, bearer
	w.model.tokens[key] = &t
	return &t
}
