package web

import (
	"context"
	"net/http"

	"recallbot/bot"
	"recallbot/recall/jobs"
)

// preview counts what a recall would remove, without storing anything.
func (a *api) preview(ctx context.Context, req jobs.Request) (Preview, error) {
	if req.Chat != "" {
		release, ok := a.previews.acquire(req.By.Team)
		if !ok {
			return Preview{}, newProblem(http.StatusServiceUnavailable, "Too many previews are running. Try again later.")
		}
		defer release()
		if err := a.extendTimeout(ctx, previewTimeout); err != nil {
			return Preview{}, err
		}
		return a.previewClean(ctx, req)
	}
	preview := Preview{Sample: []Sample{}, Skipped: bot.Counts{}}
	var err error
	if req.Group != "" {
		err = a.eachOfGroup(ctx, req.Team, req.Group, func(p bot.Post) error { preview.addPost(p); return nil })
	} else {
		err = a.previewNamed(ctx, req, &preview)
	}
	preview.Seconds = seconds(bot.CallTime(preview.Count))
	return preview, err
}

// addPost counts a known post.
func (p *Preview) addPost(post bot.Post) {
	switch post.State {
	case bot.PostSent:
		p.Count++
		p.addSample(Sample{post.Message, post.Chat, post.Sent, post.Kind.String(), post.Author})
	case bot.PostQueued:
		p.Queued++
	case bot.PostRecalled:
		p.Skipped[bot.CauseGone]++
	default: // it was never sent
	}
}

func (a *api) previewNamed(ctx context.Context, req jobs.Request, preview *Preview) error {
	known, err := a.Index.Known(ctx, req.Named)
	if err != nil {
		return err
	}
	for i, id := range req.Named {
		p, err := a.Book.Of(ctx, id)
		if err != nil {
			return err
		}
		switch {
		case known[i].Gone:
			preview.Skipped[bot.CauseGone]++
		case p != nil:
			preview.addPost(*p)
		default:
			preview.Count++
			preview.addSample(Sample{Message: id, Chat: known[i].Chat, At: known[i].At, Kind: known[i].Kind.String()})
		}
	}
	return nil
}

// previewClean selects messages as the job would.
func (a *api) previewClean(ctx context.Context, req jobs.Request) (Preview, error) {
	job := bot.Job{Kind: req.Kind, Via: req.Via, By: req.By, Chat: req.Chat, Asked: req.Asked, Filter: req.Filter}
	found, err := a.Select(ctx, job, func(context.Context, []bot.Seen) error { return nil })
	if err != nil {
		return Preview{}, err
	}
	preview := Preview{
		Count: found.Total, Skipped: found.Skipped, Unseen: found.Unseen, Sample: []Sample{}, Seconds: seconds(bot.CallTime(found.Total)),
	}
	for _, e := range found.Samples {
		s := Sample{Message: e.ID, Chat: req.Chat, At: e.At, Kind: e.Kind.String()}
		if p, err := a.Book.Of(ctx, e.ID); err == nil && p != nil {
			s.Author = p.Author
		}
		preview.addSample(s)
	}
	return preview, nil
}
