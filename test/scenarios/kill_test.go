package scenarios_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"recallbot/bot"
	"recallbot/sandbox"
	"recallbot/store"
)

// TestKilledBetweenAnyTwoStepsSlow kills the bot with kill -9 before and after each write to Redis or the platform during one
// command. A second bot then takes over.
func TestKilledBetweenAnyTwoStepsSlow(t *testing.T) {
	t.Parallel()
	for _, k := range []killCase{
		{name: "owner", ask: (*killEnv).command, check: (*killEnv).wantRecalled},
		{name: "member", ask: (*killEnv).command, check: (*killEnv).wantRefused},
		{name: "rule", rule: true, ask: (*killEnv).postByBot, check: (*killEnv).wantQuarantine},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			steps := k.run(t)
			if steps < 10 {
				t.Fatalf("the command took %d steps; it can't be done in so few", steps)
			}
			t.Logf("%d steps", steps)
			for at := 1; at <= steps; at++ {
				for _, after := range []bool{false, true} {
					if k.rule && !after {
						continue // about as after the write before it; a rule takes many
					}
					one := k
					one.at, one.after = at, after
					t.Run(one.String(), func(t *testing.T) {
						t.Parallel()
						one.run(t)
					})
				}
			}
		})
	}
}

// killCase is what the bot is asked to do, and the write at which it is killed; at is 0 for none.
type killCase struct {
	name string
	// rule is set where the chat has a rule.
	rule bool
	// ask sends the message whose event the bot deals with.
	ask   func(*killEnv) (string, error)
	check func(*killEnv)
	at    int
	after bool
}

// String is the name of the subtest.
func (k killCase) String() string {
	if k.after {
		return fmt.Sprintf("after-%d", k.at)
	}
	return fmt.Sprintf("before-%d", k.at)
}

// killEnv is the env of a killCase.
type killEnv struct {
	*env

	t                                *testing.T
	chat, owner, private, asker, app string
	post, otherPost, message, asked  string
	unsure                           bool // the bot was killed after it reserved a card and before the platform confirmed it
}

// run sends the command, kills the bot, starts a second one, and checks the result. It returns the number of writes of the
// first bot.
func (k killCase) run(t *testing.T) int {
	t.Helper()
	s := k.prepare(t)
	trigger := newKillTrigger(k.at, k.after)
	first := s.newProcess(
		"RECALLBOT_REDIS_URL=redis://:"+redisPassword+"@"+newProxy(t, s.server.Addr(), trigger.pass).addr,
		"RECALLBOT_FEISHU_BASE_URL=http://"+newProxy(t, strings.TrimPrefix(s.api, "http://"), trigger.pass).addr,
	)
	s.probe = s.openProbe()
	s.balancer.set(first.addr)
	s.SetEventURL(s.balancer.url)
	s.await("the bot asks who it is", func(st sandbox.State) bool { return st.CallCount(apis["self"]) > 0 })

	if k.rule {
		s.otherPost = s.must(s.postByBot())
		s.waitIdle()
	}
	trigger.arm(first.kill)
	s.asked = s.must(k.ask(s))
	if k.at > 0 {
		s.startSecond(trigger)
	}
	s.waitIdle()
	steps := trigger.chunks()
	k.check(s)
	s.wantUntouched()
	s.log.wantNoSecrets(t, s.secrets(), []string{"the numbers of the wrong quarter", "good morning everybody"})
	return steps
}

// prepare creates a group with a post to recall, another post, and a person's message.
func (k killCase) prepare(t *testing.T) *killEnv {
	t.Helper()
	s := &killEnv{env: newEnv(t, envOptions{redis: true}), t: t}
	s.owner, s.asker = s.AddUser("Olga").OpenID, s.AddUser("Mia").OpenID
	spec := sandbox.ChatSpec{Name: "Launch", Owner: s.owner, Members: []string{s.asker}}
	if k.rule {
		s.prepareBot(&spec)
	}
	s.chat = s.must(s.AddChat(spec))
	if k.rule {
		s.prepareRule()
	}
	if k.name == "owner" {
		s.asker = s.owner
	}
	s.post = s.must(s.Post(sandbox.PostSpec{Chat: s.chat, Text: "the numbers of the wrong quarter"}))
	s.otherPost = s.must(s.Post(sandbox.PostSpec{Chat: s.chat, Text: "the numbers of the right quarter"}))
	s.message = s.must(s.Say(sandbox.SaySpec{Chat: s.chat, From: s.owner, Text: "good morning everybody"}))
	return s
}

// command says /recall in reply to the post.
func (s *killEnv) command() (string, error) {
	return s.Say(sandbox.SaySpec{Chat: s.chat, From: s.asker, Text: "/recall", ReplyTo: s.post})
}

