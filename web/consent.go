package web

import (
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"recallbot/bot"
)

// Consent handles the redirect from the platform's consent page, and returns what the browser shows; the error's kind is the
// page's status.
type Consent func(ctx context.Context, call ConsentCall) (ConsentPage, error)

// ConsentCall is a redirect from the platform's consent page.
type ConsentCall struct {
	// State is empty if the request has none, or one that can't be ours.
	State string
	// Code is empty if the person declined.
	Code string
	// Languages is the browser's Accept-Language.
	Languages string
	// Busy is set if too many redirects are handled at once: then nothing is done, and the page asks to load it again.
	Busy bool
}

// ConsentPage is what a person reads in the browser.
type ConsentPage struct {
	// Language is zh-CN or en.
	Language string
	// Good is set if the bot is authorised now.
	Good        bool
	Title, Text string
	// Back is the address of the chat, BackText the link's text.
	Back, BackText string
}

const (
	// maxState and maxCode are far above real values.
	maxState = 128
	maxCode  = 4096
	// maxConsents limits concurrent callbacks; others wait up to consentWait.
	maxConsents = 32
	consentWait = time.Second
)

// consent is GET /oauth/callback. Its URL has secrets, so the page sends no referrer.
func (s *Server) consent(c *gin.Context) {
	if s.deps.Consent == nil {
		c.JSON(http.StatusNotFound, problem("owners can't authorise this bot"))
		return
	}
	call := ConsentCall{State: c.Query("state"), Code: c.Query("code"), Languages: c.GetHeader("Accept-Language")}
	if len(call.State) > maxState || len(call.Code) > maxCode {
		call.State = ""
	}
	if c.Query("error") != "" {
		call.Code = ""
	}
	if s.consents.acquire(c.Request.Context(), consentWait) == nil {
		defer s.consents.release()
	} else {
		call.Busy = true
	}
	page, err := s.deps.Consent(c.Request.Context(), call)
	if err != nil && call.State != "" && !call.Busy && s.warnLimit.Allow() {
		s.deps.Logger.WarnContext(c.Request.Context(), "authorisation not stored", "error", err)
	}
	header := c.Writer.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	status := consentStatus(err)
	if call.State == "" {
		status = http.StatusNotFound
	}
	c.Status(status)
	if _, err := io.WriteString(c.Writer, page.html()); err != nil {
		s.deps.Logger.DebugContext(c.Request.Context(), "page not sent", "error", errors.Unwrap(err))
	}
}

func consentStatus(err error) int {
	if err == nil {
		return http.StatusOK
	}
	switch bot.KindOf(err) {
	case bot.Denied:
		return http.StatusForbidden
	case bot.NotFound, bot.Expired:
		return http.StatusGone
	case bot.Invalid:
		return http.StatusBadRequest
	case bot.RateLimited, bot.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// html fills in the page. html/template would do it too, but reflection there keeps unused code of all packages in the binary.
func (p ConsentPage) html() string {
	class, sign, link := "sign", "✕", ""
	if p.Good {
		class, sign = "sign good", "✓"
	}
	if p.Back != "" {
		link = `<a href="` + html.EscapeString(p.Back) + `" rel="noreferrer">` + html.EscapeString(p.BackText) + `</a>`
	}
	return strings.NewReplacer(
		"{{language}}", html.EscapeString(p.Language), "{{title}}", html.EscapeString(p.Title), "{{text}}", html.EscapeString(p.Text),
		"{{class}}", class, "{{sign}}", sign, "{{link}}", link,
	).Replace(consentHTML)
}

// consentHTML is a page that fits a phone, light or dark as the browser is. The sign before the title repeats the title.
const consentHTML = `<!doctype html>
<html lang="{{language}}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{title}} · RecallBot</title>
<style>
:root{color-scheme:light dark;--back:light-dark(#f2f4f7,#17191d);--card:light-dark(#fff,#22252b);--text:light-dark(#1f2329,#e8eaed);
--more:light-dark(#51565d,#b4bac3);--line:light-dark(#dee0e3,#3a3f47);--link:light-dark(#1d4fd7,#2f6bf2);--good:light-dark(#167a33,#4cc26b);--bad:light-dark(#b3261e,#ff8a80)}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:16px;background:var(--back);color:var(--text);font:16px/1.6 system-ui,sans-serif}
main{width:100%;max-width:28rem;padding:28px 24px;background:var(--card);border:1px solid var(--line);border-radius:12px;overflow-wrap:anywhere}
.sign{font-size:32px;line-height:1;margin:0 0 12px;color:var(--bad)}
.good{color:var(--good)}
h1{margin:0 0 8px;font-size:22px;line-height:1.3}
p{margin:0 0 20px;color:var(--more)}
a{display:inline-block;padding:10px 18px;border-radius:8px;background:var(--link);color:#fff;text-decoration:none}
a:focus-visible{outline:3px solid var(--text);outline-offset:2px}
</style>
</head>
<body>
<main>
<div class="{{class}}" aria-hidden="true">{{sign}}</div>
<h1>{{title}}</h1>
<p>{{text}}</p>
{{link}}
</main>
</body>
</html>
`

// consentOperation describes GET /oauth/callback.
func consentOperation() *huma.Operation {
	op := serverOperation("GET "+consentPath, "The browser comes back from the platform's page of consent", map[string]string{
		"200": "Authorised, or declined", "400": "The platform did not take what was asked",
		"403": "Another person opened the link, or the platform refused the code", "404": "No state, or owners can't authorise this bot",
		"410": "The link has been used or has expired", "503": "The platform or Redis does not answer",
	})
	op.Description = "An owner who authorises the bot is sent here. The state is valid once, for ten minutes, and for the person whom it " +
		"was made for. The page says what happened, in the person's language, and leads back to the chat."
	for name, description := range map[string]string{
		"state": "As the link had it", "code": "Absent where the person declined", "error": "access_denied where the person declined",
	} {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: name, In: "query", Required: name == "state", Description: description, Schema: &huma.Schema{Type: huma.TypeString},
		})
	}
	slices.SortFunc(op.Parameters, func(a, b *huma.Param) int { return strings.Compare(a.Name, b.Name) })
	return op
}
