package scenarios_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/sandbox"
	"recallbot/store"
)

// watchCell is one case of the table of rules on bots' posts.
type watchCell struct{ rule, act, state, scope string }

func (c watchCell) columns() []string { return []string{c.rule, c.act, c.state, c.scope} }

// watchRow is a row of testdata/watch_table.txt.
type watchRow struct {
	columns    [4][]string
	gone, card string
}

func (r watchRow) matches(c watchCell) bool {
	for i, value := range c.columns() {
		if !slices.Contains(r.columns[i], value) && !slices.Contains(r.columns[i], "any") {
			return false
		}
	}
	return true
}

// readWatchRows reads the table.
func readWatchRows(t *testing.T) []watchRow {
	t.Helper()
	var rows []watchRow
	for _, raw := range readRows(t, "testdata/watch_table.txt")[1:] {
		columns := strings.Split(raw, "|")
		if len(columns) != 6 {
			t.Fatalf("table: %q", raw)
		}
		row := watchRow{gone: strings.TrimSpace(columns[4]), card: strings.TrimSpace(columns[5])}
		for i := range row.columns {
			row.columns[i] = strings.Fields(columns[i])
		}
		rows = append(rows, row)
	}
	return rows
}

// watchCase is a rule with posts: each is the bot that posts, A or B, and the text. The last one comes when the others are dealt with.
type watchCase struct {
	rule   bot.WatchRule
	posts  []string
	caught []int
}

func watchCases() map[string]watchCase {
	when := func(kind bot.WatchKind, count int, within time.Duration) bot.WatchRule {
		return bot.WatchRule{When: bot.WatchWhen{Kind: kind, Count: count, Within: within}}
	}
	return map[string]watchCase{
		"each": {bot.WatchRule{Filter: bot.Filter{Match: []string{"zap"}}}, []string{"A one", "A zap two", "A ZAP three", "A four"}, []int{1, 2}},
		"more-than": {
			when(bot.WatchMoreThan, 2, time.Minute), []string{"A one", "B two", "A three", "A four", "A five"}, []int{3, 4},
		},
		"again": {when(bot.WatchAgain, 2, 10*time.Minute), []string{"A one", "A two", "B one", "A one", "A four"}, []int{3}},
		"loop":  {when(bot.WatchLoop, 3, time.Minute), []string{"A one", "B two", "A three", "A four"}, []int{2, 3}},
		"placeholder": {
			when(bot.WatchPlaceholder, 0, 0), []string{"B Hello Nancy", "A Hello {{name}}", "A Hello Tom"}, []int{1},
		},
	}
}

// watchRun is a cell with its chat and its posts.
type watchRun struct {
	watchCell
	watchCase

	name, chat string
	posted     []string
	newest     time.Time // of the posts, to the millisecond
}

// watchEnv is the env of the cells of one scope. All rules are there before the bot starts.
type watchEnv struct {
	*env

	t        *testing.T
	owner    string
	private  string
	bots     map[string]string
	settings *store.Settings
	windows  *store.Windows
}

func newWatchEnv(t *testing.T, scope string) *watchEnv {
	t.Helper()
	e := &watchEnv{env: newEnv(t, envOptions{redis: true, platform: sandbox.Config{Limits: unlimited}}), t: t, bots: map[string]string{}}
	switch scope {
	case "events":
		e.Grant("im:message.group_msg.include_bot:read")
	case "unseen":
		e.Revoke("im:message.group_msg")
	}
	e.owner = e.AddUser("Olga").OpenID
	for _, name := range []string{"A", "B"} {
		e.bots[name] = e.AddApp("Bot " + name).ID
	}
	e.private = e.chat(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: e.owner})
	e.set("WATCH_POLL", "5s")
	e.probe = e.openProbe()
	e.settings, e.windows = store.NewSettings(e.probe.store), store.NewWindows(e.probe.store)
	return e
}

func (e *watchEnv) chat(spec sandbox.ChatSpec) string {
	e.t.Helper()
	id, err := e.AddChat(spec)
	if err != nil {
		e.t.Fatal(err)
	}
	return id
}

// prepare makes a group with the rule of a cell.
func (e *watchEnv) prepare(c watchCell) *watchRun {
	e.t.Helper()
	run := &watchRun{watchCell: c, watchCase: watchCases()[c.rule], name: strings.Join(c.columns(), " ")}
	run.chat = e.chat(sandbox.ChatSpec{
		Name: run.name, Owner: e.owner, BotManagers: []string{e.Bot().ID}, Members: []string{e.bots["A"], e.bots["B"]},
	})
	rule := run.watchCase.rule
	rule.Name, rule.Act, rule.State = "rule", bot.WatchAct(c.act), bot.WatchState(c.state)
	e.setRule(run.chat, rule)
	return run
}

