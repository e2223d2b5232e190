// Package recall is the one verb of the project: whoever wants a message taken back, by whatever way in, calls
// Recaller.Recall, which decides, recalls and records. Policy, audit, rate limit and dry run can't be passed by.
package recall

import (
	"cmp"
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall/policy"
)

// Platform is what a recall needs of the platform.
type Platform interface {
	// Recall takes the message back; NotFound means that it was gone already.
	Recall(ctx context.Context, id bot.MessageID) error
	// Message looks a message up; Denied means that we may not see it.
	Message(ctx context.Context, id bot.MessageID) (bot.Message, error)
	// IsSender reports whether our app sent a message that we may not see; an error is that the platform does not tell.
	IsSender(ctx context.Context, id bot.MessageID) (bool, error)
}

// Index is what a recall needs of the index of messages.
type Index interface {
	Add(ctx context.Context, messages ...bot.Message) error
	Find(ctx context.Context, id bot.MessageID) (bot.Message, bool, error)
	Forget(ctx context.Context, id bot.MessageID) error
}

// Audit keeps the records. Recording the same key again changes nothing and reports false.
type Audit interface {
	Record(ctx context.Context, key string, entry audit.Entry) (fresh bool, err error)
}

// Settings are what the chats' owners and managers have set.
type Settings interface {
	Settings(ctx context.Context, chat bot.ChatID) (bot.Settings, error)
	// Change makes a change once for each piece of work, and tells a second run what the first did. It may call change
	// again when somebody else changed them at the same time.
	Change(
		ctx context.Context, work bot.EventID, chat bot.ChatID, change func(bot.Settings) (bot.Settings, error),
	) (before, after bot.Settings, err error)
}

// Once remember that something happened, for all replicas.
type Once interface {
	First(ctx context.Context, key string, within time.Duration) (bool, error)
}

// Config holds what the recaller can be told.
type Config struct {
	// Self is our app.
	Self bot.AppID
	// DryRun makes every recall end before the platform is asked, until Follow says otherwise.
	DryRun bool
	// Observe, when set, sees every outcome as it is recorded, once.
	Observe func(audit.Entry)
}

// Recaller recalls messages. It is safe for concurrent use.
type Recaller struct {
	config   Config
	rules    atomic.Pointer[Rules]
	platform Platform
	index    Index
	roles    *Roles
	audit    Audit
	settings Settings
	marks    Once
	archive  ArchiveWriter
	reads    Reads
	batches  Batches
	posts    Posted
	tokens   Tokens
	owners   Grants
	log      *slog.Logger
	now      func() time.Time
	// asked lasts while the platform does not answer when asked for roles.
	asked *bot.Incident
}

// Rules are what may change while the bot runs.
type Rules struct {
	Policy *policy.Policy
	// DryRun makes every recall end before the platform is asked.
	DryRun bool
}

// Deps are the recaller's collaborators.
type Deps struct {
	Policy   *policy.Policy
	Platform Platform
	Index    Index
	Roles    *Roles
	Audit    Audit
	// Settings of the chats; without them nothing is set anywhere.
	Settings Settings
	// Once remember what was tidied away, so that nothing cascades from it; without them nothing is remembered.
	Once Once
	// Archive keeps our own posts before they are recalled, as Reads tells what they say; without them nothing is kept.
	Archive ArchiveWriter
	Reads   Reads
	// Batches recalls batch sends.
	Batches Batches
	// Posts tells what was made or registered through the API; without it nothing was.
	Posts Posted
	// Tokens tell what API tokens may now; without them what a request says of its token holds.
	Tokens Tokens
	// Owners act for owners who have authorised us; without it nobody has.
	Owners Grants
	Log    *slog.Logger
	// Now is the clock.
	Now func() time.Time
}

// New makes a recaller.
func New(config Config, parts Deps) *Recaller {
	r := &Recaller{
		config: config, platform: parts.Platform, index: parts.Index,
		roles: parts.Roles, audit: parts.Audit, settings: parts.Settings, marks: parts.Once, log: parts.Log,
		now: parts.Now, archive: parts.Archive, reads: parts.Reads, batches: parts.Batches,
		posts: parts.Posts, tokens: parts.Tokens, owners: parts.Owners,
		asked: bot.NewIncident(parts.Log, slog.LevelWarn, "roles can't be asked for", "roles can be asked for again"),
	}
	r.Follow(Rules{parts.Policy, config.DryRun})
	return r
}

// Follow makes all that is decided from now on follow other rules.
func (r *Recaller) Follow(rules Rules) { r.rules.Store(&rules) }

