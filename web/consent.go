package web

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"recallbot/bot"
)

// Consent handles the redirect from the platform's consent page; code is empty if the person declined. It returns the
// page's text in Chinese and English; the error's kind is the page's status.
type Consent func(ctx context.Context, state, code string) (chinese, english string, err error)

const (
	// maxState and maxCode are far above real values.
	maxState = 128
	maxCode  = 4096
	// maxConsents limits concurrent callbacks; others wait up to consentWait.
	maxConsents = 32
	consentWait = time.Second
)

// consent is GET /oauth/callback. Its URL has secrets, so the page has no links and sends no referrer.
func (s *Server) consent(c *gin.Context) {
	state, code := c.Query("state"), c.Query("code")
	if s.deps.Consent == nil || state == "" || len(state) > maxState || len(code) > maxCode {
		c.JSON(http.StatusNotFound, problem("nothing was asked for"))
		return
	}
	if s.consents.acquire(c.Request.Context(), consentWait) != nil {
		c.JSON(http.StatusServiceUnavailable, problem("too many at once; load the page again"))
		return
	}
	defer s.consents.release()
	if c.Query("error") != "" {
		code = ""
	}
	chinese, english, err := s.deps.Consent(c.Request.Context(), state, code)
	if err != nil && s.warnLimit.Allow() {
		s.deps.Logger.WarnContext(c.Request.Context(), "authorisation not stored", "error", err)
	}
	header := c.Writer.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	c.Status(consentStatus(err))
	if err := s.consentPage.Execute(c.Writer, struct{ Chinese, English string }{chinese, english}); err != nil {
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

// newConsentPage is a page with a text in two languages.
func newConsentPage() *template.Template {
	return template.Must(template.New("landing").Parse(`<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>recallbot</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:32em;margin:15vh auto;padding:0 1em;color-scheme:light dark}</style>
<main><p>{{.Chinese}}</p><p lang="en">{{.English}}</p></main>
</html>
`))
}

// consentOperation describes GET /oauth/callback.
func consentOperation() *huma.Operation {
	op := serverOperation("GET "+consentPath, "The browser comes back from the platform's page of consent", map[string]string{
		"200": "Authorised, or declined", "400": "The platform did not take what was asked",
		"403": "Another person opened the link, or the platform refused the code", "404": "No state, or owners can't authorise this bot",
		"410": "The link was used, is over, or never was", "503": "The platform or Redis does not answer",
	})
	op.Description = "An owner who authorises the bot is sent here. The state is valid once, for ten minutes, and for the person whom it " +
		"was made for. The page has the result in Chinese and English."
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
