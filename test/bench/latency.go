package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"slices"
	"time"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/sandbox"
	"recallbot/store"
)

const (
	deleteAPI = "DELETE /open-apis/im/v1/messages/:message_id"
	// roundTrip is far longer than anything else between a command and its recall, so that it tells how many follow each other.
	roundTrip = 50 * time.Millisecond
	// countedCommands are those whose round trips are counted.
	countedCommands = 15
	warmUp          = 10
)

// benchLatency measures the time from the POST of a command to the arrival of its DELETE, for one command at a time: of posts that
// are in the bot's index, and of posts that only the platform knows. Then it counts the round trips that follow each other, on a
// Redis that is further away.
func benchLatency(ctx context.Context, r *report, o options) error {
	server, err := startRedis(ctx)
	if err != nil {
		return err
	}
	defer server.close() //nolint:errcheck // a temporary directory
	far, err := listenFar(ctx, server.addr)
	if err != nil {
		return err
	}
	defer far.Close() //nolint:errcheck // a probe
	fmt.Printf("\ncommand: POST of /recall to arrival of the DELETE, %d commands, one each 40 ms, real Redis\n", o.samples)
	for _, known := range []bool{true, false} {
		prepare := onPlatform
		if known {
			prepare = inIndex
		}
		times, err := latencyOf(ctx, server, server.addr, prepare, o.samples)
		if err != nil {
			return err
		}
		slow, err := latencyOf(ctx, server, far.Addr().String(), prepare, countedCommands)
		if err != nil {
			return err
		}
		about, goal, maxTrips := "post in the index", 2.2, 3.0
		if !known {
			about, goal, maxTrips = "post that only the platform knows", noGoal, noGoal
		}
		at := func(percent int) time.Duration { return times[len(times)*percent/100].Round(time.Microsecond) }
		trips := int((slow[len(slow)/2] - at(50) + roundTrip/2) / roundTrip)
		fmt.Printf("  %-34s median %s  p10 %s  p90 %s  p99 %s, %d round trips to Redis in sequence\n", about, at(50), at(10), at(90), at(99), trips)
		r.add(row{what: "command, " + about, unit: "ms", goal: goal, ours: millisOf(times)})
		r.add(row{what: "round trips, " + about, goal: maxTrips, ours: []float64{float64(trips)}})
	}
	return nil
}

