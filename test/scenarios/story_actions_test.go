package scenarios_test

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"recallbot/sandbox"
)

// people adds persons to the tenant, each with a two-person chat with our bot.
func (s *story) people(l line) {
	for _, name := range l.words {
		id := s.AddUser(name).OpenID
		s.ids[name], s.mentionIDs[name] = id, id
		chat, err := s.AddChat(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: id})
		s.ok(l, err)
		s.private[id] = chat
		s.ids["p2p-"+name] = chat
		s.chats = append(s.chats, chat)
	}
}

// apps adds other bots to the tenant.
func (s *story) apps(l line) {
	for _, name := range l.words {
		app := s.AddApp(name)
		s.ids[name], s.mentionIDs[name] = app.ID, app.OpenID
	}
}

// group adds a group or a topic group: owner X managers X,Y members X,Y bot manager|owner|outside.
func (s *story) group(l line) {
	spec := sandbox.ChatSpec{
		Name: l.word(0), Mode: sandbox.Group, Managers: s.idList(l, l.with["managers"]),
		Members: s.idList(l, l.with["members"]), External: l.has("external"), WithoutBot: l.with["bot"] == "outside",
	}
	if l.verb == "topics" {
		spec.Mode = sandbox.Topic
	}
	if owner := l.with["owner"]; owner != "" {
		spec.Owner = s.id(l, owner)
	}
	switch l.with["bot"] {
	case "owner":
		spec.Owner = s.Bot().ID
	case "manager":
		spec.BotManagers = []string{s.Bot().ID}
	}
	id, err := s.AddChat(spec)
	s.ok(l, err)
	s.ids[l.word(0)] = id
	s.chats = append(s.chats, id)
}

// configure sets a key of the bot's configuration: config chat.language: zh-CN.
func (s *story) configure(l line) {
	s.set(strings.ToUpper(strings.ReplaceAll(l.word(0), ".", "_")), s.translate(l.text))
}

func (s *story) setReplicas(l line) { s.replicas = s.number(l, l.word(0)) }

func (s *story) number(l line, text string) int {
	s.t.Helper()
	n, err := strconv.Atoi(text)
	s.ok(l, err)
	return n
}

// scope grants or revokes a scope: scope lacking im:message.group_msg.
func (s *story) scope(l line) {
	if l.word(0) == "granted" {
		s.Grant(l.word(1))
		return
	}
	s.Revoke(l.word(1))
}

// at returns the time of a message: zero for now, or that of "ago 7h".
func (s *story) at(l line) time.Time {
	if l.with["ago"] == "" {
		return time.Time{}
	}
	age, err := time.ParseDuration(l.with["ago"])
	s.ok(l, err)
	return time.Now().Add(-age)
}

// post sends a message as a bot: post p1 in Launch by Reporter: text. Without "by" the sender is another service of our app.
func (s *story) post(l line) {
	spec := sandbox.PostSpec{Chat: s.id(l, l.with["in"]), At: s.at(l), Thread: l.has("topic")}
	spec.Text, spec.Type, spec.Content = content(l.with["type"], unescaped(l.text))
	if by := l.with["by"]; by != "" {
		spec.App = s.id(l, by)
	}
	if to := l.with["to"]; to != "" {
		spec.ReplyTo = s.id(l, to)
	}
	id, err := s.Post(spec)
	s.ok(l, err)
	s.ids[l.word(0)], s.own[id] = id, true
	s.texts = append(s.texts, l.text)
}

// say sends a message as a person: say Mia in Launch as m1: text.
func (s *story) say(l line) {
	s.speak(l, sandbox.SaySpec{Chat: s.id(l, l.with["in"])})
}

// reply sends a reply as a person: reply Olga to p1 as c1: /recall. See testdata/README.md for its options.
func (s *story) reply(l line) {
	to := s.id(l, l.with["to"])
	m, _ := s.Message(to)
	s.speak(l, sandbox.SaySpec{Chat: m.Chat, ReplyTo: to, Thread: l.has("topic"), Quote: l.has("quoting"), Straight: l.has("straight")})
}

