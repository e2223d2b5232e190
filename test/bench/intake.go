package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// requestsPerRound is the number of different requests per round of 4 s and server.
const requestsPerRound = 120_000

// benchIntake loads our bot and the peer in turn, with equal requests and the same Redis.
func benchIntake(ctx context.Context, r *report, o options) error {
	g, err := newTestbed(ctx)
	if err != nil {
		return err
	}
	defer g.close()
	client := g.server.client()
	defer client.Close() //nolint:errcheck // only used to empty the server
	for _, connections := range o.connections {
		results := map[string][]loadResult{}
		for round := range o.rounds {
			for _, role := range roleOrder(round) {
				if err := client.FlushAll(ctx).Err(); err != nil {
					return err
				}
				got, err := oneRound(ctx, role, g.server.addr, g.feishu.URL, connections, o.round)
				if err != nil {
					return fmt.Errorf("%s: %w", role, err)
				}
				results[role] = append(results[role], got)
			}
		}
		reportIntake(connections, results)
		if connections > 1 {
			addIntake(r, connections, results)
		}
	}
	return nil
}

func roleOrder(round int) []string {
	if round%2 == 0 {
		return []string{"ours", "peer"}
	}
	return []string{"peer", "ours"}
}

// oneRound starts a new server, warms it up, and loads it.
func oneRound(ctx context.Context, role, redisAddr, platform string, connections int, length time.Duration) (loadResult, error) {
	c, err := startChild(ctx, role, redisAddr, platform)
	if err != nil {
		return loadResult{}, err
	}
	defer c.stop()
	requests, err := makeRequests(c.addr, requestsPerRound*int(max(length/(4*time.Second), 1)), benchChats)
	if err != nil {
		return loadResult{}, err
	}
	var next atomic.Int64
	if _, err := loadServer(ctx, c, requests, &next, connections, length/8); err != nil {
		return loadResult{}, err
	}
	return loadServer(ctx, c, requests, &next, connections, length)
}

func reportIntake(connections int, results map[string][]loadResult) {
	ours, peer := median(results["ours"]), median(results["peer"])
	fmt.Printf("\nintake, %d connections, median of %d rounds (peer: Gin + SDK dispatcher + synchronous ZADD)\n", connections, len(results["ours"]))
	fmt.Printf("  %-6s %10s %10s %10s %14s\n", "", "req/s", "p50", "p99", "CPU µs/event")
	row := func(name string, l loadResult) {
		fmt.Printf("  %-6s %10.0f %10s %10s %14.1f\n", name, l.perSecond, l.p50.Round(time.Microsecond), l.p99.Round(time.Microsecond), micro(l.cpu))
	}
	row("ours", ours)
	row("peer", peer)
	fmt.Printf("  ratio  %9.2fx %9.2fx %9.2fx %13.2fx\n", ours.perSecond/peer.perSecond,
		float64(ours.p50)/float64(peer.p50), float64(ours.p99)/float64(peer.p99), float64(ours.cpu)/float64(max(peer.cpu, 1)))
}

// addIntake adds the rows with goals; a value is compared with the peer's of the same round.
func addIntake(r *report, connections int, results map[string][]loadResult) {
	for _, one := range []struct {
		what, unit string
		goal       float64
		of         func(loadResult) float64
	}{
		{"CPU per event", "µs", 0.33, func(l loadResult) float64 { return micro(l.cpu) }},
		{"p99", "ms", 0.45, func(l loadResult) float64 { return micro(l.p99) / 1000 }},
		{"time per event", "µs", 0.5, func(l loadResult) float64 { return 1e6 / l.perSecond }},
	} {
		next := row{what: fmt.Sprintf("intake, %d connections: %s", connections, one.what), unit: one.unit, goal: one.goal, perPeer: true}
		for i, ours := range results["ours"] {
			next.ours, next.peer = append(next.ours, one.of(ours)), append(next.peer, one.of(results["peer"][i]))
		}
		r.add(next)
	}
}

func micro(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func median(all []loadResult) loadResult {
	return loadResult{
		perSecond: medianOf(all, func(l loadResult) float64 { return l.perSecond }),
		p50:       medianOf(all, func(l loadResult) time.Duration { return l.p50 }),
		p99:       medianOf(all, func(l loadResult) time.Duration { return l.p99 }),
		cpu:       medianOf(all, func(l loadResult) time.Duration { return l.cpu }),
	}
}

func medianOf[T cmp.Ordered](all []loadResult, of func(loadResult) T) T {
	var values []T
	for _, l := range all {
		values = append(values, of(l))
	}
	slices.Sort(values)
	return values[len(values)/2]
}
