package web

import (
	"sync"

	"recallbot/bot"
)

// teamQuota are places that teams share. A team has no more than its share, and all teams together leave the operator, who has no
// team, one of its own.
type teamQuota struct {
	max, maxPerTeam int

	mu       sync.Mutex
	byTeam   map[bot.TeamID]int
	allTeams int // places that teams have
	total    int
}

func newTeamQuota(all, each int) *teamQuota {
	return &teamQuota{max: all, maxPerTeam: each, byTeam: map[bot.TeamID]int{}}
}

// acquire takes a place, which must be given back; it reports false where there is none for the team.
func (s *teamQuota) acquire(team bot.TeamID) (giveBack func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	isTeam := team != ""
	if s.total >= s.max || isTeam && (s.byTeam[team] >= s.maxPerTeam || s.allTeams >= s.max-s.maxPerTeam) {
		return nil, false
	}
	s.add(team, 1)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.add(team, -1)
	}, true
}

func (s *teamQuota) add(team bot.TeamID, n int) {
	s.total += n
	if team != "" {
		s.allTeams += n
	}
	if s.byTeam[team] += n; s.byTeam[team] == 0 {
		delete(s.byTeam, team)
	}
}
