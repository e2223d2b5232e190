package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"

	"recallbot/sandbox"
)

func TestMain(m *testing.M) {
	// The SDK's websocket client starts a goroutine that never ends.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/larksuite/oapi-sdk-go/v3/cache.(*cron).start"))
}

// site is a running sandbox with a group and one person of each role.
type site struct {
	*sandbox.Feishu
	t                      *testing.T
	url                    string
	owner, manager, member sandbox.User
	other                  sandbox.App
	chat                   string
	token                  string
}

func open(t *testing.T, cfg sandbox.Config) *site {
	t.Helper()
	f, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(f.Handler())
	t.Cleanup(func() {
		f.Close()
		srv.Close()
	})
	s := &site{Feishu: f, t: t, url: srv.URL}
	s.owner, s.manager, s.member = f.AddUser("Olga"), f.AddUser("Max"), f.AddUser("Mia")
	s.other = f.AddApp("Daily Report")
	s.chat = s.group(sandbox.ChatSpec{
		Name: "Launch", Owner: s.owner.OpenID, Managers: []string{s.manager.OpenID},
		Members: []string{s.member.OpenID, s.other.ID},
	})
	return s
}

func (s *site) group(spec sandbox.ChatSpec) string {
	s.t.Helper()
	id, err := s.AddChat(spec)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *site) say(spec sandbox.SaySpec) string {
	s.t.Helper()
	if spec.Chat == "" {
		spec.Chat = s.chat
	}
	if spec.From == "" {
		spec.From = s.owner.OpenID
	}
	id, err := s.Say(spec)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *site) post(spec sandbox.PostSpec) string {
	s.t.Helper()
	if spec.Chat == "" {
		spec.Chat = s.chat
	}
	id, err := s.Post(spec)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// reply is a response of the API.
type reply struct {
	status int
	header http.Header
	Code   int             `json:"code"`
	Msg    string          `json:"msg"`
	Data   json.RawMessage `json:"data"`
	raw    map[string]any
	text   []byte
}

// field returns a value in the data of a response.
func (r reply) field(keys ...string) any {
	var v any
	if err := json.Unmarshal(r.Data, &v); err != nil {
		return nil
	}
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

// send makes a call with a token and a body; it fails the test only without a response.
func (s *site) send(token, method, path string, body any) reply {
	s.t.Helper()
	r, err := s.try(token, method, path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s *site) try(token, method, path string, body any) (reply, error) {
	s.t.Helper()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, in)
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	return readReply(resp, raw), nil
}

func readReply(resp *http.Response, text []byte) reply {
	out := reply{status: resp.StatusCode, header: resp.Header, text: text}
	if err := json.Unmarshal(text, &out); err == nil {
		_ = json.Unmarshal(text, &out.raw)
	}
	return out
}

// call makes a call as our app.
func (s *site) call(method, path string, body any) reply {
	s.t.Helper()
	if s.token == "" {
		s.token = s.login()
	}
	return s.send(s.token, method, path, body)
}

func (s *site) login() string {
	s.t.Helper()
	cfg := s.Config()
	r := s.send("", "POST", "/open-apis/auth/v3/tenant_access_token/internal", map[string]string{
		"app_id": cfg.AppID, "app_secret": cfg.AppSecret,
	})
	token, _ := r.raw["tenant_access_token"].(string)
	if token == "" {
		s.t.Fatalf("no token: %v", r.raw)
	}
	return token
}

// waitState waits for a state, long enough for a busy machine.
func (s *site) waitState(what string, ok func(sandbox.State) bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	if err := s.Wait(ctx, ok); err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}
