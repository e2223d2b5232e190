package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"text/tabwriter"
	"time"

	"recallbot/bot"
	"recallbot/queue"
	"recallbot/store"
)

// Tools are the commands that look into a bot's Redis from outside.
type Tools struct {
	store *store.Store
	queue *queue.Queue
	out   io.Writer
}

// OpenTools connects to the bot's Redis; without one there is nothing to look into.
func OpenTools(ctx context.Context, config Config, out io.Writer) (*Tools, error) {
	if config.Redis.URL == "" {
		return nil, bot.Errorf(bot.Invalid, "redis.url is not set: the embedded store lives inside the running bot only")
	}
	opened, err := store.Open(ctx, config.Redis, config.Store, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return &Tools{store: opened, queue: queue.New(opened.Client(), queue.Config{Name: queueName}), out: out}, nil
}

// Close disconnects.
func (t *Tools) Close() error { return t.store.Close() }

// Index prints the messages that the index knows of a chat, newest first.
func (t *Tools) Index(ctx context.Context, chat bot.ChatID) error {
	messages, err := store.NewIndex(t.store).List(ctx, chat)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tMESSAGE\tKIND\tSENDER\tTHREAD")
	for _, m := range messages {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", m.At.Format(time.RFC3339Nano), m.ID, m.Kind, mark(m.Sender), mark(m.Thread))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%d messages\n", len(messages))
	return nil
}

func mark(m bot.Mark) string {
	if m == 0 {
		return "-"
	}
	return fmt.Sprintf("%016x", uint64(m))
}

// Audit prints the newest n records of a chat, or of all chats, newest first, as JSON lines or as a table.
func (t *Tools) Audit(ctx context.Context, chat bot.ChatID, n int, asJSON bool) error {
	entries, err := t.recent(ctx, chat, n)
	if err != nil {
		return err
	}
	if asJSON {
		return t.lines(entries)
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tWHO\tVIA\tCHAT\tMESSAGE\tRULE\tRESULT\tREASON\tCODE\tLOG ID\tMS")
	for _, e := range entries {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%d\n", e.At.Format(time.RFC3339), e.Who, e.Via, e.Chat,
			e.Message, e.Rule, e.Result, e.Reason, e.Code, e.LogID, e.Latency)
	}
	return w.Flush()
}

// recent reads the audit page by page.
func (t *Tools) recent(ctx context.Context, chat bot.ChatID, n int) ([]bot.AuditEntry, error) {
	var entries []bot.AuditEntry
	audit := store.NewAudit(t.store)
	for before := ""; len(entries) < n; before = entries[len(entries)-1].ID {
		page, err := audit.Recent(ctx, chat, n-len(entries), before)
		if err != nil || len(page) == 0 {
			return entries, err
		}
		entries = append(entries, page...)
	}
	return entries, nil
}

// DeadLetters prints the work that was given up, oldest first.
func (t *Tools) DeadLetters(ctx context.Context, asJSON bool) error {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	if !asJSON {
		fmt.Fprintln(w, "LETTER\tGIVEN UP\tTYPE\tEVENT\tATTEMPTS\tWHY")
	}
	const page = 500
	for after := ""; ; {
		letters, err := t.queue.DeadLetters(ctx, after, page)
		if err != nil {
			return err
		}
		if len(letters) == 0 {
			return w.Flush()
		}
		for _, d := range letters {
			if asJSON {
				if err := json.NewEncoder(t.out).Encode(d); err != nil {
					return err
				}
				continue
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", d.Letter, d.Last.Format(time.RFC3339), d.Kind, d.ID, d.Attempts, d.Reason)
		}
		after = letters[len(letters)-1].Letter
	}
}

// Replay gives a dead letter back to the workers, or all of them.
func (t *Tools) Replay(ctx context.Context, letter string) error {
	return t.each(ctx, letter, "replayed", t.queue.Replay)
}

// Drop deletes a dead letter, or all of them.
func (t *Tools) Drop(ctx context.Context, letter string) error {
	return t.each(ctx, letter, "dropped", t.queue.Drop)
}

// everyLetter stands for all dead letters that are there when the command begins.
const everyLetter = "all"

func (t *Tools) each(ctx context.Context, letter, done string, do func(context.Context, string) error) error {
	if letter != everyLetter {
		if err := do(ctx, letter); err != nil {
			return fmt.Errorf("dead letter %s: %w", letter, err)
		}
		fmt.Fprintln(t.out, done, letter)
		return nil
	}
	letters, err := t.queue.DeadLetters(ctx, "", 10_000)
	if err != nil {
		return err
	}
	var left []error
	for _, d := range letters {
		err := do(ctx, d.Letter)
		if err == nil {
			continue
		}
		left = append(left, fmt.Errorf("dead letter %s: %w", d.Letter, err))
		// What never was work, or what somebody else was faster with, does not hold up the rest.
		if !errors.Is(err, queue.ErrUndecodable) && !errors.Is(err, queue.ErrNotFound) {
			return errors.Join(left...)
		}
	}
	fmt.Fprintln(t.out, done, len(letters)-len(left))
	return errors.Join(left...)
}

func (t *Tools) lines(entries []bot.AuditEntry) error {
	encoder := json.NewEncoder(t.out)
	for _, e := range entries {
		if err := encoder.Encode(e); err != nil {
			return err
		}
	}
	return nil
}

// healthyTimeout is a little more than the bot takes for its checks.
const healthyTimeout = 2 * time.Second

// Healthy asks the bot on this machine whether it is ready: the health check of containers, which hold no other tool.
func Healthy(ctx context.Context, config Config) error {
	ctx, cancel := context.WithTimeout(ctx, healthyTimeout)
	defer cancel()
	host, port, err := net.SplitHostPort(config.Server.Listen)
	if err != nil {
		return err
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "localhost"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only the status counts
	if resp.StatusCode != http.StatusOK {
		return bot.Errorf(bot.Unavailable, "the bot is not ready: HTTP %d", resp.StatusCode)
	}
	return nil
}
