package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
	"recallbot/recall/recalltest"
)

// errDied is what everything answers once the process is dead.
var errDied = bot.Errorf(bot.Unavailable, "the process is dead")

// harness has everything that jobs need: Redis, the platform and the workers, in memory. The process crashes after life
// writes, and a new one finds what was stored.
type harness struct {
	mu      sync.Mutex
	jobs    map[bot.JobID]bot.Job
	line    []bot.JobID
	holder  map[bot.JobID]string
	stops   map[bot.JobID]bool
	due     []item
	keys    int
	refused []string
	told    map[bot.JobID]int
	deny    map[bot.UserID]bool
	over    map[bot.TokenID]bool
	set     bot.Settings
	alone   bot.UserID
	// chats are the numbers of messages by chat, for a recall of posts; epoch counts the recalls of groups.
	chats map[bot.ChatID]int
	epoch int

	// total is what gathering finds, left what the second gathering finds of it, done what each message met. begun counts
	// the second gatherings; unseen is what none of them could look at.
	total, left int
	begun       int
	unseen      []bot.Unseen
	gatherErr   error
	done        map[int]int
	pageErr     error
	pageTime    time.Duration
	again       int
	running     int
	maxAtOnce   int

	// worker does the clean-ups where it is set.
	worker jobs.Worker

	said     []string
	boardErr error
	// life is the number of writes before the process crashes; negative: it never does.
	life int
}

type item struct {
	id bot.JobID
	at time.Time
}

func newHarness() *harness {
	return &harness{
		jobs: map[bot.JobID]bot.Job{}, holder: map[bot.JobID]string{}, stops: map[bot.JobID]bool{},
		told: map[bot.JobID]int{}, deny: map[bot.UserID]bool{}, over: map[bot.TokenID]bool{}, done: map[int]int{}, total: 5, left: -1, life: -1, pageTime: 10 * time.Millisecond,
	}
}

// acts counts a write. It returns an error if the process has crashed.
func (d *harness) acts() error {
	if d.life == 0 {
		return errDied
	}
	d.life--
	return nil
}

func (d *harness) Create(_ context.Context, job bot.Job) (bot.Job, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if kept, ok := d.jobs[job.ID]; ok {
		return kept, nil
	}
	job.Version = 1
	d.jobs[job.ID] = job
	return job, d.acts()
}

func (d *harness) Load(_ context.Context, id bot.JobID) (bot.Job, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	job, ok := d.jobs[id]
	if !ok {
		return bot.Job{}, bot.Errorf(bot.NotFound, "no job %s", id)
	}
	return job, nil
}

func (d *harness) Save(_ context.Context, job *bot.Job) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.acts(); err != nil {
		return false, err
	}
	if d.jobs[job.ID].Version != job.Version {
		return false, nil
	}
	job.Version++
	kept := *job
	kept.Preview.Groups = nil // what messages say is not kept
	d.jobs[job.ID] = kept
	inLine := job.State == bot.JobWaiting || job.State == bot.JobRunning
	if !inLine {
		d.line = slices.DeleteFunc(d.line, func(id bot.JobID) bool { return id == job.ID })
	} else if !slices.Contains(d.line, job.ID) {
		d.line = append(d.line, job.ID)
	}
	return true, nil
}

func (d *harness) Line(context.Context, bot.ChatID) ([]bot.JobID, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.line), nil
}

