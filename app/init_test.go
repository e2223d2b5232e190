package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recallbot/app"
	"recallbot/feishu"
)

// accounts is a service that registers apps; it gives this answer to whoever asks what became of the registration.
func accounts(t *testing.T, answer string) (at feishu.Accounts, begun *int) {
	t.Helper()
	begun = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("action") == "begin" {
			*begun++
			answer := `{"device_code":"d1","verification_uri_complete":"https://example.com/page?code=1","interval":1,"expire_in":60}`
			_, _ = fmt.Fprint(w, answer)
			return
		}
		_, _ = fmt.Fprint(w, answer)
	}))
	t.Cleanup(server.Close)
	return feishu.Accounts{Feishu: server.URL, Lark: server.URL}, begun
}

func TestInitWritesTheCredentials(t *testing.T) {
	t.Parallel()
	for brand, base := range map[string]string{"feishu": "https://open.feishu.cn", "lark": "https://open.larksuite.com"} {
		at, _ := accounts(t, `{"client_id":"cli_1","client_secret":"a-secret","user_info":{"tenant_brand":"`+brand+`"}}`)
		path, out := filepath.Join(t.TempDir(), ".env"), new(bytes.Buffer)
		if err := app.Register(t.Context(), at, path, out); err != nil {
			t.Fatal(err)
		}
		want := "RECALLBOT_FEISHU_APP_ID=cli_1\nRECALLBOT_FEISHU_APP_SECRET=a-secret\nRECALLBOT_FEISHU_BASE_URL=" + base + "\n"
		text, err := os.ReadFile(path)
		if err != nil || string(text) != want {
			t.Errorf("%s: wrote %q (%v), want %q", brand, text, err, want)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v (%v), want 0600", brand, info.Mode(), err)
		}
		if !strings.Contains(out.String(), "https://example.com/page") || strings.Contains(out.String(), "a-secret") {
			t.Errorf("%s: said %q, want the address and no secret", brand, out)
		}
	}
}

func TestInitLeavesNothingBehindWhenItFails(t *testing.T) {
	t.Parallel()
	at, _ := accounts(t, `{"error":"access_denied","error_description":"the person said no"}`)
	path := filepath.Join(t.TempDir(), ".env")
	if err := app.Register(t.Context(), at, path, new(bytes.Buffer)); err == nil {
		t.Error("made an app that was denied")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file: %v, want none", err)
	}
}

// An app whose secret can't be written down must not be made at all.
func TestInitMakesNoAppWithoutAPlaceForItsSecret(t *testing.T) {
	t.Parallel()
	there := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{there, filepath.Join(t.TempDir(), "nowhere", ".env")} {
		at, begun := accounts(t, `{"client_id":"cli_1","client_secret":"a-secret"}`)
		if err := app.Register(t.Context(), at, path, new(bytes.Buffer)); err == nil || *begun != 0 {
			t.Errorf("%s: %v after %d registrations, want an error and none", path, err, *begun)
		}
	}
	if text, err := os.ReadFile(there); err != nil || string(text) != "mine" {
		t.Errorf("the file that was there holds %q (%v)", text, err)
	}
}
