package post

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"recallbot/bot"
)

const (
	// spreadTimeout is how long an order may take to be spread over its lines, before another replica does it.
	spreadTimeout = 5 * time.Second
	// MaxLife is the longest time after which a post is recalled.
	MaxLife = 365 * 24 * time.Hour
	// idBytes of a hash make the id of an order, of a post and of a group.
	idBytes = 15
	// clockSkew is by how much of the tenant's window a post is recalled before its end, maxLeeway at most.
	clockSkew = 10
	maxLeeway = 10 * time.Minute
)

// idOf is the same for the same words; nobody can guess it who doesn't know them.
func idOf(prefix string, words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return prefix + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:idBytes]))
}

// Accept keeps what is asked for and has it sent; when it returns, the posts survive everything. The same work that comes
// again, within a day, gives the posts that it asked for first, as they are then. Invalid says what is wrong with an order.
func (p *Poster) Accept(ctx context.Context, order bot.PostOrder) ([]bot.Post, error) {
	if err := check(order); err != nil {
		return nil, err
	}
	id := bot.OrderID(idOf("", "order", string(order.CauseID)))
	if order.Post != "" {
		id = bot.OrderID(idOf("", "post", string(order.Post)))
	}
	if order.Group == "" {
		order.Group = bot.GroupID(idOf("g_", "group", string(id)))
	}
	epoch, err := p.Groups.Announce(ctx, order.By.Team, order.Group, id)
	if err != nil {
		return nil, err
	}
	posts, err := p.Orders.Keep(ctx, id, order.Body, p.postsOf(id, order, epoch))
	if err != nil {
		return nil, err
	}
	// From here on it will be sent, whatever happens to us.
	if err := p.Work.Heal(ctx, id, p.Now().Add(spreadTimeout)); err != nil {
		return nil, err
	}
	if err := p.spread(ctx, posts); err != nil {
		return nil, err
	}
	if err := p.Work.Healed(ctx, id); err != nil {
		p.Log.WarnContext(ctx, "order is looked at once more", "order", string(id), "error", err)
	}
	return p.current(ctx, posts)
}

func check(order bot.PostOrder) error { //nolint:cyclop // a flat list of what may be wrong
	targets := len(order.Chats) + len(order.Users)
	invalid := func(why string) error { return bot.Errorf(bot.Invalid, "%s", why) }
	switch {
	case order.By == nil || order.By.Token == "":
		return bot.Errorf(bot.Denied, "post for nobody")
	case targets == 0 || slices.ContainsFunc(order.Chats, isInvalid) || slices.ContainsFunc(order.Users, isInvalid):
		return invalid("no chat and no person to post to")
	case targets > bot.MaxTargets:
		return invalid("too many chats and people at once")
	case order.Type == "" || order.Body == "":
		return invalid("nothing to post")
	case len(order.Body) > bot.MaxContent:
		return invalid("too much to post")
	case order.Post != "" && targets > 1:
		return invalid("one id for several posts")
	case order.CauseID == "" && order.Post == "":
		return bot.Errorf(bot.Internal, "post without a cause")
	}
	if err := checkNames(order.Group, order.Author); err != nil {
		return err
	}
	return checkLife(order.Life)
}

func isInvalid[T interface{ Valid() bool }](id T) bool { return !id.Valid() }

// checkNames checks what stands in every post.
func checkNames(group bot.GroupID, author bot.UserID) error {
	switch {
	case group != "" && !group.Valid():
		return bot.Errorf(bot.Invalid, "a group that can't be called so")
	case author != "" && !author.Valid():
		return bot.Errorf(bot.Invalid, "an author who is no person")
	default:
		return nil
	}
}

func checkLife(life time.Duration) error {
	switch {
	case life < 0 || (life > 0 && life < time.Second):
		return bot.Errorf(bot.Invalid, "a lifetime of less than a second")
	case life > MaxLife:
		return bot.Errorf(bot.Invalid, "a lifetime of more than %d days", MaxLife/(24*time.Hour)) //nolint:mnd // a day
	default:
		return nil
	}
}

