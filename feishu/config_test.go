package feishu_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"recallbot/bot"
	"recallbot/feishu"
)

func validConfig() feishu.Config {
	cfg := feishu.Defaults()
	cfg.AppID, cfg.AppSecret, cfg.EncryptKey = "cli_1", "s3cret", "k3y"
	return cfg
}

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*feishu.Config)
		want   []string
	}{
		{"as it should be", func(*feishu.Config) {}, nil},
		{"nothing set", func(c *feishu.Config) { *c = feishu.Config{} }, []string{
			"feishu.base_url", "feishu.app_id", "feishu.app_secret", "feishu.transport",
			"feishu.max_event_age", "feishu.call_timeout",
		}},
		{"webhook without a key", func(c *feishu.Config) { c.EncryptKey = "" }, []string{"feishu.encrypt_key"}},
		{"unsigned without a token", func(c *feishu.Config) { c.EncryptKey, c.AllowUnsigned = "", true }, []string{"feishu.verification_token"}},
		{"unsigned with a token", func(c *feishu.Config) { c.EncryptKey, c.AllowUnsigned, c.VerificationToken = "", true, "t" }, nil},
		{"websocket without a key", func(c *feishu.Config) { c.EncryptKey, c.Transport = "", feishu.Websocket }, nil},
		{"no address", func(c *feishu.Config) { c.BaseURL = "open.feishu.cn" }, []string{"feishu.base_url"}},
		{"another scheme", func(c *feishu.Config) { c.BaseURL = "ftp://open.feishu.cn" }, []string{"feishu.base_url"}},
		{"address with a path", func(c *feishu.Config) { c.BaseURL = "https://open.feishu.cn/open-apis" }, []string{"feishu.base_url"}},
		{"address with a slash", func(c *feishu.Config) { c.BaseURL = "http://127.0.0.1:8081/" }, nil},
		{"unknown transport", func(c *feishu.Config) { c.Transport = "pigeon" }, []string{"feishu.transport"}},
		{"a negative age", func(c *feishu.Config) { c.MaxEventAge = -1 }, []string{"feishu.max_event_age"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := validConfig()
			tt.change(&cfg)
			var lines []string
			if err := cfg.Validate(); err != nil {
				lines = strings.Split(err.Error(), "\n")
			}
			if len(lines) != len(tt.want) {
				t.Fatalf("got %q, want problems of %q", lines, tt.want)
			}
			for i, key := range tt.want {
				if !strings.HasPrefix(lines[i], key+":") {
					t.Errorf("got %q, want it to begin with %s", lines[i], key)
				}
			}
		})
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2"
	cfg := validConfig()
	cfg.AppSecret, cfg.VerificationToken, cfg.EncryptKey = secret, secret, secret
	var log strings.Builder
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		logger := slog.New(handler)
		logger.Info("config", "config", cfg, "secret", cfg.AppSecret, "pointer", &cfg.AppSecret)
	}
	asJSON, err := json.Marshal(struct{ Secret bot.Secret }{cfg.AppSecret})
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(struct{ Secret bot.Secret }{cfg.AppSecret})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(&log, string(asJSON), string(asYAML), cfg.AppSecret.String())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, holder := range []any{cfg.AppSecret, struct{ S bot.Secret }{cfg.AppSecret}, []bot.Secret{cfg.AppSecret}, &cfg} {
			fmt.Fprintf(&log, verb, holder)
		}
	}
	shown := log.String()
	for _, leak := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret)} {
		if strings.Contains(shown, leak) {
			t.Errorf("%q shows in %s", leak, shown)
		}
	}
	if !strings.Contains(shown, "***") || cfg.AppSecret.Reveal() != secret {
		t.Error("the mask does not show, or the secret is lost")
	}
}
