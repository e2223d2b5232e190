package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"recallbot/bot"
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
