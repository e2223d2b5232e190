package web

import (
	"fmt"
	"testing"

	"recallbot/bot"
)

// TestTeamQuota: other teams and the operator have slots left, whatever one team or all teams together use.
func TestTeamQuota(t *testing.T) {
	t.Parallel()
	const all, each = 16, 4
	s := newTeamQuota(all, each)
	var back []func()
	fill := func(team bot.TeamID) (n int) {
		for {
			giveBack, ok := s.acquire(team)
			if !ok {
				return n
			}
			back, n = append(back, giveBack), n+1
		}
	}
	if n := fill("greedy"); n != each {
		t.Errorf("a team has %d places", n)
	}
	if n := fill("other"); n != each {
		t.Errorf("another team has %d places", n)
	}
	for i := range all {
		fill(bot.TeamID(fmt.Sprint("team", i)))
	}
	if n := fill(""); n != each {
		t.Errorf("the operator has %d places beside all teams", n)
	}
	for _, giveBack := range back {
		giveBack()
	}
	if n := fill(""); n != all || s.total != all || len(s.byTeam) != 1 {
		t.Errorf("the operator alone has %d of %d places", n, all)
	}
}
