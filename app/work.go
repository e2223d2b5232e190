package app

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"recallbot/app/telemetry"
	"recallbot/bot"
	"recallbot/store"
	"recallbot/store/queue"
)

// runTimeout bounds one run, so that a row of slow calls keeps a worker from other chats no longer than that. What is not
// done by then runs again.
const runTimeout = 30 * time.Second

// work stands between the queue, which knows nothing of what it carries, and the behaviours.
type work struct {
	queue       *queue.Queue
	dispatcher  *bot.Dispatcher
	maxAttempts int
	log         *slog.Logger
	now         func() time.Time
	tracer      *telemetry.Tracer
	// waits lasts while work waits for the platform or for Redis.
	waits *bot.Incident
}

// Put queues an event; events of one chat share the chat's turn.
func (w *work) Put(ctx context.Context, e bot.Event, seen ...string) (bool, error) {
	payload, err := e.Encode()
	if err != nil {
		return false, err
	}
	ctx, end := w.tracer.Start(ctx, telemetry.Producer, "queue "+e.Type)
	item := queue.Item{ID: string(e.ID), Key: turn(e), Kind: e.Type, Trace: w.tracer.Carry(ctx), Payload: payload}
	fresh, err := w.queue.Put(ctx, item, seen...)
	if err != nil {
		err = bot.Errorf(bot.Unavailable, "queue event %s: %w", e.ID, err)
	}
	end(err)
	return fresh, err
}

// turn is the chat, or the person for what is in no chat, or in one that is not known yet.
func turn(e bot.Event) string {
	switch body := e.Body.(type) {
	case bot.Reacted:
		return string(body.By)
	case bot.Unreacted:
		return string(body.By)
	case bot.Revoked:
		return string(body.Who)
	default:
		return string(e.Where())
	}
}

// handle does one delivery, and tells the queue by the error's kind whether to try again and when.
func (w *work) handle(ctx context.Context, d queue.Delivery) error {
	ctx, end := w.tracer.Start(w.tracer.Resume(ctx, d.Trace), telemetry.Consumer, "work "+d.Kind,
		telemetry.Fact{Key: "event_id", Value: d.ID}, telemetry.Fact{Key: "attempt", Value: strconv.Itoa(d.Attempt)})
	err := w.run(ctx, d)
	end(err)
	return err
}

func (w *work) run(ctx context.Context, d queue.Delivery) error {
	ctx = withAttrs(ctx, slog.String("event_id", d.ID), slog.String("event_type", d.Kind), slog.Int("attempt", d.Attempt))
	event, err := bot.DecodeEvent(bot.EventID(d.ID), d.Kind, d.Payload)
	if err != nil {
		return queue.Permanent(err)
	}
	ctx, cancel := context.WithTimeout(ctx, runTimeout)
	defer cancel()
	err = w.dispatcher.Dispatch(ctx, bot.Delivery{
		Event: event, Attempt: d.Attempt, Redelivered: d.Redelivered, Last: d.Attempt >= w.maxAttempts,
	})
	return w.outcome(ctx, d, err)
}

// outcome tells the queue by the error's kind whether to try again, and when.
func (w *work) outcome(ctx context.Context, d queue.Delivery, err error) error {
	detail := bot.Detail(err)
	if err != nil && (detail.Kind == bot.RateLimited || detail.Kind == bot.Unavailable) && d.Attempt < w.maxAttempts {
		w.waits.Report(ctx, d.ID, err, slog.String("kind", detail.Kind.String()))
	} else {
		w.waits.Report(ctx, d.ID, nil)
		if err == nil {
			return nil
		}
		w.log.WarnContext(ctx, "work failed", "kind", detail.Kind.String(), "error", err)
	}
	switch {
	case detail.Kind == bot.RateLimited:
		return queue.RetryAt(w.now().Add(detail.RetryAfter), err)
	case bot.Retryable(err):
		return err
	default:
		return queue.Permanent(err)
	}
}

// newWork makes the queue of work; who does it, its dispatcher, comes later.
func newWork(config QueueConfig, s *store.Store, m *metrics, log *slog.Logger) (*work, error) {
	settings := queue.Config{
		Name: workQueue, Workers: config.Workers, PerKey: config.PerChat, Lease: config.Lease,
		MaxAttempts: config.MaxAttempts, Grace: grace, Puts: s.Durable(), BeforeAck: s.WaitReplicas, Logger: log, Observer: m,
	}
	if err := settings.Validate(); err != nil {
		return nil, err
	}
	return &work{
		queue: queue.New(s.Client(), settings), maxAttempts: config.MaxAttempts, log: log, now: time.Now,
		waits: newWorkWaits(log),
	}, nil
}

func newWorkWaits(log *slog.Logger) *bot.Incident {
	return bot.NewIncident(log, slog.LevelWarn, "work waits", "work goes on")
}
