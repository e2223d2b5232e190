package feishu

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"

	"recallbot/bot"
)

const (
	dialTimeout  = 2 * time.Second
	idlePerHost  = 64
	idleTimeout  = 90 * time.Second
	maxResponse  = 16 << 20 // fits a page of 50 messages of 150 kB
	headerLogID  = "X-Tt-Logid"
	headerReset  = "X-Ogw-Ratelimit-Reset"
	tlsHandshake = 3 * time.Second
)

// callInfo is what the transport learns of a call: if it fails, the SDK gives no details.
type callInfo struct {
	// sent is set while the request has a connection: the platform may have received it. It is unset when net/http
	// asks for another connection, which for a DELETE or POST it does only if nothing was written to the last one.
	sent   atomic.Bool
	status int
	header http.Header
	// err is why there was no answer, without the URL, which may hold a ticket.
	err error
	// bypassHold is set for calls that are sent in spite of Config.Hold; held if the call was not sent.
	bypassHold, held bool
	// badPath is set if the call was not sent because an id in its path is invalid.
	badPath bool
}

type callInfoKey struct{}

// errAppTicket stops the SDK from requesting an app ticket, which only apps of the store have. The SDK does so at
// each code 10012, also at that of the ticket request itself, until the stack overflows.
var errAppTicket = errors.New("a custom app has no app ticket")

func withCallInfo(ctx context.Context, t *callInfo) context.Context {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { t.sent.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { t.sent.Store(true) },
	})
	return context.WithValue(ctx, callInfoKey{}, t)
}

// transport is the HTTP client of the SDK. It follows no redirects, which would turn a DELETE into a GET, and limits
// the size of responses.
type transport struct {
	http *http.Client
	// hold and onHeld are those of the Config, nil for the websocket.
	hold   func() bool
	onHeld func(HeldCall)
}

func newTransport(timeout time.Duration) *transport {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	return &transport{http: &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         dialer.DialContext,
			TLSHandshakeTimeout: tlsHandshake,
			ForceAttemptHTTP2:   true,
			MaxIdleConns:        idlePerHost,
			MaxIdleConnsPerHost: idlePerHost,
			IdleConnTimeout:     idleTimeout,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Do sends a request and fills the callInfo in its context.
func (t *transport) Do(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, larkcore.ApplyAppTicketPath) {
		return nil, errAppTicket
	}
	record, ok := r.Context().Value(callInfoKey{}).(*callInfo)
	if !ok {
		record = new(callInfo)
	}
	if record.badPath = !isSafePath(r.URL); record.badPath {
		return nil, errBadPath
	}
	if t.holds(r, record) {
		return t.held(r, record)
	}
	resp, err := t.http.Do(r)
	if err != nil {
		record.err = withoutURL(err)
		return resp, err
	}
	record.status, record.header = resp.StatusCode, resp.Header
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxResponse), resp.Body}
	return resp, nil
}

// withoutURL removes the URL from an error of net/http.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

var errBadPath = errors.New("invalid id in the path")

// isSafePath reports whether each part of an open API path is a word or an id.
func isSafePath(u *url.URL) bool {
	_, path, isAPI := strings.Cut(u.EscapedPath(), "/open-apis/")
	return !isAPI || !slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool { return !bot.IsID(part) })
}

// discardLogger is the SDK's logger. It logs nothing, since the SDK logs bodies and tickets.
type discardLogger struct{}

func (discardLogger) Debug(context.Context, ...any) {}
func (discardLogger) Info(context.Context, ...any)  {}
func (discardLogger) Warn(context.Context, ...any)  {}
func (discardLogger) Error(context.Context, ...any) {}

func trimSlash(address string) string { return strings.TrimRight(address, "/") }
