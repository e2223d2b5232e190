package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"
)

const (
	// maxSilence is how long a stream may be silent; the bot sends a comment every 15 s.
	maxSilence = 45 * time.Second
	// maxLine limits a line of a stream in bytes.
	maxLine = 1 << 20
	// endEvent is the stream's last event.
	endEvent = "end"
)

// errSilent ends a stream after maxSilence.
var errSilent = errors.New("no data on the stream for 45 s")

// Watch iterates over the states of a recall: the current one, each change, and the final one. A broken stream is
// reconnected; an error ends the iteration.
func (c *Client) Watch(ctx context.Context, id string) iter.Seq2[Recall, error] {
	return func(yield func(Recall, error) bool) {
		w := &watch{client: c, events: call{method: http.MethodGet, path: []string{"recalls", id, "events"}}, yield: yield}
		if err := w.events.validate(); err != nil {
			yield(Recall{}, err)
			return
		}
		for attempts := 1; ; attempts++ {
			count := w.count
			err := w.stream(ctx)
			if w.done {
				return
			}
			if w.count > count {
				attempts = 1
			}
			if err == nil { // the stream was cut off
				err = io.ErrUnexpectedEOF
			}
			wait, again := c.retry(w.events, err, attempts)
			if !again || ctx.Err() != nil {
				yield(Recall{}, fmt.Errorf("watch recall %s: %w", id, err))
				return
			}
			if err := sleep(ctx, wait); err != nil {
				yield(Recall{}, err)
				return
			}
		}
	}
}

// Await waits until a recall has ended and returns its final state.
func (c *Client) Await(ctx context.Context, id string) (Recall, error) {
	var last Recall
	for recall, err := range c.Watch(ctx, id) {
		if err != nil {
			return last, err
		}
		last = recall
	}
	return last, nil
}

// watch is the state of one Watch over several streams.
type watch struct {
	client *Client
	events call
	yield  func(Recall, error) bool
	// last is the id of the newest event, count the number of events, done whether no more are wanted.
	last  string
	count int
	done  bool
}

// stream reads one stream. A nil error without done means that the stream ended too early.
func (w *watch) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(maxSilence, func() { cancel(errSilent) })
	defer timer.Stop()
	req, err := w.client.request(ctx, w.events, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "text/event-stream")
	if w.last != "" {
		req.Header.Set("Last-Event-ID", w.last)
	}
	resp, err := w.client.opts.HTTP.Do(req)
	if err != nil {
		return causeOf(ctx, err)
	}
	defer resp.Body.Close() //nolint:errcheck // already read
	if resp.StatusCode != http.StatusOK {
		text, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse))
		if err != nil {
			return err
		}
		return problemOf(resp, text)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxLine)
	event := sse{}
	for !w.done && lines.Scan() {
		timer.Reset(maxSilence)
		if event.addLine(lines.Text()) {
			continue
		}
		if err := w.yieldEvent(event); err != nil {
			return err
		}
		event = sse{}
	}
	return causeOf(ctx, lines.Err())
}

// yieldEvent yields an event unless it was received on an earlier stream.
func (w *watch) yieldEvent(event sse) error {
	if event.data == "" || (event.id != "" && event.id == w.last && event.name != endEvent) {
		return nil
	}
	var recall Recall
	if err := json.Unmarshal([]byte(event.data), &recall); err != nil {
		return fmt.Errorf("the event is not the API's: %w", err)
	}
	w.last, w.count = event.id, w.count+1
	w.done = !w.yield(recall, nil) || event.name == endEvent || recall.State.Ended()
	return nil
}

// causeOf returns errSilent if it ended the context, else err.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errSilent) {
		return cause
	}
	return err
}

// sse is a server-sent event that is being read.
type sse struct{ name, id, data string }

// addLine adds a line; it reports false at the end of the event.
func (e *sse) addLine(line string) bool {
	field, value, _ := strings.Cut(line, ":")
	value = strings.TrimPrefix(value, " ")
	switch {
	case line == "":
		return false
	case field == "event":
		e.name = value
	case field == "id":
		e.id = value
	case field == "data":
		e.data += value
	}
	return true
}
