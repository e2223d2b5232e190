package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/client"
)

type recallCmd struct {
	apiFlags `embed:""`

	Target []string `arg:"" optional:"" help:"Posts (p_…), or messages (om_…); without a server one batch send (bm-…)."`
	Group  string   `help:"Everything of a broadcast." placeholder:"NAME"`
	Team   string   `help:"Whose broadcast; for tokens without a team." placeholder:"NAME"`
	Chat   string   `help:"What --filter selects in this chat." placeholder:"CHAT"`
	Filter string   `help:"What to recall there, as after /recall clean: --bot me --since 30m." placeholder:"FILTER"`
	Reason string   `help:"Why, for the record." placeholder:"TEXT"`
	Notify string   `help:"An address that is told when it has ended." placeholder:"URL"`
	Yes    bool     `help:"Recall without asking."`
	Detach bool     `help:"Don't wait for the end."`
	Wait   bool     `help:"Without a server: wait until the platform has recalled the batch, and print how far it is."`
	JSON   bool     `name:"json" help:"Print JSON."`
}

// Run asks the server that is named, else recalls a batch for the operator.
func (c recallCmd) Run(r *run) error {
	if c.server() == "" {
		return c.batch(r)
	}
	t, err := c.open(r, c.JSON)
	if err != nil {
		return err
	}
	order := client.RecallOrder{Group: c.Group, Team: c.Team, Chat: c.Chat, Filter: c.Filter, Reason: c.Reason}
	if c.Notify != "" {
		order.Notify = &client.Notify{URL: c.Notify}
	}
	return t.Recall(r.ctx, RecallRequest{Targets: c.Target, Yes: c.Yes, Detach: c.Detach, RecallOrder: order})
}

func (c recallCmd) batch(r *run) error {
	if len(c.Target) != 1 || c.Group != "" || c.Chat != "" {
		return &Exit{Code: CodeUsage, Err: errNoServer}
	}
	config, err := r.load()
	if err != nil {
		return err
	}
	return app.RecallBatch(r.ctx, config, app.BatchOrder{ID: bot.MessageID(c.Target[0]), Wait: c.Wait}, r.out)
}

// RecallRequest is what `recallbot recall` was asked for.
type RecallRequest struct {
	client.RecallOrder

	// Targets are ids: posts (p_…), or messages (om_…) and batches (bm-…).
	Targets []string
	// Yes confirms beforehand. Detach does not wait for the end.
	Yes, Detach bool
}

// Recall shows what would go, has it confirmed, recalls it, and tells how it goes.
func (t *Terminal) Recall(ctx context.Context, req RecallRequest) error {
	posts, messages := split(req.Targets)
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
		return exit(t.takeBack(ctx, posts, req.Yes))
	}
	req.Messages = messages
	return exit(hinted(t.recall(ctx, req), messages))
}

// hinted says of a batch send that the bot does not know where it can be recalled.
func hinted(err error, messages []string) error {
	isBatch := func(id string) bool { return strings.HasPrefix(id, "bm-") }
	if errors.Is(err, client.ErrNotFound) && slices.ContainsFunc(messages, isBatch) {
		return fmt.Errorf("%w; a batch send (bm-…) that was not registered is recalled where the bot's configuration is, without --server and RECALLBOT_API_URL", err)
	}
	return err
}

func split(targets []string) (posts, messages []string) {
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
		if err := t.confirm(ctx, req.RecallOrder); err != nil {
			return err
		}
	}
	begun, err := t.Bot.Recall(ctx, req.RecallOrder)
	if err != nil {
		return err
	}
	return t.follow(ctx, []client.Recall{begun}, req.Detach)
}

// confirm shows what would go and asks.
func (t *Terminal) confirm(ctx context.Context, order client.RecallOrder) error {
	preview, err := t.Bot.Preview(ctx, order)
	if err != nil {
		return err
	}
	if t.JSON && !t.Person {
		if err := t.json(preview); err != nil {
			return err
		}
	} else {
		t.sketch(preview)
	}
	if preview.Count == 0 {
		return exitf(CodeNothing, "nothing to recall")
	}
	return t.agree(fmt.Sprintf("Recall %s?", count(preview.Count, "message")))
}

// agree asks a person; where there is none, --yes is what it takes.
func (t *Terminal) agree(question string) error {
	switch {
	case !t.Person:
		return exitf(CodeUnconfirmed, "not confirmed: nothing was recalled; --yes confirms")
	case !t.asks(question):
		return exitf(CodeUnconfirmed, "not confirmed: nothing was recalled")
	default:
		return nil
	}
}

