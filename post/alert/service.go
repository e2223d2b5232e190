package alert

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"recallbot/bot"
)

// editWait is the wait for a card that is still being sent.
const editWait = time.Second

// Steps is the durable queue that calls Step for a group, soon or at a time.
type Steps interface {
	Put(ctx context.Context, id GroupID) error
	PutAt(ctx context.Context, id GroupID, at time.Time) error
}

// Cards are the cards of alerts, which are posts.
type Cards interface {
	// Post queues a card under an id. It is idempotent.
	Post(ctx context.Context, order Order) error
	// Find gives NotFound for an unknown or expired post.
	Find(ctx context.Context, id bot.PostID) (bot.Post, error)
	// Edit replaces the card without a notification.
	Edit(ctx context.Context, post bot.Post, card bot.Card) error
	// TakeBack recalls or cancels a post. An error asks for another try.
	TakeBack(ctx context.Context, post bot.Post) error
}

// Order is a card to post.
type Order struct {
	ID    bot.PostID
	Chat  bot.ChatID
	Group bot.GroupID
	Team  bot.TeamID
	Token bot.TokenID
	Card  bot.Card
}

// Deps are the dependencies of Service.
type Deps struct {
	// Change changes or makes a stored group and returns it. After a concurrent change it calls change again. Where change
	// reports false, nothing is stored.
	Change func(ctx context.Context, id GroupID, change func(*Group) bool) (Group, error)
	Steps  Steps
	Cards  Cards
	// Draw makes the card of a view for a chat.
	Draw func(ctx context.Context, chat bot.ChatID, view CardView) bot.Card
	// Fresh makes the id of a post.
	Fresh func() bot.PostID
	Log   *slog.Logger
	Now   func() time.Time
}

// Service receives notifications and updates the cards.
type Service struct{ Deps }

// New makes a service.
func New(deps Deps) *Service { return &Service{deps} }

// Receive stores a notification: a crash can't lose it any more. The same notification again changes nothing. It refuses one
// whose sender has disconnected, since the sender may have sent it again to another replica.
func (d *Service) Receive(ctx context.Context, n Notification, options Options, by bot.Principal) (Group, error) {
	if !options.Chat.Valid() {
		return Group{}, bot.Errorf(bot.Invalid, "chat: %q is not a chat's id", options.Chat)
	}
	id := IDOf(n, options, by)
	var gone error
	group, err := d.Change(ctx, id, func(g *Group) bool {
		if gone = ctx.Err(); gone != nil {
			return false
		}
		renewed := g.Options != options || g.Team != by.Team || g.Token != by.Token
		g.ID, g.Options, g.Team, g.Token = id, options, by.Team, by.Token
		return g.apply(n, d.Now(), d.Fresh) || (renewed && g.Life() == cardLife)
	})
	if gone != nil {
		return group, bot.Errorf(bot.Unavailable, "receive alerts: the sender has disconnected: %w", gone)
	}
	if err != nil {
		return group, err
	}
	if group, err = d.replaceFailed(ctx, group, n); err != nil {
		return group, err
	}
	return group, d.schedule(ctx, group)
}

// replaceFailed makes another card for one that could not be posted.
func (d *Service) replaceFailed(ctx context.Context, g Group, n Notification) (Group, error) {
	alerts := n.alerts()
	for _, c := range g.cards() {
		if !c.Firing || !c.Made || c.View != nil || c.countKnown(alerts) == 0 {
			continue
		}
		post, err := d.find(ctx, c.Post)
		if err != nil || post.State != bot.PostFailed {
			return g, err
		}
		view := ViewOf(n)
		return d.settle(ctx, g.ID, c.Post, func(now *Card) {
			now.follow(d.Fresh)
			now.View = &view
		})
	}
	return g, nil
}

// schedule queues what is still to do for a group.
func (d *Service) schedule(ctx context.Context, g Group) error {
	var next time.Time
	for _, c := range g.cards() {
		if c.pending(d.Now()) {
			return d.Steps.Put(ctx, g.ID)
		}
		next = earlier(next, c.RecallAt)
	}
	if next.IsZero() {
		return nil
	}
	return d.Steps.PutAt(ctx, g.ID, next)
}