// postsOf are the posts that an order asks for, one for each target and in their order.
func (p *Poster) postsOf(id bot.OrderID, order bot.PostOrder, epoch int) []bot.Post {
	now := p.Now()
	model := bot.Post{
		State: bot.PostQueued, Group: order.Group, Epoch: epoch, Order: id, Team: order.By.Team, Token: order.By.Token, Author: order.Author,
		Kind: bot.KindOwn, Type: order.Type, Undo: order.Undo, Life: order.Life, Created: now,
	}
	model.Expires, model.Shortened = p.expiry(now, now, order.Life)
	var posts []bot.Post
	add := func(chat bot.ChatID, to bot.UserID) {
		post := model
		post.Chat, post.To, post.Key = chat, to, p.Key()
		if post.ID = order.Post; post.ID == "" {
			post.ID = bot.PostID(idOf("p_", "post", string(id), string(chat), string(to)))
		}
		if !slices.ContainsFunc(posts, func(other bot.Post) bool { return other.ID == post.ID }) {
			posts = append(posts, post)
		}
	}
	for _, chat := range order.Chats {
		add(chat, "")
	}
	for _, user := range order.Users {
		add("", user)
	}
	return posts
}

// expiry is when a post is to be recalled whose lifetime begins now and that stands since then or before; the second result
// is set where that is earlier than was asked for, because the tenant would not allow it later.
func (p *Poster) expiry(since, now time.Time, life time.Duration) (time.Time, bool) {
	if life <= 0 {
		return time.Time{}, false
	}
	at := now.Add(life)
	if last := since.Add(InTime(p.Window)); p.Window > 0 && at.After(last) {
		return last, true
	}
	return at, false
}

// InTime is the longest lifetime that ends well before the tenant's window does.
func InTime(window time.Duration) time.Duration { return window - min(window/clockSkew, maxLeeway) }

// spread puts an order's posts into their lines. It may be called again, at any time.
func (p *Poster) spread(ctx context.Context, posts []bot.Post) error {
	if len(posts) == 0 {
		return nil
	}
	if err := p.Store.Create(ctx, posts...); err != nil {
		return err
	}
	now, err := p.current(ctx, posts)
	if err != nil {
		return err
	}
	for _, post := range now {
		if err := p.enqueue(ctx, post); err != nil {
			return err
		}
	}
	return p.Groups.Listed(ctx, posts[0].Team, posts[0].Group, posts[0].Order)
}

// Complete keeps the posts of all orders of a group, also of those that a process left half kept when it died.
func (p *Poster) Complete(ctx context.Context, team bot.TeamID, group bot.GroupID) error {
	orders, err := p.Groups.Announced(ctx, team, group)
	if err != nil {
		return err
	}
	for _, id := range orders {
		if err := p.Heal(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// enqueue has a post wait for its turn, and its time run.
func (p *Poster) enqueue(ctx context.Context, post bot.Post) error {
	if post.State != bot.PostQueued {
		return p.Orders.Settle(ctx, post.Order, post.ID)
	}
	if !post.Expires.IsZero() {
		if err := p.Work.Expire(ctx, post.ID, post.Expires); err != nil {
			return err
		}
	}
	if err := p.Lines.Join(ctx, post.LineID(), post.ID); err != nil {
		return err
	}
	return p.Work.Send(ctx, post)
}

// current gives posts as they are now.
func (p *Poster) current(ctx context.Context, posts []bot.Post) ([]bot.Post, error) {
	ids := make([]bot.PostID, len(posts))
	for i, post := range posts {
		ids[i] = post.ID
	}
	return p.Store.Load(ctx, ids...)
}

// Heal spreads an order that nobody has finished to spread.
func (p *Poster) Heal(ctx context.Context, id bot.OrderID) error {
	posts, err := p.Orders.Posts(ctx, id)
	if err != nil {
		return err
	}
	return p.spread(ctx, posts)
}
