package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"recallbot/bot"
	"recallbot/feishu"
)

// socketMetrics are the metrics of the websocket. Whether it is connected has no value where events come over the webhook: a
// 0 would say that something is missing.
type socketMetrics struct {
	connected  *prometheus.GaugeVec
	reconnects *prometheus.CounterVec
}

func newSocketMetrics(f promauto.Factory) socketMetrics {
	return socketMetrics{
		connected: f.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "recallbot", Name: "websocket_connected", Help: "1 while the websocket is connected, 0 while it is not.",
		}, nil),
		reconnects: f.NewCounterVec(prometheus.CounterOpts{
			Namespace: "recallbot", Name: "websocket_reconnects_total", Help: "Connections of the websocket after the first.",
		}, nil),
	}
}

// socketCallbacks keep the events of the websocket and count its connections.
func socketCallbacks(intake tracedIntake, m *metrics) feishu.SocketCallbacks {
	up, again := m.socket.connected.WithLabelValues(), m.socket.reconnects.WithLabelValues()
	first := true
	return feishu.SocketCallbacks{
		Deliver: func(ctx context.Context, envelope bot.Envelope) error { return deliver(ctx, envelope.Event, intake, m) },
		Dropped: func(err error) { m.events.WithLabelValues("", bot.KindOf(err).String()).Inc() },
		Changed: func(connected bool) {
			if !connected {
				up.Set(0)
				return
			}
			up.Set(1)
			if !first {
				again.Inc()
			}
			first = false
		},
	}
}

// deliver keeps an event that came over the websocket, or was found by listing a chat.
func deliver(ctx context.Context, event bot.Event, intake tracedIntake, m *metrics) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, keepTimeout)
	defer cancel()
	kept, err := intake.Keep(ctx, event)
	result := string(kept)
	if err != nil {
		result = bot.KindOf(err).String()
	}
	m.event(event.Type, result, time.Since(began))
	return err
}