func (s *story) speak(l line, spec sandbox.SaySpec) {
	s.t.Helper()
	spec.From, spec.Text, spec.At = s.id(l, l.word(0)), unescaped(s.expand(l.text)), s.at(l)
	spec.MentionBot = l.has("mentioning") || strings.Contains(l.text, "@RecallBot")
	spec.Mentions = s.mentioned(l.text)
	switch {
	case l.has("rich"):
		spec.Type, spec.Text, spec.Content = "post", "", richText(unescaped(l.text))
	case l.has("nested"):
		spec.Type, spec.Text, spec.Content = "post", "", `{"zh_cn":`+richText(l.text)+`}`
	case l.has("system"):
		spec.Type = "system"
	}
	id, err := s.Say(spec)
	s.ok(l, err)
	if as := l.with["as"]; as != "" {
		s.ids[as] = id
	}
	s.texts = append(append(s.texts, l.text), filterTexts(l.text)...)
}

// unescaped replaces JSON escapes (\u and four hex digits) with their characters, some of which are invisible.
func unescaped(text string) string {
	return regexp.MustCompile(`\\u[0-9a-f]{4}`).ReplaceAllStringFunc(text, func(escape string) string {
		code, _ := strconv.ParseUint(escape[2:], 16, 32) // matched four hex digits
		return string(rune(code))
	})
}

