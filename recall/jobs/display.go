package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"recallbot/bot"
)

const (
	// showAfter is how long a job runs before its progress is shown: what is done sooner needs no card.
	showAfter = time.Second
	// showEvery is the least time between two changes of the card.
	showEvery = 2050 * time.Millisecond
	// lastShow is how long a change that is under way may keep the end of the job waiting.
	lastShow = time.Second
)

// display shows a running job's progress beside its pages: they never wait for it.
type display struct {
	step   *step
	cancel context.CancelFunc
	ending chan struct{}
	done   chan struct{}
	close  func()

	mu  sync.Mutex
	job bot.Job
	// card is the newest card; settled is set once the card that asked offers nothing any more.
	card    bot.CardRef
	settled bool
}

// display begins to show the job; close ends that.
func (s *step) display(ctx context.Context) *display {
	ctx, cancel := context.WithCancel(ctx)
	d := &display{
		step: s, cancel: cancel, ending: make(chan struct{}), done: make(chan struct{}), job: s.job, card: s.job.Card,
	}
	d.close = sync.OnceFunc(d.end)
	go d.show(ctx, s.job)
	return d
}

// update is what the card shows next.
func (d *display) update(job bot.Job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.job = job
}

// into notes in the job what became of its cards.
func (d *display) into(job *bot.Job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	job.Card = d.card
	if d.settled {
		job.Offered = ""
	}
}

// end waits for the change that is under way, but not for long.
func (d *display) end() {
	defer d.cancel()
	close(d.ending)
	timer := time.NewTimer(lastShow)
	defer timer.Stop()
	select {
	case <-d.done:
		return
	case <-timer.C:
	}
	d.cancel()
	<-d.done
}

// show changes the card now and then until the job ends; first is the job as it was at the beginning.
func (d *display) show(ctx context.Context, first bot.Job) {
	defer close(d.done)
	d.settle(ctx, first)
	wait := showEvery
	if first.Card == (bot.CardRef{}) {
		wait = max(first.Began.Add(showAfter).Sub(d.step.Now()), 0)
	}
	unseen := bot.NewIncident(d.step.Log, slog.LevelWarn, "progress not shown", "progress shown again")
	for pause(ctx, d.ending, wait) {
		wait = showEvery
		d.mu.Lock()
		job := d.job
		job.Card = d.card
		d.mu.Unlock()
		ref, err := d.step.Board.Show(ctx, job, nil)
		unseen.Report(ctx, "", err, slog.String("job", string(job.ID)))
		if err != nil {
			wait = max(wait, bot.Detail(err).RetryAfter)
			continue
		}
		d.mu.Lock()
		d.card = ref
		d.mu.Unlock()
	}
}

// settle takes away what the card offered that asked. Where that fails, the end of the job does it.
func (d *display) settle(ctx context.Context, first bot.Job) {
	if first.Offered == "" {
		return
	}
	err := d.step.Board.Settle(ctx, first)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settled = err == nil
}
