package scenarios_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/sandbox"
	"recallbot/store"
)

// authzCase is one case of the authorisation matrix of everything but single recalls: the way, the person's role, and the
// rank of our bot.
type authzCase struct{ way, role, rank string }

func ways() []string {
	return strings.Fields("number confirm approve cancel stop retry settings undo quorum batch")
}

// authzCases returns all combinations.
func authzCases() []authzCase {
	var all []authzCase
	for _, way := range ways() {
		for role := range strings.FieldsSeq(
			"owner owner-granted manager moderator moderator-here moderator-elsewhere author member outsider bot anonymous") {
			for rank := range strings.FieldsSeq("none manager owner out") {
				all = append(all, authzCase{way, role, rank})
			}
		}
	}
	return all
}

// inRow reports whether a row of testdata/authz.txt applies to the case.
func (d authzCase) inRow(columns []string) bool {
	for i, value := range []string{d.way, d.role, d.rank} {
		column := strings.Fields(columns[i])
		person := value == d.role && value != "bot" && value != "anonymous"
		if !slices.Contains(column, value) && !slices.Contains(column, "any") && (!person || !slices.Contains(column, "people")) {
			return false
		}
	}
	return true
}

// readAuthzCases reads the expected outcomes. Each case must match exactly one row, and each row a case.
func readAuthzCases(t *testing.T) map[authzCase]string {
	t.Helper()
	rows := readRows(t, "testdata/authz.txt")
	table, used := map[authzCase]string{}, make([]bool, len(rows))
	for _, d := range authzCases() {
		for i, raw := range rows {
			columns := strings.Split(raw, "|")
			if len(columns) != 4 {
				t.Fatalf("authz: %q", raw)
			}
			if !d.inRow(columns) {
				continue
			}
			if _, twice := table[d]; twice {
				t.Errorf("authz: %v matches two rows", d)
			}
			table[d], used[i] = strings.ReplaceAll(strings.TrimSpace(columns[3]), " role ", " "+roleRule(d.role)+" "), true
		}
		if _, found := table[d]; !found {
			t.Errorf("authz: %v matches no row", d)
		}
	}
	if i := slices.Index(used, false); i >= 0 {
		t.Errorf("authz: a row matches no case: %s", rows[i])
	}
	return table
}

// roleRule returns the rule of policy that has the role's name.
func roleRule(role string) string {
	rule, _, _ := strings.Cut(role, "-")
	return rule
}

// TestWhoMayDoWhatSlow runs every authzCase through the whole bot.
//
//nolint:tparallel // the subtests are parallel; their parent is not, so that it can count the cases at its end
func TestWhoMayDoWhatSlow(t *testing.T) {
	t.Parallel()
	table := readAuthzCases(t)
	var checked atomic.Int64
	t.Run("ranks", func(t *testing.T) {
		for rank := range strings.FieldsSeq("none manager owner out") {
			t.Run(rank, func(t *testing.T) {
				t.Parallel()
				checked.Add(runAuthzCases(t, table, rank))
			})
		}
	})
	if want := int64(len(ways()) * 11 * 4); checked.Load() != want || int64(len(table)) != want {
		t.Errorf("%d cases were checked, %d are in the table, want %d", checked.Load(), len(table), want)
	}
}

// authzRun is an authzCase with the ids that it uses, in a chat of its own.
type authzRun struct {
	authzCase

	chat, target string
	value        any    // of the button to press
	batch        string // the batch to recall
	command      string // the message with the command, if any
	before       int    // records about the chat before the case
}

func runAuthzCases(t *testing.T, table map[authzCase]string, rank string) int64 {
	t.Helper()
	c := newUsers(t, rank, "on", "RECALLBOT_ARCHIVE_KEY="+archiveKey, "RECALLBOT_POLICY_ROLES_TTL=1s")
	c.authorise("owner-granted")
	c.jobs = true
	var all []*authzRun
	for _, d := range authzCases() {
		if d.rank == rank {
			all = append(all, c.prepareCase(d))
		}
	}
	c.waitIdle()
	c.leaveCaseGroups(rank, all)
	for _, d := range all {
		d.before = len(c.recordsOf(d))
		c.perform(d)
	}
	c.idleAt = activity{}
	c.waitIdle()
	for _, d := range all {
		if got := c.outcome(d); got != table[d.authzCase] {
			t.Errorf("%v: %s, want %s", d.authzCase, got, table[d.authzCase])
		}
	}
	if t.Failed() {
		t.Log(c.tail())
	}
	c.close()
	return int64(len(all))
}

