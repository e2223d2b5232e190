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
	// A clean-up whose command is older than confirmAfter is confirmed.
	confirmAfter = 5 * time.Minute
	// offerTTL is how long a person can confirm or approve.
	offerTTL = 5 * time.Minute
	// defaultPatience is the default of Config.Patience.
	defaultPatience = 15 * time.Minute
	// CleanupAfter is how long the card of a successful job stays in a chat with the setting cleanup.
	CleanupAfter = 10 * time.Second
)

// Worker carries out one kind of jobs.
type Worker interface {
	// Gather finds and stores the job's targets, and sets job.Total and job.Preview. It runs for the preview (JobNew) and again
	// before the first page (JobRunning). Each run may be repeated from the start.
	Gather(ctx context.Context, job *bot.Job) error
	// Page finishes the next targets, at most 50, and returns their number and causes. With an error the others are tried again;
	// with job.Last set they are counted as failed instead. It ends early, without an error, once stop is closed. again is set
	// where an earlier run may have acted on the next targets.
	Page(ctx context.Context, job bot.Job, again bool, stop <-chan struct{}) (settled int, counts bot.Counts, err error)
}

// Leaver is a Worker that undoes what it stored for the targets that the job did not reach. Leave is idempotent.
type Leaver interface {
	Leave(ctx context.Context, job bot.Job) error
}

// Board shows jobs to people. Every call may be repeated. A final error of a call does not fail the job.
type Board interface {
	// Ask shows the preview and asks to confirm (JobAsked) or approve (JobApproval). With Filter.DryRun it only shows it.
	Ask(ctx context.Context, job bot.Job) (bot.CardRef, error)
	// Show updates or creates the progress card. For a job that waits, ahead is the job before it.
	Show(ctx context.Context, job bot.Job, ahead *bot.Job) (bot.CardRef, error)
	// Settle removes the buttons of the card that asks, after the job was confirmed, cancelled or has expired.
	Settle(ctx context.Context, job bot.Job) error
	// End shows the result. After success in a chat with the setting cleanup, it is called again CleanupAfter the end, with Told
	// set.
	End(ctx context.Context, job bot.Job) error
	// Update shows the result of a job again, without the buttons that were used since.
	Update(ctx context.Context, job bot.Job) error
}

// Store keeps jobs. A chat's line is its waiting and running jobs, in order.
type Store interface { //nolint:interfacebloat // all operations on stored jobs
	// Create stores a new job, unless one with its id exists. It returns the stored one.
	Create(ctx context.Context, job bot.Job) (bot.Job, error)
	// Load gives NotFound for an unknown or expired job.
	Load(ctx context.Context, id bot.JobID) (bot.Job, error)
	// Save stores a changed job and increments its version. It reports false, and stores nothing, where the job was saved since
	// it was loaded.
	Save(ctx context.Context, job *bot.Job) (bool, error)
	// Line gives the ids of the chat's line, Asking those of its jobs in the states JobAsked and JobApproval.
	Line(ctx context.Context, chat bot.ChatID) ([]bot.JobID, error)
	Asking(ctx context.Context, chat bot.ChatID) ([]bot.JobID, error)
	// Leave removes an expired job from both.
	Leave(ctx context.Context, chat bot.ChatID, id bot.JobID) error
}

// Turns lets one replica at a time work on a job, and passes on that it is to stop.
type Turns interface {
	// Hold locks the job for the holder for a time, or renews the lock. It reports false while another holder has it; stopped
	// reports whether Stop was called.
	Hold(ctx context.Context, chat bot.ChatID, id bot.JobID, holder string, life time.Duration) (held, stopped bool, err error)
	// Release releases the lock.
	Release(ctx context.Context, chat bot.ChatID, id bot.JobID, holder string) error
	// Stop asks the holder to stop the job.
	Stop(ctx context.Context, chat bot.ChatID, id bot.JobID) error
}

// Steps is the durable queue of jobs.
type Steps interface {
	// Put makes the queue call Step for the job soon.
	Put(ctx context.Context, id bot.JobID) error
	// PutAt makes the queue call it at a time, which replaces an earlier PutAt.
	PutAt(ctx context.Context, id bot.JobID, at time.Time) error
}

// Rights decide who may recall in a chat, and record refusals. recall.Recaller implements it.
type Rights interface {
	May(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (policy.Decision, error)
	// MayBy is May for an API token.
	MayBy(by *bot.Principal, chat bot.ChatID) policy.Decision
	// Alone reports whether a person may manage the chat and is the only one who may recall there.
	Alone(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (bool, error)
	Refuse(ctx context.Context, req recall.Request, rule policy.Rule, reason bot.Reason) error
	// Current gives a token with its present rights.
	Current(ctx context.Context, by *bot.Principal) (*bot.Principal, error)
}

// Config is the configuration of an engine.
type Config struct {
	Log *slog.Logger
	Now func() time.Time
	// Key makes a random key.
	Key func() string
	// Ended, when set, is called for every job that ended, until it succeeds. A job may come twice.
	Ended func(ctx context.Context, job bot.Job) error
	// Patience is how long transient failures are retried; 0 is a quarter of an hour.
	Patience time.Duration
	// Leaving, when closed, makes steps give their jobs back after the present page: this process is about to end.
	Leaving <-chan struct{}
	// Observe, when set, is called for every job that ended, and with the counts of every page.
	Observe func(job bot.Job, finished bot.Counts)
}

// Deps are an engine's dependencies.
type Deps struct {
	Store   Store
	Turns   Turns
	Steps   Steps
	Workers map[bot.JobKind]Worker
	Board   Board
	Rights  Rights
	// Settings are those of a chat.
	Settings func(ctx context.Context, chat bot.ChatID) (bot.Settings, error)
	// NextEpoch counts how often a group of posts was recalled, or a person's posts in it where who is set. It may be nil: then
	// a recall of a group concerns all of its posts.
	NextEpoch func(ctx context.Context, team bot.TeamID, group bot.GroupID, who bot.UserID) (int, error)
}

// Engine runs jobs: recalls of many messages, and their undo. Jobs are durable, and run one at a time in each chat. It is safe
// for concurrent use, in any number of replicas.
type Engine struct {
	Config
	Deps
}

// New makes an engine.
func New(config Config, deps Deps) *Engine {
	deps.Board = mutedBoard{deps.Board}
	config.Patience = cmp.Or(config.Patience, defaultPatience)
	return &Engine{config, deps}
}

// Request asks for a job.
type Request struct {
	Kind bot.JobKind
	// CauseID is the cause: the same cause makes the same job.
	CauseID bot.EventID
	Who     bot.UserID
	Via     bot.Via
	Chat    bot.ChatID
	Topic   bot.ThreadID
	P2P     bool
	Command bot.MessageID
	// CommandBy is who wrote Command, where it is not Who.
	CommandBy bot.UserID
	// Asked is when, by the platform's clock.
	Asked             time.Time
	Comment, Language string
	Filter            bot.Filter
	// Unsure makes the job always ask.
	Unsure bool
	// By is set instead of Who for an API token.
	By *bot.Principal
	// Group and Team name the posts of a bot.JobPosts. Without a group, Named are its messages.
	Group bot.GroupID
	Team  bot.TeamID
	Named []bot.MessageID
	// Of is the job to retry or to undo, Batch the batch to recall.
	Of    bot.JobID
	Batch bot.MessageID
	// Notify is the URL of a webhook for the end of the job.
	Notify string
}
