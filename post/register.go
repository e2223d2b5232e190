package post

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// Register registers posts that our app made elsewhere. It checks all before it stores any: Invalid names a message that is
// not ours or not known, Denied with ReasonNotYours one of another team, with ReasonOtherChat one outside the token's chats.
// Denied with ReasonNoRight is an author or a lifetime from a token without the right to recall. A registered message stays
// unchanged.
func (p *Poster) Register(ctx context.Context, order bot.RegisterOrder) ([]bot.Post, error) {
	if err := checkRegister(order); err != nil {
		return nil, err
	}
	if order.Group == "" {
		order.Group = bot.GroupID(idOf("g_", "registered", string(order.CauseID)))
	}
	posts := make([]bot.Post, 0, len(order.Messages))
	for _, id := range order.Messages {
		post, err := p.prepare(ctx, order, id)
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
		if post.Team != order.By.Team { // it registered the message concurrently
			return nil, errNotYours(post.Message)
		}
		if err := p.addRegistered(ctx, post); err != nil {
			return nil, err
		}
	}
	return posts, nil
}

func checkRegister(order bot.RegisterOrder) error {
	switch {
	case order.By == nil || order.By.Token == "":
		return bot.Errorf(bot.Denied, "register without a token")
	case len(order.Messages) == 0 || len(order.Messages) > bot.MaxTargets:
		return bot.Errorf(bot.Invalid, "register %d messages at once", len(order.Messages))
	case slices.ContainsFunc(order.Messages, isInvalid):
		return bot.Errorf(bot.Invalid, "the id of a message is invalid")
	}
	if err := errors.Join(checkNames(order.Group, order.Author), checkLife(order.Life)); err != nil {
		return err
	}
	if recalls := order.By.Own || order.By.Any; !recalls && (order.Author != "" || order.Life > 0) {
		// Both would give the right to recall posts of others.
		return &bot.Error{Kind: bot.Denied, Op: "register", Reason: bot.ReasonNoRight}
	}
	return nil
}

func errNotYours(id bot.MessageID) error {
	return &bot.Error{Kind: bot.Denied, Op: "register " + string(id), Reason: bot.ReasonNotYours}
}

func errOtherChat(id bot.MessageID) error {
	return &bot.Error{Kind: bot.Denied, Op: "register " + string(id), Reason: bot.ReasonOtherChat}
}

// prepare finds or makes the post of a message.
func (p *Poster) prepare(ctx context.Context, order bot.RegisterOrder, id bot.MessageID) (bot.Post, error) {
	known, err := p.Store.Of(ctx, id)
	switch {
	case err != nil:
		return bot.Post{}, err
	case known != nil && !policy.Reaches(order.By, known.Chat):
		return bot.Post{}, errOtherChat(id)
	case known != nil && known.Team != order.By.Team:
		return bot.Post{}, errNotYours(id)
	case known != nil:
		return *known, nil
	}
	m, err := p.identifyOwn(ctx, id)
	if err != nil {
		return bot.Post{}, err
	}
	if !policy.Reaches(order.By, m.Chat) { // its real chat
		return bot.Post{}, errOtherChat(m.ID)
	}
	post := bot.Post{
		ID: bot.PostID(idOf("p_", "registered", string(m.ID))), State: bot.PostSent, Group: order.Group, Team: order.By.Team,
		Token: order.By.Token, Author: order.Author, Chat: m.Chat, Message: m.ID, Kind: m.Kind, Key: p.Key(), Registered: true, Life: order.Life,
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

// identifyOwn finds a message that our app posted, in the index or on the platform. Later recalls depend on it, so the caller's
// word does not count.
func (p *Poster) identifyOwn(ctx context.Context, id bot.MessageID) (bot.Message, error) {
	if bot.IsBatch(id) {
		return p.identifyBatch(ctx, id)
	}
	m, err := p.identify(ctx, id)
	switch kind := bot.KindOf(err); {
	case err == nil && m.Kind == bot.KindOwn && !m.Answer:
		return m, nil
	case err == nil:
		return bot.Message{}, bot.Errorf(bot.Invalid, "register %s: it is not a post of this app", id)
	case bot.Retryable(err):
		return bot.Message{}, err
	case kind == bot.Denied:
		return bot.Message{}, &bot.Error{Kind: bot.Invalid, Op: "register " + string(id), Reason: bot.ReasonUnseen, Err: err}
	default:
		return bot.Message{}, bot.Errorf(bot.Invalid, "register %s: there is no such message", id)
	}
}

// identify finds a message in the index, else on the platform.
func (p *Poster) identify(ctx context.Context, id bot.MessageID) (bot.Message, error) {
	m, found, err := p.Index.Find(ctx, id)
	if err != nil || (found && m.Kind != bot.KindUnknown) {
		return m, err
	}
	return p.Platform.Message(ctx, id)
}

// identifyBatch finds a batch send. The platform gives its progress only to the app that sent it.
func (p *Poster) identifyBatch(ctx context.Context, id bot.MessageID) (bot.Message, error) {
	_, err := p.Platform.BatchProgress(ctx, id)
	switch {
	case err == nil:
		return bot.Message{ID: id, Kind: bot.KindOwn}, nil
	case bot.Retryable(err):
		return bot.Message{}, err
	default:
		return bot.Message{}, &bot.Error{Kind: bot.Invalid, Op: "register " + string(id), Reason: bot.ReasonUnknownBatch, Err: err}
	}
}

// addRegistered stores the author of a registered post in the index, and schedules its recall.
func (p *Poster) addRegistered(ctx context.Context, post bot.Post) error {
	if !post.Registered || post.State != bot.PostSent {
		return nil
	}
	if m := post.Known(); m != nil && m.Chat != "" && post.Author != "" {
		m.At = cmp.Or(post.Sent, post.Created)
		if err := p.Index.Add(ctx, *m); err != nil {
			return err
		}
	}
	if post.Expires.IsZero() {
		return nil
	}
	return p.Work.Expire(ctx, post.ID, post.Expires)
}
