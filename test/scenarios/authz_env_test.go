package scenarios_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9" //nolint:depguard // the queues are looked into from outside

	"recallbot/bot"
	"recallbot/sandbox"
	"recallbot/store"
)

// authzEnv is an env with each role of a person and each rank of our bot.
type authzEnv struct {
	*env

	users   map[string]string // open_ids by name
	private map[string]string // two-person chats, by person's name
	groups  map[string]string // by name
	other   sandbox.App       // another bot
	tokens  *store.Tokens
	calls   int               // of the HTTP API
	holds   map[string]func() // end a fault, by chat
}

// authzPeople are the people of an authzEnv; authzGroups has their roles. By the configuration, Mona is a moderator of all
// chats, Hans of "plain" only. Anna and Ben are authors of posts. Otto is a member of "foreign" only, which Fay owns.
const authzPeople = "Olga Max Mona Hans Anna Ben Mia Otto Fay"

// authzGroups returns the groups, each with another rank of our bot.
func authzGroups(e *authzEnv) map[string]sandbox.ChatSpec {
	self, members := e.Bot().ID, []string{e.other.ID}
	for name := range strings.FieldsSeq("Mona Hans Anna Ben Mia") {
		members = append(members, e.users[name])
	}
	spec := func(owner string, change func(*sandbox.ChatSpec)) sandbox.ChatSpec {
		s := sandbox.ChatSpec{Owner: owner, Managers: []string{e.users["Max"]}, Members: slices.Clone(members)}
		change(&s)
		return s
	}
	return map[string]sandbox.ChatSpec{
		"plain":   spec(e.users["Olga"], func(*sandbox.ChatSpec) {}),
		"ranked":  spec(e.users["Olga"], func(s *sandbox.ChatSpec) { s.BotManagers = []string{self} }),
		"owned":   spec(self, func(*sandbox.ChatSpec) {}),
		"created": spec(e.users["Olga"], func(s *sandbox.ChatSpec) { s.CreatorApp = self }),
		"maybe":   spec(e.other.ID, func(*sandbox.ChatSpec) {}),
		"topics":  spec(e.users["Olga"], func(s *sandbox.ChatSpec) { s.Mode = sandbox.Topic }),
		"absent":  spec(e.users["Olga"], func(s *sandbox.ChatSpec) { s.WithoutBot = true }),
		"foreign": spec(e.users["Fay"], func(s *sandbox.ChatSpec) {
			s.Managers, s.BotManagers = nil, []string{self}
			s.Members = []string{e.other.ID, e.users["Mia"], e.users["Anna"], e.users["Otto"]}
		}),
	}
}

// newAuthzEnv opens the env and starts the bot; groupMsg grants im:message.group_msg.
func newAuthzEnv(tb testing.TB, groupMsg bool, limits sandbox.Limits) *authzEnv {
	tb.Helper()
	e := &authzEnv{
		env:   newEnv(tb, envOptions{redis: true, platform: sandbox.Config{Limits: limits}}),
		users: map[string]string{}, private: map[string]string{}, groups: map[string]string{}, holds: map[string]func(){},
	}
	if !groupMsg {
		e.Revoke("im:message.group_msg")
	}
	e.other = e.AddApp("Reporter")
	for name := range strings.FieldsSeq(authzPeople) {
		e.users[name] = e.AddUser(name).OpenID
		e.private[name] = e.chat(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: e.users[name]})
	}
	for name, spec := range authzGroups(e) {
		spec.Name = name
		e.groups[name] = e.chat(spec)
	}
	e.set("POLICY_MODERATORS", e.users["Mona"]+","+e.groups["plain"]+"/"+e.users["Hans"])
	e.set("POLICY_ROLES_TTL", "20ms")
	e.set("ARCHIVE_KEY", archiveKey)
	e.set("OWNER_KEY", ownerKey)
	e.set("OWNER_PUBLIC_URL", e.balancer.baseURL())
	e.set("SERVER_TRUSTED_PROXIES", "127.0.0.1")
	e.set("LOG_LEVEL", "info")
	e.start(1)
	e.tokens = store.NewTokens(e.probe.store)
	return e
}