// mentioned returns the ids of people and other bots that a text mentions with @.
func (s *story) mentioned(text string) []string {
	var ids []string
	for _, found := range regexp.MustCompile(`@(\w+)`).FindAllStringSubmatch(text, -1) {
		if id := s.mentionIDs[found[1]]; id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// richText returns the content of a rich text with one paragraph per line. A leading @RecallBot becomes a mention.
func richText(text string) string {
	type element struct {
		Tag    string `json:"tag"`
		Text   string `json:"text,omitempty"`
		UserID string `json:"user_id,omitempty"`
	}
	content := [][]element{}
	for i, words := range strings.Split(text, "\n") {
		row := []element{{Tag: "text", Text: words}}
		if rest, mentioned := strings.CutPrefix(words, "@RecallBot"); mentioned && i == 0 {
			row = []element{{Tag: "at", UserID: "@_user_1"}, {Tag: "text", Text: rest}}
		}
		content = append(content, row)
	}
	raw, err := json.Marshal(map[string]any{"title": "", "content": content})
	if err != nil {
		panic(err) // strings always are JSON
	}
	return string(raw)
}

// react adds a reaction to a message: react Olga CrossMark on p1. RecallBot is our own app.
func (s *story) react(l line) {
	who, on := s.id(l, l.word(0)), s.id(l, l.with["on"])
	if strings.HasPrefix(who, "cli_") {
		s.ok(l, s.ReactAsApp(who, on, l.word(1)))
		return
	}
	s.ok(l, s.React(who, on, l.word(1)))
}

func (s *story) unreact(l line) {
	s.ok(l, s.Unreact(s.id(l, l.word(0)), s.id(l, l.with["on"]), l.word(1)))
}

// recallAsPerson recalls a message as a person in the client: takes Mia back m1.
func (s *story) recallAsPerson(l line) {
	id := s.id(l, l.word(2))
	s.ok(l, s.RecallAs(s.id(l, l.word(0)), id))
	s.gone[id] = true
}

func (s *story) owner(l line) { s.ok(l, s.SetOwner(s.id(l, l.with["of"]), s.id(l, l.word(0)))) }

// manager adds or removes a manager: manager Max off of Launch.
func (s *story) manager(l line) {
	chat, who := s.id(l, l.with["of"]), s.id(l, l.word(0))
	if l.has("off") {
		s.ok(l, s.RemoveManager(chat, who))
		return
	}
	s.ok(l, s.AddManager(chat, who))
}

func (s *story) leave(l line) { s.ok(l, s.RemoveBot(s.id(l, l.word(0)), s.Bot().ID)) }

func (s *story) disband(l line) { s.ok(l, s.Disband(s.id(l, l.word(0)), l.has("silently"))) }

// redeliver sends the event of a message again; "new-id" gives it a new event id, as the platform sometimes does.
func (s *story) redeliver(l line) {
	s.waitIdle()
	id := s.id(l, l.word(0))
	for _, d := range s.Deliveries() {
		plain, _, ok := s.EventBody(d.EventID)
		if !ok || d.Type != "im.message.receive_v1" || !strings.Contains(string(plain), `"`+id+`"`) {
			continue
		}
		if l.has("new-id") {
			s.ok(l, s.RedeliverAs(d.EventID, "again-"+d.EventID))
			return
		}
		s.ok(l, s.Redeliver(d.EventID))
		return
	}
	s.t.Fatalf("%s: no event tells of it", l.place)
}

// events changes how the platform delivers: events twice, renamed (twice, with another id), shuffled, without TYPE, held,
// released.
func (s *story) events(l line) {
	switch l.word(0) {
	case "twice":
		s.Duplicate(true)
	case "renamed":
		s.DuplicateNewID(true)
	case "shuffled":
		s.Shuffle(200 * time.Millisecond)
	case "without":
		s.Subscribe(l.word(1), false)
	case "held":
		s.PauseEvents()
	case "released":
		s.ResumeEvents()
	default:
		s.t.Fatalf("%s: no such habit", l.place)
	}
}

// fault makes calls fail: fault delete code 230026 times 1 for p1. Other faults: cut-before, cut-after, page, status N,
// body {}, slow, hold. "fault off" ends all.
func (s *story) fault(l line) {
	if l.word(0) == "off" {
		for _, end := range s.endFaults {
			end()
		}
		s.endFaults = nil
		return
	}
	spec := sandbox.FaultSpec{
		API: s.api(l, l.word(0)), CutBefore: l.has("cut-before"), CutAfter: l.has("cut-after"), HTML: l.has("page"),
		RateReset: l.with["reset"],
	}
	if l.has("slow") {
		spec.Delay = 500 * time.Millisecond
	}
	if l.has("hold") {
		held := make(chan struct{})
		spec.Hold = held
		s.endFaults = append(s.endFaults, func() { close(held) })
	}
	for name, field := range map[string]*int{"code": &spec.Code, "status": &spec.Status, "times": &spec.Times} {
		if text := l.with[name]; text != "" {
			*field = s.number(l, text)
		}
	}
	if body := l.with["body"]; body != "" {
		spec.Body = &body
	}
	if target := l.with["for"]; target != "" {
		spec.Target = s.id(l, target)
	}
	s.endFaults = append(s.endFaults, s.Fault(spec))
}

// tokens revokes our tokens, or ends those of people: tokens revoked, tokens ended.
func (s *story) tokens(l line) {
	if l.word(0) == "ended" {
		s.EndUserTokens()
		return
	}
	s.RevokeTokens()
}

func (s *story) hide(l line) { s.ok(l, s.SetVisible(s.id(l, l.word(0)), false)) }

// unreachable makes cards and messages to a person fail; "card" makes only cards fail.
func (s *story) unreachable(l line) {
	who := s.id(l, l.word(0))
	s.SetEphemeralAvailable(who, false)
	if !l.has("card") {
		s.SetReachable(who, false)
	}
}

func (s *story) restartBots(line) { s.restart() }

// kill kills every bot with kill -9, and starts new ones.
func (s *story) kill(l line) {
	for i, b := range s.bots {
		p, apart := b.(*process)
		if !apart {
			s.t.Fatalf("%s: only a process can be killed", l.place)
		}
		p.kill()
		s.bots[i] = s.newBot()
	}
	s.routeEvents()
}

// redis kills redis-server with kill -9, or restarts it.
func (s *story) redis(l line) {
	if l.word(0) == "down" {
		s.server.Kill()
		return
	}
	s.server.Restart()
}

// wait waits until the bot is idle, or for a time: wait 1s.
func (s *story) wait(l line) {
	if l.word(0) == "" {
		s.waitIdle()
		return
	}
	d, err := time.ParseDuration(l.word(0))
	s.ok(l, err)
	<-time.After(d)
}
