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
	// spreadTimeout is after what time another replica spreads an order over its lines.
	spreadTimeout = 5 * time.Second
	// MaxLife is the longest lifetime of a post.
	MaxLife = 365 * 24 * time.Hour
	// idBytes of a hash are the id of an order, a post or a group.
	idBytes = 15
	// A post is recalled before the end of the tenant's window: by one part in marginParts of it, at most maxMargin.
	marginParts = 10
	maxMargin   = 10 * time.Minute
)

// idOf is an id that can't be guessed without the words.
func idOf(prefix string, words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return prefix + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:idBytes]))
}

// Accept stores and queues the posts of an order: a crash can't lose them any more. Within a day the same cause gets the same
// posts, in their present state. Invalid is the fault of an order.
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
	if err := p.Work.Heal(ctx, id, p.Now().Add(spreadTimeout)); err != nil {
		return nil, err
	}
	if err := p.spread(ctx, posts); err != nil {
		return nil, err
	}
	if err := p.Work.Healed(ctx, id); err != nil {
		p.Log.WarnContext(ctx, "order will be checked again", "order", string(id), "error", err)
	}
	return p.current(ctx, posts)
}

func check(order bot.PostOrder) error { //nolint:cyclop // a flat list of checks
	targets := len(order.Chats) + len(order.Users)
	invalid := func(why string) error { return bot.Errorf(bot.Invalid, "%s", why) }
	switch {
	case order.By == nil || order.By.Token == "":
		return bot.Errorf(bot.Denied, "post without a token")
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

// checkNames checks the group and the author of a post.
func checkNames(group bot.GroupID, author bot.UserID) error {
	switch {
	case group != "" && !group.Valid():
		return bot.Errorf(bot.Invalid, "the name of the group is invalid")
	case author != "" && !author.Valid():
		return bot.Errorf(bot.Invalid, "the author is not a person")
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

// postsOf makes the posts of an order, one for each receiver.
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

// expiry is when a post is to be recalled that was sent at since, and whose lifetime begins now. It reports true where the
// tenant's window makes that earlier.
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

// InTime is the longest lifetime within the tenant's window.
func InTime(window time.Duration) time.Duration { return window - min(window/marginParts, maxMargin) }

// spread adds an order's posts to their lines. It is idempotent.
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

// Complete stores the posts of all orders of a group, also of orders that a crash left incomplete.
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

// enqueue adds a post to its line and schedules its recall.
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

// current loads posts.
func (p *Poster) current(ctx context.Context, posts []bot.Post) ([]bot.Post, error) {
	ids := make([]bot.PostID, len(posts))
	for i, post := range posts {
		ids[i] = post.ID
	}
	return p.Store.Load(ctx, ids...)
}

// Heal spreads an order that a crash left incomplete.
func (p *Poster) Heal(ctx context.Context, id bot.OrderID) error {
	posts, err := p.Orders.Posts(ctx, id)
	if err != nil {
		return err
	}
	return p.spread(ctx, posts)
}
