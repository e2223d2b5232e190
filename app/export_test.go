package app

import (
	"context"
	"log/slog"
	"regexp"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"recallbot/bot"
	"recallbot/queue"
)

// Handle does one delivery as the queue's workers do.
func Handle(ctx context.Context, dispatcher *bot.Dispatcher, d queue.Delivery) error {
	w := &work{dispatcher: dispatcher, maxAttempts: 1, log: slog.New(slog.DiscardHandler), now: time.Now}
	return w.handle(ctx, d)
}

// Stepper does the steps of jobs.
type Stepper = stepper

// JobAttempts is how often they may fail.
const JobAttempts = jobAttempts

// HandleStep does one delivery of the queue of jobs.
func HandleStep(ctx context.Context, steps Stepper, d queue.Delivery) error {
	j := &jobs{steps: steps, log: slog.New(slog.DiscardHandler), now: time.Now}
	return j.handle(ctx, d)
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

// LiveKeys are the settings that a reload changes.
func LiveKeys() []string { return liveKeys() }
