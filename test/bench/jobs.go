package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strconv"
	"time"

	"recallbot/bot"
	"recallbot/sandbox"
	"recallbot/store"
)

// benchJobs measures clean-ups of our own posts under the platform's documented limits: from the command to the last recall,
// on one replica and on three.
func benchJobs(ctx context.Context, _ *report, o options) error {
	fmt.Printf("\nclean-up: from the command to the last DELETE, limits of %d a second and %d a minute, real Redis\n", bot.CallsPerSecond, bot.CallsPerMinute)
	for _, replicas := range []int{1, 3} {
		for _, posts := range o.posts {
			if err := benchJob(ctx, replicas, posts); err != nil {
				return fmt.Errorf("%d posts on %d replicas: %w", posts, replicas, err)
			}
		}
	}
	return nil
}

func benchJob(ctx context.Context, replicas, posts int) error {
	server, err := startRedis(ctx)
	if err != nil {
		return err
	}
	defer server.close() //nolint:errcheck // a temporary directory
	platform, err := sandbox.New(sandbox.Config{
		AppID: benchApp, AppSecret: "bench-secret", EncryptKey: benchKey, VerificationToken: benchToken,
	})
	if err != nil {
		return err
	}
	defer platform.Close()
	feishu := httptest.NewServer(platform.Handler())
	defer feishu.Close()
	for i := range replicas {
		child, err := startChild(ctx, "ours", server.addr, feishu.URL)
		if err != nil {
			return err
		}
		defer child.stop()
		if i == 0 {
			platform.SetEventURL("http://" + child.addr + "/webhook/event")
		}
	}
	owner := platform.AddUser("owner").OpenID
	chat, err := platform.AddChat(sandbox.ChatSpec{Name: "bench", Owner: owner})
	if err != nil {
		return err
	}
	if err := postAndIndex(ctx, platform, server.addr, chat, posts); err != nil {
		return err
	}
	took, err := cleanUp(ctx, platform, chat, owner, posts)
	if err != nil {
		return err
	}
	bound := bot.CallTime(posts)
	second, minute := platform.Peak(deleteAPI)
	fmt.Printf("  %d replicas, %5d posts  %7.2f s  bound %5.1f s  ratio %.3f  answers 429: %d  peak %d a second, %d a minute\n",
		replicas, posts, took.Seconds(), bound.Seconds(), took.Seconds()/bound.Seconds(), platform.RateLimited(), second, minute)
	return nil
}

// postAndIndex sends posts of our bot and adds them to the index. The chat's settings require no confirmation.
func postAndIndex(ctx context.Context, platform *sandbox.Feishu, redisAddr, chat string, posts int) error {
	opened, err := store.Open(ctx, store.RedisConfig{URL: store.URL("redis://" + redisAddr)}, store.DefaultConfig(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer opened.Close() //nolint:errcheck // what was written is there
	_, _, err = store.NewSettings(opened).Change(ctx, "bench", bot.ChatID(chat), func(set bot.Settings) (bot.Settings, error) {
		set.ConfirmFrom = posts + 1
		return set, nil
	})
	if err != nil {
		return err
	}
	index := store.NewIndex(opened)
	for i := range posts {
		id, err := platform.Post(sandbox.PostSpec{Chat: chat, Text: "post " + strconv.Itoa(i)})
		if err != nil {
			return err
		}
		m, _ := platform.Message(id)
		err = index.Add(ctx, bot.Message{ID: bot.MessageID(id), Chat: bot.ChatID(chat), Kind: bot.KindOwn, At: m.Created})
		if err != nil {
			return err
		}
	}
	return nil
}

// cleanUp sends the command, and returns the time until the last post was recalled.
func cleanUp(ctx context.Context, platform *sandbox.Feishu, chat, owner string, posts int) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*bot.CallTime(posts)+time.Minute)
	defer cancel()
	began := time.Now()
	_, err := platform.Say(sandbox.SaySpec{Chat: chat, From: owner, Text: "/recall " + strconv.Itoa(posts), MentionBot: true})
	if err != nil {
		return 0, err
	}
	for {
		gone, last := 0, time.Time{}
		for _, m := range platform.Messages(chat) {
			if m.Deleted {
				gone++
			}
			if m.RecalledAt.After(last) {
				last = m.RecalledAt
			}
		}
		if gone == posts {
			return last.Sub(began), nil
		}
		if bot.Sleep(ctx, 200*time.Millisecond) != nil {
			return 0, fmt.Errorf("%d of %d posts are gone after %s", gone, posts, time.Since(began).Round(time.Second))
		}
	}
}
