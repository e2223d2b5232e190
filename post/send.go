package post

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"recallbot/bot"
)

const (
	// dedupeFor is how long after the first try the platform recognises a repetition: an hour by its documentation.
	dedupeFor = 55 * time.Minute
	// maxWait is how long a post waits to be sent; its content is stored an hour longer.
	maxWait = 24 * time.Hour
	// sendPage is how many posts of a line are sent before other work.
	sendPage = 10
)

// Send sends the posts of a line, one after the other. It may be called at any time and any number of times. RateLimited asks
// for another call after RetryAfter, Unavailable for one soon; other errors are failures.
func (p *Poster) Send(ctx context.Context, line string) error {
	holder := p.Key()
	held, err := p.Lines.Hold(ctx, line, holder, bot.HoldTTL)
	if err != nil {
		return err
	}
	if !held {
		return later("wait for the replica that sends to "+line, bot.HeldWait)
	}
	defer p.release(ctx, line, holder)
	renewing, end := context.WithCancel(ctx)
	var renewal sync.WaitGroup
	renewal.Go(func() { p.renew(renewing, line, holder) })
	defer func() {
		end()
		renewal.Wait()
	}()
	for range sendPage {
		if more, err := p.next(ctx, line); err != nil || !more {
			return err
		}
	}
	return later("go on sending to "+line, 0)
}

// renew renews the hold of a line until ctx is done. If it is lost meanwhile, the platform recognises a post that is sent twice.
func (p *Poster) renew(ctx context.Context, line, holder string) {
	notHeld := bot.NewIncident(p.Log, slog.LevelWarn, "line hold not renewed", "line hold renewed again")
	for bot.Sleep(ctx, bot.HoldEvery) == nil {
		if _, err := p.Lines.Hold(ctx, line, holder, bot.HoldTTL); ctx.Err() == nil {
			notHeld.Report(ctx, "", err, slog.String("line", line))
		}
	}
}

// next finishes the first post of a line, and reports whether there was one.
func (p *Poster) next(ctx context.Context, line string) (bool, error) {
	id, err := p.Lines.Head(ctx, line)
	if err != nil || id == "" {
		return false, err
	}
	post, err := p.Store.Find(ctx, id)
	if err == nil {
		err = p.settle(ctx, post)
	}
	if err != nil && bot.KindOf(err) != bot.NotFound {
		return false, err
	}
	return true, p.Lines.Leave(ctx, line, id)
}

// release releases the hold, also after ctx was cancelled.
func (p *Poster) release(ctx context.Context, line, holder string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := p.Lines.Release(ctx, line, holder); err != nil {
		p.Log.WarnContext(ctx, "line not released", "line", line, "error", err)
	}
}

// GiveUp ends the first post of a line after its sending kept failing through a fault of ours.
func (p *Poster) GiveUp(ctx context.Context, line string, why error) error {
	id, err := p.Lines.Head(ctx, line)
	if err != nil || id == "" {
		return err
	}
	p.Log.ErrorContext(ctx, "post given up", "post", string(id), "error", why)
	post, err := p.end(ctx, id, func(post *bot.Post) {
		post.State, post.Reason = bot.PostFailed, bot.ReasonOther
		if !post.Tried.IsZero() {
			post.State = bot.PostUnsure
		}
	})
	if err != nil && bot.KindOf(err) != bot.NotFound {
		return err
	}
	if err := p.Orders.Settle(ctx, post.Order, id); err != nil {
		return err
	}
	return p.Lines.Leave(ctx, line, id)
}

// settle sends a post, unless it is finished, and does what follows.
func (p *Poster) settle(ctx context.Context, post bot.Post) error {
	post, err := p.send(ctx, post)
	if err != nil {
		return err
	}
	if cancelled := post.CancelledBy != nil || post.State == bot.PostCancelled; cancelled && post.Message != "" {
		if err := p.recallCancelled(ctx, post); err != nil {
			return err
		}
	}
	if post.State == bot.PostSent && post.Bare {
		if err := p.Work.Offer(ctx, post); err != nil {
			return err
		}
	}
	return p.Orders.Settle(ctx, post.Order, post.ID)
}

// needsPlatform reports whether the platform must still be called: the post is queued, or was tried and then cancelled, so that
// it may have been sent.
func needsPlatform(post bot.Post) bool {
	return post.Message == "" && (post.State == bot.PostQueued || (post.State == bot.PostCancelled && !post.Tried.IsZero()))
}

// send sends a post. An error asks for another run.
func (p *Poster) send(ctx context.Context, post bot.Post) (bot.Post, error) {
	if !needsPlatform(post) {
		return post, nil
	}
	now := p.Now()
	if last := p.finalState(post, now); last != nil {
		return p.end(ctx, post.ID, last)
	}
	body, ok, err := p.Orders.Body(ctx, post.Order)
	if err != nil {
		return post, err
	}
	if !ok {
		return p.end(ctx, post.ID, func(post *bot.Post) { post.State, post.Reason = lostState(*post), bot.ReasonOther })
	}
	first := post.Tried.IsZero()
	if first {
		// Stored first, so that after a crash it is known that it may have been sent.
		if post, err = p.begin(ctx, post, now); err != nil || !needsPlatform(post) {
			return post, err
		}
	}
	out, bare := p.outgoing(ctx, post, body)
	m, err := p.Platform.Publish(ctx, out)
	if err != nil {
		return p.refused(ctx, post, first, err)
	}
	return p.sent(ctx, post, m, bare)
}

