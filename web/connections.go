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
	// maxConnections is how many connections are open at once, where the process may open twice as many files.
	maxConnections = 1024
	// minConnAge is how long a connection may wait for a request, or for who it is from to be known, though others
	// wait for its place; roomEvery is how often it is looked whether there is room for them.
	minConnAge    = time.Second
	admitInterval = 10 * time.Millisecond
)

// limitListener is a listener that bounds how many connections are open. One too many takes the place of another: of one that
// nobody known has used, the one that has waited longest, else of one that waits for its next request. None is closed on
// which somebody known is being served.
type limitListener struct {
	net.Listener

	max    int
	freed  chan struct{} // told when a connection is closed
	closed chan struct{} // closed when no more are accepted
	close  func() error

	mu   sync.Mutex
	open map[*trackedConn]struct{}
}

// trackedConn is a connection, with what is known of who uses it.
type trackedConn struct {
	net.Conn

	listener *limitListener
	cancel   context.CancelFunc // ends its requests
	// since is when its state last changed, in nanoseconds. known is set once it has served somebody known, serving while
	// it does, ended once it was made to close.
	since                           atomic.Int64
	authenticated, serving, aborted atomic.Bool
}

// newLimitListener bounds the connections of a listener.
func newLimitListener(listener net.Listener, limit int) *limitListener {
	l := &limitListener{
		Listener: listener, max: limit, open: map[*trackedConn]struct{}{}, freed: make(chan struct{}, 1), closed: make(chan struct{}),
	}
	l.close = sync.OnceValue(func() error { close(l.closed); return listener.Close() })
	return l
}

// Close ends Accept.
func (l *limitListener) Close() error { return l.close() }

// Accept gives the next connection, once there is room for it. Those that come meanwhile wait in the system.
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

// admit reports whether there is room for a connection. Where there is none, it has another one closed.
func (l *limitListener) admit(c *trackedConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) < l.max {
		c.touch()
		l.open[c] = struct{}{}
		return true
	}
	if least := l.closeFirst(); least != nil && time.Since(time.Unix(0, least.since.Load())) >= minConnAge {
		least.abort()
	}
	return false
}

// closeFirst is the connection that is closed before all others; nil where there is none.
func (l *limitListener) closeFirst() *trackedConn {
	var least *trackedConn
	for c := range l.open {
		if !c.serving.Load() && !c.aborted.Load() && (least == nil || c.closedBefore(least)) {
			least = c
		}
	}
	return least
}

// closedBefore reports whether c is to be closed before another one.
func (c *trackedConn) closedBefore(other *trackedConn) bool {
	if known := c.authenticated.Load(); known != other.authenticated.Load() {
		return !known
	}
	return c.since.Load() < other.since.Load()
}

// abort closes the connection, whatever it is used for, if there is one.
func (c *trackedConn) abort() {
	if c == nil {
		return
	}
	c.aborted.Store(true)
	c.cancel()
	_ = c.Conn.Close()
}

// Close closes the connection, which has no place any more: the server is done with it.
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

// trackState is a http.Server's ConnState: nobody is known when a request begins, nor when it has ended.
func trackState(conn net.Conn, state http.ConnState) {
	c, ok := conn.(*trackedConn)
	if ok && (state == http.StateActive || state == http.StateIdle) {
		c.serving.Store(false)
		c.touch()
	}
}

type connKey struct{}

// withConn is a http.Server's ConnContext.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	c, ok := conn.(*trackedConn)
	if !ok {
		return ctx
	}
	ctx, c.cancel = context.WithCancel(ctx)
	return context.WithValue(ctx, connKey{}, c)
}

// connOf is the connection of a request; nil where the server does not listen by itself.
func connOf(ctx context.Context) *trackedConn {
	c, _ := ctx.Value(connKey{}).(*trackedConn)
	return c
}

// markAuthenticated notes that the request which is being served is somebody's whom we know.
func markAuthenticated(ctx context.Context) {
	if c := connOf(ctx); c != nil {
		c.authenticated.Store(true)
		c.serving.Store(true)
	}
}
