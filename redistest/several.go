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
		servers[i] = Start(tb, "--cluster-enabled", "yes", "--cluster-node-timeout", "5000")
		addrs[i] = servers[i].Addr()
	}
	args := append([]string{"--cluster", "create"}, addrs...)
	//nolint:gosec // the arguments are ours
	out, err := exec.CommandContext(tb.Context(), "redis-cli", append(args, "--cluster-yes")...).CombinedOutput()
	if err != nil {
		tb.Fatalf("these tests need redis-cli --cluster create: %v\n%s", err, out)
	}
	for _, s := range servers {
		if err := s.await("CLUSTER INFO", "cluster_state:ok"); err != nil {
			tb.Fatal(err)
		}
	}
	return "redis+cluster://" + strings.Join(addrs, ",")
}

// StartSentinel starts a sentinel that watches the server, and gives the URL by which the server is found through it.
func StartSentinel(tb testing.TB, master *Server) string {
	tb.Helper()
	const name = "main"
	host, port, _ := net.SplitHostPort(master.Addr())
	s := &Server{tb: tb, dir: tb.TempDir()}
	s.place(anyPort, func() error {
		_, own, _ := net.SplitHostPort(s.addr)
		path := s.writeFile("sentinel.conf", fmt.Sprintf("port %s\nbind 127.0.0.1\ndir %s\nsentinel monitor %s %s %s 1\n", own, s.dir, name, host, port))
		return s.run(path, "--sentinel")
	})
	return "redis+sentinel://" + s.addr + "/" + name
}
