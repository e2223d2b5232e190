package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/net/websocket"
)

const (
	socketPath = "/ws/v2"
	maxSockets = 50
)

// sockets are the long connections of our app.
type sockets struct {
	open    []*socket
	tickets map[string]bool // handed out and not used
	ever    bool            // one was open once: the app takes its events this way
	stalled bool            // connections stay open and say nothing
}

// socket is one connection. Its acks go to the push that waits for them.
type socket struct {
	conn    *websocket.Conn
	service uint64
	ready   bool // takes events; guarded by Feishu.mu

	mu   sync.Mutex
	acks map[string]chan *frame // by message_id
}

// pick returns a random connection that is ready, or nil.
func (s *sockets) pick(ids *ids) *socket {
	ready := slices.DeleteFunc(slices.Clone(s.open), func(c *socket) bool { return !c.ready })
	if len(ready) == 0 || s.stalled {
		return nil
	}
	return ready[ids.below(len(ready))]
}

func (s *sockets) closeAll() {
	for _, c := range s.open {
		_ = c.conn.Close() // its reader sees the end
	}
}

// Sockets returns how many long connections are ready for events.
func (s State) Sockets() int {
	n := 0
	for _, c := range s.f.sockets.open {
		if c.ready {
			n++
		}
	}
	return n
}

// StallSockets keeps connections open but mute, as a half-open TCP connection is.
func (f *Feishu) StallSockets(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sockets.stalled = on
}

// DropSockets closes every long connection; clients may come back.
func (f *Feishu) DropSockets() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sockets.closeAll()
}

// clientConfig has all four fields always: a client replaces all that it knew.
func clientConfig() map[string]int {
	return map[string]int{"ReconnectCount": -1, "ReconnectInterval": 1, "ReconnectNonce": 1, "PingInterval": 90}
}

// socketEndpoint is POST /callback/ws/endpoint. data is an object even in a refusal.
func (f *Feishu) socketEndpoint(c *call) (any, error) {
	var in struct{ AppID, AppSecret string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.AppID != f.world.app.ID || in.AppSecret != f.cfg.AppSecret {
		return flat{"code": 514, "msg": "auth failed", "data": struct{}{}}, nil
	}
	if len(f.sockets.open) >= maxSockets {
		return flat{"code": 1000040350, "msg": "the number of connections exceeded the limit", "data": struct{}{}}, nil
	}
	ticket := f.ids.hex(32)
	if f.sockets.tickets == nil {
		f.sockets.tickets = map[string]bool{}
	}
	f.sockets.tickets[ticket] = true
	// Node's client loses the first query parameter, so the two that matter are not first.
	q := url.Values{}
	q.Set("device_id", strconv.Itoa(1+f.ids.below(1<<30)))
	q.Set("service_id", strconv.Itoa(1+f.ids.below(1<<30)))
	q.Set("ticket", ticket)
	return map[string]any{
		"URL":          "ws://" + c.r.Host + socketPath + "?fpid=493&aid=552564&" + q.Encode(),
		"ClientConfig": clientConfig(),
	}, nil
}

// serveSocket takes the upgrade and reads until the connection ends.
func (f *Feishu) serveSocket(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	f.mu.Lock()
	ok, down := f.sockets.tickets[ticket], f.down || f.ctx.Err() != nil
	full := len(f.sockets.open) >= maxSockets
	delete(f.sockets.tickets, ticket)
	f.mu.Unlock()
	switch {
	case down:
		panic(http.ErrAbortHandler) // closes the connection without an answer
	case full:
		refuseSocket(w, "514", "the number of connections exceeded the limit", "1000040350")
		return
	case !ok:
		refuseSocket(w, "403", "forbidden", "")
		return
	}
	service, _ := strconv.ParseUint(r.URL.Query().Get("service_id"), 10, 32) // we wrote it
	websocket.Server{Handler: func(conn *websocket.Conn) {
		conn.PayloadType = websocket.BinaryFrame
		f.converse(&socket{conn: conn, service: service, acks: map[string]chan *frame{}})
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

// unpinged is when a connection takes events although no ping came. Node's client loses what comes right after the
// upgrade, before its first ping; Go's, when it comes back, pings at the next interval only.
const unpinged = time.Second

// converse answers pings and hands acks to those who wait, until the connection ends.
func (f *Feishu) converse(c *socket) {
	f.mu.Lock()
	if f.ctx.Err() != nil {
		f.mu.Unlock()
		return
	}
	f.wg.Add(1)
	f.sockets.open = append(f.sockets.open, c)
	f.mu.Unlock()
	defer f.wg.Done()
	defer time.AfterFunc(unpinged, func() { f.ready(c) }).Stop()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.sockets.open = slices.DeleteFunc(f.sockets.open, func(o *socket) bool { return o == c })
		f.touch()
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
		if in.method == 1 {
			c.acked(in)
			continue
		}
		if in.header("type") == "ping" && !f.pong(c) {
			return
		}
	}
}

// pong answers a ping; from the first on at the latest the connection takes events: whoever has seen the pong misses none.
func (f *Feishu) pong(c *socket) bool {
	f.mu.Lock()
	stalled := f.sockets.stalled
	f.mu.Unlock()
	if stalled {
		return true
	}
	payload, err := json.Marshal(clientConfig())
	if err != nil {
		return false
	}
	out := frame{service: c.service, headers: []frameHeader{{"type", "pong"}}, payload: payload}
	f.ready(c)
	return websocket.Message.Send(c.conn, out.marshal()) == nil
}

// ready lets events come down a connection.
func (f *Feishu) ready(c *socket) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c.ready, f.sockets.ever = true, true
	f.touch()
}

func (c *socket) acked(in *frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if wait := c.acks[in.header("message_id")]; wait != nil {
		wait <- in // has room for one
		delete(c.acks, in.header("message_id"))
	}
}

// push sends an event and waits for its ack. The status is the ack's code.
func (c *socket) push(ctx context.Context, ev *event, ids *ids) (int, []byte, error) {
	id, wait := ids.hex(32), make(chan *frame, 1)
	c.mu.Lock()
	c.acks[id] = wait
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.acks, id)
		c.mu.Unlock()
	}()
	out := frame{seq: 1, log: 1, service: c.service, method: 1, payload: ev.plain, headers: []frameHeader{
		{"type", "event"},
		{"message_id", id},
		{"trace_id", ids.hex(32)},
		{"sum", "1"},
		{"seq", "0"},
		{"timestamp", millis(time.Now())},
	}}
	if deadline, ok := ctx.Deadline(); ok {
		_ = c.conn.SetWriteDeadline(deadline) // a closed connection says so when written to
	}
	if err := websocket.Message.Send(c.conn, out.marshal()); err != nil {
		return 0, nil, fmt.Errorf("push over websocket: %w", err)
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
