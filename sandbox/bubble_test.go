package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"recallbot/sandbox"
)

// response is a response of a handler that was called directly.
type response struct {
	status int
	header http.Header
	body   []byte
}

func (r *response) code() int {
	var v struct {
		Code int `json:"code"`
	}
	_ = json.Unmarshal(r.body, &v)
	return v.Code
}

// bare is a sandbox without a port.
func bare(t *testing.T, cfg sandbox.Config) *site {
	t.Helper()
	f, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return &site{Feishu: f, t: t}
}

func newRequest(t *testing.T, method, path string, body any) *http.Request {
	t.Helper()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	return httptest.NewRequestWithContext(t.Context(), method, path, in)
}

func serve(h http.Handler, r *http.Request) *response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return &response{w.Code, w.Header(), w.Body.Bytes()}
}

func (s *site) tokenOf(h http.Handler) string {
	s.t.Helper()
	cfg := s.Config()
	got := serve(h, newRequest(s.t, http.MethodPost, "/open-apis/auth/v3/tenant_access_token/internal", map[string]string{
		"app_id": cfg.AppID, "app_secret": cfg.AppSecret,
	}))
	var out struct {
		Token string `json:"tenant_access_token"`
	}
	s.must(json.Unmarshal(got.body, &out))
	return out.Token
}

// wait sleeps in the bubble.
func wait(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}

// text is the body of a send.
func text(chat, words string) map[string]string {
	content, err := json.Marshal(map[string]string{"text": words})
	if err != nil {
		panic(err)
	}
	return map[string]string{"receive_id": chat, "msg_type": "text", "content": string(content)}
}
