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
	// silence is how long a stream may say nothing; the bot sends a sign of life each 15 s.
	silence = 45 * time.Second
	// maxLine bounds a line of a stream.
	maxLine = 1 << 20
	// endEvent is the stream's last event.
	endEvent = "end"
)

// errSilent ends a stream that has died without a word.
var errSilent = errors.New("the stream says nothing any more")

// Watch tells how a recall goes on: what it is now, each change, and its end, which is the last that is given. A stream
// that breaks is taken up again; the error that it gives up with comes last.
func (c *Client) Watch(ctx context.Context, id string) iter.Seq2[Recall, error] {
	return func(yield func(Recall, error) bool) {
		w := &watch{client: c, events: call{method: http.MethodGet, path: []string{"recalls", id, "events"}}, yield: yield}
		if err := w.events.check(); err != nil {
			yield(Recall{}, err)
			return
		}
		for tries := 1; ; tries++ {
			told := w.told
			err := w.stream(ctx)
			if w.over {
				return
			}
			if w.told > told {
				tries = 1
			}
			if err == nil { // a stream that ends before its end was cut off
				err = io.ErrUnexpectedEOF
			}
			wait, again := c.next(w.events, err, tries)
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

// Await waits until a recall has ended.
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

// watch is one Watch over several streams.
type watch struct {
	client *Client
	events call
	yield  func(Recall, error) bool
	// last is the id of the newest event, told how many came, over that no more are wanted.
	last string
	told int
	over bool
}

// stream reads one stream. A nil error with over unset means that it ended too early.
func (w *watch) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	quiet := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer quiet.Stop()
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
	defer resp.Body.Close() //nolint:errcheck // what matters of it has been read
	if resp.StatusCode != http.StatusOK {
		text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return err
		}
		return problemOf(resp, text)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxLine)
	event := sse{}
	for !w.over && lines.Scan() {
		quiet.Reset(silence)
		if event.take(lines.Text()) {
			continue
		}
		if err := w.tell(event); err != nil {
			return err
		}
		event = sse{}
	}
	return causeOf(ctx, lines.Err())
}

// tell gives an event on, unless it came already by an earlier stream.
func (w *watch) tell(event sse) error {
	if event.data == "" || (event.id != "" && event.id == w.last && event.name != endEvent) {
		return nil
	}
	var recall Recall
	if err := json.Unmarshal([]byte(event.data), &recall); err != nil {
		return fmt.Errorf("the event is not the API's: %w", err)
	}
	w.last, w.told = event.id, w.told+1
	w.over = !w.yield(recall, nil) || event.name == endEvent || recall.State.Ended()
	return nil
}

// causeOf prefers why a context ended to that it did.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errSilent) {
		return cause
	}
	return err
}

// sse is an event of a stream, as far as it has come.
type sse struct{ name, id, data string }

// take reads a line, and reports false when the event is complete.
func (e *sse) take(line string) bool {
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
