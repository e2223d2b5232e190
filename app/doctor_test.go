package app_test

import (
	"strings"
	"testing"

	"recallbot/app"
	"recallbot/handlers"
)

// TestFindingsAreDocumented: the names in `recallbot doctor --json` are a contract.
func TestFindingsAreDocumented(t *testing.T) {
	t.Parallel()
	text := readDoc(t, "docs/operations.md")
	for _, name := range handlers.FindingNames() {
		if !strings.Contains(text, "`"+name+"`") {
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
