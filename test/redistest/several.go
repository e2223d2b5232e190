package redistest

import (
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// Set is several servers that stand in for one another.
type Set struct {
	tb      testing.TB
	servers []*Server
	url     string
}

// URL is the set's address as the configuration wants it.
func (s *Set) URL() string { return s.url }

// Primary is the server that takes the writes of the key now, or nil while there is none.
func (s *Set) Primary(key string) *Server {
	for _, server := range s.servers {
		role, err := server.ask("INFO replication")
		if err != nil || !strings.Contains(role, "role:master") {
			continue
		}
		// A master of a cluster sends those who ask for another one's key away.
		if answer, err := server.ask("EXISTS " + key); err == nil && !strings.HasPrefix(answer, "-") {
			return server
		}
	}
	return nil
}

// StartCluster starts a cluster of three masters and gives its URL.
func StartCluster(tb testing.TB) string {
	tb.Helper()
	return startCluster(tb, 0).URL()
}

// StartFullCluster starts a cluster of three masters with a replica each; a replica takes over a few seconds after its
// master is gone. args are options of all six.
func StartFullCluster(tb testing.TB, args ...string) *Set {
	tb.Helper()
	return startCluster(tb, 1, args...)
}

func startCluster(tb testing.TB, replicas int, args ...string) *Set {
	tb.Helper()
	const masters = 3
	set := &Set{tb: tb}
	var addrs []string
	for range masters * (1 + replicas) {
		server := Start(tb, append([]string{"--cluster-enabled", "yes", "--cluster-node-timeout", "2000"}, args...)...)
		set.servers = append(set.servers, server)
		addrs = append(addrs, server.Addr())
	}
	create := append([]string{"--cluster", "create"}, addrs...)
	create = append(create, "--cluster-replicas", strconv.Itoa(replicas), "--cluster-yes")
	//nolint:gosec // the arguments are ours
	if out, err := exec.CommandContext(tb.Context(), "redis-cli", create...).CombinedOutput(); err != nil {
		tb.Fatalf("these tests need redis-cli --cluster create: %v\n%s", err, out)
	}
	for _, server := range set.servers {
		server.must("CLUSTER INFO", "cluster_state:ok")
		server.must("CLUSTER INFO", fmt.Sprintf("cluster_known_nodes:%d", len(addrs)))
	}
	if replicas > 0 {
		for _, server := range set.servers {
			server.must("WAIT 1 100", ":1", "replica instances") // a master with its replica, or a replica
		}
	}
	set.url = "redis+cluster://" + strings.Join(addrs, ",")
	return set
}

// StartSentinels starts a primary with two replicas, and three sentinels of which two must agree that it is gone. args are
// options of the three servers.
func StartSentinels(tb testing.TB, args ...string) *Set {
	tb.Helper()
	const replicas, sentinels = 2, 3
	primary := Start(tb, args...)
	set := &Set{tb: tb, servers: []*Server{primary}}
	for range replicas {
		set.servers = append(set.servers, primary.StartReplica(args...))
	}
	primary.must(fmt.Sprintf("WAIT %d 100", replicas), fmt.Sprintf(":%d", replicas))
	var all []*Server
	var addrs []string
	for range sentinels {
		s := startSentinel(tb, primary, 2)
		all, addrs = append(all, s), append(addrs, s.Addr())
	}
	for _, s := range all {
		s.must("INFO sentinel", fmt.Sprintf("slaves=%d,sentinels=%d", replicas, sentinels))
	}
	set.url = "redis+sentinel://" + strings.Join(addrs, ",") + "/" + sentinelName
	return set
}

// StartReplica starts a server that copies this one, and waits until it has what this one had.
func (s *Server) StartReplica(args ...string) *Server {
	s.tb.Helper()
	host, port, _ := net.SplitHostPort(s.addr)
	replica := Start(s.tb, append([]string{"--replicaof", host, port}, args...)...)
	replica.must("INFO replication", "master_link_status:up")
	s.must("WAIT 1 100", ":1", ":2")
	return replica
}

// StartSentinel starts a sentinel that watches the server, and gives the URL by which the server is found through it.
func StartSentinel(tb testing.TB, primary *Server) string {
	tb.Helper()
	return "redis+sentinel://" + startSentinel(tb, primary, 1).Addr() + "/" + sentinelName
}

// sentinelName is what sentinels call the server that they watch.
const sentinelName = "main"

func startSentinel(tb testing.TB, primary *Server, quorum int) *Server {
	tb.Helper()
	host, port, _ := net.SplitHostPort(primary.Addr())
	s := &Server{tb: tb, dir: tb.TempDir()}
	s.place(anyPort, func() error {
		_, own, _ := net.SplitHostPort(s.addr)
		conf := []string{
			"port " + own, "bind 127.0.0.1", "dir " + s.dir,
			fmt.Sprintf("sentinel monitor %s %s %s %d", sentinelName, host, port, quorum),
			"sentinel down-after-milliseconds " + sentinelName + " 1500",
			"sentinel failover-timeout " + sentinelName + " 10000",
		}
		return s.run(s.writeFile("sentinel.conf", strings.Join(conf, "\n")+"\n"), "--sentinel")
	})
	return s
}

// must waits until the server's answer holds something of what is wanted.
func (s *Server) must(question string, wanted ...string) {
	s.tb.Helper()
	if err := s.await(question, wanted...); err != nil {
		s.tb.Fatal(err)
	}
}
