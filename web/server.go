// Package web is the HTTP server: the platform's webhook, health checks, metrics and the API, whose routes are in
// api.go. All other routes are in routes.go.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"recallbot/bot"
)

const (
	// The platform allows 3 s per request in all.
	headerTimeout = 2 * time.Second
	readTimeout   = 4 * time.Second
	writeTimeout  = 10 * time.Second
	idleTimeout   = 75 * time.Second
	maxHeader     = 16 << 10
	// drainTimeout limits running requests at shutdown.
	drainTimeout = 3 * time.Second
)

// Opener verifies and decodes a request of the platform. Denied means not from the platform, or not for us; Invalid
// means unreadable.
type Opener interface {
	// MaxBody is the largest body for a request with this header.
	MaxBody(header http.Header) int
	Open(header http.Header, body []byte) (bot.Envelope, error)
}

// Deps are the dependencies of the server.
type Deps struct {
	WebhookDeps
	API

	Config Config
	// Ready are named checks of whether events can be accepted.
	Ready map[string]func(context.Context) error
	// Consent handles the OAuth callback; nil disables it.
	Consent Consent
	// Metrics serves the metrics.
	Metrics http.Handler
	Logger  *slog.Logger
}

// WebhookDeps are the dependencies of the webhook.
type WebhookDeps struct {
	Opener Opener
	// Intake stores an event. Only a stored event is answered with 200.
	Intake func(ctx context.Context, e bot.Event) (bot.Kept, error)
	// Answer returns the response body for a stored event; nil means {}.
	Answer func(bot.Event) []byte
	// ObserveEvent is called after every request with the event's type, its result and the duration. It may be nil.
	ObserveEvent func(eventType, result string, d time.Duration)
}

// Server is the HTTP server.
type Server struct {
	deps       Deps
	engine     *gin.Engine
	api        *api
	eventSlots chan struct{}
	bodies     sync.Pool   // of *[smallBody]byte; an Opener keeps no part of it
	bodyBudget *byteBudget // for larger bodies
	// consents limits concurrent OAuth callbacks.
	consents semaphore
	// storeDeadlines limits how long events wait for Redis.
	storeDeadlines sharedDeadlines
	// warnLimit limits the warnings about bad requests.
	warnLimit *rate.Limiter
	// readyIncidents last while a check of /readyz fails, by name; storeIncident while events can't be stored;
	// apiIncident while API calls fail.
	readyIncidents             map[string]*bot.Incident
	storeIncident, apiIncident *bot.Incident
	stopping                   atomic.Bool
	// closing is closed when no more requests are accepted; waiting and streaming calls end then.
	closing chan struct{}
}

// New returns a server that does not listen yet.
func New(deps Deps) *Server {
	gin.SetMode(gin.ReleaseMode)
	s := &Server{
		deps: deps, engine: gin.New(), eventSlots: make(chan struct{}, maxEvents), closing: make(chan struct{}),
		bodyBudget: newByteBudget(maxBodies), consents: newSemaphore(maxConsents), storeDeadlines: sharedDeadlines{timeout: storeTimeout},
		warnLimit: rate.NewLimiter(rate.Every(time.Second), 5),
	}
	s.readyIncidents = map[string]*bot.Incident{}
	for name := range deps.Ready {
		s.readyIncidents[name] = bot.NewIncident(deps.Logger, slog.LevelWarn, "not ready", "ready again")
	}
	s.storeIncident = bot.NewIncident(deps.Logger, slog.LevelWarn, "events not stored", "events stored again")
	s.apiIncident = bot.NewIncident(deps.Logger, slog.LevelWarn, "API calls failing", "API calls working again")
	s.bodies.New = func() any { return new([smallBody]byte) }
	s.engine.HandleMethodNotAllowed = true
	s.engine.RedirectTrailingSlash = false
	s.engine.Use(s.recoverPanic, s.closeWhenStopping)
	_ = s.engine.SetTrustedProxies(deps.Config.TrustedProxies) // checked by Config.Validate
	s.routes()
	return s
}

// Handler serves all routes.
func (s *Server) Handler() http.Handler { return handleHead(s.engine) }

// Serve answers requests until ctx is done. Then /readyz fails, and after the drain delay it accepts no more requests
// and waits for the running ones.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ConnState: trackState, ConnContext: withConn,
		ErrorLog: slog.NewLogLogger(s.deps.Logger.Handler(), slog.LevelDebug),
	}
	server.RegisterOnShutdown(func() { close(s.closing) })
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(newLimitListener(listener, maxOpen())) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	select {
	case err := <-failed:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-time.After(s.deps.Config.DrainDelay):
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := server.Shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// Closing is closed after the drain delay, when no more requests are accepted.
func (s *Server) Closing() <-chan struct{} { return s.closing }

// closeWhenStopping tells clients of a stopping server to open another connection, elsewhere. A connection is not
// closed without this header: a load balancer may be sending a request on it.
func (s *Server) closeWhenStopping(c *gin.Context) {
	if s.stopping.Load() {
		c.Header("Connection", "close")
	}
}

func (s *Server) recoverPanic(c *gin.Context) {
	defer func() {
		if v := recover(); v != nil {
			s.deps.Logger.ErrorContext(c.Request.Context(), "request panicked", "path", c.FullPath(), "fault", fmt.Sprint(v))
			c.AbortWithStatusJSON(http.StatusInternalServerError, problem("internal error"))
		}
	}()
	c.Next()
}
