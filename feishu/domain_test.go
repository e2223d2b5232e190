package feishu_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
)

// Feishu and Lark have their own accounts services; a sandbox has one address.
func TestBaseURLOf(t *testing.T) {
	t.Parallel()
	for base, want := range map[string][3]string{
		"https://open.feishu.cn":     {"https://accounts.feishu.cn", "https://accounts.larksuite.com", "set it to https://open.larksuite.com"},
		"https://open.feishu.cn/":    {"https://accounts.feishu.cn", "https://accounts.larksuite.com", "set it to https://open.larksuite.com"},
		"https://open.larksuite.com": {"https://accounts.larksuite.com", "https://accounts.larksuite.com", "set it to https://open.feishu.cn"},
		"http://127.0.0.1:8090":      {"http://127.0.0.1:8090", "http://127.0.0.1:8090", "wrong domain"},
	} {
		begin, lark := feishu.AccountsOf(base)
		if begin != want[0] || lark != want[1] || !strings.Contains(feishu.WrongDomain(base), want[2]) {
			t.Errorf("%s: %s, %s, %s", base, begin, lark, feishu.WrongDomain(base))
		}
	}
}

func TestCheckDomain(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	if err := s.client.CheckDomain(t.Context()); err != nil {
		t.Errorf("our app is here, and got %v", err)
	}
	s.feishu.SetElsewhere(true)
	if got := bot.Detail(s.client.CheckDomain(t.Context())); got.Code != 1000040351 || got.LogID == "" {
		t.Errorf("our app is elsewhere, and got %v", got)
	}
	s.feishu.Down(true)
	if err := s.client.CheckDomain(t.Context()); err != nil {
		t.Errorf("without a response got %v", err)
	}
}

// A Lark account on Feishu's page creates an app on Lark.
func TestRegisterWithLarkAccount(t *testing.T) {
	t.Parallel()
	polled := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := `{"device_code":"d1","verification_uri_complete":"https://example.com/page?code=1","interval":1,"expire_in":60}`
		if r.FormValue("action") == "poll" {
			if polled++; polled == 1 {
				answer = `{"error":"authorization_pending","user_info":{"tenant_brand":"lark"}}`
			} else {
				answer = `{"client_id":"cli_1","client_secret":"a-secret","user_info":{"tenant_brand":"lark"}}`
			}
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	made, err := feishu.Register(t.Context(), server.URL, func(string, time.Duration) {})
	if err != nil || made.AppID != "cli_1" || made.AppSecret.Reveal() != "a-secret" || polled != 2 {
		t.Errorf("made %+v after %d polls: %v", made, polled, err)
	}
	for _, c := range []struct {
		base string
		lark bool
		want string
	}{
		{"https://open.feishu.cn", false, "https://open.feishu.cn"},
		{"https://open.feishu.cn", true, "https://open.larksuite.com"},
		{"https://open.larksuite.com", true, "https://open.larksuite.com"},
		{"http://127.0.0.1:8090/", true, "http://127.0.0.1:8090"},
	} {
		if got := feishu.BaseURLOf(c.base, c.lark); got != c.want {
			t.Errorf("begun at %s, lark %t: %s, want %s", c.base, c.lark, got, c.want)
		}
	}
}

func TestRegisterErrors(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]bot.ErrorKind{
		"access_denied": bot.Denied, "expired_token": bot.Expired, "invalid_request": bot.Unavailable,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.FormValue("action") == "begin" {
				_, _ = w.Write([]byte(`{"device_code":"d1","verification_uri_complete":"https://example.com/","interval":1,"expire_in":60}`))
				return
			}
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"` + answer + `"}`))
		}))
		t.Cleanup(server.Close)
		_, err := feishu.Register(context.WithoutCancel(t.Context()), server.URL, func(string, time.Duration) {})
		wantKind(t, err, want)
	}
}
