// Package post makes posts for teams: what the HTTP API accepts is stored, sent once and in order, and recalled at the end of
// its lifetime. Recalls go through recall.Recaller, which decides.
package post

import (
	"context"
	"log/slog"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// Store keeps posts.
type Store interface {
	// Create stores new posts; existing ones stay unchanged.
	Create(ctx context.Context, posts ...bot.Post) error
	// Find gives NotFound for an unknown or expired post.
	Find(ctx context.Context, id bot.PostID) (bot.Post, error)
	// Load gives the posts that exist.
	Load(ctx context.Context, ids ...bot.PostID) ([]bot.Post, error)
	// Change changes a post and returns it. After a concurrent change it calls change again. Where change reports false, nothing
	// is stored.
	Change(ctx context.Context, id bot.PostID, change func(*bot.Post) bool) (bot.Post, error)
	// Of finds the post of a message; nil where there is none.
	Of(ctx context.Context, id bot.MessageID) (*bot.Post, error)
}

// Groups keep the orders of a group whose posts are not all stored yet, and how often the group was recalled.
type Groups interface {
	// Announce notes that an order of a group will be stored, and returns how often the group was recalled so far.
	Announce(ctx context.Context, team bot.TeamID, group bot.GroupID, order bot.OrderID) (epoch int, err error)
	// Announced gives the orders of a group whose posts may not all be stored yet; Listed notes that those of an order are.
	Announced(ctx context.Context, team bot.TeamID, group bot.GroupID) ([]bot.OrderID, error)
	Listed(ctx context.Context, team bot.TeamID, group bot.GroupID, order bot.OrderID) error
	// Withdrawn is when the post's group, or its author's posts in it, were last recalled; zero is never.
	Withdrawn(ctx context.Context, post bot.Post) (time.Time, error)
}

// Orders keep orders until all of their posts are sent.
type Orders interface {
	// Keep stores an order, unless one with its id exists, and returns the posts of the stored one.
	Keep(ctx context.Context, id bot.OrderID, body string, posts []bot.Post) ([]bot.Post, error)
	// Posts gives the posts of an order; none where it has expired.
	Posts(ctx context.Context, id bot.OrderID) ([]bot.Post, error)
	// Body gives the content; ok is false where it has expired.
	Body(ctx context.Context, id bot.OrderID) (body string, ok bool, err error)
	// Settle notes that a post is finished. After the last one of the order, its content is deleted.
	Settle(ctx context.Context, id bot.OrderID, post bot.PostID) error
}

// Lines are the queues of posts: one for each chat, so that its posts are sent in order.
type Lines interface {
	// Join adds a post at the end, unless it is in the line.
	Join(ctx context.Context, line string, id bot.PostID) error
	// Head is the first post; empty for an empty line.
	Head(ctx context.Context, line string) (bot.PostID, error)
	Leave(ctx context.Context, line string, id bot.PostID) error
	// Hold locks the line for the holder for a time, or renews the lock. It reports false while another holder has it.
	Hold(ctx context.Context, line, holder string, life time.Duration) (bool, error)
	Release(ctx context.Context, line, holder string) error
}

// Work is the durable queue of posts. All calls are idempotent.
type Work interface {
	// Send makes the queue call Poster.Send for the post's line, Offer Poster.Offer for the post.
	Send(ctx context.Context, post bot.Post) error
	Offer(ctx context.Context, post bot.Post) error
	// Expire makes it call Poster.Expire for the post at a time.
	Expire(ctx context.Context, id bot.PostID, at time.Time) error
	// Heal makes it call Poster.Heal for the order at a time, unless Healed is called before.
	Heal(ctx context.Context, id bot.OrderID, at time.Time) error
	Healed(ctx context.Context, id bot.OrderID) error
}

// Platform is the part of the platform's API that posts need.
type Platform interface {
	// Publish sends a post. Within an hour the same key is sent once, and gives the same message.
	Publish(ctx context.Context, post bot.Outgoing) (bot.Message, error)
	Message(ctx context.Context, id bot.MessageID) (bot.Message, error)
	BatchProgress(ctx context.Context, id bot.MessageID) (bot.BatchProgress, error)
}

// Buttons are the buttons by which authors recall their posts.
type Buttons interface {
	// Decorate adds the button to a card, and reports whether it could.
	Decorate(ctx context.Context, post bot.Post, body string) (string, bool)
	// Offer shows the button to the author only. An error asks for another run.
	Offer(ctx context.Context, post bot.Post) error
	// Withdraw removes the button from its card, after the post was recalled. An error asks for another run.
	Withdraw(ctx context.Context, post bot.Post) error
}

// Config is the configuration of a poster.
type Config struct {
	// DryRun reports whether posts must not be sent now.
	DryRun func() bool
	// Window is the tenant's recall window; 0 is unknown or unlimited.
	Window time.Duration
	// Observe, when set, is called for every post whose sending has ended, sometimes twice.
	Observe func(bot.Post)
	Log     *slog.Logger
	Now     func() time.Time
	// Key makes a random key.
	Key func() string
}

// Stores are where posts are kept.
type Stores struct {
	Store  Store
	Groups Groups
	Orders Orders
	Lines  Lines
}

// Deps are a poster's dependencies.
type Deps struct {
	Stores

	Work     Work
	Platform Platform
	Index    recall.Index
	Recaller *recall.Recaller
	// Principal gives the present rights of a token. It is Over for a token that is revoked, expired, or not known.
	Principal func(ctx context.Context, id bot.TokenID) (*bot.Principal, error)
	// Buttons may be nil.
	Buttons Buttons
}

// Poster sends posts for teams. It is safe for concurrent use, in any number of replicas.
type Poster struct {
	Config
	Deps
}

// New makes a poster.
func New(config Config, deps Deps) *Poster { return &Poster{config, deps} }

// typeCard is the msg_type of cards.
const typeCard = "interactive"

// later is an error that asks for another call after a time.
func later(op string, wait time.Duration) error {
	return &bot.Error{Kind: bot.RateLimited, Op: op, RetryAfter: wait}
}
