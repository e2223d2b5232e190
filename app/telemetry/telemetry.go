// Package telemetry sends traces by OpenTelemetry. Nobody else knows that there is such a thing: the others are given
// functions.
package telemetry

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"recallbot/bot"
)

// name is that of the service, and of the library that makes the spans.
const name = "recallbot"

// Config is the section "telemetry".
type Config struct {
	// Endpoint is the address of an OTLP receiver over HTTP; empty means that nothing is traced.
	Endpoint string `yaml:"endpoint"`
	// Sample is the share of the events that are traced, 0 to 1.
	Sample float64 `yaml:"sample"`
	// Version is that of the program.
	Version string `yaml:"-"`
}

// Defaults traces nothing, and all once there is an endpoint.
func Defaults() Config { return Config{Sample: 1} }

// Validate reports what can't be used.
func (c Config) Validate() error {
	var errs []error
	u, err := url.Parse(c.Endpoint)
	if c.Endpoint != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		errs = append(errs, bot.WrongSetting("telemetry.endpoint", "want an http or https address such as http://localhost:4318"))
	}
	if c.Sample < 0 || c.Sample > 1 {
		errs = append(errs, bot.WrongSetting("telemetry.sample", "want 0 to 1, got %g", c.Sample))
	}
	return errors.Join(errs...)
}

// Tracer makes spans. A nil Tracer makes none and is what New gives where nothing is traced.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	carrier  propagation.TraceContext
}

// New makes a tracer from a valid configuration. It calls nobody yet.
func New(ctx context.Context, cfg Config, log *slog.Logger) (*Tracer, error) {
	if cfg.Endpoint == "" {
		return nil, nil //nolint:nilnil // nil is a tracer that is off
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(cfg.Endpoint+tracesPath(cfg.Endpoint)))
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { // the SDK has one such place for the whole process
		log.DebugContext(ctx, "traces: trouble of the SDK", "error", err)
	}))
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(reporting{exporter, bot.NewIncident(log, slog.LevelWarn, "traces not sent", "traces sent again")}),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(cfg.Sample))),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", name), attribute.String("service.version", cfg.Version),
			attribute.String("service.instance.id", instance()),
		)),
	)
	return &Tracer{provider: provider, tracer: provider.Tracer(name)}, nil
}

// instance is this process among the others.
func instance() string {
	host, err := os.Hostname()
	if err != nil {
		host = name
	}
	return host + "-" + rand.Text()
}

// reporting is an exporter that logs when the receiver goes and when it is back.
type reporting struct {
	sdktrace.SpanExporter

	away *bot.Incident
}

// ExportSpans implements sdktrace.SpanExporter. What it could not send has been reported.
func (r reporting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	r.away.Report(ctx, "", r.SpanExporter.ExportSpans(ctx, spans))
	return nil
}

// tracesPath is what OTLP adds to an address that names no path.
func tracesPath(endpoint string) string {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || len(u.Path) > 1:
		return ""
	case u.Path == "/":
		return "v1/traces"
	default:
		return "/v1/traces"
	}
}

// Close sends what is left. It waits for the receiver as long as ctx lets it.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// End ends a span, as failed with an error, and adds what is known only now.
type End func(err error, facts ...Fact)

// Fact is an attribute of a span. Message text and secrets are none.
type Fact struct{ Key, Value string }

// Kind is the part that a span has in a conversation of programs; services are drawn by it.
type Kind trace.SpanKind

// The kinds of spans: a request that we answer, one that we make, what is put into a queue, what is taken out of it.
const (
	Server   = Kind(trace.SpanKindServer)
	Client   = Kind(trace.SpanKindClient)
	Producer = Kind(trace.SpanKindProducer)
	Consumer = Kind(trace.SpanKindConsumer)
)

// Start begins a span under that of the context. Only facts that are known are kept.
func (t *Tracer) Start(ctx context.Context, kind Kind, what string, facts ...Fact) (context.Context, End) {
	if t == nil {
		return ctx, func(error, ...Fact) {}
	}
	ctx, span := t.tracer.Start(ctx, what, trace.WithSpanKind(trace.SpanKind(kind)), trace.WithAttributes(attributes(facts)...))
	return ctx, func(err error, facts ...Fact) {
		span.SetAttributes(attributes(facts)...)
		if err != nil {
			span.SetStatus(codes.Error, bot.KindOf(err).String()) // an error's text may name more than ids
		}
		span.End()
	}
}

func attributes(facts []Fact) []attribute.KeyValue {
	var all []attribute.KeyValue
	for _, f := range facts {
		if f.Value != "" {
			all = append(all, attribute.String(f.Key, f.Value))
		}
	}
	return all
}

// Carry gives the span of the context as a text that travels (a W3C traceparent), or empty.
func (t *Tracer) Carry(ctx context.Context) string {
	if t == nil {
		return ""
	}
	carried := propagation.MapCarrier{}
	t.carrier.Inject(ctx, carried)
	return carried["traceparent"]
}

// Resume puts the span that a text tells of on the context, so that the next one is its child.
func (t *Tracer) Resume(ctx context.Context, carried string) context.Context {
	if t == nil || carried == "" {
		return ctx
	}
	return t.carrier.Extract(ctx, propagation.MapCarrier{"traceparent": carried})
}
