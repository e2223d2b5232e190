package app

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/store/queue"
)

// metrics are what /metrics shows; docs/operations.md explains each.
type metrics struct {
	registry *prometheus.Registry

	events    *prometheus.CounterVec
	intake    prometheus.Histogram
	workAge   *prometheus.HistogramVec
	workDone  *prometheus.CounterVec
	workDepth *prometheus.GaugeVec
	workOld   prometheus.Gauge
	jobs      *prometheus.CounterVec
	jobTime   *prometheus.HistogramVec
	jobEnds   *prometheus.CounterVec
	jobDepth  *prometheus.GaugeVec
	posts     *prometheus.CounterVec
	postItems *prometheus.GaugeVec
	recalls   *prometheus.CounterVec
	latency   *prometheus.HistogramVec
	waits     *prometheus.HistogramVec
	apiCalls  *prometheus.CounterVec
	apiTime   *prometheus.HistogramVec
	redisTime *prometheus.HistogramVec
	requests  *prometheus.CounterVec
	reloads   *prometheus.CounterVec
	confValid prometheus.Gauge

	out    *outMetrics
	socket socketMetrics
}

func newMetrics() *metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	f := promauto.With(registry)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Namespace: "recallbot", Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return f.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "recallbot", Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(0.0005, 2.5, 14),
		}, labels)
	}
	m := &metrics{
		registry:  registry,
		events:    counter("events_total", "Requests to the webhook by event type and result.", "type", "result"),
		workAge:   histogram("work_age_seconds", "Time from queued to started.", "type"),
		workDone:  counter("work_total", "Runs of queued work by outcome.", "type", "outcome"),
		recalls:   counter("recalls_total", "Attempts to recall by result and way in.", "result", "via", "reason"),
		latency:   histogram("recall_latency_seconds", "Time from the request, by the platform's clock, to the end of the recall.", "via"),
		waits:     histogram("limiter_wait_seconds", "Time that calls waited for a slot of the platform's rate limits.", "api"),
		apiCalls:  counter("api_calls_total", "Calls of the platform by code; -1 is no answer.", "api", "code"),
		apiTime:   histogram("api_seconds", "Time that the platform took to answer.", "api"),
		redisTime: histogram("redis_seconds", "Time that Redis took to answer.", "op"),
	}
	m.out = newOutMetrics(f)
	m.socket = newSocketMetrics(f)
	m.requests = counter("requests_total", "Calls of the HTTP API by operation and status.", "operation", "status")
	m.jobs = counter("jobs_total", "Jobs that ended, by kind and final state.", "kind", "state")
	m.jobEnds = counter("job_messages_total", "Messages of jobs by result.", "kind", "cause")
	m.posts = counter("posts_total", "Posts of the API by how their sending ended.", "state", "reason")
	m.postItems = f.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: "recallbot", Name: "post_items", Help: "Posts to be sent and times to run out, of all replicas, by state.",
	}, []string{"queue", "state"})
	m.jobTime = f.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "recallbot", Name: "job_seconds", Help: "Time from the first page of a job to its end.",
		Buckets: prometheus.ExponentialBuckets(0.25, 2, 14),
	}, []string{"kind"})
	m.reloads = counter("config_reloads_total", "Times the configuration was read again, by what became of it.", "result")
	m.confValid = f.NewGauge(prometheus.GaugeOpts{
		Namespace: "recallbot", Name: "config_valid", Help: "1 as long as the configuration that was read last is right.",
	})
	m.confValid.Set(1)
	m.jobDepth = f.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: "recallbot", Name: "job_items", Help: "Steps of jobs of all replicas by state.",
	}, []string{"state"})
	m.intake = f.NewHistogram(prometheus.HistogramOpts{
		Namespace: "recallbot", Name: "intake_seconds", Help: "Time from a webhook request to its answer.",
		Buckets: prometheus.ExponentialBuckets(0.0001, 2.5, 12),
	})
	m.workDepth = f.NewGaugeVec(prometheus.GaugeOpts{Namespace: "recallbot", Name: "work_items", Help: "Work of all replicas by state."}, []string{"state"})
	m.workOld = f.NewGauge(prometheus.GaugeOpts{Namespace: "recallbot", Name: "work_oldest_seconds", Help: "Age of the oldest work that is not done."})
	m.begin()
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// event is the webhook's observer. Unknown types share a label: the platform has hundreds.
func (m *metrics) event(eventType, result string, d time.Duration) {
	if eventType != "" && eventType != "url_verification" && !slices.Contains(eventTypes(), eventType) {
		eventType = "other"
	}
	m.events.WithLabelValues(eventType, result).Inc()
	m.intake.Observe(d.Seconds())
}

