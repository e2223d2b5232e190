package config_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"recallbot/app/config"
)

type sample struct {
	Server struct {
		Listen string   `yaml:"listen"`
		Names  []string `yaml:"names"`
	} `yaml:"server"`
	Queue  inner `yaml:"queue"`
	DryRun bool  `yaml:"dry_run"`
}

type inner struct {
	Deep `yaml:",inline"`

	Lease time.Duration `yaml:"lease"`
}

type Deep struct {
	Workers int `yaml:"workers"`
}

func TestAFileThatSetsNothingLeavesTheDefaults(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n", "# nothing yet\n", "---\n", "queue:\n", "queue: {}\n", "queue:\n  workers:\n"} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c := sample{Queue: inner{Deep: Deep{Workers: 7}, Lease: time.Second}, DryRun: true}
		if err := config.Load(path, nil, &c); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if c.Queue.Workers != 7 || c.Queue.Lease != time.Second || !c.DryRun {
			t.Errorf("%q changes the defaults to %+v", text, c)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("server: {listen: ':1', names: [a, b]}\nqueue:\n  lease: 3s\n  workers: 2\ndry_run: true\n", "RECALLBOT_QUEUE_WORKERS=3")
	f.Add("server:\n  listen: &a x\n  names: [*a]\n", "RECALLBOT_SERVER_NAMES=,,")
	f.Add("a: &a [*a]", "RECALLBOT_DRY_RUN=perhaps")
	f.Add("server: 1\n---\nqueue: {lease: -}\n", "RECALLBOT_QUEUE_LEASE=1h")
	path := filepath.Join(f.TempDir(), "config.yaml")
	f.Fuzz(func(t *testing.T, text, entry string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var c sample
		before := c
		if err := config.Load(path, []string{entry}, &c); err == nil && text == "" && entry == "" && c.Queue != before.Queue {
			t.Errorf("nothing set changes %+v to %+v", before, c)
		}
	})
}
