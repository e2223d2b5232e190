package web

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxConnections limits open connections, if the process may open twice as many files.
	maxConnections = 1024
	// minConnAge is how long a connection is kept idle or unauthenticated while others wait; admitInterval is how
	// often waiting connections are checked.
	minConnAge    = time.Second
	admitInterval = 10 * time.Millisecond
)

// limitListener limits the number of open connections. A new connection above the limit replaces the oldest one that
// served no authenticated request, else the oldest idle one. Connections that serve an authenticated request are not
// closed.
type limitListener struct {
	net.Listener

	max    int
	freed  chan struct{} // signalled when a connection is closed
	closed chan struct{} // closed when no more connections are accepted
	close  func() error

	mu   sync.Mutex
	open map[*trackedConn]struct{}
}

// trackedConn is a connection of a limitListener.
type trackedConn struct {
	net.Conn

	listener *limitListener
	cancel   context.CancelFunc // cancels its requests
	// since is the time of the last state change, in nanoseconds. authenticated is set after the first authenticated
	// request, serving during one, aborted once the connection is to be closed.
	since                           atomic.Int64
	authenticated, serving, aborted atomic.Bool
}

// newLimitListener limits the connections of a listener.
func newLimitListener(listener net.Listener, limit int) *limitListener {
	l := &limitListener{
		Listener: listener, max: limit, open: map[*trackedConn]struct{}{}, freed: make(chan struct{}, 1), closed: make(chan struct{}),
	}
	l.close = sync.OnceValue(func() error { close(l.closed); return listener.Close() })
	return l
}

// Close ends Accept.
func (l *limitListener) Close() error { return l.close() }

// Accept returns the next connection once there is room for it. Further ones wait in the kernel.
func (l *limitListener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &trackedConn{Conn: accepted, listener: l, cancel: func() {}}
	for !l.admit(c) {
		select {
		case <-l.freed:
		case <-l.closed:
			_ = accepted.Close()
			return nil, net.ErrClosed
		case <-time.After(admitInterval):
		}
	}
	return c, nil
}

// admit reports whether there is room for a connection. If there is none it closes another one.
func (l *limitListener) admit(c *trackedConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) < l.max {
		c.touch()
		l.open[c] = struct{}{}
		return true
	}
	if first := l.closeFirst(); first != nil && time.Since(time.Unix(0, first.since.Load())) >= minConnAge {
		first.abort()
	}
	return false
}

// closeFirst is the connection to close first; nil if there is none.
func (l *limitListener) closeFirst() *trackedConn {
	var first *trackedConn
	for c := range l.open {
		if !c.serving.Load() && !c.aborted.Load() && (first == nil || c.closedBefore(first)) {
			first = c
		}
	}
	return first
}

// closedBefore reports whether c is to be closed before another one.
func (c *trackedConn) closedBefore(other *trackedConn) bool {
	if known := c.authenticated.Load(); known != other.authenticated.Load() {
		return !known
	}
	return c.since.Load() < other.since.Load()
}

// abort closes the connection and cancels its requests. A nil connection is ignored.
func (c *trackedConn) abort() {
	if c == nil {
		return
	}
	c.aborted.Store(true)
	c.cancel()
	_ = c.Conn.Close()
}

// Close closes the connection and frees its place.
func (c *trackedConn) Close() error {
	c.listener.mu.Lock()
	delete(c.listener.open, c)
	c.listener.mu.Unlock()
	select {
	case c.listener.freed <- struct{}{}:
	default:
	}
	return c.Conn.Close()
}

func (c *trackedConn) touch() { c.since.Store(time.Now().UnixNano()) }

// trackState is an http.Server's ConnState: a connection is not serving at the start and end of a request.
func trackState(conn net.Conn, state http.ConnState) {
	c, ok := conn.(*trackedConn)
	if ok && (state == http.StateActive || state == http.StateIdle) {
		c.serving.Store(false)
		c.touch()
	}
}

type connKey struct{}

// withConn is an http.Server's ConnContext.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	c, ok := conn.(*trackedConn)
	if !ok {
		return ctx
	}
	ctx, c.cancel = context.WithCancel(ctx)
	return context.WithValue(ctx, connKey{}, c)
}

// connOf is the connection of a request; nil without a limitListener.
func connOf(ctx context.Context) *trackedConn {
	c, _ := ctx.Value(connKey{}).(*trackedConn)
	return c
}

// markAuthenticated records that the current request is authenticated.
func markAuthenticated(ctx context.Context) {
	if c := connOf(ctx); c != nil {
		c.authenticated.Store(true)
		c.serving.Store(true)
	}
}