// latencyOf gives the times in order, of a bot that reaches the server by an address.
func latencyOf(
	ctx context.Context, server *redisServer, addr string, prepare func(*sandbox.Feishu, *store.Store) commands, samples int,
) ([]time.Duration, error) {
	platform, err := sandbox.New(sandbox.Config{EncryptKey: benchKey, VerificationToken: benchToken})
	if err != nil {
		return nil, err
	}
	defer platform.Close()
	feishu := httptest.NewServer(platform.Handler())
	defer feishu.Close()
	near, err := store.Open(ctx, store.RedisConfig{URL: store.URL("redis://" + server.addr)}, store.DefaultConfig(), slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer near.Close() //nolint:errcheck // at the end

	config := app.Defaults()
	mine := platform.Config()
	config.Server.Listen = "127.0.0.1:0"
	config.Feishu.BaseURL, config.Feishu.AppID = feishu.URL, mine.AppID
	config.Feishu.AppSecret = bot.Secret(mine.AppSecret)
	config.Feishu.VerificationToken, config.Feishu.EncryptKey = benchToken, benchKey
	config.Redis.URL = store.URL("redis://" + addr)
	config.Watch.MaxActionsPerHour = samples + warmUp
	running, err := app.New(ctx, config, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- running.Run(ctx) }()
	platform.SetEventURL("http://" + running.Addr() + "/webhook/event")
	times, err := prepare(platform, near).times(ctx, samples)
	stop()
	if err = errors.Join(err, <-ended); err != nil {
		return nil, err
	}
	slices.Sort(times)
	return times, nil
}

// commands are given in the platform's group; where there is an index, their targets are put into it. With rules, another bot posts, and a rule
// recalls each post.
type commands struct {
	platform *sandbox.Feishu
	index    *store.Index
	rules    *store.Settings
	app      string
}

// onPlatform are commands whose targets only the platform knows.
func onPlatform(platform *sandbox.Feishu, _ *store.Store) commands {
	return commands{platform: platform}
}

// inIndex are commands whose targets are in the index.
func inIndex(platform *sandbox.Feishu, near *store.Store) commands {
	return commands{platform: platform, index: store.NewIndex(near)}
}

func (c commands) times(ctx context.Context, samples int) ([]time.Duration, error) {
	owner := c.platform.AddUser("owner").OpenID
	spec := sandbox.ChatSpec{Name: "bench", Owner: owner}
	if c.rules != nil {
		c.platform.Grant(includeBots)
		c.app = c.platform.AddApp("Reporter").ID
		spec.BotManagers, spec.Members = []string{c.platform.Bot().ID}, []string{c.app}
	}
	chat, err := c.platform.AddChat(spec)
	if err != nil {
		return nil, err
	}
	if c.rules != nil {
		each := bot.WatchRule{Name: "each", Act: bot.WatchRecall, State: bot.WatchOn}
		if err := setRules(ctx, c.rules, bot.ChatID(chat), []bot.WatchRule{each}); err != nil {
			return nil, err
		}
		time.Sleep(2 * time.Second) // all replicas know of a rule by then
	}
	const pause = 40 * time.Millisecond // stays below the platform's rate limit
	var times []time.Duration
	for i := range samples + warmUp {
		time.Sleep(pause)
		took, err := c.recallOnce(ctx, chat, owner)
		if err != nil {
			return nil, err
		}
		if i >= warmUp {
			times = append(times, took)
		}
	}
	return times, nil
}

// post makes a post of our app.
func (c commands) post(ctx context.Context, chat string) (string, error) {
	id, err := c.platform.Post(sandbox.PostSpec{Chat: chat, App: c.app, Text: "oops"})
	if err != nil || c.index == nil {
		return id, err
	}
	own := bot.Message{ID: bot.MessageID(id), Chat: bot.ChatID(chat), Kind: bot.KindOwn, At: time.Now()}
	return id, c.index.Add(ctx, own)
}

// recallOnce recalls one post as the owner. The sandbox's records have both times.
func (c commands) recallOnce(ctx context.Context, chat, owner string) (time.Duration, error) {
	before := len(c.platform.Deliveries())
	post, err := c.post(ctx, chat)
	if err != nil {
		return 0, err
	}
	if c.rules != nil {
		return c.wait(ctx, before, post)
	}
	if _, err := c.platform.Say(sandbox.SaySpec{Chat: chat, From: owner, Text: "/recall", ReplyTo: post, MentionBot: true}); err != nil {
		return 0, err
	}
	return c.wait(ctx, before, post)
}

// wait returns the time from the POST of the event after those before to the DELETE of a post.
func (c commands) wait(ctx context.Context, before int, post string) (time.Duration, error) {
	var posted, arrived time.Time
	err := c.platform.Wait(ctx, func(s sandbox.State) bool {
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

// listenFar forwards connections to a server that is a round trip away.
func listenFar(ctx context.Context, to string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go forwardFar(ctx, client, to)
		}
	}()
	return listener, nil
}

func forwardFar(ctx context.Context, client net.Conn, to string) {
	defer client.Close() //nolint:errcheck // the other side sees it
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", to)
	if err != nil {
		return
	}
	defer server.Close() //nolint:errcheck // the same
	go func() { _, _ = io.Copy(client, server) }()
	chunk := make([]byte, 64<<10)
	for {
		n, err := client.Read(chunk)
		if err != nil {
			return
		}
		time.Sleep(roundTrip)
		if _, err := server.Write(chunk[:n]); err != nil {
			return
		}
	}
}
