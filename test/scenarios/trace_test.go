package scenarios_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"recallbot/sandbox"
)

// collector is a receiver of traces.
type collector struct {
	*httptest.Server

	mu    sync.Mutex
	spans []*tracepb.Span
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent coltrace.ExportTraceServiceRequest
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &sent) != nil {
			http.Error(w, "not traces", http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, resource := range sent.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				c.spans = append(c.spans, scope.GetSpans()...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// span returns the span with the name, or nil.
func (c *collector) span(name string) *tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if s.GetName() == name {
			return s
		}
	}
	return nil
}

func attribute(s *tracepb.Span, key string) string {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == key {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

// TestTraceConnectsEventAndDelete checks that event, queue, work and call are one trace with the platform's log id, and that
// it contains no text of people.
func TestTraceConnectsEventAndDelete(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	s := newChatEnv(t)
	s.set("TELEMETRY_ENDPOINT", c.URL)
	s.start(1)
	s.say("/recall -- wrong numbers", s.post)
	s.await("the post is recalled", func(st sandbox.State) bool { return st.Recalled(s.post) })
	s.waitIdle()
	s.bots[0].stop() // it sends the remaining spans

	event, work, call := c.span("event im.message.receive_v1"), c.span("work im.message.receive_v1"), c.span("feishu message.delete")
	queued := c.span("queue im.message.receive_v1")
	if event == nil || work == nil || call == nil || queued == nil {
		t.Fatalf("the spans %v, %v, %v and %v came", event, queued, work, call)
	}
	for span, kind := range map[*tracepb.Span]tracepb.Span_SpanKind{
		event: tracepb.Span_SPAN_KIND_SERVER, queued: tracepb.Span_SPAN_KIND_PRODUCER, work: tracepb.Span_SPAN_KIND_CONSUMER, call: tracepb.Span_SPAN_KIND_CLIENT,
	} {
		if span.GetKind() != kind {
			t.Errorf("the span %q is of the kind %s, want %s", span.GetName(), span.GetKind(), kind)
		}
	}
	if string(work.GetParentSpanId()) != string(queued.GetSpanId()) || string(queued.GetParentSpanId()) != string(event.GetSpanId()) || string(call.GetTraceId()) != string(event.GetTraceId()) {
		t.Errorf("the spans are not one trace: %v, %v, %v", event, work, call)
	}
	logID := ""
	for _, made := range s.Calls() {
		if made.API == apis["delete"] && strings.HasSuffix(made.Path, s.post) {
			logID = made.LogID
		}
	}
	if logID == "" || attribute(call, "log_id") != logID || attribute(call, "code") != "0" || attribute(event, "event_id") != attribute(work, "event_id") {
		t.Errorf("the log id is %q, the spans say %v, %v, %v", logID, event, work, call)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, span := range c.spans {
		if strings.Contains(span.String(), "wrong numbers") || strings.Contains(span.String(), "wrong quarter") {
			t.Errorf("a span holds what people wrote: %v", span)
		}
	}
}
