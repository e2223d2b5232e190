package scenarios_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"recallbot/sandbox"
)

// walksAtOnce is the default of -rapid.checks: the number of walks with im:message.group_msg, and without.
const walksAtOnce = "10"

// walkLength is the default of -rapid.steps: the average number of steps of a walk.
const walkLength = "60"

// TestRandomWalkSlow takes random actions of people, tokens and other bots, with our bot in every rank. After each step,
// everything that happened on the platform must have been allowed, and be recorded in its chat. The walk's oracle decides what
// is allowed.
func TestRandomWalkSlow(t *testing.T) { //nolint:tparallel // they are, within the group whose end is waited for
	t.Parallel()
	count := newWalkCount()
	t.Run("walks", func(t *testing.T) {
		for scope, granted := range map[string]bool{"with group_msg": true, "without group_msg": false} {
			t.Run(scope, func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, func(rt *rapid.T) {
					w := newWalk(walkTB{t, rt}, rt, granted, count)
					rt.Repeat(map[string]func(*rapid.T){"step": w.step})
					w.close()
				})
			})
		}
	})
	t.Log(count)
}

// setWalkDefaults sets the flags of rapid that are not on the command line.
func setWalkDefaults() error {
	usual := map[string]string{"rapid.checks": walksAtOnce, "rapid.steps": walkLength}
	flag.Visit(func(f *flag.Flag) { delete(usual, f.Name) })
	for name, value := range usual {
		if err := flag.Set(name, value); err != nil {
			return fmt.Errorf("walk briefly: %w", err)
		}
	}
	return nil
}

// walkTB reports a walk's failures to rapid, which then shrinks the walk. Cleanups run at the end of the walk.
type walkTB struct {
	testing.TB

	rt *rapid.T
}

func (w walkTB) Helper()                   {}
func (w walkTB) Cleanup(f func())          { w.rt.Cleanup(f) }
func (w walkTB) Context() context.Context  { return w.rt.Context() }
func (w walkTB) Log(args ...any)           { w.rt.Log(args...) }
func (w walkTB) Logf(f string, a ...any)   { w.rt.Logf(f, a...) }
func (w walkTB) Error(args ...any)         { w.rt.Error(args...) }
func (w walkTB) Errorf(f string, a ...any) { w.rt.Errorf(f, a...) }
func (w walkTB) Fatal(args ...any)         { w.rt.Fatal(args...) }
func (w walkTB) Fatalf(f string, a ...any) { w.rt.Fatalf(f, a...) }
func (w walkTB) Fail()                     { w.rt.Fail() }
func (w walkTB) FailNow()                  { w.rt.FailNow() }
func (w walkTB) Failed() bool              { return w.rt.Failed() }

// walkCount counts what all walks did.
type walkCount struct {
	mu   sync.Mutex
	seen map[string]int
}

func newWalkCount() *walkCount { return &walkCount{seen: map[string]int{}} }

func (c *walkCount) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[what]++
}

// String lists the counts.
func (c *walkCount) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(c.seen)) {
		fmt.Fprintf(&b, "\n%6d %s", c.seen[what], what)
	}
	return b.String()
}

// walk is one random walk in an env of its own.
type walk struct {
	*authzEnv

	rt       *rapid.T
	count    *walkCount
	groupMsg bool
	operator string // a token with all scopes
	steps    int
	last     *walkAction // the action of this step
	model    walkModel
	seen     walkSeen
}

func newWalk(tb testing.TB, rt *rapid.T, groupMsg bool, count *walkCount) *walk {
	tb.Helper()
	w := &walk{authzEnv: newAuthzEnv(tb, groupMsg, unlimited), rt: rt, count: count, groupMsg: groupMsg}
	w.model, w.seen = newWalkModel(), newWalkSeen()
	_, w.operator = w.newToken("", "post,recall:own,recall:any,audit:read")
	for _, name := range slices.Sorted(maps.Keys(w.groups)) {
		chat := w.groups[name]
		if name != "absent" {
			w.post(sandbox.PostSpec{Chat: chat})
		}
		w.post(sandbox.PostSpec{Chat: chat, App: w.other.ID})
		w.say(w.drawMember(chat), chat)
	}
	w.waitQueuesIdle()
	w.last = &walkAction{}
	w.inspect()
	w.count.add("walks")
	return w
}

