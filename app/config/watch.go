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
	// settle is how long the files must rest before they are looked at: an editor may write in several steps.
	settle = 300 * time.Millisecond
	// lookEvery finds what no event tells: a link of a directory above, a file system without events.
	lookEvery = 30 * time.Second
	// maxLinks is how many links may lead to a file, as in the kernel.
	maxLinks = 40
)

// Files are those that Load reads: that of the configuration, whether it is there or not, and those that variables name
// in the place of a setting. A setting that is itself the name of a file, such as a log's, is none of these.
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

// Contents tells versions of files apart. A file that is empty or can't be read is not in it.
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

// Lost says which files were there and are now empty or gone: that is no configuration but one that is just being
// written, and defaults must not take its place.
func (c Contents) Lost(now Contents) error {
	for _, path := range slices.Sorted(maps.Keys(c)) {
		if _, ok := now[path]; !ok {
			return bot.Errorf(bot.Invalid, "%s is empty or gone", path)
		}
	}
	return nil
}

// Or adds the files of an older snapshot that are in this one no more.
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
		log.WarnContext(ctx, "files are looked at from time to time: their changes can't be watched", "error", err)
	} else {
		w.events = watcher
		defer func() { _ = watcher.Close() }()
	}
	for w.aim(); ctx.Err() == nil; w.next(ctx) {
		w.look(ctx, changed)
	}
}

type watch struct {
	paths  []string
	was    Contents
	events *fsnotify.Watcher
	log    *slog.Logger
}

// next waits until something may have happened.
func (w *watch) next(ctx context.Context) {
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-w.events.Events:
	case err := <-w.events.Errors:
		w.log.DebugContext(ctx, "changes of files may have been missed", "error", err)
	case <-timer.C:
	}
}

// look tells if the files hold something else than before, once they rest.
func (w *watch) look(ctx context.Context, changed chan<- struct{}) {
	now, ok := w.rest(ctx)
	if !ok || maps.Equal(now, w.was) {
		return
	}
	w.aim()
	w.was = now
	select {
	case changed <- struct{}{}:
	default: // it is known already that something has changed
	}
}

// rest waits until the files hold the same for a while, and gives that; it reports false when ctx is done before.
func (w *watch) rest(ctx context.Context) (Contents, bool) {
	for seen := Snapshot(w.paths); ; {
		if bot.Sleep(ctx, settle) != nil {
			return nil, false
		}
		now := Snapshot(w.paths)
		if maps.Equal(now, seen) {
			return now, true
		}
		seen = now
	}
}

// aim watches the directories of the files and of the links to them. Those that are watched already stay so.
func (w *watch) aim() {
	if w.events.Events == nil {
		return
	}
	for _, path := range w.paths {
		for range maxLinks {
			_ = w.events.Add(filepath.Dir(path)) // what can't be watched is looked at
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