// finalState is the end of a post that must not be sent, or not again; nil for others.
func (p *Poster) finalState(post bot.Post, now time.Time) func(*bot.Post) {
	state, reason := bot.PostState(""), bot.Reason("")
	switch first := post.Tried.IsZero(); {
	case p.DryRun():
		state, reason = bot.PostCancelled, bot.ReasonDryRun
	case !first && now.Sub(post.Tried) > dedupeFor:
		state, reason = bot.PostUnsure, bot.ReasonUnavailable
	case first && !post.Expires.IsZero() && !now.Before(post.Expires):
		state = bot.PostCancelled
	case first && now.Sub(post.Created) > maxWait:
		state, reason = bot.PostFailed, bot.ReasonUnavailable
	default:
		return nil
	}
	return func(post *bot.Post) { post.State, post.Reason = state, reason }
}

// lostState is the state of a post whose content has expired.
func lostState(post bot.Post) bot.PostState {
	if post.Tried.IsZero() {
		return bot.PostFailed
	}
	return bot.PostUnsure
}

// begin stores that a post is tried, unless its token is revoked or expired.
func (p *Poster) begin(ctx context.Context, post bot.Post, now time.Time) (bot.Post, error) {
	by, err := p.Principal(ctx, post.Token)
	switch {
	case err != nil:
		return post, err
	case by.Over:
		return p.endWithToken(ctx, post)
	}
	return p.Store.Change(ctx, post.ID, func(post *bot.Post) bool {
		if post.State != bot.PostQueued || !post.Tried.IsZero() {
			return false
		}
		post.Tried = now
		return true
	})
}

// endWithToken cancels a post whose token is revoked or expired.
func (p *Poster) endWithToken(ctx context.Context, post bot.Post) (bot.Post, error) {
	req := p.request("token_over/", post)
	req.Via, req.Asked, req.By = bot.ViaCancelled, p.Now(), &bot.Principal{Token: post.Token, Team: post.Team, Over: true}
	if _, err := p.Recaller.Recall(ctx, req); err != nil {
		return post, err
	}
	cancelled, err := p.Store.Change(ctx, post.ID, func(post *bot.Post) bool {
		marks := post.State == bot.PostCancelled && post.Reason == ""
		post.Reason = bot.ReasonTokenOver
		return marks
	})
	if err == nil && cancelled.State == bot.PostCancelled {
		p.observe(cancelled)
	}
	return cancelled, err
}

// outgoing makes the message to send. bare is set where it has no room for the button: only some cards have.
func (p *Poster) outgoing(ctx context.Context, post bot.Post, body string) (out bot.Outgoing, bare bool) {
	out = bot.Outgoing{Chat: post.Chat, To: post.To, Type: post.Type, Body: body, Author: post.Author, Key: string(post.ID)}
	if post.To != "" {
		out.Chat = ""
	}
	if !post.Undo || p.Buttons == nil {
		return out, false
	}
	if post.Type == typeCard {
		decorated, ok := p.Buttons.Decorate(ctx, post, body)
		if out.Body = decorated; ok {
			return out, false
		}
	}
	return out, post.Author != ""
}

// sent stores the message of a post. A post that was cancelled meanwhile stays cancelled, and is recalled.
func (p *Poster) sent(ctx context.Context, post bot.Post, m bot.Message, bare bool) (bot.Post, error) {
	post, err := p.Store.Change(ctx, post.ID, func(post *bot.Post) bool {
		if post.Message != "" {
			return false
		}
		post.Message, post.Chat, post.Sent, post.Bare = m.ID, m.Chat, m.At, bare
		if post.State == bot.PostQueued {
			post.State = bot.PostSent
		}
		return true
	})
	if err == nil {
		p.observe(post)
	}
	return post, err
}

// refused handles an error of the platform. After a transient error that surely had no effect, the next try is the first again.
func (p *Poster) refused(ctx context.Context, post bot.Post, first bool, why error) (bot.Post, error) {
	detail := bot.Detail(why)
	if bot.Retryable(why) {
		if !first || detail.MayHaveActed {
			return post, why
		}
		_, err := p.Store.Change(ctx, post.ID, func(post *bot.Post) bool {
			again := post.Message == "" && !post.Tried.IsZero()
			post.Tried = time.Time{}
			return again
		})
		if err != nil {
			return post, err
		}
		return post, why
	}
	return p.end(ctx, post.ID, func(post *bot.Post) {
		if post.State = bot.PostFailed; !first {
			post.State = bot.PostUnsure
		}
		post.Reason, post.Code, post.LogID = detail.Reason, detail.Code, detail.LogID
		if post.Reason == "" {
			post.Reason = bot.ReasonOther
		}
	})
}

// end ends a post that was not sent, as far as is known.
func (p *Poster) end(ctx context.Context, id bot.PostID, change func(*bot.Post)) (bot.Post, error) {
	ended := false
	post, err := p.Store.Change(ctx, id, func(post *bot.Post) bool {
		if ended = needsPlatform(*post); ended {
			change(post)
		}
		return ended
	})
	if err == nil && ended {
		p.observe(post)
	}
	return post, err
}

func (p *Poster) observe(post bot.Post) {
	if p.Observe != nil {
		p.Observe(post)
	}
}

// Offer shows the author the button by which a post is recalled, within maxWait; or removes it, where the post was recalled.
func (p *Poster) Offer(ctx context.Context, id bot.PostID) error {
	post, err := p.Store.Find(ctx, id)
	switch {
	case bot.KindOf(err) == bot.NotFound:
		return nil
	case err == nil && post.State == bot.PostRecalled && p.Buttons != nil:
		return p.Buttons.Withdraw(ctx, post)
	case err != nil || post.State != bot.PostSent || p.Buttons == nil || p.Now().Sub(post.Sent) > maxWait:
		return err
	default:
		return p.Buttons.Offer(ctx, post)
	}
}