// Recall decides, recalls and records. An error means that it is not settled: the same request should be made again
// (kinds Unavailable and RateLimited, the latter with the time to wait), and no outcome comes with it. With Last set,
// the outcome is recorded and returned along with the error. Where Request.Post is set, that post of the API is taken back,
// whether it was sent or not; NotFound is one that is not kept. Where Request.Target is a batch send, the result is bot.Asked.
func (r *Recaller) Recall(ctx context.Context, req Request) (Outcome, error) {
	switch {
	case req.Post != "":
		return r.withdraw(ctx, req)
	case bot.IsBatch(req.Target):
		return r.RecallBatch(ctx, req)
	}
	out, err := r.attempt(ctx, req)
	return r.settle(ctx, req, out, err)
}

// settle records how an attempt ended, unless it is to be made again or nothing was wanted.
func (r *Recaller) settle(ctx context.Context, req Request, out Outcome, err error) (Outcome, error) {
	if err != nil {
		if bot.KindOf(err) == bot.RateLimited && req.Last {
			r.drop(ctx, req, out) // who asks may not ask again
		}
		if !req.Last || bot.KindOf(err) == bot.RateLimited {
			return Outcome{}, err
		}
		out = out.failed(err)
	}
	if out.Result == "" {
		return out, nil
	}
	if out.Result == bot.Failed || out.Result == bot.AlreadyGone {
		out.Take = ""
		r.drop(ctx, req, out)
	}
	if recordErr := r.record(ctx, req, out); recordErr != nil {
		return Outcome{}, recordErr
	}
	return out, err
}

// Refuse records that nothing was tried, for a reason that stands before any message is looked at: no message was
// named, or it was asked for too long ago.
func (r *Recaller) Refuse(ctx context.Context, req Request, rule policy.Rule, reason bot.Reason) error {
	return r.record(ctx, req, Outcome{Result: bot.Refused, Rule: rule, Reason: reason})
}

// attempt goes from the target to the platform's answer; nothing is recorded here.
func (r *Recaller) attempt(ctx context.Context, req Request) (Outcome, error) {
	target, lookup, err := r.target(ctx, req)
	if err != nil {
		return Outcome{}, err
	}
	if concerns, err := req.concerns(ctx, target); err != nil || !concerns {
		return Outcome{}, err
	}
	facts, err := r.factsOf(ctx, req, target)
	if err != nil || (req.Wanted != nil && !req.Wanted(facts.Settings)) {
		return Outcome{}, err
	}
	facts.NotOwn = req.notOwn(target, lookup)
	out, err := r.verdict(ctx, req, &facts, lookup)
	switch {
	case err != nil || out.Result != "":
		return out, err
	case facts.Target.Gone:
		return r.wasGone(req, out), nil
	case r.dry(&out):
		return out, nil
	}
	if err := r.tidies(ctx, req, facts.Settings); err != nil {
		return Outcome{}, err
	}
	return r.recall(ctx, req, facts, out)
}

// concerns reports whether the request is about such a message.
func (req Request) concerns(ctx context.Context, target bot.Message) (bool, error) {
	if req.OwnOnly && target.Kind != bot.KindOwn {
		return false, nil
	}
	if target.Answer && req.OnAnswer != nil {
		if err := req.OnAnswer(ctx, target); err != nil {
			return false, err
		}
	}
	return true, nil
}

// dry reports whether dry_run holds, and then ends the outcome.
func (r *Recaller) dry(out *Outcome) bool {
	if !r.rules.Load().DryRun {
		return false
	}
	out.Result, out.Reason = bot.DryRun, bot.ReasonDryRun
	return true
}

// record writes the attempt down, once however often the work runs. What was refused or given up has a key of its own:
// when the work runs again, because nobody could be told or by hand, and then succeeds, that is a second record.
func (r *Recaller) record(ctx context.Context, req Request, out Outcome) error {
	now := r.now()
	entry := audit.Entry{
		At: now, Who: req.Who, Via: req.Via, Chat: req.Chat, Message: req.Target, Command: req.Command,
		Target: out.Target.Kind.String(), Rule: string(out.Rule), Result: out.Result, Reason: out.Reason,
		Code: out.Code, LogID: out.LogID, Latency: max(now.Sub(req.Asked).Milliseconds(), 0), Comment: bot.ClipReason(req.Comment),
		Job: cmp.Or(req.Job, out.Take), With: req.With, As: out.As,
	}
	if req.By != nil {
		entry.Token, entry.Team = req.By.Token, req.By.Team
	}
	if entry.Chat == "" {
		entry.Chat = out.Target.Chat
	}
	key := string(req.CauseID) + "/" + string(req.Via) + "/" + string(req.Target)
	if out.Result == bot.Failed || out.Result == bot.Refused {
		key += "/" + string(out.Result)
	}
	fresh, err := r.audit.Record(ctx, key, entry)
	if fresh && r.config.Observe != nil {
		r.config.Observe(entry)
	}
	return err
}