// sketch is the preview for people.
func (t *Terminal) sketch(p client.Preview) {
	fmt.Fprintf(t.Side, "%s would go", count(p.Count, "message"))
	if p.EstimatedSeconds > 0 {
		fmt.Fprintf(t.Side, ", in about %s", time.Duration(p.EstimatedSeconds)*time.Second)
	}
	fmt.Fprintln(t.Side)
	for _, s := range p.Sample {
		fmt.Fprintf(t.Side, "  %s  %s  %s  %s\n", s.MessageID, s.ChatID, s.At.Format(time.RFC3339), s.Kind)
	}
	if left := p.Count - len(p.Sample); left > 0 && len(p.Sample) > 0 {
		fmt.Fprintf(t.Side, "  and %d more\n", left)
	}
	for _, cause := range slices.Sorted(maps.Keys(p.Skipped)) {
		fmt.Fprintf(t.Side, "  stays: %d %s\n", p.Skipped[cause], cause)
	}
	for _, part := range p.Unseen {
		fmt.Fprintf(t.Side, "  not looked at: %s\n", part)
	}
}

// count is "1 message", "2 messages".
func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// takeBack recalls posts one by one: a few that were named.
func (t *Terminal) takeBack(ctx context.Context, ids []string, yes bool) error {
	if !yes {
		if err := t.agree(fmt.Sprintf("Take back %s?", count(len(ids), "post"))); err != nil {
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
			err = t.json(taken)
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

// follow tells how recalls go, one after the other, and how they ended.
func (t *Terminal) follow(ctx context.Context, begun []client.Recall, detach bool) error {
	var errs []error
	for _, recall := range begun {
		end := recall
		if !detach {
			var err error
			if end, err = t.watch(ctx, recall); err != nil {
				return err
			}
		}
		if err := t.told(end); err != nil {
			return err
		}
		if !detach {
			errs = append(errs, judge(end))
		}
	}
	return worst(errs)
}

// watch shows the progress until the end.
func (t *Terminal) watch(ctx context.Context, recall client.Recall) (client.Recall, error) {
	bar := t.bar(recall.ID)
	defer bar.close()
	for now, err := range t.Bot.Watch(ctx, recall.ID) {
		if err != nil {
			if errors.Is(err, context.Canceled) {
				return recall, &Exit{CodeInterrupted, fmt.Errorf("interrupted: recall %s goes on", recall.ID)}
			}
			return recall, err
		}
		recall = now
		bar.show(now.Settled, now.Total, time.Duration(now.ETASeconds)*time.Second)
	}
	return recall, nil
}

// told prints how a recall is, or ended.
func (t *Terminal) told(r client.Recall) error {
	if t.JSON {
		return t.json(r)
	}
	_, err := fmt.Fprintf(t.Out, "%s %s\n", r.ID, strings.Join(append([]string{string(r.State)}, how(r)...), ", "))
	return err
}

// how says how the messages of a recall were settled, and why it failed if it did.
func how(r client.Recall) []string {
	var words []string
	counted := func(counts map[string]int, then string) {
		for _, cause := range slices.Sorted(maps.Keys(counts)) {
			words = append(words, fmt.Sprintf("%d %s%s", counts[cause], strings.ReplaceAll(cause, "_", " "), then))
		}
	}
	counted(r.Counts, "")
	counted(r.Lost, " can't come back")
	if r.Reason != "" {
		words = append(words, whyOf(r.Reason, r.Detail, r.Code, r.LogID))
	}
	return words
}

// judge says how a recall went. What was gone already, or held back by a dry run, is as it should be.
func judge(r client.Recall) error {
	good, bad := 0, 0
	for cause, n := range r.Counts {
		switch cause {
		case "recalled", "already_gone", "dry_run", "asked", "restored", "restored_bare":
			good += n
		default:
			bad += n
		}
	}
	switch {
	case r.State == client.RecallDone && good+bad == 0:
		return exitf(CodeNothing, "recall %s: there was nothing to do", r.ID)
	case r.State == client.RecallDone && bad == 0:
		return nil
	case good > 0:
		return exitf(CodePartial, "recall %s: %s, and not all of it was done", r.ID, r.State)
	default:
		return exitf(CodeFailed, "recall %s: %s, and nothing of it was done", r.ID, r.State)
	}
}

// worst is nil where all went well; where only some did, it was done in part.
func worst(errs []error) error {
	all := errors.Join(errs...)
	bad := slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil })
	switch {
	case len(bad) == 0:
		return nil
	case len(bad) < len(errs):
		return &Exit{CodePartial, all}
	default:
		return &Exit{codeOf(bad[0]), all}
	}
}

func codeOf(err error) int {
	if e, ok := errors.AsType[*Exit](err); ok {
		return e.Code
	}
	return CodeFailed
}
