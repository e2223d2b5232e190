package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"recallbot/app/telemetry"
	"recallbot/audit"
	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/store"
)

// simulatedSteps is how many steps of jobs are run at most.
const simulatedSteps = 20

// Simulate prints what the bot would do about an event, encrypted or decrypted, and why. It reads from the platform and from Redis
// and changes neither: calls that would change something are not sent, and writes go to a copy of the store. An event that was
// handled already is handled as a new one.
func Simulate(ctx context.Context, config Config, event []byte, out io.Writer) error {
	config.Server.Listen, config.Audit.File, config.Telemetry = "127.0.0.1:0", "", telemetry.Defaults()
	config.Server.DebugListen = ""
	s := &simulation{out: out}
	a, err := build(ctx, config, nil, slog.New(slog.DiscardHandler), s)
	if err != nil {
		return err
	}
	return errors.Join(s.run(ctx, a, event), a.Close())
}

// simulation prints what a bot would do, in place of doing it. A nil simulation does nothing, and the bot acts.
type simulation struct {
	out io.Writer

	mu    sync.Mutex
	steps []bot.JobID
}

func (s *simulation) print(what, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, "%-9s %s\n", what, fmt.Sprintf(format, args...))
}

func (s *simulation) run(ctx context.Context, a *App, body []byte) error {
	if self, err := a.client.Self(ctx); err != nil {
		s.print("unknown", "who we are: %v", err)
	} else {
		a.opener.SetSelf(self)
	}
	envelope, err := a.opener.OpenFile(body)
	if err != nil {
		return err
	}
	event := envelope.Event
	s.print("event", "%s %s", event.Type, event.ID)
	if said, ok := event.Body.(bot.Said); ok && said.Command != nil {
		s.print("command", "%s by %s in %s", said.Command.Verb, said.By, said.Message.Chat)
	}
	kept, err := a.intake.Keep(ctx, event)
	if err != nil {
		return err
	}
	if s.print("kept", "%s", kept); kept != bot.KeptQueued {
		s.print("end", "nothing to do about it")
		return nil
	}
	delivery := bot.Delivery{Event: event, Attempt: 1, Last: true}
	if err := a.dispatcher.Dispatch(ctx, delivery); err != nil {
		s.print("failed", "%v (%s)", err, bot.KindOf(err))
	}
	if err := s.runJobs(ctx, a); err != nil {
		return err
	}
	s.print("end", "nothing was sent and nothing kept")
	return nil
}

// runJobs runs the steps of the jobs that began, until they wait for a person.
func (s *simulation) runJobs(ctx context.Context, a *App) error {
	for range simulatedSteps {
		id, ok := s.next()
		if !ok {
			return nil
		}
		if err := a.jobs.Step(ctx, id); err != nil {
			s.print("failed", "job %s: %v", id, err)
		}
		job, err := a.jobs.Find(ctx, id)
		if err != nil {
			return err
		}
		s.print("job", "%s %s: %s, %d messages %v", job.Kind, id, job.State, job.Total, job.Counts)
	}
	return nil
}

func (s *simulation) next() (bot.JobID, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.steps) == 0 {
		return "", false
	}
	id := s.steps[0]
	s.steps = s.steps[1:]
	return id, true
}

// step notes that a job has a next step.
func (s *simulation) step(id bot.JobID) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = append(s.steps, id)
}

// storeOpener opens the store.
type storeOpener func(context.Context, store.RedisConfig, store.Config, *slog.Logger) (*store.Store, error)

// opener is store.Open; in a simulation it opens a copy.
func (s *simulation) opener() storeOpener {
	if s == nil {
		return store.Open
	}
	return func(ctx context.Context, at store.RedisConfig, config store.Config, log *slog.Logger) (*store.Store, error) {
		return store.OpenCopy(ctx, at, config, log, QueueNames())
	}
}

// calls prints the platform's calls, and does not send those that would change something.
func (s *simulation) calls(settings *feishu.Config) {
	if s == nil {
		return
	}
	settings.Hold = func() bool { return true }
	settings.OnHeld = func(c feishu.HeldCall) { s.print("would", "%s %s %s", c.Method, c.Path, c.Body) }
	settings.Observe = func(api string, code int, _ time.Duration) { s.print("asked", "%s: code %d", api, code) }
}

// decisions prints each decision, besides the observer.
func (s *simulation) decisions(observe func(audit.Entry)) func(audit.Entry) {
	if s == nil {
		return observe
	}
	return func(e audit.Entry) {
		observe(e)
		s.print("decision", "%s %s: rule %s, reason %q, by %s, code %d", e.Result, e.Message, e.Rule, e.Reason, e.Via, e.Code)
	}
}
