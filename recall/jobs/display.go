package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"recallbot/bot"
)

const (
	// showAfter is how long a job runs before its progress is shown.
	showAfter = time.Second
	// showEvery is the time between two edits of the card.
	showEvery = 2050 * time.Millisecond
	// maxLastShow is how long the end of the job waits for an edit under way.
	maxLastShow = time.Second
)

// display shows a running job's progress concurrently with its pages.
type display struct {
	step   *step
	cancel context.CancelFunc
	ending chan struct{}
	done   chan struct{}
	close  func()

	mu  sync.Mutex
	job bot.Job
	// card is the newest card; settled is set once the card that asked has no buttons any more.
	card    bot.CardRef
	settled bool
}

// display starts showing the job, until close.
func (s *step) display(ctx context.Context) *display {
	ctx, cancel := context.WithCancel(ctx)
	d := &display{
		step: s, cancel: cancel, ending: make(chan struct{}), done: make(chan struct{}), job: s.job, card: s.job.Card,
	}
	d.close = sync.OnceFunc(d.end)
	go d.show(ctx, s.job)
	return d
}

// update sets what the card shows next.
func (d *display) update(job bot.Job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.job = job
}

// copyTo copies the state of the cards into the job.
func (d *display) copyTo(job *bot.Job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	job.Card = d.card
	if d.settled {
		job.Offered = ""
	}
}

// end waits for an edit under way, at most maxLastShow.
func (d *display) end() {
	defer d.cancel()
	close(d.ending)
	timer := time.NewTimer(maxLastShow)
	defer timer.Stop()
	select {
	case <-d.done:
		return
	case <-timer.C:
	}
	d.cancel()
	<-d.done
}

// show edits the card until the job ends; first is the job at the beginning.
func (d *display) show(ctx context.Context, first bot.Job) {
	defer close(d.done)
	d.settle(ctx, first)
	wait := showEvery
	if first.Card == (bot.CardRef{}) {
		wait = max(first.Began.Add(showAfter).Sub(d.step.Now()), 0)
	}
	notShown := bot.NewIncident(d.step.Log, slog.LevelWarn, "progress not shown", "progress shown again")
	for pause(ctx, d.ending, wait) {
		wait = showEvery
		d.mu.Lock()
		job := d.job
		job.Card = d.card
		d.mu.Unlock()
		ref, err := d.step.Board.Show(ctx, job, nil)
		notShown.Report(ctx, "", err, slog.String("job", string(job.ID)))
		if err != nil {
			wait = max(wait, bot.Detail(err).RetryAfter)
			continue
		}
		d.mu.Lock()
		d.card = ref
		d.mu.Unlock()
	}
}

// settle removes the buttons of the card that asked. After a failure the end of the job does it.
func (d *display) settle(ctx context.Context, first bot.Job) {
	if first.Offered == "" {
		return
	}
	err := d.step.Board.Settle(ctx, first)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settled = err == nil
}
