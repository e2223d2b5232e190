package cli

import (
	"context"
)

type undoCmd struct {
	apiFlags `embed:""`

	Job    string `arg:"" help:"The recall's id."`
	Detach bool   `help:"Don't wait for the end."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c undoCmd) Run(r *run) error {
	t, err := c.open(r, c.JSON)
	if err != nil {
		return err
	}
	return t.Undo(r.ctx, c.Job, c.Detach)
}

// Undo posts the messages of a recall again.
func (t *Terminal) Undo(ctx context.Context, id string, detach bool) error {
	begun, err := t.Bot.Undo(ctx, id)
	if err != nil {
		return withCode(err)
	}
	return withCode(t.follow(ctx, begun, detach))
}
