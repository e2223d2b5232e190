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
	// namesAge is how old what a chat is called may be.
	namesAge = time.Hour
)

// Posts are what was posted through the API.
type Posts interface {
	// Find gives NotFound for a post that is not kept, or no longer.
	Find(ctx context.Context, id bot.PostID) (bot.Post, error)
	// ByAuthor gives a person's posts that stand, the newest first, up to n: in one chat, or in all where that is empty.
	ByAuthor(ctx context.Context, who bot.UserID, chat bot.ChatID, n int) ([]bot.Post, error)
}

// Groups finds the posts of a broadcast.
type Groups interface {
	// Group gives a group's posts, the oldest first, some at a time, and the cursor of what follows; empty at the end.
	Group(ctx context.Context, team bot.TeamID, group bot.GroupID, cursor string) (page []bot.Post, next string, err error)
}

// Rooms know what chats are called.
type Rooms interface {
	Chat(ctx context.Context, id bot.ChatID, age time.Duration) (bot.Chat, error)
}

// mine is what those do who had something posted: /recall mine lists it, with a button each, and its buttons, and those
// that stand at the posts themselves, take it back. Who may, the one door decides.
type mine struct {
	Parts
	answers *answers
	zone    *time.Location
}

// list shows the newest posts of whoever asks: those in this chat, or in p2p all of them.
func (m *mine) list(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := m.answers.recipient(ctx, d, said)
	n := defaultMine
	if args := said.Command.Args; len(args) > 0 {
		asked, err := strconv.Atoi(args[0])
		if err != nil || asked < 1 {
			return m.answers.tell(ctx, to, m.answers.say(to, text.MineNumber, "word", text.Plain(args[0]), "max", maxMine))
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
	_, err = m.answers.show(ctx, to, shown)
	return err
}

// card lists a person's posts, each with its button, and once for each broadcast a button for all of it.
func (m *mine) card(ctx context.Context, to recipient, chat bot.ChatID, n int) (bot.Card, error) {
	posts, err := m.Posts.ByAuthor(ctx, to.person, chat, n)
	if err != nil {
		return bot.Card{}, err
	}
	offered := map[string]bool{}
	shown := make([]card.Posted, len(posts))
	for i, post := range posts {
		shown[i] = card.Posted{Post: post, Chat: m.room(ctx, to, post), Excerpt: m.excerpt(ctx, post)}
		if broadcast := string(post.Team) + "/" + string(post.Group); post.Group != "" && !offered[broadcast] {
			offered[broadcast] = true
			if shown[i].Broadcast, err = m.broadcast(ctx, to, post); err != nil {
				return bot.Card{}, err
			}
		}
	}
	return card.Locale{Language: to.lang, Zone: m.zone}.Mine(shown), nil
}

// broadcast is how many posts of a group the person can take back, where there are several; else 0.
func (m *mine) broadcast(ctx context.Context, to recipient, post bot.Post) (int, error) {
	n := 0
	for cursor := ""; ; {
		page, next, err := m.Groups.Group(ctx, post.Team, post.Group, cursor)
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

// room is what the post's chat is called, as far as that can be learned.
func (m *mine) room(ctx context.Context, to recipient, post bot.Post) string {
	if post.IsBatch() {
		return string(post.Message)
	}
	chat, err := m.Rooms.Chat(ctx, post.Chat, namesAge)
	switch {
	case err != nil:
		m.Logger.InfoContext(ctx, "chat's name not learned", "chat_id", string(post.Chat), "error", err)
		return string(post.Chat)
	case chat.P2P:
		return m.answers.say(to, text.MineP2P)
	case chat.Name == "":
		return string(post.Chat)
	default:
		return text.Plain(chat.Name)
	}
}

// excerpt is how a post begins, where the platform shows it.
func (m *mine) excerpt(ctx context.Context, post bot.Post) string {
	if post.Message == "" || post.IsBatch() {
		return ""
	}
	seen, err := m.Reads.Post(ctx, post.Message)
	if err != nil {
		m.Logger.InfoContext(ctx, "post not read", "message_id", string(post.Message), "error", err)
		return ""
	}
	return text.Excerpt(seen.Text, maxExcerpt)
}

// takeBack is the request of whoever pressed for one post.
func takeBack(d bot.Delivery, body bot.Pressed, post bot.Post) recall.Request {
	return recall.Request{
		CauseID: d.Event.ID, Via: bot.ViaButton, Who: body.By, Asked: body.At, Chat: post.Chat, Target: post.Message, Post: post.ID,
		Redelivered: d.Redelivered, BestEffort: d.Attempt > patience, Last: d.Last,
	}
}
