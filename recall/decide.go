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
		out.As = audit.AsOwner
	}
	return out, nil
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
	began := time.Now()
	chat, err := r.roles.Chat(ctx, id, age)
	if err == nil {
		r.asked.ReportOf(ctx, string(id), began, nil)
		facts.Chat = &chat
		facts.P2P = facts.P2P || (chat.P2P && reacted(req.Via)) // only the two people of such a chat can react there
		return nil, nil
	}
	facts.Chat = nil
	if req.waits(err) {
		return nil, err
	}
	if bot.KindOf(err) == bot.Unavailable {
		r.asked.ReportOf(ctx, string(id), began, err, slog.String("chat_id", string(id)))
		return err, nil
	}
	r.log.WarnContext(ctx, "roles not learned", "chat_id", string(id), "error", err)
	return err, nil
}

func reacted(via bot.Via) bool { return via == bot.ViaReaction || via == bot.ViaQuorum }
