package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
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
	growthEvents  = 20_000
	growthLoad    = 400 * time.Millisecond
	growthWalks   = 300
	growthCommand = 20
	// growthCap keeps all messages of a chat; a configuration may have 100,000.
	growthCap = 20_000_000
	// growthSteady is how far a value may be from that of the smallest size.
	growthSteady = 0.2
)

// growing is something that is measured at growing sizes.
type growing interface {
	fill(ctx context.Context, size int) error
	// sample returns one value for each name of the series.
	sample(ctx context.Context) ([]float64, error)
	close()
}

// series are curves over the same sizes. What has the smallest size is measured in turns with each larger one, so that other work on the
// machine disturbs both.
type series struct {
	by     string
	sizes  []int
	names  []string
	points []point
}

// point has the samples at one size, and those of the smallest one that were taken in turns with them.
type point struct{ ours, smallest [][]float64 }

// benchGrowth measures whether anything gets slower as more is stored: the intake, a command, and the selection of a clean-up with 10,000 to
// 10 million messages in a thousand chats and with a million messages in 1 to 100,000 chats, and `/recall log` with 10,000 to a million records.
func benchGrowth(ctx context.Context, r *report, _ options) error {
	all := []*series{
		{by: "messages", sizes: []int{10_000, 100_000, 1_000_000, 10_000_000}},
		{by: "chats", sizes: []int{1, 100, 10_000, 100_000}},
		{by: "records", sizes: []int{10_000, 100_000, 1_000_000}, names: []string{"/recall log"}},
	}
	for _, s := range all {
		if s.names == nil {
			s.names = []string{"intake", "command", "selection"}
		}
		fmt.Printf("\ngrowth by %s, compared with %d; medians of %d, µs\n", s.by, s.sizes[0], growthRepeats)
		if err := s.measure(ctx); err != nil {
			return err
		}
		s.report(r)
	}
	if path := os.Getenv("BENCH_PICTURE"); path != "" {
		return os.WriteFile(path, drawGrowth(all), 0o644) //nolint:gosec // the operator's own path, a picture
	}
	return nil
}

func (s *series) measure(ctx context.Context) error {
	var subject growing
	for _, size := range s.sizes {
		smallest, err := s.at(ctx, nil, s.sizes[0])
		if err != nil {
			return err
		}
		if subject, err = s.at(ctx, subject, size); err != nil {
			return err
		}
		p, err := compare(ctx, subject, smallest)
		smallest.close()
		if err != nil {
			return err
		}
		s.points = append(s.points, p)
		fmt.Printf("  %10d", size)
		for i, name := range s.names {
			fmt.Printf("   %s %.1f (%.2f x)", name, middle(p.values(i)), middle(p.ratios(i)))
		}
		fmt.Println()
	}
	subject.close()
	return nil
}

// at returns something of a size: what was smaller before, or another one.
func (s *series) at(ctx context.Context, before growing, size int) (growing, error) { //nolint:ireturn // one of two types
	var err error
	fillTo := size
	switch {
	case s.by == "chats":
		if before != nil {
			before.close()
		}
		fillTo = 1_000_000
		before, err = newGrower(ctx, size)
	case before != nil:
	case s.by == "messages":
		before, err = newGrower(ctx, 1000)
	default:
		before, err = newRecords(ctx)
	}
	if err != nil {
		return nil, err
	}
	return before, before.fill(ctx, fillTo)
}

// compare samples both in turns.
func compare(ctx context.Context, subject, smallest growing) (p point, err error) {
	for range growthRepeats {
		ours, err := subject.sample(ctx)
		if err != nil {
			return p, err
		}
		theirs, err := smallest.sample(ctx)
		if err != nil {
			return p, err
		}
		p.ours, p.smallest = append(p.ours, ours), append(p.smallest, theirs)
	}
	return p, nil
}

// values are the samples of one name, and ratios those divided by the smallest one's.
func (p point) values(name int) []float64 { return column(p.ours, name) }

func (p point) ratios(name int) []float64 {
	ratios := p.values(name)
	for i, smallest := range column(p.smallest, name) {
		ratios[i] /= smallest
	}
	return ratios
}

func column(rows [][]float64, n int) []float64 {
	values := make([]float64, len(rows))
	for i, row := range rows {
		values[i] = row[n]
	}
	return values
}

// report adds a row for each name, at the largest size.
func (s *series) report(r *report) {
	last := s.points[len(s.points)-1]
	for i, name := range s.names {
		r.add(row{
			what: fmt.Sprintf("growth: %s, %d %s : %d", name, s.sizes[len(s.sizes)-1], s.by, s.sizes[0]), unit: "µs",
			goal: 1 + growthSteady, perPeer: true, ours: last.values(i), peer: column(last.smallest, i),
		})
	}
}

// openStore opens a store that keeps all, on a server that does not write its file anew meanwhile: that would take half of the processors.
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
	commands, err := latencyOf(ctx, g.server, g.server.addr, growthCommand, true)
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
