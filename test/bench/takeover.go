package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
	"recallbot/sandbox"
)

const (
	takeovers = 11
	// disturbances is how often Redis is stopped, and how often the machine is busy, while replicas have work.
	disturbances = 6
	disturbance  = 2 * time.Second
	// heldCommands are in flight during a disturbance.
	heldCommands = 12
	// burners keep the processors busy.
	burners = 15
)

// benchTakeover measures how long the work of a killed replica waits for another one, and counts work that was taken from a live
// one while Redis was stopped or the machine was busy.
func benchTakeover(ctx context.Context, r *report, _ options) error {
	g, err := newTakeoverBed(ctx)
	if err != nil {
		return err
	}
	defer g.close()
	var waits []time.Duration
	for range takeovers {
		wait, err := g.killOne(ctx)
		if err != nil {
			return err
		}
		waits = append(waits, wait)
	}
	fmt.Printf("\ntake-over: kill -9 of a replica whose DELETE is not answered, until another sends it; %d kills: %s\n", len(waits), spread(millisOf(waits), "ms"))
	r.add(row{what: "take-over, median", unit: "ms", goal: 1500, ours: millisOf(waits)})
	r.add(row{what: "take-over, worst", unit: "ms", goal: 2500, ours: []float64{slices.Max(millisOf(waits))}})
	for range 2 {
		if err := g.addReplica(ctx); err != nil {
			return err
		}
	}
	frozen, err := g.countTaken(ctx, func() error {
		if err := g.server.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			return err
		}
		time.Sleep(disturbance)
		return g.server.cmd.Process.Signal(syscall.SIGCONT)
	})
	if err != nil {
		return err
	}
	busy, err := g.countTaken(ctx, func() error { return burn(ctx, disturbance) })
	fmt.Printf("  taken from a live replica, of %d pieces of work each: %d (Redis frozen for %s), %d (load of %d); goal 0\n",
		disturbances*heldCommands, frozen, disturbance, busy, burners)
	r.add(row{what: "taken from a live replica", unit: "of " + number(2*disturbances*heldCommands), ours: []float64{float64(frozen + busy)}})
	return err
}

// takeoverBed is a testbed whose DELETEs are held, and its replicas.
type takeoverBed struct {
	*testbed

	client   *redis.Client
	replicas []*child
	owner    string
	chats    []string
}

func newTakeoverBed(ctx context.Context) (*takeoverBed, error) {
	g, err := newTestbed(ctx)
	if err != nil {
		return nil, err
	}
	b := &takeoverBed{testbed: g, client: g.server.client(), owner: g.platform.AddUser("owner").OpenID}
	for range heldCommands {
		chat, err := g.platform.AddChat(sandbox.ChatSpec{Name: "bench", Owner: b.owner})
		if err != nil {
			b.close()
			return nil, err
		}
		b.chats = append(b.chats, chat)
	}
	if err := b.addReplica(ctx); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *takeoverBed) close() {
	for _, replica := range b.replicas {
		replica.stop()
	}
	_ = b.client.Close() // only read from
	b.testbed.close()
}

// addReplica starts a replica, which gets the events, and waits until it judges leases.
func (b *takeoverBed) addReplica(ctx context.Context) error {
	replica, err := startChild(ctx, "disturbed", b.server.addr, b.feishu.URL)
	if err != nil {
		return err
	}
	b.replicas = append(b.replicas, replica)
	b.platform.SetEventURL("http://" + replica.addr + "/webhook/event")
	return bot.Sleep(ctx, 3*time.Second)
}

// recallHeld sends commands in the chats, and returns when their DELETEs are held, with what ends them.
func (b *takeoverBed) recallHeld(ctx context.Context, chats []string) (release func(), err error) {
	hold := make(chan struct{})
	remove := b.platform.Fault(sandbox.FaultSpec{API: deleteAPI, Hold: hold})
	release = func() {
		remove()
		close(hold)
	}
	for _, chat := range chats {
		post, err := b.platform.Post(sandbox.PostSpec{Chat: chat, Text: "oops"})
		if err == nil {
			_, err = b.platform.Say(sandbox.SaySpec{Chat: chat, From: b.owner, Text: "/recall", ReplyTo: post, MentionBot: true})
		}
		if err != nil {
			release()
			return nil, err
		}
	}
	err = b.platform.Wait(ctx, func(s sandbox.State) bool { return s.InFlight(deleteAPI) == len(chats) })
	return release, err
}

// killOne kills the only replica while it works, and returns how long its work waits for a new one.
func (b *takeoverBed) killOne(ctx context.Context) (time.Duration, error) {
	release, err := b.recallHeld(ctx, b.chats[:1])
	if err != nil {
		return 0, err
	}
	defer release()
	if err := b.addReplica(ctx); err != nil {
		return 0, err
	}
	ended := b.platform.CallCount(deleteAPI)
	old := b.replicas[0]
	b.replicas = b.replicas[1:]
	killed := time.Now()
	old.kill()
	err = b.platform.Wait(ctx, func(s sandbox.State) bool { return s.CallCount(deleteAPI) > ended && s.InFlight(deleteAPI) > 0 })
	return time.Since(killed), err
}

// countTaken disturbs replicas that have work, and returns how many pieces of work changed hands.
func (b *takeoverBed) countTaken(ctx context.Context, disturb func() error) (int, error) {
	taken := 0
	for range disturbances {
		release, err := b.recallHeld(ctx, b.chats)
		if err != nil {
			return 0, err
		}
		before, err := b.holders(ctx)
		if err == nil {
			err = disturb()
		}
		if err == nil {
			err = bot.Sleep(ctx, 2*time.Second)
		}
		after, holdersErr := b.holders(ctx)
		release()
		if err != nil || holdersErr != nil {
			return 0, fmt.Errorf("disturb: %w, %w", err, holdersErr)
		}
		for entry, holder := range before {
			if now, held := after[entry]; held && now != holder {
				taken++
			}
		}
		if err := b.platform.Wait(ctx, func(s sandbox.State) bool { return s.Idle() }); err != nil {
			return 0, err
		}
	}
	return taken, nil
}

// holders are the replicas that have pieces of work, by entry.
func (b *takeoverBed) holders(ctx context.Context) (map[string]string, error) {
	pending, err := b.client.XPendingExt(ctx, &redis.XPendingExtArgs{
		Stream: "{work}:stream", Group: "workers", Start: "-", End: "+", Count: 1000,
	}).Result()
	holders := map[string]string{}
	for _, entry := range pending {
		holders[entry.ID] = entry.Consumer
	}
	return holders, err
}

// burn keeps the processors busy.
func burn(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var burning []*exec.Cmd
	for range burners {
		cmd := exec.CommandContext(ctx, "sh", "-c", "while :; do :; done")
		if err := cmd.Start(); err != nil {
			return err
		}
		burning = append(burning, cmd)
	}
	for _, cmd := range burning {
		_ = cmd.Wait() // it was killed
	}
	return nil
}
