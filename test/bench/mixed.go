package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"recallbot/bot"
	"recallbot/client"
	"recallbot/sandbox"
	"recallbot/store"
)

// The rates and the maximum numbers of connections of benchMixed.
const (
	eventsPerSecond  = 1000
	postsPerSecond   = 200
	eventConnections = 64
	postConnections  = 32
	mixedChats       = 500
)

// benchMixed sends events at a steady rate, alone and together with posts through the API, and compares their latency.
func benchMixed(ctx context.Context, _ *report, o options) error {
	g, err := newTestbed(ctx)
	if err != nil {
		return err
	}
	defer g.close()
	ours, err := startChild(ctx, "ours", g.server.addr, g.feishu.URL)
	if err != nil {
		return err
	}
	defer ours.stop()
	caller, err := newAPICaller(ctx, g.platform, g.server.addr, ours.addr)
	if err != nil {
		return err
	}
	length, rounds := o.round*2, min(o.rounds, 5) // the store keeps 10,000 posts
	var alone, beside, posts rateResult
	for round := range rounds {
		one, err := pushEvents(ctx, ours.addr, length)
		if err != nil {
			return err
		}
		alone.add(one)
		var group sync.WaitGroup
		group.Go(func() { posts.add(caller.postAtRate(ctx, round, length)) })
		one, err = pushEvents(ctx, ours.addr, length)
		group.Wait()
		if err != nil {
			return err
		}
		beside.add(one)
	}
	fmt.Printf("\nposts beside events: %d events/s and %d orders/s of one post each, %d rounds of %s each, timed from when each was due\n",
		eventsPerSecond, postsPerSecond, rounds, length)
	fmt.Printf("  %-14s %8s %8s %10s %10s %10s\n", "", "sent", "refused", "p50", "p99", "longest")
	alone.print("events alone")
	beside.print("events beside")
	posts.print("orders")
	fmt.Printf("  events beside orders against events alone: p50 %.2fx, p99 %.2fx\n",
		float64(beside.percentile(50))/float64(alone.percentile(50)), float64(beside.percentile(99))/float64(alone.percentile(99)))
	return caller.checkStored(ctx, len(posts.times)-posts.refused)
}

// rateResult is the result of sendAtRate. Times are measured from when a request was due, so they include the wait for a free
// connection.
type rateResult struct {
	times   []time.Duration
	refused int
}

func (p *rateResult) add(more rateResult) {
	p.times, p.refused = append(p.times, more.times...), p.refused+more.refused
}

// percentile returns a percentile of the times.
func (p *rateResult) percentile(percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(p.times))
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

func (p *rateResult) print(name string) {
	fmt.Printf("  %-14s %8d %8d %10s %10s %10s\n", name, len(p.times), p.refused,
		p.percentile(50).Round(10*time.Microsecond), p.percentile(99).Round(10*time.Microsecond), p.percentile(100).Round(10*time.Microsecond))
}

// sendAtRate sends requests at a steady rate over several connections, each with one request at a time.
func sendAtRate(ctx context.Context, connections, perSecond int, length time.Duration, open func() (send func(i int) error, done func(), err error)) (rateResult, error) {
	total := int(length.Seconds() * float64(perSecond))
	began := time.Now()
	var next atomic.Int64
	results, faults := make([]rateResult, connections), make([]error, connections)
	var group sync.WaitGroup
	for l := range connections {
		group.Go(func() {
			send, done, err := open()
			if err != nil {
				faults[l] = err
				return
			}
			defer done()
			for i := int(next.Add(1)) - 1; i < total && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				due := began.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
				time.Sleep(time.Until(due))
				if send(i) != nil {
					results[l].refused++
				}
				results[l].times = append(results[l].times, time.Since(due))
			}
		})
	}
	group.Wait()
	var all rateResult
	for _, one := range results {
		all.add(one)
	}
	return all, errors.Join(errors.Join(faults...), ctx.Err())
}

func pushEvents(ctx context.Context, addr string, length time.Duration) (rateResult, error) {
	requests, err := makeRequests(addr, int(length.Seconds()*eventsPerSecond), benchChats)
	if err != nil {
		return rateResult{}, err
	}
	return pushAtRate(ctx, addr, requests, eventsPerSecond)
}

// pushAtRate sends all requests at a steady rate.
func pushAtRate(ctx context.Context, addr string, requests [][]byte, perSecond int) (rateResult, error) {
	length := time.Duration(len(requests)) * time.Second / time.Duration(perSecond)
	return sendAtRate(ctx, eventConnections, perSecond, length, func() (func(int) error, func(), error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err != nil {
			return nil, nil, err
		}
		answers := bufio.NewReader(conn)
		return func(i int) error {
			if _, err := conn.Write(requests[i]); err != nil {
				return err
			}
			return readAnswer(answers)
		}, func() { _ = conn.Close() }, nil
	})
}

// apiCaller posts through the API to many chats in turn.
type apiCaller struct {
	client *client.Client
	chats  []string
}

func newAPICaller(ctx context.Context, platform *sandbox.Feishu, redisAddr, addr string) (*apiCaller, error) {
	owner := platform.AddUser("owner").OpenID
	c := &apiCaller{}
	for i := range mixedChats {
		id, err := platform.AddChat(sandbox.ChatSpec{Name: "bench " + strconv.Itoa(i), Owner: owner})
		if err != nil {
			return nil, err
		}
		c.chats = append(c.chats, id)
	}
	opened, err := store.Open(ctx, store.RedisConfig{URL: store.URL("redis://" + redisAddr)}, store.DefaultConfig(), slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer opened.Close() //nolint:errcheck // only used to make a token
	_, bearer, err := store.NewTokens(opened).Create(ctx, bot.Token{
		Team: "bench", Scopes: []bot.TokenScope{bot.ScopePost}, Rate: 2 * postsPerSecond * int(time.Minute/time.Second), Created: time.Now().UTC(),
	})
	if err != nil {
		return nil, err
	}
	c.client, err = client.New("http://"+addr, bearer, client.Options{Tries: 1})
	return c, err
}

func (c *apiCaller) postAtRate(ctx context.Context, round int, length time.Duration) rateResult {
	result, _ := sendAtRate(ctx, postConnections, postsPerSecond, length, func() (func(int) error, func(), error) {
		return func(i int) error {
			_, err := c.client.Post(ctx, client.PostOrder{
				Chats: c.chats[i%len(c.chats):][:1], Text: strings.Repeat("build passed ", 8),
				Key: strconv.Itoa(round) + "-" + strconv.Itoa(i),
			})
			return err
		}, func() {}, nil
	})
	return result
}

// checkStored checks that the bot has stored every accepted post.
func (c *apiCaller) checkStored(ctx context.Context, want int) error {
	n := 0
	for _, err := range c.client.Posts(ctx, client.PostsQuery{PerPage: 100}) {
		if err != nil {
			return err
		}
		n++
	}
	if n != want {
		return fmt.Errorf("%d posts are kept of %d that were taken", n, want)
	}
	return nil
}
