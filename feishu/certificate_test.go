package feishu_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
)

// serverWithCertificate is a server with a certificate made from the template.
func serverWithCertificate(t *testing.T, change func(*x509.Certificate)) (server *httptest.Server, certificate []byte) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	change(template)
	signed, err := x509.CreateCertificate(rand.Reader, template, template, secret.Public(), secret)
	if err != nil {
		t.Fatal(err)
	}
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{signed}, PrivateKey: secret}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})
}

// TestCertificateFindings: for calls of the platform and of a webhook. The system's roots are read once per process,
// so each case runs in its own process.
func TestCertificateFindings(t *testing.T) {
	t.Parallel()
	if address := os.Getenv("TEST_CERTIFICATE_OF"); address != "" {
		cfg := clientConfig(address)
		found := append(feishu.NewClient(cfg, &limiter{}, discardLog()).Diagnose(t.Context()).Findings, feishu.Probe(t.Context(), cfg, address))
		for _, f := range found {
			t.Logf("found %s %s %v", f.Name, f.Level, f.Args)
		}
		return
	}
	nothing := func(*x509.Certificate) {}
	for want, c := range map[string]struct {
		change  func(*x509.Certificate)
		trusted bool
	}{
		"tls_unknown_authority": {nothing, false},
		"tls_expired":           {func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, true},
		"tls_wrong_name":        {func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} }, true},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			server, certificate := serverWithCertificate(t, c.change)
			trusted := filepath.Join(t.TempDir(), "trusted.pem")
			if !c.trusted {
				certificate = nil
			}
			if err := os.WriteFile(trusted, certificate, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCertificateFindings$", "-test.v")
			cmd.Env = append(os.Environ(), "TEST_CERTIFICATE_OF="+server.URL, "SSL_CERT_FILE="+trusted, "SSL_CERT_DIR="+t.TempDir())
			out, err := cmd.CombinedOutput()
			if err != nil || strings.Count(string(out), "found "+want+" bad ["+server.URL) != 2 {
				t.Errorf("%v:\n%s", err, out)
			}
		})
	}
}

// TestCredentialErrorQuotesMessage: codes alone do not distinguish a wrong secret from a wrong id. No secret is
// quoted.
func TestCredentialErrorQuotesMessage(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`{"code":10014,"msg":"app id not exists"}`:                `10014 "app id not exists"`,
		`{"code":10015,"msg":"wrong app secret"}`:                 `10015 "wrong app secret"`,
		`{"code":10003,"msg":""}`:                                 "10003",
		`{"code":10014,"msg":"no app has the secret app-secret"}`: "10014",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_, _ = io.WriteString(w, answer)
		}))
		cfg := clientConfig(server.URL)
		cfg.AppSecret = "app-secret"
		found := feishu.NewClient(cfg, &limiter{}, discardLog()).Diagnose(t.Context()).Findings
		server.Close()
		if len(found) != 1 || found[0].Name != "credentials" || found[0].Level != bot.LevelBad || found[0].Args[0] != want {
			t.Errorf("%s: %+v, want %s", answer, found, want)
		}
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	found := feishu.NewClient(clientConfig(gone.URL), &limiter{}, discardLog()).Diagnose(t.Context()).Findings
	if len(found) != 1 || found[0].Name != "platform_away" || !strings.Contains(found[0].Args[1], "connection refused") {
		t.Errorf("a platform that is away: %+v", found)
	}
}
