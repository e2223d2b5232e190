package queue

import (
	"strconv"
	"strings"
	"time"
)

// group is the consumer group of the stream, which all replicas share.
const group = "workers"

// field is the field of a stream entry that has the encoded item.
const field = "job"

// keys are the keys of a queue in Redis. All have the hash tag {name}, so that a script may use them together on a Redis
// Cluster.
type keys struct {
	stream  string // stream: items that wait or are in flight
	delayed string // sorted set: ids by the time at which they are due, in milliseconds of clock
	clock   string // hash: the clock of delayed, see redisclock
	jobs    string // hash: the encoded item of each id in delayed
	dead    string // stream: the dead letters
	seen    string // prefix of strings that expire: the dedupe ids of Put
}

func keysOf(name string) keys {
	tag := "{" + name + "}:"

	return keys{
		stream: tag + "stream", delayed: tag + "delayed", clock: tag + "time", jobs: tag + "jobs", dead: tag + "dead", seen: tag + "seen:",
	}
}

// putID is the id in delayed of an item of PutAt: one per item, so that a second PutAt replaces it.
func putID(item string) string { return "p:" + item }

// entryTime is the time in a stream entry's id, by the clock of Redis.
func entryTime(entry string) time.Time {
	ms, _, _ := strings.Cut(entry, "-")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return time.Time{}
	}

	return time.UnixMilli(n)
}
