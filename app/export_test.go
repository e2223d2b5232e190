package app

import (
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/hooks"
	"recallbot/store"
	"recallbot/store/queue"
	"recallbot/web"
)

// Consume does one delivery as the workers of a queue do.
func Consume(ctx context.Context, config Config, name string, w worker, d queue.Delivery) error {
	return NewConsumer(config, name, w, slog.New(slog.DiscardHandler))(ctx, d)
}

// NewConsumer does deliveries as the workers of a queue do.
func NewConsumer(config Config, name string, w worker, log *slog.Logger) func(context.Context, queue.Delivery) error {
	for _, spec := range queueTable(config) {
		if spec.name == name {
			return newConsumer(spec, nil, w, nil, log).consume
		}
	}
	panic("no queue is called " + name)
}

// WorkerFunc is a worker with a function of its own.
func WorkerFunc(handle func(context.Context, queue.Delivery) error) worker {
	return worker{handle: handle}
}

// WorkerOf is a worker that returns an error.
func WorkerOf(err error) worker {
	return worker{handle: func(context.Context, queue.Delivery) error { return err }}
}

// Handle does one delivery of the queue of work.
func Handle(ctx context.Context, dispatcher *bot.Dispatcher, d queue.Delivery) error {
	return Consume(ctx, Defaults(), WorkQueue, eventWorker(dispatcher, 1), d)
}

// Stepper does the steps of jobs.
type Stepper = stepper

// JobAttempts is how often they may fail.
const JobAttempts = jobAttempts

// HandleStep does one delivery of the queue of jobs.
func HandleStep(ctx context.Context, steps Stepper, d queue.Delivery) error {
	return Consume(ctx, Defaults(), jobsQueue, jobWorker(steps), d)
}

// ChatLog gives the newest records of a chat as /recall log reads them.
func ChatLog(ctx context.Context, s *store.Store, chat bot.ChatID, n int) ([]audit.Entry, error) {
	return chatLog{audit: store.NewAudit(s)}.Recent(ctx, chat, n)
}

// MetricNames lists the metrics of our own that /metrics may show, those without a value too.
func MetricNames() []string {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		newMetrics().registry.Describe(descriptions)
		close(descriptions)
	}()
	ours := regexp.MustCompile(`fqName: "(recallbot_\w+)"`)
	var names []string
	for d := range descriptions {
		if found := ours.FindStringSubmatch(d.String()); found != nil {
			names = append(names, found[1])
		}
	}
	return names
}

// SeriesAtStart are the series of a bot that has just begun, as the labels of each by name.
func SeriesAtStart() map[string][]map[string]string {
	m := newMetrics()
	m.beginRequests(web.New(web.Deps{Logger: slog.New(slog.DiscardHandler), Metrics: http.NotFoundHandler()}).Operations())
	families, err := m.registry.Gather()
	if err != nil {
		panic(err)
	}
	series := map[string][]map[string]string{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			labels := map[string]string{}
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			endings := []string{""}
			if metric.GetHistogram() != nil {
				endings = []string{"_bucket", "_count", "_sum"}
				labels["le"] = "+Inf"
			}
			for _, ending := range endings {
				series[family.GetName()+ending] = append(series[family.GetName()+ending], labels)
			}
		}
	}
	return series
}

// Vias, PlatformReasons and APIs are the labels that are known beforehand.
func Vias() []bot.Via { return vias() }

// PlatformReasons are why recalls and posts fail.
func PlatformReasons() []bot.Reason { return platformReasons() }

// APIs are the calls of the platform.
func APIs() []string { return apis() }

// LiveKeys are the settings that a reload changes.
func LiveKeys() []string { return liveKeys() }

// Span is a row of numbers of records.
type Span = span

// Exporter runs in tests.
type Exporter struct{ exporter *exporter }

// NewExporter makes an exporter with the store and the target of a test.
func NewExporter(
	kept exporterStore, take func(context.Context, []store.AuditRecord, []Span) error, log *slog.Logger,
) *Exporter {
	send := func(ctx context.Context, b batch) error { return take(ctx, b.records, b.missing) }
	return &Exporter{newExporter(exporter{name: "test", kept: kept, send: send, life: fileLife, metrics: newMetrics().out, log: log})}
}

// Run sends until ctx is done.
func (o *Exporter) Run(ctx context.Context) { o.exporter.run(ctx) }

// Empty sends what there is.
func (o *Exporter) Empty(ctx context.Context) { o.exporter.drain(ctx) }

// OpenAuditFile opens a file for JSON lines.
func OpenAuditFile(path string) (send func(context.Context, []store.AuditRecord) error, shut func() error, err error) {
	file, err := openAuditFile(path)
	if err != nil {
		return nil, nil, err
	}
	send = func(ctx context.Context, records []store.AuditRecord) error {
		return file.send(ctx, batch{records: records})
	}
	return send, file.lines.Close, nil
}

// Outbox sends webhooks in tests.
type Outbox struct {
	outbox *outbox
	run    func(context.Context) error
}

// NewOutbox makes one that sends for real and tries again at once.
func NewOutbox(t *testing.T, config Config, s *store.Store) Outbox {
	t.Helper()
	sender, err := hooks.NewSender(config.Hooks, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sender.Close() })
	log := slog.New(slog.DiscardHandler)
	queues, err := openQueues(config, s, newMetrics(), log)
	if err != nil {
		t.Fatal(err)
	}
	o := &outbox{config: config.Hooks, post: sender.Send, log: log, queue: queues[hooksQueue]}
	for _, spec := range queueTable(config) {
		if spec.name == hooksQueue {
			return Outbox{o, newConsumer(spec, o.queue, worker{handle: o.handle}, nil, log).run}
		}
	}
	panic("there is no queue of webhooks")
}

// Run works until ctx is done.
func (o Outbox) Run(ctx context.Context) error { return o.run(ctx) }

// Ended tells of a job.
func (o Outbox) Ended(ctx context.Context, job bot.Job) error { return o.outbox.ended(ctx, job) }

// HandleHook does one delivery as the queue's workers do.
func HandleHook(ctx context.Context, config Config, post func(context.Context, hooks.Message) error, d queue.Delivery) error {
	o := &outbox{config: config.Hooks, post: post, log: slog.New(slog.DiscardHandler)}
	return Consume(ctx, config, hooksQueue, worker{handle: o.handle}, d)
}

// CheckHookURL checks an address that a caller names.
func CheckHookURL(config Config, url string) error {
	return (&outbox{config: config.Hooks}).CheckURL(url)
}

// StepOwner is whose workers the steps of a job take.
func StepOwner(ctx context.Context, s *store.Store, id bot.JobID) string {
	return queuedSteps{kept: store.NewJobs(s)}.owner(ctx, id)
}
