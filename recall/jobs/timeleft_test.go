package jobs_test

import (
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/recall/jobs"
)

func TestTimeLeft(t *testing.T) {
	t.Parallel()
	began := time.Unix(1000, 0)
	for name, tt := range map[string]struct {
		job  bot.Job
		took time.Duration
		want time.Duration
	}{
		"not begun":               {bot.Job{Total: 500}, 0, 10 * time.Second},
		"no progress yet":         {bot.Job{Total: 500, Began: began}, time.Minute, 10 * time.Second},
		"slower than the limits":  {bot.Job{Total: 500, Next: 100, Began: began}, 10 * time.Second, 40 * time.Second},
		"a burst of a few":        {bot.Job{Total: 500, Next: 100, Began: began}, time.Second, 8 * time.Second},
		"more than in one minute": {bot.Job{Total: 2000, Next: 500, Began: began}, 10 * time.Second, 70 * time.Second},
		"complete":                {bot.Job{Total: 500, Next: 500, Began: began}, 10 * time.Second, 0},
	} {
		if got := jobs.TimeLeft(tt.job, began.Add(tt.took)); got != tt.want {
			t.Errorf("%s: TimeLeft = %s, want %s", name, got, tt.want)
		}
	}
}
