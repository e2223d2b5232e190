package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/websocket"
)

const (
	socketPath = "/ws/v2"
	maxSockets = 50
)

// sockets are the websockets of an app.
type sockets struct {
	open []*socket
	ever bool // an app without a request URL that once connected receives events this way
}

// socket is one connection. acks has a channel for each push in progress.
type socket struct {
	app     *app
	conn    *websocket.Conn
	service uint64
	part    int  // largest part of an event, 0: no limit
	ready   bool // receives events; guarded by Feishu.mu
	stalled bool // open but silent in both directions; guarded by Feishu.mu

	mu   sync.Mutex
	acks map[string]chan *frame // by message_id
}

// pick returns a random connection that is ready, or nil.
func (s *sockets) pick(ids *ids) *socket {
	ready := slices.DeleteFunc(slices.Clone(s.open), func(c *socket) bool { return !c.ready })
	if len(ready) == 0 {
		return nil
	}
	return ready[ids.below(len(ready))]
}

func (s *sockets) closeAll() {
	for _, c := range s.open {
		_ = c.conn.Close() // ends its reader
	}
}

// closeSockets closes the websockets of all apps. The caller holds mu.
func (f *Feishu) closeSockets() {
	for _, a := range f.world.installed {
		a.sockets.closeAll()
	}
}

// Sockets returns how many websockets of all apps receive events, without stalled ones.
func (s State) Sockets() int {
	n := 0
	for _, a := range s.f.world.installed {
		for _, c := range a.sockets.open {
			if c.ready && !c.stalled {
				n++
			}
		}
	}
	return n
}

// StallSockets makes the current connections silent, as a half-open TCP connection: pings get no pong, and events are
// lost. New connections work.
func (f *Feishu) StallSockets() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.world.installed {
		for _, c := range a.sockets.open {
			c.stalled = true
		}
	}
	f.notify()
}

// DropSockets closes all websockets; clients may reconnect.
func (f *Feishu) DropSockets() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closeSockets()
}

// clientConfig always has all four fields, in seconds: a client replaces its whole configuration.
func (f *Feishu) clientConfig() map[string]int {
	ping := max(1, int(f.cfg.SocketPing/time.Second))
	return map[string]int{"ReconnectCount": -1, "ReconnectInterval": 1, "ReconnectNonce": 1, "PingInterval": ping}
}

// socketEndpoint is POST /callback/ws/endpoint. data is an object in errors too.
func (f *Feishu) socketEndpoint(c *call) (any, error) {
	var in struct{ AppID, AppSecret string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	refused := func(code int, msg string) (any, error) {
		return flatBody{"code": code, "msg": msg, "data": struct{}{}}, nil
	}
	a := f.world.apps[in.AppID]
	switch {
	case !strings.HasPrefix(in.AppID, "cli_"):
		return refused(1000040346, "app_id is invalid")
	case a != nil && a.onOtherPlatform:
		return refused(1000040351, "incorrect domain name")
	case a == nil || in.AppSecret != a.AppSecret:
		return refused(514, "auth failed")
	case len(a.sockets.open) >= maxSockets:
		return refused(1000040350, "the number of connections exceeded the limit")
	}
	ticket := f.ids.hex(32)
	f.tickets[ticket] = a
	// Node's client loses the first query parameter, so the two that matter are not first.
	q := url.Values{}
	q.Set("device_id", strconv.Itoa(1+f.ids.below(1<<30)))
	q.Set("service_id", strconv.Itoa(1+f.ids.below(1<<30)))
	q.Set("ticket", ticket)
	return map[string]any{
		"URL":          publicHost(c.r, "ws") + socketPath + "?fpid=493&aid=552564&" + q.Encode(),
		"ClientConfig": f.clientConfig(),
	}, nil
}

// publicHost is the URL by which the caller reached the platform, perhaps through a TLS proxy.
func publicHost(r *http.Request, scheme string) string {
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme += "s"
	}
	return scheme + "://" + r.Host
}

// serveSocket upgrades the connection and reads until it ends.
func (f *Feishu) serveSocket(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	f.mu.Lock()
	a, down := f.tickets[ticket], f.down || f.ctx.Err() != nil
	full := a != nil && len(a.sockets.open) >= maxSockets
	delete(f.tickets, ticket)
	f.mu.Unlock()
	switch {
	case down:
		panic(http.ErrAbortHandler) // closes the connection without a response
	case full:
		refuseSocket(w, "514", "the number of connections exceeded the limit", "1000040350")
		return
	case a == nil:
		refuseSocket(w, "403", "forbidden", "")
		return
	}
	service, _ := strconv.ParseUint(r.URL.Query().Get("service_id"), 10, 32) // our own parameter
	websocket.Server{Handler: func(conn *websocket.Conn) {
		conn.PayloadType = websocket.BinaryFrame
		f.readSocket(&socket{app: a, conn: conn, service: service, part: f.cfg.SocketPart, acks: map[string]chan *frame{}})
	}}.ServeHTTP(w, r)
}

