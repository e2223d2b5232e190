// Package jobs recalls or restores many messages: the engine with its states, and the kinds of jobs.
package jobs

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

const (
	// maxLate is how old a command may be before its job is refused, lateBulk how old before its job asks once more.
	maxLate  = 8 * time.Hour
	lateBulk = 5 * time.Minute
	// offerLife is how long a card that asks may be answered.
	offerLife = 5 * time.Minute
	// defaultPatience is how long what fails for the moment is tried again.
	defaultPatience = 15 * time.Minute
	// CleanupAfter is how long the card of a job that went well stays where the chat wants it removed.
	CleanupAfter = 10 * time.Second
)

// Worker does one kind of jobs.
type Worker interface {
	// Gather finds what the job is about and keeps it; it fills job.Total and job.Preview. It runs once for the preview
	// (JobNew) and again just before the first page (JobRunning), and each time it may run again from the start.
	Gather(ctx context.Context, job *bot.Job) error
	// Page settles some of what comes next, at most 50, and tells how many and how; an error may come with them: then the
	// others are tried again, unless job.Last is set, which counts them as failed. It ends early, without error, once stop
	// is closed. Again: an earlier run may have acted on what comes next.
	Page(ctx context.Context, job bot.Job, again bool, stop <-chan struct{}) (settled int, counts bot.Counts, err error)
}

// Leaver is a Worker that has noted what a job is to do: it forgets that of what the job ends without. It may be called again.
type Leaver interface {
	Leave(ctx context.Context, job bot.Job) error
}

// Board shows jobs to people. Every call may come twice, and one that fails for good fails no job.
type Board interface {
	// Ask shows what would go and asks to confirm (JobAsked) or approve (JobApproval), or only shows it (Filter.DryRun).
	Ask(ctx context.Context, job bot.Job) (bot.CardRef, error)
	// Show brings the progress card up to date, and shows one where there is none; ahead is the job that runs before this
	// one, if it waits.
	Show(ctx context.Context, job bot.Job, ahead *bot.Job) (bot.CardRef, error)
	// Settle takes away what the asking card offers: confirmed, cancelled, expired.
	Settle(ctx context.Context, job bot.Job) error
	// End says the last word: the sign of success or the counts by cause, and tidies up. Where the chat has its cards
	// removed and all went well, it comes again CleanupAfter after the job ended, with Told set.
	End(ctx context.Context, job bot.Job) error
	// Undone takes the offer to undo the job off its card.
	Undone(ctx context.Context, job bot.Job) error
}

// Store keeps jobs. A chat's line is its jobs that wait or run, in the order in which they came to wait.
type Store interface { //nolint:interfacebloat // what is done with jobs that are kept
	// Create keeps a new job, unless one of its id is kept; it gives the one that is.
	Create(ctx context.Context, job bot.Job) (bot.Job, error)
	// Load gives NotFound where no such job is kept, or no longer.
	Load(ctx context.Context, id bot.JobID) (bot.Job, error)
	// Save keeps a changed job and counts its version up. It reports false, and keeps nothing, when somebody else has
	// saved it since it was loaded.
	Save(ctx context.Context, job *bot.Job) (bool, error)
	// Line gives the ids of the chat's line, Asking those of its jobs that ask somebody to confirm or to approve.
	Line(ctx context.Context, chat bot.ChatID) ([]bot.JobID, error)
	Asking(ctx context.Context, chat bot.ChatID) ([]bot.JobID, error)
	// Leave takes a job out of both that is not kept any more.
	Leave(ctx context.Context, chat bot.ChatID, id bot.JobID) error
}

// Turns sees to it that one replica at a time works on a job, and carries the wish to stop it.
type Turns interface {
	// Hold takes the job for the holder for a time, or prolongs that, and reports false while another one has it; stopped
	// is whether Stop was called.
	Hold(ctx context.Context, chat bot.ChatID, id bot.JobID, holder string, life time.Duration) (held, stopped bool, err error)
	// Release ends the holder's time.
	Release(ctx context.Context, chat bot.ChatID, id bot.JobID, holder string) error
	// Stop asks whoever works on the job to stop.
	Stop(ctx context.Context, chat bot.ChatID, id bot.JobID) error
}

