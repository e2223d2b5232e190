// Command testsum runs the tests of Go modules and the fuzz targets in them, shows what failed in full, and ends with
// one line that holds the counts:
//
//	testsum [-race] [-fuzz DURATION] [-fuzz-only] MODULE_DIR...
//
// Counted are tests and subtests, each fuzz target once more when it has been fuzzed, and each package that failed
// without a failing test (it doesn't build, or TestMain says no). A skipped test counts as failed: what isn't tested
// isn't green.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(code)
}

// options is the command line.
type options struct {
	race     bool
	fuzz     time.Duration
	fuzzOnly bool
	modules  []string
}

func parse(args []string, out io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("testsum", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.BoolVar(&o.race, "race", false, "run the tests with the race detector")
	flags.DurationVar(&o.fuzz, "fuzz", 0, "then fuzz each target for this `long`")
	flags.BoolVar(&o.fuzzOnly, "fuzz-only", false, "only fuzz")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.modules = flags.Args()
	if len(o.modules) == 0 {
		o.modules = []string{"."}
	}
	return o, nil
}

// run returns the exit code: 0 when everything passed, 1 when something failed, 2 when nothing was run.
func run(ctx context.Context, args []string, out io.Writer) int {
	o, err := parse(args, out)
	if err != nil {
		return 2
	}
	sum := &summary{out: out}
	for _, dir := range o.modules {
		m := module{dir: dir, sum: sum}
		if !o.fuzzOnly {
			m.test(ctx, o.race)
		}
		if o.fuzz > 0 {
			m.fuzz(ctx, o.fuzz)
		}
	}
	if ctx.Err() != nil {
		sum.fail("interrupted")
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", sum.passed, sum.failed)
	if sum.failed > 0 {
		return 1
	}
	return 0
}