func (c *users) leaveCaseGroups(rank string, all []*authzRun) {
	c.t.Helper()
	if rank != "out" {
		return
	}
	for _, d := range all {
		if d.way == "batch" {
			continue
		}
		if err := c.RemoveBot(d.chat, c.Bot().ID); err != nil {
			c.t.Fatal(err)
		}
	}
	<-time.After(1100 * time.Millisecond) // until the cached roles expire
}

// prepareCase creates a group with one post, and does what must precede the case.
func (c *users) prepareCase(d authzCase) *authzRun {
	c.t.Helper()
	one := &authzRun{authzCase: d, chat: c.chat(c.group(d.role, d.rank)), command: "om_" + d.way + "_by_" + d.role}
	var err error
	at := time.Now().Add(-time.Minute)
	one.target, err = c.Post(sandbox.PostSpec{Chat: one.chat, Text: "the words of a message in the matrix", At: at})
	if err != nil {
		c.t.Fatal(err)
	}
	c.index(one.chat, one.target, at)
	if d.role == "moderator-here" {
		c.changeSetting(one.chat, "moderators add @moderator-here", c.people[d.role])
	}
	switch d.way {
	case "confirm", "cancel", "stop":
		c.sayAs("moderator", one.chat, "/recall clean --bot me", "")
		one.value = c.awaitButton(one.chat, map[string]string{"cancel": "Cancel"}[d.way])
	case "approve":
		c.changeSetting(one.chat, "approve 1")
		c.sayAs("moderator", one.chat, "/recall clean --bot me", "")
		c.pressAs(c.people["moderator"], one.chat, c.awaitButton(one.chat, ""))
		one.value = c.awaitButton(one.chat, "Approve")
	case "retry":
		c.Fault(sandbox.FaultSpec{API: apis["delete"], Code: 230026, Times: 1, Target: one.target})
		c.sayAs("moderator", one.chat, "/recall 1", "")
		one.value = c.awaitButton(one.chat, "Retry failed (1)")
	case "undo":
		c.sayAs("moderator", one.chat, "/recall", one.target)
		c.await("the post is recalled", func(s sandbox.State) bool { return s.Recalled(one.target) })
	case "quorum":
		c.changeSetting(one.chat, "quorum 2")
		if err := c.React(c.people["voter"], one.target, "CrossMark"); err != nil {
			c.t.Fatal(err)
		}
	case "batch":
		c.sendBatch(one)
	}
	if d.way == "stop" {
		one.value = withField(one.value, "a", "stop")
	}
	return one
}

func (c *users) sendBatch(one *authzRun) {
	c.t.Helper()
	one.chat = c.private[one.role]
	answer := c.asApp(http.MethodPost, "/open-apis/message/v4/batch_send/",
		`{"open_ids":["`+c.people["stranger"]+`"],"msg_type":"text","content":{"text":"the words of a message in the matrix"}}`)
	data, _ := answer["data"].(map[string]any)
	one.batch, _ = data["message_id"].(string)
}

// withField returns a copy of a button's value with one field changed.
func withField(value any, field, to string) any {
	fields, _ := value.(map[string]any)
	other := maps.Clone(fields)
	other[field] = to
	return other
}

// sayAs sends a message as the person of a role.
func (c *users) sayAs(role, chat, text, to string, mentions ...string) {
	c.t.Helper()
	if _, err := c.Say(sandbox.SaySpec{Chat: chat, From: c.people[role], Text: text, ReplyTo: to, Mentions: mentions}); err != nil {
		c.t.Fatal(err)
	}
}

