package scenarios_test

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/sandbox"
)

// users is an env for the matrices: one group per role, with the same members and roles, one other group, and a two-person
// chat for each person.
type users struct {
	*env

	people    map[string]string // open_ids by role; empty for anonymous
	groups    map[string]string // by role
	private   map[string]string // by role
	elsewhere string
	reporter  sandbox.App
}

// newUsers starts the env. The bot has the rank in all groups; scope "off" revokes im:message.group_msg.
func newUsers(t *testing.T, rank, scope string, env ...string) *users {
	t.Helper()
	c := &users{
		env:    newEnv(t, envOptions{redis: true, platform: sandbox.Config{Limits: unlimited}, env: env}),
		people: map[string]string{}, groups: map[string]string{}, private: map[string]string{},
	}
	if scope == "off" {
		c.Revoke("im:message.group_msg")
	}
	// Without this event, the index keeps a chat that the bot was removed from.
	c.Subscribe("im.chat.member.bot.deleted_v1", false)
	c.reporter = c.AddApp("Reporter")
	for role := range strings.FieldsSeq("owner owner-granted manager moderator moderator-here moderator-elsewhere author member outsider") {
		c.people[role] = c.AddUser(role).OpenID
		c.private[role] = c.chat(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: c.people[role], Members: []string{c.reporter.ID}})
	}
	c.people["bot"], c.private["bot"], c.private["anonymous"] = c.reporter.OpenID, c.private["member"], c.private["member"]
	for role := range strings.FieldsSeq("owner owner-granted manager moderator moderator-here moderator-elsewhere author member outsider bot anonymous") {
		c.groups[role] = c.chat(c.group(role, rank))
	}
	stranger := c.AddUser("stranger").OpenID
	c.elsewhere = c.chat(sandbox.ChatSpec{Name: "elsewhere", Owner: stranger, Members: c.members()})
	c.people["voter"], c.people["stranger"] = c.AddUser("voter").OpenID, stranger
	c.set("POLICY_MODERATORS", strings.Join([]string{
		c.people["moderator"],
		c.groups["moderator-here"] + "/" + c.people["moderator-here"],
		c.elsewhere + "/" + c.people["moderator-elsewhere"],
	}, ","))
	c.set("OWNER_KEY", ownerKey)
	c.set("OWNER_PUBLIC_URL", c.balancer.baseURL())
	c.start(1)
	return c
}

// authorise authorises our bot as the person of a role.
func (c *users) authorise(role string) {
	c.t.Helper()
	c.sayAs(role, c.private[role], "/recall authorize", "")
	c.await("the link comes", func(s sandbox.State) bool { return c.newestLink(s, c.private[role]) != "" })
	link := ""
	c.withState(func(s sandbox.State) { link = c.newestLink(s, c.private[role]) })
	back, err := c.Consent(link, c.people[role], true)
	if err != nil {
		c.t.Fatal(err)
	}
	if page := c.openURL(back); page.status != http.StatusOK {
		c.t.Fatalf("%s authorises: %d %s", role, page.status, page.page)
	}
}

