package web

import (
	"sync"

	"recallbot/bot"
)

// shares are places that teams share. A team has no more than its share, and all teams together leave the operator, who has no
// team, one of its own.
type shares struct {
	all, each int

	mu    sync.Mutex
	taken map[bot.TeamID]int
	teams int // places that teams have
	total int
}

func newShares(all, each int) *shares {
	return &shares{all: all, each: each, taken: map[bot.TeamID]int{}}
}

// take takes a place, which must be given back; it reports false where there is none for the team.
func (s *shares) take(team bot.TeamID) (giveBack func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	isTeam := team != ""
	if s.total >= s.all || isTeam && (s.taken[team] >= s.each || s.teams >= s.all-s.each) {
		return nil, false
	}
	s.count(team, 1)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.count(team, -1)
	}, true
}

func (s *shares) count(team bot.TeamID, n int) {
	s.total += n
	if team != "" {
		s.teams += n
	}
	if s.taken[team] += n; s.taken[team] == 0 {
		delete(s.taken, team)
	}
}
