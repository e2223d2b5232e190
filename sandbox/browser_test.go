package sandbox_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"recallbot/sandbox"
	"recallbot/test/browsertest"
)

// waitTimeout is long enough for a busy machine.
const waitTimeout = 30 * time.Second

// tab is the chat page, with its own sandbox and demo data.
type tab struct {
	*browsertest.Page
	*sandbox.Feishu

	t           *testing.T
	server      *httptest.Server
	unavailable atomic.Bool // the sandbox answers 503
	owner       string
	member      string
	chat        string // group that is open at the start
}

func openTab(t *testing.T, browser *browsertest.Browser) *tab {
	t.Helper()
	return openTabOf(t, browser, sandbox.Config{})
}

func openTabOf(t *testing.T, browser *browsertest.Browser, config sandbox.Config) *tab {
	t.Helper()
	f, err := sandbox.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Demo(); err != nil {
		t.Fatal(err)
	}
	p := &tab{Feishu: f, t: t}
	handler := f.Handler()
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.unavailable.Load() {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		f.Close()
		p.server.Close()
	})
	p.Page = browser.Open(t, p.server.URL)
	p.Until("the first chat", `document.querySelector("#app").dataset.ready === "true" && document.querySelectorAll("[data-testid=message]").length > 0`)
	p.owner = p.Attr(testID("who-am-i"), "data-user-id")
	p.chat = p.Attr(testID("chat-item"), "data-chat-id")
	chat, ok := f.Chat(p.chat)
	if !ok || chat.Owner != p.owner {
		t.Fatalf("the page opens chat %q as %q, want the first group as its owner", p.chat, p.owner)
	}
	p.member = chat.Members[len(chat.Members)-1]
	return p
}

// write types into the composer.
func (p *tab) write(text string) {
	p.t.Helper()
	p.Write(testID("composer-input"), text)
}

// enter types into the composer and presses Enter.
func (p *tab) enter(text string) {
	p.t.Helper()
	p.write(text)
	p.Enter()
}

// waitState waits for a state of the sandbox, not of the page.
func (p *tab) waitState(what string, ok func(sandbox.State) bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), waitTimeout)
	defer cancel()
	if err := p.Wait(ctx, ok); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

func testID(id string) string { return browsertest.TestID(id) }

func messageSelector(id string) string { return fmt.Sprintf("[data-message-id=%q]", id) }
