package scenarios_test

import (
	"net/http"
	"strings"
	"testing"

	"recallbot/sandbox"
	"recallbot/test/redistest"
)

// TestFullRedis: while Redis is full, the bot is not ready and says why, the doctor too; events come again, and all
// is carried out when there is room.
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

// TestUnusableRedisIsRefused: the bot does not start on a Redis without a command that it needs, nor as a user who may not use one,
// and doctor names it too.
func TestUnusableRedisIsRefused(t *testing.T) {
	t.Parallel()
	w := newEnv(t, envOptions{redis: true})
	renamed := redistest.Start(t, "--rename-command", "XAUTOCLAIM", "")
	w.server.Ask("ACL SETUSER clerk on >p ~* &* +@all -evalsha")
	for url, says := range map[string]string{
		renamed.URL(): "the server does not know XAUTOCLAIM", "redis://clerk:p@" + w.server.Addr(): "the user may not use EVALSHA",
	} {
		env := append(w.environ, "RECALLBOT_REDIS_URL="+url)
		if out, code := w.runCLI(env, "serve"); code != 1 || !strings.Contains(out, "recallbot: redis.url: "+says) {
			t.Errorf("serve ends with %d: %s", code, out)
		}
		command := says[strings.LastIndex(says, " ")+1:]
		if out, code := w.runCLI(env, "doctor"); code != 1 || !strings.Contains(out, command) || !strings.Contains(out, "✅ the app's credentials work") {
			t.Errorf("doctor ends with %d: %s", code, out)
		}
	}
}