// unlimited turns the platform's rate limits off.
var unlimited = sandbox.Limits{PerSecond: -1, PerMinute: -1, SendsPerChat: -1, EphemeralsPerChat: -1}

func (e *authzEnv) chat(spec sandbox.ChatSpec) string {
	e.t.Helper()
	id, err := e.AddChat(spec)
	if err != nil {
		e.t.Fatal(err)
	}
	return id
}

// newToken creates an API token and returns its id and bearer.
func (e *authzEnv) newToken(team, scopes string, chats ...string) (id bot.TokenID, bearer string) {
	e.t.Helper()
	token := bot.Token{Team: bot.TeamID(team), Rate: 60000, Created: time.Now()}
	for scope := range strings.SplitSeq(scopes, ",") {
		token.Scopes = append(token.Scopes, bot.TokenScope(scope))
	}
	for _, chat := range chats {
		token.Chats = append(token.Chats, bot.ChatID(chat))
	}
	made, bearer, err := e.tokens.Create(e.t.Context(), token)
	if err != nil {
		e.t.Fatal(err)
	}
	return made.ID, bearer
}

// revoke ends a token.
func (e *authzEnv) revoke(id bot.TokenID) {
	e.t.Helper()
	if _, err := e.tokens.Revoke(e.t.Context(), id); err != nil {
		e.t.Fatal(err)
	}
}

// apiAnswer is an answer of the HTTP API.
type apiAnswer struct {
	status int
	body   []byte
}

// decode decodes the body.
func (a apiAnswer) decode(e *authzEnv, v any) {
	e.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		e.t.Fatalf("HTTP %d %s: %v", a.status, a.body, err)
	}
}

// api calls the HTTP API and reads the answer.
func (e *authzEnv) api(bearer, method, path string, body any) apiAnswer {
	e.t.Helper()
	resp := e.request(bearer, method, path, body)
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return apiAnswer{resp.StatusCode, answer}
}

// request calls the HTTP API, each time from another address, so that no address is locked out for wrong tokens.
func (e *authzEnv) request(bearer, method, path string, body any) *http.Response {
	e.t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			e.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(e.t.Context(), method, "http://"+e.bots[0].address()+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		e.t.Fatal(err)
	}
	e.calls++
	req.Header.Set("Authorization", "Bearer "+bearer)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.1.%d.%d", e.calls/250, e.calls%250))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	return resp
}

// apiPost is a post in the API.
type apiPost struct {
	ID      string    `json:"id"`
	State   string    `json:"state"`
	Chat    string    `json:"chat_id"`
	User    string    `json:"user_id"`
	Group   string    `json:"group"`
	Team    string    `json:"team"`
	Author  string    `json:"author"`
	Message string    `json:"message_id"`
	Expires time.Time `json:"expires_at"`
}

// createPosts posts with a token, and returns the posts.
func (e *authzEnv) createPosts(bearer string, order map[string]any) []apiPost {
	e.t.Helper()
	a := e.api(bearer, http.MethodPost, "/posts", order)
	if a.status >= http.StatusBadRequest {
		e.t.Fatalf("post: HTTP %d %s", a.status, a.body)
	}
	var made struct{ Posts []apiPost }
	a.decode(e, &made)
	return made.Posts
}

// getPost returns the post's current state.
func (e *authzEnv) getPost(operator, id string) apiPost {
	e.t.Helper()
	var p apiPost
	e.api(operator, http.MethodGet, "/posts/"+id, nil).decode(e, &p)
	return p
}

// hold makes the platform rate-limit the API's posts to a chat, until release. They are recognised by postMark.
func (e *authzEnv) hold(chat string) { e.fault(chat, sandbox.FaultSpec{Code: 230020}) }

// loseAnswers makes the platform send the API's posts to a chat and drop its answers.
func (e *authzEnv) loseAnswers(chat string) { e.fault(chat, sandbox.FaultSpec{CutAfter: true}) }

