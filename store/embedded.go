package store

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// embedded is a Redis inside this process, on a loopback port that only we know the password of. It is for
// demonstrations and tests: what it keeps is gone when the process ends.
type embedded struct {
	server *miniredis.Miniredis
	stop   chan struct{}
	clock  sync.WaitGroup
}

// startEmbedded starts the server and its clock.
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

// tick moves the server's expiry clock once a second. Left alone it stands still, and the server's own way (ClockTTL)
// sorts all keys on every command.
func (e *embedded) tick() {
	ticker := time.NewTicker(time.Second)
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
