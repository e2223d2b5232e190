package web

import (
	"sync"

	"recallbot/bot"
)

// teamQuota limits concurrent use, in total and per team. All teams together leave one team's quota free for the
// operator, who has no team.
type teamQuota struct {
	max, maxPerTeam int

	mu       sync.Mutex
	byTeam   map[bot.TeamID]int
	allTeams int // used by teams
	total    int
}

func newTeamQuota(all, each int) *teamQuota {
	return &teamQuota{max: all, maxPerTeam: each, byTeam: map[bot.TeamID]int{}}
}

// acquire takes a slot, which release returns; it reports false if the team has none left.
func (s *teamQuota) acquire(team bot.TeamID) (release func(), ok bool) {
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
