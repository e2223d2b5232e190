// Package post makes posts for others: what is asked for by the HTTP API is kept, sent in its turn, once, and taken back
// when its time is over. It decides on no recall: whatever it takes back goes through recall.Recaller.
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
	// Create keeps new posts; those that are kept already stay as they are.
	Create(ctx context.Context, posts ...bot.Post) error
	// Find gives NotFound for a post that is not kept, or no longer.
	Find(ctx context.Context, id bot.PostID) (bot.Post, error)
	// Load gives those of the posts that are kept.
	Load(ctx context.Context, ids ...bot.PostID) ([]bot.Post, error)
	// Change changes a post, and gives what it is then. Two who change at once don't lose each other's: change is called
	// again with what the other made of it. Where it reports false, all stays as it is.
	Change(ctx context.Context, id bot.PostID, change func(*bot.Post) bool) (bot.Post, error)
	// Of finds the post that became the message; nil where there is none.
	Of(ctx context.Context, id bot.MessageID) (*bot.Post, error)
}

// Groups know which orders of a group are not all kept as posts yet, and how often the group was recalled.
type Groups interface {
	// Announce notes that an order of a group is about to be kept, and gives how often the group was recalled so far.
	Announce(ctx context.Context, team bot.TeamID, group bot.GroupID, order bot.OrderID) (epoch int, err error)
	// Announced gives the orders of a group whose posts may not all be kept yet; Listed notes that those of one are.
	Announced(ctx context.Context, team bot.TeamID, group bot.GroupID) ([]bot.OrderID, error)
	Listed(ctx context.Context, team bot.TeamID, group bot.GroupID, order bot.OrderID) error
	// Withdrawn is when a post's group was last recalled, or all of its author's posts in it; zero where it never was.
	Withdrawn(ctx context.Context, post bot.Post) (time.Time, error)
}

// Orders keep what was asked for at once until all of it is sent.
type Orders interface {
	// Keep keeps an order unless one of its id is kept, and gives the posts of the one that is. Then it survives.
	Keep(ctx context.Context, id bot.OrderID, body string, posts []bot.Post) ([]bot.Post, error)
	// Posts gives the posts that an order asks for; none where it is not known any more.
	Posts(ctx context.Context, id bot.OrderID) ([]bot.Post, error)
	// Body gives what it says; ok is false where that is not kept any more.
	Body(ctx context.Context, id bot.OrderID) (body string, ok bool, err error)
	// Settle notes that nothing more is to be sent of a post: what its order says goes with the last of them.
	Settle(ctx context.Context, id bot.OrderID, post bot.PostID) error
}

// Lines are where posts wait for their turn: one line for each chat, so that its posts stand in the order in which they
// were asked for.
type Lines interface {
	// Join puts a post at the end, unless it stands in the line already.
	Join(ctx context.Context, lane string, id bot.PostID) error
	// Head is the first; empty where nobody waits.
	Head(ctx context.Context, lane string) (bot.PostID, error)
	Leave(ctx context.Context, lane string, id bot.PostID) error
	// Hold takes the line for the holder for a time, or prolongs that, and reports false while another one has it.
	Hold(ctx context.Context, lane, holder string, life time.Duration) (bool, error)
	Release(ctx context.Context, lane, holder string) error
}

// Work is the durable queue by which posts go on. Each call may be made again without harm.
type Work interface {
	// Send has Poster.Send called for the post's line, Offer has Poster.Offer called for the post.
	Send(ctx context.Context, post bot.Post) error
	Offer(ctx context.Context, post bot.Post) error
	// Expire has Poster.Expire called for the post at a time.
	Expire(ctx context.Context, id bot.PostID, at time.Time) error
	// Heal has Poster.Heal called for the order at a time, unless Healed is called before.
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

// Index knows messages.
type Index interface {
	Add(ctx context.Context, messages ...bot.Message) error
	Find(ctx context.Context, id bot.MessageID) (bot.Message, bool, error)
}

// Recaller is the one door to recalling: recall.Recaller.
type Recaller interface {
	Recall(ctx context.Context, req recall.Request) (recall.Outcome, error)
}

// Tokens tell what an API token may now.
type Tokens interface {
	// Principal is Over for a token that is revoked, has expired, or is not known.
	Principal(ctx context.Context, id bot.TokenID) (*bot.Principal, error)
}

// Buttons are those by which authors take their posts back.
type Buttons interface {
	// Decorate puts the button into a card that is about to be posted, and reports whether it could.
	Decorate(ctx context.Context, post bot.Post, body string) (string, bool)
	// Offer shows the button to the author alone. An error asks for another run.
	Offer(ctx context.Context, post bot.Post) error
}

// Config holds what the poster can be told.
type Config struct {
	// DryRun reports whether nothing is to be posted now.
	DryRun func() bool
	// Window is for how long the tenant lets posts be recalled; 0 is not known, or for ever.
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
	Index    Index
	Recaller Recaller
	Tokens   Tokens
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

// typeCard is the type of posts that take a button.
const typeCard = "interactive"

// later asks for another call after a time.
func later(op string, wait time.Duration) error {
	return &bot.Error{Kind: bot.RateLimited, Op: op, RetryAfter: wait}
}
