package scenarios_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
)

// killTrigger counts the chunks that a bot writes to all its connections, and kills the bot at one of them.
type killTrigger struct {
	mu     sync.Mutex
	armed  bool
	count  int
	at     int  // the chunk to kill the bot at; 0 for none
	after  bool // kill after the chunk was forwarded, not before
	kill   func()
	killed chan struct{} // closed after the kill
}

func newKillTrigger(at int, after bool) *killTrigger {
	return &killTrigger{at: at, after: after, killed: make(chan struct{})}
}

// arm starts counting.
func (w *killTrigger) arm(kill func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed, w.kill = true, kill
}

// chunks returns the number of chunks since arm.
func (w *killTrigger) chunks() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count
}

// pass forwards one chunk, unless the bot is killed before it.
func (w *killTrigger) pass(_ []byte, forward func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.armed {
		return forward()
	}
	w.count++
	if w.count != w.at {
		if w.at > 0 && w.count > w.at {
			return errors.New("sent by a dead bot")
		}
		return forward()
	}
	defer close(w.killed)
	if w.after {
		err := forward()
		w.kill()
		return err
	}
	w.kill()
	return errors.New("killed before")
}

// passFunc forwards one chunk now, later, or not at all.
type passFunc func(chunk []byte, forward func() error) error

// proxy forwards connections to a server, and each chunk of the bot through pass.
type proxy struct {
	addr string
	pass passFunc

	mu    sync.Mutex
	conns []net.Conn
	done  sync.WaitGroup
}

func newProxy(tb testing.TB, to string, pass passFunc) *proxy {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &proxy{addr: listener.Addr().String(), pass: pass}
	p.done.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.done.Go(func() { p.serve(tb.Context(), conn, to) })
		}
	})
	tb.Cleanup(func() {
		_ = listener.Close()
		p.mu.Lock()
		for _, conn := range p.conns {
			_ = conn.Close()
		}
		p.mu.Unlock()
		p.done.Wait()
	})
	return p
}

func (p *proxy) serve(ctx context.Context, bot net.Conn, to string) {
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", to)
	if err != nil {
		_ = bot.Close()
		return
	}
	p.mu.Lock()
	p.conns = append(p.conns, bot, server)
	p.mu.Unlock()
	p.done.Go(func() {
		pump(server, bot, func(_ []byte, forward func() error) error { return forward() })
	})
	pump(bot, server, p.pass)
}

// pump copies from one connection to the other, and closes both at the end.
func pump(from, to net.Conn, pass passFunc) {
	defer func() {
		_ = from.Close()
		_ = to.Close()
	}()
	chunk := make([]byte, 64<<10)
	for {
		n, err := from.Read(chunk)
		if err != nil {
			return
		}
		err = pass(chunk[:n], func() error {
			_, err := to.Write(chunk[:n])
			return err
		})
		if err != nil {
			return
		}
	}
}
