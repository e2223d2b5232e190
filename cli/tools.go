package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/store"
)

// Tools are the commands that work on a bot's Redis.
type Tools struct {
	store  *store.Store
	queues []deadLetterQueue
	out    io.Writer
}

// OpenTools connects to the bot's Redis. It fails for a bot with an embedded store.
func OpenTools(ctx context.Context, config app.Config, out io.Writer) (*Tools, error) {
	if config.Redis.URL == "" {
		return nil, bot.WrongSetting("redis.url", "missing; without Redis, everything is in the memory of the running bot, and this command can't see it")
	}
	opened, err := store.Open(ctx, config.Redis, config.Store, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return &Tools{store: opened, queues: deadLetterQueues(opened), out: out}, nil
}

func (r *run) withTools(ctx context.Context, do func(*Tools) error) error {
	config, err := app.Load(r.config, os.Environ())
	if err != nil {
		return err
	}
	tools, err := OpenTools(ctx, config, r.out)
	if err != nil {
		return err
	}
	return errors.Join(do(tools), tools.Close())
}

// Close disconnects.
func (t *Tools) Close() error { return t.store.Close() }

// encodeLines writes a list as JSON lines.
func encodeLines[T any](w io.Writer, list []T) error {
	encoder := json.NewEncoder(w)
	for _, item := range list {
		if err := encoder.Encode(item); err != nil {
			return err
		}
	}
	return nil
}
