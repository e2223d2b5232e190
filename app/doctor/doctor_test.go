package doctor_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/app/doctor"
	"recallbot/bot"
	"recallbot/hooks"
)

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
		if got := doctor.WebhookAt(listen); got != want {
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
	config, targets := hooks.Config{Timeout: time.Second, AllowHTTP: true}, map[string]hooks.Target{}
	receivers := func() []bot.Finding {
		return doctor.PublicURLs{Hooks: config, Targets: targets}.CheckReceivers(t.Context())
	}
	if found := receivers(); len(found) != 0 {
		t.Errorf("without receivers: %v", found)
	}
	targets["hooks.jobs.url"], targets["audit.webhook.url"] = hooks.Target{URL: named(there.URL)}, hooks.Target{URL: named(away.URL)}
	forbidden := func(key string) bot.Finding {
		return bot.Finding{Name: "receiver_forbidden", Level: bot.LevelBad, Args: []string{key, "localhost"}}
	}
	want := []bot.Finding{forbidden("hooks.jobs.url"), forbidden("audit.webhook.url")}
	if diff := cmp.Diff(want, receivers()); diff != "" {
		t.Errorf("where a name is of this machine: -want +got\n%s", diff)
	}
	config.Allow = []string{"localhost"}
	want = []bot.Finding{
		{Name: "receiver", Args: []string{"hooks.jobs.url", "localhost"}},
		{Name: "receiver", Level: bot.LevelWarn, Args: []string{"audit.webhook.url", "localhost"}},
	}
	if diff := cmp.Diff(want, receivers()); diff != "" {
		t.Errorf("where it may be reached: -want +got\n%s", diff)
	}
}
