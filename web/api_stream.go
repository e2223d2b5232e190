package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"recallbot/bot"
)

const (
	// watchInterval is how often a watched recall is checked; heartbeatInterval is how often a comment keeps the
	// stream alive.
	watchInterval     = 500 * time.Millisecond
	heartbeatInterval = 15 * time.Second
	// maxWatch limits a stream; it is longer than a recall may take.
	maxWatch = 25 * time.Hour
	// previewTimeout limits a preview.
	previewTimeout    = 60 * time.Second
	contentTypeEvents = "text/event-stream"
)

type writerKey struct{}

// extendTimeout extends the server's time limits for a call to d. A slow reader of the response can't extend them
// further.
func (a *api) extendTimeout(ctx context.Context, d time.Duration) error {
	w, ok := ctx.Value(writerKey{}).(http.ResponseWriter)
	if !ok {
		return bot.Errorf(bot.Internal, "extend the timeout: no call")
	}
	return extendDeadlines(w, d)
}

// extendDeadlines sets a connection's write deadline and removes the read deadline, since the server reads to detect
// that the client has gone.
func extendDeadlines(w http.ResponseWriter, d time.Duration) error {
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		return bot.Errorf(bot.Internal, "extend the timeout: %w", err)
	}
	if err := control.SetWriteDeadline(time.Now().Add(d)); err != nil {
		return bot.Errorf(bot.Internal, "extend the timeout: %w", err)
	}
	return nil
}

// stream is op for server-sent events.
func (a *api) stream(what, summary string, scopes ...bot.TokenScope) huma.Operation {
	op := a.op("recalls", what, summary, scopes...)
	op.Metadata = map[string]any{timeoutKey: maxWatch}
	op.Description = "Server-sent events: `progress` with each change and `end` with the last, data being the recall and the id its " +
		"version; the stream ends with it. After a reconnection it begins with the current state."
	op.Responses["200"] = &huma.Response{Description: "The events", Content: map[string]*huma.MediaType{
		contentTypeEvents: {Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Recall](), true, "Recall")},
	}}
	return op
}

type watchInput struct {
	ID   bot.JobID `path:"id" maxLength:"64"`
	Last string    `header:"Last-Event-ID" maxLength:"64"`
}

// watchRecall is GET /recalls/{id}/events.
func (a *api) watchRecall(ctx context.Context, in *watchInput) (*huma.StreamResponse, error) {
	job, err := a.findRecall(ctx, in.ID)
	if err != nil {
		return nil, a.fail(ctx, "watch a recall", err)
	}
	release, ok := a.streams.acquire(principalOf(ctx).Team)
	if !ok {
		return nil, newProblem(http.StatusServiceUnavailable, "Too many recalls are being watched. Try again later.")
	}
	return &huma.StreamResponse{Body: func(call huma.Context) {
		defer release()
		call.SetHeader("Content-Type", contentTypeEvents)
		call.SetHeader("X-Accel-Buffering", "no")
		call.SetStatus(http.StatusOK)
		if isHead(ctx) {
			return
		}
		w := &watcher{api: a, out: humagin.Unwrap(call).Writer}
		if err := w.watch(ctx, job); err != nil {
			a.server.logFailure(ctx, "watch a recall", err)
		}
	}}, nil
}

// watcher sends the state of a job to one client.
type watcher struct {
	*api

	out     http.ResponseWriter
	version int64
}

// watch returns when the job ends, the client goes or the server stops.
func (w *watcher) watch(ctx context.Context, job bot.Job) error {
	checks, heartbeats := time.NewTicker(watchInterval), time.NewTicker(heartbeatInterval)
	defer checks.Stop()
	defer heartbeats.Stop()
	for {
		if ended, err := w.writeChange(job); err != nil || ended {
			return err
		}
		if !w.waitNext(ctx, checks.C, heartbeats.C) {
			return nil
		}
		by, now, err := w.load(ctx, job.ID)
		switch {
		case err == nil && by.Over:
			return nil
		case err == nil:
			job = now
		case bot.KindOf(err) != bot.Unavailable:
			return err
		}
	}
}

// waitNext waits for the next check. It reports false if the client goes or the server stops.
func (w *watcher) waitNext(ctx context.Context, checks, heartbeats <-chan time.Time) bool {
	select {
	case <-ctx.Done():
		return false
	case <-w.server.closing:
		return false
	case <-heartbeats:
		return w.write(": still here\n\n") == nil
	case <-checks:
		return true
	}
}

// load returns the token's current rights and the job.
func (w *watcher) load(ctx context.Context, id bot.JobID) (*bot.Principal, bot.Job, error) {
	by, err := w.Tokens.Principal(ctx, principalOf(ctx).Token)
	if err != nil {
		return nil, bot.Job{}, err
	}
	job, err := w.Jobs.Find(ctx, id)
	return by, job, err
}

// writeChange sends the job if it has changed.
func (w *watcher) writeChange(job bot.Job) (ended bool, err error) {
	if job.Version == w.version {
		return false, nil
	}
	w.version = job.Version
	data, err := json.Marshal(w.recallOf(job))
	if err != nil {
		return true, err
	}
	name := "progress"
	if job.State.Ended() {
		name = "end"
	}
	if err := w.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", job.Version, name, data)); err != nil {
		return true, nil //nolint:nilerr // the client has gone
	}
	return job.State.Ended(), nil
}

func (w *watcher) write(text string) error {
	if err := extendDeadlines(w.out, writeTimeout); err != nil {
		return err
	}
	if _, err := w.out.Write([]byte(text)); err != nil {
		return err
	}
	return http.NewResponseController(w.out).Flush()
}
