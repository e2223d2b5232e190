package scenarios_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"recallbot/sandbox"
)

// live sets a key of the configuration in a file of its own; while the bot runs, it changes the file: live dry_run: true.
func (s *story) live(l line) {
	s.t.Helper()
	key, value := l.word(0), s.translate(l.text)
	if s.liveFiles[key] == "" {
		s.liveFiles[key] = filepath.Join(s.t.TempDir(), key)
		name := strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
		s.environ = slices.DeleteFunc(s.environ, func(entry string) bool { return strings.HasPrefix(entry, "RECALLBOT_"+name+"=") })
		s.set(name+"_FILE", s.liveFiles[key])
	}
	if len(s.bots) > 0 {
		s.waitIdle()
	}
	seen := strings.Count(s.log.String(), "configuration reloaded")
	replaceFile(s.t, s.liveFiles[key], value)
	s.poll("the bot takes the change up", func() bool {
		return strings.Count(s.log.String(), "configuration reloaded") >= seen+len(s.bots)
	})
	s.changed = time.Now()
}

// writes checks that no call could have changed anything.
func (s *story) writes(l line) {
	s.t.Helper()
	s.waitIdle()
	s.withState(func(state sandbox.State) {
		for _, c := range state.Calls() {
			changesNothing := c.Method == http.MethodGet || c.API == apis["token"] || c.API == apis["connect"]
			if !changesNothing && c.Start.After(s.changed) {
				s.t.Errorf("%s: %s", l.place, c.API)
			}
		}
	})
}
