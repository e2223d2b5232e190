// Package recall is the one verb of the project: whoever wants a message taken back, by whatever way in, calls
// Recaller.Recall, which decides, recalls and records. Policy, audit, rate limit and dry run can't be passed by.
package recall

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"recallbot/bot"
	"recallbot/policy"
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
	Record(ctx context.Context, key string, entry bot.AuditEntry) (fresh bool, err error)
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

// Marks remember that something happened, for all replicas.
type Marks interface {
	First(ctx context.Context, key string, within time.Duration) (bool, error)
}

// Config holds what the recaller can be told.
type Config struct {
	// Self is our app.
	Self bot.AppID
	// DryRun makes every recall end before the platform is asked, until Follow says otherwise.
	DryRun bool
	// Observe, when set, sees every outcome as it is recorded, once.
	Observe func(bot.AuditEntry)
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
	marks    Marks
	archive  Keeper
	reads    Reads
	batches  Batches
	posts    Posted
	tokens   Tokens
	owners   Owners
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

// Parts are the recaller's collaborators.
type Parts struct {
	Policy   *policy.Policy
	Platform Platform
	Index    Index
	Roles    *Roles
	Audit    Audit
	// Settings of the chats; without them nothing is set anywhere.
	Settings Settings
	// Marks remember what was tidied away, so that nothing cascades from it; without them nothing is remembered.
	Marks Marks
	// Archive keeps our own posts before they are recalled, as Reads tells what they say; without them nothing is kept.
	Archive Keeper
	Reads   Reads
	// Batches recalls batch sends.
	Batches Batches
	// Posts tells what was made or registered through the API; without it nothing was.
	Posts Posted
	// Tokens tell what API tokens may now; without them what a request says of its token holds.
	Tokens Tokens
	// Owners act for owners who have authorised us; without it nobody has.
	Owners Owners
	Log    *slog.Logger
	// Now is the clock.
	Now func() time.Time
}

// New makes a recaller.
func New(config Config, parts Parts) *Recaller {
	r := &Recaller{
		config: config, platform: parts.Platform, index: parts.Index,
		roles: parts.Roles, audit: parts.Audit, settings: parts.Settings, marks: parts.Marks, log: parts.Log,
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
func (r *Recaller) attempt(ctx context.Context, req Request) (Outcome, error) { //nolint:cyclop // guards, one after the other
	target, lookup, err := r.target(ctx, req)
	if err != nil {
		return Outcome{}, err
	}
	if concerns, err := req.concerns(ctx, target); err != nil || !concerns {
		return Outcome{}, err
	}
	facts, err := r.factsOf(ctx, req, target)
	shown := lookup == nil && req.Known == nil // by the platform, which names no sender in a message of the group itself
	facts.NotOwn = errors.Is(lookup, errNotOwn) || (shown && target.Kind == bot.KindUnknown)
	if err != nil || (req.Wanted != nil && !req.Wanted(facts.Settings)) {
		return Outcome{}, err
	}
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

// judged gathers the facts of a known target and asks policy. The outcome has a result where the answer is no, and in a dry run.
func (r *Recaller) judged(ctx context.Context, req Request, target bot.Message, posted *bot.Post) (Outcome, error) {
	facts, err := r.factsOf(ctx, req, target)
	if err != nil {
		return Outcome{}, err
	}
	if posted != nil {
		facts.Posted = posted
	}
	out, err := r.verdict(ctx, req, &facts, nil)
	if err == nil && out.Result == "" {
		r.dry(&out)
	}
	return out, err
}

// factsOf gathers all facts but the roles.
func (r *Recaller) factsOf(ctx context.Context, req Request, target bot.Message) (policy.Facts, error) {
	facts := policy.Facts{
		Actor: req.Who, Via: req.Via, Asked: req.Chat, P2P: req.P2P, Target: target, Self: r.config.Self, With: req.With,
	}
	var err error
	if facts.By, err = r.principal(ctx, req); err != nil {
		return policy.Facts{}, err
	}
	if facts.Settings, err = r.settingsOf(ctx, cmp.Or(target.Chat, req.Chat)); err != nil {
		return policy.Facts{}, err
	}
	return facts, r.posted(ctx, req, &facts)
}

// verdict asks policy. The outcome has a result where the answer is no; lookup is why the target could not be looked up.
func (r *Recaller) verdict(ctx context.Context, req Request, facts *policy.Facts, lookup error) (Outcome, error) {
	decision, unasked, err := r.decide(ctx, req, facts)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{
		Rule: decision.Rule, Reason: decision.Reason, Target: facts.Target, Chat: facts.Chat, Ranked: facts.Ranked(),
	}
	if !decision.Allow {
		return out.refused(lookup, unasked), nil
	}
	if decision.AsOwner {
		out.As = bot.AsOwner
	}
	return out, nil
}

// dry reports whether dry_run holds, and then ends the outcome.
func (r *Recaller) dry(out *Outcome) bool {
	if !r.rules.Load().DryRun {
		return false
	}
	out.Result, out.Reason = bot.DryRun, bot.ReasonDryRun
	return true
}

// decide gathers the roles and asks policy. A refusal that rests on roles learned a while ago is checked against
// fresh ones, and so is leave to recall a message that nobody could identify, or as the owner: no event tells when
// managers change. The second result is why the roles could not be learned, if so.
func (r *Recaller) decide(ctx context.Context, req Request, facts *policy.Facts) (policy.Decision, error, error) {
	chat := facts.Target.Chat
	if chat == "" {
		chat = req.Chat
	}
	if rolesDontMatter(*facts) || chat == "" || req.P2P || (req.Chat != "" && chat != req.Chat) {
		return r.ask(*facts), nil, nil
	}
	unasked, err := r.learn(ctx, req, facts, chat, anyAge)
	if err != nil {
		return policy.Decision{}, nil, err
	}
	decision, err := r.consult(ctx, facts)
	if err != nil || !r.looksAgain(*facts, decision) {
		return decision, unasked, err
	}
	if unasked, err = r.learn(ctx, req, facts, chat, freshAge); err != nil {
		return policy.Decision{}, nil, err
	}
	decision, err = r.consult(ctx, facts)
	return decision, unasked, err
}

// ask puts the facts before policy. A message that is gone and whose sender nobody knows any more needs only a person
// with a say in the chat: there is nothing left to protect.
func (r *Recaller) ask(facts policy.Facts) policy.Decision {
	if facts.Target.Gone && facts.Target.Kind == bot.KindUnknown {
		return r.rules.Load().Policy.May(facts)
	}
	return r.rules.Load().Policy.Decide(facts)
}

// learn puts the chat's roles into the facts, or nil when they can't be had; then the first result says why. The
// second is set when it should be tried again later.
func (r *Recaller) learn(
	ctx context.Context, req Request, facts *policy.Facts, id bot.ChatID, age time.Duration,
) (unasked, again error) {
	chat, err := r.roles.Chat(ctx, id, age)
	if err == nil {
		r.asked.Report(ctx, string(id), nil)
		facts.Chat = &chat
		facts.P2P = facts.P2P || (chat.P2P && reacted(req.Via)) // only the two people of such a chat can react there
		return nil, nil
	}
	facts.Chat = nil
	if req.waits(err) {
		return nil, err
	}
	if bot.KindOf(err) == bot.Unavailable {
		r.asked.Report(ctx, string(id), err, slog.String("chat_id", string(id)))
		return err, nil
	}
	r.log.WarnContext(ctx, "roles not learned", "chat_id", string(id), "error", err)
	return err, nil
}

func reacted(via bot.Via) bool { return via == bot.ViaReaction || via == bot.ViaQuorum }

// record writes the attempt down, once however often the work runs. What was refused or given up has a key of its own:
// when the work runs again, because nobody could be told or by hand, and then succeeds, that is a second record.
func (r *Recaller) record(ctx context.Context, req Request, out Outcome) error {
	now := r.now()
	entry := bot.AuditEntry{
		At: now, Who: req.Who, Via: req.Via, Chat: req.Chat, Message: req.Target, Command: req.Command,
		Target: out.Target.Kind.String(), Rule: string(out.Rule), Result: out.Result, Reason: out.Reason,
		Code: out.Code, LogID: out.LogID, Latency: max(now.Sub(req.Asked).Milliseconds(), 0), Words: bot.ClipReason(req.Words),
		Job: cmp.Or(req.Job, out.Take), With: req.With, As: out.As,
	}
	if req.By != nil {
		entry.Token, entry.Team = req.By.Token, req.By.Team
	}
	if entry.Chat == "" {
		entry.Chat = out.Target.Chat
	}
	key := string(req.Work) + "/" + string(req.Via) + "/" + string(req.Target)
	if out.Result == bot.Failed || out.Result == bot.Refused {
		key += "/" + string(out.Result)
	}
	fresh, err := r.audit.Record(ctx, key, entry)
	if fresh && r.config.Observe != nil {
		r.config.Observe(entry)
	}
	return err
}
