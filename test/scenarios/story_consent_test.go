package scenarios_test

import (
	"regexp"
	"strings"

	"recallbot/sandbox"
)

// baseURL returns the address for browsers and API clients.
func (f *loadBalancer) baseURL() string { return strings.TrimSuffix(f.url, "/webhook/event") }

// callbackPage is the answer to a browser at the OAuth redirect URL, and that URL.
type callbackPage struct {
	address, page string
	status        int
}

// enableConsent configures the bot so that owners can authorise it.
func (s *story) enableConsent(line) {
	s.set("OWNER_KEY", ownerKey)
	s.set("OWNER_PUBLIC_URL", s.balancer.baseURL())
}

// consents opens the newest link in a person's two-person chat, and agrees or declines: consents Olga; declines Olga;
// consents Mia to Olga, where Mia opens Olga's link.
func (s *story) consents(l line) {
	s.t.Helper()
	browser, asked := s.id(l, l.word(0)), l.word(0)
	if to := l.with["to"]; to != "" {
		asked = to
	}
	link := ""
	s.withState(func(st sandbox.State) { link = s.newestLink(st, s.id(l, "p2p-"+asked)) })
	if link == "" {
		s.t.Fatalf("%s: there is no link", l.place)
	}
	back, err := s.Consent(link, browser, l.verb == "consents")
	s.ok(l, err)
	if l.with["code"] == "forged" {
		back = regexp.MustCompile(`code=\w+`).ReplaceAllString(back, "code=forged")
	}
	s.callback = s.openURL(back)
}

// newestLink returns the last link that the bot sent to a chat, or "".
func (w *env) newestLink(s sandbox.State, chat string) string {
	link := ""
	for _, m := range s.Messages(chat) {
		text := strings.ReplaceAll(m.Content, `\u0026`, "&")
		if found := regexp.MustCompile(`https?://[^\s"\\]+`).FindString(text); found != "" && m.Sender == w.Bot().ID {
			link = found
		}
	}
	return link
}

// reopenCallback opens the redirect URL once more.
func (s *story) reopenCallback(line) { s.callback = s.openURL(s.callback.address) }

// openURL opens a URL of the bot as a browser does.
func (w *env) openURL(address string) callbackPage {
	w.t.Helper()
	status, page, err := get(w.t.Context(), address, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return callbackPage{address, page, status}
}

// page checks the browser's page: page 403: fragment.
func (s *story) page(l line) {
	s.t.Helper()
	if s.callback.status != s.number(l, l.word(0)) || !strings.Contains(s.callback.page, l.text) {
		s.t.Errorf("%s: %d %s", l.place, s.callback.status, s.callback.page)
	}
}

// revokes revokes a person's consent on the platform: revokes Olga. With "quietly" the platform sends no event.
func (s *story) revokes(l line) { s.RevokeConsent(s.id(l, l.word(0)), l.has("quietly")) }
