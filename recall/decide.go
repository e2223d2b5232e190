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

// Settings are what the chats' owners and managers have set.
type Settings interface {
	Settings(ctx context.Context, chat bot.ChatID) (bot.Settings, error)
	// Change makes a change once for each piece of work. A second run gets the result of the first. It may call change again
	// when the settings were changed in between.
	Change(
		ctx context.Context, work bot.EventID, chat bot.ChatID, change func(bot.Settings) (bot.Settings, error),
	) (before, after bot.Settings, err error)
}

// DecisionDeps are what decisions are based on. All but Rules may be nil.
type DecisionDeps struct {
	// Rules gives the rules of now. It is called for each decision.
	Rules func() Rules
	Roles *Roles
	// Settings of the chats; without them every chat has the defaults.
	Settings Settings
	// Posts that were made or registered through the API.
	Posts Posts
	// Principal gives the present rights of an API token. It is Over for a token that is revoked, expired, or not known. Without
	// it the principal of a request holds as it is.
	Principal func(ctx context.Context, id bot.TokenID) (*bot.Principal, error)
	// Grants of owners.
	Grants Grants
}

// rolesForgotten is when a chat whose roles were unavailable no longer counts: its commands may go to another replica now.
const rolesForgotten = 2 * time.Minute

// Rules are what may change while the bot runs.
type Rules struct {
	Policy *policy.Policy
	// DryRun ends every recall before the platform is called.
	DryRun bool
}

// Always gives these rules, for recallers whose rules do not change.
func (r Rules) Always() func() Rules { return func() Rules { return r } }

// decider gathers the facts of a request and asks policy.
type decider struct {
	rules       func() Rules
	self        bot.AppID
	roles       *Roles
	settings    Settings
	posts       Posts
	principalOf func(ctx context.Context, id bot.TokenID) (*bot.Principal, error)
	grants      Grants
	log         *slog.Logger
	now         func() time.Time
	// rolesUnknown lasts while the platform does not answer questions for roles.
	rolesUnknown *bot.Incident
}

// decideKnown decides about a target that is known. The outcome has a result where the answer is no, and in a dry run.
func (d *decider) decideKnown(ctx context.Context, req Request, target bot.Message, posted *bot.Post) (Outcome, error) {
	facts, err := d.factsOf(ctx, req, target)
	if err != nil {
		return Outcome{}, err
	}
	if posted != nil {
		facts.Posted = posted
	}
	out, err := d.verdict(ctx, req, &facts, nil)
	if err == nil && out.Result == "" {
		d.dry(&out)
	}
	return out, err
}

// dry gives the outcome the result of a dry run, and reports whether dry_run is on.
func (d *decider) dry(out *Outcome) bool {
	if !d.rules().DryRun {
		return false
	}
	out.Result, out.Reason = bot.DryRun, bot.ReasonDryRun
	return true
}

// factsOf gathers all facts but the roles.
func (d *decider) factsOf(ctx context.Context, req Request, target bot.Message) (policy.Facts, error) {
	facts := policy.Facts{
		Actor: req.Who, Via: req.Via, Asked: req.Chat, P2P: req.P2P, Target: target, Self: d.self, With: req.With, Watch: req.Watch,
	}
	var err error
	if facts.By, err = d.principal(ctx, req); err != nil {
		return policy.Facts{}, err
	}
	if facts.Settings, err = d.settingsFor(ctx, req, cmp.Or(target.Chat, req.Chat)); err != nil {
		return policy.Facts{}, err
	}
	return facts, d.addPost(ctx, req, &facts)
}

// verdict asks policy. The outcome has a result where the answer is no. lookup is the error of looking the target up.
func (d *decider) verdict(ctx context.Context, req Request, facts *policy.Facts, lookup error) (Outcome, error) {
	decision, noRoles, err := d.decide(ctx, req, facts)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{
		Rule: decision.Rule, Reason: decision.Reason, Target: facts.Target, Chat: facts.Chat, Ranked: facts.Ranked(),
	}
	if !decision.Allow {
		return out.refused(lookup, noRoles), nil
	}
	if decision.AsOwner {
		out.As = audit.AsOwner
	}
	return out, nil
}