func (e *authzEnv) fault(chat string, spec sandbox.FaultSpec) {
	spec.API = apis["send"]
	spec.Match = func(_ *http.Request, body []byte) bool {
		return bytes.Contains(body, []byte(chat)) && bytes.Contains(body, []byte(postMark))
	}
	remove := e.Fault(spec)
	e.holds[chat] = func() { remove(); delete(e.holds, chat) }
}

// postMark is part of the text of every post through the API.
const postMark = "[by the API]"

// release ends a hold, and waits until no post is queued.
func (e *authzEnv) release(operator, chat string) {
	e.t.Helper()
	if end := e.holds[chat]; end != nil {
		end()
	}
	e.waitSent(operator)
}

// waitSent waits until no post is queued, except to chats on hold.
func (e *authzEnv) waitSent(operator string) {
	e.t.Helper()
	e.poll("posts are sent", func() bool {
		for _, p := range e.listPosts(operator, "/posts?state=queued&limit=200") {
			if e.holds[p.Chat] == nil {
				return false
			}
		}
		return true
	})
	e.waitQueuesIdle()
}

// listPosts returns all pages of a list of posts.
func (e *authzEnv) listPosts(operator, path string) []apiPost {
	e.t.Helper()
	var all []apiPost
	for cursor := ""; ; {
		var page struct {
			Items []apiPost `json:"items"`
			Next  string    `json:"next_cursor"`
		}
		e.api(operator, http.MethodGet, path+cursor, nil).decode(e, &page)
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		cursor = "&cursor=" + page.Next
	}
}

// waitQueuesIdle waits until all events are answered and no queue holds work that is due within dueWithin. Work that waits
// for a person or a later time, and posts on hold, don't count.
func (e *authzEnv) waitQueuesIdle() {
	e.t.Helper()
	for {
		e.await("every event is answered", allAnswered)
		before, waiting := e.activity(), map[string]int64{}
		if !eventually(func() bool { waiting = e.dueItems(e.t.Context()); return len(waiting) == 0 }) {
			_, bearer := e.newToken("", "post,recall:any,audit:read")
			e.t.Fatalf("the queues are not empty: %v\n%s\n%s\n%s", waiting, e.api(bearer, http.MethodGet, "/recalls", nil).body,
				e.api(bearer, http.MethodGet, "/posts?state=queued", nil).body, e.tail())
		}
		if e.activity() == before && before.idle {
			return
		}
	}
}

// Work that is due within these times is awaited. The wait of a step that Redis or the platform did not answer grows: on a busy machine
// beyond dueWithin.
const (
	dueWithin     = 5 * time.Second
	stepDueWithin = 30 * time.Second
)

// dueItems counts the due items of each queue that has some.
func (e *authzEnv) dueItems(ctx context.Context) map[string]int64 {
	names := strings.Fields("work jobs timers hooks alerts")
	if len(e.holds) == 0 {
		names = append(names, "posts") // posts on hold stay in the queue
	}
	counts := map[string][]*redis.IntCmd{}
	_, err := e.probe.store.Client().TxPipelined(ctx, func(p redis.Pipeliner) error {
		for _, name := range names {
			until := time.Now().Add(dueWithin)
			switch name {
			case "timers":
				until = time.Now()
			case "work", "jobs":
				until = time.Now().Add(stepDueWithin)
			}
			counts[name] = []*redis.IntCmd{
				p.XLen(ctx, "{"+name+"}:stream"),
				p.ZCount(ctx, "{"+name+"}:delayed", "-inf", strconv.FormatInt(until.UnixMilli(), 10)),
			}
		}
		return nil
	})
	if err != nil {
		e.t.Fatal(err)
	}
	waiting := map[string]int64{}
	for name, found := range counts {
		if n := found[0].Val() + found[1].Val(); n > 0 {
			waiting[name] = n
		}
	}
	return waiting
}