// Asking gives the jobs that ask a person.
func (d *harness) Asking(context.Context, bot.ChatID) ([]bot.JobID, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var ids []bot.JobID
	for id, job := range d.jobs {
		if job.State == bot.JobAsked || job.State == bot.JobApproval {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (d *harness) Leave(_ context.Context, _ bot.ChatID, id bot.JobID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.line = slices.DeleteFunc(d.line, func(other bot.JobID) bool { return id == other })
	return nil
}

func (d *harness) Hold(
	_ context.Context, _ bot.ChatID, id bot.JobID, holder string, _ time.Duration,
) (held, stopped bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := d.holder[id]; now != "" && now != holder {
		return false, d.stops[id], nil
	}
	d.holder[id] = holder
	return true, d.stops[id], nil
}

func (d *harness) Release(_ context.Context, _ bot.ChatID, id bot.JobID, holder string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.holder[id] == holder {
		delete(d.holder, id)
	}
	return nil
}

func (d *harness) Stop(_ context.Context, _ bot.ChatID, id bot.JobID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stops[id] = true
	return nil
}

func (d *harness) Put(ctx context.Context, id bot.JobID) error { return d.PutAt(ctx, id, time.Now()) }

func (d *harness) PutAt(_ context.Context, id bot.JobID, at time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.acts(); err != nil {
		return err
	}
	d.due = append(d.due, item{id, at})
	return nil
}

// MayBy allows every token that reaches the chat.
func (d *harness) MayBy(by *bot.Principal, chat bot.ChatID) policy.Decision {
	return policy.Decision{Allow: policy.Reaches(by, chat), Rule: policy.RuleTeam, Reason: bot.ReasonNoRight}
}

// Current gives what the token may now: nothing once it is denied.
func (d *harness) Current(_ context.Context, by *bot.Principal) (*bot.Principal, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := *by
	now.Over = d.over[by.Token]
	return &now, nil
}

func (d *harness) May(_ context.Context, who bot.UserID, _ bot.ChatID, _ bool) (policy.Decision, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.deny[who] {
		return policy.Decision{Rule: policy.RuleNobody, Reason: bot.ReasonNoSay}, nil
	}
	return policy.Decision{Allow: true, Rule: policy.RuleOwner}, nil
}

// Alone reports the people of alone.
func (d *harness) Alone(_ context.Context, who bot.UserID, _ bot.ChatID, _ bool) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return who == d.alone, nil
}

func (d *harness) Refuse(_ context.Context, req recall.Request, _ policy.Rule, reason bot.Reason) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refused = append(d.refused, string(req.Who)+" "+string(reason))
	return nil
}

func (d *harness) Settings(context.Context, bot.ChatID) (bot.Settings, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.set, nil
}

func (d *harness) NextEpoch(context.Context, bot.TeamID, bot.GroupID, bot.UserID) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.epoch++
	return d.epoch, d.acts()
}

func (d *harness) Gather(ctx context.Context, job *bot.Job) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gatherErr != nil || ctx.Err() != nil {
		return d.gatherErr
	}
	job.Total, job.Chats = d.total, d.chats
	if job.State == bot.JobRunning {
		d.begun++
	}
	if job.State == bot.JobRunning && d.left >= 0 {
		job.Total = d.left
	}
	job.Preview = bot.Preview{Total: job.Total, Groups: []bot.Group{{Text: "the newest"}}, Unseen: d.unseen}
	return nil
}

