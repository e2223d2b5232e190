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
	// connectionGrace is how long a connection may wait for a request, or for who it is from to be known, though others
	// wait for its place; roomEvery is how often it is looked whether there is room for them.
	connectionGrace = time.Second
	roomEvery       = 10 * time.Millisecond
)

// connections is a listener that bounds how many connections are open. One too many takes the place of another: of one that
// nobody known has used, the one that has waited longest, else of one that waits for its next request. None is closed on
// which somebody known is being served.
type connections struct {
	net.Listener

	max    int
	freed  chan struct{} // told when a connection is closed
	closed chan struct{} // closed when no more are accepted
	close  func() error

	mu   sync.Mutex
	open map[*connection]struct{}
}

// connection is a connection, with what is known of who uses it.
type connection struct {
	net.Conn

	of     *connections
	cancel context.CancelFunc // ends its requests
	// since is when its state last changed, in nanoseconds. known is set once it has served somebody known, serving while
	// it does, ended once it was made to close.
	since                 atomic.Int64
	known, serving, ended atomic.Bool
}

// bounded bounds the connections of a listener.
func bounded(listener net.Listener, limit int) *connections {
	l := &connections{
		Listener: listener, max: limit, open: map[*connection]struct{}{}, freed: make(chan struct{}, 1), closed: make(chan struct{}),
	}
	l.close = sync.OnceValue(func() error { close(l.closed); return listener.Close() })
	return l
}

// Close ends Accept.
func (l *connections) Close() error { return l.close() }

// Accept gives the next connection, once there is room for it. Those that come meanwhile wait in the system.
func (l *connections) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: accepted, of: l, cancel: func() {}}
	for !l.admit(c) {
		select {
		case <-l.freed:
		case <-l.closed:
			_ = accepted.Close()
			return nil, net.ErrClosed
		case <-time.After(roomEvery):
		}
	}
	return c, nil
}

// admit reports whether there is room for a connection. Where there is none, it has another one closed.
func (l *connections) admit(c *connection) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) < l.max {
		c.changed()
		l.open[c] = struct{}{}
		return true
	}
	if least := l.least(); least != nil && time.Since(time.Unix(0, least.since.Load())) >= connectionGrace {
		least.end()
	}
	return false
}

// least is the connection that is closed before all others; nil where there is none.
func (l *connections) least() *connection {
	var least *connection
	for c := range l.open {
		if !c.serving.Load() && !c.ended.Load() && (least == nil || c.before(least)) {
			least = c
		}
	}
	return least
}

// before reports whether c is to be closed before another one.
func (c *connection) before(other *connection) bool {
	if known := c.known.Load(); known != other.known.Load() {
		return !known
	}
	return c.since.Load() < other.since.Load()
}

// end closes the connection, whatever it is used for, if there is one.
func (c *connection) end() {
	if c == nil {
		return
	}
	c.ended.Store(true)
	c.cancel()
	_ = c.Conn.Close()
}

// Close closes the connection, which has no place any more: the server is done with it.
func (c *connection) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	select {
	case c.of.freed <- struct{}{}:
	default:
	}
	return c.Conn.Close()
}

func (c *connection) changed() { c.since.Store(time.Now().UnixNano()) }

// follow is a http.Server's ConnState: nobody is known when a request begins, nor when it has ended.
func follow(conn net.Conn, state http.ConnState) {
	c, ok := conn.(*connection)
	if ok && (state == http.StateActive || state == http.StateIdle) {
		c.serving.Store(false)
		c.changed()
	}
}

type connectionKey struct{}

// withConnection is a http.Server's ConnContext.
func withConnection(ctx context.Context, conn net.Conn) context.Context {
	c, ok := conn.(*connection)
	if !ok {
		return ctx
	}
	ctx, c.cancel = context.WithCancel(ctx)
	return context.WithValue(ctx, connectionKey{}, c)
}

// connectionOf is the connection of a request; nil where the server does not listen by itself.
func connectionOf(ctx context.Context) *connection {
	c, _ := ctx.Value(connectionKey{}).(*connection)
	return c
}

// isKnown notes that the request which is being served is somebody's whom we know.
func isKnown(ctx context.Context) {
	if c := connectionOf(ctx); c != nil {
		c.known.Store(true)
		c.serving.Store(true)
	}
}
