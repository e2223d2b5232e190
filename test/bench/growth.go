package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
)

const (
	// growthChat is the chat whose messages are selected; it has as many as the index keeps by default.
	growthChat     = bot.ChatID("oc_ffffffffffffffffffffffffffffffff")
	growthMessages = 1000
	// growthRepeats is how often each thing is measured at a size.
	growthRepeats = 7
	growWriters   = 64
	growthAdds    = 5000
	growthWalks   = 50
	growthCommand = 40
	// growthSteady is how far a value may be from that of the smallest size.
	growthSteady = 0.2
)

// growthPoint is what was measured at a size, as medians.
type growthPoint struct {
	size                       int
	intake, selection, command float64 // µs a message, µs a walk, ms
}

// benchGrowth measures whether anything gets slower as more is stored: the intake, a command, and the selection of a clean-up with 10,000 to
// 10 million messages in a thousand chats and with a million messages in 1 to 100,000 chats, and `/recall log` with 10,000 to a million records.
func benchGrowth(ctx context.Context, r *report, _ options) error {
	sizes := []int{10_000, 100_000, 1_000_000, 10_000_000}
	messages, err := growMessages(ctx, sizes, 1000)
	if err != nil {
		return err
	}
	printGrowth("messages, in 1,000 chats", messages)
	var chats []growthPoint
	for _, n := range []int{1, 100, 10_000, 100_000} {
		points, err := growMessages(ctx, []int{1_000_000}, n)
		if err != nil {
			return err
		}
		points[0].size = n
		chats = append(chats, points...)
	}
	printGrowth("chats, with 1,000,000 messages", chats)
	records, err := growRecords(ctx, []int{10_000, 100_000, 1_000_000})
	if err != nil {
		return err
	}
	for _, p := range records {
		fmt.Printf("  %10d records   /recall log %8.0f µs\n", p.size, p.selection)
	}
	curves := slices.Concat(
		curvesOf("messages", messages), curvesOf("chats", chats), []curve{curveOf("/recall log, by records", records, func(p growthPoint) float64 { return p.selection })})
	for _, c := range curves {
		r.add(row{what: "growth of " + c.name + ", largest : smallest", unit: "x", goal: 1 + growthSteady, ours: []float64{c.values[len(c.values)-1] / c.values[0]}})
	}
	if path := os.Getenv("BENCH_PICTURE"); path != "" {
		return os.WriteFile(path, drawGrowth(curves), 0o644) //nolint:gosec // the operator's own path, a picture
	}
	return nil
}

func printGrowth(of string, points []growthPoint) {
	fmt.Printf("\ngrowth by %s; medians of %d\n", of, growthRepeats)
	for _, p := range points {
		fmt.Printf("  %10d   intake %6.1f µs a message   command %5.2f ms   selection from 1,000 messages %6.0f µs\n", p.size, p.intake, p.command, p.selection)
	}
}

// curve is a value by size.
type curve struct {
	name   string
	sizes  []int
	values []float64
}

func curveOf(name string, points []growthPoint, of func(growthPoint) float64) curve {
	c := curve{name: name}
	for _, p := range points {
		c.sizes, c.values = append(c.sizes, p.size), append(c.values, of(p))
	}
	return c
}

func curvesOf(by string, points []growthPoint) []curve {
	return []curve{
		curveOf("intake, by "+by, points, func(p growthPoint) float64 { return p.intake }),
		curveOf("command, by "+by, points, func(p growthPoint) float64 { return p.command }),
		curveOf("selection, by "+by, points, func(p growthPoint) float64 { return p.selection }),
	}
}

