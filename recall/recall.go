// Package recall recalls messages. Every recall, from every way in, goes through Recaller.Recall: it decides, recalls and
// records, so that policy, audit, rate limits and dry run hold for all of them.
package recall

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall/policy"
)

// Platform is the part of the platform's API that recalls need.
type Platform interface {
	// Recall gives NotFound for a message that was recalled already.
	Recall(ctx context.Context, id bot.MessageID) error
	// RecallBatch starts the recall of a batch send. It may be called again.
	RecallBatch(ctx context.Context, id bot.MessageID) error
	// Message gives Denied for a message that the app may not see.
	Message(ctx context.Context, id bot.MessageID) (bot.Message, error)
	// IsSender reports whether our app sent a message, also one that the app may not see.
	IsSender(ctx context.Context, id bot.MessageID) (bool, error)
}

// Index is the index of messages.
type Index interface {
	Add(ctx context.Context, messages ...bot.Message) error
	Find(ctx context.Context, id bot.MessageID) (bot.Message, bool, error)
	Forget(ctx context.Context, id bot.MessageID) error
}

// Config is the configuration of a recaller.
type Config struct {
	// Self is our app.
	Self bot.AppID
	// Observe, when set, is called once for each new record.
	Observe func(audit.Entry)
}

// Recaller recalls messages. It is safe for concurrent use.
type Recaller struct {
	decider

	observe  func(audit.Entry)
	platform Platform
	index    Index
	audit    func(ctx context.Context, key string, entry audit.Entry) (fresh bool, err error)
	once     func(ctx context.Context, key string, within time.Duration) (bool, error)
	archive  Archive
}

// Deps are a recaller's dependencies.
type Deps struct {
	Decision DecisionDeps
	Platform Platform
	Index    Index
	// Record keeps a record. The same key again changes nothing and reports false.
	Record func(ctx context.Context, key string, entry audit.Entry) (fresh bool, err error)
	// Once reports whether a key is new within the time, for all replicas: so the bot knows which commands it removed, and
	// nothing cascades from them. It may be nil.
	Once    func(ctx context.Context, key string, within time.Duration) (bool, error)
	Archive Archive
	Log     *slog.Logger
	Now     func() time.Time
}

// New makes a recaller.
func New(config Config, deps Deps) *Recaller {
	on := deps.Decision
	return &Recaller{
		decider: decider{
			rules: on.Rules, self: config.Self, roles: on.Roles, settings: on.Settings, posts: on.Posts, principalOf: on.Principal, grants: on.Grants,
			log: deps.Log, now: deps.Now,
			rolesUnknown: bot.NewIncident(deps.Log, slog.LevelWarn, "roles unavailable", "roles available again").ForgetAfter(rolesForgotten),
		},
		observe: config.Observe, platform: deps.Platform, index: deps.Index, audit: deps.Record, once: deps.Once, archive: deps.Archive,
	}
}

// Recall decides, recalls and records. On an error nothing is recorded and the same request should be made again: the kinds
// are Unavailable, and RateLimited with the time to wait. With Request.Last set, a failure is recorded and its outcome
// returned along with the error. With Request.Post set, it recalls that post of the API, sent or not; a post that is not
// kept is NotFound. For a batch send it is RecallBatch.
func (r *Recaller) Recall(ctx context.Context, req Request) (Outcome, error) {
	switch {
	case req.Post != "":
		return r.recallPost(ctx, req)
	case bot.IsBatch(req.Target):
		return r.RecallBatch(ctx, req)
	}
	facts, out, err := r.prepare(ctx, req)
	if facts == nil {
		return r.finish(ctx, req, out, err)
	}
	out.Take = r.keep(ctx, req, out.Target)
	if out.As == audit.AsOwner {
		err = r.grants.RecallAs(ctx, req.Who, out.Target.Chat, req.Target)
	} else if err = r.platform.Recall(ctx, req.Target); bot.Detail(err).Reason == bot.ReasonNotAllowed {
		out.As, err = r.recallAsOwner(ctx, req, *facts, err)
	}
	out, err = r.outcomeOf(ctx, req, out, err)
	return r.finish(ctx, req, out, err)
}

