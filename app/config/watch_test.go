package config_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"recallbot/app/config"
)

// write replaces a file atomically.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// link replaces a symbolic link atomically.
func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name+".new"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, dir, path string){
		"written in place": func(t *testing.T, _, path string) {
			t.Helper()
			if err := os.WriteFile(path, []byte("b"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"renamed into place": func(t *testing.T, _, path string) { t.Helper(); write(t, path, "b") },
		// The kubelet writes a directory for each version and points one link to it.
		"another version of a ConfigMap": func(t *testing.T, dir, _ string) {
			t.Helper()
			version(t, dir, "..2", "b")
			link(t, "..2", filepath.Join(dir, "..data"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "config.yaml")
			if name == "another version of a ConfigMap" {
				version(t, dir, "..1", "a")
				link(t, "..1", filepath.Join(dir, "..data"))
				link(t, filepath.Join("..data", "config.yaml"), path)
			} else {
				write(t, path, "a")
			}
			changed := watching(t, path)
			write(t, filepath.Join(dir, "another"), "c")
			change(t, dir, path)
			select {
			case <-changed:
			case <-time.After(time.Minute):
				t.Fatal("the change is not told")
			}
		})
	}
}

func version(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, name, "config.yaml"), text)
}

// watching watches until the test ends.
func watching(t *testing.T, paths ...string) <-chan struct{} {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	changed, was := make(chan struct{}, 1), config.Snapshot(paths)
	var group sync.WaitGroup
	group.Go(func() { config.Watch(ctx, was, paths, slog.New(slog.DiscardHandler), changed) })
	t.Cleanup(func() { cancel(); group.Wait() })
	return changed
}

// TestLost: a file that was there and is empty now is being written, and one that is gone is no configuration either.
func TestLost(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.yaml")
	write(t, path, "dry_run: true\n")
	was := config.Snapshot([]string{path, path + ".never"})
	if err := was.Lost(config.Snapshot([]string{path})); err != nil {
		t.Errorf("nothing has changed: %v", err)
	}
	write(t, path, "\n")
	empty := config.Snapshot([]string{path})
	if err := was.Lost(empty); err == nil {
		t.Error("an empty file passes for a configuration")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := empty.Or(was).Lost(config.Snapshot([]string{path})); err == nil {
		t.Error("a file that is gone passes for a configuration")
	}
}

func TestDifferAndTake(t *testing.T) {
	t.Parallel()
	a, b := sample{DryRun: true}, sample{DryRun: true}
	a.Server.Names = []string{}
	if keys := config.Differ(&a, &b); keys != nil {
		t.Errorf("%v differ between an empty list and none", keys)
	}
	b.Queue.Workers, b.Server.Names, b.DryRun = 3, []string{"x"}, false
	if got, want := config.Differ(&a, &b), []string{"server.names", "queue.workers", "dry_run"}; !slices.Equal(got, want) {
		t.Errorf("%v differ, want %v", got, want)
	}
	config.Take(&a, &b, []string{"queue.workers", "dry_run"})
	if got, want := config.Differ(&a, &b), []string{"server.names"}; !slices.Equal(got, want) {
		t.Errorf("%v differ after two were taken, want %v", got, want)
	}
}

// TestFiles: what is written to all the time, such as the file of the audit, is no part of the configuration.
func TestFiles(t *testing.T) {
	t.Parallel()
	var sample struct {
		Audit struct {
			File string `yaml:"file"`
			Key  string `yaml:"key"`
		} `yaml:"audit"`
	}
	environ := []string{
		"RECALLBOT_AUDIT_FILE=/var/log/audit.jsonl", "RECALLBOT_AUDIT_KEY_FILE=/run/secrets/key", "RECALLBOT_AUDIT_FILE_FILE=/run/where",
		"RECALLBOT_OTHER_FILE=/else", "HOME_FILE=/else",
	}
	want := []string{"config.yaml", "/run/where", "/run/secrets/key"}
	if got := config.Files("", environ, &sample); !slices.Equal(got, want) {
		t.Errorf("the files are %q, want %q", got, want)
	}
}
