package scenarios_test

import (
	"net/http"
	"strings"
	"testing"

	"recallbot/sandbox"
	"recallbot/test/redistest"
)

// TestFullRedis fills Redis. Bot and doctor must report it, events must be refused, and be carried out after Redis has memory.
func TestFullRedis(t *testing.T) {
	t.Parallel()
	s := newChatEnv(t)
	s.start(1)
	s.waitIdle()
	s.server.Set("maxmemory", "1mb")
	s.poll("the bot is not ready", func() bool {
		status, body := s.readyz()
		return status == http.StatusServiceUnavailable && strings.Contains(body, `"redis":"not ready: full"`)
	})
	s.wantOutput(1, []string{"doctor"}, "❌ Redis is full and takes no writes (OOM)", "⚠️ Redis is nearly full", "→ raise maxmemory")
	s.say("/recall", s.post)
	s.await("the event is refused", func(st sandbox.State) bool {
		list := st.Deliveries()
		return len(list) > 0 && list[len(list)-1].Status == http.StatusServiceUnavailable
	})
	s.server.Set("maxmemory", "0")
	s.poll("the bot is ready again", func() bool { status, _ := s.readyz(); return status == http.StatusOK })
	s.await("the post is recalled", func(st sandbox.State) bool { return st.Recalled(s.post) })
	s.waitIdle()
}

// TestUnusableRedisIsRefused checks that the bot does not start if Redis lacks a needed command, or the user may not use it.
// Doctor must report it too.
func TestUnusableRedisIsRefused(t *testing.T) {
	t.Parallel()
	w := newEnv(t, envOptions{redis: true})
	renamed := redistest.Start(t, "--rename-command", "XAUTOCLAIM", "")
	w.server.Ask("ACL SETUSER clerk on >p ~* &* +@all -evalsha")
	for url, says := range map[string]string{
		renamed.URL():                        "this Redis lacks commands that the bot needs: XAUTOCLAIM",
		"redis://clerk:p@" + w.server.Addr(): "the Redis user is not allowed to do this (NOPERM): EVALSHA",
	} {
		env := append(w.environ, "RECALLBOT_REDIS_URL="+url)
		if out, code := w.runCLI(env, "serve"); code != 1 || !strings.Contains(out, "recallbot: "+says) {
			t.Errorf("serve ends with %d: %s", code, out)
		}
		command := says[strings.LastIndex(says, " ")+1:]
		if out, code := w.runCLI(env, "doctor"); code != 1 || !strings.Contains(out, command) || !strings.Contains(out, "✅ the app's credentials work") {
			t.Errorf("doctor ends with %d: %s", code, out)
		}
	}
}
