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

// listenOverSocket makes the websocket, where that is the transport, and shows its state in /readyz and /metrics.
func (a *App) listenOverSocket(ready map[string]func(context.Context) error) {
	if a.config.Feishu.Transport != feishu.Websocket {
		return
	}
	up, again := a.metrics.socket.connected.WithLabelValues(), a.metrics.socket.reconnects.WithLabelValues()
	first := true
	a.socket = feishu.NewSocket(a.client, a.opener, feishu.SocketCallbacks{
		Deliver: a.keep,
		Dropped: func(err error) { a.metrics.events.WithLabelValues("", bot.KindOf(err).String()).Inc() },
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
	})
	ready["websocket"] = a.socket.Ready
}

// keep takes an event that came over the websocket.
func (a *App) keep(ctx context.Context, envelope bot.Envelope) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, keepTimeout)
	defer cancel()
	kept, err := a.intake.Keep(ctx, envelope.Event)
	result := string(kept)
	if err != nil {
		result = bot.KindOf(err).String()
	}
	a.metrics.event(envelope.Event.Type, result, time.Since(began))
	return err
}