// growMessages fills an index to each size in turn, and measures there.
func growMessages(ctx context.Context, sizes []int, chats int) ([]growthPoint, error) {
	server, err := startRedis(ctx)
	if err != nil {
		return nil, err
	}
	defer server.close() //nolint:errcheck // a temporary directory
	opened, err := openStore(ctx, server)
	if err != nil {
		return nil, err
	}
	defer opened.Close() //nolint:errcheck // nothing is left to be written
	g := grower{index: store.NewIndex(opened), server: server, chats: chats, start: time.Now().Add(-12 * time.Hour)}
	if err := g.selectable(ctx); err != nil {
		return nil, err
	}
	var points []growthPoint
	for _, size := range sizes {
		if err := g.fill(ctx, size); err != nil {
			return nil, err
		}
		p, err := g.measure(ctx)
		if err != nil {
			return nil, err
		}
		p.size = size
		points = append(points, p)
	}
	return points, nil
}

func openStore(ctx context.Context, server *redisServer) (*store.Store, error) {
	cfg := store.DefaultConfig()
	cfg.AuditCap = 2_000_000
	return store.Open(ctx, store.RedisConfig{URL: store.URL("redis://" + server.addr)}, cfg, slog.New(slog.DiscardHandler))
}

// grower is an index that grows.
type grower struct {
	index  *store.Index
	server *redisServer
	chats  int
	start  time.Time
	// next is the number of the next message.
	next int
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

// fill adds messages up to a size, a hundred at a time.
func (g *grower) fill(ctx context.Context, size int) error {
	const together = 100
	err := inParallel(g.next, size, together, func(first int) error {
		batch := make([]bot.Message, min(together, size-first))
		for i := range batch {
			batch[i] = message(first+i, g.chats, g.start)
		}
		return g.index.Add(ctx, batch...)
	})
	g.next = size
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

func (g *grower) measure(ctx context.Context) (p growthPoint, err error) {
	var intakes, selections []float64
	for range growthRepeats {
		began := time.Now()
		if err := writeMore(ctx, g.index, g.next, growthAdds, g.chats, g.start); err != nil {
			return p, err
		}
		intakes = append(intakes, micro(time.Since(began))/growthAdds)
		g.next += growthAdds
		began = time.Now()
		for range growthWalks {
			for _, err := range g.index.Walk(ctx, growthChat, time.Time{}, time.Time{}) {
				if err != nil {
					return p, err
				}
			}
		}
		selections = append(selections, micro(time.Since(began))/growthWalks)
	}
	commands, err := latencyOf(ctx, g.server, g.server.addr, growthCommand, true)
	if err != nil {
		return p, err
	}
	return growthPoint{intake: middle(intakes), selection: middle(selections), command: middle(millisOf(commands))}, nil
}

// growRecords fills an audit to each size in turn, and measures how long the last hundred records of one chat take.
func growRecords(ctx context.Context, sizes []int) ([]growthPoint, error) {
	server, err := startRedis(ctx)
	if err != nil {
		return nil, err
	}
	defer server.close() //nolint:errcheck // a temporary directory
	opened, err := openStore(ctx, server)
	if err != nil {
		return nil, err
	}
	defer opened.Close() //nolint:errcheck // nothing is left to be written
	records := store.NewAudit(opened)
	var points []growthPoint
	done := 0
	for _, size := range sizes {
		if err := record(ctx, records, done, size); err != nil {
			return nil, err
		}
		done = size
		var times []float64
		for range growthRepeats {
			began := time.Now()
			for range growthWalks {
				if _, err := records.Recent(ctx, growthChat, 100, ""); err != nil {
					return nil, err
				}
			}
			times = append(times, micro(time.Since(began))/growthWalks)
		}
		points = append(points, growthPoint{size: size, selection: middle(times)})
	}
	return points, nil
}

// record records acts number first to last, a hundredth of them in one chat.
func record(ctx context.Context, records *store.Audit, first, last int) error {
	return inParallel(first, last, 1, func(n int) error {
		e := audit.Entry{
			At: time.Now(), Who: "ou_owner", Via: bot.ViaReply, Chat: growthChat, Message: bot.MessageID(fmt.Sprintf("om_%032x", n)), Rule: "owner", Result: bot.Done,
		}
		if n%100 != 0 {
			e.Chat = bot.ChatID(fmt.Sprintf("oc_%032x", n%1000))
		}
		_, err := records.Record(ctx, fmt.Sprint("growth ", n), e)
		return err
	})
}
