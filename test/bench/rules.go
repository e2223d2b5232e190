package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/sandbox"
	"recallbot/store"
)

const (
	// includeBots is the scope with which other bots' posts arrive as events.
	includeBots = "im:message.group_msg.include_bot:read"
	// ruleGoal is the CPU time of an event in a chat with rules, in that of one in a chat without.
	ruleGoal = 1.1
	// ruleRate is how many events are sent in a second.
	ruleRate = 2000
)

// benchRules compares the CPU time of events in chats with rules with that in chats without, and measures the time from the POST of a bot's
// post to the arrival of its DELETE by a rule.
func benchRules(ctx context.Context, r *report, o options) error {
	g, err := newTestbed(ctx)
	if err != nil {
		return err
	}
	defer g.close()
	g.platform.Grant(includeBots)
	fmt.Printf("\nrules: events in %d chats with the ready-made rules, which catch nothing, and without rules, %d events/s\n", benchChats, ruleRate)
	for _, load := range []struct {
		what string
		by   sender
	}{{"people only", person}, {"a bot's post in ten", inTen}, {"people and bots in turn", inTurn}} {
		next := row{what: "rules, CPU per event, " + load.what, unit: "µs", goal: ruleGoal, perPeer: true}
		for round := range o.rounds {
			for i := range 2 {
				with := (round+i)%2 == 0
				times, cpu, err := ruleRound(ctx, g, with, load.by, o.round)
				if err != nil {
					return err
				}
				fmt.Printf("  %-24s rules %-5v p50 %-10s p99 %-10s CPU %6.1f µs\n", load.what, with,
					times.percentile(50).Round(time.Microsecond), times.percentile(99).Round(time.Microsecond), micro(cpu))
				if with {
					next.ours = append(next.ours, micro(cpu))
				} else {
					next.peer = append(next.peer, micro(cpu))
				}
			}
		}
		r.add(next)
	}
	return benchRuleLatency(ctx, r, o)
}

// ruleRound loads a new server with rules in all chats, or without.
func ruleRound(ctx context.Context, g *testbed, with bool, by sender, length time.Duration) (times *rateResult, cpu time.Duration, err error) {
	client := g.server.client()
	defer client.Close() //nolint:errcheck // only used to empty the server
	if err := client.FlushAll(ctx).Err(); err != nil {
		return nil, 0, err
	}
	if with {
		if err := addRules(ctx, g.server.addr); err != nil {
			return nil, 0, err
		}
	}
	c, err := startChild(ctx, "ours", g.server.addr, g.feishu.URL)
	if err != nil {
		return nil, 0, err
	}
	defer c.stop()
	warm, err := makeRequestsBy(c.addr, ruleRate, benchChats, by)
	if err != nil {
		return nil, 0, err
	}
	if _, err := pushAtRate(ctx, c.addr, warm, ruleRate); err != nil { // a second, in which each chat's settings are loaded
		return nil, 0, err
	}
	requests, err := makeRequestsBy(c.addr, int(length.Seconds()*ruleRate), benchChats, by)
	if err != nil {
		return nil, 0, err
	}
	before := c.cpu()
	result, err := pushAtRate(ctx, c.addr, requests, ruleRate)
	if err == nil && result.refused > 0 {
		err = fmt.Errorf("%d events are refused", result.refused)
	}
	return &result, (c.cpu() - before) / time.Duration(len(requests)), err
}

// readyRules are the ready-made rules, switched on.
func readyRules() []bot.WatchRule {
	rules := command.ReadyRules()
	for i := range rules {
		rules[i].State = bot.WatchOn
	}
	return rules
}

// addRules gives all chats of the load their rules.
func addRules(ctx context.Context, addr string) error {
	opened, err := store.Open(ctx, store.RedisConfig{URL: store.URL("redis://" + addr)}, store.DefaultConfig(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer opened.Close() //nolint:errcheck // at the end
	settings := store.NewSettings(opened)
	for i := range benchChats {
		if err := setRules(ctx, settings, bot.ChatID(fmt.Sprintf("oc_%032x", i)), readyRules()); err != nil {
			return err
		}
	}
	return nil
}

func setRules(ctx context.Context, settings *store.Settings, chat bot.ChatID, rules []bot.WatchRule) error {
	_, _, err := settings.Change(ctx, bot.EventID(chat), chat, func(set bot.Settings) (bot.Settings, error) {
		set.Watch = rules
		return set, nil
	})
	return err
}

// benchRuleLatency measures the time from a post to its recall by a rule, for one post at a time.
func benchRuleLatency(ctx context.Context, r *report, o options) error {
	server, err := startRedis(ctx)
	if err != nil {
		return err
	}
	defer server.close() //nolint:errcheck // a temporary directory
	times, err := latencyOf(ctx, server, server.addr, func(platform *sandbox.Feishu, near *store.Store) commands {
		return commands{platform: platform, rules: store.NewSettings(near)}
	}, o.samples)
	if err != nil {
		return err
	}
	at := func(percent int) time.Duration { return times[len(times)*percent/100].Round(time.Microsecond) }
	fmt.Printf("  a bot's post to its DELETE by a rule, %d posts, one each 40 ms: median %s  p10 %s  p90 %s  p99 %s\n", o.samples, at(50), at(10), at(90), at(99))
	r.add(row{what: "a bot's post, to its DELETE by a rule", unit: "ms", goal: noGoal, ours: millisOf(times)})
	return nil
}
