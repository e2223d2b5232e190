package hooks_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/hooks"
)

func TestProbe(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 1)
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method
		w.WriteHeader(http.StatusMethodNotAllowed)
	}))
	t.Cleanup(there.Close)
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	guarded := hooks.Defaults()
	guarded.AllowHTTP = true
	named := strings.Replace(there.URL, "127.0.0.1", "localhost", 1)
	for name, tt := range map[string]struct {
		config  hooks.Config
		address string
		want    bot.ErrorKind
	}{
		"nobody there":         {local(), away.URL + "/secret-token", bot.Unavailable},
		"a private address":    {guarded, there.URL, bot.Denied},
		"a name of one":        {guarded, named, bot.Denied},
		"no address":           {guarded, "ftp://example.com/", bot.Invalid},
		"not https":            {hooks.Defaults(), "http://example.com/", bot.Invalid},
		"a port of the system": {guarded, "http://example.com:25/", bot.Denied},
	} {
		err := probe(t, tt.config, tt.address)
		if bot.KindOf(err) != tt.want || strings.Contains(err.Error(), "secret-token") {
			t.Errorf("%s: %v", name, err)
		}
	}
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(untrusted.Close)
	if err := probe(t, local(), untrusted.URL); bot.KindOf(err) != bot.Unavailable || bot.CertificateFault(err) != "unknown_authority" {
		t.Errorf("a certificate that nobody trusts: %v", err)
	}
	if err := probe(t, local(), there.URL); err != nil {
		t.Errorf("an answer, whatever it is: %v", err)
	}
	if method := <-asked; method != http.MethodHead || len(asked) != 0 {
		t.Errorf("asked with %s, %d more", method, len(asked))
	}
}

func probe(t *testing.T, c hooks.Config, address string) error {
	t.Helper()
	sender, err := hooks.NewSender(c, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sender.Close() })
	return sender.Probe(t.Context(), address)
}