func eventTypes() []string {
	return []string{bot.TypeSaid, bot.TypeReacted, bot.TypeRecalled, bot.TypeChatUpdated, bot.TypeDisbanded, bot.TypeBotRemoved}
}

func (m *metrics) recall(e audit.Entry) {
	m.recalls.WithLabelValues(string(e.Result), string(e.Via), string(e.Reason)).Inc()
	m.latency.WithLabelValues(string(e.Via)).Observe(float64(e.Latency) / 1000)
}

func (m *metrics) api(api string, code int, d time.Duration) {
	m.apiCalls.WithLabelValues(api, strconv.Itoa(code)).Inc()
	m.apiTime.WithLabelValues(api).Observe(d.Seconds())
}

func (m *metrics) redis(op string, d time.Duration) {
	m.redisTime.WithLabelValues(op).Observe(d.Seconds())
}

// job counts each page of a job, and each job that ended.
func (m *metrics) job(job bot.Job, page bot.Counts) {
	for cause, n := range page {
		m.jobEnds.WithLabelValues(string(job.Kind), string(cause)).Add(float64(n))
	}
	if page != nil || !job.State.Ended() {
		return
	}
	m.jobs.WithLabelValues(string(job.Kind), string(job.State)).Inc()
	if !job.Began.IsZero() {
		m.jobTime.WithLabelValues(string(job.Kind)).Observe(job.Ended.Sub(job.Began).Seconds())
	}
}

// queueObserver counts the runs of one queue and shows how much is in it.
type queueObserver struct {
	*metrics

	queue string
}

// Started implements queue.Observer.
func (o queueObserver) Started(kind string, age time.Duration) {
	if o.queue != hooksQueue {
		o.workAge.WithLabelValues(kind).Observe(age.Seconds())
	}
}

// Finished implements queue.Observer.
func (o queueObserver) Finished(kind string, outcome queue.Outcome, took time.Duration) {
	if o.queue == hooksQueue {
		o.out.hooks.WithLabelValues(kind, string(outcome)).Inc()
		o.out.hookTime.WithLabelValues(kind).Observe(took.Seconds())
		return
	}
	o.workDone.WithLabelValues(kind, string(outcome)).Inc()
}

// Depth implements queue.Observer.
func (o queueObserver) Depth(s queue.Stats) {
	for state, n := range map[string]int64{"waiting": s.Waiting, "in_flight": s.InFlight, "delayed": s.Delayed, "dead": s.Dead} {
		o.items(o.queue, state).Set(float64(n))
	}
	if o.queue == WorkQueue {
		o.workOld.Set(s.Oldest.Seconds())
	}
}

// items is the gauge of the items of a queue in a state. The first queues have metrics of their own, the others share one.
func (m *metrics) items(name, state string) prometheus.Gauge { //nolint:ireturn // as prometheus declares it
	switch name {
	case WorkQueue:
		return m.workDepth.WithLabelValues(state)
	case jobsQueue:
		return m.jobDepth.WithLabelValues(state)
	case hooksQueue:
		return m.out.hookItem.WithLabelValues(state)
	default:
		return m.postItems.WithLabelValues(name, state)
	}
}

// post counts each post whose sending has ended.
func (m *metrics) post(p bot.Post) {
	m.posts.WithLabelValues(string(p.State), string(p.Reason)).Inc()
}

// request counts each call of the HTTP API.
func (m *metrics) request(operation string, status int) {
	m.requests.WithLabelValues(operation, strconv.Itoa(status)).Inc()
}

// measuredLimiter measures how long calls wait.
type measuredLimiter struct {
	feishu.Limiter

	metrics *metrics
}

func (l measuredLimiter) Wait(ctx context.Context, api string) error {
	began := time.Now()
	err := l.Limiter.Wait(ctx, api)
	api, _, _ = strings.Cut(api, ":") // chats and messages share a label
	l.metrics.waits.WithLabelValues(api).Observe(time.Since(began).Seconds())
	return err
}
