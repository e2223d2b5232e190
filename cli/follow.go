package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"recallbot/client"
)

// follow waits for recalls, one after the other, and prints their results.
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
		if err := t.printRecall(end); err != nil {
			return err
		}
		if !detach {
			errs = append(errs, recallResult(end))
		}
	}
	return joinResults(errs)
}

// watch shows the progress of a recall until it ends.
func (t *Terminal) watch(ctx context.Context, recall client.Recall) (client.Recall, error) {
	bar := t.newProgressBar(recall.ID)
	defer bar.close()
	for now, err := range t.Bot.Watch(ctx, recall.ID) {
		if err != nil {
			if errors.Is(err, context.Canceled) {
				return recall, exitf(CodeInterrupted, "interrupted: recall %s goes on", recall.ID)
			}
			return recall, err
		}
		recall = now
		bar.update(now.Settled, now.Total, time.Duration(now.ETASeconds)*time.Second)
	}
	return recall, nil
}

// printRecall prints a recall's state and outcomes.
func (t *Terminal) printRecall(r client.Recall) error {
	if t.JSON {
		return t.printJSON(r)
	}
	_, err := fmt.Fprintf(t.Out, "%s %s\n", r.ID, strings.Join(append([]string{string(r.State)}, outcomes(r)...), ", "))
	return err
}

// outcomes lists the results of a recall's messages, and why it failed.
func outcomes(r client.Recall) []string {
	var words []string
	counted := func(counts map[string]int, then string) {
		for _, cause := range slices.Sorted(maps.Keys(counts)) {
			words = append(words, fmt.Sprintf("%d %s%s", counts[cause], strings.ReplaceAll(cause, "_", " "), then))
		}
	}
	counted(r.Counts, "")
	counted(r.Lost, " can't come back")
	if r.Reason != "" {
		words = append(words, failureText(r.Reason, r.Detail, r.Code, r.LogID))
	}
	return words
}

// recallResult returns an error unless all messages were recalled, were gone already, or were skipped by a dry run.
func recallResult(r client.Recall) error {
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
		return exitf(CodePartial, "recall %s: only a part was done (%s)", r.ID, string(r.State))
	default:
		return exitf(CodeFailed, "recall %s: nothing was done (%s)", r.ID, string(r.State))
	}
}

// joinResults joins errors, with CodePartial if some results are nil, else with the code of the first.
func joinResults(errs []error) error {
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
