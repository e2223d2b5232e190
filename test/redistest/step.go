package redistest

import (
	_ "embed"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

//go:embed testdata/clock.c
var clockSource []byte

// StartStepping is Start for a server whose clock can be changed by Step. It needs Linux and a C compiler.
func StartStepping(tb testing.TB, args ...string) *Server {
	tb.Helper()
	dir := tb.TempDir()
	source, library := filepath.Join(dir, "clock.c"), filepath.Join(dir, "clock.so")
	s := &Server{tb: tb, args: args, dir: tb.TempDir(), step: filepath.Join(dir, "step")}
	if err := os.WriteFile(source, clockSource, 0o600); err != nil {
		tb.Fatal(err)
	}
	//nolint:gosec // the paths are ours
	if out, err := exec.CommandContext(tb.Context(), "cc", "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		tb.Fatalf("these tests need a C compiler: %v\n%s", err, out)
	}
	s.env = []string{"LD_PRELOAD=" + library, "REDISTEST_STEP=" + s.step}
	s.Step(0)
	s.startOnFreePort(randomPort, s.start)
	return s
}

// Step sets the lead of the server's clock to ahead, which may be negative.
func (s *Server) Step(ahead time.Duration) {
	s.tb.Helper()
	// Written in place, because the server has mapped the file.
	file, err := os.OpenFile(s.step, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		//nolint:gosec // the bits of a signed number
		_, err = file.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(ahead.Microseconds())), 0)
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		s.tb.Fatalf("set the clock of redis-server: %v", err)
	}
}
