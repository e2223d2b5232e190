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

// reopens is how soon a stranger opens another connection for one that was closed.
const reopens = 200 * time.Millisecond

// hostile is what somebody sends on a connection before they wait.
type hostile struct{ Words, Body string }

// flood is what a process sends from many connections, see sendFlood.
type flood struct {
	Address string
	Size    int
	Hostile hostile
}

const isFlood = "RECALLBOT_TEST_FLOOD"

// flood has n connections opened, and another one for each that the bot closes, until the end. It returns when all have been
// opened once. A process of its own does it, with a lower priority: real strangers do not take the bot's processors, nor those
// of the platform.
func (s *siege) flood(n int, h hostile) (end func()) {
	s.t.Helper()
	words, err := json.Marshal(flood{s.bots[0].address(), n, h})
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(s.t.Context()), "nice", "-n", "5", os.Args[0])
	cmd.Env = append(os.Environ(), isFlood+"=1")
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

// sendFlood is what a flood's process does until it is killed.
func sendFlood(from io.Reader) error {
	var f flood
	if err := json.NewDecoder(from).Decode(&f); err != nil {
		return err
	}
	var opened sync.WaitGroup
	opened.Add(f.Size)
	for range f.Size {
		go func() {
			begun := sync.OnceFunc(opened.Done)
			for {
				f.Hostile.bother(f.Address, begun)
				time.Sleep(reopens)
			}
		}()
	}
	opened.Wait()
	if _, err := os.Stdout.WriteString("!"); err != nil {
		return err
	}
	select {}
}

// bother opens a connection, says its words and stays until the bot closes it. It reads no answer but its beginning.
func (h hostile) bother(address string, opened func()) {
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return
	}
	opened()
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, h.Words); err != nil {
		return
	}
	if _, err := io.WriteString(conn, h.Body); err != nil {
		return
	}
	for buffer := make([]byte, 1); err == nil; {
		_, err = conn.Read(buffer)
		if strings.Count(h.Words, "GET") > 1 {
			select {} // and reads nothing more
		}
	}
}
