package telemetry_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"recallbot/app/telemetry"
	"recallbot/bot"
)

// receiver takes spans as an OTLP receiver does.
type receiver struct {
	mu    sync.Mutex
	spans map[string]*traces.Span
	paths []string
	// about is what is said of the service.
	about map[string]string
	away  bool
}

func newReceiver(t *testing.T) (*receiver, string) {
	t.Helper()
	r := &receiver{spans: map[string]*traces.Span{}, about: map[string]string{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body := io.Reader(req.Body)
		if req.Header.Get("Content-Encoding") == "gzip" {
			unpacked, err := gzip.NewReader(req.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = unpacked
		}
		raw, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		var sent collector.ExportTraceServiceRequest
		if err := proto.Unmarshal(raw, &sent); err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.paths = append(r.paths, req.URL.Path)
		if r.away {
			http.Error(w, "away", http.StatusForbidden) // what the exporter does not repeat
		}
		for _, resource := range sent.GetResourceSpans() {
			for _, a := range resource.GetResource().GetAttributes() {
				r.about[a.GetKey()] = a.GetValue().GetStringValue()
			}
			for _, scope := range resource.GetScopeSpans() {
				for _, span := range scope.GetSpans() {
					r.spans[span.GetName()] = span
				}
			}
		}
	}))
	t.Cleanup(server.Close)
	return r, server.URL
}

func open(t *testing.T, config telemetry.Config) *telemetry.Tracer {
	t.Helper()
	tracer, err := telemetry.New(t.Context(), config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return tracer
}

// TestTraceContinuesInTheQueue: an event's span is carried over the queue to the work, as its parent.
func TestTraceContinuesInTheQueue(t *testing.T) {
	t.Parallel()
	r, address := newReceiver(t)
	tracer := open(t, telemetry.Config{Endpoint: address, Sample: 1, Version: "1.2.3"})
	ctx, end := tracer.Start(t.Context(), telemetry.Server, "event", telemetry.Fact{Key: "event_id", Value: "e1"}, telemetry.Fact{Key: "chat_id"})
	carried := tracer.Carry(ctx)
	end(nil)
	_, end = tracer.Start(tracer.Resume(context.Background(), carried), telemetry.Consumer, "work")
	end(bot.Errorf(bot.RateLimited, "a secret in an error's text"), telemetry.Fact{Key: "log_id", Value: "L1"})
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	event, work := r.spans["event"], r.spans["work"]
	if event == nil || work == nil {
		t.Fatalf("spans %v", r.spans)
	}
	if string(work.GetTraceId()) != string(event.GetTraceId()) || string(work.GetParentSpanId()) != string(event.GetSpanId()) {
		t.Errorf("the work is of trace %x under %x, the event %x of %x", work.GetTraceId(), work.GetParentSpanId(), event.GetSpanId(), event.GetTraceId())
	}
	if status := work.GetStatus(); status.GetCode() != traces.Status_STATUS_CODE_ERROR || status.GetMessage() != "rate_limited" {
		t.Errorf("the work ended with %v", status)
	}
	if text := event.String(); !strings.Contains(text, "e1") || strings.Contains(text, "chat_id") {
		t.Errorf("the event is %s", text)
	}
	if text := work.String(); !strings.Contains(text, "L1") || strings.Contains(text, "secret") {
		t.Errorf("the work is %s", text)
	}
	if r.paths[0] != "/v1/traces" {
		t.Errorf("sent to %q", r.paths)
	}
	if event.GetKind() != traces.Span_SPAN_KIND_SERVER || work.GetKind() != traces.Span_SPAN_KIND_CONSUMER {
		t.Errorf("the event is of the kind %s, the work of %s", event.GetKind(), work.GetKind())
	}
	if r.about["service.name"] != "recallbot" || r.about["service.version"] != "1.2.3" || r.about["service.instance.id"] == "" {
		t.Errorf("the service is %v", r.about)
	}
}

// TestAReceiverThatIsAwayIsReportedOnce: when it fails and when it works again.
func TestAReceiverThatIsAwayIsReportedOnce(t *testing.T) {
	t.Parallel()
	r, address := newReceiver(t)
	var log bytes.Buffer
	tracer, err := telemetry.New(t.Context(), telemetry.Config{Endpoint: address, Sample: 1}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for _, away := range []bool{true, true, true, false, false} {
		r.mu.Lock()
		r.away = away
		r.mu.Unlock()
		_, end := tracer.Start(t.Context(), telemetry.Server, "event")
		end(nil)
		if err := tracer.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	text := log.String()
	if strings.Count(text, "traces not sent") != 1 || strings.Count(text, "traces sent again") != 1 || strings.Count(text, "\n") != 2 {
		t.Errorf("the log is\n%s", text)
	}
}

// TestSample: with a share of 0 only traces that another process began are sent.
func TestSample(t *testing.T) {
	t.Parallel()
	r, address := newReceiver(t)
	tracer := open(t, telemetry.Config{Endpoint: address + "/v1/traces"})
	_, end := tracer.Start(t.Context(), telemetry.Server, "event")
	end(nil)
	_, end = tracer.Start(tracer.Resume(t.Context(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), telemetry.Consumer, "work")
	end(nil)
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.spans["event"] != nil || r.spans["work"] == nil || r.paths[0] != "/v1/traces" {
		t.Errorf("spans %v, sent to %q", r.spans, r.paths)
	}
}

// TestOff: without a receiver nothing is traced.
func TestOff(t *testing.T) {
	t.Parallel()
	tracer := open(t, telemetry.Defaults())
	ctx, end := tracer.Start(t.Context(), telemetry.Server, "event")
	end(nil)
	if tracer.Carry(ctx) != "" || tracer.Resume(ctx, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") != ctx {
		t.Error("something is traced")
	}
	if err := tracer.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for config, want := range map[telemetry.Config]string{
		{Sample: 1}: "",
		{Endpoint: "http://localhost:4318", Sample: 0.5}: "",
		{Endpoint: "localhost:4318", Sample: 1}:          "telemetry.endpoint",
		{Endpoint: "ftp://localhost", Sample: 1}:         "telemetry.endpoint",
		{Sample: 1.1}:                                    "telemetry.sample",
		{Sample: -1}:                                     "telemetry.sample",
	} {
		err := config.Validate()
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: %v", config, err)
		}
	}
}
