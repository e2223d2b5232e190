package handlers

import (
	"context"
	"strconv"
	"time"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall"
)

const (
	// defaultMine is how many posts /recall mine lists, maxMine how many it can.
	defaultMine = 5
	maxMine     = 20
	// maxExcerpt is how many characters of a post are shown.
	maxExcerpt = 60
	// chatNameAge is how old the name of a chat may be.
	chatNameAge = time.Hour
)

// Posts are what was posted through the API.
type Posts interface {
	// Find returns NotFound for an unknown or expired post.
	Find(ctx context.Context, id bot.PostID) (bot.Post, error)
	// ByAuthor gives a person's posts that were not recalled, the newest first, up to n: in one chat, or in all if that is empty.
	ByAuthor(ctx context.Context, who bot.UserID, chat bot.ChatID, n int) ([]bot.Post, error)
	// Group gives a group's posts, the oldest first, some at a time, and the cursor of what follows; empty at the end.
	Group(ctx context.Context, team bot.TeamID, group bot.GroupID, cursor string) (page []bot.Post, next string, err error)
}

// Mine is /recall mine, which lists what was posted for a person with a button for each, and these buttons and those of the posts
// themselves. The Recaller decides who may recall a post.
type Mine struct {
	Answers  *Answers
	Recaller Recaller
	Posts    Posts
	Jobs     Jobs
	// Read gives a post's content.
	Read func(ctx context.Context, id bot.MessageID) (bot.Seen, error)
	Now  func() time.Time
}

// Handlers implements Behaviour.
func (m *Mine) Handlers() []bot.Handler {
	return []bot.Handler{
		m.Answers.command(bot.VerbMine, m.list), m.Answers.opened(bot.VerbMine, m.list),
		m.Answers.pressed("post_press", m.wantPress, m.press),
	}
}

// list shows the person's newest posts: those in this chat, or in p2p all of them.
func (m *Mine) list(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := m.Answers.recipient(ctx, d, said)
	n := defaultMine
	if args := said.Command.Args; len(args) > 0 {
		asked, err := strconv.Atoi(args[0])
		if err != nil || asked < 1 {
			return m.Answers.tell(ctx, to, m.Answers.say(to, text.MineNumber, "word", text.Plain(args[0]), "max", maxMine))
		}
		n = min(asked, maxMine)
	}
	chat := said.Message.Chat
	if said.P2P {
		chat = ""
	}
	shown, err := m.card(ctx, to, chat, n)
	if err != nil {
		return err
	}
	_, err = m.Answers.show(ctx, to, shown)
	return err
}

// card lists a person's posts, each with its button, and once for each broadcast a button for all of it.
func (m *Mine) card(ctx context.Context, to recipient, chat bot.ChatID, n int) (bot.Card, error) {
	posts, err := m.Posts.ByAuthor(ctx, to.person, chat, n)
	if err != nil {
		return bot.Card{}, err
	}
	offered := map[string]bool{}
	shown := make([]card.Posted, len(posts))
	for i, post := range posts {
		shown[i] = card.Posted{Post: post, Chat: m.chatName(ctx, to, post), Excerpt: m.excerpt(ctx, post)}
		if broadcast := string(post.Team) + "/" + string(post.Group); post.Group != "" && !offered[broadcast] {
			offered[broadcast] = true
			if shown[i].Broadcast, err = m.broadcast(ctx, to, post); err != nil {
				return bot.Card{}, err
			}
		}
	}
	return m.Answers.locale(to.lang).Mine(shown), nil
}

// broadcast is how many posts of a group the person can recall if there are several, else 0.
func (m *Mine) broadcast(ctx context.Context, to recipient, post bot.Post) (int, error) {
	n := 0
	for cursor := ""; ; {
		page, next, err := m.Posts.Group(ctx, post.Team, post.Group, cursor)
		if err != nil {
			return 0, err
		}
		for _, other := range page {
			if other.Author == to.person && (other.State == bot.PostSent || other.State == bot.PostQueued) {
				n++
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	if n <= 1 {
		return 0, nil
	}
	return n, nil
}

// chatName is the name of the post's chat, or its id.
func (m *Mine) chatName(ctx context.Context, to recipient, post bot.Post) string {
	if post.IsBatch() {
		return string(post.Message)
	}
	return m.Answers.chatName(ctx, to, post.Chat)
}

// excerpt is the beginning of a post; empty if it can't be read.
func (m *Mine) excerpt(ctx context.Context, post bot.Post) string {
	if post.Message == "" || post.IsBatch() {
		return ""
	}
	seen, err := m.Read(ctx, post.Message)
	if err != nil {
		m.Answers.Log.InfoContext(ctx, "post not read", "message_id", string(post.Message), "error", err)
		return ""
	}
	return bot.Abbreviate(seen.Text, maxExcerpt)
}

// recallRequest is the request of the person who pressed, for one post.
func recallRequest(d bot.Delivery, body bot.Pressed, post bot.Post) recall.Request {
	return recall.Request{
		CauseID: d.Event.ID, Via: bot.ViaButton, Who: body.By, Asked: body.At, Chat: post.Chat, Target: post.Message, Post: post.ID,
		Redelivered: d.Redelivered, BestEffort: d.Attempt > bestEffortAfter, Last: d.Last,
	}
}
