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
	App                 string // receiver
	Attempt             int    // from 1
	Via                 string // webhook or websocket
	Status              int    // 0 without a response
	Err                 string
	Start               time.Time
	Latency             time.Duration
}

// OK reports whether the event was acknowledged.
func (d Delivery) OK() bool { return d.Status == http.StatusOK }

type push struct {
	deliveries  []Delivery
	events      map[string]*event
	order       []string                 // event ids; the oldest are dropped
	last        map[string]chan struct{} // closed when its latest event was tried
	waiting     int                      // events not tried yet
	paused      chan struct{}            // closed to continue; nil if not paused
	twice       bool
	twiceNewID  bool
	shuffle     time.Duration
	lastStatus  int
	lastAttempt time.Time
}

type event struct {
	app            *app
	id, kind, chat string
	plain, body    []byte // the JSON, and the body for a webhook
	created        time.Time
}

// maxEvents limits the events that can be redelivered, maxLog the recorded calls and deliveries.
const (
	maxEvents = 20_000
	maxLog    = 200_000
)

func newPush() *push {
	return &push{events: map[string]*event{}, last: map[string]chan struct{}{}}
}

func pushClient() *http.Client {
	dialer := &net.Dialer{Timeout: 2 * time.Second}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// emit sends an event to an app that receives it, twice if configured. The caller holds mu.
func (f *Feishu) emit(a *app, kind, chat string, payload any) {
	ev := f.newEvent(a, kind, chat, payload)
	f.send(ev)
	if f.push.twice {
		f.send(ev)
	}
	if f.push.twiceNewID {
		f.send(f.newEvent(a, kind, chat, payload))
	}
}

func (f *Feishu) newEvent(a *app, kind, chat string, payload any) *event {
	now := f.now()
	env := f.envelope(a, kind, payload, now)
	plain, err := json.Marshal(env)
	if err != nil {
		panic(fmt.Errorf("event %s: %w", kind, err)) // own structs always marshal
	}
	return f.storeEvent(&event{app: a, id: env.Header.EventID, kind: kind, chat: chat, plain: plain, created: now})
}

// storeEvent creates the body for a webhook and stores the event for redelivery.
func (f *Feishu) storeEvent(ev *event) *event {
	ev.body = ev.plain
	if ev.app.EncryptKey != "" {
		ev.body = encrypt(ev.plain, ev.app.EncryptKey)
	}
	f.push.events[ev.id] = ev
	f.push.order = append(f.push.order, ev.id)
	if len(f.push.order) > maxEvents {
		delete(f.push.events, f.push.order[0])
		f.push.order = f.push.order[1:]
	}
	return ev
}

// send starts the delivery of an event. First attempts of a chat are in order, unless shuffled; retries may be out of
// order.
func (f *Feishu) send(ev *event) {
	if f.ctx.Err() != nil {
		return
	}
	line := ev.app.ID + " " + ev.chat
	before, tried := f.push.last[line], make(chan struct{})
	delay := time.Duration(0)
	if f.push.shuffle > 0 {
		before, delay = nil, f.push.shuffle*time.Duration(f.ids.below(1000))/1000
	}
	f.push.last[line] = tried
	f.push.waiting++
	f.wg.Go(func() {
		if before != nil {
			f.waitFor(before)
		}
		f.sleep(delay)
		retry := !f.attempt(ev, 1)
		close(tried)
		f.mu.Lock()
		f.push.waiting--
		waits := f.cfg.RetryAfter
		f.notify()
		f.mu.Unlock()
		for i, wait := range waits {
			if !retry || !f.sleep(wait) {
				return
			}
			retry = !f.attempt(ev, i+2)
		}
	})
}

// waitFor returns when c is closed, or false if the sandbox closes.
func (f *Feishu) waitFor(c <-chan struct{}) bool {
	select {
	case <-c:
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
	if paused != nil && !f.waitFor(paused) {
		return true
	}
	out := f.pushOnce(f.ctx, ev)
	if f.ctx.Err() != nil {
		return true
	}
	f.recordDelivery(ev, n, out)
	return out.status == http.StatusOK
}

// pushResult is the result of one push.
type pushResult struct {
	via    string
	status int
	answer []byte
	err    error
	start  time.Time
	took   time.Duration
}

// pushOnce pushes an event to the request URL or, without one, over one random websocket.
func (f *Feishu) pushOnce(ctx context.Context, ev *event) pushResult {
	f.mu.Lock()
	within, url, conn := f.cfg.AckWithin, ev.app.eventURL, ev.app.sockets.pick(f.ids)
	stalled := conn != nil && conn.stalled
	f.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out := pushResult{via: "webhook", start: f.now()}
	switch {
	case url != "":
		out.status, out.answer, out.err = f.post(ctx, url, f.headerFor(ev, out.start), ev.body)
	case conn != nil:
		out.via = "websocket"
		out.status, out.answer, out.err = conn.push(ctx, ev, stalled, f.ids)
	default:
		out.err = errors.New("no request URL and no connection")
	}
	out.took = f.now().Sub(out.start)
	return out
}

func (f *Feishu) headerFor(ev *event, now time.Time) http.Header {
	if ev.app.EncryptKey == "" {
		return nil
	}
	if f.cfg.KeepTimestamp {
		now = ev.created
	}
	return f.signedHeader(ev.body, now, ev.app.EncryptKey)
}

// post sends a body and returns the status and at most 1 MiB of the response.
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
	defer func() { _ = resp.Body.Close() }() // already read
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return 0, nil, err
	}
	return resp.StatusCode, answer, nil
}

// recordDelivery records an attempt.
func (f *Feishu) recordDelivery(ev *event, n int, out pushResult) {
	d := Delivery{
		EventID: ev.id, App: ev.app.ID, Type: ev.kind, Chat: ev.chat, Attempt: n, Via: out.via, Status: out.status,
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
	f.notify()
}

// appendCapped drops the older half when a log is full. Slices that were returned before stay valid.
func appendCapped[T any](log []T, v T) []T {
	if len(log) >= maxLog {
		log = append(make([]T, 0, maxLog), log[maxLog/2:]...)
	}
	return append(log, v)
}
