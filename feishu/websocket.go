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
	// maxReconnectWait is the longest wait between two tries to connect.
	maxReconnectWait = time.Minute
	// stableAfter is how long a connection must have lasted for the next one to be tried at once again.
	stableAfter = time.Minute
)

// Socket takes events over a connection that we open to the platform, instead of an address that it must reach. A line
// that is dead without having been closed is noticed after two of the platform's ping intervals and 5 s.
type Socket struct {
	cfg       Config
	http      *transport
	opener    *Opener
	callbacks SocketCallbacks
	log       *slog.Logger

	mu         sync.Mutex
	connected  bool
	err        error           // of the last connection
	unknown    map[string]bool // types of events that the SDK had no handler for
	disconnect context.CancelFunc
}

// SocketCallbacks are what a Socket hands its events and its news to.
type SocketCallbacks struct {
	// Deliver takes an event; it is acknowledged when this returns nil, otherwise the platform sends it again. Its context
	// does not end with the connection, so it bounds its time itself.
	Deliver func(context.Context, bot.Envelope) error
	// Dropped is told of each event that can't be opened: it is acknowledged all the same, since it would never get better.
	Dropped func(error)
	// Changed is told when a connection is made or lost.
	Changed func(connected bool)
}

// NewSocket makes a Socket for the app of a client. It connects to nobody yet.
func NewSocket(c *Client, opener *Opener, parts SocketCallbacks) *Socket {
	return &Socket{
		cfg: c.cfg, http: newTransport(c.cfg.CallTimeout), opener: opener, callbacks: parts, log: c.log,
		err: notConnected("no connection yet"), unknown: map[string]bool{},
	}
}

// Run keeps a connection until ctx is done, and then returns nil once everything that was being delivered is through. It
// gives up, with an error of the kind Denied that says what to change, only when the platform refuses our app.
func (s *Socket) Run(ctx context.Context) error {
	var l *session
	for tries := 0; ; tries++ {
		if l == nil || l.used {
			l = s.newSession(ctx)
		}
		began := time.Now()
		err := s.connect(ctx, l)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // it ended because it was told to
		case bot.KindOf(err) == bot.Denied:
			s.log.ErrorContext(ctx, "websocket refused", "error", err)
			return err
		case time.Since(began) > stableAfter:
			tries = 0
		}
		wait := reconnectWait(tries, rand.Float64()) //nolint:gosec // spreads load, keeps no secret
		level := slog.LevelDebug                     // of tries that follow on one another the first is enough
		if tries == 0 {
			level = slog.LevelWarn
		}
		s.log.LogAttrs(ctx, level, "websocket lost, connecting again", slog.Any("error", err), slog.Int64("wait_ms", wait.Milliseconds()))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// reconnectWait is a random part of a time that doubles with each try, so that those who lost their connections
// together don't come back together.
func reconnectWait(tries int, part float64) time.Duration {
	limit := maxReconnectWait
	if tries < 6 {
		limit = time.Second << tries
	}
	return time.Duration(part * float64(limit))
}

// Ready tells why there is no connection, or nil when there is one.
func (s *Socket) Ready(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connected {
		return nil
	}
	return s.err
}

// session is a client of the SDK for one connection, tried until it is made. A client that connects again by itself waits
// without jitter from the second try on, pings a new connection after a whole interval only, and ends for good when there
// are too many. Each client costs a goroutine that the SDK never ends, so a try that fails needs no other one.
type session struct {
	client    *larkws.Client
	discovery *discovery
	used      bool // it was connected: the SDK does not start it again
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

// connect makes a connection and takes events until it is lost.
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

// discovery is the HTTP client of a line. It sees what the SDK does not hand on of the last try.
type discovery struct {
	http   *transport
	hasURL bool // the platform gave an address to connect to
	code   int
	logID  string
	err    error // why the platform could not be asked
}

// Do makes the exchange by which the platform tells where to connect.
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
	var said struct {
		Code int `json:"code"`
		Data struct {
			URL string `json:"URL"`
		} `json:"data"`
	}
	d.hasURL = json.Unmarshal(body, &said) == nil && resp.StatusCode == http.StatusOK && said.Code == 0 && said.Data.URL != ""
	d.code, d.logID = said.Code, resp.Header.Get(headerLogID)
	return resp, nil
}

// connectError turns the end of a connection into an error with its kind. It keeps the code and not the SDK's text, which may
// hold the address with its ticket.
func (d *discovery) connectError(err error, base string) error {
	e := &bot.Error{
		Kind: bot.Unavailable, Op: "connect websocket", Reason: bot.ReasonUnavailable, LogID: d.logID,
		Err: errors.New("no connection, or it was lost"),
	}
	if fault := bot.CertificateFault(err); d.err != nil {
		e.Err = fmt.Errorf("no connection: %w", d.err)
	} else if fault != "" {
		e.Err = errors.New("no connection: certificate: " + fault)
	}
	if trouble, ok := errors.AsType[*larkws.ServerError](err); ok {
		e.Code, e.Err = trouble.Code, errors.New("the platform can't take it now")
	}
	refused, ok := errors.AsType[*larkws.ClientError](err)
	if !ok {
		return e
	}
	e.Code = refused.Code
	if d.hasURL && refused.Code == socketAuth {
		e.Code = socketTooMany // at the handshake the SDK reports it so
	}
	v, why := socketCodeInfo(e.Code, base)
	e.Kind, e.Reason, e.Err = v.kind, v.reason, errors.New(why)
	return e
}

func notConnected(why string) error {
	return &bot.Error{Kind: bot.Unavailable, Op: "connect websocket", Reason: bot.ReasonUnavailable, Err: errors.New(why)}
}
