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
	// authTimeout limits the authentication of a call.
	authTimeout = time.Second
	// callTimeout limits a call that does not wait for others.
	callTimeout = 8 * time.Second
)

type tokenKey struct{}

// tokenOf is the caller's token; it is set behind authorize.
func tokenOf(ctx context.Context) bot.Token {
	token, _ := ctx.Value(tokenKey{}).(bot.Token)
	return token
}

func principalOf(ctx context.Context) *bot.Principal { return tokenOf(ctx).Principal() }

// guard rejects cross-site requests from browsers and forbids caching, for all of the API.
func (a *api) guard(c *gin.Context) {
	if !strings.HasPrefix(c.Request.URL.Path, "/api/") {
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Request.Body = truncatedBody{c.Request.Body}
	if a.sameSite.Check(c.Request) != nil {
		newProblem(http.StatusForbidden, "Pages of other sites may not call the API.").write(c.Writer)
		c.Abort()
	}
}

// truncatedBody ends with io.EOF if the body is malformed or truncated: this is the caller's error, for which huma
// would answer 500.
type truncatedBody struct{ io.ReadCloser }

// Read returns io.EOF for all errors but timeouts.
func (b truncatedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		err = io.EOF
	}
	return n, err
}

// observe reports a call after its end; a watched recall after the stream's end.
func (a *api) observe(ctx huma.Context, next func(huma.Context)) {
	end := func(int) {}
	if a.Trace != nil {
		var traced context.Context
		traced, end = a.Trace(ctx.Context(), ctx.Operation().OperationID)
		ctx = huma.WithContext(ctx, traced)
	}
	began := time.Now()
	next(huma.WithValue(ctx, beganKey{}, began))
	status := humagin.Unwrap(ctx).Writer.Status()
	end(status)
	if status < http.StatusBadRequest {
		a.server.apiIncident.ReportOf(ctx.Context(), "", began, nil)
	}
	if a.Observe != nil {
		a.Observe(ctx.Operation().OperationID, status)
	}
}

// authorize passes calls whose token has one of the operation's scopes and calls left.
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
	release, err := a.acquire(ctx, op, token)
	if err != nil {
		a.writeError(ctx, op, err)
		return
	}
	defer release()
	known := context.WithValue(ctx.Context(), tokenKey{}, token)
	known = context.WithValue(known, writerKey{}, http.ResponseWriter(humagin.Unwrap(ctx).Writer))
	within, cancel := context.WithTimeout(known, timeoutOf(op))
	defer cancel()
	next(huma.WithContext(ctx, within))
}

// writeError answers a call that is not carried out.
func (a *api) writeError(ctx huma.Context, op *huma.Operation, err error) {
	a.server.logFailure(ctx.Context(), op.OperationID, err)
	problem := problemOf(err)
	if problem.Status == http.StatusTooManyRequests && op.Metadata[retries5xx] == true {
		busy := newProblem(http.StatusServiceUnavailable, problem.Detail)
		busy.retry, problem = problem.retry, busy
	}
	problem.write(humagin.Unwrap(ctx).Writer)
}

// authenticate returns the caller's token if it is valid and has a scope of the operation.
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

// tokenProblem is the problem of a refused token.
func tokenProblem(err error) error {
	detail := bot.Detail(err)
	switch detail.Kind {
	case bot.Denied:
		p := unauthorized()
		if detail.Err != nil { // only the holder of the secret sees this
			p.Detail = "This token is no longer valid: " + detail.Err.Error() + ". Ask the bot's operator for a new one (recallbot token create or rotate)."
		}
		return p
	case bot.RateLimited:
		p := newProblem(http.StatusTooManyRequests, "")
		p.retry = detail.RetryAfter
		p.Detail = "Too many wrong tokens came from your address or for this token's id, so tokens are not checked for " + p.wait() + ". Correct the token, then try again."
		return p
	default:
		return err
	}
}

func unauthorized() *Problem {
	p := newProblem(http.StatusUnauthorized, "The token is missing, wrong, expired or revoked. Send Authorization: Bearer rb_….")
	p.unknown = true
	return p
}

// bearerOf parses the Authorization header; the scheme is case-insensitive.
func bearerOf(header string) (string, bool) {
	scheme, bearer, ok := strings.Cut(header, " ")
	return strings.TrimSpace(bearer), ok && strings.EqualFold(scheme, "Bearer")
}

func scopesOf(op *huma.Operation) []bot.TokenScope {
	var scopes []bot.TokenScope
	for _, scheme := range op.Security {
		for _, scope := range scheme[tokenScheme] {
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

// timeoutOf is the time limit of an operation.
func timeoutOf(op *huma.Operation) time.Duration {
	if wait, ok := op.Metadata[timeoutKey].(time.Duration); ok {
		return wait
	}
	return callTimeout
}

const timeoutKey = "patience"

// beganKey is the context key of a call's start time.
type beganKey struct{}

// logFailure logs errors that are not the caller's.
func (s *Server) logFailure(ctx context.Context, what string, err error) {
	switch p := problemOf(err); {
	case p.Status == http.StatusServiceUnavailable:
		began, ok := ctx.Value(beganKey{}).(time.Time)
		if !ok {
			began = time.Now()
		}
		s.apiIncident.ReportOf(ctx, "", began, err, slog.String("operation", what))
	case p.Status >= http.StatusInternalServerError && s.warnLimit.Allow():
		s.deps.Logger.WarnContext(ctx, "API call failed", "operation", what, "status", p.Status, "error", err)
	}
}
