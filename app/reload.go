package app

import (
	"context"
	"os"
	"slices"
	"sync"

	"recallbot/app/config"
	"recallbot/bot"
)

// Source is where the configuration comes from. It can be read again while the bot runs.
type Source struct {
	path    string
	environ []string
	paths   []string
	was     config.Contents
	hangup  <-chan os.Signal
}

// NewSource takes a snapshot of the files before they are read for the first time, so that no later change is missed. Path and
// environ are those of Load. A signal on hangup reloads even if no file has changed.
func NewSource(path string, environ []string, hangup <-chan os.Signal) *Source {
	paths := config.Files(path, environ, new(Config))
	return &Source{path, environ, paths, config.Snapshot(paths), hangup}
}

// Load is LoadValid.
func (s *Source) Load() (Config, error) { return LoadValid(s.path, s.environ) }

// Results of a reload, as the metric counts them.
const (
	reloadApplied   = "applied"
	reloadUnchanged = "unchanged"
	reloadInvalid   = "invalid"
)

// follow reads the configuration again when its files change or on a hangup, until ctx is done. What can change in a running
// bot does; the rest is named in the log. A configuration that is not right changes nothing.
func (a *App) follow(ctx context.Context) {
	if a.source == nil {
		return
	}
	var watching sync.WaitGroup
	defer watching.Wait()
	running, was, changed := a.config, a.source.was, make(chan struct{}, 1)
	watching.Go(func() { config.Watch(ctx, was, a.source.paths, a.log, changed) })
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-a.source.hangup:
		}
		now := config.Snapshot(a.source.paths)
		running = a.reload(ctx, running, was.Lost(now))
		was = now.Or(was)
	}
}

// reload gives the configuration that the bot uses from now on. Lost is why the files must not be used now.
func (a *App) reload(ctx context.Context, running Config, lost error) Config {
	next, err := a.source.Load()
	if lost != nil {
		err = lost
	}
	if err == nil {
		var changed []string
		if changed, err = a.change(ctx, &running, next); err == nil {
			a.reloaded(ctx, changed)
			return running
		}
	}
	a.metrics.reloads.WithLabelValues(reloadInvalid).Inc()
	a.metrics.confValid.Set(0)
	a.log.ErrorContext(ctx, "configuration invalid, the old one stays", "error", err)
	return running
}

// change puts the settings that can change into force, and names those that changed.
func (a *App) change(ctx context.Context, running *Config, next Config) ([]string, error) {
	differ := config.Differ(running, &next)
	changed := slices.DeleteFunc(slices.Clone(differ), func(key string) bool { return !slices.Contains(liveKeys(), key) })
	mixed := *running
	config.Take(&mixed, &next, changed)
	if err := a.live.set(mixed); err != nil {
		return nil, bot.Errorf(bot.Invalid, "apply the configuration: %w", err)
	}
	setLevel(a.log, mixed.Log)
	*running = mixed
	if fixed := config.Differ(running, &next); len(fixed) > 0 {
		a.log.WarnContext(ctx, "changed settings need a restart", "settings", fixed)
	}
	return changed, nil
}

func (a *App) reloaded(ctx context.Context, changed []string) {
	result := reloadApplied
	if len(changed) == 0 {
		result = reloadUnchanged
	}
	a.metrics.reloads.WithLabelValues(result).Inc()
	a.metrics.confValid.Set(1)
	a.log.InfoContext(ctx, "configuration reloaded", "changed", changed, "result", result)
}
