package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"recallbot/bot"
)

const (
	idleSettle = 5 * time.Second
	idleFor    = 20 * time.Second
	idleGoal   = 15
)

// benchIdle counts the commands that a replica without work sends to Redis; those within scripts are not counted.
func benchIdle(ctx context.Context, r *report, o options) error {
	g, err := newTestbed(ctx)
	if err != nil {
		return err
	}
	defer g.close()
	replica, err := startChild(ctx, "ours", g.server.addr, g.feishu.URL)
	if err != nil {
		return err
	}
	defer replica.stop()
	if err := bot.Sleep(ctx, idleSettle); err != nil {
		return err
	}
	var rates []float64
	for range min(o.rounds, 3) {
		commands, err := monitored(ctx, g.server.addr, idleFor)
		if err != nil {
			return err
		}
		rates = append(rates, float64(commands)/idleFor.Seconds())
	}
	fmt.Printf("\nidle: %s commands a second, in periods of %s\n", spread(rates, ""), idleFor)
	r.add(row{what: "commands of an idle replica", unit: "a second", goal: idleGoal, ours: rates})
	return nil
}

// monitored counts the commands that a server gets within a time, by MONITOR.
func monitored(ctx context.Context, addr string, within time.Duration) (int, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close() //nolint:errcheck // only read from
	if _, err := conn.Write([]byte("MONITOR\r\n")); err != nil {
		return 0, err
	}
	if err := conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		return 0, err
	}
	commands := -1 // the answer to MONITOR
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if !strings.Contains(lines.Text(), " lua]") {
			commands++
		}
	}
	return commands, nil
}