func (c *users) chat(spec sandbox.ChatSpec) string {
	c.t.Helper()
	id, err := c.AddChat(spec)
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

// members returns the members of every group: all but the outsider.
func (c *users) members() []string {
	list := []string{c.reporter.ID}
	for role, id := range c.people {
		if role != "outsider" && role != "bot" {
			list = append(list, id)
		}
	}
	return list
}

func (c *users) group(role, rank string) sandbox.ChatSpec {
	spec := sandbox.ChatSpec{
		Name: role, Owner: c.people["owner"], Managers: []string{c.people["manager"]}, Members: c.members(),
	}
	if role == "owner-granted" {
		spec.Owner = c.people[role]
	}
	switch rank {
	case "manager":
		spec.BotManagers = []string{c.Bot().ID}
	case "owner":
		spec.Owner = c.Bot().ID
	}
	return spec
}

// leaveGroups removes our bot from the groups if its rank is out.
func (c *users) leaveGroups(rank string) {
	c.t.Helper()
	if rank != "out" {
		return
	}
	for _, group := range c.groups {
		if err := c.RemoveBot(group, c.Bot().ID); err != nil {
			c.t.Fatal(err)
		}
	}
}

// prepareCell creates the target of a cell.
func (c *users) prepareCell(one cell) cellRun {
	c.t.Helper()
	p := cellRun{cell: one, chat: c.groups[one.role]}
	speaker := c.people["member"]
	if one.way == "p2p" {
		p.chat = c.private[one.role]
		if one.role != "bot" && one.role != "anonymous" {
			speaker = c.people[one.role]
		}
	}
	const text = "the words of a message in the matrix"
	c.texts = []string{text}
	var err error
	switch one.target {
	case "bots":
		p.target, err = c.Post(sandbox.PostSpec{Chat: p.chat, App: c.reporter.ID, Text: text})
	case "persons":
		p.target, err = c.Say(sandbox.SaySpec{Chat: p.chat, From: speaker, Text: text})
	case "system":
		p.target, err = c.Say(sandbox.SaySpec{Chat: p.chat, Type: "system", Text: text})
	case "elsewhere":
		p.target, err = c.Post(sandbox.PostSpec{Chat: c.elsewhere, Text: text})
		c.index(c.elsewhere, p.target, time.Now())
	case "unknown":
		p.target, err = c.Post(sandbox.PostSpec{Chat: p.chat, Text: text})
	default:
		p.target, err = c.Post(sandbox.PostSpec{Chat: p.chat, Text: text})
		c.index(p.chat, p.target, time.Now())
	}
	if err != nil {
		c.t.Fatal(err)
	}
	if one.target == "gone" {
		c.recallAsApp(p.target)
	}
	return p
}

// index adds an own post of the author to the index, again where Redis is too slow for one attempt.
func (c *users) index(chat, message string, at time.Time) {
	c.t.Helper()
	own := bot.Message{
		ID: bot.MessageID(message), Chat: bot.ChatID(chat), Kind: bot.KindOwn,
		Sender: bot.HashOf(c.people["author"]), At: at,
	}
	c.poll("indexed", func() bool { return c.probe.index.Add(c.t.Context(), own) == nil })
}

// recallAsApp recalls a message as another service of our app.
func (c *users) recallAsApp(message string) {
	c.t.Helper()
	if code := c.asApp(http.MethodDelete, "/open-apis/im/v1/messages/"+message, "")["code"]; code != 0.0 {
		c.t.Fatalf("take %s back: code %v", message, code)
	}
}

// sendCommand sends the event of the cell. It is built here, as the sandbox sends none for an outsider, a bot or no person.
func (c *users) sendCommand(p cellRun) {
	c.t.Helper()
	if p.way == "reaction" {
		c.send(bot.TypeReacted, c.reaction(p))
		return
	}
	c.send(bot.TypeSaid, c.command(p, "/recall"))
}

// send sends an event as the platform does.
func (c *users) send(kind string, event any) {
	c.t.Helper()
	plain, err := c.Envelope(kind, event)
	if err != nil {
		c.t.Fatal(err)
	}
	body := c.Encrypt(plain)
	status, _, err := c.DeliverRaw(c.t.Context(), c.SignedHeader(body, time.Now()), body)
	if err != nil || status != http.StatusOK {
		c.t.Fatalf("%s: answered %d, %v", kind, status, err)
	}
}

func (c *users) command(p cellRun, text string) any {
	now, chatType, sender := millis(time.Now()), "group", "user"
	if p.way == "p2p" {
		chatType = "p2p"
	}
	if p.role == "bot" {
		sender = "bot"
	}
	return map[string]any{
		"sender": map[string]any{"sender_id": map[string]string{"open_id": c.people[p.role]}, "sender_type": sender},
		"message": map[string]any{
			"message_id": "om_command_for_" + p.target, "root_id": p.target, "parent_id": p.target, "chat_id": p.chat,
			"chat_type": chatType, "message_type": "text", "create_time": now, "update_time": now, "content": `{"text":"` + text + `"}`,
		},
	}
}

func (c *users) reaction(p cellRun) any {
	event := map[string]any{
		"message_id": p.target, "reaction_type": map[string]string{"emoji_type": "CrossMark"},
		"operator_type": "user", "action_time": millis(time.Now()),
	}
	if p.role == "bot" {
		event["operator_type"], event["app_id"] = "app", c.reporter.ID
	} else {
		event["user_id"] = map[string]string{"open_id": c.people[p.role]}
	}
	return event
}

// deleteCalls counts the calls of DELETE for a message.
func (c *users) deleteCalls(message string) int {
	n := 0
	for _, call := range c.Calls() {
		if call.API == apis["delete"] && strings.HasSuffix(call.Path, "/"+message) {
			n++
		}
	}
	return n
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// readRows reads the rows of a table, without empty lines, comments and the header.
func readRows(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for raw := range strings.Lines(string(text)) {
		raw = strings.TrimSpace(raw)
		if raw != "" && !strings.HasPrefix(raw, "#") && !strings.HasPrefix(raw, "way ") {
			lines = append(lines, raw)
		}
	}
	return lines
}