// Steps is the durable queue by which jobs go on.
type Steps interface {
	// Put has Step called for the job, soon.
	Put(ctx context.Context, id bot.JobID) error
	// PutAt has it called at a time, in place of the time that was given before.
	PutAt(ctx context.Context, id bot.JobID, at time.Time) error
}

// Rights say who has a say in a chat, and record refusals; Recaller is one.
type Rights interface {
	May(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (policy.Decision, error)
	// MayBy is May for an API token.
	MayBy(by *bot.Principal, chat bot.ChatID) policy.Decision
	// Alone reports whether somebody who may manage the chat is the only one there who has a say.
	Alone(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (bool, error)
	Refuse(ctx context.Context, req recall.Request, rule policy.Rule, reason bot.Reason) error
	// Current is what an API token may now.
	Current(ctx context.Context, by *bot.Principal) (*bot.Principal, error)
}

// Epochs count how often a group of posts was recalled.
type Epochs interface {
	// NextEpoch counts one more, of a person's posts where who is not empty, and gives how often it was.
	NextEpoch(ctx context.Context, team bot.TeamID, group bot.GroupID, who bot.UserID) (int, error)
}

// ChatSettings are what chats have set.
type ChatSettings interface {
	Settings(ctx context.Context, chat bot.ChatID) (bot.Settings, error)
}

// Deps are what jobs need.
type Deps struct {
	Store    Store
	Turns    Turns
	Steps    Steps
	Workers  map[bot.JobKind]Worker
	Board    Board
	Rights   Rights
	Settings ChatSettings
	// Epochs may be nil: then a recall of a group means all of its posts.
	Epochs Epochs
	Log    *slog.Logger
	// Now is the clock. Key makes a key that nobody can guess.
	Now func() time.Time
	Key func() string
	// Ended, when set, is told of every job that ended. It may be told of one twice, and when it fails, again.
	Ended func(ctx context.Context, job bot.Job) error
	// Patience is how long what fails for the moment is tried again; a quarter of an hour where it is 0.
	Patience time.Duration
	// Leaving, when closed, has steps give their jobs back after the page under way: this process is about to end.
	Leaving <-chan struct{}
	// Observe, when set, sees every job once it has ended, and every page's counts as they are saved.
	Observe func(job bot.Job, settled bot.Counts)
}

// Engine are recalls of many messages, and their undoing: durable, one at a time in each chat. It is safe for concurrent
// use, in any number of replicas.
type Engine struct{ Deps }

// New makes the jobs.
func New(parts Deps) *Engine {
	parts.Board = mutedBoard{parts.Board}
	parts.Patience = cmp.Or(parts.Patience, defaultPatience)
	return &Engine{parts}
}

// Request asks for a job.
type Request struct {
	Kind bot.JobKind
	// CauseID names the cause: the same work makes the same job, however often it runs.
	CauseID bot.EventID
	Who     bot.UserID
	Via     bot.Via
	Chat    bot.ChatID
	Topic   bot.ThreadID
	P2P     bool
	Command bot.MessageID
	// CommandBy is who wrote Command, where that is not Who.
	CommandBy bot.UserID
	// Asked is when, by the platform's clock.
	Asked             time.Time
	Comment, Language string
	Filter            bot.Filter
	// Unsure has the job ask, however few it takes.
	Unsure bool
	// By is who asks by the HTTP API, in the place of Who.
	By *bot.Principal
	// Group and Team name the posts that a bot.JobPosts is about; where there is no group, Named are its messages.
	Group bot.GroupID
	Team  bot.TeamID
	Named []bot.MessageID
	// Of is the job to retry or to undo, Batch the batch to recall.
	Of    bot.JobID
	Batch bot.MessageID
	// Notify is an address that is told when the job has ended.
	Notify string
}
