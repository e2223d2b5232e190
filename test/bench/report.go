package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// row is a result of the benchmark with its goal.
type row struct {
	what, unit string
	// goal is the maximum of the median of ours or, if perPeer is set, of its ratio to the peer's; noGoal if there is none.
	goal    float64
	perPeer bool
	// ours and peer are what was measured, round by round; peer is empty where there is none.
	ours, peer []float64
}

// noGoal is the goal of a value that is only shown.
const noGoal = math.MaxFloat64

// report collects the rows of all parts.
type report struct{ rows []row }

func (r *report) add(one row) { r.rows = append(r.rows, one) }

// print prints the rows with medians and, in parentheses, the least and the greatest value.
func (r *report) print() {
	if len(r.rows) == 0 {
		return
	}
	fmt.Println()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RESULT\tGOAL\tOURS\tPEER\tRATIO\tGOAL MET")
	for _, one := range r.rows {
		ratio, judged := "-", middle(one.ours)
		if len(one.peer) > 0 {
			ratios := make([]float64, min(len(one.ours), len(one.peer)))
			for i := range ratios {
				ratios[i] = one.ours[i] / one.peer[i]
			}
			ratio = spread(ratios, "x")
			if one.perPeer {
				judged = middle(ratios)
			}
		}
		unit := one.unit
		if one.perPeer {
			unit = "x"
		}
		goal := "<= " + number(one.goal) + " " + unit
		met := map[bool]string{true: "yes", false: "NO"}[judged <= one.goal]
		if one.goal == noGoal {
			goal, met = "-", "-"
		}
		fmt.Fprintln(w, strings.Join([]string{one.what, goal, spread(one.ours, one.unit), spread(one.peer, one.unit), ratio, met}, "\t"))
	}
	_ = w.Flush() // standard output
}

// spread is the median with the least and the greatest value.
func spread(values []float64, unit string) string {
	switch len(values) {
	case 0:
		return "-"
	case 1:
		return number(values[0]) + " " + unit
	default:
		return fmt.Sprintf("%s %s (%s-%s)", number(middle(values)), unit, number(slices.Min(values)), number(slices.Max(values)))
	}
}

func number(v float64) string {
	switch {
	case v >= 100 || v == float64(int(v)):
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// middle is the median.
func middle[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func millisOf(times []time.Duration) []float64 {
	values := make([]float64, len(times))
	for i, t := range times {
		values[i] = float64(t.Microseconds()) / 1000
	}
	return values
}