// setRule gives a chat a rule.
func (e *watchEnv) setRule(chat string, rule bot.WatchRule) {
	e.t.Helper()
	_, _, err := e.settings.Change(e.t.Context(), bot.EventID(chat), bot.ChatID(chat), func(set bot.Settings) (bot.Settings, error) {
		set.Watch = []bot.WatchRule{rule}
		return set, nil
	})
	if err != nil {
		e.t.Fatal(err)
	}
}

// post has the bots post the posts of a cell from the n-th on.
func (e *watchEnv) post(run *watchRun, texts []string) {
	e.t.Helper()
	for i, said := range texts {
		from, text, _ := strings.Cut(said, " ")
		at := time.Now().Add(time.Duration(i-len(texts)) * time.Millisecond)
		id, err := e.Post(sandbox.PostSpec{Chat: run.chat, App: e.bots[from], Text: text, At: at})
		if err != nil {
			e.t.Fatal(err)
		}
		run.posted, run.newest = append(run.posted, id), at.Truncate(time.Millisecond)
	}
}

// dealtWith waits until the bot has seen what was posted until now, and is done.
func (e *watchEnv) dealtWith(runs []*watchRun) {
	e.t.Helper()
	for _, run := range runs {
		if run.scope != "polled" || run.state == "off" {
			continue
		}
		e.poll("the chat "+run.name+" is listed", func() bool {
			cursor, err := e.windows.Cursor(e.t.Context(), bot.ChatID(run.chat))
			return err == nil && !cursor.IsZero() && !cursor.Before(run.newest)
		})
	}
	e.waitIdle()
}

// check compares what a cell did with its row.
func (e *watchEnv) check(run *watchRun, row watchRow) {
	e.t.Helper()
	want := map[string][]int{"nothing": nil, "caught": run.caught, "bots": append(slices.Clone(run.caught), len(run.posts)-1)}[row.gone]
	for i, id := range run.posted {
		if m, _ := e.Message(id); m.Deleted != slices.Contains(want, i) {
			e.t.Errorf("%s: post %d, %q, is gone: %v", run.name, i, run.posts[i], m.Deleted)
		}
	}
	if got := e.card(run); got != row.card {
		e.t.Errorf("%s: the card is %q, want %q", run.name, got, row.card)
	}
	counted := len(run.caught)
	switch {
	case run.state == "off", run.scope == "unseen":
		counted = 0
	case row.gone == "bots":
		return // what a quarantine recalls is not counted for the rule
	}
	caught, err := e.windows.Caught(e.t.Context(), bot.ChatID(run.chat), []string{"rule"}, time.Now().Add(-time.Hour))
	if err != nil {
		e.t.Fatal(err)
	}
	if caught["rule"] != counted {
		e.t.Errorf("%s: %d posts were caught, want %d", run.name, caught["rule"], counted)
	}
}

// card returns the kind of the card about a cell's chat.
func (e *watchEnv) card(run *watchRun) string {
	titles := map[bot.NoticeKind]string{
		bot.NoticeTell: "too many posts", bot.NoticeAsk: "recall these posts?", bot.NoticeRecalled: "recalls posts", bot.NoticeQuarantine: "is in quarantine",
	}
	for _, m := range e.Messages(e.private) {
		for kind, title := range titles {
			if strings.Contains(m.Content, run.name+":") && strings.Contains(m.Content, title) {
				return string(kind)
			}
		}
	}
	return "none"
}

// TestRulesSlow runs every cell of the table of rules through the whole bot.
func TestRulesSlow(t *testing.T) {
	t.Parallel()
	rows := readWatchRows(t)
	for _, scope := range []string{"events", "polled", "unseen"} {
		t.Run(scope, func(t *testing.T) {
			t.Parallel()
			e := newWatchEnv(t, scope)
			var runs []*watchRun
			for rule := range watchCases() {
				for act := range strings.FieldsSeq("tell ask recall quarantine") {
					for state := range strings.FieldsSeq("off shadow on") {
						runs = append(runs, e.prepare(watchCell{rule, act, state, scope}))
					}
				}
			}
			e.start(1)
			e.dealtWith(runs)
			for _, run := range runs {
				e.post(run, run.posts[:len(run.posts)-1])
			}
			e.dealtWith(runs)
			for _, run := range runs {
				e.post(run, run.posts[len(run.posts)-1:])
			}
			e.dealtWith(runs)
			for _, run := range runs {
				matching := slices.DeleteFunc(slices.Clone(rows), func(r watchRow) bool { return !r.matches(run.watchCell) })
				if len(matching) != 1 {
					t.Fatalf("%s matches %d rows", run.name, len(matching))
				}
				e.check(run, matching[0])
			}
			if want := len(watchCases()) * 4 * 3; len(runs) != want {
				t.Errorf("%d cells, want %d", len(runs), want)
			}
		})
	}
}
