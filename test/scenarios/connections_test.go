package scenarios_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// reopenPause is the pause before a closed connection is opened again.
const reopenPause = 200 * time.Millisecond

// clientScript is what a client sends before it waits.
type clientScript struct{ Head, Body string }

// connectionFlood is the input of runFlood.
type connectionFlood struct {
	Address string
	Size    int
	Script  clientScript
}

const floodVariable = "RECALLBOT_TEST_FLOOD"

// openConnections keeps n connections open until end is called: each one that the bot closes is opened again. It returns after
// all were opened once. They are opened by another process with a lower priority, so that it takes no CPU from bot and platform.
func (s *chatEnv) openConnections(n int, h clientScript) (end func()) {
	s.t.Helper()
	words, err := json.Marshal(connectionFlood{s.bots[0].address(), n, h})
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(s.t.Context()), "nice", "-n", "5", os.Args[0])
	cmd.Env = append(os.Environ(), floodVariable+"=1")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(words), os.Stderr
	opened, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	end = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	}
	s.t.Cleanup(end)
	if _, err := io.ReadFull(opened, make([]byte, 1)); err != nil {
		s.t.Fatalf("the flood did not begin: %v", err)
	}
	return end
}

// runFlood is the main function of the process of openConnections. It runs until it is killed.
func runFlood(from io.Reader) error {
	var f connectionFlood
	if err := json.NewDecoder(from).Decode(&f); err != nil {
		return err
	}
	var opened sync.WaitGroup
	opened.Add(f.Size)
	for range f.Size {
		go func() {
			begun := sync.OnceFunc(opened.Done)
			for {
				f.Script.run(f.Address, begun)
				time.Sleep(reopenPause)
			}
		}()
	}
	opened.Wait()
	if _, err := os.Stdout.WriteString("!"); err != nil {
		return err
	}
	select {}
}

// run opens a connection, sends the script, and waits until the bot closes it. It reads the first bytes of the answer only.
func (h clientScript) run(address string, opened func()) {
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return
	}
	opened()
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, h.Head); err != nil {
		return
	}
	if _, err := io.WriteString(conn, h.Body); err != nil {
		return
	}
	for buffer := make([]byte, 1); err == nil; {
		_, err = conn.Read(buffer)
		if strings.Count(h.Head, "GET") > 1 {
			select {} // stop reading
		}
	}
}
