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

// TestConsent: the callback is one GET with a state. Its parameters are not passed on, and each outcome is a page with a title and
// a way back.
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
				Consent: func(_ context.Context, call web.ConsentCall) (web.ConsentPage, error) {
					page := web.ConsentPage{
						Language: "en", Good: row.err == nil, Title: "Title", Text: "<b>fine</b> " + call.Languages, Back: "https://chat.example/open?x=1", BackText: "Back",
					}
					if call.State == "" {
						return page, bot.Errorf(bot.NotFound, "no state")
					}
					if call.State != state {
						t.Errorf("asked for %q", call.State)
					}
					asked = call.Code
					return page, row.err
				},
			})
			answer := httptest.NewRecorder()
			req := httptest.NewRequestWithContext(t.Context(), row.method, "/oauth/callback?"+row.query, http.NoBody)
			req.Header.Set("Accept-Language", "zh-CN,en;q=0.8")
			s.Handler().ServeHTTP(answer, req)
			if answer.Code != row.status || asked != row.code {
				t.Fatalf("HTTP %d, asked with %q; want %d, %q", answer.Code, asked, row.status, row.code)
			}
			if row.method != http.MethodGet {
				return
			}
			page, header := answer.Body.String(), answer.Header()
			for _, want := range []string{
				`<html lang="en">`, "<title>Title · RecallBot</title>", "<h1>Title</h1>", "&lt;b&gt;fine&lt;/b&gt; zh-CN,en;q=0.8",
				`<a href="https://chat.example/open?x=1" rel="noreferrer">Back</a>`, "width=device-width", "color-scheme:light dark",
			} {
				if !strings.Contains(page, want) {
					t.Errorf("%s is not in the page:\n%s", want, page)
				}
			}
			if strings.Contains(page, "<b>") || strings.Contains(page, code) || strings.Contains(page, "<script") {
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
