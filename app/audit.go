package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"recallbot/audit"
	"recallbot/store"
)

// auditLog counts records and wakes the exporters of this process. Those of other processes look for records themselves.
type auditLog struct {
	*store.Audit

	exporters []*exporter
	metrics   *outMetrics
}

// Record writes a record down, once for each key, and reports whether it was new. It does not wait for exporters.
func (a *auditLog) Record(ctx context.Context, key string, entry audit.Entry) (bool, error) {
	fresh, err := a.Audit.Record(ctx, key, entry)
	if fresh {
		a.metrics.records.Inc()
		for _, o := range a.exporters {
			o.wake()
		}
	}
	return fresh, err
}

// auditFile writes records as JSON lines.
type auditFile struct {
	lines io.WriteCloser
	sync  func() error
	// torn is set while the last line may be incomplete.
	torn bool
}

// stdout is the standard output at the start of the process: main replaces os.Stdout.
var stdout = os.Stdout //nolint:gochecknoglobals // the process has one

// openAuditFile opens the file for JSON lines: a path, or "stdout".
func openAuditFile(path string) (*auditFile, error) {
	nothing := func() error { return nil }
	if path == "stdout" {
		return &auditFile{lines: keepOpen{stdout}, sync: nothing}, nil
	}
	torn, err := endsTorn(path)
	if err != nil {
		return nil, fmt.Errorf("audit.file: %w", err)
	}
	const ownerOnly = 0o600
	lines, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, ownerOnly) //nolint:gosec // the operator's own path
	if err != nil {
		return nil, fmt.Errorf("audit.file: %w", err)
	}
	f := &auditFile{lines: lines, sync: nothing, torn: torn}
	if info, err := lines.Stat(); err == nil && info.Mode().IsRegular() {
		f.sync = lines.Sync
	}
	return f, nil
}

// endsTorn reports whether a file ends with an incomplete line: the last writer was killed, or the disk was full.
func endsTorn(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return false, err
	}
	file, err := os.Open(path) //nolint:gosec // the operator's own path
	if err != nil {
		return false, err
	}
	last := make([]byte, 1)
	_, err = file.ReadAt(last, info.Size()-1)
	return last[0] != '\n', errors.Join(err, file.Close())
}

// send appends the records, and returns when they are on the disk.
func (f *auditFile) send(_ context.Context, b batch) error {
	var lines []byte
	if f.torn {
		lines = append(lines, '\n')
	}
	for _, r := range b.records {
		lines = append(append(lines, bytes.ReplaceAll(r.JSON, []byte{'\n'}, []byte{' '})...), '\n')
	}
	n, err := f.lines.Write(lines)
	if n > 0 {
		f.torn = err != nil
	}
	return errors.Join(err, f.sync())
}

type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }
