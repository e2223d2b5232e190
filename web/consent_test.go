package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"recallbot/bot"
	"recallbot/web"
)

// TestConsent: the callback is one GET with a state. Its parameters are not passed on, and the page has no links.
func TestConsent(t *testing.T) {
	t.Parallel()
	const state, code = "a-state", "a-code"
	for name, row := range map[string]struct {
		method, query string
		err           error
		status        int
		code          string // the code passed to Consent; "-" if it is not called
	}{
		"authorised":             {http.MethodGet, "state=" + state + "&code=" + code, nil, 200, code},
		"declined":               {http.MethodGet, "state=" + state + "&error=access_denied", nil, 200, ""},
		"declined, with a code":  {http.MethodGet, "state=" + state + "&code=" + code + "&error=access_denied", nil, 200, ""},
		"another person":         {http.MethodGet, "state=" + state + "&code=" + code, bot.Errorf(bot.Denied, "not hers"), 403, code},
		"used before":            {http.MethodGet, "state=" + state + "&code=" + code, bot.Errorf(bot.NotFound, "no such state"), 410, code},
		"too late":               {http.MethodGet, "state=" + state + "&code=" + code, bot.Errorf(bot.Expired, "over"), 410, code},
		"a code that is none":    {http.MethodGet, "state=" + state + "&code=" + code, bot.Errorf(bot.Invalid, "no code"), 400, code},
		"no answer":              {http.MethodGet, "state=" + state + "&code=" + code, bot.Errorf(bot.Unavailable, "away"), 503, code},
		"a fault of ours":        {http.MethodGet, "state=" + state + "&code=" + code, bot.Errorf(bot.Internal, "x"), 500, code},
		"without a state":        {http.MethodGet, "code=" + code, nil, 404, "-"},
		"a state without an end": {http.MethodGet, "state=" + strings.Repeat("s", 129) + "&code=" + code, nil, 404, "-"},
		"a code without an end":  {http.MethodGet, "state=" + state + "&code=" + strings.Repeat("c", 4097), nil, 404, "-"},
		"a form":                 {http.MethodPost, "state=" + state + "&code=" + code, nil, 405, "-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := "-"
			var log strings.Builder
			s := web.New(web.Deps{
				Logger: slog.New(slog.NewTextHandler(&log, nil)),
				Consent: func(_ context.Context, got, code string) (string, string, error) {
					if got != state {
						t.Errorf("asked for %q", got)
					}
					asked = code
					return "<b>好</b>", "<b>fine</b>", row.err
				},
			})
			answer := httptest.NewRecorder()
			s.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), row.method, "/oauth/callback?"+row.query, http.NoBody))
			if answer.Code != row.status || asked != row.code {
				t.Fatalf("HTTP %d, asked with %q; want %d, %q", answer.Code, asked, row.status, row.code)
			}
			if asked == "-" {
				return
			}
			page, header := answer.Body.String(), answer.Header()
			if !strings.Contains(page, "&lt;b&gt;fine") || strings.Contains(page, "<b>") || strings.Contains(page, code) {
				t.Errorf("the page is %s", page)
			}
			if header.Get("Cache-Control") != "no-store" || header.Get("Referrer-Policy") != "no-referrer" ||
				!strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("the header is %v", header)
			}
			if text := log.String(); strings.Contains(text, state) || strings.Contains(text, url.QueryEscape(code)) {
				t.Errorf("the log says %s", text)
			}
		})
	}
}
