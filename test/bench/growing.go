package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
)

// openStore opens a store that keeps all, on a server that does not rewrite its append-only file meanwhile: that would take half of the processors.
func openStore(ctx context.Context, server *redisServer) (*store.Store, error) {
	client := server.client()
	defer client.Close() //nolint:errcheck // used once
	if err := client.ConfigSet(ctx, "auto-aof-rewrite-percentage", "0").Err(); err != nil {
		return nil, err
	}
	cfg := store.DefaultConfig()
	cfg.IndexCap, cfg.AuditCap = growthCap, 2_000_000
	return store.Open(ctx, store.RedisConfig{URL: store.URL("redis://" + server.addr)}, cfg, slog.New(slog.DiscardHandler))
}

// grower is an index that grows.
type grower struct {
	*testbed

	index  *store.Index
	opened *store.Store
	chats  int
	start  time.Time
	// next is the number of the next message.
	next int
}

func newGrower(ctx context.Context, chats int) (*grower, error) {
	bed, err := newTestbed(ctx)
	if err != nil {
		return nil, err
	}
	g := &grower{testbed: bed, chats: chats, start: time.Now().Add(-12 * time.Hour)}
	if g.opened, err = openStore(ctx, bed.server); err != nil {
		return nil, err
	}
	g.index = store.NewIndex(g.opened)
	return g, g.selectable(ctx)
}

func (g *grower) close() {
	_ = g.opened.Close() // nothing is left to be written
	g.testbed.close()
}

// selectable fills the chat whose messages are selected, as a running bot finds it: without an older layout.
func (g *grower) selectable(ctx context.Context) error {
	running, stop := context.WithCancel(ctx)
	swept := make(chan struct{})
	go func() { defer close(swept); g.index.RunSweeper(running) }()
	var errs []error
	for i := range growthMessages {
		m := message(-1-i, 1, g.start)
		m.Chat = growthChat
		errs = append(errs, g.index.Add(ctx, m))
	}
	stop()
	<-swept
	return errors.Join(errs...)
}

// fill adds messages up to a size, several at a time: all writers together stay below the maximum of queued commands.
func (g *grower) fill(ctx context.Context, size int) error {
	const together = 25
	err := inParallel(g.next, size, together, func(first int) error {
		batch := make([]bot.Message, min(together, size-first))
		for i := range batch {
			batch[i] = message(first+i, g.chats, g.start)
		}
		return again(ctx, func() error { return g.index.Add(ctx, batch...) })
	})
	g.next = size
	return err
}

// again repeats an idempotent call while Redis does not answer in time.
func again(ctx context.Context, call func() error) error {
	const tries = 60
	var err error
	for range tries {
		if err = call(); bot.KindOf(err) != bot.Unavailable {
			return err
		}
		if err := bot.Sleep(ctx, time.Second); err != nil {
			return err
		}
	}
	return err
}

// inParallel calls do for the numbers from first to last, exclusively, in steps, from several goroutines. Each ends at its first error.
func inParallel(first, last, step int, do func(n int) error) error {
	var taken atomic.Int64
	taken.Store(int64(first))
	faults := make(chan error, growWriters)
	var group sync.WaitGroup
	for range growWriters {
		group.Go(func() {
			for {
				n := int(taken.Add(int64(step))) - step
				if n >= last {
					return
				}
				if err := do(n); err != nil {
					faults <- err
					return
				}
			}
		})
	}
	group.Wait()
	close(faults)
	return <-faults
}

// sample returns the µs of an event taken, of a command, and of a walk over a thousand messages.
func (g *grower) sample(ctx context.Context) ([]float64, error) {
	intake, err := g.intake(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	for range growthWalks {
		for _, err := range g.index.Walk(ctx, growthChat, time.Time{}, time.Time{}) {
			if err != nil {
				return nil, err
			}
		}
	}
	selection := micro(time.Since(began)) / growthWalks
	commands, err := latencyOf(ctx, g.server, g.server.addr, inIndex, growthCommand)
	if err != nil {
		return nil, err
	}
	return []float64{intake, micro(middle(commands)), selection}, nil
}

// intake returns the µs of an event taken by a bot with this Redis, at 64 connections. The events are in up to a thousand chats, which the bot
// knows already: it was loaded before.
func (g *grower) intake(ctx context.Context) (float64, error) {
	c, err := startChild(ctx, "growing", g.server.addr, g.feishu.URL)
	if err != nil {
		return 0, err
	}
	defer c.stop()
	requests, err := makeRequests(c.addr, growthEvents, min(g.chats, benchChats))
	if err != nil {
		return 0, err
	}
	var next atomic.Int64
	if _, err := loadServer(ctx, c, requests, &next, 64, growthLoad/2); err != nil {
		return 0, err
	}
	taken, err := loadServer(ctx, c, requests, &next, 64, growthLoad)
	return 1e6 / taken.perSecond, err
}

// growingRecords is an audit that grows.
type growingRecords struct {
	records *store.Audit
	opened  *store.Store
	server  *redisServer
	size    int
}

func newRecords(ctx context.Context) (*growingRecords, error) {
	server, err := startRedis(ctx)
	if err != nil {
		return nil, err
	}
	opened, err := openStore(ctx, server)
	if err != nil {
		return nil, errors.Join(err, server.close())
	}
	return &growingRecords{records: store.NewAudit(opened), opened: opened, server: server}, nil
}

func (g *growingRecords) close() {
	_ = g.opened.Close() // nothing is left to be written
	_ = g.server.close()
}

// fill records acts up to a size, a hundredth of them in one chat.
func (g *growingRecords) fill(ctx context.Context, size int) error {
	err := inParallel(g.size, size, 1, func(n int) error {
		e := audit.Entry{
			At: time.Now(), Who: "ou_owner", Via: bot.ViaReply, Chat: growthChat, Message: bot.MessageID(fmt.Sprintf("om_%032x", n)), Rule: "owner", Result: bot.Done,
		}
		if n%100 != 0 {
			e.Chat = bot.ChatID(fmt.Sprintf("oc_%032x", n%1000))
		}
		return again(ctx, func() error {
			_, err := g.records.Record(ctx, fmt.Sprint("growth ", n), e)
			return err
		})
	})
	g.size = size
	return err
}

// sample returns the µs of reading the last hundred records of the chat.
func (g *growingRecords) sample(ctx context.Context) ([]float64, error) {
	began := time.Now()
	for range growthWalks {
		if _, err := g.records.Recent(ctx, growthChat, 100, ""); err != nil {
			return nil, err
		}
	}
	return []float64{micro(time.Since(began)) / growthWalks}, nil
}
