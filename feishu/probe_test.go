package feishu_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
)

// TestProbe: our webhook, and others with one difference each.
func TestProbe(t *testing.T) {
	t.Parallel()
	right := feishu.Defaults()
	right.AppID, right.EncryptKey, right.VerificationToken = "cli_1", "an encrypt key", "a token"
	change := func(do func(*feishu.Config)) feishu.Config {
		cfg := right
		do(&cfg)
		return cfg
	}
	for name, tt := range map[string]struct {
		receiver feishu.Config
		want     string
	}{
		"ours":          {right, "webhook"},
		"another key":   {change(func(c *feishu.Config) { c.EncryptKey = "another key" }), "webhook_key"},
		"another token": {change(func(c *feishu.Config) { c.VerificationToken = "another" }), "webhook_key"},
		"another app":   {change(func(c *feishu.Config) { c.AppID = "cli_2" }), "webhook_key"},
		"no key":        {change(func(c *feishu.Config) { c.EncryptKey, c.AllowUnsigned = "", true }), "webhook_key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(webhook(feishu.NewOpener(tt.receiver)))
			t.Cleanup(server.Close)
			if got := feishu.Probe(t.Context(), right, server.URL); got.Name != tt.want {
				t.Errorf("%+v, want %s", got, tt.want)
			}
		})
	}
	plain := change(func(c *feishu.Config) { c.EncryptKey, c.AllowUnsigned = "", true })
	unsigned := httptest.NewServer(webhook(feishu.NewOpener(plain)))
	t.Cleanup(unsigned.Close)
	if got := feishu.Probe(t.Context(), plain, unsigned.URL); got.Level != bot.LevelOK {
		t.Errorf("unsigned: %+v", got)
	}
	other := httptest.NewServer(http.NotFoundHandler())
	if got := feishu.Probe(t.Context(), right, other.URL); got.Name != "webhook_key" || got.Args[1] != "404" {
		t.Errorf("another server: %+v", got)
	}
	other.Close()
	if got := feishu.Probe(t.Context(), right, other.URL); got.Name != "webhook_away" || got.Level != bot.LevelWarn {
		t.Errorf("no server: %+v", got)
	}
}

// webhook responds as package web does.
func webhook(opener *feishu.Opener) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		envelope, err := opener.Open(r.Header, body)
		switch {
		case err != nil:
			w.WriteHeader(http.StatusUnauthorized)
		case envelope.Challenge != "":
			_, _ = io.WriteString(w, `{"challenge":"`+envelope.Challenge+`"}`)
		}
	})
}
