package app

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"recallbot/store"
)

// outMetrics are about the exporters of the audit and the webhooks.
type outMetrics struct {
	records  prometheus.Counter
	sent     *prometheus.CounterVec
	failures *prometheus.CounterVec
	gone     *prometheus.CounterVec
	behind   *prometheus.GaugeVec
	lagTime  *prometheus.GaugeVec

	hooks    *prometheus.CounterVec
	hookTime *prometheus.HistogramVec
	hookItem *prometheus.GaugeVec
}

func newOutMetrics(f promauto.Factory) *outMetrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Namespace: "recallbot", Name: name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return f.NewGaugeVec(prometheus.GaugeOpts{Namespace: "recallbot", Name: name, Help: help}, labels)
	}
	return &outMetrics{
		records: f.NewCounter(prometheus.CounterOpts{
			Namespace: "recallbot", Name: "audit_records_total", Help: "Records that this replica made.",
		}),
		sent:     counter("audit_sent_total", "Records that this replica sent out.", "outlet"),
		failures: counter("audit_failures_total", "Tries to send records that failed.", "outlet"),
		gone:     counter("audit_gone_total", "Records that were gone before they could be sent.", "outlet"),
		behind:   gauge("audit_behind_records", "Records of all replicas that were not sent yet.", "outlet"),
		lagTime:  gauge("audit_behind_seconds", "Age of the oldest record that has not gone out.", "outlet"),
		hooks:    counter("hooks_total", "Tries to deliver a webhook by outcome.", "event", "outcome"),
		hookTime: f.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "recallbot", Name: "hook_seconds", Help: "Time that a try to deliver a webhook took.",
			Buckets: prometheus.ExponentialBuckets(0.01, 2.5, 9),
		}, []string{"event"}),
		hookItem: gauge("hook_items", "Webhooks of all replicas by state.", "state"),
	}
}

// lag shows how far an exporter is behind.
func (m *outMetrics) lag(name string, state store.ExporterState, now time.Time) {
	behind, age := float64(0), float64(0)
	if !state.Since.IsZero() {
		behind, age = max(float64(state.Last-state.From.N), 1), max(now.Sub(state.Since).Seconds(), 0)
	}
	m.behind.WithLabelValues(name).Set(behind)
	m.lagTime.WithLabelValues(name).Set(age)
}

// exported counts what was sent.
func (m *outMetrics) exported(name string, b batch) {
	m.sent.WithLabelValues(name).Add(float64(len(b.records)))
	for _, s := range b.missing {
		m.gone.WithLabelValues(name).Add(float64(s.To - s.From + 1))
	}
}

func (m *outMetrics) failed(name string) { m.failures.WithLabelValues(name).Inc() }
