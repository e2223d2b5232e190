package config

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"recallbot/bot"
)

const (
	// quietTime is how long the files must be unchanged before they are read: an editor may write in several steps.
	quietTime = 300 * time.Millisecond
	// pollEvery finds changes without an event: of a link of a parent directory, on a file system without events.
	pollEvery = 30 * time.Second
	// maxLinks is the maximum of links that are followed to a file, as in the kernel.
	maxLinks = 40
)

// Files are the files that Load reads: the configuration, whether it exists or not, and the files that _FILE variables name.
// Files that a setting names, such as a log, are not included.
func Files(path string, environ []string, config any) []string {
	if path == "" {
		path = defaultFile
	}
	files := []string{path}
	vars := variables(environ)
	for _, l := range leaves(reflect.ValueOf(config).Elem(), nil) {
		if file := vars[l.env()+fileSuffix]; file != "" {
			files = append(files, file)
		}
	}
	return files
}

// Contents are the hashes of files by path, without files that are empty or can't be read.
type Contents map[string][sha256.Size]byte

// Snapshot reads the files.
func Snapshot(paths []string) Contents {
	contents := Contents{}
	for _, path := range paths {
		text, err := os.ReadFile(path) //nolint:gosec // the path is the operator's own
		if err == nil && strings.TrimSpace(string(text)) != "" {
			contents[path] = sha256.Sum256(text)
		}
	}
	return contents
}

// Lost returns an error for a file that is now empty or missing. It may be just being written, so that defaults must not
// replace it.
func (c Contents) Lost(now Contents) error {
	for _, path := range slices.Sorted(maps.Keys(c)) {
		if _, ok := now[path]; !ok {
			return bot.Errorf(bot.Invalid, "%s is empty or gone", path)
		}
	}
	return nil
}

// Or adds the files that only an older snapshot has.
func (c Contents) Or(older Contents) Contents {
	all := maps.Clone(older)
	maps.Copy(all, c)
	return all
}

// Watch sends on changed when the contents of the files differ from was, until ctx is done: written in place, renamed into
// place, or by another link, as Kubernetes does. Changes before the receiver is ready are sent once.
func Watch(ctx context.Context, was Contents, paths []string, log *slog.Logger, changed chan<- struct{}) {
	w := &watch{paths: paths, was: was, events: &fsnotify.Watcher{}, log: log}
	if watcher, err := fsnotify.NewWatcher(); err != nil {
		log.WarnContext(ctx, "configuration files polled: changes can't be watched", "error", err)
	} else {
		w.events = watcher
		defer func() { _ = watcher.Close() }()
	}
	for w.watchDirs(); ctx.Err() == nil; w.next(ctx) {
		w.look(ctx, changed)
	}
}

type watch struct {
	paths  []string
	was    Contents
	events *fsnotify.Watcher
	log    *slog.Logger
}

// next waits for an event or pollEvery.
func (w *watch) next(ctx context.Context) {
	timer := time.NewTimer(pollEvery)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-w.events.Events:
	case err := <-w.events.Errors:
		w.log.DebugContext(ctx, "changes of files may have been missed", "error", err)
	case <-timer.C:
	}
}

// look signals a change once the files are stable and differ from before.
func (w *watch) look(ctx context.Context, changed chan<- struct{}) {
	now, ok := w.awaitQuiet(ctx)
	if !ok || maps.Equal(now, w.was) {
		return
	}
	w.watchDirs()
	w.was = now
	select {
	case changed <- struct{}{}:
	default: // a change is signalled already
	}
}

// awaitQuiet waits until the files have been unchanged for quietTime, and returns their contents. It reports false if ctx ends first.
func (w *watch) awaitQuiet(ctx context.Context) (Contents, bool) {
	for seen := Snapshot(w.paths); ; {
		if bot.Sleep(ctx, quietTime) != nil {
			return nil, false
		}
		now := Snapshot(w.paths)
		if maps.Equal(now, seen) {
			return now, true
		}
		seen = now
	}
}

// watchDirs watches the directories of the files and of the links to them. It may be called again.
func (w *watch) watchDirs() {
	if w.events.Events == nil {
		return
	}
	for _, path := range w.paths {
		for range maxLinks {
			_ = w.events.Add(filepath.Dir(path)) // pollEvery covers what can't be watched
			target, err := os.Readlink(path)
			if err != nil {
				break
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(filepath.Dir(path), target)
			}
			path = target
		}
	}
}
