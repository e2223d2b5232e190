package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/handlers/text"
)

// TestFindingsAreDocumented: the names in `recallbot doctor --json` are a contract.
func TestFindingsAreDocumented(t *testing.T) {
	t.Parallel()
	doc := readDoc(t, "docs/operations.md")
	for _, name := range text.FindingNames() {
		if !strings.Contains(doc, "`"+name+"`") {
			t.Errorf("docs/operations.md does not name %s", name)
		}
	}
}

func TestWebhookAt(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		":8080":          "http://127.0.0.1:8080/webhook/event",
		"0.0.0.0:8080":   "http://127.0.0.1:8080/webhook/event",
		"[::]:8080":      "http://127.0.0.1:8080/webhook/event",
		"10.0.0.1:80":    "http://10.0.0.1:80/webhook/event",
		"bot.internal:1": "http://bot.internal:1/webhook/event",
		"127.0.0.1:0":    "",
	} {
		if got := app.WebhookAt(listen); got != want {
			t.Errorf("%s: %q, want %q", listen, got, want)
		}
	}
}

// TestReceivers: the doctor tells who takes what we send, who does not answer, and who may not be reached.
func TestReceivers(t *testing.T) {
	t.Parallel()
	there, away := httptest.NewServer(http.NotFoundHandler()), httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(there.Close)
	away.Close()
	named := func(address string) string {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return "http://localhost:" + u.Port() + "/?token=secret"
	}
	config := app.Defaults()
	config.Hooks.AllowHTTP = true
	if found := app.Receivers(t.Context(), config); len(found) != 0 {
		t.Errorf("with nobody to tell: %v", found)
	}
	config.Hooks.Jobs.URL, config.Audit.Webhook.URL = named(there.URL), named(away.URL)
	forbidden := func(key string) bot.Finding {
		return bot.Finding{Name: "receiver_forbidden", Level: bot.LevelBad, Args: []string{key, "localhost"}}
	}
	want := []bot.Finding{forbidden("hooks.jobs.url"), forbidden("audit.webhook.url")}
	if diff := cmp.Diff(want, app.Receivers(t.Context(), config)); diff != "" {
		t.Errorf("where a name is of this machine: -want +got\n%s", diff)
	}
	config.Hooks.Allow = []string{"localhost"}
	want = []bot.Finding{
		{Name: "receiver", Args: []string{"hooks.jobs.url", "localhost"}},
		{Name: "receiver", Level: bot.LevelWarn, Args: []string{"audit.webhook.url", "localhost"}},
	}
	if diff := cmp.Diff(want, app.Receivers(t.Context(), config)); diff != "" {
		t.Errorf("where it may be reached: -want +got\n%s", diff)
	}
}
