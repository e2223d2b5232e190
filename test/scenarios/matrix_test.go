package scenarios_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"recallbot/audit"
	"recallbot/bot"
)

// cell is one case of the authorisation matrix.
type cell struct{ way, role, target, rank, scope string }

// cells returns all combinations. In a two-person chat, the bot's rank and the scope have no effect.
func cells() []cell {
	var all []cell
	for role := range strings.FieldsSeq(
		"owner owner-granted manager moderator moderator-here moderator-elsewhere author member outsider bot anonymous") {
		for target := range strings.FieldsSeq("own unknown bots persons system elsewhere gone") {
			all = append(all, cell{"p2p", role, target, "none", "on"})
			for rank := range strings.FieldsSeq("none manager owner out") {
				for _, scope := range []string{"on", "off"} {
					for _, way := range []string{"reply", "reaction"} {
						all = append(all, cell{way, role, target, rank, scope})
					}
				}
			}
		}
	}
	return all
}

// matrixRow is a row of testdata/matrix.txt: which cells it applies to, and the expected result.
type matrixRow struct {
	columns [5][]string
	result  string
}

func (w matrixRow) matches(c cell) bool {
	for i, value := range []string{c.way, c.role, c.target, c.rank, c.scope} {
		column := w.columns[i]
		person := value == c.role && value != "bot" && value != "anonymous"
		if !slices.Contains(column, value) && !slices.Contains(column, "any") && (!person || !slices.Contains(column, "people")) {
			return false
		}
	}
	return true
}

// expectation returns the expected number of calls of DELETE, result and rule. The result is "ignored" if there is no record.
func (w matrixRow) expectation(t *testing.T, c cell) (calls int, result, rule string) {
	t.Helper()
	if _, err := fmt.Sscanf(w.result+" -", "%d %s %s", &calls, &result, &rule); err != nil {
		t.Fatalf("matrix: %q: %v", w.result, err)
	}
	if rule == "role" {
		rule, _, _ = strings.Cut(c.role, "-")
	}
	return calls, result, rule
}

// readMatrix reads the expected results. Each cell must match exactly one row, and each row a cell.
func readMatrix(t *testing.T) map[cell]matrixRow {
	t.Helper()
	var rows []matrixRow
	for _, raw := range readRows(t, "testdata/matrix.txt") {
		columns := strings.Split(raw, "|")
		if len(columns) != 6 {
			t.Fatalf("matrix: %q", raw)
		}
		row := matrixRow{result: strings.TrimSpace(columns[5])}
		for i := range row.columns {
			row.columns[i] = strings.Fields(columns[i])
		}
		rows = append(rows, row)
	}
	table, used := map[cell]matrixRow{}, make([]bool, len(rows))
	for _, c := range cells() {
		for i, row := range rows {
			if !row.matches(c) {
				continue
			}
			if other, twice := table[c]; twice {
				t.Errorf("matrix: %v matches two rows: %q and %q", c, other.result, row.result)
			}
			table[c], used[i] = row, true
		}
		if _, found := table[c]; !found {
			t.Errorf("matrix: %v matches no row", c)
		}
	}
	if i := slices.Index(used, false); i >= 0 {
		t.Errorf("matrix: a row matches no cell: %v", rows[i])
	}
	if t.Failed() {
		t.FailNow()
	}
	return table
}

// TestWhoMayRecallWhatSlow runs every cell of the matrix through the whole bot.
//
//nolint:tparallel // the subtests are parallel; their parent is not, so that it can count the cells at its end
func TestWhoMayRecallWhatSlow(t *testing.T) {
	t.Parallel()
	const ways, roles, targets, ranks, scopes = 2, 11, 7, 4, 2
	table := readMatrix(t)
	var checked atomic.Int64
	t.Run("ranks", func(t *testing.T) {
		for rank := range strings.FieldsSeq("none manager owner out") {
			for _, scope := range []string{"on", "off"} {
				t.Run(rank+"/"+scope, func(t *testing.T) {
					t.Parallel()
					checked.Add(runMatrix(t, table, rank, scope))
				})
			}
		}
	})
	if want := int64(roles * targets * (ways*ranks*scopes + 1)); checked.Load() != want || int64(len(table)) != want {
		t.Errorf("%d cells were checked, %d are in the table, want %d", checked.Load(), len(table), want)
	}
}

// cellRun is a cell with the ids that it uses.
type cellRun struct {
	cell

	chat, target string
	before       int // calls of DELETE for the target before the command
}

// runMatrix runs the cells of one rank and one scope in an env, and returns their number.
func runMatrix(t *testing.T, table map[cell]matrixRow, rank, scope string) int64 {
	t.Helper()
	users := newUsers(t, rank, scope)
	users.authorise("owner-granted")
	var all []cellRun
	for _, c := range cells() {
		if c.rank == rank && c.scope == scope {
			all = append(all, users.prepareCell(c))
		}
	}
	users.waitIdle()
	users.leaveGroups(rank)
	for i := range all {
		all[i].before = users.deleteCalls(all[i].target)
		users.sendCommand(all[i])
	}
	users.waitIdle()
	records := map[string][]audit.Entry{}
	for _, e := range users.records("") {
		records[string(e.Message)] = append(records[string(e.Message)], e)
	}
	for _, p := range all {
		users.check(t, p, table[p.cell], records[p.target])
	}
	if t.Failed() {
		t.Log(users.tail())
	}
	users.close()
	return int64(len(all))
}

// check compares the result of a cell with the expectation.
func (c *users) check(t *testing.T, p cellRun, row matrixRow, records []audit.Entry) {
	t.Helper()
	calls, result, rule := row.expectation(t, p.cell)
	if n := c.deleteCalls(p.target) - p.before; n != calls {
		t.Errorf("%v: %d calls of DELETE, want %d", p.cell, n, calls)
	}
	m, _ := c.Message(p.target)
	if gone := result == string(bot.Done) || p.cell.target == "gone"; m.Deleted != gone {
		t.Errorf("%v: recalled %t, want %t", p.cell, m.Deleted, gone)
	}
	if result == "ignored" {
		if len(records) != 0 {
			t.Errorf("%v: records %+v, want none", p.cell, records)
		}
		return
	}
	if len(records) != 1 {
		t.Errorf("%v: %d records, want 1: %+v", p.cell, len(records), records)
		return
	}
	e := records[0]
	if string(e.Result) != result || e.Rule != rule || string(e.Via) != p.way {
		t.Errorf("%v: %s %s by %s, want %s %s by %s", p.cell, e.Result, e.Rule, e.Via, result, rule, p.way)
	}
}