// walkActions are the names of all actions. Repeated names are drawn more often.
const walkActions = `
reply reply reply reply elsewhere react react react press press press press copy copy command command command command command settings settings talk
bots bots people ranks platform platform
post post post post register register recall recall recalls recalls group jobs jobs reads alerts revoke`

// skipStep ends a step that is impossible now. Rapid draws another one instead.
func (w *walk) skipStep(why any) {
	w.last = nil
	w.rt.Skip(why)
}

// step runs a random action, and inspects its effects.
func (w *walk) step(rt *rapid.T) {
	does := map[string]func(){
		"reply": w.doReply, "elsewhere": w.doElsewhere, "react": w.doReact, "press": w.doPress, "copy": w.doPressCopy, "command": w.doCommand, "settings": w.doSettings,
		"talk": w.doTalk, "bots": w.doBots, "people": w.doPeople, "ranks": w.doRanks, "platform": w.doPlatform,
		"post": w.doPost, "register": w.doRegister, "recall": w.doRecallPost, "recalls": w.doRecalls, "group": w.doRecallGroup, "jobs": w.doJobs,
		"reads": w.doReads, "alerts": w.doAlerts, "revoke": w.doRevoke,
	}
	w.rt, w.last = rt, nil
	what := pick(w, "action", strings.Fields(walkActions))
	does[what]()
	if w.last == nil {
		w.skipStep("nothing of that kind can be done")
	}
	w.steps++
	w.count.add("steps: " + what)
	rt.Logf("%3d %s", w.steps, w.last.text)
	w.releaseFull()
	w.waitSent(w.operator)
	w.inspect()
}

// releaseFull ends the holds of chats with several queued posts: their attempts would use up the chat's rate limit.
func (w *walk) releaseFull() {
	const several = 3
	waiting := map[string]int{}
	for _, p := range w.listPosts(w.operator, "/posts?state=queued&limit=200") {
		waiting[p.Chat]++
	}
	for chat, n := range waiting {
		if end := w.holds[chat]; end != nil && n >= several {
			end()
		}
	}
}

// fail fails the walk.
func (w *walk) fail(format string, args ...any) {
	w.t.Helper()
	text := fmt.Sprintf(format, args...)
	w.t.Fatalf("after step %d, %s:\n%s\n%s", w.steps, w.last.text, w.withNames(text), w.withNames(w.history()))
}

// withNames replaces the ids of people, chats and bots with their names.
func (w *walk) withNames(text string) string {
	var pairs []string
	for name, id := range w.users {
		pairs = append(pairs, id, name)
	}
	for name, id := range w.groups {
		pairs = append(pairs, id, "#"+name)
	}
	for name, id := range w.private {
		pairs = append(pairs, id, "#p2p-"+name)
	}
	return strings.NewReplacer(append(pairs, w.Bot().ID, "RecallBot", w.other.ID, "Reporter")...).Replace(text)
}

// history returns the newest records and calls, for the message of a failure.
func (w *walk) history() string {
	var b strings.Builder
	lines := w.auditLines()
	for _, e := range lines[max(0, len(lines)-8):] {
		fmt.Fprintf(&b, "record: who=%s team=%s via=%s chat=%s message=%s command=%s job=%s rule=%s result=%s reason=%s code=%d\n",
			e.Who, e.Team, e.Via, e.Chat, e.Message, e.Command, e.Job, e.Rule, e.Result, e.Reason, e.Code)
	}
	for _, c := range w.Calls() {
		if c.Method != http.MethodGet && c.Start.After(w.last.began) {
			fmt.Fprintf(&b, "call: %s %s code %d\n", c.Method, c.Path, c.Code)
		}
	}
	return b.String()
}
