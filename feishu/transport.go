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
	maxResponse  = 16 << 20 // a page of 50 messages of 150 kB each fits
	headerLogID  = "X-Tt-Logid"
	headerReset  = "X-Ogw-Ratelimit-Reset"
	tlsHandshake = 3 * time.Second
)

// callInfo records what is left of an HTTP exchange when the SDK reports only that it failed.
type callInfo struct {
	// limitKey is that of what has a lower limit of its own beside that of its API; empty for all else.
	limitKey string
	// sent is set while there is a connection for the request: the platform may have got it. Looking for another
	// connection unsets it, since net/http does that for a DELETE or POST only if nothing went out on the last one.
	sent   atomic.Bool
	status int
	header http.Header
	// err is why there was no answer, without the address, which may hold a ticket.
	err error
	// bypassHold is set for what is sent even where calls are held back, held once one was.
	bypassHold, held bool
	// badPath is set for what is not sent, since an id would lead to another path.
	badPath bool
}

type callInfoKey struct{}

// errAppTicket ends a question of the SDK's own, which it asks at every code 10012, at that of its answer too: for ever,
// until the stack is full. Only apps of the store have app tickets.
var errAppTicket = errors.New("a custom app has no app ticket")

func withCallInfo(ctx context.Context, t *callInfo) context.Context {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { t.sent.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { t.sent.Store(true) },
	})
	return context.WithValue(ctx, callInfoKey{}, t)
}

// transport is the HTTP client of the SDK. It never follows redirects, since a DELETE would come out of one as a GET,
// and reads no endless answers.
type transport struct {
	http *http.Client
	// hold and onHeld are those of the Config; the websocket, which changes nothing, has none.
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

// Do makes the exchange and writes it down in the trip of the request's context.
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

// withoutURL is why an exchange failed.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

var errBadPath = errors.New("an id in the path is none")

// isSafePath reports whether each part of a path of the open API is a word or an id.
func isSafePath(u *url.URL) bool {
	_, path, open := strings.Cut(u.EscapedPath(), "/open-apis/")
	return !open || !slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool { return !bot.IsID(part) })
}

// discardLogger is the SDK's logger: it says nothing, since what the SDK logs holds bodies and tickets.
type discardLogger struct{}

func (discardLogger) Debug(context.Context, ...any) {}
func (discardLogger) Info(context.Context, ...any)  {}
func (discardLogger) Warn(context.Context, ...any)  {}
func (discardLogger) Error(context.Context, ...any) {}

func trimSlash(address string) string { return strings.TrimRight(address, "/") }
