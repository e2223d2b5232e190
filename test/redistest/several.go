package redistest

import (
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// Set is a cluster, or a primary with replicas and sentinels.
type Set struct {
	tb      testing.TB
	servers []*Server
	url     string
}

// URL is the set's address for the configuration.
func (s *Set) URL() string { return s.url }

// Primary is the server that accepts writes of the key now, or nil if there is none.
func (s *Set) Primary(key string) *Server {
	for _, server := range s.servers {
		role, err := server.do("INFO replication")
		if err != nil || !strings.Contains(role, "role:master") {
			continue
		}
		// A master of a cluster answers MOVED for keys of another one.
		if answer, err := server.do("EXISTS " + key); err == nil && !strings.HasPrefix(answer, "-") {
			return server
		}
	}
	return nil
}

// StartCluster starts a cluster of three masters and returns its URL.
func StartCluster(tb testing.TB) string {
	tb.Helper()
	return startCluster(tb, 0).URL()
}

// StartFullCluster starts a cluster of three masters with a replica each; a replica takes over a few seconds after its master has
// ended. args are options of all six.
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
		server.mustAnswer("CLUSTER INFO", "cluster_state:ok")
		server.mustAnswer("CLUSTER INFO", fmt.Sprintf("cluster_known_nodes:%d", len(addrs)))
	}
	if replicas > 0 {
		for _, server := range set.servers {
			server.mustAnswer("WAIT 1 100", ":1", "replica instances") // a master with its replica, or a replica
		}
	}
	set.url = "redis+cluster://" + strings.Join(addrs, ",")
	return set
}

// StartSentinels starts a primary with two replicas, and three sentinels with a quorum of two. args are options of the three
// servers.
func StartSentinels(tb testing.TB, args ...string) *Set {
	tb.Helper()
	const replicas, sentinels = 2, 3
	primary := Start(tb, args...)
	set := &Set{tb: tb, servers: []*Server{primary}}
	for range replicas {
		set.servers = append(set.servers, primary.StartReplica(args...))
	}
	primary.mustAnswer(fmt.Sprintf("WAIT %d 100", replicas), fmt.Sprintf(":%d", replicas))
	var all []*Server
	var addrs []string
	for range sentinels {
		s := startSentinel(tb, primary, 2)
		all, addrs = append(all, s), append(addrs, s.Addr())
	}
	for _, s := range all {
		s.mustAnswer("INFO sentinel", fmt.Sprintf("slaves=%d,sentinels=%d", replicas, sentinels))
	}
	set.url = "redis+sentinel://" + strings.Join(addrs, ",") + "/" + sentinelName
	return set
}

// StartReplica starts a replica of this server and waits until it is synchronised.
func (s *Server) StartReplica(args ...string) *Server {
	s.tb.Helper()
	host, port, _ := net.SplitHostPort(s.addr)
	replica := Start(s.tb, append([]string{"--replicaof", host, port}, args...)...)
	replica.mustAnswer("INFO replication", "master_link_status:up")
	s.mustAnswer("WAIT 1 100", ":1", ":2")
	return replica
}

// StartSentinel starts a sentinel that monitors the server, and returns the URL with that sentinel.
func StartSentinel(tb testing.TB, primary *Server) string {
	tb.Helper()
	return "redis+sentinel://" + startSentinel(tb, primary, 1).Addr() + "/" + sentinelName
}

// sentinelName is the sentinels' name of the monitored server.
const sentinelName = "main"

func startSentinel(tb testing.TB, primary *Server, quorum int) *Server {
	tb.Helper()
	host, port, _ := net.SplitHostPort(primary.Addr())
	s := &Server{tb: tb, dir: tb.TempDir()}
	s.startOnFreePort(randomPort, func() error {
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

// mustAnswer waits until the server's answer to a command contains one of the wanted texts.
func (s *Server) mustAnswer(command string, wanted ...string) {
	s.tb.Helper()
	if err := s.await(command, wanted...); err != nil {
		s.tb.Fatal(err)
	}
}
