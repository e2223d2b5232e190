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
	methods := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		methods <- r.Method
		w.WriteHeader(http.StatusMethodNotAllowed)
	}))
	t.Cleanup(server.Close)
	stopped := httptest.NewServer(http.NotFoundHandler())
	stopped.Close()
	guarded := hooks.Defaults()
	guarded.AllowHTTP = true
	named := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	for name, tt := range map[string]struct {
		config  hooks.Config
		address string
		want    bot.ErrorKind
	}{
		"no server":            {localConfig(), stopped.URL + "/secret-token", bot.Unavailable},
		"a private address":    {guarded, server.URL, bot.Denied},
		"its name":             {guarded, named, bot.Denied},
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
	if err := probe(t, localConfig(), untrusted.URL); bot.KindOf(err) != bot.Unavailable || bot.CertificateFault(err) != "unknown_authority" {
		t.Errorf("a certificate of an unknown authority: %v", err)
	}
	if err := probe(t, localConfig(), server.URL); err != nil {
		t.Errorf("any response: %v", err)
	}
	if method := <-methods; method != http.MethodHead || len(methods) != 0 {
		t.Errorf("method %s, %d more", method, len(methods))
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
