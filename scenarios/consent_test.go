package scenarios_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
)

// ownerKey encrypts what owners authorise in stories.
const ownerKey = "101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f"

// base is our server's address as browsers reach it.
func (f *front) base() string { return strings.TrimSuffix(f.url, "/webhook/event") }

// landing is what a browser saw when it came back to us, and the address that it came by.
type landing struct {
	address, page string
	status        int
}

// lending has owners authorise the bot of this town.
func (s *story) lending(line) {
	s.set("OWNER_KEY", ownerKey)
	s.set("OWNER_PUBLIC_URL", s.front.base())
}

// consents lets a person open the newest link that the bot wrote to somebody, and agree: consents Olga; consents Mia to
// Olga, who got the link; declines Olga.
func (s *story) consents(l line) {
	s.t.Helper()
	browser, asked := s.id(l, l.word(0)), l.word(0)
	if to := l.with["to"]; to != "" {
		asked = to
	}
	link := ""
	for _, m := range s.Messages(s.id(l, "p2p-"+asked)) {
		if found := regexp.MustCompile(`https?://[^\s"\\]+`).FindString(linkText(m.Content)); found != "" && m.Sender == s.Bot().ID {
			link = found
		}
	}
	if link == "" {
		s.t.Fatalf("%s: nobody has a link", l.place)
	}
	back, err := s.Consent(link, browser, l.verb == "consents")
	s.ok(l, err)
	if l.with["code"] == "forged" {
		back = regexp.MustCompile(`code=\w+`).ReplaceAllString(back, "code=forged")
	}
	s.land(l, back)
}

// linkText is the content of a message with what JSON escapes.
func linkText(content string) string { return strings.ReplaceAll(content, `\u0026`, "&") }

// comesAgain opens the address once more by which the browser came back.
func (s *story) comesAgain(l line) { s.land(l, s.landed.address) }

func (s *story) land(l line, address string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, address, http.NoBody)
	s.ok(l, err)
	resp, err := http.DefaultClient.Do(req)
	s.ok(l, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	s.ok(l, err)
	s.landed = landing{address, string(body), resp.StatusCode}
}

// page sees what the browser was shown: page 403: fragment.
func (s *story) page(l line) {
	s.t.Helper()
	if s.landed.status != s.number(l, l.word(0)) || !strings.Contains(s.landed.page, l.text) {
		s.t.Errorf("%s: %d %s", l.place, s.landed.status, s.landed.page)
	}
}

// revokes ends a person's consent on the platform: revokes Olga; revokes Olga quietly sends no event.
func (s *story) revokes(l line) { s.RevokeConsent(s.id(l, l.word(0)), l.has("quietly")) }
