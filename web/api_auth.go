package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"recallbot/bot"
)

const (
	tokenScheme = "token"
	// authTimeout is how long a call waits for Redis until it is known whose it is.
	authTimeout = time.Second
	// callTimeout is how long a call may take that waits for nothing but us.
	callTimeout = 8 * time.Second
)

type tokenKey struct{}

// tokenOf is whose call it is; behind authorize there always is one.
func tokenOf(ctx context.Context) bot.Token {
	token, _ := ctx.Value(tokenKey{}).(bot.Token)
	return token
}

func principalOf(ctx context.Context) *bot.Principal { return tokenOf(ctx).Principal() }

// guard is before all of the API, its pages too: it turns down what a browser sends for another site, and nothing of it is
// kept by caches.
func (a *api) guard(c *gin.Context) {
	if !strings.HasPrefix(c.Request.URL.Path, "/api/") {
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Request.Body = truncatedBody{c.Request.Body}
	if a.sameSite.Check(c.Request) != nil {
		newProblem(http.StatusForbidden, "A page of another site may not call this.").write(c.Writer)
		c.Abort()
	}
}

// truncatedBody is a body that ends where it is malformed or breaks off: that is the caller's fault, and huma would answer 500.
type truncatedBody struct{ io.ReadCloser }

// Read leaves only a time that is over as an error.
func (b truncatedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		err = io.EOF
	}
	return n, err
}

// observe tells how a call ended; one that is watched, when the watching has ended.
func (a *api) observe(ctx huma.Context, next func(huma.Context)) {
	ended := func(int) {}
	if a.Trace != nil {
		var traced context.Context
		traced, ended = a.Trace(ctx.Context(), ctx.Operation().OperationID)
		ctx = huma.WithContext(ctx, traced)
	}
	began := time.Now()
	next(huma.WithValue(ctx, beganKey{}, began))
	status := humagin.Unwrap(ctx).Writer.Status()
	ended(status)
	if status < http.StatusBadRequest {
		a.server.apiIncident.ReportOf(ctx.Context(), "", began, nil)
	}
	if a.Observe != nil {
		a.Observe(ctx.Operation().OperationID, status)
	}
}

// authorize lets a call pass whose token has one of the operation's scopes, and calls left.
func (a *api) authorize(ctx huma.Context, next func(huma.Context)) {
	op := ctx.Operation()
	if len(op.Security) == 0 {
		next(ctx)
		return
	}
	token, err := a.authenticate(ctx, op)
	if err != nil {
		a.writeError(ctx, op, err)
		return
	}
	markAuthenticated(ctx.Context())
	free, err := a.acquire(ctx, op, token)
	if err != nil {
		a.writeError(ctx, op, err)
		return
	}
	defer free()
	known := context.WithValue(ctx.Context(), tokenKey{}, token)
	known = context.WithValue(known, writerKey{}, http.ResponseWriter(humagin.Unwrap(ctx).Writer))
	within, cancel := context.WithTimeout(known, timeoutOf(op))
	defer cancel()
	next(huma.WithContext(ctx, within))
}

// writeError answers a call that is not made.
func (a *api) writeError(ctx huma.Context, op *huma.Operation, err error) {
	a.server.logFailure(ctx.Context(), op.OperationID, err)
	problem := problemOf(err)
	if problem.Status == http.StatusTooManyRequests && op.Metadata[retries5xx] == true {
		busy := newProblem(http.StatusServiceUnavailable, problem.Detail)
		busy.retry, problem = problem.retry, busy
	}
	problem.write(humagin.Unwrap(ctx).Writer)
}

// authenticate finds out whose call it is and whether it may be made.
func (a *api) authenticate(ctx huma.Context, op *huma.Operation) (bot.Token, error) {
	bearer, ok := bearerOf(ctx.Header("Authorization"))
	if !ok {
		return bot.Token{}, unauthorized()
	}
	if err := a.authSlots.acquire(ctx.Context(), authTimeout); err != nil {
		return bot.Token{}, err
	}
	defer a.authSlots.release()
	waiting, cancel := context.WithTimeout(ctx.Context(), authTimeout)
	defer cancel()
	token, err := a.Tokens.Check(waiting, bearer, humagin.Unwrap(ctx).ClientIP())
	if err != nil {
		return bot.Token{}, tokenProblem(err)
	}
	if !token.May(scopesOf(op)...) {
		return bot.Token{}, newProblem(http.StatusForbidden, "The token lacks the scope: "+orScopes(op)+".")
	}
	return token, a.Tokens.Spend(waiting, token)
}

// tokenProblem says why a token was not taken, as far as its holder may know.
func tokenProblem(err error) error {
	detail := bot.Detail(err)
	switch detail.Kind {
	case bot.Denied:
		p := unauthorized()
		if detail.Err != nil { // which only who has the secret gets to know
			p.Detail = "This token is no longer good: " + detail.Err.Error() + ". Ask the bot's operator for another (recallbot token create, or rotate)."
		}
		return p
	case bot.RateLimited:
		p := newProblem(http.StatusTooManyRequests,
			"Too many wrong tokens came from your address, or were tried for this token; no token from there is looked at for a while. Put the token right first.")
		p.retry = detail.RetryAfter
		return p
	default:
		return err
	}
}

func unauthorized() *Problem {
	p := newProblem(http.StatusUnauthorized, "The token is missing or wrong. Send Authorization: Bearer rb_….")
	p.unknown = true
	return p
}

// bearerOf reads the header; the scheme's case does not matter.
func bearerOf(header string) (string, bool) {
	scheme, bearer, ok := strings.Cut(header, " ")
	return strings.TrimSpace(bearer), ok && strings.EqualFold(scheme, "Bearer")
}

func scopesOf(op *huma.Operation) []bot.TokenScope {
	var scopes []bot.TokenScope
	for _, way := range op.Security {
		for _, scope := range way[tokenScheme] {
			scopes = append(scopes, bot.TokenScope(scope))
		}
	}
	return scopes
}

func orScopes(op *huma.Operation) string {
	var names []string
	for _, scope := range scopesOf(op) {
		names = append(names, string(scope))
	}
	return strings.Join(slices.Compact(names), " or ")
}

// timeoutOf is how long the operation may take.
func timeoutOf(op *huma.Operation) time.Duration {
	if wait, ok := op.Metadata[timeoutKey].(time.Duration); ok {
		return wait
	}
	return callTimeout
}

const timeoutKey = "patience"

// beganKey is the key of the time at which a call began.
type beganKey struct{}

// logFailure logs what was not done for a reason that is not the caller's.
func (s *Server) logFailure(ctx context.Context, what string, err error) {
	switch p := problemOf(err); {
	case p.Status == http.StatusServiceUnavailable:
		began, ok := ctx.Value(beganKey{}).(time.Time)
		if !ok {
			began = time.Now()
		}
		s.apiIncident.ReportOf(ctx, "", began, err, slog.String("operation", what))
	case p.Status >= http.StatusInternalServerError && s.warnLimit.Allow():
		s.deps.Logger.WarnContext(ctx, "call of the API not done", "operation", what, "status", p.Status, "error", err)
	}
}
