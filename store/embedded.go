package store

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// embedded is a miniredis in this process, on a loopback port with a random password. It is for demonstrations and tests: its data is
// lost when the process ends.
type embedded struct {
	server *miniredis.Miniredis
	stop   chan struct{}
	clock  sync.WaitGroup
}

// startEmbedded starts the server and its clock, and returns the password.
func startEmbedded() (*embedded, string, error) {
	e := &embedded{server: miniredis.NewMiniRedis(), stop: make(chan struct{})}
	password := rand.Text()
	e.server.RequireAuth(password)
	if err := e.server.Start(); err != nil {
		return nil, "", fmt.Errorf("start the embedded server: %w", err)
	}
	e.clock.Go(e.tick)
	return e, password, nil
}

// clockStep is how far the clock for TTLs advances at once: less than the shortest TTL.
const clockStep = 100 * time.Millisecond

// tick advances the server's clock for TTLs: by itself it does not advance, and the option ClockTTL sorts all keys on every command.
func (e *embedded) tick() {
	ticker := time.NewTicker(clockStep)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-e.stop:
			return
		case now := <-ticker.C:
			e.server.FastForward(now.Sub(last))
			last = now
		}
	}
}

func (e *embedded) close() {
	close(e.stop)
	e.clock.Wait()
	e.server.Close()
}
