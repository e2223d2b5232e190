package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/client"
	"recallbot/handlers/text"
)

// recallCommand recalls over the API if a server is named, else it recalls a batch send with the bot's own credentials.
func recallCommand(r *run) *cobra.Command {
	var api apiFlags
	var req RecallRequest
	var notify string
	var wait, asJSON bool
	cmd := &cobra.Command{
		Use: "recall [<target>...]", Short: "Recall posts, messages or a broadcast over the HTTP API, or a batch send (bm-…) from here.", Args: r.checkArgs,
		Annotations: map[string]string{"target": "Posts (p_…), or messages (om_…); without a server one batch send (bm-…)."},
		RunE: func(cmd *cobra.Command, targets []string) error {
			req.Targets = targets
			if api.server() == "" {
				return r.recallBatch(cmd.Context(), req, wait)
			}
			t, err := api.open(r, asJSON)
			if err != nil {
				return err
			}
			if notify != "" {
				req.Notify = &client.Notify{URL: notify}
			}
			return t.Recall(cmd.Context(), req)
		},
	}
	api.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&req.Group, "group", "", "Everything of the broadcast of this `NAME`.")
	flags.StringVar(&req.Team, "team", "", "`NAME` of the team whose broadcast it is; for tokens without a team.")
	flags.StringVar(&req.Chat, "chat", "", "What --filter selects in this `CHAT`.")
	flags.StringVar(&req.Filter, "filter", "", "What to recall there, a `FILTER` as after /recall clean: --filter=\"--bot me --since 30m\".")
	flags.StringVar(&req.Reason, "reason", "", "Why, a `TEXT` for the record.")
	flags.StringVar(&notify, "notify", "", "`URL` that is told when it has ended.")
	flags.BoolVar(&req.Yes, "yes", false, "Recall without asking.")
	flags.BoolVar(&req.Detach, "detach", false, "Don't wait for the end.")
	flags.BoolVar(&wait, "wait", false, "Without a server: wait until the platform has recalled the batch, and print how far it is.")
	flags.BoolVar(&asJSON, "json", false, "Print JSON.")
	return cmd
}

func (r *run) recallBatch(ctx context.Context, req RecallRequest, wait bool) error {
	if len(req.Targets) != 1 || req.Group != "" || req.Chat != "" {
		return &Exit{Code: CodeUsage, Err: errNoServer}
	}
	config, err := r.load()
	if err != nil {
		return err
	}
	return app.RecallBatch(ctx, config, app.BatchOrder{ID: bot.MessageID(req.Targets[0]), Wait: wait}, r.out)
}

// RecallRequest are the arguments of `recallbot recall`.
type RecallRequest struct {
	client.RecallOrder

	// Targets are ids: posts (p_…), or messages (om_…) and batches (bm-…).
	Targets []string
	// Yes skips the confirmation. Detach does not wait for the end.
	Yes, Detach bool
}

// Recall shows a preview, asks for confirmation, recalls, and shows the progress.
func (t *Terminal) Recall(ctx context.Context, req RecallRequest) error {
	posts, messages := splitTargets(req.Targets)
	ways := 0
	for _, used := range []bool{len(posts) > 0, len(messages) > 0, req.Group != "", req.Chat != ""} {
		if used {
			ways++
		}
	}
	switch {
	case ways != 1:
		return exitf(CodeUsage, "say what to recall in one way: posts (p_…), messages (om_…), --group, or --chat with --filter")
	case req.Chat != "" && strings.TrimSpace(req.Filter) == "":
		return exitf(CodeUsage, "--chat needs a filter, such as --filter=\"--bot me --since 30m\"")
	case req.Chat == "" && req.Filter != "":
		return exitf(CodeUsage, "--filter needs a --chat")
	case len(posts) > 0 && req.Notify != nil:
		return exitf(CodeUsage, "--notify is for messages, --group and --chat: posts (p_…) are taken back at once")
	case len(posts) > 0:
		return withCode(t.recallPosts(ctx, posts, req.Yes))
	}
	req.Messages = messages
	return withCode(withBatchHint(t.recall(ctx, req), messages))
}