// sayAs sends a message as a person, waits until it is processed, and returns its id.
func (e *authzEnv) sayAs(name, chat, text string, more ...func(*sandbox.SaySpec)) string {
	e.t.Helper()
	spec := sandbox.SaySpec{Chat: chat, From: e.users[name], Text: text}
	for _, change := range more {
		change(&spec)
	}
	id, err := e.Say(spec)
	if err != nil {
		e.t.Fatal(err)
	}
	e.waitQueuesIdle()
	return id
}

// replying makes the message a reply.
func replying(to string) func(*sandbox.SaySpec) {
	return func(s *sandbox.SaySpec) { s.ReplyTo = to }
}

// mentioning adds mentions to the message.
func mentioning(ids ...string) func(*sandbox.SaySpec) {
	return func(s *sandbox.SaySpec) { s.Mentions = ids }
}

// cardButton is a button of a card of ours.
type cardButton struct {
	button

	card sandbox.Message
}

// buttons returns all buttons of our cards in a chat.
func (e *authzEnv) buttons(chat string) []cardButton {
	var all []cardButton
	for _, m := range e.Messages(chat) {
		if m.Sender != e.Bot().ID || m.Deleted {
			continue
		}
		for _, b := range buttonsOf(m.Content) {
			all = append(all, cardButton{b, m})
		}
	}
	return all
}

// buttonValue is the callback value of our buttons.
type buttonValue struct {
	Action string `json:"a"`
	Job    string `json:"j"`
	Post   string `json:"p"`
	Word   string `json:"w"`
	Chat   string `json:"c"`
}

func (b cardButton) decode() buttonValue {
	var p buttonValue
	text, _ := json.Marshal(b.value) // it came from JSON
	_ = json.Unmarshal(text, &p)
	return p
}

// findButton returns the only button in a chat with this action and, if about is set, this post or job.
func (e *authzEnv) findButton(chat, action, about string) cardButton {
	e.t.Helper()
	var found []cardButton
	for _, b := range e.buttons(chat) {
		if p := b.decode(); p.Action == action && (about == "" || p.Post == about || p.Job == about) {
			found = append(found, b)
		}
	}
	if len(found) != 1 {
		e.t.Fatalf("%d buttons %s %s in %s", len(found), action, about, chat)
	}
	return found[0]
}

// pressCopy presses a button of a forwarded copy of a card in another chat. The platform's callback names the real person
// and chat, and the value of the original card.
func (e *authzEnv) pressCopy(name, chat string, b cardButton) {
	e.t.Helper()
	copied, err := e.Say(sandbox.SaySpec{Chat: chat, From: e.users[name], Type: "interactive", Content: b.card.Content})
	if err != nil {
		e.t.Fatal(err)
	}
	e.callback(name, chat, copied, b.value, nil)
}

// callback sends the callback of a press, and waits until it is processed.
func (e *authzEnv) callback(name, chat, card string, value any, form map[string]any) {
	e.t.Helper()
	action := map[string]any{"value": value, "tag": "button", "timezone": "Asia/Shanghai"}
	if form != nil {
		action["form_value"] = form
	}
	plain, err := e.Envelope(bot.TypePressed, map[string]any{
		"operator": map[string]string{"open_id": e.users[name], "tenant_key": "tenant"}, "token": "c-of-a-press", "host": "im_message",
		"action": action, "context": map[string]string{"open_message_id": card, "open_chat_id": chat},
	})
	if err != nil {
		e.t.Fatal(err)
	}
	status, answer, err := e.Deliver(e.t.Context(), plain)
	if err != nil || status != http.StatusOK {
		e.t.Fatalf("a press is answered %d %s, %v", status, answer, err)
	}
	e.waitQueuesIdle()
}

// press presses a button as a person.
func (e *authzEnv) press(name string, b cardButton) {
	e.t.Helper()
	if _, err := e.Press(e.t.Context(), e.users[name], b.card.ID, b.value); err != nil {
		e.t.Fatal(err)
	}
	e.waitQueuesIdle()
}
