package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Delivery is one attempt to push an event.
type Delivery struct {
	EventID, Type, Chat string
	Attempt             int    // from 1
	Via                 string // webhook or websocket
	Status              int    // HTTP status, or the code of a websocket ack; 0 when there was no answer
	Err                 string
	Start               time.Time
	Latency             time.Duration
}

// OK reports whether the platform takes the event as received.
func (d Delivery) OK() bool { return d.Status == http.StatusOK }

type push struct {
	url         string
	deliveries  []Delivery
	events      map[string]*event
	order       []string                 // event ids, the oldest are forgotten
	last        map[string]chan struct{} // per chat: closed when its newest event has been tried
	waiting     int                      // events not tried yet
	paused      chan struct{}            // closed to go on; nil when not paused
	twice       bool
	twiceNewID  bool
	shuffle     time.Duration
	lastStatus  int
	lastAttempt time.Time
}

type event struct {
	id, kind, chat string
	plain, body    []byte // the JSON, and what a webhook gets
	created        time.Time
}

// keptEvents is how many events can be redelivered, and keptLog how many calls and deliveries are remembered.
const (
	keptEvents = 20_000
	keptLog    = 200_000
)

func newPush(cfg Config) *push {
	return &push{url: cfg.EventURL, events: map[string]*event{}, last: map[string]chan struct{}{}}
}

func pushClient() *http.Client {
	dialer := &net.Dialer{Timeout: 2 * time.Second}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// emit sends an event to our bot, twice if told so. Without a request URL or a websocket ever opened the app
// is not subscribed and nothing is sent. The caller holds mu.
func (f *Feishu) emit(kind, chat string, payload any) {
	if f.world.unsent[kind] || (f.push.url == "" && !f.sockets.ever) {
		return
	}
	ev := f.newEvent(kind, chat, payload)
	f.send(ev)
	if f.push.twice {
		f.send(ev)
	}
	if f.push.twiceNewID {
		f.send(f.newEvent(kind, chat, payload))
	}
}

func (f *Feishu) newEvent(kind, chat string, payload any) *event {
	now := time.Now()
	env := f.envelope(kind, payload, now)
	plain, err := json.Marshal(env)
	if err != nil {
		panic(fmt.Errorf("event %s: %w", kind, err)) // our own structs always are JSON
	}
	return f.keepEvent(&event{id: env.Header.EventID, kind: kind, chat: chat, plain: plain, created: now})
}

// keepEvent makes the body of an event as a webhook gets it, and remembers the event for another delivery.
func (f *Feishu) keepEvent(ev *event) *event {
	ev.body = ev.plain
	if f.cfg.EncryptKey != "" {
		ev.body = f.Encrypt(ev.plain)
	}
	f.push.events[ev.id] = ev
	f.push.order = append(f.push.order, ev.id)
	if len(f.push.order) > keptEvents {
		delete(f.push.events, f.push.order[0])
		f.push.order = f.push.order[1:]
	}
	return ev
}

// send starts the delivery of an event. The events of a chat are first tried one after the other, unless
// they are shuffled; a retry may overtake or be overtaken.
func (f *Feishu) send(ev *event) {
	if f.ctx.Err() != nil {
		return
	}
	before, tried := f.push.last[ev.chat], make(chan struct{})
	delay := time.Duration(0)
	if f.push.shuffle > 0 {
		before, delay = nil, f.push.shuffle*time.Duration(f.ids.below(1000))/1000
	}
	f.push.last[ev.chat] = tried
	f.push.waiting++
	f.wg.Go(func() {
		if before != nil {
			f.await(before)
		}
		f.sleep(delay)
		retry := !f.attempt(ev, 1)
		close(tried)
		f.mu.Lock()
		f.push.waiting--
		f.touch()
		f.mu.Unlock()
		for i, wait := range f.cfg.RetryAfter {
			if !retry || !f.sleep(wait) {
				return
			}
			retry = !f.attempt(ev, i+2)
		}
	})
}

// await returns when c is closed, or false when the sandbox closes.
func (f *Feishu) await(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	case <-f.ctx.Done():
		return false
	}
}

func (f *Feishu) sleep(d time.Duration) bool {
	if d <= 0 {
		return f.ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-f.ctx.Done():
		return false
	}
}

// attempt pushes an event once and reports whether it was acknowledged, or the sandbox is closing.
func (f *Feishu) attempt(ev *event, n int) bool {
	f.mu.Lock()
	paused := f.push.paused
	f.mu.Unlock()
	if paused != nil && !f.await(paused) {
		return true
	}
	out := f.transmit(f.ctx, ev)
	if f.ctx.Err() != nil {
		return true
	}
	f.delivered(ev, n, out)
	return out.status == http.StatusOK
}

// sent is what came of one push.
type sent struct {
	via    string
	status int
	answer []byte
	err    error
	start  time.Time
	took   time.Duration
}

// transmit pushes an event to the request URL or, without one, over one random websocket.
func (f *Feishu) transmit(ctx context.Context, ev *event) sent {
	ctx, cancel := context.WithTimeout(ctx, f.cfg.AckWithin)
	defer cancel()
	f.mu.Lock()
	url, conn := f.push.url, f.sockets.pick(f.ids)
	stalled := conn != nil && conn.stalled
	f.mu.Unlock()
	out := sent{via: "webhook", start: time.Now()}
	switch {
	case url != "":
		out.status, out.answer, out.err = f.post(ctx, url, f.headerFor(ev, out.start), ev.body)
	case conn != nil:
		out.via = "websocket"
		out.status, out.answer, out.err = conn.push(ctx, ev, stalled, f.ids)
	default:
		out.err = errors.New("no request URL and no connection")
	}
	out.took = time.Since(out.start)
	return out
}

func (f *Feishu) headerFor(ev *event, now time.Time) http.Header {
	if f.cfg.EncryptKey == "" {
		return nil
	}
	if f.cfg.KeepTimestamp {
		now = ev.created
	}
	return f.SignedHeader(ev.body, now)
}

// post sends a body and returns the status and at most 1 MiB of the answer.
func (f *Feishu) post(ctx context.Context, url string, header http.Header, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if header != nil {
		req.Header = header.Clone()
	}
	if req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return 0, nil, err
	}
	return resp.StatusCode, answer, nil
}

// delivered records an attempt.
func (f *Feishu) delivered(ev *event, n int, out sent) {
	d := Delivery{
		EventID: ev.id, Type: ev.kind, Chat: ev.chat, Attempt: n, Via: out.via, Status: out.status,
		Start: out.start, Latency: out.took,
	}
	if out.err != nil {
		d.Err = out.err.Error()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.push.deliveries = appendCapped(f.push.deliveries, d)
	f.push.lastStatus, f.push.lastAttempt = out.status, out.start
	f.wire.add(wireEntry{
		at: out.start, dir: "event", name: ev.kind, status: out.status, took: out.took,
		request: ev.plain, response: out.answer, note: d.Err, attempt: n,
	})
	f.touch()
}

// appendCapped forgets the older half when a log is full. Slices given out before stay as they are.
func appendCapped[T any](log []T, v T) []T {
	if len(log) >= keptLog {
		log = append(make([]T, 0, keptLog), log[keptLog/2:]...)
	}
	return append(log, v)
}
