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
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
	"recallbot/store"
)

// BatchOrder is what the operator wants of a batch.
type BatchOrder struct {
	ID bot.MessageID
	// Wait asks to wait until all is recalled.
	Wait bool
}

// RecallBatch recalls a batch send for the operator, within the limits that the running bot shares, and records it.
func RecallBatch(ctx context.Context, config Config, order BatchOrder, out io.Writer) error {
	if !strings.HasPrefix(string(order.ID), "bm-") {
		return bot.Errorf(bot.Invalid, "%q is no batch's id: those begin with bm-", order.ID)
	}
	log := slog.New(slog.DiscardHandler)
	opened, err := store.Open(ctx, config.Redis, config.Store, log)
	if err != nil {
		return err
	}
	client := feishu.NewClient(config.Feishu, store.NewLimiter(opened), log)
	door := recall.New(recall.Config{Self: bot.AppID(config.Feishu.AppID), DryRun: config.DryRun}, recall.Deps{
		Decision: recall.DecisionDeps{Policy: policy.New(config.Policy.Config)}, Platform: client, Audit: store.NewAudit(opened), Log: log, Now: time.Now,
	})
	return errors.Join(recallBatch(ctx, door, client, order, out), opened.Close())
}

func recallBatch(
	ctx context.Context, door jobs.BatchRecaller, batches jobs.Batches, order BatchOrder, out io.Writer,
) error {
	outcome, err := recall.Insist(ctx, recall.Request{
		CauseID: bot.EventID("cli-" + rand.Text()), Via: bot.ViaOperator, Asked: time.Now(), Target: order.ID,
	}, door.RecallBatch)
	switch {
	case err != nil:
		return err
	case outcome.Result == bot.DryRun:
		fmt.Fprintln(out, "dry_run is on: the platform was not asked")
		return nil
	case outcome.Result != bot.Asked:
		return bot.Errorf(bot.Denied, "recall %s: %s: %s (code %d, log id %s)", order.ID, outcome.Result, outcome.Reason, outcome.Code, outcome.LogID)
	}
	fmt.Fprintln(out, "the platform was asked to recall", order.ID)
	if !order.Wait {
		return nil
	}
	return watchBatch(ctx, batches, order.ID, out)
}

// watchBatch prints how far the platform is, until all is recalled or nothing changes for long.
func watchBatch(ctx context.Context, batches jobs.Batches, id bot.MessageID, out io.Writer) error {
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
