package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/store"
	"recallbot/store/queue"
)

func deadLettersCommand(r *run) *cobra.Command {
	cmd := deadLettersListCommand(r) // deadletters alone is deadletters list
	cmd.Use, cmd.Short = "deadletters [<command>]", "List, replay or drop work that was given up."
	letter := map[string]string{"letter": "The letter's id, or all."}
	cmd.AddCommand(
		deadLettersListCommand(r),
		&cobra.Command{
			Use: "replay <letter>", Short: "Give a dead letter back to the workers.", Args: r.checkArgs, Annotations: letter,
			RunE: func(cmd *cobra.Command, args []string) error {
				return r.withTools(cmd.Context(), func(t *Tools) error { return t.Replay(cmd.Context(), args[0]) })
			},
		},
		&cobra.Command{
			Use: "drop <letter>", Short: "Delete a dead letter.", Args: r.checkArgs, Annotations: letter,
			RunE: func(cmd *cobra.Command, args []string) error {
				return r.withTools(cmd.Context(), func(t *Tools) error { return t.Drop(cmd.Context(), args[0]) })
			},
		},
	)
	return cmd
}

func deadLettersListCommand(r *run) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the dead letters, oldest first.", Args: r.checkArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.withTools(cmd.Context(), func(t *Tools) error { return t.DeadLetters(cmd.Context(), asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print JSON lines.")
	return cmd
}

// deadLetterQueue is a queue and the prefix of its dead letters' ids.
type deadLetterQueue struct {
	*queue.Queue

	prefix string
}

// deadLetterQueues returns all queues. The ids of the work queue have no prefix.
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

// each calls do for each dead letter of the queue, oldest first.
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

// Replay queues a dead letter again, or all of them.
func (t *Tools) Replay(ctx context.Context, letter string) error {
	return t.forLetters(ctx, letter, "replayed", deadLetterQueue.Replay)
}

// Drop deletes a dead letter, or all of them.
func (t *Tools) Drop(ctx context.Context, letter string) error {
	return t.forLetters(ctx, letter, "dropped", deadLetterQueue.Drop)
}

// allLetters is the argument that selects all dead letters.
const allLetters = "all"

func (t *Tools) forLetters(
	ctx context.Context, letter, done string, do func(q deadLetterQueue, ctx context.Context, letter string) error,
) error {
	if letter != allLetters {
		q, name := t.queueOf(letter)
		err := do(q, ctx, name)
		if errors.Is(err, queue.ErrNotFound) {
			return bot.WrongSetting("", "there is no dead letter %q; recallbot deadletters lists them", letter)
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
			// An entry that can't be decoded, or was removed meanwhile, does not stop the rest.
			if !errors.Is(err, queue.ErrUndecodable) && !errors.Is(err, queue.ErrNotFound) {
				return errors.Join(left...)
			}
		}
	}
	fmt.Fprintln(t.out, done, n)
	return errors.Join(left...)
}

// queueOf returns the queue of a letter, and the letter's id there.
func (t *Tools) queueOf(letter string) (deadLetterQueue, string) {
	for _, q := range slices.Backward(t.queues) {
		if name, ok := strings.CutPrefix(letter, q.prefix); ok {
			return q, name
		}
	}
	return t.queues[0], letter
}
