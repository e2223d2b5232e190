package app

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"recallbot/app/telemetry"
	"recallbot/bot"
	"recallbot/feishu"
)

// flushTimeout is how long the end of the bot waits for the receiver of the traces.
const flushTimeout = time.Second

// openTracer makes the tracer; what it still holds is sent at the end.
func (a *App) openTracer(ctx context.Context) error {
	tracer, err := telemetry.New(ctx, a.config.Telemetry, a.log)
	if err != nil {
		return err
	}
	a.tracer = tracer
	a.push("telemetry", func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
		defer cancel()
		if err := tracer.Close(ctx); err != nil { // lost traces are no reason to fail
			a.log.InfoContext(ctx, "last traces not sent", "error", err)
		}
		return nil
	})
	return nil
}

// tracedKeeper is the intake with a span for each event.
type tracedKeeper struct {
	*bot.Intake

	tracer *telemetry.Tracer
}

// Keep implements web.Keeper.
func (k tracedKeeper) Keep(ctx context.Context, e bot.Event) (bot.Kept, error) {
	if k.tracer == nil { // not even the span's name is made then
		return k.Intake.Keep(ctx, e)
	}
	ctx, end := k.tracer.Start(ctx, telemetry.Server, "event "+e.Type, telemetry.Fact{Key: "event_id", Value: string(e.ID)})
	kept, err := k.Intake.Keep(ctx, e)
	end(err, telemetry.Fact{Key: "kept", Value: string(kept)})
	return kept, err
}

// traceRequests gives each call of the API a span, with its status; nil where nothing is traced.
func (a *App) traceRequests() func(ctx context.Context, operation string) (context.Context, func(status int)) {
	if a.tracer == nil {
		return nil
	}
	return func(ctx context.Context, operation string) (context.Context, func(status int)) {
		ctx, end := a.tracer.Start(ctx, telemetry.Server, "api "+operation)
		return ctx, func(status int) {
			var err error
			if status >= http.StatusInternalServerError {
				err = bot.Errorf(bot.Unavailable, "%s answers %d", operation, status)
			}
			end(err, telemetry.Fact{Key: "http.response.status_code", Value: strconv.Itoa(status)})
		}
	}
}

// traceCalls gives each call of the platform a span, with the platform's code and log id.
func (a *App) traceCalls(settings *feishu.Config) {
	if a.tracer == nil {
		return
	}
	settings.Trace = func(ctx context.Context, api string) (context.Context, func(code int, logID string, err error)) {
		ctx, end := a.tracer.Start(ctx, telemetry.Client, "feishu "+api)
		return ctx, func(code int, logID string, err error) {
			end(err, telemetry.Fact{Key: "code", Value: strconv.Itoa(code)}, telemetry.Fact{Key: "log_id", Value: logID})
		}
	}
}
