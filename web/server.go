// Package web is everything that comes in over HTTP: the platform's webhook, health, metrics, and the API, whose routes are
// in api.go. routes.go is every URL besides.
package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
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
	// The platform gives a request 3 s in all; nobody needs longer to send one.
	headerTimeout = 2 * time.Second
	readTimeout   = 4 * time.Second
	writeTimeout  = 10 * time.Second
	idleTimeout   = 75 * time.Second
	maxHeader     = 16 << 10
	// drainTimeout is how long running requests may take at shutdown.
	drainTimeout = 3 * time.Second
)

// Opener checks and decodes a request of the platform: Denied means that it is not the platform's, or not for us;
// Invalid that it can't be read.
type Opener interface {
	// MaxBody is how large a request's body may be, as far as its header tells.
	MaxBody(header http.Header) int
	Open(header http.Header, body []byte) (bot.Envelope, error)
}

// Intake makes an event safe; only then may it be answered with 200.
type Intake interface {
	Keep(ctx context.Context, e bot.Event) (bot.Kept, error)
}

// Deps are what the server works with.
type Deps struct {
	Opener Opener
	Intake Intake
	// Answer is the body of the answer to an event that is kept; {} without it.
	Answer func(bot.Event) []byte
	// Ready checks, by name, whether events can be taken.
	Ready map[string]func(context.Context) error
	// Consent takes what the browser brings back from the platform's page of consent; without it there is none.
	Consent Consent
	// Metrics serves the metrics.
	Metrics http.Handler
	// Observe is told of every request to the webhook: the event's type, what became of it, and how long it took.
	Observe func(eventType, result string, d time.Duration)
	// DrainDelay is how long requests are still taken after Serve was told to end, see Config.
	DrainDelay time.Duration
	// TrustedProxies are those whose word on where a call comes from is taken, see Config.
	TrustedProxies []string
	// API is what the HTTP API works with.
	API    API
	Logger *slog.Logger
}

// Server is the HTTP server.
type Server struct {
	deps       Deps
	engine     *gin.Engine
	api        *api
	eventSlots chan struct{}
	bodies     sync.Pool   // of *[smallBody]byte, which an Opener keeps nothing of
	bodyBudget *byteBudget // for larger ones
	// consents bound the browsers that come back from the platform's page of consent.
	consents semaphore
	// storeDeadlines bound how long events wait for Redis.
	storeDeadlines sharedDeadlines
	// warnLimit keeps a flood of bad requests from flooding the log.
	warnLimit *rate.Limiter
	// readyIncidents last while a check of /readyz fails, by its name; unkept and undone while events can't be kept and calls of the
	// API can't be done.
	readyIncidents             map[string]*bot.Incident
	storeIncident, apiIncident *bot.Incident
	stopping                   atomic.Bool
	// closing is closed when no more requests are taken: what waits or streams ends then.
	closing     chan struct{}
	consentPage *template.Template
}

// New makes a server. It does not listen yet.
func New(parts Deps) *Server {
	gin.SetMode(gin.ReleaseMode)
	s := &Server{
		deps: parts, engine: gin.New(), eventSlots: make(chan struct{}, maxEvents), closing: make(chan struct{}),
		bodyBudget: newByteBudget(maxBodies), consents: newSemaphore(maxConsents), storeDeadlines: sharedDeadlines{timeout: storeTimeout},
		warnLimit: rate.NewLimiter(rate.Every(time.Second), 5), consentPage: newConsentPage(),
	}
	s.readyIncidents = map[string]*bot.Incident{}
	for name := range parts.Ready {
		s.readyIncidents[name] = bot.NewIncident(parts.Logger, slog.LevelWarn, "not ready", "ready again")
	}
	s.storeIncident = bot.NewIncident(parts.Logger, slog.LevelWarn, "events can't be kept", "events are kept again")
	s.apiIncident = bot.NewIncident(parts.Logger, slog.LevelWarn, "calls of the API can't be done", "calls of the API are done again")
	s.bodies.New = func() any { return new([smallBody]byte) }
	s.engine.HandleMethodNotAllowed = true
	s.engine.RedirectTrailingSlash = false
	s.engine.Use(s.recoverPanic, s.closeWhenStopping)
	_ = s.engine.SetTrustedProxies(parts.TrustedProxies) // Config.Validate has read them
	s.routes()
	return s
}

// Handler serves all routes.
func (s *Server) Handler() http.Handler { return handleHead(s.engine) }

// Serve answers requests until ctx is done. Then it says that it is not ready, goes on for the drain delay, takes no more
// and lets the running ones end.
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
	case <-time.After(s.deps.DrainDelay):
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

// Closing is closed when no more requests are taken, after the drain delay.
func (s *Server) Closing() <-chan struct{} { return s.closing }

// closeWhenStopping has whoever keeps a connection to a server that leaves open another one, elsewhere, for the next request. No
// connection is closed that nobody was told of: a load balancer may be sending a request on it just then.
func (s *Server) closeWhenStopping(c *gin.Context) {
	if s.stopping.Load() {
		c.Header("Connection", "close")
	}
}

func (s *Server) recoverPanic(c *gin.Context) {
	defer func() {
		if fault := recover(); fault != nil {
			s.deps.Logger.ErrorContext(c.Request.Context(), "request panicked", "path", c.FullPath(), "fault", fmt.Sprint(fault))
			c.AbortWithStatusJSON(http.StatusInternalServerError, problem("internal error"))
		}
	}()
	c.Next()
}
