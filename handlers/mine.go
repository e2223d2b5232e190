package handlers

import (
	"context"
	"strconv"
	"strings"
	"time"

	"recallbot/bot"
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
	card, err := m.card(ctx, to, chat, n)
	if err != nil {
		return err
	}
	_, err = m.answers.show(ctx, to, card)
	return err
}

// card lists posts, each with its button, and once for each broadcast a button for all of it.
func (m *mine) card(ctx context.Context, to recipient, chat bot.ChatID, n int) (bot.Card, error) {
	card := bot.Card{Title: m.answers.say(to, text.MineTitle), Tone: bot.ToneInfo}
	posts, err := m.Posts.ByAuthor(ctx, to.person, chat, n)
	if err != nil {
		return bot.Card{}, err
	}
	if len(posts) == 0 {
		card.Parts = []bot.CardPart{{Text: m.answers.say(to, text.MineNone)}}
		return card, nil
	}
	offered := map[string]bool{}
	for _, post := range posts {
		buttons := []bot.Button{{
			Text: m.answers.say(to, text.MineTakeBack), Style: bot.StyleDanger,
			Press: bot.Press{Action: bot.ActMine, Post: post.ID, Key: post.Key},
		}}
		if broadcast := string(post.Team) + "/" + string(post.Group); post.Group != "" && !offered[broadcast] {
			offered[broadcast] = true
			all, err := m.broadcast(ctx, to, post)
			if err != nil {
				return bot.Card{}, err
			}
			buttons = append(buttons, all...)
		}
		card.Parts = append(card.Parts, bot.CardPart{Text: m.line(ctx, to, post)})
		if said := m.excerpt(ctx, post); said != "" {
			card.Parts = append(card.Parts, bot.CardPart{Quotes: []string{said}})
		}
		card.Parts = append(card.Parts, bot.CardPart{Buttons: buttons})
	}
	return card, nil
}

// broadcast is the button for all posts of a group, where there are several.
func (m *mine) broadcast(ctx context.Context, to recipient, post bot.Post) ([]bot.Button, error) {
	n := 0
	for cursor := ""; ; {
		page, next, err := m.Groups.Group(ctx, post.Team, post.Group, cursor)
		if err != nil {
			return nil, err
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
		return nil, nil
	}
	return []bot.Button{{
		Text: m.answers.say(to, text.MineAll, "count", n), Style: bot.StylePlain,
		Sure:  m.answers.say(to, text.MineSure, "count", n),
		Press: bot.Press{Action: bot.ActMineAll, Post: post.ID, Key: post.Key},
	}}, nil
}

// line tells when and where a post was made, and of which broadcast it is.
func (m *mine) line(ctx context.Context, to recipient, post bot.Post) string {
	at := post.Sent
	if at.IsZero() {
		at = post.Created
	}
	words := []string{at.In(m.zone).Format("01-02 15:04"), m.room(ctx, to, post)}
	if post.Group != "" {
		words = append(words, text.Plain(string(post.Group)))
	}
	return strings.Join(words, " · ")
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
	if runes := []rune(seen.Text); len(runes) > maxExcerpt {
		return string(runes[:maxExcerpt]) + "…"
	}
	return seen.Text
}

// takeBack is the request of whoever pressed for one post.
func takeBack(d bot.Delivery, body bot.Pressed, post bot.Post) recall.Request {
	return recall.Request{
		CauseID: d.Event.ID, Via: bot.ViaButton, Who: body.By, Asked: body.At, Chat: post.Chat, Target: post.Message, Post: post.ID,
		Redelivered: d.Redelivered, BestEffort: d.Attempt > patience, Last: d.Last,
	}
}
