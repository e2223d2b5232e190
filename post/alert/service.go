package alert

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"recallbot/bot"
)

// editWait is how long an edit waits for a card that is still being sent.
const editWait = time.Second

// Store keeps the groups.
type Store interface {
	// Change changes a group, or makes it, and gives what it is then. Two who change at once don't lose each other's:
	// change is called again with what the other made of it. Where it reports false, nothing is kept.
	Change(ctx context.Context, id GroupID, change func(*Group) bool) (Group, error)
}

// Steps hands groups to a worker, which calls Step, soon or at a time.
type Steps interface {
	Put(ctx context.Context, id GroupID) error
	PutAt(ctx context.Context, id GroupID, at time.Time) error
}

// Cards are the posts that show alerts.
type Cards interface {
	// Post has a card posted under an id, once, however often it is asked.
	Post(ctx context.Context, order Order) error
	// Find knows how far a post is. NotFound is one that is not known any more.
	Find(ctx context.Context, id bot.PostID) (bot.Post, error)
	// Edit puts another card in its place, in silence.
	Edit(ctx context.Context, post bot.Post, card bot.Card) error
	// TakeBack recalls a post whose time is over, or sees to it that it is not sent. An error means: try again.
	TakeBack(ctx context.Context, post bot.Post) error
}

// Order is a card that is to be posted.
type Order struct {
	ID    bot.PostID
	Chat  bot.ChatID
	Group bot.GroupID
	Team  bot.TeamID
	Token bot.TokenID
	Card  bot.Card
}

// Deps are what a desk works with.
type Deps struct {
	Store Store
	Steps Steps
	Cards Cards
	// Draw makes the card of a sheet for a chat.
	Draw func(ctx context.Context, chat bot.ChatID, s CardView) bot.Card
	// Fresh makes the id of a post.
	Fresh func() bot.PostID
	Log   *slog.Logger
	Now   func() time.Time
}

// Service takes notices in and keeps the cards as the groups are.
type Service struct{ Deps }

// New makes a desk.
func New(parts Deps) *Service { return &Service{parts} }

// Receive takes a notice in. Once it returns without an error, the group's card will say so, whatever happens; the same
// notice again changes nothing. A notice whose sender has gone is not taken: by now it may have been sent again elsewhere,
// and another one after it.
func (d *Service) Receive(ctx context.Context, n Notification, wish Options, by bot.Principal) (Group, error) {
	if !wish.Chat.Valid() {
		return Group{}, bot.Errorf(bot.Invalid, "chat: %q is none", wish.Chat)
	}
	id := IDOf(n, wish, by)
	var gone error
	group, err := d.Store.Change(ctx, id, func(g *Group) bool {
		if gone = ctx.Err(); gone != nil {
			return false
		}
		renewed := g.Options != wish || g.Team != by.Team || g.Token != by.Token
		g.ID, g.Options, g.Team, g.Token = id, wish, by.Team, by.Token
		return g.apply(n, d.Now(), d.Fresh) || (renewed && g.Life() == cardLife)
	})
	if gone != nil {
		return group, bot.Errorf(bot.Unavailable, "take alerts: the sender has gone: %w", gone)
	}
	if err != nil {
		return group, err
	}
	if group, err = d.replaceFailed(ctx, group, n); err != nil {
		return group, err
	}
	return group, d.schedule(ctx, group)
}

// replaceFailed gives a card that could not be posted another one: what kept the platform from it may be over.
func (d *Service) replaceFailed(ctx context.Context, g Group, n Notification) (Group, error) {
	told := n.alerts()
	for _, c := range g.cards() {
		if !c.Firing || !c.Made || c.View != nil || c.countKnown(told) == 0 {
			continue
		}
		post, err := d.find(ctx, c.Post)
		if err != nil || post.State != bot.PostFailed {
			return g, err
		}
		sheet := ViewOf(n)
		return d.settle(ctx, g.ID, c.Post, func(now *Card) {
			now.follow(d.Fresh)
			now.View = &sheet
		})
	}
	return g, nil
}

// schedule sees to it that what is still to do of a group is done.
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

// Step brings a group's cards to where the group is: posts them, edits them, takes them back. It may run at any time and
// again. RateLimited asks to come back later.
func (d *Service) Step(ctx context.Context, id GroupID) error {
	g, err := d.Store.Change(ctx, id, func(g *Group) bool {
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
		if c.View != nil { // first what people must see
			errs = append(errs, d.show(ctx, g, *c))
		}
		for _, post := range c.Leaving {
			errs = append(errs, d.leave(ctx, id, post))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	g, err = d.Store.Change(ctx, id, func(*Group) bool { return false })
	if err != nil {
		return err
	}
	return d.schedule(ctx, g)
}

// show has a card say what it is to say.
func (d *Service) show(ctx context.Context, g Group, c Card) error {
	if c.Made {
		return d.edit(ctx, g, c)
	}
	return d.post(ctx, g, c)
}

// leave takes a card back whose time is over.
func (d *Service) leave(ctx context.Context, id GroupID, post bot.PostID) error {
	if err := d.recall(ctx, post); err != nil {
		return err
	}
	_, err := d.Store.Change(ctx, id, func(g *Group) bool {
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

// recall takes a post back. One that nobody knows any more is gone.
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

// find is Cards.Find, with no state for a post that is not known.
func (d *Service) find(ctx context.Context, id bot.PostID) (bot.Post, error) {
	post, err := d.Cards.Find(ctx, id)
	if err != nil && bot.KindOf(err) != bot.NotFound {
		return bot.Post{}, err
	}
	return post, nil
}

// post has the card posted.
func (d *Service) post(ctx context.Context, g Group, c Card) error {
	mark := c.View.Mark()
	err := d.Cards.Post(ctx, Order{
		ID: c.Post, Chat: g.Options.Chat, Group: g.Name(), Team: g.Team, Token: g.Token, Card: d.Draw(ctx, g.Options.Chat, *c.View),
	})
	if err != nil {
		return err
	}
	_, err = d.settle(ctx, g.ID, c.Post, func(now *Card) { now.Made = true; now.shown(mark) })
	return err
}

// edit has the card say something else, once it stands. A card that somebody took back stays away while its group fires;
// one that failed, or that the platform does not let be edited any more, is followed by another one.
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

// edited settles what came of an edit. A card that is gone says what it was to say.
func (d *Service) edited(ctx context.Context, g Group, c Card, err error) error {
	note := func(now *Card) { now.shown(c.View.Mark()) }
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
		d.Log.WarnContext(ctx, "card of an alert can't be edited", "post", string(c.Post), "error", err)
	}
	_, err = d.settle(ctx, g.ID, c.Post, note)
	return err
}

// settle notes what was done for a card, unless another one has taken its place.
func (d *Service) settle(ctx context.Context, id GroupID, post bot.PostID, note func(now *Card)) (Group, error) {
	return d.Store.Change(ctx, id, func(g *Group) bool {
		for _, c := range g.cards() {
			if c.Post == post {
				note(c)
				return true
			}
		}
		return false
	})
}