// Step posts, edits and recalls a group's cards. It may run at any time and again. RateLimited asks for another call later.
func (d *Service) Step(ctx context.Context, id GroupID) error {
	g, err := d.Change(ctx, id, func(g *Group) bool {
		expired := false
		for _, c := range g.cards() {
			expired = c.expire(d.Now()) || expired
		}
		return expired
	})
	if err != nil || g.ID == "" {
		return err
	}
	var errs []error
	for _, c := range g.cards() {
		if c.View != nil { // before recalls, since people must see it
			errs = append(errs, d.show(ctx, g, *c))
		}
		for _, post := range c.Leaving {
			errs = append(errs, d.leave(ctx, id, post))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	g, err = d.Change(ctx, id, func(*Group) bool { return false })
	if err != nil {
		return err
	}
	return d.schedule(ctx, g)
}

// show posts or edits a card.
func (d *Service) show(ctx context.Context, g Group, c Card) error {
	if c.Made {
		return d.edit(ctx, g, c)
	}
	return d.post(ctx, g, c)
}

// leave recalls a card and removes it from the group.
func (d *Service) leave(ctx context.Context, id GroupID, post bot.PostID) error {
	if err := d.recall(ctx, post); err != nil {
		return err
	}
	_, err := d.Change(ctx, id, func(g *Group) bool {
		for _, c := range g.cards() {
			if i := slices.Index(c.Leaving, post); i >= 0 {
				c.Leaving = slices.Delete(c.Leaving, i, i+1)
				return true
			}
		}
		return false
	})
	return err
}

// recall recalls a post. An unknown post is gone.
func (d *Service) recall(ctx context.Context, id bot.PostID) error {
	post, err := d.find(ctx, id)
	if err != nil {
		return err
	}
	switch post.State {
	case bot.PostQueued, bot.PostSent:
		return d.Cards.TakeBack(ctx, post)
	default:
		return nil
	}
}

// find is Cards.Find with no state for an unknown post.
func (d *Service) find(ctx context.Context, id bot.PostID) (bot.Post, error) {
	post, err := d.Cards.Find(ctx, id)
	if err != nil && bot.KindOf(err) != bot.NotFound {
		return bot.Post{}, err
	}
	return post, nil
}

// post posts a card.
func (d *Service) post(ctx context.Context, g Group, c Card) error {
	hash := c.View.Hash()
	err := d.Cards.Post(ctx, Order{
		ID: c.Post, Chat: g.Options.Chat, Group: g.Name(), Team: g.Team, Token: g.Token, Card: d.Draw(ctx, g.Options.Chat, *c.View),
	})
	if err != nil {
		return err
	}
	_, err = d.settle(ctx, g.ID, c.Post, func(now *Card) { now.Made = true; now.shown(hash) })
	return err
}

// edit edits a card once it is sent. A card that a person recalled stays recalled while its group fires. One that failed, or
// can't be edited any more, is followed by another one.
func (d *Service) edit(ctx context.Context, g Group, c Card) error {
	post, err := d.find(ctx, c.Post)
	if err != nil {
		return err
	}
	switch post.State {
	case bot.PostQueued:
		return &bot.Error{Kind: bot.RateLimited, Op: "edit the card of " + string(g.ID), RetryAfter: editWait}
	case bot.PostSent:
		err = d.Cards.Edit(ctx, post, d.Draw(ctx, g.Options.Chat, *c.View))
	case bot.PostCancelled, bot.PostRecalled, bot.PostUnsure:
	default:
		_, err = d.settle(ctx, g.ID, c.Post, func(now *Card) { now.follow(d.Fresh) })
		return err
	}
	return d.edited(ctx, g, c, err)
}

// edited handles the result of an edit. A card that is gone counts as edited.
func (d *Service) edited(ctx context.Context, g Group, c Card, err error) error {
	note := func(now *Card) { now.shown(c.View.Hash()) }
	switch kind := bot.KindOf(err); {
	case err == nil || kind == bot.NotFound:
	case kind == bot.Expired:
		note = func(now *Card) {
			now.Leaving = append(now.Leaving, c.Post)
			now.follow(d.Fresh)
		}
	case bot.Retryable(err):
		return err
	default:
		d.Log.WarnContext(ctx, "alert card not edited", "post", string(c.Post), "error", err)
	}
	_, err = d.settle(ctx, g.ID, c.Post, note)
	return err
}

// settle updates a stored card, unless another one has replaced it.
func (d *Service) settle(ctx context.Context, id GroupID, post bot.PostID, note func(now *Card)) (Group, error) {
	return d.Change(ctx, id, func(g *Group) bool {
		for _, c := range g.cards() {
			if c.Post == post {
				note(c)
				return true
			}
		}
		return false
	})
}