func (d *harness) Page(_ context.Context, job bot.Job, again bool, stop <-chan struct{}) (int, bot.Counts, error) {
	d.mu.Lock()
	d.running++
	d.maxAtOnce = max(d.maxAtOnce, d.running)
	d.mu.Unlock()
	wait := time.NewTimer(d.pageTime)
	defer wait.Stop()
	stopped := false
	select {
	case <-wait.C:
	case <-stop:
		stopped = true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running--
	if err := d.pageErr; err != nil || stopped {
		return 0, nil, err
	}
	if again {
		d.again++
	}
	n := min(50, job.Total-job.Next)
	counts := bot.Counts{}
	for i := range n {
		if err := d.acts(); err != nil {
			return 0, nil, err
		}
		if d.done[job.Next+i]++; d.done[job.Next+i] == 1 || again {
			counts[bot.CauseRecalled]++
		} else {
			counts[bot.CauseGone]++
		}
	}
	return n, counts, nil
}

func (d *harness) show(format string, args ...any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.acts(); err != nil {
		return err
	}
	if d.boardErr != nil {
		return d.boardErr
	}
	d.said = append(d.said, fmt.Sprintf(format, args...))
	return nil
}

var errNoQuote = errors.New("the card that asks quotes nothing")

// shows is the harness's board.
type shows struct{ *harness }

func (s shows) Ask(_ context.Context, job bot.Job) (bot.CardRef, error) {
	if job.State == bot.JobAsked && len(job.Preview.Groups) == 0 {
		return bot.CardRef{}, errNoQuote
	}
	return bot.CardRef{ID: "om_ask"}, s.show("ask %s %d", job.State, job.Total)
}

func (s shows) Show(_ context.Context, _ bot.Job, ahead *bot.Job) (bot.CardRef, error) {
	if ahead != nil {
		return bot.CardRef{ID: "om_card"}, s.show("wait")
	}
	return bot.CardRef{ID: "om_card"}, s.show("progress")
}

func (s shows) Settle(_ context.Context, job bot.Job) error { return s.show("settle %s", job.State) }

func (s shows) Update(_ context.Context, job bot.Job) error { return s.show("update %s", job.ID) }

func (s shows) End(_ context.Context, job bot.Job) error {
	if job.Told {
		return s.show("remove")
	}
	return s.show("end %s %d/%d", job.State, job.Next, job.Total)
}

// process is the jobs of one replica.
func (d *harness) process() *jobs.Engine {
	clean := d.worker
	if clean == nil {
		clean = d
	}
	return jobs.New(jobs.Config{Log: slog.New(slog.DiscardHandler), Now: time.Now, Key: d.key, Ended: d.ended}, jobs.Deps{
		Store: d, Turns: d, Steps: d, Workers: map[bot.JobKind]jobs.Worker{bot.JobClean: clean, bot.JobUndo: d, bot.JobBatch: d, bot.JobPosts: d}, Board: shows{d},
		Rights: d, Settings: d.Settings, NextEpoch: d.NextEpoch,
	})
}

// ended is Config.Ended.
func (d *harness) ended(_ context.Context, job bot.Job) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.acts(); err != nil {
		return err
	}
	d.told[job.ID]++
	return nil
}

func (d *harness) key() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keys++
	return "key" + strconv.Itoa(d.keys)
}

// work runs what is due, and what comes due within the time, as the queue would.
func (d *harness) work(t *testing.T, within time.Duration) {
	t.Helper()
	list, till := d.process(), time.Now().Add(within)
	for {
		next, ok := d.next(till)
		if !ok {
			<-time.After(time.Until(till))
			return
		}
		<-time.After(time.Until(next.at))
		if err := list.Step(t.Context(), next.id); err != nil {
			d.mu.Lock()
			if d.life == 0 { // the queue gives the item to another process; the locks of this one expire soon
				d.life = -1
				d.holder = map[bot.JobID]string{}
			}
			d.due = append(d.due, item{next.id, time.Now().Add(max(bot.Detail(err).RetryAfter, 100*time.Millisecond))})
			d.mu.Unlock()
		}
	}
}

func (d *harness) next(till time.Time) (item, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.due) == 0 {
		return item{}, false
	}
	first := 0
	for i, it := range d.due {
		if it.at.Before(d.due[first].at) {
			first = i
		}
	}
	next := d.due[first]
	if next.at.After(till) {
		return item{}, false
	}
	d.due = slices.Delete(d.due, first, first+1)
	return next, true
}

// request is a clean-up with a condition.
func (d *harness) request(work string) jobs.Request {
	return jobs.Request{
		Kind: bot.JobClean, CauseID: bot.EventID(work), Who: "ou_owner", Via: bot.ViaClean, Chat: recalltest.Here, Command: "om_cmd",
		Asked: time.Now(), Filter: bot.Filter{Last: 100},
	}
}

// start starts a job, again if the process crashes.
func (d *harness) start(t *testing.T, req jobs.Request) bot.Job {
	t.Helper()
	job, err := d.process().Start(t.Context(), req)
	if err != nil && d.life == 0 {
		d.life = -1
		job, err = d.process().Start(t.Context(), req)
	}
	if err != nil {
		t.Fatalf("Start = %v", err)
	}
	return job
}

func (d *harness) job(t *testing.T, id bot.JobID) bot.Job {
	t.Helper()
	job, err := d.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func (d *harness) words() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.said, ", ")
}
