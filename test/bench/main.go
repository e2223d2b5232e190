// Command bench measures the bot: the intake compared with a bot from the SDK's documentation, events together with posts
// through the API, the time from a command to its recall, clean-ups compared with the platform's limits, the shares of jobs at
// one rate limit, rules on bots' posts, the take-over of a killed replica's work, the commands of an idle replica, the memory of the index, the size of the
// binary, and what grows with what is stored. It starts its own redis-server. Absolute figures depend on the machine; the
// ratios are comparable, as the rounds are interleaved.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// roleVariable makes a child process one of the servers under load.
const roleVariable = "BENCH_ROLE"

// longPart is measured only if it is asked for.
const longPart = "growth"

type options struct {
	rounds      int
	round       time.Duration
	samples     int
	messages    int
	only        string
	connections []int
	posts       []int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if role := os.Getenv(roleVariable); role != "" {
		exit(serveRole(ctx, role))
	}
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of the intake benchmark, interleaved")
	flag.DurationVar(&o.round, "round", 4*time.Second, "length of a round")
	flag.IntVar(&o.samples, "samples", 200, "commands whose way to the recall is timed")
	flag.IntVar(&o.messages, "messages", 1_000_000, "messages put into the index")
	connections := flag.String("connections", "64,1", "connections of the intake benchmark, one table for each")
	posts := flag.String("posts", "300,2000", "posts of the clean-ups, one row for each; 2,000 take a minute and a half")
	flag.StringVar(&o.only, "only", "", "intake, beside, latency, jobs, shares, rules, takeover, idle, memory, binary or growth; empty is all but growth, which takes a quarter of an hour")
	flag.Parse()
	o.connections, o.posts = numbers("connections", *connections), numbers("posts", *posts)
	exit(run(ctx, o))
}

// numbers parses a flag with comma-separated numbers.
func numbers(name, value string) []int {
	var list []int
	for text := range strings.SplitSeq(value, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			exit(fmt.Errorf("-%s: %q is no number above 0", name, text))
		}
		list = append(list, n)
	}
	return list
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(ctx context.Context, o options) error {
	fmt.Printf("recallbot bench: %s, %s/%s, %d cores\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	parts := []struct {
		name string
		do   func(context.Context, *report, options) error
	}{
		{"intake", benchIntake},
		{"beside", benchMixed},
		{"latency", benchLatency},
		{"jobs", benchJobs},
		{"shares", benchShares},
		{"rules", benchRules},
		{"takeover", benchTakeover},
		{"idle", benchIdle},
		{"memory", benchMemory},
		{"binary", benchBinary},
		{longPart, benchGrowth},
	}
	var results report
	for _, part := range parts {
		if o.only != part.name && (o.only != "" || part.name == longPart) {
			continue
		}
		if err := part.do(ctx, &results, o); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	results.print()
	return nil
}