func (s *killEnv) must(id string, err error) string {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// startSecond waits until the first bot is killed, or done before that, and starts the second one.
func (s *killEnv) startSecond(trigger *killTrigger) {
	s.t.Helper()
	s.poll("the bot is killed, or done", func() bool {
		select {
		case <-trigger.killed:
			return true
		default:
			// Read in this order: the bot queues the work before it answers the event.
			done := false
			s.withState(func(st sandbox.State) { done = allAnswered(st) })
			left, err := s.backlog()
			return s.event() != "" && done && err == nil && left == 0
		}
	})
	s.unsure = s.cardUncertain()
	s.balancer.set(s.newProcess().addr)
}

// event returns the id of the event of what was asked after its delivery, else "".
func (s *killEnv) event() string {
	for _, d := range s.Deliveries() {
		plain, _, _ := s.EventBody(d.EventID)
		if strings.Contains(string(plain), `"message_id":"`+s.asked+`"`) {
			return d.EventID
		}
	}
	return ""
}

// cardUncertain reports whether the bot has reserved a card, and none is shown.
func (s *killEnv) cardUncertain() bool {
	s.t.Helper()
	key := "whisper_card/" + s.event()
	first, err := store.NewOnce(s.probe.store).First(s.t.Context(), key, 1)
	if err != nil {
		s.t.Fatal(err)
	}
	if first {
		if err := store.NewOnce(s.probe.store).Forget(s.t.Context(), key); err != nil {
			s.t.Fatal(err)
		}
	}
	return !first && len(s.cards()) == 0
}

// cards returns the messages that only the asker sees.
func (s *killEnv) cards() []sandbox.Message {
	return slices.DeleteFunc(s.Messages(s.chat), func(m sandbox.Message) bool { return m.Ephemeral != s.asker })
}

// wantRecalled checks the result of the owner's command.
func (s *killEnv) wantRecalled() {
	if m, _ := s.Message(s.post); !m.Deleted {
		s.t.Error("the post is still there")
	}
	s.wantOneRecord("owner recalled")
	if n := len(s.cards()); n != 0 {
		s.t.Errorf("%d answers to a command that was carried out", n)
	}
	m, _ := s.Message(s.asked)
	if len(m.Reactions) > 1 {
		s.t.Errorf("signs of success: %v", m.Reactions)
	}
}

// wantRefused checks the result of a member's command.
func (s *killEnv) wantRefused() {
	if m, _ := s.Message(s.post); m.Deleted {
		s.t.Error("the post is gone")
	}
	if n := s.CallCount(apis["delete"]); n != 0 {
		s.t.Errorf("%d calls of DELETE", n)
	}
	s.wantOneRecord("nobody refused")
	switch n := len(s.cards()); {
	case n > 1:
		s.t.Errorf("%d answers", n)
	case n == 0 && !s.unsure:
		for _, call := range s.Calls() {
			s.t.Logf("call %s: HTTP %d, code %d", call.API, call.Status, call.Code)
		}
		for _, d := range s.Deliveries() {
			s.t.Logf("event %s, attempt %d: HTTP %d %s", d.Type, d.Attempt, d.Status, d.Err)
		}
		s.t.Error("no answer")
	}
}

// wantOneRecord checks that the audit has one record of the attempt.
func (s *killEnv) wantOneRecord(want string) {
	s.t.Helper()
	entries, err := store.NewAudit(s.probe.store).Recent(s.t.Context(), bot.ChatID(s.chat), 100, "")
	if err != nil {
		s.t.Fatal(err)
	}
	if len(entries) != 1 {
		s.t.Fatalf("%d records, want 1: %+v", len(entries), entries)
	}
	e := entries[0]
	if got := e.Rule + " " + string(e.Result); got != want || string(e.Message) != s.post {
		s.t.Errorf("the record says %q of %s, want %q of %s", got, e.Message, want, s.post)
	}
}

// wantUntouched checks that no other message was recalled.
func (s *killEnv) wantUntouched() {
	s.t.Helper()
	for _, id := range []string{s.otherPost, s.message, s.asked} {
		if m, _ := s.Message(id); m.Deleted {
			s.t.Errorf("%s is gone too", id)
		}
	}
	for _, call := range s.Calls() {
		if call.API == apis["delete"] && !strings.HasSuffix(call.Path, s.post) {
			s.t.Errorf("DELETE of something else: %s", call.Path)
		}
	}
	if n := s.deadLetters(); n != 0 {
		s.t.Errorf("%d dead letters", n)
	}
	if s.t.Failed() {
		s.t.Log(s.tail())
	}
}