// changeSetting changes a setting as a manager, and waits until it is changed.
func (c *users) changeSetting(chat, what string, mentions ...string) {
	c.t.Helper()
	c.sayAs("manager", chat, "/recall settings "+what, "", mentions...)
	setting, _, _ := strings.Cut(what, " ")
	name := map[string]string{"moderators": "Who else may recall", "approve": "Needs a second person", "quorum": "People who must react"}[setting]
	c.await(what, func(s sandbox.State) bool {
		return slices.ContainsFunc(s.Messages(chat), func(m sandbox.Message) bool {
			return m.Sender == c.Bot().ID && strings.Contains(messageText(m), "Changed:\n"+name)
		})
	})
}

// awaitButton waits for a card with the button in the chat, and returns the button's value.
func (c *users) awaitButton(chat, text string) any {
	c.t.Helper()
	var value any
	c.await("a button "+text, func(s sandbox.State) bool {
		for _, m := range s.Messages(chat) {
			for _, b := range buttonsOf(m.Content) {
				if !m.Deleted && (b.text == text || text == "" && b.text == "Recall 1") {
					value = b.value
				}
			}
		}
		return value != nil
	})
	return value
}

// pressAs sends the callback of a press by a person.
func (c *users) pressAs(who, chat string, value any) {
	c.t.Helper()
	c.send(bot.TypePressed, map[string]any{
		"operator": map[string]string{"open_id": who}, "token": "c-of-a-press", "host": "im_message",
		"action":  map[string]any{"value": value, "tag": "button"},
		"context": map[string]string{"open_message_id": "om_of_a_card", "open_chat_id": chat},
	})
}

// perform sends the event of the case.
func (c *users) perform(d *authzRun) {
	c.t.Helper()
	said := map[string]string{
		"number": "/recall 1", "settings": "/recall settings quorum 5", "undo": "/recall undo", "batch": "/recall " + d.batch,
	}
	p := cellRun{cell: cell{way: d.way, role: d.role}, chat: d.chat, target: d.target}
	switch {
	case d.way == "quorum":
		c.send(bot.TypeReacted, c.reaction(p))
	case d.value != nil:
		c.pressAs(c.people[d.role], d.chat, d.value)
	default:
		if d.way == "batch" {
			p.way = "p2p"
		}
		event, _ := c.command(p, said[d.way]).(map[string]any)
		message, _ := event["message"].(map[string]any)
		message["message_id"] = d.command
		delete(message, "root_id")
		delete(message, "parent_id")
		c.send(bot.TypeSaid, event)
	}
}

// recordsOf returns the records of a case, oldest first.
func (c *users) recordsOf(d *authzRun) []audit.Entry {
	return slices.DeleteFunc(c.records(""), func(e audit.Entry) bool {
		if d.way == "batch" {
			return string(e.Command) != d.command
		}
		return string(e.Chat) != d.chat
	})
}

// outcome returns the records of a case in the form of authz.txt, and the job's state if it has ended.
func (c *users) outcome(d *authzRun) string {
	c.t.Helper()
	var said []string
	for _, e := range c.recordsOf(d)[d.before:] {
		said = append(said, string(e.Result)+" "+e.Rule+" "+string(e.Via))
	}
	if len(said) == 0 {
		said = []string{"ignored"}
	}
	m, _ := c.Message(d.target)
	recalled := strings.HasPrefix(said[len(said)-1], string(bot.Done)) || d.way == "undo"
	if d.way != "batch" && m.Deleted != recalled {
		said = append(said, fmt.Sprintf("but deleted: %t", m.Deleted))
	}
	if id, ok := d.value.(map[string]any); ok && (d.way == "stop" || d.way == "cancel") {
		name, _ := id["j"].(string)
		job, err := store.NewJobs(c.probe.store).Load(c.t.Context(), bot.JobID(name))
		if err != nil {
			c.t.Fatal(err)
		}
		if job.State.Ended() {
			said = append(said, string(job.State))
		}
	}
	return strings.Join(said, ", ")
}
