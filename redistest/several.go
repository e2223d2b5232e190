package redistest

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
)

// StartCluster starts a cluster of three masters and gives its URL.
func StartCluster(tb testing.TB) string {
	tb.Helper()
	const masters = 3
	servers := make([]*Server, masters)
	addrs := make([]string, masters)
	for i := range servers {
		servers[i] = Start(tb, "--cluster-enabled", "yes", "--cluster-port", freePort(tb), "--cluster-node-timeout", "5000")
		addrs[i] = servers[i].Addr()
	}
	args := append([]string{"--cluster", "create"}, addrs...)
	//nolint:gosec // the arguments are ours
	out, err := exec.CommandContext(tb.Context(), "redis-cli", append(args, "--cluster-yes")...).CombinedOutput()
	if err != nil {
		tb.Fatalf("these tests need redis-cli --cluster create: %v\n%s", err, out)
	}
	for _, s := range servers {
		s.await("CLUSTER INFO", "cluster_state:ok")
	}
	return "redis+cluster://" + strings.Join(addrs, ",")
}

// StartSentinel starts a sentinel that watches the server, and gives the URL by which the server is found through it.
func StartSentinel(tb testing.TB, master *Server) string {
	tb.Helper()
	const name = "main"
	host, port, _ := net.SplitHostPort(master.Addr())
	own := freePort(tb)
	s := &Server{tb: tb, addr: "127.0.0.1:" + own, dir: tb.TempDir()}
	path := s.writeFile("sentinel.conf", fmt.Sprintf("port %s\nbind 127.0.0.1\ndir %s\nsentinel monitor %s %s %s 1\n", own, s.dir, name, host, port))
	s.run(path, "--sentinel")
	tb.Cleanup(s.Kill)
	s.await("PING", "+PONG")
	return "redis+sentinel://" + s.addr + "/" + name
}
