package jobs_test

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/recalltest"
)

// cleanHarness has the dependencies of a clean-up. Messages are om_0, om_1 and so on; answers are the recaller's results of the next
// requests for one of them, and afterwards all go well.
type cleanHarness struct {
	mu      sync.Mutex
	found   []bot.Seen
	targets []bot.Target
	failed  []int
	shown   []bot.MessageID
	gone    map[bot.MessageID]bool
	answers map[bot.MessageID][]recallResult
	asked   map[bot.MessageID]int
	// slow is how much longer than usual a recall takes.
	slow map[bot.MessageID]time.Duration
	last []bot.MessageID
	// before is the failure that the last attempt was told.
	before error
	// unrecorded is recalled by a request that breaks off before it is recorded.
	unrecorded bot.MessageID
	work       map[bot.EventID]bool
	down       error
	kept       []bot.MessageID
	lost       map[bot.MessageID]bot.Cause
	dropped    []bot.MessageID
	atOnce     int
	most       int
}

// recallResult is the result of a request to the recaller.
type recallResult struct {
	out recall.Outcome
	err error
}

func newWorkbench(n int) *cleanHarness {
	b := &cleanHarness{
		gone: map[bot.MessageID]bool{}, answers: map[bot.MessageID][]recallResult{}, asked: map[bot.MessageID]int{}, slow: map[bot.MessageID]time.Duration{},
		work: map[bot.EventID]bool{}, lost: map[bot.MessageID]bot.Cause{},
	}
	for i := range n {
		m := bot.Message{ID: om(i), Chat: recalltest.Here, Kind: bot.KindOwn}
		b.found = append(b.found, bot.Seen{Message: m, Body: "{}"})
		b.targets = append(b.targets, bot.Target{Message: m})
	}
	return b
}

func om(i int) bot.MessageID { return bot.MessageID("om_" + strconv.Itoa(i)) }

func (b *cleanHarness) worker() *jobs.Clean {
	return jobs.NewClean(jobs.CleanDeps{
		Select: b.Select, Targets: b, Failed: b.Failed, Previews: b, Recall: b.Recall, Find: b.Find, Archive: b, Now: time.Now,
	})
}

func (b *cleanHarness) Select(
	ctx context.Context, _ bot.Job, take func(context.Context, []bot.Seen) error,
) (bot.Preview, error) {
	for page := range slices.Chunk(b.found, 50) {
		if err := take(ctx, page); err != nil {
			return bot.Preview{}, err
		}
	}
	return bot.Preview{Total: len(b.found)}, nil
}

func (b *cleanHarness) Reset(_ context.Context, job bot.Job) error {
	b.targets = nil
	if job.State == bot.JobNew {
		b.shown = nil
	}
	return nil
}

func (b *cleanHarness) Append(_ context.Context, _ bot.Job, targets []bot.Target) error {
	b.targets = append(b.targets, targets...)
	return nil
}

func (b *cleanHarness) Page(_ context.Context, _ bot.Job, from, n int) ([]bot.Target, error) {
	return slices.Clone(b.targets[from:min(from+n, len(b.targets))]), nil
}

func (b *cleanHarness) Arrange(_ context.Context, _ bot.Job, from int, targets []bot.Target) error {
	copy(b.targets[from:], targets)
	return nil
}

func (b *cleanHarness) Fail(_ context.Context, _ bot.Job, _, _ int, failed []int) error {
	b.failed = append(b.failed, failed...)
	return nil
}

func (b *cleanHarness) Failed(_ context.Context, _ bot.Job, skip, n int) ([]bot.Target, error) {
	all := []bot.Target{{Message: bot.Message{ID: "om_7"}}, {Message: bot.Message{ID: "om_9"}}}
	return all[min(skip, len(all)):min(skip+n, len(all))], nil
}

func (b *cleanHarness) Show(_ context.Context, _ bot.Job, ids []bot.MessageID) error {
	b.shown = append(b.shown, ids...)
	return nil
}

func (b *cleanHarness) Shown(_ context.Context, _ bot.Job, ids []bot.MessageID) ([]bool, error) {
	shown := make([]bool, len(ids))
	for i, id := range ids {
		shown[i] = slices.Contains(b.shown, id)
	}
	return shown, nil
}

func (b *cleanHarness) Keep(
	_ context.Context, _ bot.JobID, _ bot.ChatID, posts []bot.Seen, lost map[bot.MessageID]bot.Cause,
) error {
	for _, m := range posts {
		b.kept = append(b.kept, m.ID)
	}
	maps.Copy(b.lost, lost)
	return nil
}

func (b *cleanHarness) Drop(_ context.Context, _ bot.JobID, _ bot.ChatID, ids []bot.MessageID) error {
	b.dropped = append(b.dropped, ids...)
	return nil
}

func (b *cleanHarness) Find(_ context.Context, id bot.MessageID) (bot.Message, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bot.Message{ID: id, Gone: b.gone[id]}, b.gone[id], nil
}

func (b *cleanHarness) Recall(_ context.Context, req recall.Request) (recall.Outcome, error) {
	b.mu.Lock()
	b.atOnce++
	b.most = max(b.most, b.atOnce)
	b.mu.Unlock()
	<-time.After(20*time.Millisecond + b.slow[req.Target])
	b.mu.Lock()
	defer b.mu.Unlock()
	b.atOnce--
	b.work[req.CauseID] = true
	if req.Known.Gone {
		return recall.Outcome{Result: bot.Done}, nil
	}
	b.asked[req.Target]++
	if req.Last {
		b.last, b.before = append(b.last, req.Target), req.Before
		return recall.Outcome{Result: bot.Failed, Reason: bot.ReasonUnavailable}, recalltest.ErrFaulty
	}
	if b.down != nil {
		return recall.Outcome{}, b.down
	}
	if queued := b.answers[req.Target]; len(queued) > 0 {
		b.answers[req.Target] = queued[1:]
		return queued[0].out, queued[0].err
	}
	if b.gone[req.Target] && !req.Redelivered {
		return recall.Outcome{Result: bot.AlreadyGone}, nil
	}
	b.gone[req.Target] = true
	if req.Target == b.unrecorded {
		b.unrecorded = ""
		return recall.Outcome{}, recalltest.ErrFaulty
	}
	return recall.Outcome{Result: bot.Done}, nil
}

// page settles the first page of a job.
func (b *cleanHarness) page(t *testing.T, again bool, stop chan struct{}) (int, bot.Counts, error) {
	t.Helper()
	job := bot.Job{ID: "job", Chat: recalltest.Here, State: bot.JobRunning, Total: len(b.targets)}
	return b.worker().Page(t.Context(), job, again, stop)
}

func wantPage(t *testing.T, settled, want int, counts, wantCounts bot.Counts) {
	t.Helper()
	if settled != want {
		t.Errorf("%d settled, want %d", settled, want)
	}
	if diff := cmp.Diff(wantCounts, counts); diff != "" {
		t.Errorf("counts: -want +got\n%s", diff)
	}
}

func busy(wait time.Duration) recallResult {
	return recallResult{err: &bot.Error{Kind: bot.RateLimited, RetryAfter: wait}}
}