// prepare looks the target up and decides. Facts are nil where there is nothing to recall; the outcome has a result then,
// unless the request does not concern such a target.
func (r *Recaller) prepare(ctx context.Context, req Request) (*policy.Facts, Outcome, error) {
	target, lookup, concerns, err := r.lookAt(ctx, &req)
	if err != nil || !concerns {
		return nil, Outcome{}, err
	}
	facts, err := r.factsOf(ctx, req, target)
	if err != nil || (req.Wanted != nil && !req.Wanted(facts.Settings)) {
		return nil, Outcome{}, err
	}
	facts.NotOwn = req.notOwn(target, lookup)
	out, err := r.verdict(ctx, req, &facts, lookup)
	switch {
	case err != nil || out.Result != "":
		return nil, out, err
	case facts.Target.Gone:
		return nil, r.alreadyGone(req, out), nil
	case r.dry(&out):
		return nil, out, nil
	}
	if err := r.markTidied(ctx, req, facts.Settings); err != nil {
		return nil, Outcome{}, err
	}
	return &facts, out, nil
}

// lookAt gives the target, and reports whether the request is about it. What it read for that goes into the request.
func (r *Recaller) lookAt(ctx context.Context, req *Request) (target bot.Message, lookup error, concerns bool, err error) {
	begun := r.now()
	if req.ahead = r.readAhead(ctx, *req); req.ahead.unless {
		return bot.Message{}, nil, false, nil
	}
	if target, lookup, err = r.target(ctx, *req); err != nil {
		return bot.Message{}, nil, false, err
	}
	if r.now().Sub(begun) > freshAge { // the platform was slow
		req.ahead = reads{}
	}
	concerns, err = req.concerns(ctx, target)
	return target, lookup, concerns, err
}

// outcomeOf turns the platform's answer to a recall into an outcome.
func (r *Recaller) outcomeOf(ctx context.Context, req Request, out Outcome, err error) (Outcome, error) {
	switch detail := bot.Detail(err); {
	case err == nil:
		return r.done(ctx, req, out, bot.Done)
	case detail.Kind == bot.NotFound:
		return r.done(ctx, req, out, goneResult(req))
	case detail.MayHaveActed && r.isGone(ctx, req.Target):
		return r.done(ctx, req, out, bot.Done)
	case bot.Retryable(err):
		return out, err
	default:
		return out.failed(err), nil
	}
}

// finish records an outcome that is final.
func (r *Recaller) finish(ctx context.Context, req Request, out Outcome, err error) (Outcome, error) {
	if err != nil {
		if bot.KindOf(err) == bot.RateLimited && req.Last {
			r.drop(ctx, req, out) // there may be no other run
		}
		if !req.Last || bot.KindOf(err) == bot.RateLimited {
			return Outcome{}, err
		}
		if out = out.failed(err); Unreachable(err) {
			before := bot.Detail(req.Before)
			out.Code, out.LogID = before.Code, before.LogID
		}
	}
	if out.Result == "" {
		return out, nil
	}
	if out.Result == bot.Failed || out.Result == bot.AlreadyGone {
		out.Take = ""
		r.drop(ctx, req, out)
	}
	if recordErr := r.record(ctx, req, out); recordErr != nil {
		return Outcome{}, &bot.Error{Kind: bot.KindOf(recordErr), Op: "record a recall", MayHaveActed: out.Result == bot.Done, Err: recordErr}
	}
	return out, err
}

// Refuse records a refusal that needs no look at a message: none was named, or the request is too old.
func (r *Recaller) Refuse(ctx context.Context, req Request, rule policy.Rule, reason bot.Reason) error {
	return r.record(ctx, req, Outcome{Result: bot.Refused, Rule: rule, Reason: reason})
}

// record writes the attempt down, once however often the work runs. Refusals and failures have keys of their own: when
// the work runs again and succeeds, that is a second record.
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
	return r.recordEntry(ctx, key, entry)
}

func (r *Recaller) recordEntry(ctx context.Context, key string, entry audit.Entry) error {
	fresh, err := r.audit(ctx, key, entry)
	if fresh && r.observe != nil {
		r.observe(entry)
	}
	return err
}