func refuseSocket(w http.ResponseWriter, status, msg, authCode string) {
	w.Header().Set("Handshake-Status", status)
	w.Header().Set("Handshake-Msg", msg)
	if authCode != "" {
		w.Header().Set("Handshake-Autherrcode", authCode)
	}
	w.WriteHeader(http.StatusForbidden)
}

// firstPingTimeout is when a connection without a ping receives events. Node's client loses data before its first
// ping; Go's pings after a reconnection only at the next interval.
const firstPingTimeout = time.Second

// readSocket answers pings and passes acks to the waiting pushes, until the connection ends.
func (f *Feishu) readSocket(c *socket) {
	f.mu.Lock()
	if f.ctx.Err() != nil {
		f.mu.Unlock()
		return
	}
	f.wg.Add(1)
	c.app.sockets.open = append(c.app.sockets.open, c)
	f.mu.Unlock()
	defer f.wg.Done()
	defer time.AfterFunc(firstPingTimeout, func() { f.ready(c) }).Stop()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		c.app.sockets.open = slices.DeleteFunc(c.app.sockets.open, func(o *socket) bool { return o == c })
		f.notify()
	}()
	for {
		var raw []byte
		if err := websocket.Message.Receive(c.conn, &raw); err != nil {
			return
		}
		in, err := parseFrame(raw)
		if err != nil {
			f.log.Warn("websocket frame unreadable", "error", err)
			return
		}
		f.mu.Lock()
		deaf := c.stalled
		f.mu.Unlock()
		switch {
		case deaf:
		case in.method == 1:
			c.handleAck(in)
		case in.header("type") == "ping" && !f.pong(c):
			return
		}
	}
}

// pong answers a ping and makes the connection ready, so that a client that got a pong misses no event.
func (f *Feishu) pong(c *socket) bool {
	payload, err := json.Marshal(f.clientConfig())
	if err != nil {
		return false
	}
	out := frame{service: c.service, headers: []frameHeader{{"type", "pong"}}, payload: payload}
	f.ready(c)
	return websocket.Message.Send(c.conn, out.marshal()) == nil
}

// ready lets a connection receive events.
func (f *Feishu) ready(c *socket) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c.ready, c.app.sockets.ever = true, true
	f.notify()
}

func (c *socket) handleAck(in *frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if wait := c.acks[in.header("message_id")]; wait != nil {
		wait <- in // buffered
		delete(c.acks, in.header("message_id"))
	}
}

// push sends an event and waits for its ack, whose code is the status.
func (c *socket) push(ctx context.Context, ev *event, stalled bool, ids *ids) (int, []byte, error) {
	if stalled {
		<-ctx.Done()
		return 0, nil, fmt.Errorf("push over websocket: %w", ctx.Err())
	}
	id, wait := ids.hex(32), make(chan *frame, 1)
	c.mu.Lock()
	c.acks[id] = wait
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.acks, id)
		c.mu.Unlock()
	}()
	if deadline, ok := ctx.Deadline(); ok {
		_ = c.conn.SetWriteDeadline(deadline) // a closed connection fails when written to
	}
	for _, out := range c.frames(ev.plain, id, ids.hex(32)) {
		if err := websocket.Message.Send(c.conn, out.marshal()); err != nil {
			return 0, nil, fmt.Errorf("push over websocket: %w", err)
		}
	}
	select {
	case <-ctx.Done():
		return 0, nil, fmt.Errorf("push over websocket: %w", ctx.Err())
	case in := <-wait:
		var ack struct {
			Code int    `json:"code"`
			Data string `json:"data"`
		}
		if err := json.Unmarshal(in.payload, &ack); err != nil {
			return 0, nil, fmt.Errorf("ack: %w", err)
		}
		data, err := decodeAck(ack.Data)
		return ack.Code, data, err
	}
}

// frames are the parts of an event.
func (c *socket) frames(payload []byte, id, trace string) []frame {
	size := orElse(c.part, len(payload))
	parts := slices.Collect(slices.Chunk(payload, size))
	var all []frame
	for i, part := range parts {
		all = append(all, frame{seq: 1, log: 1, service: c.service, method: 1, payload: part, headers: []frameHeader{
			{"type", "event"},
			{"message_id", id},
			{"trace_id", trace},
			{"sum", strconv.Itoa(len(parts))},
			{"seq", strconv.Itoa(i)},
			{"timestamp", millis(time.Now())},
		}})
	}
	return all
}
