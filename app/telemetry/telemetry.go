// Package telemetry sends traces by OpenTelemetry. No other package imports OpenTelemetry: they get functions.
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

// name is the name of the service and of the tracer.
const name = "recallbot"

// Config is the section "telemetry".
type Config struct {
	// Endpoint is the address of an OTLP receiver over HTTP; empty disables tracing.
	Endpoint string `yaml:"endpoint"`
	// Sample is the share of the events that are traced, 0 to 1.
	Sample float64 `yaml:"sample"`
	// Version is the version of the program.
	Version string `yaml:"-"`
}

// Defaults has no endpoint, and traces all events once there is one.
func Defaults() Config { return Config{Sample: 1} }

// Validate reports invalid settings.
func (c Config) Validate() error {
	var errs []error
	u, err := url.Parse(c.Endpoint)
	if c.Endpoint != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		errs = append(errs, bot.WrongSetting("telemetry.endpoint", "must be an http or https address such as http://localhost:4318"))
	}
	if c.Sample < 0 || c.Sample > 1 {
		errs = append(errs, bot.WrongSetting("telemetry.sample", "must be 0 to 1, not %g", c.Sample))
	}
	return errors.Join(errs...)
}

// Tracer makes spans. A nil Tracer makes none; New returns it if tracing is disabled.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	carrier  propagation.TraceContext
}

// New makes a tracer from a valid configuration. It sends nothing yet.
func New(ctx context.Context, cfg Config, log *slog.Logger) (*Tracer, error) {
	if cfg.Endpoint == "" {
		return nil, nil //nolint:nilnil // nil is a tracer that is off
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(cfg.Endpoint+tracesPath(cfg.Endpoint)))
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { // the SDK has one handler for the process
		log.DebugContext(ctx, "trace SDK failed", "error", err)
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

// instance identifies this process.
func instance() string {
	host, err := os.Hostname()
	if err != nil {
		host = name
	}
	return host + "-" + rand.Text()
}

// reporting is an exporter that logs when the receiver fails and when it works again.
type reporting struct {
	sdktrace.SpanExporter

	away *bot.Incident
}

// ExportSpans implements sdktrace.SpanExporter. Errors are logged, not returned.
func (r reporting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	r.away.Report(ctx, "", r.SpanExporter.ExportSpans(ctx, spans))
	return nil
}

// tracesPath is the path that OTLP adds to an address without one.
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

// Close sends the remaining spans, until ctx ends.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// End ends a span with the facts, as failed if err is not nil.
type End func(err error, facts ...Fact)

// Fact is an attribute of a span. It must not be a message's text or a secret.
type Fact struct{ Key, Value string }

// Kind is the kind of a span in OpenTelemetry.
type Kind trace.SpanKind

// The kinds of spans: a request that we serve, one that we make, an item put into a queue, an item taken out of it.
const (
	Server   = Kind(trace.SpanKindServer)
	Client   = Kind(trace.SpanKindClient)
	Producer = Kind(trace.SpanKindProducer)
	Consumer = Kind(trace.SpanKindConsumer)
)

// Start begins a child of the context's span. Facts without a value are left out.
func (t *Tracer) Start(ctx context.Context, kind Kind, what string, facts ...Fact) (context.Context, End) {
	if t == nil {
		return ctx, func(error, ...Fact) {}
	}
	ctx, span := t.tracer.Start(ctx, what, trace.WithSpanKind(trace.SpanKind(kind)), trace.WithAttributes(attributes(facts)...))
	return ctx, func(err error, facts ...Fact) {
		span.SetAttributes(attributes(facts)...)
		if err != nil {
			span.SetStatus(codes.Error, bot.KindOf(err).String()) // an error's text may contain more than ids
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

// Carry returns the context's span as a W3C traceparent, or "".
func (t *Tracer) Carry(ctx context.Context) string {
	if t == nil {
		return ""
	}
	carried := propagation.MapCarrier{}
	t.carrier.Inject(ctx, carried)
	return carried["traceparent"]
}

// Resume puts the span of a traceparent on the context, as the parent of the next span.
func (t *Tracer) Resume(ctx context.Context, carried string) context.Context {
	if t == nil || carried == "" {
		return ctx
	}
	return t.carrier.Extract(ctx, propagation.MapCarrier{"traceparent": carried})
}