// decide loads the roles and asks policy. No event says when a chat's managers change, so roles are loaded afresh before a
// refusal, a blind recall, or a recall as the owner. noRoles is why the roles could not be loaded.
func (d *decider) decide(ctx context.Context, req Request, facts *policy.Facts) (decision policy.Decision, noRoles, err error) {
	chat := cmp.Or(facts.Target.Chat, req.Chat)
	if rolesDontMatter(*facts) || chat == "" || req.P2P || (req.Chat != "" && chat != req.Chat) {
		return d.ask(*facts), nil, nil
	}
	if noRoles, err = d.loadRoles(ctx, req, facts, chat, anyAge); err != nil {
		return policy.Decision{}, nil, err
	}
	decision, err = d.askWithGrant(ctx, facts)
	if err != nil || !d.needsFreshRoles(*facts, decision) {
		return decision, noRoles, err
	}
	if noRoles, err = d.loadRoles(ctx, req, facts, chat, freshAge); err != nil {
		return policy.Decision{}, nil, err
	}
	decision, err = d.askWithGrant(ctx, facts)
	return decision, noRoles, err
}

// ask asks policy. A message that is gone and of unknown kind needs only a person who may recall in the chat: there is
// nothing left to protect.
func (d *decider) ask(facts policy.Facts) policy.Decision {
	if facts.Target.Gone && facts.Target.Kind == bot.KindUnknown {
		return d.rules().Policy.May(facts)
	}
	return d.rules().Policy.Decide(facts)
}

// needsFreshRoles reports whether a decision must not rest on the roles' present age.
func (d *decider) needsFreshRoles(facts policy.Facts, decision policy.Decision) bool {
	certain := decision.Allow && !decision.Blind && !decision.AsOwner
	return facts.Chat != nil && !certain && d.now().Sub(facts.Chat.Learned) > freshAge
}

// loadRoles puts the chat's roles into the facts, or nil with the cause in unknown. err is set where the request is to run
// again later.
func (d *decider) loadRoles(
	ctx context.Context, req Request, facts *policy.Facts, id bot.ChatID, age time.Duration,
) (unknown, err error) {
	began := time.Now()
	chat, err := d.rolesFor(ctx, req, id, age)
	if err == nil {
		d.rolesUnknown.ReportOf(ctx, string(id), began, nil)
		facts.Chat = &chat
		facts.P2P = facts.P2P || (chat.P2P && isReaction(req.Via)) // only the two people of such a chat can react there
		return nil, nil
	}
	facts.Chat = nil
	if req.retryLater(err) {
		return nil, err
	}
	if bot.KindOf(err) == bot.Unavailable {
		d.rolesUnknown.ReportOf(ctx, string(id), began, err, slog.String("chat_id", string(id)))
		return err, nil
	}
	d.log.WarnContext(ctx, "roles not loaded", "chat_id", string(id), "error", err)
	return err, nil
}

// rolesFor gives the roles in a chat. Those that were read in advance may be of any age.
func (d *decider) rolesFor(ctx context.Context, req Request, id bot.ChatID, age time.Duration) (bot.Chat, error) {
	if id == req.Chat && age == anyAge {
		return d.roles.chat(ctx, id, age, req.ahead.roles)
	}
	return d.roles.Chat(ctx, id, age)
}

func isReaction(via bot.Via) bool { return via == bot.ViaReaction || via == bot.ViaQuorum }

// settingsFor are settingsOf for a request.
func (d *decider) settingsFor(ctx context.Context, req Request, chat bot.ChatID) (bot.Settings, error) {
	now := func() (bot.Settings, error) { return d.settingsOf(ctx, chat) }
	if chat != req.Chat {
		return now()
	}
	return req.ahead.settings.or(now)
}

// settingsOf are the chat's settings. Settings that can't be read are an error, never the defaults.
func (d *decider) settingsOf(ctx context.Context, chat bot.ChatID) (bot.Settings, error) {
	if d.settings == nil || chat == "" {
		return bot.Settings{}, nil
	}
	return d.settings.Settings(ctx, chat)
}