// withBatchHint adds to a "not found" of a batch send how it can be recalled.
func withBatchHint(err error, messages []string) error {
	isBatch := func(id string) bool { return strings.HasPrefix(id, "bm-") }
	if errors.Is(err, client.ErrNotFound) && slices.ContainsFunc(messages, isBatch) {
		return exitf(CodeNothing, "the bot at this address does not know this batch send (bm-…); where the bot's configuration is, recallbot recall %s works without --server and RECALLBOT_API_URL", strings.Join(messages, " "))
	}
	return err
}

func splitTargets(targets []string) (posts, messages []string) {
	for _, id := range targets {
		if strings.HasPrefix(id, "p_") {
			posts = append(posts, id)
		} else {
			messages = append(messages, id)
		}
	}
	return posts, messages
}

func (t *Terminal) recall(ctx context.Context, req RecallRequest) error {
	if !req.Yes {
		if err := t.preview(ctx, req.RecallOrder); err != nil {
			return err
		}
	}
	begun, err := t.Bot.Recall(ctx, req.RecallOrder)
	if err != nil {
		return err
	}
	return t.follow(ctx, []client.Recall{begun}, req.Detach)
}

// preview shows what would be recalled and asks for confirmation.
func (t *Terminal) preview(ctx context.Context, order client.RecallOrder) error {
	preview, err := t.Bot.Preview(ctx, order)
	if err != nil {
		return err
	}
	if t.JSON && !t.Interactive {
		if err := t.printJSON(preview); err != nil {
			return err
		}
	} else {
		t.printPreview(preview)
	}
	if preview.Count == 0 {
		return exitf(CodeNothing, "nothing to recall")
	}
	return t.confirm(fmt.Sprintf("Recall %s?", count(preview.Count, "message")))
}

// confirm asks a person. Without a terminal it fails: then --yes is needed.
func (t *Terminal) confirm(question string) error {
	switch {
	case !t.Interactive:
		return exitf(CodeUnconfirmed, "not confirmed: nothing was recalled; --yes confirms")
	case !t.askYes(question):
		return exitf(CodeUnconfirmed, "not confirmed: nothing was recalled")
	default:
		return nil
	}
}

// printPreview prints the preview for people.
func (t *Terminal) printPreview(p client.Preview) {
	fmt.Fprintf(t.ErrOut, "%s would go", count(p.Count, "message"))
	if p.EstimatedSeconds > 0 {
		fmt.Fprintf(t.ErrOut, ", in about %s", bot.ShortDuration(time.Duration(p.EstimatedSeconds)*time.Second))
	}
	fmt.Fprintln(t.ErrOut)
	for _, s := range p.Sample {
		fmt.Fprintf(t.ErrOut, "  %s  %s  %s  %s\n", s.MessageID, s.ChatID, s.At.Format(time.RFC3339), s.Kind)
	}
	if left := p.Count - len(p.Sample); left > 0 && len(p.Sample) > 0 {
		fmt.Fprintf(t.ErrOut, "  and %d more\n", left)
	}
	for _, cause := range slices.Sorted(maps.Keys(p.Skipped)) {
		fmt.Fprintf(t.ErrOut, "  stays: %d %s\n", p.Skipped[cause], strings.ReplaceAll(cause, "_", " "))
	}
	for _, part := range p.Unseen {
		fmt.Fprintf(t.ErrOut, "  %s\n", text.English.Say(text.Unseen(bot.Unseen(part))))
	}
}

// count returns "1 message", "2 messages".
func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// recallPosts recalls posts one by one.
func (t *Terminal) recallPosts(ctx context.Context, ids []string, yes bool) error {
	if !yes {
		if err := t.confirm(fmt.Sprintf("Take back %s?", count(len(ids), "post"))); err != nil {
			return err
		}
	}
	var errs []error
	for _, id := range ids {
		taken, err := t.Bot.TakeBack(ctx, id)
		switch {
		case errors.Is(err, context.Canceled):
			return err
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", id, err))
			continue
		case t.JSON:
			err = t.printJSON(taken)
		default:
			_, err = fmt.Fprintln(t.Out, id, strings.ReplaceAll(taken.Outcome, "_", " "))
		}
		if err != nil {
			return err
		}
	}
	switch all := errors.Join(errs...); len(errs) {
	case 0:
		return nil
	case len(ids):
		return all
	default:
		return &Exit{CodePartial, all}
	}
}
