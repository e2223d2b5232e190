package handlers

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"recallbot/bot"
	"recallbot/recall"
)

// cascadePages bounds the search for answers in the platform's history: 200 messages.
const cascadePages = 4

// Cascade recalls our answers when the message that they answer is recalled, in the chats that have set that.
type Cascade struct {
	JobCards

	Recaller Recaller
	Settings Settings
	// Find finds a message in the index.
	Find func(ctx context.Context, id bot.MessageID) (bot.Message, bool, error)
	// Replies finds our posts that answer a message, as far as the store has them.
	Replies func(ctx context.Context, id bot.MessageID) ([]bot.MessageID, error)
	// History reads a chat's messages from the platform, the newest first; Denied means that we may not.
	History func(ctx context.Context, q bot.HistoryQuery) (bot.HistoryPage, error)
	Log     *slog.Logger
}

// Handlers implements Behaviour.
func (c *Cascade) Handlers() []bot.Handler {
	return []bot.Handler{bot.On("cascade", c.want, c.handle)}
}

func (c *Cascade) want(bot.Recalled) bool { return c.Settings.Cascades() }

func (c *Cascade) handle(ctx context.Context, d bot.Delivery, body bot.Recalled) error {
	set, err := c.Settings.Settings(ctx, body.Chat)
	if err != nil || !set.Cascade {
		return err
	}
	// A command that our bot removed was not recalled by a person.
	tidied, err := c.Once.Kept(ctx, recall.TidiedKey(body.Message))
	if err != nil || tidied != "" {
		return err
	}
	posts, err := c.answers(ctx, body)
	if err != nil {
		return err
	}
	var errs []error
	for _, post := range posts {
		if _, _, runs, err := c.jobOf(ctx, post.ID); err != nil || runs {
			errs = append(errs, err)
			continue
		}
		_, err := c.Recaller.Recall(ctx, recall.Request{
			CauseID: d.Event.ID, Via: bot.ViaCascade, Asked: c.Now(), Chat: body.Chat, Target: post.ID, Known: known(post), OnAnswer: c.checkRemembered(d),
			Redelivered: d.Redelivered, BestEffort: d.Attempt > bestEffortAfter, Last: d.Last,
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// known is nil for a post of which only the id is known.
func known(post bot.Message) *bot.Message {
	if post.Chat == "" {
		return nil
	}
	return &post
}

// answers are our posts that answer the message: those of the store, and those of the platform's history, where it may be read.
func (c *Cascade) answers(ctx context.Context, body bot.Recalled) ([]bot.Message, error) {
	ids, err := c.Replies(ctx, body.Message)
	if err != nil {
		return nil, err
	}
	var posts []bot.Message
	for _, id := range ids {
		posts = append(posts, bot.Message{ID: id})
	}
	found, err := c.history(ctx, body)
	if err != nil {
		return nil, err
	}
	for _, post := range found {
		if !slices.Contains(ids, post.ID) {
			posts = append(posts, post)
		}
	}
	return posts, nil
}

// history finds answers in the platform's history, from the message's own time on.
func (c *Cascade) history(ctx context.Context, body bot.Recalled) ([]bot.Message, error) {
	if c.History == nil {
		return nil, nil
	}
	gone, found, err := c.Find(ctx, body.Message)
	if err != nil || !found || gone.At.IsZero() {
		return nil, err
	}
	var posts []bot.Message
	query := bot.HistoryQuery{Chat: body.Chat, Since: gone.At}
	for range cascadePages {
		page, err := c.page(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, m := range page.Messages {
			if answersTo(m, body.Message) {
				posts = append(posts, m.Message)
			}
		}
		if page.Next == "" {
			break
		}
		query.Page = page.Next
	}
	return posts, nil
}

// page is empty where the history may not be read.
func (c *Cascade) page(ctx context.Context, query bot.HistoryQuery) (bot.HistoryPage, error) {
	page, err := c.History(ctx, query)
	if err != nil && !bot.Retryable(err) {
		c.Log.InfoContext(ctx, "history not searched for answers", "chat_id", string(query.Chat), "error", err)
		return bot.HistoryPage{}, nil
	}
	return page, err
}

// answersTo reports whether a message is a post of ours that answers the message and was not recalled.
func answersTo(m bot.Seen, id bot.MessageID) bool {
	return m.Kind == bot.KindOwn && !m.Gone && (m.Parent == id || m.Root == id)
}
