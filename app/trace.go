package app

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"recallbot/app/telemetry"
	"recallbot/bot"
)

// flushTimeout is how long the end of the bot waits for the receiver of the traces.
const flushTimeout = time.Second

// flush sends the last traces and closes the tracer. Lost traces are no failure.
func flush(ctx context.Context, tracer *telemetry.Tracer, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
	defer cancel()
	if err := tracer.Close(ctx); err != nil {
		log.InfoContext(ctx, "last traces not sent", "error", err)
	}
}

// tracedIntake is the intake with a span for each event.
type tracedIntake struct {
	*bot.Intake

	tracer *telemetry.Tracer
}

// Keep implements web.Intake.
func (i tracedIntake) Keep(ctx context.Context, e bot.Event) (bot.Kept, error) {
	if i.tracer == nil { // not even the span's name is made then
		return i.Intake.Keep(ctx, e)
	}
	ctx, end := i.tracer.Start(ctx, telemetry.Server, "event "+e.Type, telemetry.Fact{Key: "event_id", Value: string(e.ID)})
	kept, err := i.Intake.Keep(ctx, e)
	end(err, telemetry.Fact{Key: "kept", Value: string(kept)})
	return kept, err
}

// traceRequests gives each call of the API a span, with its status; nil where nothing is traced.
func traceRequests(tracer *telemetry.Tracer) func(ctx context.Context, operation string) (context.Context, func(status int)) {
	if tracer == nil {
		return nil
	}
	return func(ctx context.Context, operation string) (context.Context, func(status int)) {
		ctx, end := tracer.Start(ctx, telemetry.Server, "api "+operation)
		return ctx, func(status int) {
			var err error
			if status >= http.StatusInternalServerError {
				err = bot.Errorf(bot.Unavailable, "%s answers %d", operation, status)
			}
			end(err, telemetry.Fact{Key: "http.response.status_code", Value: strconv.Itoa(status)})
		}
	}
}

// traceCalls gives each call of the platform a span, with the platform's code and log id; nil where nothing is traced.
func traceCalls(tracer *telemetry.Tracer) func(context.Context, string) (context.Context, func(code int, logID string, err error)) {
	if tracer == nil {
		return nil
	}
	return func(ctx context.Context, api string) (context.Context, func(code int, logID string, err error)) {
		ctx, end := tracer.Start(ctx, telemetry.Client, "feishu "+api)
		return ctx, func(code int, logID string, err error) {
			end(err, telemetry.Fact{Key: "code", Value: strconv.Itoa(code)}, telemetry.Fact{Key: "log_id", Value: logID})
		}
	}
}
