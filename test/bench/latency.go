package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"time"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/sandbox"
	"recallbot/store"
)

const deleteAPI = "DELETE /open-apis/im/v1/messages/:message_id"

// benchLatency measures the time from the POST of a command to the arrival of its DELETE, for one command at a time.
func benchLatency(ctx context.Context, o options) error {
	server, err := startRedis(ctx)
	if err != nil {
		return err
	}
	defer server.close() //nolint:errcheck // a temporary directory
	platform, err := sandbox.New(sandbox.Config{EncryptKey: benchKey, VerificationToken: benchToken})
	if err != nil {
		return err
	}
	defer platform.Close()
	feishu := httptest.NewServer(platform.Handler())
	defer feishu.Close()

	config := app.Defaults()
	mine := platform.Config()
	config.Server.Listen = "127.0.0.1:0"
	config.Feishu.BaseURL, config.Feishu.AppID = feishu.URL, mine.AppID
	config.Feishu.AppSecret = bot.Secret(mine.AppSecret)
	config.Feishu.VerificationToken, config.Feishu.EncryptKey = benchToken, benchKey
	config.Redis.URL = store.URL("redis://" + server.addr)
	running, err := app.New(ctx, config, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- running.Run(ctx) }()
	platform.SetEventURL("http://" + running.Addr() + "/webhook/event")
	times, err := commandTimes(ctx, platform, o.samples)
	stop()
	if runErr := <-ended; err == nil {
		err = runErr
	}
	if err != nil {
		return err
	}
	slices.Sort(times)
	fmt.Printf("\ncommand: POST of /recall to arrival of the DELETE, %d commands, one each 40 ms, real Redis\n  median %s  p90 %s  p99 %s\n",
		len(times), times[len(times)/2].Round(time.Microsecond), times[len(times)*9/10].Round(time.Microsecond), times[len(times)*99/100].Round(time.Microsecond))
	return nil
}

func commandTimes(ctx context.Context, platform *sandbox.Feishu, samples int) ([]time.Duration, error) {
	owner := platform.AddUser("owner").OpenID
	chat, err := platform.AddChat(sandbox.ChatSpec{Name: "bench", Owner: owner})
	if err != nil {
		return nil, err
	}
	const (
		warmUp = 10
		pause  = 40 * time.Millisecond // stays below the platform's rate limit
	)
	var times []time.Duration
	for i := range samples + warmUp {
		time.Sleep(pause)
		took, err := recallOnce(ctx, platform, chat, owner)
		if err != nil {
			return nil, err
		}
		if i >= warmUp {
			times = append(times, took)
		}
	}
	return times, nil
}

// recallOnce recalls one post as the owner. The sandbox's records have both times.
func recallOnce(ctx context.Context, platform *sandbox.Feishu, chat, owner string) (time.Duration, error) {
	post, err := platform.Post(sandbox.PostSpec{Chat: chat, Text: "oops"})
	if err != nil {
		return 0, err
	}
	before := len(platform.Deliveries())
	if _, err := platform.Say(sandbox.SaySpec{Chat: chat, From: owner, Text: "/recall", ReplyTo: post, MentionBot: true}); err != nil {
		return 0, err
	}
	var posted, arrived time.Time
	err = platform.Wait(ctx, func(s sandbox.State) bool {
		for _, d := range s.Deliveries()[before:] {
			if d.Type == "im.message.receive_v1" {
				posted = d.Start
			}
		}
		calls := s.Calls()
		for i := len(calls) - 1; i >= 0 && arrived.IsZero(); i-- {
			if calls[i].API == deleteAPI && calls[i].Path == "/open-apis/im/v1/messages/"+post {
				arrived = calls[i].Start
			}
		}
		return !posted.IsZero() && !arrived.IsZero() && s.Idle()
	})
	return arrived.Sub(posted), err
}
