package queue

import (
	"strconv"
	"strings"
	"time"
)

// group is the one consumer group of the stream: all replicas share the work.
const group = "workers"

// field is the one field of a stream entry: the encoded job.
const field = "job"

// keys are the names of everything a queue keeps in Redis. All carry the hash tag {name}, so that a script may
// touch them together on a Redis Cluster.
type keys struct {
	stream  string // stream: what waits or is in hand
	delayed string // sorted set: job id by the millisecond of the count it is due
	count   string // hash: the time that counts for those, see redisclock
	jobs    string // hash: the job of each id in delayed
	dead    string // stream: the dead letters
	seen    string // prefix of strings that expire: what Put has seen
}

func keysOf(name string) keys {
	tag := "{" + name + "}:"

	return keys{
		stream: tag + "stream", delayed: tag + "delayed", count: tag + "time", jobs: tag + "jobs", dead: tag + "dead", seen: tag + "seen:",
	}
}

// putID is the id in the delayed set of what PutAt keeps: one per item, so that a second PutAt moves it.
func putID(item string) string { return "p:" + item }

// entryTime reads the millisecond out of a stream entry's id, which Redis made from its own clock.
func entryTime(entry string) time.Time {
	ms, _, _ := strings.Cut(entry, "-")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return time.Time{}
	}

	return time.UnixMilli(n)
}
