package sandbox_test

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/sandbox"
)

const getInfo = "GET /open-apis/bot/v3/info"

// callInBubble makes calls as our app without a network, for synctest.
func callInBubble(t *testing.T, s *site) func(method, path string, body any) *response {
	t.Helper()
	handler := s.Handler()
	token := s.tokenOf(handler)
	return func(method, path string, body any) *response {
		r := newRequest(t, method, path, body)
		r.Header.Set("Authorization", "Bearer "+token)
		return serve(handler, r)
	}
}

func TestSlidingWindows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bare(t, sandbox.Config{})
		api := callInBubble(t, s)
		call := func() *response { return api(http.MethodGet, "/open-apis/bot/v3/info", nil) }
		take := func(n int) (ok int) {
			for range n {
				if call().status == http.StatusOK {
					ok++
				}
			}
			return ok
		}
		if got := take(60); got != 50 {
			t.Fatalf("%d of 60 at once, want 50", got)
		}
		wait(t, time.Second-time.Nanosecond)
		if got := take(1); got != 0 {
			t.Fatal("one more within the second")
		}
		wait(t, time.Nanosecond)
		for second := 1; second < 20; second++ {
			if got := take(51); got != 50 {
				t.Fatalf("%d in second %d, want 50", got, second)
			}
			wait(t, time.Second)
		}
		refused := call()
		if refused.status != http.StatusTooManyRequests || refused.code() != 99991400 {
			t.Fatalf("the 1001st in a minute: %d %d", refused.status, refused.code())
		}
		reset, err := strconv.ParseFloat(refused.header.Get("X-Ogw-Ratelimit-Reset"), 64)
		if err != nil || refused.header.Get("X-Ogw-Ratelimit-Limit") != "1000" {
			t.Fatalf("headers = %v", refused.header)
		}
		wait(t, time.Duration(reset*float64(time.Second))-5*time.Millisecond)
		if call().status == http.StatusOK {
			t.Error("one more before the reset")
		}
		wait(t, 10*time.Millisecond)
		if call().status != http.StatusOK {
			t.Error("none after the reset")
		}
		second, minute := s.Peak(getInfo)
		if second != 61 || minute != 60+1+19*51+2 {
			t.Errorf("peak = %d, %d", second, minute)
		}
		if got := s.RateLimited(); got != 10+1+19+1+1 {
			t.Errorf("%d refused", got)
		}
	})
}

func TestLimitsPerChatAndMessage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bare(t, sandbox.Config{})
		api := callInBubble(t, s)
		olga := s.AddUser("Olga").OpenID
		chat := s.group(sandbox.ChatSpec{Owner: olga})
		shown := s.post(sandbox.PostSpec{Chat: chat, Type: "interactive", Content: card})
		private := map[string]any{"chat_id": chat, "open_id": olga, "msg_type": "interactive", "card": map[string]any{"schema": "2.0", "body": map[string]any{}}}
		for _, tc := range []struct {
			name, method, path string
			body               any
			limit              int
		}{
			{"sends per chat", "POST", messagesPath + "?receive_id_type=chat_id", text(chat, "x"), 5},
			{"patches per message", "PATCH", messagesPath + "/" + shown, map[string]string{"content": card}, 5},
			{"ephemeral cards per chat", "POST", "/open-apis/ephemeral/v1/send", private, 40},
		} {
			for range 2 { // the second round a second later
				for n := 1; n <= tc.limit+2; n++ {
					got := api(tc.method, tc.path, tc.body)
					if want := map[bool]int{true: 230020}[n > tc.limit]; got.code() != want {
						t.Fatalf("%s: %d at number %d, want %d", tc.name, got.code(), n, want)
					}
				}
				wait(t, time.Second)
			}
		}
	})
}
