package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// SetEventURL sets the request URL of events and card callbacks without the challenge of the console; VerifyURL sends
// it. An empty URL selects websockets.
func (f *Feishu) SetEventURL(url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.eventURL = url
	f.notify()
}

// SaveEventURL saves a request URL as the console does: only if the challenge succeeds.
func (f *Feishu) SaveEventURL(ctx context.Context, url string) error {
	return f.saveEventURL(ctx, f.world.app, url, true)
}

// VerifyURL sends the challenge to the request URL, encrypted if there is a key, unsigned as on the platform, and
// expects it back within a second.
func (f *Feishu) VerifyURL(ctx context.Context) error {
	f.mu.Lock()
	a, url := f.world.app, f.world.app.eventURL
	f.mu.Unlock()
	return f.challenge(ctx, a, url)
}

func (f *Feishu) challenge(ctx context.Context, a *app, url string) error {
	challenge := f.ids.hex(32)
	body, err := json.Marshal(struct {
		Challenge string `json:"challenge"`
		Token     string `json:"token"`
		Type      string `json:"type"`
	}{challenge, a.VerificationToken, "url_verification"})
	if err != nil {
		return err
	}
	if a.EncryptKey != "" {
		body = encrypt(body, a.EncryptKey)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	status, answer, err := f.post(ctx, url, nil, body)
	if err != nil {
		return fmt.Errorf("verify request URL: %w", err)
	}
	var out struct {
		Challenge string `json:"challenge"`
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return fmt.Errorf("verify request URL: status %d, answer is not JSON: %w", status, err)
	}
	if status != http.StatusOK || out.Challenge != challenge {
		return fmt.Errorf("verify request URL: status %d, challenge %q came back as %q", status, challenge, out.Challenge)
	}
	return nil
}

// DeliverRaw posts any body with any headers to the request URL, for tests of attacks.
func (f *Feishu) DeliverRaw(ctx context.Context, header http.Header, body []byte) (status int, answer []byte, err error) {
	f.mu.Lock()
	url := f.world.app.eventURL
	f.mu.Unlock()
	return f.post(ctx, url, header, body)
}

// Deliver pushes any JSON once as an event, for tests that forge events.
func (f *Feishu) Deliver(ctx context.Context, plain []byte) (status int, answer []byte, err error) {
	ev := &event{app: f.world.app, plain: plain, body: plain, created: f.now()}
	if ev.app.EncryptKey != "" {
		ev.body = f.Encrypt(plain)
	}
	out := f.pushOnce(ctx, ev)
	return out.status, out.answer, out.err
}

// Redeliver pushes an event again with its event_id, with retries.
func (f *Feishu) Redeliver(eventID string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	ev, ok := f.push.events[eventID]
	if !ok {
		return fmt.Errorf("redeliver: no event %q", eventID)
	}
	f.send(ev)
	return nil
}

// RedeliverAs pushes an event again with another event_id.
func (f *Feishu) RedeliverAs(eventID, newID string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	ev, ok := f.push.events[eventID]
	if !ok {
		return fmt.Errorf("redeliver: no event %q", eventID)
	}
	again := *ev
	again.id, again.plain = newID, bytes.Replace(ev.plain, []byte(eventID), []byte(newID), 1)
	f.send(f.storeEvent(&again))
	return nil
}

// EventBody returns an event's plain JSON and the body for a webhook.
func (f *Feishu) EventBody(eventID string) (plain, body []byte, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ev, ok := f.push.events[eventID]
	if !ok {
		return nil, nil, false
	}
	return ev.plain, ev.body, true
}

// Emit pushes an event of any type, as of a feature that the sandbox lacks.
func (f *Feishu) Emit(kind string, event any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.world.app.receives(kind) {
		f.emit(f.world.app, kind, "", event)
	}
}

// Duplicate pushes every event twice with the same event_id.
func (f *Feishu) Duplicate(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.push.twice = on
}

// DuplicateNewID pushes every event twice, the second time with a new event_id.
func (f *Feishu) DuplicateNewID(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.push.twiceNewID = on
}

// Shuffle delays each event by a random part of window, which changes their order; 0 ends it.
func (f *Feishu) Shuffle(window time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.push.shuffle = window
}

// PauseEvents delays all attempts until ResumeEvents.
func (f *Feishu) PauseEvents() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.push.paused == nil {
		f.push.paused = make(chan struct{})
	}
}

// ResumeEvents continues, in order for each chat.
func (f *Feishu) ResumeEvents() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.push.paused != nil {
		close(f.push.paused)
		f.push.paused = nil
	}
}
