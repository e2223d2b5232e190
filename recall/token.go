package recall

import (
	"context"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// Posted tells what was made or registered through the API.
type Posted interface {
	// Of finds the post that became the message; nil where there is none.
	Of(ctx context.Context, id bot.MessageID) (*bot.Post, error)
	// OfAll is Of for several messages at once, in their order.
	OfAll(ctx context.Context, ids []bot.MessageID) ([]*bot.Post, error)
	// Find gives NotFound for a post that is not kept.
	Find(ctx context.Context, id bot.PostID) (bot.Post, error)
	// Cancel cancels a post that is not sent yet, and gives what it is then; fresh is whether this call did it. One that is
	// being sent just then is recalled as soon as that is known.
	Cancel(ctx context.Context, id bot.PostID, by bot.Cancellation) (post bot.Post, fresh bool, err error)
}

// Tokens tell what an API token may now.
type Tokens interface {
	// Principal is Over for a token that is revoked, has expired, or is not known.
	Principal(ctx context.Context, id bot.TokenID) (*bot.Principal, error)
}

// principal is who asks by a token, with what the token may now: a request may be older than that.
func (r *Recaller) principal(ctx context.Context, req Request) (*bot.Principal, error) {
	if req.By == nil || r.tokens == nil || req.Via == bot.ViaCancelled {
		return req.By, nil
	}
	return r.tokens.Principal(ctx, req.By.Token)
}

// Current is what an API token may now.
func (r *Recaller) Current(ctx context.Context, by *bot.Principal) (*bot.Principal, error) {
	return r.principal(ctx, Request{By: by})
}

// posted adds what is known of the target as a post. For persons that is its author, where the index has lost it.
func (r *Recaller) posted(ctx context.Context, req Request, facts *policy.Facts) (err error) {
	if r.posts == nil {
		return nil
	}
	if facts.Posted, err = r.postOf(ctx, req); err != nil {
		return err
	}
	if req.Who == "" || facts.Target.Kind != bot.KindOwn || facts.Target.Sender != 0 {
		return nil
	}
	post, err := r.posts.Of(ctx, facts.Target.ID)
	if err == nil && post != nil {
		facts.Target.Sender = bot.Hash64Of(post.Author)
	}
	return err
}

// postOf is what is known of the target as a post. Only where nobody asks in person does it matter who had it posted.
func (r *Recaller) postOf(ctx context.Context, req Request) (*bot.Post, error) {
	if r.posts == nil || (req.By == nil && req.Via != bot.ViaCancelled && !bot.IsBatch(req.Target)) {
		return nil, nil //nolint:nilnil // nil is a message that is no post of the API
	}
	return r.posts.Of(ctx, req.Target)
}

// rolesDontMatter: who is what in the chat changes nothing where no person asks and the message is our own.
func rolesDontMatter(facts policy.Facts) bool {
	return (facts.By != nil || facts.Via == bot.ViaLifetime || facts.Via == bot.ViaCancelled) && facts.Target.Kind == bot.KindOwn
}

// MayBy says whether a token may recall anything in a chat.
func (r *Recaller) MayBy(by *bot.Principal, chat bot.ChatID) policy.Decision {
	return r.rules.Load().Policy.May(policy.Facts{By: by, Via: bot.ViaAPI, Asked: chat})
}

// Hidden is what a selection for a token must not show: what another team had posted and, where the token may recall its own
// only, all that its team had not. It is nil for those to whom nothing is hidden.
func (r *Recaller) Hidden(by *bot.Principal) func(ctx context.Context, page []bot.Message) ([]bool, error) {
	if by == nil || (by.Any && by.Team == "") {
		return nil
	}
	return func(ctx context.Context, page []bot.Message) ([]bool, error) {
		posts, err := r.postsOf(ctx, page)
		if err != nil {
			return nil, err
		}
		hidden := make([]bool, len(page))
		for i, posted := range posts {
			own := posted != nil && by.Team != "" && posted.Team == by.Team
			hidden[i] = !own && (!by.Any || !policy.Sees(by, posted))
		}
		return hidden, nil
	}
}

// postsOf is what is known of messages as posts, in their order; what others wrote is none.
func (r *Recaller) postsOf(ctx context.Context, page []bot.Message) ([]*bot.Post, error) {
	posts := make([]*bot.Post, len(page))
	if r.posts == nil {
		return posts, nil
	}
	var ids []bot.MessageID
	var places []int
	for i, m := range page {
		if m.Kind != bot.KindPerson && m.Kind != bot.KindBot {
			ids, places = append(ids, m.ID), append(places, i)
		}
	}
	found, err := r.posts.OfAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, post := range found {
		posts[places[i]] = post
	}
	return posts, nil
}
