package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/recall"
	"recallbot/recall/policy"
	"recallbot/store"
)

// BatchOrder is the operator's order for a batch send.
type BatchOrder struct {
	ID bot.MessageID
	// Wait waits until all messages are recalled.
	Wait bool
}

// RecallBatch recalls a batch send for the operator and records it. It shares the rate limits with the running bot.
func RecallBatch(ctx context.Context, config Config, order BatchOrder, out io.Writer) error {
	if !strings.HasPrefix(string(order.ID), "bm-") {
		return bot.WrongSetting("", "without a bot's address only a batch send (bm-…) can be recalled, not %q; name the bot with --server or RECALLBOT_API_URL", string(order.ID))
	}
	log := slog.New(slog.DiscardHandler)
	opened, err := store.Open(ctx, config.Redis, config.Store, log)
	if err != nil {
		return err
	}
	client := feishu.NewClient(config.Feishu, store.NewLimiter(opened), log)
	recaller := recall.New(recall.Config{Self: bot.AppID(config.Feishu.AppID)}, recall.Deps{
		Decision: recall.DecisionDeps{Rules: recall.Rules{Policy: policy.New(config.Policy.Config), DryRun: config.DryRun}.Always()}, Platform: client, Record: store.NewAudit(opened).Record, Log: log, Now: time.Now,
	})
	return errors.Join(recallBatch(ctx, recaller, client, order, out), opened.Close())
}

func recallBatch(
	ctx context.Context, recaller *recall.Recaller, batches *feishu.Client, order BatchOrder, out io.Writer,
) error {
	outcome, err := recall.Insist(ctx, recall.Request{
		CauseID: bot.EventID("cli-" + rand.Text()), Via: bot.ViaOperator, Asked: time.Now(), Target: order.ID,
	}, recaller.RecallBatch)
	switch {
	case err != nil:
		return err
	case outcome.Result == bot.DryRun:
		fmt.Fprintln(out, "dry_run is on: the platform was not asked")
		return nil
	case outcome.Result != bot.Asked:
		return &bot.Error{Kind: bot.Denied, Op: "recall " + string(order.ID), Reason: outcome.Reason, Code: outcome.Code, LogID: outcome.LogID}
	}
	fmt.Fprintln(out, "the platform was asked to recall", order.ID)
	if !order.Wait {
		return nil
	}
	return watchBatch(ctx, batches, order.ID, out)
}

// watchBatch prints the platform's progress, until all is recalled or nothing changes for recall.BatchPatience.
func watchBatch(ctx context.Context, batches *feishu.Client, id bot.MessageID, out io.Writer) error {
	last, till := -1, time.Now().Add(recall.BatchPatience)
	for {
		progress, err := batches.BatchProgress(ctx, id)
		switch {
		case err != nil && !bot.Retryable(err):
			return err
		case err != nil:
		case progress.Recalled != last:
			last, till = progress.Recalled, time.Now().Add(recall.BatchPatience)
			fmt.Fprintf(out, "%d of %d recalled\n", progress.Recalled, progress.Sent)
		}
		switch {
		case err == nil && progress.Recalled >= progress.Sent:
			return nil
		case time.Now().After(till):
			return bot.Errorf(bot.Unavailable, "%s: nothing has changed for %s", id, recall.BatchPatience)
		}
		if err := bot.Sleep(ctx, recall.BatchEvery); err != nil {
			return err
		}
	}
}
