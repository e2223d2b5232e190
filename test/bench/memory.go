package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"recallbot/bot"
	"recallbot/store"
)

// benchMemory measures the memory of the index per message, for few large chats and for many small ones.
func benchMemory(ctx context.Context, r *report, o options) error {
	fmt.Printf("\nindex: %d messages, used_memory of Redis per message\n", o.messages)
	for _, few := range []bool{true, false} {
		chats, goal := 1_000, 70.0
		if !few {
			chats, goal = 100_000, 85
		}
		perMessage, rate, err := fill(ctx, chats, o.messages)
		if err != nil {
			return err
		}
		fmt.Printf("  %7d chats  %5.1f B/message  %7.0f writes/s\n", chats, perMessage, rate)
		r.add(row{what: fmt.Sprintf("memory per message, %d chats", chats), unit: "B", goal: goal, ours: []float64{perMessage}})
	}
	return nil
}

func fill(ctx context.Context, chats, messages int) (perMessage, rate float64, err error) {
	server, err := startRedis(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer server.close() //nolint:errcheck // a temporary directory
	opened, err := store.Open(ctx, store.RedisConfig{URL: store.URL("redis://" + server.addr)}, store.DefaultConfig(), slog.New(slog.DiscardHandler))
	if err != nil {
		return 0, 0, err
	}
	defer opened.Close() //nolint:errcheck // nothing is left to be written
	client := server.client()
	defer client.Close() //nolint:errcheck // only read from
	empty, err := usedMemory(ctx, client)
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := writeMore(ctx, store.NewIndex(opened), 0, messages, chats, time.Now().Add(-time.Hour)); err != nil {
		return 0, 0, err
	}
	rate = float64(messages) / time.Since(began).Seconds()
	full, err := usedMemory(ctx, client)
	return float64(full-empty) / float64(messages), rate, err
}

// writeMore adds messages one by one, from several writers.
func writeMore(ctx context.Context, index *store.Index, first, n, chats int, start time.Time) error {
	return inParallel(first, first+n, 1, func(i int) error { return index.Add(ctx, message(i, chats, start)) })
}

func message(i, chats int, start time.Time) bot.Message {
	id := sha256.Sum256(strconv.AppendInt(nil, int64(i), 10))
	return bot.Message{
		ID: bot.MessageID(fmt.Sprintf("om_%x", id[:16])), Chat: bot.ChatID(fmt.Sprintf("oc_%032x", i%chats)),
		Kind: bot.KindPerson, Sender: bot.HashOf(fmt.Sprintf("ou_%d", i%500)), At: start.Add(time.Duration(i) * time.Millisecond),
	}
}
