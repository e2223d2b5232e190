package queue_test

import (
	"bytes"
	"log/slog"
	"sync"
)

// logBuffer returns a logger and a function that returns what it has logged.
func logBuffer() (*slog.Logger, func() string) {
	b := &buffer{}

	return slog.New(slog.NewTextHandler(b, nil)), b.String
}

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.b.String()
}
