package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"

	"recallbot/bot"
)

// recorder keeps records and tells which are new.
type recorder interface {
	Record(ctx context.Context, key string, entry bot.AuditEntry) (bool, error)
}

// audit writes each record to Redis and, where configured, as a JSON line. Redis decides whether a record is new, so
// work that runs twice leaves one line; a crash between the two leaves the record in Redis only.
type audit struct {
	recorder

	mu    sync.Mutex
	lines io.WriteCloser
}

// openAudit opens the file for JSON lines: a path, "stdout", or empty for none.
func openAudit(r recorder, file string) (*audit, error) {
	switch file {
	case "":
		return &audit{recorder: r}, nil
	case "stdout":
		return &audit{recorder: r, lines: keepOpen{os.Stdout}}, nil
	}
	const ownerOnly = 0o600
	lines, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, ownerOnly) //nolint:gosec // the operator's own path
	if err != nil {
		return nil, fmt.Errorf("audit.file: %w", err)
	}
	return &audit{recorder: r, lines: lines}, nil
}

// Record writes a record down, once for each key, and reports whether it was new.
func (a *audit) Record(ctx context.Context, key string, entry bot.AuditEntry) (bool, error) {
	fresh, err := a.recorder.Record(ctx, key, entry)
	if err != nil || !fresh || a.lines == nil {
		return fresh, err
	}
	line, err := json.Marshal(entry)
	if err != nil {
		return true, fmt.Errorf("write the audit line: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.lines.Write(append(line, '\n')); err != nil {
		return true, fmt.Errorf("write the audit line: %w", err)
	}
	return true, nil
}

func (a *audit) close() error {
	if a.lines == nil {
		return nil
	}
	return a.lines.Close()
}

type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }
