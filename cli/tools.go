package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"recallbot/app"
	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
	"recallbot/store/queue"
)

// Tools are the commands that look into a bot's Redis from outside.
type Tools struct {
	store  *store.Store
	sealer audit.Sealer
	// queues are those with dead letters, by what the names of their letters begin with.
	queues []deadLetterQueue
	out    io.Writer
}

// deadLetterQueue is a queue whose dead letters are named with a prefix, so that a letter's name tells its queue.
type deadLetterQueue struct {
	*queue.Queue

	prefix string
}

// OpenTools connects to the bot's Redis; without one there is nothing to look into.
func OpenTools(ctx context.Context, config app.Config, out io.Writer) (*Tools, error) {
	if config.Redis.URL == "" {
		return nil, bot.Errorf(bot.Invalid, "redis.url is not set: the embedded store lives inside the running bot only")
	}
	opened, err := store.Open(ctx, config.Redis, config.Store, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return &Tools{store: opened, sealer: config.Store.Sealer(), queues: deadLetterQueues(opened), out: out}, nil
}

// deadLetterQueues are all queues. Those of the first, where most dead letters are, need no prefix.
func deadLetterQueues(s *store.Store) []deadLetterQueue {
	var all []deadLetterQueue
	for _, name := range app.QueueNames() {
		prefix := name + "/"
		if name == app.WorkQueue {
			prefix = ""
		}
		all = append(all, deadLetterQueue{queue.New(s.Client(), queue.Config{Name: name}), prefix})
	}
	return all
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

func mark(m bot.Hash64) string {
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
	fmt.Fprintln(w, "TIME\tWHO\tVIA\tCHAT\tMESSAGE\tRULE\tRESULT\tREASON\tCODE\tLOG ID\tMS\tWORDS")
	for _, e := range entries {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%d\t%s\n", e.At.Format(time.RFC3339), cmp.Or(string(e.Who), string(e.Token)), e.Via,
			e.Chat, e.Message, e.Rule, e.Result, e.Reason, e.Code, e.LogID, e.Latency, strings.Join(strings.Fields(e.Comment), " "))
	}
	return w.Flush()
}

// recent reads the audit page by page.
func (t *Tools) recent(ctx context.Context, chat bot.ChatID, n int) ([]audit.Entry, error) {
	var entries []audit.Entry
	log := store.NewAudit(t.store)
	for before := ""; len(entries) < n; before = entries[len(entries)-1].ID {
		page, err := log.Recent(ctx, chat, n-len(entries), before)
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
	for _, q := range t.queues {
		err := q.each(ctx, func(d queue.Dead) error {
			if asJSON {
				return json.NewEncoder(t.out).Encode(d)
			}
			_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", d.Letter, d.Last.Format(time.RFC3339), d.Kind, d.ID, d.Attempts, d.Reason)
			return err
		})
		if err != nil {
			return err
		}
	}
	return w.Flush()
}

// each goes through a queue's dead letters page by page, oldest first.
func (q deadLetterQueue) each(ctx context.Context, do func(queue.Dead) error) error {
	const page = 500
	for after := ""; ; {
		letters, err := q.DeadLetters(ctx, after, page)
		if err != nil || len(letters) == 0 {
			return err
		}
		after = letters[len(letters)-1].Letter
		for _, d := range letters {
			d.Letter = q.prefix + d.Letter
			if err := do(d); err != nil {
				return err
			}
		}
	}
}

// Replay gives a dead letter back to the workers, or all of them.
func (t *Tools) Replay(ctx context.Context, letter string) error {
	return t.each(ctx, letter, "replayed", deadLetterQueue.Replay)
}

// Drop deletes a dead letter, or all of them.
func (t *Tools) Drop(ctx context.Context, letter string) error {
	return t.each(ctx, letter, "dropped", deadLetterQueue.Drop)
}

// everyLetter stands for all dead letters that are there when the command begins.
const everyLetter = "all"

func (t *Tools) each(
	ctx context.Context, letter, done string, do func(q deadLetterQueue, ctx context.Context, letter string) error,
) error {
	if letter != everyLetter {
		q, name := t.queueOf(letter)
		err := do(q, ctx, name)
		if errors.Is(err, queue.ErrNotFound) {
			return bot.Errorf(bot.NotFound, "there is no dead letter %q; recallbot deadletters lists them", letter)
		}
		if err != nil {
			return fmt.Errorf("dead letter %s: %w", letter, err)
		}
		fmt.Fprintln(t.out, done, letter)
		return nil
	}
	n := 0
	var left []error
	for _, q := range t.queues {
		letters, err := q.DeadLetters(ctx, "", 10_000)
		if err != nil {
			return err
		}
		for _, d := range letters {
			err := do(q, ctx, d.Letter)
			if err == nil {
				n++
				continue
			}
			left = append(left, fmt.Errorf("dead letter %s: %w", q.prefix+d.Letter, err))
			// What never was work, or what somebody else was faster with, does not hold up the rest.
			if !errors.Is(err, queue.ErrUndecodable) && !errors.Is(err, queue.ErrNotFound) {
				return errors.Join(left...)
			}
		}
	}
	fmt.Fprintln(t.out, done, n)
	return errors.Join(left...)
}

// queueOf is the queue of a letter, and the letter's name there.
func (t *Tools) queueOf(letter string) (deadLetterQueue, string) {
	for _, q := range slices.Backward(t.queues) {
		if name, ok := strings.CutPrefix(letter, q.prefix); ok {
			return q, name
		}
	}
	return t.queues[0], letter
}

func (t *Tools) lines(entries []audit.Entry) error {
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
func Healthy(ctx context.Context, config app.Config) error {
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
