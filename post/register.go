package post

import (
	"cmp"
	"context"

	"recallbot/bot"
	"recallbot/policy"
)

// Register takes posts of ours into the books that were made elsewhere. All are looked at before any is: Invalid names the
// message that is not ours, Denied with ReasonNotYours the one that another team has, with ReasonOtherChat one beyond the token's chats. The same message again stays as
// it is registered.
func (p *Poster) Register(ctx context.Context, order bot.RegisterOrder) ([]bot.Post, error) { //nolint:cyclop // guards, one after the other
	switch {
	case order.By == nil || order.By.Token == "":
		return nil, bot.Errorf(bot.Denied, "register for nobody")
	case len(order.Messages) == 0 || len(order.Messages) > bot.MostTargets:
		return nil, bot.Errorf(bot.Invalid, "register %d messages at once", len(order.Messages))
	}
	if err := checkLife(order.Life); err != nil {
		return nil, err
	}
	if order.Group == "" {
		order.Group = bot.GroupID(idOf("g_", "registered", string(order.Work)))
	}
	posts := make([]bot.Post, 0, len(order.Messages))
	for _, message := range order.Messages {
		post, err := p.look(ctx, order, message)
		if err != nil {
			return nil, err
		}
		posts = append(posts, post)
	}
	if err := p.Store.Create(ctx, posts...); err != nil {
		return nil, err
	}
	posts, err := p.current(ctx, posts)
	if err != nil {
		return nil, err
	}
	for _, post := range posts {
		if post.Team != order.By.Team { // which was faster
			return nil, notYours(post.Message)
		}
		if err := p.book(ctx, post); err != nil {
			return nil, err
		}
	}
	return posts, nil
}

func notYours(id bot.MessageID) error {
	return &bot.Error{Kind: bot.Denied, Op: "register " + string(id), Reason: bot.ReasonNotYours}
}

func outOfReach(id bot.MessageID) error {
	return &bot.Error{Kind: bot.Denied, Op: "register " + string(id), Reason: bot.ReasonOtherChat}
}

// look makes the post of a message, or finds it.
func (p *Poster) look(ctx context.Context, order bot.RegisterOrder, message bot.Registered) (bot.Post, error) {
	known, err := p.Store.Of(ctx, message.Message)
	switch {
	case err != nil:
		return bot.Post{}, err
	case known != nil && known.Team != order.By.Team:
		return bot.Post{}, notYours(message.Message)
	case known != nil && !policy.Reaches(order.By, known.Chat):
		return bot.Post{}, outOfReach(message.Message)
	case known != nil:
		return *known, nil
	}
	m, err := p.ours(ctx, message)
	if err != nil {
		return bot.Post{}, err
	}
	if !policy.Reaches(order.By, m.Chat) { // where it really stands, whatever chat was named
		return bot.Post{}, outOfReach(m.ID)
	}
	post := bot.Post{
		ID: bot.PostID(idOf("p_", "registered", string(m.ID))), State: bot.PostSent, Group: order.Group, Team: order.By.Team,
		Token: order.By.Token, Author: order.Author, Chat: m.Chat, Message: m.ID, Kind: m.Kind, Key: p.Key(), Registered: true,
		Created: p.Now(), Sent: m.At,
	}
	if m.Gone {
		post.State = bot.PostRecalled
	}
	since := post.Created
	if !m.At.IsZero() {
		since = m.At
	}
	post.Expires, post.Shortened = p.expiry(since, post.Created, order.Life)
	return post, nil
}

// ours is a message that our app posted: as the index or the platform says, or as far as nobody may look.
func (p *Poster) ours(ctx context.Context, message bot.Registered) (bot.Message, error) { //nolint:cyclop // guards, one after the other
	op := "register " + string(message.Message)
	if bot.IsBatch(message.Message) {
		return p.ourBatch(ctx, message.Message)
	}
	m, found, err := p.Index.Find(ctx, message.Message)
	if err != nil {
		return bot.Message{}, err
	}
	if !found || m.Kind == bot.KindUnknown {
		m, err = p.Looks.Message(ctx, message.Message)
	}
	switch {
	case err == nil && m.Kind == bot.KindOwn:
		return m, nil
	case err == nil:
		return bot.Message{}, bot.Errorf(bot.Invalid, "%s: %s is not ours", op, message.Message)
	case mayPass(err):
		return bot.Message{}, err
	case bot.KindOf(err) == bot.Denied && message.Chat != "":
		return bot.Message{ID: message.Message, Chat: message.Chat}, nil
	case bot.KindOf(err) == bot.Denied:
		return bot.Message{}, bot.Errorf(bot.Invalid, "%s: the platform does not show us %s, so its chat is needed", op, message.Message)
	default:
		return bot.Message{}, bot.Errorf(bot.Invalid, "%s: there is no %s", op, message.Message)
	}
}

// ourBatch is a batch send, which stands in many chats. The platform tells its own progress to its sender only.
func (p *Poster) ourBatch(ctx context.Context, id bot.MessageID) (bot.Message, error) {
	_, err := p.Looks.BatchProgress(ctx, id)
	switch {
	case err == nil, bot.KindOf(err) == bot.Denied:
		return bot.Message{ID: id, Kind: bot.KindOwn}, nil
	case mayPass(err):
		return bot.Message{}, err
	default:
		return bot.Message{}, bot.Errorf(bot.Invalid, "register %s: there is no batch of ours of that id", id)
	}
}

// book tells the index whose a registered post is, and has its time run.
func (p *Poster) book(ctx context.Context, post bot.Post) error {
	if !post.Registered || post.State != bot.PostSent {
		return nil
	}
	if post.Chat != "" && post.Kind == bot.KindOwn && post.Author != "" {
		at := cmp.Or(post.Sent, post.Created)
		m := bot.Message{ID: post.Message, Chat: post.Chat, Kind: post.Kind, Sender: bot.MarkOf(post.Author), At: at}
		if err := p.Index.Add(ctx, m); err != nil {
			return err
		}
	}
	if post.Expires.IsZero() {
		return nil
	}
	return p.Work.Expire(ctx, post.ID, post.Expires)
}
