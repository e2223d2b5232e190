package feishu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	larkws "github.com/larksuite/oapi-sdk-go/v3/ws"

	"recallbot/bot"
)

const (
	// maxReconnectWait is the longest wait between two attempts to connect.
	maxReconnectWait = time.Minute
	// stableAfter is how long a connection must last to reset the wait.
	stableAfter = time.Minute
)

// Socket receives events over a websocket (docs/platform.md#websocket). A dead connection is noticed after two of the
// platform's ping intervals and 5 s.
type Socket struct {
	cfg       Config
	http      *transport
	opener    *Opener
	callbacks SocketCallbacks
	log       *slog.Logger

	mu         sync.Mutex
	connected  bool
	err        error           // of the last connection
	unknown    map[string]bool // event types that the SDK had no handler for
	disconnect context.CancelFunc
}

// SocketCallbacks receive events and state changes of a Socket.
type SocketCallbacks struct {
	// Deliver receives an event. If it returns nil the event is acknowledged, otherwise the platform sends it again.
	// Its context does not end with the connection, so it needs its own timeout.
	Deliver func(context.Context, bot.Envelope) error
	// Dropped is called with the error of each event that can't be opened. The event is acknowledged, since it would
	// fail again.
	Dropped func(error)
	// Changed is called when a connection is made or lost.
	Changed func(connected bool)
}

// NewSocket makes a Socket for the app of a client. It does not connect.
func NewSocket(c *Client, opener *Opener, parts SocketCallbacks) *Socket {
	return &Socket{
		cfg: c.cfg, http: newTransport(c.cfg.CallTimeout), opener: opener, callbacks: parts, log: c.log,
		err: notConnected("no connection yet"), unknown: map[string]bool{},
	}
}

// Run keeps a connection until ctx is done, then waits for deliveries in progress and returns nil. If the platform
// refuses our app it returns an error of the kind Denied that says what to change.
func (s *Socket) Run(ctx context.Context) error {
	var l *session
	for attempts := 0; ; attempts++ {
		if l == nil || l.used {
			l = s.newSession(ctx)
		}
		began := time.Now()
		err := s.connect(ctx, l)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // stopped by the caller
		case bot.KindOf(err) == bot.Denied:
			s.log.ErrorContext(ctx, "websocket refused", "error", err)
			return err
		case time.Since(began) > stableAfter:
			attempts = 0
		}
		wait := reconnectWait(attempts, rand.Float64()) //nolint:gosec // spreads load, keeps no secret
		level := slog.LevelDebug                        // only the first of consecutive attempts is a warning
		if attempts == 0 {
			level = slog.LevelWarn
		}
		s.log.LogAttrs(ctx, level, "websocket lost, connecting again", slog.Any("error", err), slog.Int64("wait_ms", wait.Milliseconds()))
		if bot.Sleep(ctx, wait) != nil {
			return nil //nolint:nilerr // stopped by the caller
		}
	}
}

// reconnectWait is the part (0 to 1) of a wait that doubles with each attempt. A random part spreads the
// reconnections of all clients.
func reconnectWait(attempts int, part float64) time.Duration {
	limit := maxReconnectWait
	if attempts < 6 {
		limit = time.Second << attempts
	}
	return time.Duration(part * float64(limit))
}

// Ready returns nil if there is a connection, or the reason why not.
func (s *Socket) Ready(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connected {
		return nil
	}
	return s.err
}

// session is a client of the SDK for one connection. The SDK's own reconnection is not used: it waits without jitter
// from the second attempt on, sends the first ping of a connection after a whole interval, and ends when there are
// too many connections. The SDK never ends the goroutine of a client, so a failed attempt reuses the client.
type session struct {
	client    *larkws.Client
	discovery *discovery
	used      bool // was connected: the SDK can't start it again
}

func (s *Socket) newSession(ctx context.Context) *session {
	l := &session{discovery: &discovery{http: s.http}}
	l.client = larkws.NewClient(s.cfg.AppID, s.cfg.AppSecret.Reveal(),
		larkws.WithDomain(trimSlash(s.cfg.BaseURL)),
		larkws.WithEventHandler(s.eventHandlers()),
		larkws.WithLogger(logSniffer{onUnknownType: s.addUnknownType}),
		larkws.WithHttpClient(l.discovery),
		larkws.WithAutoReconnect(false),
		larkws.WithOnReady(func() {
			l.used = true
			s.change(true, nil)
			s.log.InfoContext(ctx, "websocket connected")
		}),
	)
	return l
}

// connect makes a connection and receives events until it is lost.
func (s *Socket) connect(ctx context.Context, l *session) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	s.disconnect = cancel
	s.mu.Unlock()
	fault := l.discovery.connectError(l.client.Start(ctx), s.cfg.BaseURL)
	s.change(false, fault)
	return fault
}

func (s *Socket) change(connected bool, fault error) {
	s.mu.Lock()
	changed := s.connected != connected
	s.connected, s.err = connected, fault
	s.mu.Unlock()
	if changed {
		s.callbacks.Changed(connected)
	}
}

// discovery is the HTTP client for the endpoint that returns the websocket's URL. It keeps details of the last call
// that the SDK drops.
type discovery struct {
	http   *transport
	hasURL bool // the response has a URL
	code   int
	logID  string
	err    error // why there was no response
}

// Do requests the URL to connect to.
func (d *discovery) Do(r *http.Request) (*http.Response, error) {
	d.hasURL, d.code, d.logID, d.err = false, 0, "", nil
	resp, err := d.http.Do(r)
	if err != nil {
		d.err = withoutURL(err)
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var response struct {
		Code int `json:"code"`
		Data struct {
			URL string `json:"URL"`
		} `json:"data"`
	}
	d.hasURL = json.Unmarshal(body, &response) == nil && resp.StatusCode == http.StatusOK && response.Code == 0 && response.Data.URL != ""
	d.code, d.logID = response.Code, resp.Header.Get(headerLogID)
	return resp, nil
}

// connectError returns the error of a connection. It keeps the code but not the SDK's text, which may hold the URL
// with its ticket.
func (d *discovery) connectError(err error, base string) error {
	e := &bot.Error{
		Kind: bot.Unavailable, Op: "connect websocket", Reason: bot.ReasonUnavailable, LogID: d.logID,
		Err: errors.New("connection lost, or not made"),
	}
	if fault := bot.CertificateFault(err); d.err != nil {
		e.Err = fmt.Errorf("no connection: %w", d.err)
	} else if fault != "" {
		e.Err = errors.New("no connection: certificate: " + fault)
	}
	if serverError, ok := errors.AsType[*larkws.ServerError](err); ok {
		e.Code, e.Err = serverError.Code, errors.New("the platform is unavailable")
	}
	refused, ok := errors.AsType[*larkws.ClientError](err)
	if !ok {
		return e
	}
	e.Code = refused.Code
	if d.hasURL && refused.Code == socketAuth {
		e.Code = socketTooMany // the SDK reports it so at the handshake
	}
	v, why := socketCodeInfo(e.Code, base)
	e.Kind, e.Reason, e.Err = v.kind, v.reason, errors.New(why)
	return e
}

func notConnected(why string) error {
	return &bot.Error{Kind: bot.Unavailable, Op: "connect websocket", Reason: bot.ReasonUnavailable, Err: errors.New(why)}
}
